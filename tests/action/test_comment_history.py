"""What a comment remembers of the runs after the merge."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_notion.action.comment_history import Ending, Entry, continued
from lukhas_notion.github.comment_text import COMMENT, Part, fit

APPLIED = Entry("✅ Applied: 2 pages written to Notion", "https://github.example/run/1")
AGAIN = Entry("✅ Applied: Notion was already up to date", "https://github.example/run/2")
FAILED = Entry("❌ 1 of 3 changes was not applied to Notion", "https://github.example/run/3")


def ending(entry: Entry, *, wrote: bool = False, failed: bool = False, rows: int = 1) -> Ending:
    """Return what a run reports, with ``rows`` of a hundred characters."""
    section = Part(f"## {entry.headline}", ["- " + "x" * 98] * rows)
    return Ending([section], entry, wrote, failed)


def after(*endings: Ending, body: str = "## Merging changes 2 pages") -> tuple[str, str]:
    """Return a comment's body and state after several runs."""
    state = "preview"
    for each in endings:
        sections, state, limit = continued(body, state, each)
        body = fit(sections, *limit)
    return body, state


def test_a_run_that_changes_nothing_adds_a_line() -> None:
    """What was applied stays, and the run is named below it."""
    body, state = after(ending(APPLIED, wrote=True), ending(AGAIN))

    assert body.startswith("## ✅ Applied: 2 pages written to Notion")
    assert (
        "- ✅ Applied: Notion was already up to date ([run](https://github.example/run/2))" in body
    )
    assert state == "applied"


def test_a_failed_run_after_a_success_adds_a_line() -> None:
    """A run that could not begin does not take back what an earlier one did."""
    body, state = after(ending(APPLIED, wrote=True), ending(FAILED, failed=True))

    assert body.startswith("## ✅ Applied: 2 pages")
    assert "- ❌ 1 of 3 changes was not applied" in body
    assert state == "applied"


def test_a_run_that_finishes_a_failed_one_takes_its_place() -> None:
    """The headline is the present state, and the failure is on record."""
    body, state = after(ending(FAILED, wrote=True, failed=True), ending(AGAIN))

    assert body.startswith("## ✅ Applied: Notion was already up to date")
    assert "- ❌ 1 of 3 changes was not applied" in body
    assert state == "applied"


def test_the_same_run_told_twice_is_one_line() -> None:
    """An unchanged comment stays byte for byte the same, so that GitHub notifies no one."""
    once, _ = after(ending(APPLIED, wrote=True), ending(AGAIN))
    twice, _ = after(ending(APPLIED, wrote=True), ending(AGAIN), ending(AGAIN))

    assert twice == once


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 2_000)), max_size=15))
@settings(deadline=None, max_examples=40)
def test_a_record_never_grows_out_of_the_comment(runs: list[tuple[bool, bool, int]]) -> None:
    """However many runs there are, and however long their texts, the record is kept and bounded."""
    told = [
        ending(Entry(f"run {n} " + "y" * 300, f"https://github.example/{n}"), wrote=w, failed=f)
        if not rows
        else ending(Entry(f"run {n}", ""), wrote=w, failed=f, rows=rows)
        for n, (w, f, rows) in enumerate(runs)
    ]

    body, _ = after(*told)

    assert COMMENT.measure(body) <= COMMENT.size
    assert body.count("<!-- lukhas-notion-runs [") == (1 if runs else 0)
    assert body.count("- run ") <= 9


@given(st.text(max_size=300))
@settings(deadline=None)
def test_a_record_that_somebody_edited_is_no_error(text: str) -> None:
    """What is not as this tool writes it counts as no record."""
    body = f"kept\n\n<!-- lukhas-notion-runs [{text}] -->"

    sections, state, _ = continued(body, "applied", ending(AGAIN))

    assert fit(sections, *COMMENT).startswith("kept")
    assert state == "applied"
