"""The parts of Predictions: classes, disagreements, calibration, one's own image."""
