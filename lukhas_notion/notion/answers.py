"""Notion's answers, parsed in one place: each is checked for its shape before it is read.

An answer that does not have the shape that the API promises is an
:class:`~lukhas_notion.util.errors.Unavailable` that names what does not fit. It is never an
absence: a page without its properties is not a page without values. Members that are not read are
not looked at, because Notion adds new ones without a new version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from lukhas_notion.plan.snapshot import Page, PropertySchema, Schema
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import Unavailable

Object = Mapping[str, Any]

_REPORT = (
    "Run again. If it happens again, report it together with this message: "
    "https://status.notion.com shows whether Notion has an incident."
)
_SHARE_ALL = (
    "Notion shows such pages where it shares only a part of the database: in Notion, open the "
    "database, choose ··· > Connections, add the integration, and run again."
)


def page(answer: object, types: Mapping[str, PropertyType], sha: str = "") -> Page:
    """Return a page that was asked for by its id, or written; properties it lacks are left out.

    ``sha`` names the property whose link holds the page's record.

    Raises:
        Unavailable: it is no whole page.
    """
    return Page.from_api(_page(answer, types, whole=False), types, sha)


def row(answer: object, types: Mapping[str, PropertyType], sha: str = "") -> Page:
    """Return a page out of a query's results, which has every property that was asked for.

    Raises:
        Unavailable: it is no whole page.
    """
    return Page.from_api(_page(answer, types, whole=True), types, sha)


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """One answer to a query.

    Args:
        rows: the results that are pages. In a wiki there are data sources among them.
        next_cursor: where the next answer begins; None after the last one.
        incomplete: whether Notion leaves results out because there are too many.
    """

    rows: Sequence[Object]
    next_cursor: str | None
    incomplete: bool


def query(answer: object) -> QueryAnswer:
    """Return what a query was answered with.

    Raises:
        Unavailable: it is no list of results, or does not say where it goes on.
    """
    found = _object(answer, "a query's answer")
    results = _list(found.get("results"), "a query's answer: results")
    rows = []
    for index, result in enumerate(results):
        where = f"a query's answer: results[{index}]"
        if _text(_object(result, where).get("object"), f"{where}.object") == "page":
            rows.append(result)
    if not isinstance(found.get("has_more"), bool):
        _misfit("a query's answer: has_more", "true or false", found.get("has_more"))
    cursor = None
    if found["has_more"]:
        cursor = _text(found.get("next_cursor"), "a query's answer: next_cursor")
    status = found.get("request_status")
    incomplete = isinstance(status, Mapping) and status.get("type") == "incomplete"
    return QueryAnswer(rows, cursor, incomplete)


def created_time(answer: object) -> datetime:
    """Return the minute in which a page of a query's results was created, in UTC.

    Raises:
        Unavailable: it does not say.
    """
    found = _object(answer, "a page")
    where = f"{_named(found)}: created_time"
    text = _text(found.get("created_time"), where)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        _misfit(where, "a date and time", text)
    return moment.replace(second=0, microsecond=0)


def schema(answer: object) -> Schema:
    """Return a data source.

    Raises:
        Unavailable: it is none, or one of its properties is not described.
    """
    found = _object(answer, "a data source")
    source = _text(found.get("id"), "a data source: id")
    where = f"data source {source}"
    properties = _object(found.get("properties"), f"{where}: properties")
    for name, each in properties.items():
        _property(each, f"{where}: properties.{name}")
    parent = found.get("parent")
    return Schema(
        database_id=_optional(parent, "database_id"),
        data_source_id=source,
        title=_plain(found.get("title"), f"{where}: title"),
        url=_optional(found, "url"),
        properties={each["name"]: PropertySchema.from_api(each) for each in properties.values()},
    )


@dataclass(frozen=True, slots=True)
class Database:
    """A database: where it is, and its data sources by id and name."""

    id: str
    in_trash: bool
    sources: Sequence[tuple[str, str]]


def database(answer: object) -> Database:
    """Return a database.

    Raises:
        Unavailable: it is none.
    """
    found = _object(answer, "a database")
    named = _text(found.get("id"), "a database: id")
    where = f"database {named}: data_sources"
    listed = _list(found.get("data_sources"), where)
    sources = []
    for index, each in enumerate(listed):
        source = _object(each, f"{where}[{index}]")
        sources.append((_text(source.get("id"), f"{where}[{index}].id"), _optional(source, "name")))
    return Database(named, in_trash(found), tuple(sources))


@dataclass(frozen=True, slots=True)
class Bot:
    """The integration's own user; names are "" where Notion does not say them."""

    id: str
    name: str
    workspace: str


def bot(answer: object) -> Bot:
    """Return the integration's own user.

    Raises:
        Unavailable: it is none.
    """
    found = _object(answer, "the integration's user")
    named = _text(found.get("id"), "the integration's user: id")
    return Bot(named, _optional(found, "name"), _optional(found.get("bot"), "workspace_name"))


def in_trash(answer: object) -> bool:
    """Say whether a page, database or data source is in the trash."""
    return isinstance(answer, Mapping) and answer.get("in_trash") is True


def id_of(answer: object) -> str:
    """Return the id in an answer, "" where there is none."""
    return _optional(answer, "id")


def _page(answer: object, types: Mapping[str, PropertyType], *, whole: bool) -> Object:
    found = _object(answer, "a page")
    _text(found.get("id"), "a page: id")
    where = _named(found)
    if found.get("properties") is None:
        raise Unavailable(f"Notion showed {where} without its properties.", _SHARE_ALL)
    properties = _object(found["properties"], f"{where}: properties")
    for name, kind in types.items():
        if name in properties or whole:
            _value(properties.get(name), kind, f"{where}: properties.{name}")
    for member in ("created_by", "last_edited_by", "parent"):
        if found.get(member) is not None:
            _object(found[member], f"{where}: {member}")
    return found


def _named(found: Object) -> str:
    return f"page {_optional(found, 'id') or 'without an id'}"


def _value(value: object, kind: PropertyType, where: str) -> None:
    """Check the value of one property."""
    found = _object(value, where)
    if found.get("type", kind) != kind:
        _misfit(f"{where}.type", f"'{kind}'", found["type"])
    if kind not in found:
        _misfit(f"{where}.{kind}", "there", None)
    _VALUES[kind](found[kind], f"{where}.{kind}")


def _check_text(value: object, where: str) -> None:
    _plain(value, where)


def _check_number(value: object, where: str) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        _misfit(where, "a number", value)


def _check_option(value: object, where: str) -> None:
    _text(_object(value, where).get("name"), f"{where}.name")


def _check_select(value: object, where: str) -> None:
    if value is not None:
        _check_option(value, where)


def _check_options(value: object, where: str) -> None:
    for index, each in enumerate(_list(value, where)):
        _check_option(each, f"{where}[{index}]")


def _check_date(value: object, where: str) -> None:
    if value is not None:
        found = _object(value, where)
        _text(found.get("start"), f"{where}.start")
        if found.get("end") is not None:
            _text(found["end"], f"{where}.end")


def _check_flag(value: object, where: str) -> None:
    if not isinstance(value, bool):
        _misfit(where, "true or false", value)


def _check_url(value: object, where: str) -> None:
    if value is not None:
        _text(value, where)


_VALUES: dict[PropertyType, Callable[[object, str], None]] = {
    PropertyType.TITLE: _check_text,
    PropertyType.RICH_TEXT: _check_text,
    PropertyType.NUMBER: _check_number,
    PropertyType.MULTI_SELECT: _check_options,
    PropertyType.SELECT: _check_select,
    PropertyType.DATE: _check_date,
    PropertyType.CHECKBOX: _check_flag,
    PropertyType.URL: _check_url,
}


def _property(value: object, where: str) -> None:
    """Check the description of one property; types that are not written may have any settings."""
    found = _object(value, where)
    for member in ("id", "name", "type"):
        _text(found.get(member), f"{where}.{member}")
    kind = found["type"]
    if kind in (PropertyType.SELECT, PropertyType.MULTI_SELECT):
        settings = _object(found.get(kind), f"{where}.{kind}")
        for index, each in enumerate(_list(settings.get("options"), f"{where}.{kind}.options")):
            place = f"{where}.{kind}.options[{index}]"
            option = _object(each, place)
            for member in ("id", "name"):
                _text(option.get(member), f"{place}.{member}")


def _plain(value: object, where: str) -> str:
    """Return a list of rich text objects as text."""
    parts = [_object(each, f"{where}[{i}]") for i, each in enumerate(_list(value, where))]
    return "".join(
        _text(part.get("plain_text"), f"{where}[{index}].plain_text")
        for index, part in enumerate(parts)
    )


def _object(value: object, where: str) -> Object:
    if not isinstance(value, Mapping):
        _misfit(where, "an object", value)
    return value


def _list(value: object, where: str) -> Sequence[Any]:
    if not isinstance(value, list):
        _misfit(where, "a list", value)
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        _misfit(where, "a text", value)
    return value


def _optional(found: object, member: str) -> str:
    value = found.get(member) if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else ""


def _misfit(where: str, expected: str, value: object) -> NoReturn:
    # What it is instead by its kind alone: an answer may hold anything, at any length.
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a flag"}
    held = "missing" if value is None else kinds.get(type(value), "a number")
    raise Unavailable(
        f"Notion's answer has another form than its API promises: {where} is {held} and should be "
        f"{expected}.",
        _REPORT,
    )
