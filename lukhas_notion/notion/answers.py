"""Notion's answers, parsed in one place: each is checked for its shape before it is read.

An answer that does not have the shape that the API promises is an
:class:`~lukhas_notion.util.errors.Unavailable` that names what does not fit. It is never an
absence: a page without its properties is not a page without values. Members that are not read are
not looked at, because Notion adds new ones without a new version.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from lukhas_notion.plan.database import Option, Page, PropertySchema, Schema
from lukhas_notion.plan.property_types import decode, kind_of
from lukhas_notion.plan.reference_kinds import User
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import (
    Object,
    Unavailable,
    Where,
    misfit,
    optional_text,
    plain_text,
    require_flag,
    require_list,
    require_object,
    require_text,
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
    return _page(answer, types, sha, whole=False)


def row(answer: object, types: Mapping[str, PropertyType], sha: str = "") -> Page:
    """Return a page out of a query's results, which has every property that was asked for.

    Raises:
        Unavailable: it is no whole page.
    """
    return _page(answer, types, sha, whole=True)


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
    found = require_object(answer, "a query's answer")
    results = require_list(found.get("results"), "a query's answer: results")
    rows = []
    for index, result in enumerate(results):
        where = ("a query's answer: results", index)
        if require_text(require_object(result, where).get("object"), (where, "object")) == "page":
            rows.append(result)
    cursor = None
    if require_flag(found.get("has_more"), "a query's answer: has_more"):
        cursor = require_text(found.get("next_cursor"), "a query's answer: next_cursor")
    status = found.get("request_status")
    incomplete = isinstance(status, Mapping) and status.get("type") == "incomplete"
    return QueryAnswer(rows, cursor, incomplete)


class TitledPage(NamedTuple):
    """A page of any data source: its id, its title, and when it was created, as a page has it."""

    id: str
    title: str
    created: str = ""


def titled(answer: object) -> TitledPage:
    """Return the title of a page, whatever that is called.

    Raises:
        Unavailable: it is no page, or has no title.
    """
    found = require_object(answer, "a page")
    page_id = require_text(found.get("id"), "a page: id")
    where = f"{_named(found)}: properties"
    properties = require_object(found.get("properties"), where).values()
    titles = (each.get("title") for each in properties if isinstance(each, Mapping))
    title = plain_text(next(filter(_is_there, titles), None), f"{where}.title")
    return TitledPage(page_id, title, optional_text(found, "created_time"))


def _is_there(value: object) -> bool:
    return value is not None


def related(answer: object) -> tuple[list[str], str | None]:
    """Return some of a relation's pages by their ids, and where the next ones begin.

    Raises:
        Unavailable: it is no list of pages.
    """
    found = require_object(answer, "a relation")
    items = require_list(found.get("results"), "a relation: results")
    ids = []
    for index, item in enumerate(items):
        where = f"a relation: results[{index}].relation"
        ids.append(require_text(require_object(item["relation"], where).get("id"), f"{where}.id"))
    more = require_flag(found.get("has_more"), "a relation: has_more")
    cursor = require_text(found.get("next_cursor"), "a relation: next_cursor") if more else None
    return ids, cursor


def created_time(answer: object) -> datetime:
    """Return the minute in which a page of a query's results was created, in UTC.

    Raises:
        Unavailable: it does not say.
    """
    found = require_object(answer, "a page")
    where = f"{_named(found)}: created_time"
    text = require_text(found.get("created_time"), where)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        misfit(where, "a date and time", text)
    return moment.replace(second=0, microsecond=0)


def schema(answer: object) -> Schema:
    """Return a data source.

    Raises:
        Unavailable: it is none, or one of its properties is not described.
    """
    found = require_object(answer, "a data source")
    source = require_text(found.get("id"), "a data source: id")
    where = f"data source {source}"
    properties = require_object(found.get("properties"), f"{where}: properties")
    described = [_property(p, f"{where}: properties.{name}") for name, p in properties.items()]
    parent = found.get("parent")
    return Schema(
        database_id=optional_text(parent, "database_id"),
        data_source_id=source,
        title=plain_text(found.get("title"), f"{where}: title"),
        url=optional_text(found, "url"),
        properties={each.name: each for each in described},
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
    found = require_object(answer, "a database")
    named = require_text(found.get("id"), "a database: id")
    where = f"database {named}: data_sources"
    listed = require_list(found.get("data_sources"), where)
    sources = []
    for index, each in enumerate(listed):
        source = require_object(each, f"{where}[{index}]")
        sources.append(
            (require_text(source.get("id"), f"{where}[{index}].id"), optional_text(source, "name"))
        )
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
    found = require_object(answer, "the integration's user")
    named = require_text(found.get("id"), "the integration's user: id")
    return Bot(
        named, optional_text(found, "name"), optional_text(found.get("bot"), "workspace_name")
    )


def users(answer: object) -> tuple[list[User], str | None]:
    """Return some of the workspace's users, and where the next ones begin.

    Raises:
        Unavailable: it is no list of users.
    """
    where = "a list of users"
    found = require_object(answer, where)
    listed = []
    for index, each in enumerate(require_list(found.get("results"), (where, "results"))):
        listed.append(user(each, (where, index)))
    more = require_flag(found.get("has_more"), (where, "has_more"))
    return listed, require_text(found.get("next_cursor"), (where, "next_cursor")) if more else None


def user(answer: object, where: Where = "a user") -> User:
    """Return one user.

    Raises:
        Unavailable: it is none.
    """
    found = require_object(answer, where)
    bot = found.get("bot")
    owner = bot.get("owner") if isinstance(bot, Mapping) else None
    return User(
        require_text(found.get("id"), (where, "id")),
        optional_text(found, "name"),
        optional_text(found.get("person"), "email"),
        is_own=bool(optional_text(owner, "type")),
    )


def in_trash(answer: object) -> bool:
    """Say whether a page, database or data source is in the trash."""
    return isinstance(answer, Mapping) and answer.get("in_trash") is True


def body(answer: object) -> str:
    """Return a page's body in Notion's Markdown.

    One that Notion gives only in part is never the body that this tool wrote, which is small: it
    gets an ellipsis, so that it is equal to none.
    """
    found = require_object(answer, "a page's Markdown")
    text = require_text(found.get("markdown"), "a page's Markdown: markdown")
    return f"{text}\n…" if found.get("truncated") else text


def id_of(answer: object) -> str:
    """Return the id in an answer, "" where there is none."""
    return optional_text(answer, "id")


def ids(answer: object) -> list[str]:
    """Return the ids of what a list refers to.

    Raises:
        Unavailable: it is no list of objects with an id.
    """
    listed = require_list(require_object(answer, "a list").get("results"), ("a list", "results"))
    return [
        require_text(require_object(each, ("a list", index)).get("id"), (("a list", index), "id"))
        for index, each in enumerate(listed)
    ]


def view(answer: object) -> tuple[str, str, bool]:
    """Return the name of a view, its type ("" for what is missing), and whether it is sorted."""
    is_sorted = isinstance(answer, Mapping) and bool(answer.get("sorts"))
    return optional_text(answer, "name"), optional_text(answer, "type"), is_sorted


def _page(answer: object, types: Mapping[str, PropertyType], sha: str, *, whole: bool) -> Page:
    found = require_object(answer, "a page")
    page_id = require_text(found.get("id"), "a page: id")
    where = _named(found)
    if found.get("properties") is None:
        raise Unavailable(f"Notion showed {where} without its properties.", _SHARE_ALL)
    inside = f"{where}: properties"
    properties = require_object(found["properties"], inside)
    return Page(
        page_id,
        optional_text(found, "url"),
        {
            name: decode(kind, properties.get(name), (inside, name))
            if kind.is_property
            else kind_of(kind).decode(found.get("icon"), (where, "icon"))
            for name, kind in types.items()
            if whole or name in properties or not kind.is_property
        },
        _inner(found, where, "created_by", "id"),
        _inner(found, where, "last_edited_by", "id"),
        in_trash(found),
        _inner(found, where, "parent", "data_source_id"),
        _link(properties.get(sha)),
        sys.intern(optional_text(found, "created_time")),
        found.get("is_archived") is True,
        {
            name: optional_text(properties[name], "id")
            for name in types
            if name in properties and properties[name].get("has_more") is True
        },
        sys.intern(optional_text(found, "last_edited_time")),
    )


def _inner(found: Object, where: str, member: str, key: str) -> str:
    """Return a text of an object that a page may have; few differ, so one copy of each is kept."""
    held = found.get(member)
    return "" if held is None else sys.intern(optional_text(require_object(held, where), key))


def _link(value: object) -> str:
    """Return the link of a rich text, which Notion may have split: the first that is there."""
    items = value.get("rich_text") if isinstance(value, Mapping) else None
    for item in items if isinstance(items, list) else ():
        text = item.get("text") if isinstance(item, Mapping) else None
        link = text.get("link") if isinstance(text, Mapping) else None
        if url := optional_text(link, "url"):
            return url
    return ""


def _named(found: Object) -> str:
    return f"page {optional_text(found, 'id') or 'without an id'}"


def _property(value: object, where: str) -> PropertySchema:
    """Return the description of one property; types that are not written may have any settings."""
    found = require_object(value, where)
    named, name, kind = (
        require_text(found.get(member), f"{where}.{member}") for member in ("id", "name", "type")
    )
    settings, listed = found.get(kind), []
    if any(kind == each and each.has_options for each in PropertyType):
        settings = require_object(settings, f"{where}.{kind}")
        listed = list(require_list(settings.get("options"), f"{where}.{kind}.options"))
    options = tuple(
        _option(each, f"{where}.{kind}.options[{index}]") for index, each in enumerate(listed)
    )
    if kind == PropertyType.RELATION:
        settings = require_object(settings, f"{where}.{kind}")
        target = require_text(settings.get("data_source_id"), f"{where}.{kind}.data_source_id")
        related = (target, optional_text(settings, "database_id"))
        synced = optional_text(settings.get("dual_property"), "synced_property_name")
        return PropertySchema(named, name, kind, related=related, synced=synced)
    shown = optional_text(settings, "format") if kind == PropertyType.NUMBER else ""
    return PropertySchema(named, name, kind, options, shown)


def _option(value: object, where: str) -> Option:
    found = require_object(value, where)
    named, name = (require_text(found.get(key), f"{where}.{key}") for key in ("id", "name"))
    return Option(named, name, optional_text(found, "color") or "default")
