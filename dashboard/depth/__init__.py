"""What the Depth page keeps, and the paper's findings as sentences."""
