"""The parts of Attribution: who looks, at what, and what it rests on."""
