"""The parts of Checkpoints: what differs, and how training went."""
