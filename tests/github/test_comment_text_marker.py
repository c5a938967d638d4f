"""A marker is read back from a comment, and no other text counts as one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.github.comment_text import Marker

MARKER = Marker("prod", "a" * 40, 12, 1, digest="d" * 64, state="preview")


def line(**values: Any) -> str:
    """Return a valid marker line with values changed, or removed (None)."""
    valid = {"comment_id": "prod", "head_sha": "a", "run_id": 12, "run_attempt": 1}
    document = {key: value for key, value in {**valid, **values}.items() if value is not None}
    return f"<!-- lukhas-notion {json.dumps(document)} -->"


@given(st.text(max_size=64), st.integers(0, 10**18), st.text(max_size=20))
def test_a_marker_is_read_back_as_it_was_written(name: str, run: int, state: str) -> None:
    """A marker with any comment id is read back unchanged, from one line."""
    marker = Marker(name, "a" * 40, run, 1, state=state)
    rendered = marker.render()
    assert "\n" not in rendered
    assert "--" not in rendered.removeprefix("<!--").removesuffix("-->")
    assert Marker.parse(f"{rendered}\r\nbody") == marker


def test_unknown_keys_are_passed_over() -> None:
    """Unknown keys of a marker are ignored."""
    found = Marker.parse(line(colour="red"))
    assert found == Marker("prod", "a", 12, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "<!-- lukhas-notion -->",
        "<!-- lukhas-notion {broken} -->",
        "<!-- lukhas-notion " + '{"a":' * 100_000 + "1" + "}" * 100_000 + " -->",
        line(run_id="12"),
        line(run_id=True),
        line(run_id=12.0),
        line(comment_id=7),
        line(digest=["x"]),
        line(head_sha=None),
        line(comment_id="x" * 201),
        "first\n" + line(),
        "> " + line(),
    ],
)
def test_anything_else_is_no_marker(text: str) -> None:
    """A line with a wrong value, a missing key or broken JSON is not a marker, and not an error."""
    assert Marker.parse(text) is None


def test_runs_are_ordered_by_id_then_attempt() -> None:
    """A second attempt is later than the first, and any later run is later than both."""
    runs = [Marker("", "a", run, attempt).order for run, attempt in ((9, 1), (9, 2), (10, 1))]
    assert runs == sorted(runs)
    assert len(set(runs)) == 3
