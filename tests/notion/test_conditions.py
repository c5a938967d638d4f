"""Sharing a database's pages out to queries that travel at once."""

from __future__ import annotations

import pytest

from lukhas_notion.notion.conditions import any_of, batches, shared_out, since


def names(count: int, letters: str = "module") -> list[str]:
    """Return that many titles."""
    return [f"{letters}-{n:05}" for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 100])
def test_what_one_query_can_answer_is_asked_in_one(count: int) -> None:
    """Up to 100 expected titles share nothing out."""
    assert shared_out("Module", names(count)) == []


@pytest.mark.parametrize(("count", "queries"), [(101, 2), (200, 2), (201, 3), (2_000, 20)])
def test_no_query_is_made_that_one_alone_would_not_need(count: int, queries: int) -> None:
    """With a page for each name there are as many queries as hundreds of pages."""
    assert len(shared_out("Module", names(count))) == queries


def test_the_last_query_is_for_all_that_the_others_leave_out() -> None:
    """It excludes exactly the names that the others ask for, within two levels of a hundred."""
    *groups, others = shared_out("Module", names(450))
    asked = [c["title"]["equals"] for g in groups if g for c in g["or"]]
    assert others is not None
    excluded = [c["title"]["does_not_equal"] for group in others["and"] for c in group["and"]]
    assert asked == excluded == names(400)
    assert all(len(group["and"]) <= 100 for group in others["and"])


def test_a_filter_stays_within_what_a_request_may_weigh() -> None:
    """Long names, or very many, are left to the last query."""
    few = shared_out("Module", names(2_000, "x" * 500))
    many = shared_out("Module", names(10_000))
    assert len(few) == 2
    assert len(many) == 21


def test_blank_titles_are_not_asked_for() -> None:
    """A title that no module can have makes no condition."""
    *_, others = shared_out("Module", ["", "  ", *names(101)])
    assert others is not None
    assert len(others["and"][0]["and"]) == 100


def test_one_title_needs_no_compound() -> None:
    """A single name is a condition by itself, and several are held in batches of a hundred."""
    assert any_of("Module", ["a"]) == {"property": "Module", "title": {"equals": "a"}}
    assert [len(batch) for batch in batches(names(250))] == [100, 100, 50]


def test_a_window_keeps_within_two_levels() -> None:
    """A window of creation time is one more condition of the outermost list."""
    *groups, others = shared_out("Module", names(150))
    window = {"timestamp": "created_time", "created_time": {"on_or_after": "2026-01-01"}}
    assert since(None, "2026-01-01") == window
    assert since(None, "") is None
    assert since(groups[0], "2026-01-01") == {"and": [window, groups[0]]}
    assert others is not None
    assert since(others, "2026-01-01") == {"and": [window, *others["and"]]}
