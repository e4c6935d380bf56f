"""The lessons: their words, their figures, and the sheet for a teacher."""
