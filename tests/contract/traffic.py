"""Recorded traffic: read, turned into a workspace's state, and made comparable."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lukhas_notion.emulator import Emulator
from lukhas_notion.emulator.model import (
    Database,
    DataSource,
    Option,
    Page,
    Property,
    Stored,
)
from lukhas_notion.emulator.schema import TYPES

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "notion-traffic"
NEW = "<new>"

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00[.]000Z")
_MILLISECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{3}[+]00:00")


def names() -> list[str]:
    """Return the names of all fixtures, or none where there are none."""
    return sorted(path.stem for path in FOLDER.glob("*.json")) if FOLDER.is_dir() else []


def load(name: str) -> dict[str, Any]:
    """Return one fixture."""
    fixture: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
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
        properties = tuple(_property(each) for each in supported(body["properties"]).values())
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
            else:
                self.page_parent(parent["page_id"])
                kind, above = "page_id", parent["page_id"]
            self._page(body["id"], kind, above, body, supported(body["properties"]))

    def knows(self, found: str) -> bool:
        """Say whether an id, with hyphens or without, was put there."""
        return found.replace("-", "") in self._known

    def _derived_source(self, parent: dict[str, Any], bodies: list[dict[str, Any]]) -> None:
        columns: dict[str, Property] = {}
        for body in bodies:
            for name, each in supported(body["properties"]).items():
                column = columns.get(name) or Property(unquote(each["id"]), name, each["type"])
                options = dict.fromkeys([*column.options, *_options_in(each)])
                columns[name] = Property(column.id, name, column.type, tuple(options))
        self._database(parent["database_id"], "00000000-0000-4000-8000-000000000001", [])
        self._source(parent["data_source_id"], parent["database_id"], tuple(columns.values()), [])

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
    return Property(unquote(body["id"]), body["name"], body["type"], options, number_format)


def _options_in(value: dict[str, Any]) -> list[Option]:
    if value["type"] not in ("select", "multi_select"):
        return []
    chosen = value[value["type"]]
    listed = chosen if isinstance(chosen, list) else [chosen] if chosen else []
    return [Option(**each) for each in listed]


def _kept(value: dict[str, Any]) -> Any:
    kept = value[value["type"]]
    if value["type"] == "select":
        return kept and kept["id"]
    if value["type"] == "multi_select":
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
        if value.get("object") == "user" and key != "":
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
