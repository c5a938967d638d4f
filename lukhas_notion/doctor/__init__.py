"""Checking a set-up: what is right, what is wrong, and what to do about it."""
