"""What the tool reads of a manifest."""

from __future__ import annotations

import pytest

from lukhas_notion.validate.gates import Reads

READS = Reads(["/module", "/performance/p95", "/a~1b/c", "/_provenance/*/extracted_at"])


def test_the_keys_that_are_read_are_known_at_the_top_only() -> None:
    """Only keys at the top of the manifest are known, not those of an equal value inside."""
    root = {"module": "m"}
    READS.begin(root)

    assert READS.known(root) == {"module", "performance", "a/b", "_provenance"}
    assert READS.known({"module": "m"}) == set()


@pytest.mark.parametrize(
    ("pointer", "is_read"),
    [
        ("/module", True),
        ("/module/0", True),
        ("/performance", True),
        ("/performance/p95/unit", True),
        ("/performance/p99", False),
        ("/a~1b", True),
        ("/_provenance/git/extracted_at", True),
        ("/_provenance/git", True),
        ("/_provenance/git/commit", False),
        ("/modules", False),
        ("", False),
    ],
)
def test_a_place_is_read_with_what_is_in_it_and_around_it(pointer: str, is_read: bool) -> None:
    """A place is read if it, something in it or something around it is read."""
    assert READS.has(pointer) is is_read
