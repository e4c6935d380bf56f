"""What pages are made of: controls, figures with their words, galleries, numbers, sentences."""
