"""File, environment and flags → one frozen configuration."""
