"""Recorded traffic: read, turned into a workspace's state, and made comparable."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lukhas_notion.emulator import Emulator
from lukhas_notion.emulator.model import (
    OPTION_TYPES,
    Database,
    DataSource,
    Group,
    Option,
    Page,
    Property,
    Relation,
    Stored,
    User,
)
from lukhas_notion.emulator.schema import TYPES

_SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
FOLDER = _SHARED / "notion-traffic"
MORE = _SHARED / "notion-traffic-2"
OTHER_SOURCE = "00000000-0000-4000-8000-000000000003"
"""Where relations lead whose schema no fixture has."""
NEW = "<new>"

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00[.]000Z")
_MILLISECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{3}[+]00:00")


def names(*folders: Path) -> list[str]:
    """Return the names of all fixtures, of one folder or of both, or none where there are none."""
    found = [path.stem for folder in folders or (FOLDER, MORE) for path in folder.glob("*.json")]
    return sorted(found)


def load(name: str) -> dict[str, Any]:
    """Return one fixture."""
    path = next(found for each in (FOLDER, MORE) if (found := each / f"{name}.json").is_file())
    fixture: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return fixture


def supported(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties, of a page or a schema, that the emulator has types for."""
    kinds = {name: _kind(each) for name, each in properties.items()}
    return {name: each for name, each in properties.items() if kinds[name] in TYPES}


def _kind(sent: Any) -> str:
    if isinstance(sent, list):
        return "title"
    return str(sent.get("type") or next((key for key in sent if key in TYPES), ""))


def rows_of(source_id: str) -> list[dict[str, Any]]:
    """Return every page of a data source that any fixture answers with, in its fullest form."""
    found: dict[str, dict[str, Any]] = {}
    for name in names():
        body = load(name)["response_body"]
        for page in [body, *body.get("results", [])]:
            if page.get("parent", {}).get("data_source_id") != source_id:
                continue
            known = found.get(page["id"])
            if known is None or len(page["properties"]) > len(known["properties"]):
                found[page["id"]] = page
    return list(found.values())


class Seed:
    """Puts recorded objects into an emulator, under their recorded ids."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._known: set[str] = set()

    def page_parent(self, page_id: str) -> None:
        """Add a bare page for others to be below."""
        self._page(page_id, "workspace", "", {}, {})

    def database(self, body: dict[str, Any]) -> None:
        """Add a database with its data sources, whose schemas are a title each."""
        self._database(body["id"], body["parent"]["page_id"], body["title"])
        for source in body["data_sources"]:
            title = [{**body["title"][0], "plain_text": source["name"]}]
            self._source(source["id"], body["id"], (Property("title", "Name", "title"),), title)

    def data_source(self, body: dict[str, Any]) -> None:
        """Add a data source and the database above it."""
        parent, page = body["parent"]["database_id"], body["database_parent"]["page_id"]
        self._database(parent, page, body["title"], is_inline=body["is_inline"])
        shown = supported(body["properties"]).values()
        properties = tuple(_property(each) for each in shown)
        for each in shown:
            if each["type"] == "relation" and each["relation"]["data_source_id"] != body["id"]:
                self._target(body["id"], each)
        more = {key: body[key] for key in ("description", "icon", "in_trash")}
        self._source(body["id"], parent, properties, body["title"], **more)

    def pages(self, bodies: list[dict[str, Any]]) -> None:
        """Add pages, and what they are in unless it is there already."""
        for body in bodies:
            parent = body["parent"]
            if parent["type"] == "data_source_id":
                if parent["data_source_id"] not in self._emulator.workspace.store.data_sources:
                    self._derived_source(parent, bodies)
                kind, above = "data_source_id", parent["data_source_id"]
            elif parent["type"] == "workspace":
                kind, above = "workspace", ""
            else:
                self.page_parent(parent["page_id"])
                kind, above = "page_id", parent["page_id"]
            self._page(body["id"], kind, above, body, supported(body["properties"]))
        for body in bodies:
            self._related(body)

    def knows(self, found: str) -> bool:
        """Say whether an id, with hyphens or without, was put there."""
        return found.replace("-", "") in self._known

    def _target(self, source_id: str, column: dict[str, Any]) -> None:
        """Add what a relation leads to, with the counterpart that it has there."""
        config = column["relation"]
        target, synced = config["data_source_id"], config.get("dual_property", {})
        known = self._emulator.workspace.store.data_sources.get(target)
        columns = known.properties if known else (Property("title", "Name", "title"),)
        if synced and synced["synced_property_id"] not in [each.id for each in columns]:
            counterpart = Property(
                unquote(synced["synced_property_id"]),
                synced["synced_property_name"],
                "relation",
                relation=Relation(source_id, unquote(column["id"])),
            )
            columns = (*columns, counterpart)
        if known is not None:
            self._put(replace(known, properties=columns))
            return
        if config["database_id"] not in self._emulator.workspace.store.databases:
            self._database(config["database_id"], "00000000-0000-4000-8000-000000000001", [])
        self._source(target, config["database_id"], columns, [])

    def _related(self, body: dict[str, Any]) -> None:
        """Add the pages and users that a page names; five more where a relation is cut off."""
        store = self._emulator.workspace.store
        page = store.pages[body["id"]]
        for name, value in supported(body["properties"]).items():
            for user in value.get("people", []):
                if user["id"] != self._emulator.workspace.bot_id and "name" in user:
                    email = user.get("person", {}).get("email")
                    made = (user["id"], user["name"], user["type"], email, user["avatar_url"])
                    store.commit(User(*made))
            if value["type"] != "relation":
                continue
            column = store.data_sources[page.parent_id].find(name)
            assert column is not None
            assert column.relation is not None
            ids = [each["id"] for each in value["relation"]]
            if value.get("has_more"):
                ids += [f"00000000-0000-4000-8000-00000000010{each}" for each in range(5)]
                page = replace(page, values={**page.values, column.id: ids})
                store.commit(page)
            for page_id in ids:
                if page_id not in store.pages:
                    target = column.relation.data_source_id
                    self._page(page_id, "data_source_id", target, {}, {})

    def _derived_source(self, parent: dict[str, Any], bodies: list[dict[str, Any]]) -> None:
        columns: dict[str, Property] = {}
        for body in bodies:
            for name, each in supported(body["properties"]).items():
                column = columns.get(name) or Property(unquote(each["id"]), name, each["type"])
                options = dict.fromkeys([*column.options, *_options_in(each)])
                relation = column.relation or _derived_relation(each, bodies)
                columns[name] = Property(
                    column.id, name, column.type, tuple(options), relation=relation
                )
        columns = {
            name: replace(each, relation=each.relation or Relation(OTHER_SOURCE))
            if each.type == "relation"
            else each
            for name, each in columns.items()
        }
        title = (Property("title", "Name", "title"),)
        other = OTHER_SOURCE.replace("3", "4")
        self._database(other, "00000000-0000-4000-8000-000000000001", [])
        self._source(OTHER_SOURCE, other, title, [])
        above = parent.get("database_id", "00000000-0000-4000-8000-000000000005")
        self._database(above, "00000000-0000-4000-8000-000000000001", [])
        self._source(parent["data_source_id"], above, tuple(columns.values()), [])

    def _database(
        self, object_id: str, parent: str, title: list[dict[str, Any]], **more: Any
    ) -> None:
        self.page_parent(parent)
        self._put(Database(object_id, parent, title, _NOW_MS, _NOW_MS, **more))

    def _source(
        self,
        object_id: str,
        parent: str,
        properties: tuple[Property, ...],
        title: list[dict[str, Any]],
        **more: Any,
    ) -> None:
        author = self._emulator.workspace.bot_id
        source = DataSource(
            object_id, parent, title, properties, _NOW, _NOW, author, author, **more
        )
        self._known.update(option.id for each in properties for option in each.options)
        self._put(source)

    def _page(
        self, object_id: str, kind: Any, parent: str, body: dict[str, Any], values: dict[str, Any]
    ) -> None:
        author = self._emulator.workspace.bot_id
        page = Page(
            id=object_id,
            parent_type=kind,
            parent_id=parent,
            values={unquote(each["id"]): _kept(each) for each in values.values()},
            created_time=body.get("created_time", _NOW),
            last_edited_time=body.get("last_edited_time", _NOW),
            author=author,
            editor=author,
            icon=body.get("icon"),
            cover=body.get("cover"),
            in_trash=body.get("in_trash", False),
            is_locked=body.get("is_locked", False),
        )
        self._put(page)

    def _put(self, stored: Stored) -> None:
        self._known.add(stored.id.replace("-", ""))
        self._emulator.workspace.store.commit(stored)


_NOW = "2026-06-27T17:00:00.000Z"
_NOW_MS = "2026-06-27T17:00:00.000+00:00"


def _property(body: dict[str, Any]) -> Property:
    settings = body[body["type"]]
    options = tuple(Option(**each) for each in settings.get("options", []))
    number_format = settings.get("format", "number")
    groups = tuple(
        Group(**{**each, "option_ids": tuple(each["option_ids"])})
        for each in settings.get("groups", [])
    )
    relation = None
    if body["type"] == "relation":
        synced = settings.get("dual_property", {}).get("synced_property_id")
        relation = Relation(settings["data_source_id"], unquote(synced) if synced else None)
    return Property(
        unquote(body["id"]),
        body["name"],
        body["type"],
        options,
        number_format,
        groups=groups,
        relation=relation,
    )


def _derived_relation(value: dict[str, Any], bodies: list[dict[str, Any]]) -> Relation | None:
    """Return where a relation leads: to the pages themselves, where it names one of them."""
    if value["type"] != "relation":
        return None
    rows = {body["id"]: body["parent"]["data_source_id"] for body in bodies}
    known = [rows[each["id"]] for each in value["relation"] if each["id"] in rows]
    return Relation(known[0]) if known else None


def _options_in(value: dict[str, Any]) -> list[Option]:
    if value["type"] not in OPTION_TYPES:
        return []
    chosen = value[value["type"]]
    listed = chosen if isinstance(chosen, list) else [chosen] if chosen else []
    return [Option(**each) for each in listed]


def _kept(value: dict[str, Any]) -> Any:
    kept = value[value["type"]]
    if value["type"] in ("select", "status"):
        return kept and kept["id"]
    if value["type"] in ("multi_select", "people", "relation"):
        return [each["id"] for each in kept]
    return kept


def comparable(body: dict[str, Any], seed: Seed) -> Any:
    """Return an answer without what differs from run to run, and types not emulated.

    Known ids stay as they are; unknown ones become ``<new>``. Times keep their format alone, and
    addresses their last part. ``archived`` is gone from answers since 2026-03-11.
    """
    return _comparable(body, seed, "")


def _comparable(value: Any, seed: Seed, key: str) -> Any:
    if isinstance(value, dict):
        if key == "properties":
            value = supported(value)
        if key in ("created_by", "last_edited_by"):
            return "user"
        return {
            name: _comparable(each, seed, name)
            for name, each in value.items()
            if name not in ("archived", "request_id", "public_url")
        }
    if isinstance(value, list):
        return [_comparable(each, seed, "item") for each in value]
    if not isinstance(value, str):
        return value
    if _MINUTE.fullmatch(value):
        return "a minute"
    if _MILLISECOND.fullmatch(value):
        return "a millisecond"
    if key == "url" and "notion." in value:
        value = value.rsplit("/", 1)[-1]
    return _UUID.sub(lambda found: found[0] if seed.knows(found[0]) else NEW, value)
