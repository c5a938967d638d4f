"""One run: read, plan, apply."""
