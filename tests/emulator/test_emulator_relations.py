"""Relations, people, statuses and files: strict when written, and whole when read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from emulator.notion_client_for_tests import Talk, message, title

from lukhas_notion.emulator import Emulator, FaultPlan

UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Modules(Talk):
    """A client of a database with a relation of modules to modules, and the other types."""

    def __init__(self, emulator: Emulator | None = None) -> None:
        super().__init__(emulator)
        self.uses = self.add("Uses", {"relation": self.relation("dual_property")})

    def relation(self, kind: str, source: str | None = None) -> dict[str, Any]:
        return {"data_source_id": source or self.ids.data_source_id, kind: {}}

    def patch(self, properties: dict[str, Any], source: str | None = None) -> httpx.Response:
        path = f"/v1/data_sources/{source or self.ids.data_source_id}"
        return self.client.patch(path, json={"properties": properties})

    def add(self, name: str, config: dict[str, Any]) -> dict[str, Any]:
        answer = self.patch({name: config})
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["properties"][name])

    def write(self, page_id: str, **values: Any) -> httpx.Response:
        return self.client.patch(f"/v1/pages/{page_id}", json={"properties": values})

    def value(self, page_id: str, name: str) -> Any:
        found = self.client.get(f"/v1/pages/{page_id}").json()["properties"][name]
        return found[found["type"]]

    def links(self, page_id: str, name: str) -> list[str]:
        return [each["id"] for each in self.value(page_id, name)]


@pytest.fixture
def modules() -> Iterator[Modules]:
    """Return a client of a database whose modules use each other, shown from both sides."""
    with Modules() as here:
        yield here


def pages(*ids: str) -> dict[str, Any]:
    """Return a relation's value to send."""
    return {"relation": [{"id": each} for each in ids]}


BACK = "Related to Modules (Uses)"


def test_a_two_way_relation_has_a_counterpart_that_may_be_renamed(modules: Modules) -> None:
    """The other side gets its name from the first one, and keeps its id under another name."""
    synced = modules.uses["relation"]["dual_property"]
    assert synced["synced_property_name"] == BACK

    renamed = modules.patch({BACK: {"name": "Used by"}}).json()["properties"]

    assert renamed["Used by"]["id"] == synced["synced_property_id"]
    named = renamed["Uses"]["relation"]["dual_property"]["synced_property_name"]
    assert named == "Used by"


def test_both_sides_show_what_one_side_was_given(modules: Modules) -> None:
    """A page that is named shows who names it, also after the list was replaced, from each side."""
    a, b, c = (modules.module(name) for name in "abc")

    modules.write(a, Uses=pages(b, c))
    assert (modules.links(b, BACK), modules.links(c, BACK)) == ([a], [a])
    modules.write(a, Uses=pages(c))
    assert modules.links(b, BACK) == []
    modules.write(b, **{BACK: pages(a, c)})
    assert modules.links(a, "Uses") == [c, b]
    modules.write(a, Uses=pages(a))
    assert modules.links(a, BACK) == [a]
    modules.write(a, Uses=pages())
    assert (modules.links(a, "Uses"), modules.links(a, BACK)) == ([], [])


def test_a_person_relates_and_duplicates_pages(modules: Modules) -> None:
    """What a person sets by title stands on both sides, and a copy is related as well."""
    a, b = (modules.module(name) for name in "ab")
    modules.emulator.edit_page(a, {"Uses": ["b"]})

    copy = modules.emulator.copy_page(a)

    assert modules.links(b, BACK) == [a, copy]
    assert [page["Uses"] for page in modules.emulator.pages()] == [["b"], [], ["b"]]


def test_a_page_holds_25_and_says_that_there_are_more(modules: Modules) -> None:
    """A page's answer and a query's are cut at 25; the property's own endpoint has them all."""
    names = [modules.module(f"m{number}") for number in range(26)]
    a = modules.module("a", Uses=pages(*names))

    whole = modules.client.get(f"/v1/pages/{a}").json()["properties"]["Uses"]
    [queried] = modules.query(filter={"property": "Module", "title": {"equals": "a"}}).json()[
        "results"
    ]
    assert (len(whole["relation"]), whole["has_more"]) == (25, True)
    assert queried["properties"]["Uses"] == whole
    listed = modules.client.get(f"/v1/pages/{a}/properties/{modules.uses['id']}").json()
    assert [each["relation"]["id"] for each in listed["results"]] == names


@pytest.mark.parametrize("how", ["trash", "unshare", "delete"])
def test_a_target_that_cannot_be_seen_is_left_out_and_kept(modules: Modules, how: str) -> None:
    """A page in the trash or not shared vanishes from the value, and comes back with the page."""
    a, b = (modules.module(name) for name in "ab")
    modules.write(a, Uses=pages(b))
    act, undo = {
        "trash": (modules.emulator.trash_page, modules.emulator.restore_page),
        "unshare": (
            lambda page: modules.emulator.share_page(page, shared=False),
            modules.emulator.share_page,
        ),
        "delete": (modules.emulator.delete_page, None),
    }[how]

    act(b)
    assert modules.links(a, "Uses") == []
    if undo:
        undo(b)
        assert modules.links(a, "Uses") == [b]


def test_what_is_no_page_of_the_related_source_is_refused(modules: Modules) -> None:
    """An unknown page, one of another source or in the trash, one twice, and 101 of them."""
    a, b = (modules.module(name) for name in "ab")
    other = modules.emulator.create_database("Other", {"Name": "title"})
    stranger = modules.emulator.create_page(other.data_source_id, {"Name": "x"})
    modules.emulator.trash_page(b)

    assert modules.write(a, Uses=pages(UNKNOWN)).json()["code"] == "object_not_found"
    assert "related source" in message(modules.write(a, Uses=pages(stranger)))
    assert "related source" in message(modules.write(a, Uses=pages(b)))
    assert "twice" in message(modules.write(a, Uses=pages(a, a.replace("-", ""))))
    assert "≤ `100`" in message(modules.write(a, Uses=pages(*[UNKNOWN] * 101)))
    assert "uuid" in message(modules.write(a, Uses=pages("b")))
    modules.emulator.share_page(a, shared=False)
    assert modules.write(a, Uses=pages()).status_code == 404


def test_what_is_not_shared_is_not_there(modules: Modules) -> None:
    """A database that is not shared is answered as if it and its pages did not exist."""
    page_id = modules.module("a")
    modules.emulator.share_database(modules.ids.database_id, shared=False)

    for path in (
        f"/v1/pages/{page_id}",
        f"/v1/databases/{modules.ids.database_id}",
        modules.source,
    ):
        assert modules.client.get(path).status_code == 404
    modules.emulator.share_database(modules.ids.database_id)
    modules.emulator.share_page(page_id, shared=False)
    assert modules.names() == []


def test_a_schema_names_a_source_and_one_kind(modules: Modules) -> None:
    """No kind, both, another member, an unknown source and a taken name are refused."""
    target = {"data_source_id": modules.ids.data_source_id}
    for config in ({}, {"single_property": {}, "dual_property": {}}):
        refusal = message(modules.patch({"R": {"relation": {**target, **config}}}))
        assert "relation.single_property should be defined" in refusal
    named = {**target, "dual_property": {"synced_property_name": "Back"}}
    assert "not present" in message(modules.patch({"R": {"relation": named}}))
    unknown = modules.relation("single_property", UNKNOWN)
    assert modules.patch({"R": {"relation": unknown}}).status_code == 404
    modules.emulator.add_property("Related to Modules (R)", "number")
    taken = modules.patch({"R": {"relation": modules.relation("dual_property")}})
    assert "already exists" in message(taken)


def test_a_relation_to_another_source_is_made_one_way_before_it_goes(modules: Modules) -> None:
    """One-way again, the counterpart stays and can be removed; a two-way column cannot."""
    other = modules.emulator.create_database("Teams", {"Name": "title"}).data_source_id
    a, team = modules.module("a"), modules.emulator.create_page(other, {"Name": "t"})
    modules.add("Team", {"relation": modules.relation("single_property", other)})
    modules.write(a, Team=pages(team))

    modules.add("Team", {"relation": modules.relation("dual_property", other)})

    back = "Related to Modules (Team)"
    assert modules.links(team, back) == [a]
    assert "two-way" in message(modules.patch({"Team": None}))
    modules.add("Team", {"relation": modules.relation("single_property", other)})
    properties = modules.client.get(f"/v1/data_sources/{other}").json()["properties"]
    assert properties[back]["relation"]["type"] == "single_property"
    assert modules.patch({back: None}, other).status_code == 200


def test_a_two_way_relation_with_itself_may_be_assumed_to_fail() -> None:
    """A fault plan lets Notion answer as one public test suite says it does: with 500."""
    plan = FaultPlan.from_json({"two_way_self": False})
    with Talk(Emulator(faults=plan)) as talk:
        relation = {"data_source_id": talk.ids.data_source_id, "dual_property": {}}
        body = {"properties": {"Uses": {"relation": relation}}}
        assert talk.client.patch(talk.source, json=body).status_code == 500
    with pytest.raises(ValueError, match="two_way_self"):
        FaultPlan.from_json({"two_way_self": "no"})


def test_people_are_named_by_id_and_shown_whole(modules: Modules) -> None:
    """Users are listed in pages, written by id, and shown by what the capabilities allow."""
    modules.add("Owners", {"people": {}})
    ids = [modules.emulator.add_user(f"u{n}", f"U{n}@example.com") for n in range(3)]
    a = modules.module("a", Owners={"people": [{"object": "user", "id": ids[0]}]})

    first = modules.client.get("/v1/users", params={"page_size": 2}).json()
    rest = modules.client.get("/v1/users", params={"start_cursor": first["next_cursor"]}).json()

    assert len(first["results"]) == 2
    assert len(rest["results"]) == 3  # two of the three, and the integration
    assert modules.value(a, "Owners")[0]["person"] == {"email": "U0@example.com"}
    assert [page["Owners"] for page in modules.emulator.pages()] == [["U0@example.com"]]
    assert modules.client.get("/v1/users?start_cursor=x").status_code == 400
    unknown = {"people": [{"id": UNKNOWN}]}
    assert "no user" in message(modules.write(a, Owners=unknown))
    modules.emulator.remove_user(ids[0])
    assert modules.value(a, "Owners") == [{"object": "user", "id": ids[0]}]


def test_a_status_has_one_of_its_options_always(modules: Modules) -> None:
    """A page begins with the first one, takes none that is unknown, and cannot be cleared."""
    options = [{"name": "Draft"}, {"name": "Done", "color": "green"}]
    made = modules.add("State", {"status": {"options": options}})
    a = modules.module("a")

    assert [len(group["option_ids"]) for group in made["status"]["groups"]] == [2, 0, 0]
    assert modules.value(a, "State")["name"] == "Draft"
    assert modules.write(a, State={"status": {"name": "Done"}}).status_code == 200
    for unknown in ("Gone", "done"):
        refused = modules.write(a, State={"status": {"name": unknown}})
        assert "does not exist" in message(refused)
    assert message(modules.write(a, State={"status": None}))
    assert modules.emulator.options("State") == {"Draft": "default", "Done": "green"}
    assert "with its options" in message(modules.patch({"Other": {"status": {}}}))
    modules.emulator.remove_option("State", "Done")
    assert modules.value(a, "State")["name"] == "Draft"


@pytest.mark.parametrize(
    "file",
    [
        {"name": "x", "external": {"url": "ftp://example.com/x"}},
        {"name": "", "external": {"url": "https://example.com/x"}},
        {"name": "x" * 101, "external": {"url": "https://example.com/x"}},
        {"name": "x", "file": {"url": "https://example.com/x"}},
        {"name": "x", "external": {"url": "https://example.com/" + "x" * 2000}},
    ],
)
def test_files_are_external_ones_with_a_name(modules: Modules, file: dict[str, Any]) -> None:
    """What is no external file with a name and a web address is refused, and others come back."""
    modules.add("Links", {"files": {}})
    good = {"name": "x", "external": {"url": "https://example.com/x"}}
    a = modules.module("a", Links={"files": [good]})

    assert modules.value(a, "Links") == [{"name": "x", "type": "external", **good}]
    assert message(modules.write(a, Links={"files": [file]}))
    assert modules.emulator.pages()[0]["Links"] == ["https://example.com/x"]


@pytest.mark.parametrize("emoji", ["ok", "", " ", "7", "x" * 33])
def test_an_icon_is_an_emoji_or_an_address(modules: Modules, emoji: str) -> None:
    """Text is no emoji; emojis, keycaps and addresses are taken, and a person may set them."""
    a = modules.module("a")
    path = f"/v1/pages/{a}"

    assert message(modules.client.patch(path, json={"icon": {"emoji": emoji}}))
    for good in ("📦", "7️⃣", "👩🏽‍🚀"):
        assert modules.client.patch(path, json={"icon": {"emoji": good}}).status_code == 200
        assert modules.emulator.icon(a) == good
    external = {"external": {"url": "no address"}}
    assert message(modules.client.patch(path, json={"icon": external}))
    modules.emulator.set_icon(a, "https://example.com/i.png")
    assert modules.client.get(path).json()["icon"]["type"] == "external"


def test_filters_of_the_new_types(modules: Modules) -> None:
    """Filters find by related page, by person, by status and by whether there are files."""
    modules.add("State", {"status": {"options": [{"name": "Draft"}, {"name": "Done"}]}})
    a, b = modules.module("a"), modules.module("b", State={"status": {"name": "Done"}})
    modules.write(a, Uses=pages(b))

    def found(**condition: Any) -> list[str]:
        return sorted(modules.names(filter=condition))

    assert found(property="Uses", relation={"contains": b}) == ["a"]
    assert found(property="Uses", relation={"does_not_contain": b}) == ["b"]
    assert found(property=BACK, relation={"is_not_empty": True}) == ["b"]
    assert found(property="State", status={"equals": "Done"}) == ["b"]
    assert found(property="State", status={"does_not_equal": "Done"}) == ["a"]
    refused = modules.query(filter={"property": "Uses", "relation": {"contains": "b"}})
    assert "uuid" in message(refused)
    refused = modules.query(filter={"property": "State", "status": {"equals": "Gone"}})
    assert "not found" in message(refused)


def test_all_of_it_survives_a_restart(tmp_path: Any) -> None:
    """Users, relations, groups, bodies and sharing are in the state file."""
    path = tmp_path / "state.ndjson"
    with Emulator(state_path=path, requests_per_minute=None) as first, Modules(first) as here:
        here.add("State", {"status": {"options": [{"name": "Draft"}]}})
        a, b = here.module("a"), here.module("b")
        here.write(a, Uses=pages(b))
        first.add_user("u", "u@example.com")
        first.edit_body(a, "# Title\n\ntext")
        before = here.client.get(here.source).json() | {"request_id": ""}
        seen = first.pages()

    with Emulator(state_path=path, requests_per_minute=None) as second, Talk(second) as here:
        assert here.client.get(here.source).json() | {"request_id": ""} == before
        assert second.pages() == seen
        assert second.body(a) == "# Title\ntext"
        assert len(here.client.get("/v1/users").json()["results"]) == 3


def test_titles_still_need_no_wrapping(modules: Modules) -> None:
    """A title may be sent as a bare list, as recorded."""
    assert modules.create({"Module": title("a")["title"]}).status_code == 200
