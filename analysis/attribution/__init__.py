"""What in an image, and which gates, a prediction rests on."""
