"""Views: what is documented is taken, and everything else refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lukhas_notion.emulator import Emulator


class Place:
    """A database with a select, and raw requests."""

    def __init__(self, path: Path) -> None:
        self.notion = Emulator(requests_per_minute=None, state_path=path)
        self.ids = self.notion.create_database("D", {"Name": "title", "Stage": "select"})
        headers = {"authorization": f"Bearer {self.notion.token}", "notion-version": "2026-03-11"}
        self.client = httpx.Client(
            transport=self.notion.transport(), base_url="https://api.notion.com", headers=headers
        )

    def create(self, **changed: Any) -> httpx.Response:
        """Send a view, with members changed; None takes one away."""
        ids = self.ids
        body = {
            "database_id": ids.database_id,
            "data_source_id": ids.data_source_id,
            "name": "By Name",
            "type": "table",
            **changed,
        }
        return self.client.post("/v1/views", json={k: v for k, v in body.items() if v is not None})

    def group(self, **changed: Any) -> dict[str, Any]:
        """Return the configuration of a board."""
        source = self.client.get(f"/v1/data_sources/{self.ids.data_source_id}").json()
        stage = source["properties"]["Stage"]["id"]
        group = {"type": "select", "property_id": stage, "sort": {"type": "manual"}, **changed}
        return {"type": "board", "group_by": group}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Make a workspace with a database."""
    made = Place(tmp_path / "state")
    yield made
    made.notion.close()


def test_a_new_database_has_one_view_and_those_that_are_made_follow(place: Place) -> None:
    """A list has references alone, page by page; a view is read by its id."""
    sorts = [{"property": "Name", "direction": "ascending"}]
    table = place.create(sorts=sorts).json()
    board = place.create(name="By Stage", type="board", configuration=place.group()).json()
    assert (table["object"], table["name"], table["sorts"]) == ("view", "By Name", sorts)
    assert table["parent"] == {"type": "database_id", "database_id": place.ids.database_id}
    query = {"database_id": place.ids.database_id, "page_size": "2"}
    first = place.client.get("/v1/views", params=query).json()
    assert (first["object"], first["type"], first["has_more"]) == ("list", "view", True)
    rest = {**query, "start_cursor": first["next_cursor"]}
    second = place.client.get("/v1/views", params=rest).json()
    default, *made = [*first["results"], *second["results"]]
    assert made == [{"object": "view", "id": each["id"]} for each in (table, board)]
    shown = place.client.get(f"/v1/views/{default['id']}").json()
    assert (shown["name"], shown["type"]) == ("Default view", "table")
    assert place.client.get(f"/v1/views/{board['id']}").json()["configuration"] == place.group()


def test_views_outlast_the_process(place: Place, tmp_path: Path) -> None:
    """They are in the state file like everything else."""
    made = place.create().json()
    place.notion.close()
    again = Emulator(state_path=tmp_path / "state")
    assert list(again.workspace.store.views) == [made["id"]]
    again.close()


@pytest.mark.parametrize(
    "changed",
    [
        {"database_id": None},
        {"database_id": "x"},
        {"data_source_id": None},
        {"name": None},
        {"name": ""},
        {"type": "gantt"},
        {"type": "calendar"},
        {"type": "board"},
        {"filter": {}},
        {"view_id": "0" * 32},
        {"sorts": [{"property": "Nowhere", "direction": "ascending"}]},
        {"sorts": [{"property": "Name", "direction": "up"}]},
        {"configuration": {"type": "table"}},
    ],
    ids=str,
)
def test_what_is_not_as_documented_is_refused(place: Place, changed: dict[str, Any]) -> None:
    """400, and no view is made."""
    answer = place.create(**changed)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert place.notion.workspace.store.views == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "status"},
        {"type": "status", "group_by": "option"},
        {"type": "relation"},
        {"property_id": "Stage"},
        {"property_id": "title"},
        {"sort": {"type": "upwards"}},
        {"sort": None},
        {"group_by": "option"},
    ],
    ids=str,
)
def test_a_board_by_what_it_cannot_go_by_is_refused(place: Place, changed: dict[str, Any]) -> None:
    """The group says the type of its property, and names it by its id."""
    answer = place.create(type="board", configuration=place.group(**changed))
    assert answer.status_code == 400
    assert place.notion.workspace.store.views == {}


def test_what_is_not_there_is_not_found(place: Place) -> None:
    """404 for a view, and for the database whose views are asked for."""
    nowhere = "0f0e0d0c-0b0a-4908-8706-050403020100"
    assert place.client.get(f"/v1/views/{nowhere}").status_code == 404
    assert place.client.get("/v1/views", params={"database_id": nowhere}).status_code == 404
    assert place.create(database_id=nowhere).status_code == 404
    assert place.client.get("/v1/views").status_code == 400
