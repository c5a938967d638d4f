"""Filters on titles that share a database's pages out to several queries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

Condition = dict[str, Any]

#: A compound filter takes at most 100 conditions (400 ``body.filter.or.length should be ≤ `100```),
#: and goes two levels deep (developers.notion.com, "Filter data source entries").
NAMES_PER_QUERY = 100
#: Bytes of names that one filter may exclude: with what is around each, a third of the 500 KB
#: that a request may weigh.
_MAX_EXCLUDED_BYTES = 60_000
_MAX_EXCLUDED = 2_000


def batches(titles: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield as many titles at a time as one query can ask for."""
    for start in range(0, len(titles), NAMES_PER_QUERY):
        yield titles[start : start + NAMES_PER_QUERY]


def any_of(title: str, names: Sequence[str]) -> Condition:
    """Return the filter for pages whose title is one of at most 100 names."""
    conditions = [{"property": title, "title": {"equals": name}} for name in names]
    return conditions[0] if len(conditions) == 1 else {"or": conditions}


def _none_of(title: str, names: Sequence[str]) -> Condition:
    conditions = [{"property": title, "title": {"does_not_equal": name}} for name in names]
    return {"and": conditions}


def shared_out(title: str, known: Collection[str]) -> list[Condition | None]:
    """Return filters that every page passes at least one of, or none where one query is best.

    The last one is for all pages that the others leave out; the last names are left to it, so
    that with a page for each name no query is made that one query alone would not have needed.
    """
    names = sorted(name for name in known if name.strip())
    groups = list(batches(names))[:-1]
    while groups and _too_many(groups):
        groups.pop()
    if not groups:
        return []
    others = {"and": [_none_of(title, group) for group in groups]}
    return [*(any_of(title, group) for group in groups), others]


def _too_many(groups: Sequence[Sequence[str]]) -> bool:
    names = [name for group in groups for name in group]
    weight = sum(len(name.encode("utf-8", "surrogatepass")) for name in names)
    return len(names) > _MAX_EXCLUDED or weight > _MAX_EXCLUDED_BYTES


def since(condition: Condition | None, moment: str) -> Condition | None:
    """Return the filter for those of the pages that were created at ``moment`` or later."""
    if not moment:
        return condition
    window = {"timestamp": "created_time", "created_time": {"on_or_after": moment}}
    if condition is None:
        return window
    # Within the two levels that Notion takes.
    return {"and": [window, *condition.get("and", [condition])]}
