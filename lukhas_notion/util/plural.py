"""Numbers with their nouns, wherever something is told."""

from __future__ import annotations


def counted(number: int, word: str) -> str:
    """Return how many there are: ``1 name``, ``2 names``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
