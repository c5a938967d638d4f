"""Setting up: what a database and a repository lack for the first sync, and adding it."""
