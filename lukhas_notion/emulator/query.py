"""Queries of a data source: filter, order and pagination."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lukhas_notion.emulator import filters, render, richtext
from lukhas_notion.emulator.errors import MISSING, Problems, invalid_cursor, validation
from lukhas_notion.emulator.model import (
    OPTION_TYPES,
    DataSource,
    Page,
    Property,
    find_property,
)
from lukhas_notion.emulator.workspace import Workspace

PAGE_SIZE = 100
MAX_FILTER_PROPERTIES = 100
_MEMBERS = ("sorts", "filter", "start_cursor", "page_size", "result_type", "is_archived")


Row = Page | DataSource
"""One result: a page, or a data source that a wiki lists among its pages."""


@dataclass(frozen=True)
class Scan:
    """One page of the results of a query.

    Args:
        rows: the results.
        next_cursor: the cursor of the next page; None for the last page.
        incomplete: whether there are more results than a query returns.
    """

    rows: list[Row]
    next_cursor: str | None
    incomplete: bool


def answer(
    workspace: Workspace, source_id: str, body: dict[str, Any], kept: list[str] | None
) -> dict[str, Any]:
    """Return the answer to a query.

    The order of the checks is measured: the shape of the body, the data source, the properties of
    sorts, those of the filter, the cursor, and ``filter_properties``.

    Args:
        workspace: the workspace.
        source_id: the id of the data source.
        body: the request's body.
        kept: names and ids of ``filter_properties``; None for all properties.

    Raises:
        ApiError: the query is refused.
    """
    _check(body)
    source = workspace.data_source(source_id)
    if workspace.in_trash(source):
        raise workspace.not_found("database", source_id)
    scan = _scan(workspace, source, body)
    columns = source.ordered() if kept is None else _selected(source, kept)
    result: dict[str, Any] = {
        "object": "list",
        "results": [_rendered(workspace, row, columns, source) for row in scan.rows],
        "next_cursor": scan.next_cursor,
        "has_more": scan.next_cursor is not None,
        "type": "page_or_data_source",
        "page_or_data_source": {},
    }
    if scan.incomplete:
        result["request_status"] = {
            "type": "incomplete",
            "incomplete_reason": "query_result_limit_reached",
        }
    return result


def _rendered(
    workspace: Workspace, row: Row, columns: list[Property], source: DataSource
) -> dict[str, Any]:
    if isinstance(row, DataSource):
        return render.data_source(workspace, row)
    return render.page(workspace, row, columns, source.database_id)


def selected(properties: Iterable[Property], kept: list[str]) -> list[Property]:
    """Return the properties that ``filter_properties`` names, in its order (recorded).

    Unknown names are ignored.
    """
    known = tuple(properties)
    named = [find_property(known, name) for name in kept]
    return list({column.id: column for column in named if column is not None}.values())


def _selected(source: DataSource, kept: list[str]) -> list[Property]:
    if len(kept) > MAX_FILTER_PROPERTIES:
        problems = Problems("query")
        problems.at_most(len(kept), MAX_FILTER_PROPERTIES, "query.filter_properties.length")
        problems.raise_any()
    for name in kept:
        if name and source.find(name) is None:
            raise validation(
                f"The schema for the data source with the following ID is malformed: {source.id}."
                f" The provided `filter_properties` contains an invalid attribute: {name}."
            )
    return selected(source.properties, kept)


def _check(body: dict[str, Any]) -> None:
    problems = Problems()
    problems.only(body, _MEMBERS, "body")
    check_sorts(body.get("sorts", []), problems)
    if "filter" in body:
        filters.check(body["filter"], "body.filter", problems)
    if "start_cursor" in body:
        problems.is_string(body["start_cursor"], "body.start_cursor")
    if "page_size" in body and problems.is_number(body["page_size"], "body.page_size"):
        size = body["page_size"]
        if not float(size).is_integer():
            problems.add("body.page_size", "an integer or `undefined`", size)
        elif size < 1:
            problems.add("body.page_size", "≥ `1` or `undefined`", size)
    if "result_type" in body:
        kinds = ("page", "data_source")
        problems.is_one_of(body["result_type"], "body.result_type", kinds)
    if "is_archived" in body:
        problems.is_boolean(body["is_archived"], "body.is_archived")
    problems.raise_any()


def check_sorts(sorts: Any, problems: Problems) -> None:
    """Add the problems in the shape of ``body.sorts``."""
    if not problems.is_array(sorts, "body.sorts", 100):
        return
    for index, sort in enumerate(sorts):
        where = f"body.sorts[{index}]"
        if not problems.is_object(sort, where):
            continue
        subject = "timestamp" if "timestamp" in sort else "property"
        problems.only(sort, (subject, "direction"), where)
        if subject == "timestamp":
            problems.is_one_of(sort["timestamp"], f"{where}.timestamp", filters.TIMESTAMPS)
        else:
            problems.is_string(sort.get("property", MISSING), f"{where}.property")
        directions = ("ascending", "descending")
        problems.is_one_of(sort.get("direction", MISSING), f"{where}.direction", directions)


def require_sorts(source: DataSource, sorts: list[dict[str, Any]]) -> None:
    """Raise :class:`ApiError` for a sort by an unknown property."""
    for sort in sorts:
        if "property" in sort and source.find(sort["property"]) is None:
            raise validation(f"Could not find sort property with name or id: {sort['property']}")


def _scan(workspace: Workspace, source: DataSource, body: dict[str, Any]) -> Scan:
    require_sorts(source, body.get("sorts", []))
    condition = body.get("filter")
    if condition is not None:
        unknown = filters.unknown_property(condition, source)
        if unknown is not None:
            raise validation(f"Could not find property with name or id: {unknown}")
    matching = _matching(workspace, source, body)
    capped = matching[: workspace.query_cap]
    session = _session(source, body)
    start = _start(capped, body.get("start_cursor"), session)
    end = start + min(int(body.get("page_size", PAGE_SIZE)), PAGE_SIZE)
    more = end < len(capped)
    return Scan(
        capped[start:end],
        f"s:{session}:{capped[end].id}" if more else None,
        incomplete=len(matching) > len(capped),
    )


def _matching(workspace: Workspace, source: DataSource, body: dict[str, Any]) -> list[Row]:
    kind = body.get("result_type")
    pages = [] if kind == "data_source" else _pages(workspace, source, body)
    return [*pages, *([] if kind == "page" else _child_sources(workspace, source, body))]


def _child_sources(
    workspace: Workspace, source: DataSource, body: dict[str, Any]
) -> list[DataSource]:
    """Return the data sources among the rows.

    It is unknown whether Notion's filters apply to them. Here they do not, so that a client that
    expects only pages fails.
    """
    if body.get("is_archived"):
        return []
    return [
        child for child in workspace.store.sources_in(source.id) if not workspace.in_trash(child)
    ]


def _pages(workspace: Workspace, source: DataSource, body: dict[str, Any]) -> list[Page]:
    """Return the matching pages in order.

    A query returns either archived pages or other pages, as ``is_archived`` says. Notion does not
    promise an order without sorts. Every recorded answer has the newest page first, which is also
    the order of pages with equal sort keys here.
    """
    archived = body.get("is_archived", False)
    rows = [
        row
        for row in reversed(workspace.store.rows_as_queried(source.id))
        if not row.in_trash and row.is_archived is archived and workspace.is_shared(row)
    ]
    rows.sort(key=lambda row: row.created_time, reverse=True)
    if "filter" in body:
        passes = filters.compiled(workspace, body["filter"], source)
        rows = [row for row in rows if passes(row)]
    # Sorting is stable, so the last key is sorted by first.
    for sort in reversed(body.get("sorts", [])):
        kind = sort.get("timestamp")
        column = Property(kind, kind, kind) if kind else source.find(sort["property"])
        assert column is not None  # noqa: S101 - checked above
        rows = _sorted(workspace, rows, column, descending=sort["direction"] == "descending")
    return rows


def _sorted(
    workspace: Workspace, rows: list[Page], column: Property, *, descending: bool
) -> list[Page]:
    keyed = [(_sort_key(workspace, row, column), row) for row in rows]
    empty = [row for key, row in keyed if key is None]
    filled = [(key, row) for key, row in keyed if key is not None]
    filled.sort(key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in filled] + empty


def _sort_key(workspace: Workspace, page: Page, column: Property) -> Any:
    value = render.value(workspace, page, column)
    if column.type in ("title", "rich_text"):
        text = richtext.plain(value)
        return _natural(text) if text else None
    if column.type in OPTION_TYPES:
        position = {option.id: index for index, option in enumerate(column.options)}
        chosen = [value] if isinstance(value, dict) else value or []
        return [position[option["id"]] for option in chosen] or None
    if column.type == "date":
        return filters.moment(value["start"]) if value else None
    return value


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Return a key that sorts ``Article 4`` before ``Article 10``, without case (recorded)."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text.casefold())
    return [(True, 0, part) if not part.isdecimal() else (False, int(part), "") for part in parts]


def _session(source: DataSource, body: dict[str, Any]) -> str:
    """Return the part of a cursor that identifies its query, so that no other query accepts it."""
    members = ("filter", "sorts", "result_type", "is_archived")
    what = [source.id, *(body.get(member) for member in members)]
    digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _start(rows: list[Row], cursor: str | None, session: str) -> int:
    if not cursor:
        return 0
    prefix = f"s:{session}:"
    if cursor.startswith(prefix):
        wanted = cursor.removeprefix(prefix)
        for index, row in enumerate(rows):
            if row.id == wanted:
                return index
    raise invalid_cursor(cursor)
