"""The probes of capabilities: which requests a read-only connection allows, and their results."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import (
    Emulator,
    FaultPlan,
    FaultRule,
    default_database,
)
from lukhas_notion.notion.access import NOWHERE, Answered, is_probe, may_insert, may_update
from lukhas_notion.notion.connection import Connection
from lukhas_notion.util.runtime import Runtime

SOURCE = "dfb9e1ac-2926-481b-aec8-5249b5f91552"
UPDATE = ("PATCH", f"/v1/data_sources/{SOURCE}", {"properties": {}})
PAGE = {"parent": {"type": "data_source_id", "data_source_id": NOWHERE}, "properties": {}}
INSERT = ("POST", "/v1/pages", PAGE)


def request(method: str, path: str, body: object) -> httpx.Request:
    """Return a request to Notion."""
    return httpx.Request(method, f"https://api.notion.com{path}", json=body)


@pytest.mark.parametrize("probe", [UPDATE, INSERT])
def test_the_two_probes_pass(probe: tuple[str, str, Any]) -> None:
    """An update without changes, and a page below the nil id, are probes."""
    assert is_probe(request(*probe))


@pytest.mark.parametrize(
    "other",
    [
        ("PATCH", f"/v1/data_sources/{SOURCE}", {"properties": {"Tags": None}}),
        ("PATCH", f"/v1/data_sources/{SOURCE}", {"properties": {}, "in_trash": True}),
        ("PATCH", f"/v1/data_sources/{SOURCE}", {}),
        ("PATCH", f"/v1/data_sources/{SOURCE}/x", {"properties": {}}),
        ("PATCH", f"/v1/databases/{SOURCE}", {"properties": {}}),
        ("PATCH", f"/v1/pages/{SOURCE}", {"properties": {}}),
        ("POST", "/v1/pages", {**PAGE, "properties": {"Module": {"title": []}}}),
        ("POST", "/v1/pages", {**PAGE, "parent": {"data_source_id": SOURCE}}),
        ("POST", "/v1/pages", {**PAGE, "parent": {"page_id": NOWHERE}}),
        ("POST", "/v1/pages", {**PAGE, "children": []}),
        ("POST", "/v1/databases", PAGE),
        ("DELETE", "/v1/pages", PAGE),
        ("PUT", f"/v1/data_sources/{SOURCE}", {"properties": {}}),
        ("PATCH", f"/v1/data_sources/{SOURCE}", [1]),
    ],
)
def test_nothing_else_passes(other: tuple[str, str, Any]) -> None:
    """A request with another value, member, path or method is not a probe."""
    assert not is_probe(request(*other))


def test_what_is_no_json_is_no_probe() -> None:
    """A request with a body that is not JSON is not a probe."""
    assert not is_probe(httpx.Request("PATCH", f"https://x/v1/data_sources/{SOURCE}", content=b"{"))
    assert not is_probe(httpx.Request("POST", "https://x/v1/pages"))


class Door:
    """A connection that allows only reads and probes."""

    def __init__(self, *capabilities: str, faults: tuple[FaultRule, ...] = ()) -> None:
        self.notion = Emulator(
            requests_per_minute=None, capabilities=capabilities, faults=FaultPlan(faults)
        )
        self.ids = default_database(self.notion)
        environ = {
            "NOTION_TOKEN": self.notion.token,
            "NOTION_DATABASE_ID": self.ids.database_id,
            "NOTION_RATE_LIMIT": "100",
        }
        self.config = load(Flags(max_retries=0), environ)
        runtime = Runtime(environ, transport=self.notion.transport)
        self.connection = Connection.open(self.config, runtime, read_only=True, probing=True)

    def probe(self) -> tuple[Answered, Answered]:
        """Return the results of both probes: update, insert."""
        client = self.connection.client
        updated = may_update(client, self.ids.data_source_id)
        return updated.answered, may_insert(client).answered


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        (("read", "insert", "update"), (Answered.ALLOWED, Answered.NOT_REFUSED)),
        (("read",), (Answered.REFUSED, Answered.REFUSED)),
        (("read", "update"), (Answered.ALLOWED, Answered.REFUSED)),
        (("read", "insert"), (Answered.REFUSED, Answered.NOT_REFUSED)),
    ],
)
def test_each_capability_is_told(
    capabilities: tuple[str, ...], expected: tuple[Answered, Answered]
) -> None:
    """A refusal is reported as one, an insert never as allowed, and nothing changes."""
    door = Door(*capabilities)
    before = json.dumps(door.notion.pages()), dict(door.notion.workspace.store.data_sources)
    assert door.probe() == expected
    after = json.dumps(door.notion.pages()), dict(door.notion.workspace.store.data_sources)
    assert before == after
    door.connection.client.close()


@pytest.mark.parametrize("fault", ["500", "drop", "409", "not_json", "connect_refused"])
def test_an_answer_that_says_nothing_is_told_as_such(fault: str) -> None:
    """After a broken connection the result of a probe is unknown."""
    faults = tuple(
        FaultRule(kind, fault, probability=1.0) for kind in ("data_sources.update", "pages.create")
    )
    door = Door("read", "insert", "update", faults=faults)
    assert door.probe() == (Answered.UNKNOWN, Answered.UNKNOWN)
    door.connection.client.close()


def test_the_same_door_refuses_every_other_write() -> None:
    """A probing connection refuses every other write."""
    door = Door("read", "insert", "update")
    client = door.connection.client
    with pytest.raises(RuntimeError, match="read-only"):
        client.data_sources.update(door.ids.data_source_id, properties={"Tags": None})
    with pytest.raises(RuntimeError, match="read-only"):
        client.pages.create(
            parent={"type": "data_source_id", "data_source_id": door.ids.data_source_id},
            properties={},
        )
    client.close()


def test_a_dry_run_cannot_even_probe() -> None:
    """A connection that was not opened for probing refuses the probes."""
    door = Door("read", "insert", "update")
    runtime = Runtime({}, transport=door.notion.transport)
    shut = Connection.open(door.config, runtime, read_only=True)
    with pytest.raises(RuntimeError, match="read-only"):
        may_update(shut.client, door.ids.data_source_id)
    for connection in (shut, door.connection):
        connection.client.close()
