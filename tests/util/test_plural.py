"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from lukhas_notion.util.plural import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1221, "1,221 files")]
)
def test_one_thing_has_no_plural(number: int, said: str) -> None:
    """One is singular, everything else plural, and thousands are set apart."""
    assert counted(number, "file") == said
