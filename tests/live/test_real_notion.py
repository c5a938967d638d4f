"""What the emulator assumes, asked of the real Notion.

Opt-in: set ``NOTION_TOKEN`` and ``NOTION_PARENT_PAGE`` (a page shared with the integration). It
makes a database of its own below that page, and throws it away at the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from lukhas_notion.config.config import notion_id

TOKEN = os.environ.get("NOTION_TOKEN", "")
PARENT = os.environ.get("NOTION_PARENT_PAGE", "")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not (TOKEN and PARENT), reason="NOTION_TOKEN and NOTION_PARENT_PAGE are not set"
    ),
]

PROPERTIES: dict[str, Any] = {
    "Module": {"type": "title", "title": {}},
    "Description": {"type": "rich_text", "rich_text": {}},
    "Features": {
        "type": "multi_select",
        "multi_select": {"options": [{"name": "first", "color": "red"}]},
    },
    "Updated At": {"type": "date", "date": {}},
}


@dataclass
class Database:
    """A database on the real Notion, and raw requests to it."""

    client: httpx.Client
    id: str
    source: str

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Send one request and return its status and answer."""
        answer = self.client.request(method, path, json=body)
        return answer.status_code, answer.json()

    def create(self, properties: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Create a page."""
        parent = {"type": "data_source_id", "data_source_id": self.source}
        return self.ask("POST", "pages", {"parent": parent, "properties": properties})

    def options(self) -> dict[str, dict[str, Any]]:
        """Return the options of Features by name."""
        _, found = self.ask("GET", f"data_sources/{self.source}")
        return {o["name"]: o for o in found["properties"]["Features"]["multi_select"]["options"]}

    def patch_options(self, options: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        """Replace the options of Features."""
        body = {"properties": {"Features": {"multi_select": {"options": options}}}}
        return self.ask("PATCH", f"data_sources/{self.source}", body)


def title(name: str) -> dict[str, Any]:
    """Return a title property."""
    return {"Module": {"title": [{"text": {"content": name}}]}}


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """Make a database below the parent page, and throw it away afterwards."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": "2026-03-11"}
    with httpx.Client(base_url="https://api.notion.com/v1/", headers=headers, timeout=70) as client:
        made = client.post(
            "databases",
            json={
                "parent": {"type": "page_id", "page_id": notion_id(PARENT, "NOTION_PARENT_PAGE")},
                "title": [{"type": "text", "text": {"content": "lukhas-notion live test"}}],
                "initial_data_source": {"properties": PROPERTIES},
            },
        )
        assert made.status_code == 200, made.text
        found = made.json()
        yield Database(client, found["id"], found["data_sources"][0]["id"])
        client.patch(f"databases/{found['id']}", json={"in_trash": True})


@pytest.mark.parametrize("length", [60, 900, 1_900])
def test_a_link_keeps_its_fragment(database: Database, length: int) -> None:
    """The record of a page is the fragment of a link: asked first, for all else stands on it.

    It is kept by the write's own answer, by a read of the page, by a query, and when another
    property of the page is written.
    """
    fragment = ("lukhas-notion=1." + "aZ09-_." * 300)[: length - 60]
    url = f"https://github.com/octo/modules/blob/{'a' * 40}/core/module.manifest.json"
    link = f"{url}#{fragment}"
    assert len(link) <= 2_000
    text = {"content": "f" * 64, "link": {"url": link}}
    sent = {**title(f"linked {length}"), "Description": {"rich_text": [{"text": text}]}}

    def kept(page: dict[str, Any]) -> bool:
        parts = page["properties"]["Description"]["rich_text"]
        whole = "".join(part["plain_text"] for part in parts) == "f" * 64
        return whole and {part["text"]["link"]["url"] for part in parts} == {link}

    status, made = database.create(sent)
    assert status == 200, made
    assert kept(made)
    assert kept(database.ask("GET", f"pages/{made['id']}")[1])
    other = {"properties": title(f"linked again {length}")}
    assert kept(database.ask("PATCH", f"pages/{made['id']}", other)[1])
    _, found = database.ask("POST", f"data_sources/{database.source}/query", {"page_size": 100})
    assert [kept(page) for page in found["results"] if page["id"] == made["id"]] == [True]


def test_the_address_of_a_link_is_kept_letter_for_letter(database: Database) -> None:
    """Asked first: a page's record is the fragment of such an address."""
    address = "https://github.com/a/b/blob/c0ffee/m%20x/m.json?plain=1#lukhas-notion=1.a~b_c.-"
    sent = {"Description": {"rich_text": [{"text": {"content": "5ha", "link": {"url": address}}}]}}

    status, page = database.create({**title("linked"), **sent})

    assert status == 200
    (text,) = page["properties"]["Description"]["rich_text"]
    assert text["text"]["link"] == {"url": address}
    assert text["href"] == address


def test_a_table_and_a_board_can_be_made_and_listed(database: Database) -> None:
    """Documented and recorded nowhere: a property is named by its id as the schema has it."""
    column = {"Stage": {"select": {"options": [{"name": "beta"}]}}}
    _, source = database.ask("PATCH", f"data_sources/{database.source}", {"properties": column})
    stage = source["properties"]["Stage"]["id"]
    place = {"database_id": database.id, "data_source_id": database.source}
    sorts = [{"property": "Module", "direction": "ascending"}]
    group = {"type": "select", "property_id": stage, "sort": {"type": "manual"}}
    board = {"type": "board", "configuration": {"type": "board", "group_by": group}}

    status, table = database.ask(
        "POST", "views", {**place, "name": "By Module", "type": "table", "sorts": sorts}
    )
    board_status, made = database.ask("POST", "views", {**place, "name": "By Stage", **board})
    _, listed = database.ask("GET", f"views?database_id={database.id}&page_size=100")

    assert (status, board_status) == (200, 200), (table, made)
    assert {table["id"], made["id"]} < {each["id"] for each in listed["results"]}
    _, shown = database.ask("GET", f"views/{table['id']}")
    assert (shown["name"], shown["type"], shown["sorts"]) == ("By Module", "table", sorts)


def test_what_a_query_may_name_beside_filter_and_sorts(database: Database) -> None:
    """Pages alone, archived or not: accepted, and a page that is not archived is in one of both."""
    database.create(title("neither"))
    query = f"data_sources/{database.source}/query"

    status, pages = database.ask("POST", query, {"result_type": "page", "is_archived": False})
    archived_status, archived = database.ask("POST", query, {"is_archived": True})

    assert (status, archived_status) == (200, 200)
    assert {page["object"] for page in pages["results"]} == {"page"}
    assert archived["results"] == []


def test_a_window_of_creation_times(database: Database) -> None:
    """Two conditions on created_time in one ``and``: from a minute until before a minute."""
    _, page = database.create(title("in a window"))
    minute = datetime.fromisoformat(page["created_time"])

    def count(start: datetime, end: datetime) -> int:
        edges = {"on_or_after": start, "before": end}
        conditions = [
            {"timestamp": "created_time", "created_time": {operator: edge.isoformat()}}
            for operator, edge in edges.items()
        ]
        body = {"filter": {"and": conditions}}
        _, found = database.ask("POST", f"data_sources/{database.source}/query", body)
        return sum(each["id"] == page["id"] for each in found["results"])

    assert count(minute, minute + timedelta(minutes=1)) == 1
    assert count(minute - timedelta(minutes=1), minute) == 0
    assert count(minute + timedelta(minutes=1), minute + timedelta(minutes=2)) == 0


def test_a_page_without_properties(database: Database) -> None:
    """The emulator refuses it; whether Notion does is not recorded."""
    parent = {"type": "data_source_id", "data_source_id": database.source}

    status, _ = database.ask("POST", "pages", {"parent": parent})

    assert status == 400


def test_more_than_100_options_in_one_patch_are_refused(database: Database) -> None:
    """The emulator answers 400; some have seen a 200 that does nothing."""
    options = [{"name": f"option {n}"} for n in range(101)]

    status, _ = database.patch_options(options)

    assert status == 400
    assert len(database.options()) < 101


def test_an_unknown_property_is_refused(database: Database) -> None:
    """The emulator answers 400; one has seen a 200 that ignores it."""
    status, answer = database.create({**title("unknown"), "Nowhere": {"number": 1}})

    assert (status, answer.get("code")) == (400, "validation_error")


def test_renaming_an_option_by_id_changes_nothing(database: Database) -> None:
    """A rename by the API is answered 200 and not done."""
    first = database.options()["first"]

    status, _ = database.patch_options([{"id": first["id"], "name": "renamed"}])

    assert status == 200
    assert "first" in database.options()


def test_an_options_colour_cannot_be_changed(database: Database) -> None:
    """Another colour is refused, and the whole request with it."""
    first = database.options()["first"]

    status, answer = database.patch_options([{"id": first["id"], "color": "blue"}])

    assert status == 400
    assert "Cannot update color" in answer["message"]


def test_an_option_named_twice_is_refused(database: Database) -> None:
    """The emulator refuses what nobody has recorded."""
    first = database.options()["first"]

    status, _ = database.patch_options([{"id": first["id"]}, {"name": "twin"}, {"name": "twin"}])

    assert status == 400


def test_a_page_write_makes_options_up(database: Database) -> None:
    """An option that is not there is created by a page, which is why sync refuses it first."""
    properties = {**title("maker"), "Features": {"multi_select": [{"name": "made up"}]}}

    status, _ = database.create(properties)

    assert status == 200
    assert "made up" in database.options()


def test_option_names_differ_by_case(database: Database) -> None:
    """A page that writes FIRST gets the option first."""
    status, page = database.create(
        {**title("case"), "Features": {"multi_select": [{"name": "FIRST"}]}}
    )

    assert status == 200
    assert [o["name"] for o in page["properties"]["Features"]["multi_select"]] == ["first"]


def test_a_query_sees_what_was_just_written(database: Database) -> None:
    """Nothing promises it; what was seen is that it does."""
    database.create(title("just written"))

    _, answer = database.ask(
        "POST",
        f"data_sources/{database.source}/query",
        {"filter": {"property": "Module", "title": {"equals": "just written"}}},
    )

    assert len(answer["results"]) == 1


def test_dates_are_kept_to_the_minute(database: Database) -> None:
    """Seconds that are written are not read back."""
    _, page = database.create(
        {**title("dated"), "Updated At": {"date": {"start": "2026-01-31T10:11:12.345Z"}}}
    )

    assert page["properties"]["Updated At"]["date"]["start"].startswith("2026-01-31T10:11:00")


def test_text_over_2000_characters_is_refused_in_one_object(database: Database) -> None:
    """2,000 is the limit of one text object."""
    long = {"Description": {"rich_text": [{"text": {"content": "x" * 2_001}}]}}

    status, answer = database.create({**title("long"), **long})

    assert status == 400
    assert "2000" in answer["message"]


def test_an_update_of_nothing_changes_nothing(database: Database) -> None:
    """What doctor asks for the capability leaves schema, options and editor as they were."""
    _, before = database.ask("GET", f"data_sources/{database.source}")

    status, _ = database.ask("PATCH", f"data_sources/{database.source}", {"properties": {}})

    assert status == 200
    _, after = database.ask("GET", f"data_sources/{database.source}")
    assert {**after, "request_id": ""} == {**before, "request_id": ""}


def test_a_page_below_the_nil_id_is_not_found(database: Database) -> None:
    """What has no parent is refused, so asking for the capability makes no page."""
    parent = {"type": "data_source_id", "data_source_id": "00000000-0000-0000-0000-000000000000"}

    status, _ = database.ask("POST", "pages", {"parent": parent, "properties": {}})

    assert status in (403, 404)
