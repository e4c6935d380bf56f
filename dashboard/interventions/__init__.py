"""The parts of Interventions: the answer, and what was tried."""
