"""Carry a repository's JSON module manifests into a Notion database, one way, provably."""

__version__ = "0.1.0"
