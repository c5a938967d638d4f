"""Carry a repository's JSON module manifests into a Notion database, one way, provably."""

__version__ = "0.1.0"

LAST_RELEASE = ("", "")
"""The last release before this: its version, and its commit, by which workflows use it."""
