"""What the zoo's page shows."""
