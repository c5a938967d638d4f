"""Parse Notion's answers, and check the shape of the members that are read.

An answer of another shape than the API promises raises
:class:`~lukhas_notion.util.errors.Unavailable`, which names the member. It never counts as an
absence: a page without its properties is not a page without values. Other members are not checked,
because Notion adds new ones without a new version.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from lukhas_notion.plan.database import Option, Page, PropertySchema, Schema
from lukhas_notion.plan.notion_json import (
    Object,
    Where,
    misfit,
    optional_text,
    plain_text,
    require_flag,
    require_list,
    require_object,
    require_text,
)
from lukhas_notion.plan.property_types import decode, kind_of
from lukhas_notion.plan.reference_kinds import User
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import Unavailable

_SHARE_ALL = (
    "Notion shows such pages if it shares only a part of the database: in Notion, open the "
    "database, choose ··· > Connections, add the integration, and run again."
)


def page(answer: object, types: Mapping[str, PropertyType], sha: str = "") -> Page:
    """Return a page that was requested by its id, or written; it may lack properties.

    ``sha`` names the property whose link holds the page's record.

    Raises:
        Unavailable: it is not a whole page.
    """
    return _page(answer, types, sha, whole=False)


def row(answer: object, types: Mapping[str, PropertyType], sha: str = "") -> Page:
    """Return a page from a query's results, which has every requested property.

    Raises:
        Unavailable: it is not a whole page.
    """
    return _page(answer, types, sha, whole=True)


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """One answer to a query.

    Args:
        rows: the results that are pages. In a wiki there are data sources among the results.
        next_cursor: where the next answer begins; None after the last one.
        incomplete: whether Notion leaves results out because there are too many.
    """

    rows: Sequence[Object]
    next_cursor: str | None
    incomplete: bool


def query(answer: object) -> QueryAnswer:
    """Return an answer to a query.

    Raises:
        Unavailable: it is not a list of results, or has no cursor although there are more.
    """
    results, cursor = _results(answer, "a query's answer")
    rows = [row for row, where in results if _text(row, "object", where) == "page"]
    status = require_object(answer, "a query's answer").get("request_status")
    incomplete = isinstance(status, Mapping) and status.get("type") == "incomplete"
    return QueryAnswer(rows, cursor, incomplete)


def _results(answer: object, where: str) -> tuple[list[tuple[Object, Where]], str | None]:
    """Return the results of a list, each with its place, and the cursor of the next part."""
    listed = require_object(answer, where)
    results: list[tuple[Object, Where]] = []
    for index, result in enumerate(require_list(listed.get("results"), (where, "results"))):
        place = ((where, "results"), index)
        results.append((require_object(result, place), place))
    more = require_flag(listed.get("has_more"), (where, "has_more"))
    return results, _text(listed, "next_cursor", where) if more else None


def _text(value: Object, member: str, where: Where) -> str:
    """Return a member that must be a text."""
    return require_text(value.get(member), (where, member))


class TitledPage(NamedTuple):
    """A page of any data source: its id, its title, and ``created_time`` as Notion writes it."""

    id: str
    title: str
    created: str = ""


def titled(answer: object) -> TitledPage:
    """Return the title of a page, whatever its title property is called.

    Raises:
        Unavailable: it is not a page, or has no title.
    """
    value = require_object(answer, "a page")
    page_id = _text(value, "id", "a page")
    where = f"{_named(value)}: properties"
    properties = require_object(value.get("properties"), where).values()
    titles = (item.get("title") for item in properties if isinstance(item, Mapping))
    title = plain_text(next((t for t in titles if t is not None), None), f"{where}.title")
    return TitledPage(page_id, title, optional_text(value, "created_time"))


def related(answer: object) -> tuple[list[str], str | None]:
    """Return some of a relation's pages by their ids, and the cursor of the next ones.

    Raises:
        Unavailable: it is not a list of pages.
    """
    results, cursor = _results(answer, "a relation")
    ids = []
    for result, where in results:
        place = (where, "relation")
        ids.append(_text(require_object(result.get("relation"), place), "id", place))
    return ids, cursor


def created_time(answer: object) -> datetime:
    """Return the minute in which a page of a query's results was created, in UTC.

    Raises:
        Unavailable: it has no such time.
    """
    value = require_object(answer, "a page")
    where = f"{_named(value)}: created_time"
    text = require_text(value.get("created_time"), where)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        misfit(where, "a date and time", text)
    return moment.replace(second=0, microsecond=0)


def schema(answer: object) -> Schema:
    """Return a data source.

    Raises:
        Unavailable: it is not a data source, or one of its properties has no description.
    """
    value = require_object(answer, "a data source")
    source = _text(value, "id", "a data source")
    where = f"data source {source}"
    properties = require_object(value.get("properties"), f"{where}: properties")
    described = [_property(p, f"{where}: properties.{name}") for name, p in properties.items()]
    return Schema(
        database_id=optional_text(value.get("parent"), "database_id"),
        data_source_id=source,
        title=plain_text(value.get("title"), f"{where}: title"),
        url=optional_text(value, "url"),
        properties={prop.name: prop for prop in described},
    )


@dataclass(frozen=True, slots=True)
class Database:
    """A database: whether it is in the trash, and its data sources by id and name."""

    id: str
    in_trash: bool
    sources: Sequence[tuple[str, str]]


def database(answer: object) -> Database:
    """Return a database.

    Raises:
        Unavailable: it is not a database.
    """
    value = require_object(answer, "a database")
    database_id = _text(value, "id", "a database")
    where = f"database {database_id}: data_sources"
    sources = []
    for index, listed in enumerate(require_list(value.get("data_sources"), where)):
        source = require_object(listed, (where, index))
        sources.append((_text(source, "id", (where, index)), optional_text(source, "name")))
    return Database(database_id, in_trash(value), tuple(sources))


@dataclass(frozen=True, slots=True)
class Bot:
    """The integration's own user; names are "" where Notion does not give them."""

    id: str
    name: str
    workspace: str


def bot(answer: object) -> Bot:
    """Return the integration's own user.

    Raises:
        Unavailable: it is not a user.
    """
    value = require_object(answer, "the integration's user")
    return Bot(
        _text(value, "id", "the integration's user"),
        optional_text(value, "name"),
        optional_text(value.get("bot"), "workspace_name"),
    )


def users(answer: object) -> tuple[list[User], str | None]:
    """Return some of the workspace's users, and the cursor of the next ones.

    Raises:
        Unavailable: it is not a list of users.
    """
    results, cursor = _results(answer, "a list of users")
    return [user(result, where) for result, where in results], cursor


def user(answer: object, where: Where = "a user") -> User:
    """Return one user.

    Raises:
        Unavailable: it is not a user.
    """
    value = require_object(answer, where)
    bot = value.get("bot")
    owner = bot.get("owner") if isinstance(bot, Mapping) else None
    return User(
        _text(value, "id", where),
        optional_text(value, "name"),
        optional_text(value.get("person"), "email"),
        is_own=bool(optional_text(owner, "type")),
    )


def in_trash(answer: object) -> bool:
    """Return whether a page, database or data source is in the trash."""
    return isinstance(answer, Mapping) and answer.get("in_trash") is True


def body(answer: object) -> str:
    """Return a page's body in Notion's Markdown.

    A truncated body gets an ellipsis, so that it is never equal to a body of this tool, which is
    short.

    Raises:
        Unavailable: it is not a page's Markdown.
    """
    value = require_object(answer, "a page's Markdown")
    text = _text(value, "markdown", "a page's Markdown")
    return f"{text}\n…" if value.get("truncated") else text


def id_of(answer: object) -> str:
    """Return the id in an answer, "" where there is none."""
    return optional_text(answer, "id")


def ids(answer: object) -> list[str]:
    """Return the ids in a list of references.

    Raises:
        Unavailable: it is not a list of objects with an id.
    """
    return [_text(result, "id", where) for result, where in _results(answer, "a list")[0]]


def view(answer: object) -> tuple[str, str, bool]:
    """Return the name of a view, its type ("" for what is missing), and whether it is sorted."""
    is_sorted = isinstance(answer, Mapping) and bool(answer.get("sorts"))
    return optional_text(answer, "name"), optional_text(answer, "type"), is_sorted


def _page(answer: object, types: Mapping[str, PropertyType], sha: str, *, whole: bool) -> Page:
    value = require_object(answer, "a page")
    page_id = _text(value, "id", "a page")
    where = _named(value)
    if value.get("properties") is None:
        raise Unavailable(f"Notion showed {where} without its properties.", _SHARE_ALL)
    inside = f"{where}: properties"
    properties = require_object(value["properties"], inside)
    return Page(
        page_id,
        optional_text(value, "url"),
        {
            name: decode(kind, properties.get(name), (inside, name))
            if kind.is_property
            else kind_of(kind).decode(value.get("icon"), (where, "icon"))
            for name, kind in types.items()
            if whole or name in properties or not kind.is_property
        },
        _inner(value, where, "created_by", "id"),
        _inner(value, where, "last_edited_by", "id"),
        in_trash(value),
        _inner(value, where, "parent", "data_source_id"),
        _link(properties.get(sha)),
        sys.intern(optional_text(value, "created_time")),
        value.get("is_archived") is True,
        {
            name: optional_text(properties[name], "id")
            for name in types
            if name in properties and properties[name].get("has_more") is True
        },
        sys.intern(optional_text(value, "last_edited_time")),
    )


def _inner(value: Object, where: str, member: str, key: str) -> str:
    """Return a text of an optional object; equal texts share one copy, since few differ."""
    inner = value.get(member)
    return "" if inner is None else sys.intern(optional_text(require_object(inner, where), key))


def _link(value: object) -> str:
    """Return the first link of a rich text, which Notion may have split."""
    items = value.get("rich_text") if isinstance(value, Mapping) else None
    for item in items if isinstance(items, list) else ():
        text = item.get("text") if isinstance(item, Mapping) else None
        link = text.get("link") if isinstance(text, Mapping) else None
        if url := optional_text(link, "url"):
            return url
    return ""


def _named(value: Object) -> str:
    return f"page {optional_text(value, 'id') or 'without an id'}"


def _property(answer: object, where: str) -> PropertySchema:
    """Return one property; the settings of types that are never written are not checked."""
    value = require_object(answer, where)
    property_id, name, kind = (_text(value, member, where) for member in ("id", "name", "type"))
    inside = f"{where}.{kind}"
    if kind == PropertyType.RELATION:
        settings = require_object(value.get(kind), inside)
        target = _text(settings, "data_source_id", inside)
        related = (target, optional_text(settings, "database_id"))
        synced = optional_text(settings.get("dual_property"), "synced_property_name")
        return PropertySchema(property_id, name, kind, related=related, synced=synced)
    options: tuple[Option, ...] = ()
    if any(kind == each and each.has_options for each in PropertyType):
        listed = require_list(
            require_object(value.get(kind), inside).get("options"), (inside, "options")
        )
        options = tuple(
            _option(item, ((inside, "options"), index)) for index, item in enumerate(listed)
        )
    number_format = optional_text(value.get(kind), "format") if kind == PropertyType.NUMBER else ""
    return PropertySchema(property_id, name, kind, options, number_format)


def _option(answer: object, where: Where) -> Option:
    value = require_object(answer, where)
    color = optional_text(value, "color") or "default"
    return Option(_text(value, "id", where), _text(value, "name", where), color)
