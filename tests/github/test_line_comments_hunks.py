"""The right side of a diff, on which GitHub allows comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.github_diffs import patch, right_side

from lukhas_notion.github.line_comments import Hunk, hunks

PATCH = """\
@@ -1,4 +1,5 @@ {
 one
-two
+TWO
++++ plus
 three
\\ No newline at end of file
@@ -20 +21,2 @@
 twenty
+@@ -1 +1 @@ not a head"""


def test_only_the_right_side_counts() -> None:
    """Removed lines have no number, and a line that looks like a hunk's head is a line."""
    assert hunks(PATCH) == (
        Hunk(1, ("one", "TWO", "+++ plus", "three")),
        Hunk(21, ("twenty", "@@ -1 +1 @@ not a head")),
    )


@pytest.mark.parametrize("nothing", ["", "Binary files differ"])
def test_a_patch_that_is_missing_has_no_lines(nothing: str) -> None:
    """A file without a patch has no lines."""
    assert hunks(nothing) == ()


@pytest.mark.parametrize(
    ("first", "lines", "held"),
    [
        (1, ["one"], True),
        (2, ["TWO", "+++ plus"], True),
        (2, ["two"], False),
        (3, ["TWO"], False),
        (4, ["three", "twenty"], False),
        (0, ["one"], False),
        (5, ["x"], False),
    ],
)
def test_lines_have_to_read_the_same_at_their_place(
    first: int, lines: list[str], held: bool
) -> None:
    """Lines match only with the same text at the same place."""
    assert hunks(PATCH)[0].holds(first, lines) is held
    # What stands before a hunk is not counted from its end.
    assert not hunks(PATCH)[1].holds(19, ["twenty"])


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=4))


@given(LINES, LINES)
def test_whatever_git_writes_is_read(before: list[str], after: list[str]) -> None:
    """Every line of every hunk is the line of the new file that has its number."""
    old, new = ("\n".join(lines).encode() for lines in (before, after))
    text = patch(old, new)
    found = hunks(text)
    assert [range(h.first, h.first + len(h.lines)) for h in found if h.lines] == [
        side for side in right_side(text) if side
    ]
    for hunk in found:
        assert list(hunk.lines) == new.decode().split("\n")[hunk.first - 1 :][: len(hunk.lines)]
