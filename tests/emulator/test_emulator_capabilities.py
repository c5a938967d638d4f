"""What the integration may do, and what it is refused."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
from emulator.notion_client_for_tests import Talk, title

from lukhas_notion.emulator import Emulator
from lukhas_notion.emulator.routes import routes
from lukhas_notion.emulator.workspace import ALL, NEEDS

NIL = "00000000-0000-0000-0000-000000000000"


def talk(*capabilities: str) -> Talk:
    """Return a client whose integration may do just that."""
    return Talk(Emulator(requests_per_minute=None, capabilities=capabilities))


def refused(answer: httpx.Response) -> bool:
    """Say whether an answer is the documented 403."""
    body = answer.json()
    if answer.status_code != 403:
        return False
    assert body["code"] == "restricted_resource"
    assert body["message"] == "API token does not have access to this resource."
    return True


def default_view(database: str) -> str:
    """Return the id of the view that each database has."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"view of {database}"))


def asked(here: Talk, kind: str) -> httpx.Response:
    """Send one sound request of a kind."""
    emulator, database = here.emulator, here.ids.database_id
    page = emulator.create_page(here.ids.data_source_id, {"Module": "made by hand"})
    made: dict[str, tuple[str, str, Any]] = {
        "users.me": ("GET", "/v1/users/me", None),
        "databases.retrieve": ("GET", f"/v1/databases/{database}", None),
        "databases.create": (
            "POST",
            "/v1/databases",
            {"parent": {"page_id": emulator.root_page_id}, "title": []},
        ),
        "databases.update": ("PATCH", f"/v1/databases/{database}", {"is_locked": False}),
        "data_sources.create": (
            "POST",
            "/v1/data_sources",
            {"parent": {"database_id": database}, "properties": {"Name": {"title": {}}}},
        ),
        "data_sources.retrieve": ("GET", here.source, None),
        "data_sources.update": ("PATCH", here.source, {"properties": {}}),
        "data_sources.query": ("POST", f"{here.source}/query", {}),
        "views.list": ("GET", f"/v1/views?database_id={database}", None),
        "views.create": (
            "POST",
            "/v1/views",
            {
                "database_id": database,
                "data_source_id": here.ids.data_source_id,
                "name": "All",
                "type": "table",
            },
        ),
        "views.retrieve": ("GET", f"/v1/views/{default_view(database)}", None),
        "pages.create": (
            "POST",
            "/v1/pages",
            {
                "parent": {"data_source_id": here.ids.data_source_id},
                "properties": {"Module": title("a")},
            },
        ),
        "pages.retrieve": ("GET", f"/v1/pages/{page}", None),
        "pages.update": ("PATCH", f"/v1/pages/{page}", {"properties": {}}),
        "pages.property": ("GET", f"/v1/pages/{page}/properties/title", None),
        "pages.retrieve_markdown": ("GET", f"/v1/pages/{page}/markdown", None),
        "pages.update_markdown": (
            "PATCH",
            f"/v1/pages/{page}/markdown",
            {"type": "replace_content", "replace_content": {"new_str": "text"}},
        ),
        "users.list": ("GET", "/v1/users", None),
        "users.retrieve": ("GET", f"/v1/users/{here.emulator.workspace.person_id}", None),
    }
    method, path, body = made[kind]
    return here.client.request(method, path, json=body)


def test_every_kind_of_request_says_what_it_takes() -> None:
    """Every endpoint requires a capability."""
    emulator = Emulator()
    named = {
        route.name
        for route in routes(emulator.workspace, lambda _: None, list)
        if not route.name.startswith("web.") and route.name != "unknown"
    }
    assert named == set(NEEDS)


@pytest.mark.parametrize("kind", NEEDS)
def test_a_request_is_answered_with_what_it_takes_and_refused_without(kind: str) -> None:
    """Each capability that it takes is enough together with the others, and missing alone."""
    # To find a user takes the capability as well; without it there is none (404).
    more = ("users",) if kind == "users.retrieve" else ()
    with talk(*NEEDS[kind], *more) as here:
        assert asked(here, kind).status_code == 200
    for lacking in NEEDS[kind]:
        with talk(*(ALL - {lacking})) as here:
            assert refused(asked(here, kind)), lacking


def test_all_are_given_when_nothing_is_said() -> None:
    """An integration of whom nothing is said may do everything."""
    with Talk() as here:
        assert all(asked(here, kind).status_code == 200 for kind in NEEDS)


def test_the_capability_is_looked_at_before_the_body() -> None:
    """What is sent does not matter to one who may not send it; the token comes first."""
    with talk("read") as here:
        assert refused(here.client.post("/v1/pages", content=b"{"))
        assert refused(here.client.post("/v1/pages", json={"parent": {"page_id": NIL}}))
        answer = here.client.post("/v1/pages", headers={"authorization": "Bearer another"})
        assert answer.status_code == 401


def test_a_page_adds_no_option_without_update() -> None:
    """Inserting alone brings a page, and never an option that the schema has not."""
    with talk("read", "insert") as here:
        assert refused(
            here.create({"Module": title("a"), "Features": {"multi_select": [{"name": "new"}]}})
        )
        assert here.emulator.options("Features") == {}
        assert here.emulator.pages() == []
        here.emulator.add_option("Features", "old")
        old = {"multi_select": [{"name": "old"}]}
        assert here.create({"Module": title("a"), "Features": old}).status_code == 200


def test_an_update_of_nothing_changes_nothing() -> None:
    """It is answered, and the data source is the very same version as before."""
    with Talk() as here:
        before = here.emulator.workspace.store.data_sources[here.ids.data_source_id]
        assert here.client.patch(here.source, json={"properties": {}}).status_code == 200
        assert here.emulator.workspace.store.data_sources[here.ids.data_source_id] is before


def test_a_page_below_the_nil_id_is_never_made() -> None:
    """A page without a parent is refused with 404 for every integration."""
    with Talk() as here:
        parent = {"type": "data_source_id", "data_source_id": NIL}
        answer = here.client.post("/v1/pages", json={"parent": parent, "properties": {}})
        assert (answer.status_code, answer.json()["code"]) == (404, "object_not_found")


def test_an_unknown_capability_is_an_error() -> None:
    """A misspelt one would otherwise be one that is never given."""
    with pytest.raises(ValueError, match="'write' is not one of"):
        Emulator(capabilities=("read", "write"))
