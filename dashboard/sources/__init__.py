"""What the pages read: stores, runs, networks and files, found once and kept for all sessions."""
