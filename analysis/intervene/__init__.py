"""Gates that are set, shuffled or dropped, and the accuracy that follows."""
