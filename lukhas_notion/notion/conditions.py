"""The filters of queries. None has more than 100 conditions, or more than two levels.

Both are limits of Notion's: 400 ``body.filter.or.length should be ≤ `100```; developers.notion.com,
"Filter data source entries".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

Condition = dict[str, Any]

MAX_CONDITIONS = 100


def any_of(
    title: str, names: Sequence[str], sha: str = "", hashes: Sequence[str] = ()
) -> Iterator[Condition]:
    """Yield filters for pages with one of some titles, or one of some provenance SHAs.

    Args:
        title: the title property's name.
        names: the titles.
        sha: the name of the property that holds the provenance SHA.
        hashes: the SHAs.
    """
    conditions: list[Condition] = [
        *({"property": title, "title": {"equals": name}} for name in names),
        *({"property": sha, "rich_text": {"equals": each}} for each in hashes),
    ]
    for start in range(0, len(conditions), MAX_CONDITIONS):
        batch = conditions[start : start + MAX_CONDITIONS]
        yield batch[0] if len(batch) == 1 else {"or": batch}


def created_between(start: datetime | None, end: datetime | None) -> Condition | None:
    """Return the filter for pages created from ``start`` until before ``end``; None is open."""
    edges = [("on_or_after", start), ("before", end)]
    conditions = [
        {"timestamp": "created_time", "created_time": {operator: _instant(moment)}}
        for operator, moment in edges
        if moment is not None
    ]
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return {"and": conditions}


def untitled(title: str) -> Condition:
    """Return the filter for pages without a title."""
    return {"property": title, "title": {"is_empty": True}}


def both(one: Condition | None, other: Condition) -> Condition:
    """Return the filter for pages that pass two filters."""
    return other if one is None else {"and": [*one.get("and", [one]), other]}


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
