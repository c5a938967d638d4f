"""The filters of queries stay within Notion's limits."""

from __future__ import annotations

from datetime import UTC, datetime

from lukhas_notion.notion.query import any_of, created_between

EIGHT = datetime(2026, 11, 26, 8, tzinfo=UTC)
NINE = datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_titles_are_asked_for_a_hundred_at_a_time() -> None:
    """No filter has more than 100 conditions, and every title is in one of them."""
    names = [f"module-{number}" for number in range(250)]
    asked = list(any_of("Module", names))
    assert [len(each["or"]) for each in asked] == [100, 100, 50]
    assert [c["title"]["equals"] for each in asked for c in each["or"]] == names


def test_one_title_needs_no_compound() -> None:
    """One title is a condition without ``or``."""
    assert list(any_of("Module", ["a"])) == [{"property": "Module", "title": {"equals": "a"}}]


def test_titles_and_hashes_are_asked_for_together() -> None:
    """Titles and provenance SHAs are conditions of the same query."""
    [asked] = any_of("Module", ["a"], "SHA", ["f" * 64])
    assert asked == {
        "or": [
            {"property": "Module", "title": {"equals": "a"}},
            {"property": "SHA", "rich_text": {"equals": "f" * 64}},
        ]
    }


def test_a_window_is_half_open() -> None:
    """A window includes its start and excludes its end; None means no limit."""
    start = {
        "timestamp": "created_time",
        "created_time": {"on_or_after": "2026-11-26T08:00:00.000Z"},
    }
    end = {"timestamp": "created_time", "created_time": {"before": "2026-11-26T09:00:00.000Z"}}
    assert created_between(EIGHT, NINE) == {"and": [start, end]}
    assert created_between(EIGHT, None) == start
    assert created_between(None, NINE) == end
    assert created_between(None, None) is None
