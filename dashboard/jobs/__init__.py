"""Work in the background: collections and experiments, as processes of their own."""
