"""The pages: thin views over `analysis`, which does the reading, the statistics and the figures."""
