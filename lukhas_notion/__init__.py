"""Sync a repository's module manifests to a Notion database: one way, with proof."""

__version__ = "0.1.0"

LAST_RELEASE = ("", "")
"""The last release before this: its version, and its commit, by which workflows use it."""
