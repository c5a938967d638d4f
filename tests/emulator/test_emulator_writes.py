"""Pages and schemas: what may be written, what is refused, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from emulator.notion_client_for_tests import Talk, message, text, title

from lukhas_notion.emulator import Emulator


@pytest.fixture
def talk() -> Iterator[Talk]:
    """Talk to a fresh emulator."""
    with Talk() as each:
        yield each


REFUSED = {
    "text too long": (
        {"Description": {"rich_text": text("x" * 2001)}},
        (
            "body failed validation: body.properties.Description.rich_text[0].text.content.length "
            "should be ≤ `2000`, instead was `2001`."
        ),
    ),
    "text too long in UTF-16": (
        {"Description": {"rich_text": text("😀" * 1001)}},
        (
            "body failed validation: body.properties.Description.rich_text[0].text.content.length "
            "should be ≤ `2000`, instead was `2002`."
        ),
    ),
    "too many segments": (
        {"Description": {"rich_text": text("x") * 101}},
        (
            "body failed validation: body.properties.Description.rich_text.length should be "
            "≤ `100`, instead was `101`."
        ),
    ),
    "too many values": (
        {"Tags": {"multi_select": [{"name": str(n)} for n in range(101)]}},
        (
            "body failed validation: body.properties.Tags.multi_select.length should be ≤ `100`, "
            "instead was `101`."
        ),
    ),
    "option name too long": (
        {"Tags": {"multi_select": [{"name": "x" * 101}]}},
        (
            "body failed validation: body.properties.Tags.multi_select[0].name.length should be ≤ "
            "`100`, instead was `101`."
        ),
    ),
    "comma": (
        {"Tags": {"multi_select": [{"name": "a, b"}]}},
        "Invalid multi_select option, commas not allowed: a, b",
    ),
    "one option twice": (
        {"Tags": {"multi_select": [{"name": "a"}, {"name": "A"}]}},
        "Duplicate multi_select option: a",
    ),
    "unknown and wrong": (
        {"Colour": {"number": 1}, "Tags": {"number": 1}},
        "Colour is not a property that exists. Tags is expected to be multi_select.",
    ),
    "one property twice": (
        {"Module": title("a"), "title": title("b")},
        "title is written more than once.",
    ),
    "two failures": (
        {"Coverage": {"number": "87"}, "Updated At": {"date": {"start": "today"}}},
        (
            "body failed validation. Fix one:\n"
            'body.properties.Coverage.number should be a number, instead was `"87"`.\n'
            "body.properties.Updated At.date.start should be a valid ISO 8601 date string, instead "
            'was `"today"`.'
        ),
    ),
    "a mention": (
        {"Description": {"rich_text": [{"type": "mention", "mention": {}}]}},
        None,
    ),
    "unknown style": (
        {"Description": {"rich_text": [{"text": {"content": "x"}, "annotations": {"odd": 1}}]}},
        None,
    ),
    "link too long": (
        {
            "Description": {
                "rich_text": [{"text": {"content": "x", "link": {"url": "h" * 2001}}}],
            }
        },
        None,
    ),
    "link without an address": (
        {"Description": {"rich_text": [{"text": {"content": "x", "link": {}}}]}},
        (
            "body failed validation: body.properties.Description.rich_text[0].text.link.url "
            "should be defined, instead was `undefined`."
        ),
    ),
    "link to nowhere": (
        {"Description": {"rich_text": [{"text": {"content": "x", "link": {"url": "url"}}}]}},
        None,
    ),
    "date without a start": (
        {"Updated At": {"date": {}}},
        (
            "body failed validation: body.properties.Updated At.date.start should be defined, "
            "instead was `undefined`."
        ),
    ),
    "no content": ({"Description": {"rich_text": [{"text": {}}]}}, None),
    "neither name nor id": ({"Tags": {"multi_select": [{"color": "red"}]}}, None),
    "unknown id": ({"Tags": {"multi_select": [{"id": "nope"}]}}, None),
    "no type": ({"Tags": {}}, None),
    "two types": ({"Tags": {"number": 1, "multi_select": []}}, None),
    "not an object": ({"Tags": 7}, None),
    "title on another": ({"Tags": text("x")}, "Tags is expected to be multi_select."),
    "end before start": (
        {"Updated At": {"date": {"start": "2026-02-01", "end": "2026-01-01"}}},
        None,
    ),
    "day to time": (
        {"Updated At": {"date": {"start": "2026-02-01", "end": "2026-02-01T10:00:00Z"}}},
        None,
    ),
    "time zone": (
        {"Updated At": {"date": {"start": "2026-02-01", "time_zone": "Europe/Berlin"}}},
        None,
    ),
    "no such day": ({"Updated At": {"date": {"start": "2026-02-30"}}}, None),
    "NUL": ({"Description": {"rich_text": text("\0")}}, None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_values(talk: Talk, name: str) -> None:
    """A value that Notion cannot hold is refused in its words, and no page is made."""
    properties, expected = REFUSED[name]

    said = message(talk.create(properties))

    assert said == (expected or said)
    assert talk.emulator.pages() == []
    assert talk.emulator.options("Tags") == {}


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400])
def test_numbers_beyond_double_precision_are_refused(talk: Talk, number: str) -> None:
    """A number that is infinite in double precision is not accepted."""
    parent = f'{{"data_source_id":"{talk.ids.data_source_id}"}}'
    properties = f'{{"Coverage":{{"number":{number}}}}}'
    body = f'{{"parent":{parent},"properties":{properties}}}'

    assert "should be a finite number, instead was `null`" in message(
        talk.client.post("/v1/pages", content=body)
    )


@pytest.mark.parametrize("raw", [b"{", b"NaN", b'{"a":NaN}', b"1", b"\xff", b"[" * 100_000])
def test_what_is_no_json(talk: Talk, raw: bytes) -> None:
    """A body that does not parse is invalid_json."""
    answer = talk.client.post("/v1/pages", content=raw)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_lone_surrogates_are_refused(talk: Talk) -> None:
    """Half a surrogate pair is no text."""
    raw = b'{"parent":{"page_id":"x"},"properties":{"\\ud800":1}}'

    assert "surrogate" in message(talk.client.post("/v1/pages", content=raw))


def test_payload_limit(talk: Talk) -> None:
    """512,000 bytes are read; one more is refused before the API."""
    fits = talk.client.post("/v1/pages", content=b'{"a":"' + b"x" * 511_992 + b'"}')
    over = talk.client.post("/v1/pages", content=b'{"a":"' + b"x" * 511_993 + b'"}')

    assert fits.status_code == 400
    assert over.status_code == 413
    assert over.json()["isNotionError"] is False
    assert "errorId" in over.json()


def test_values_read_back(talk: Talk) -> None:
    """Whole numbers lose their fraction, times their seconds, equal segments their seams."""
    bold = {"text": {"content": "c"}, "annotations": {"bold": True}}
    page_id = talk.module(
        "a",
        Coverage={"number": 87.0},
        Description={"rich_text": [*text("a"), *text(""), *text("b"), bold]},
        **{"Updated At": {"date": {"start": "2026-01-02T03:04:59.9+01:00", "end": None}}},
    )

    page = talk.client.get(f"/v1/pages/{page_id}").json()["properties"]

    assert str(page["Coverage"]["number"]) == "87"
    assert [part["plain_text"] for part in page["Description"]["rich_text"]] == ["ab", "c"]
    assert page["Updated At"]["date"] == {
        "start": "2026-01-02T03:04:00.000+01:00",
        "end": None,
        "time_zone": None,
    }


def test_clearing(talk: Talk) -> None:
    """Empty lists and nulls clear; what is not sent stays."""
    page_id = talk.module("a", Coverage={"number": 1}, Tags={"multi_select": [{"name": "x"}]})

    changes: dict[str, Any] = {
        "Tags": {"multi_select": []},
        "Updated At": {"date": None},
        "Description": {"rich_text": []},
    }
    talk.client.patch(f"/v1/pages/{page_id}", json={"properties": changes})

    (page,) = talk.emulator.pages()
    assert (page["Tags"], page["Coverage"], page["Module"]) == ([], 1, "a")


def test_options_made_by_a_page(talk: Talk) -> None:
    """A page's new name becomes an option in the default colour; another case finds the old one."""
    talk.emulator.add_option("Tags", "Known", "red")

    talk.module("a", Tags={"multi_select": [{"name": "KNOWN"}, {"name": "new"}]})

    assert talk.emulator.options("Tags") == {"Known": "red", "new": "default"}
    assert talk.emulator.pages()[0]["Tags"] == ["Known", "new"]


def test_options_replaced(talk: Talk) -> None:
    """A PATCH keeps what it names by id or exact name, adds, drops the rest from rows as well."""
    known = talk.emulator.add_option("Tags", "a", "red")
    for name in ("b", "c"):
        talk.emulator.add_option("Tags", name, "blue")
    talk.module("m", Tags={"multi_select": [{"name": "a"}, {"name": "b"}, {"name": "c"}]})

    answer = talk.options("Tags", [{"name": "d", "color": "pink"}, {"id": known}, {"name": "c"}])

    assert answer.status_code == 200
    assert talk.emulator.options("Tags") == {"d": "pink", "a": "red", "c": "blue"}
    assert talk.emulator.pages()[0]["Tags"] == ["a", "c"]


def test_renaming_an_option_does_nothing(talk: Talk) -> None:
    """A new name for an option's id is answered with 200 and ignored."""
    known = talk.emulator.add_option("Tags", "a", "red")

    answer = talk.options("Tags", [{"id": known, "name": "b"}])

    assert answer.status_code == 200
    assert talk.emulator.options("Tags") == {"a": "red"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([{"name": "a", "color": "blue"}], "Cannot update color of select with name: a"),
        ([{"name": "x"}, {"name": "x"}], "Duplicate multi_select option: x"),
        ([{"name": "x"}, {"name": "X"}], "Duplicate multi_select option: X"),
        ([{"name": "x, y"}], "Invalid multi_select option, commas not allowed: x, y"),
        ([{"id": "nope"}], "Could not find multi_select option with ID: nope"),
        (
            [{"name": str(n)} for n in range(101)],
            (
                "body failed validation: body.properties.Tags.multi_select.options.length should "
                "be ≤ `100`, instead was `101`."
            ),
        ),
        ([{"name": "x", "color": "teal"}], None),
        ([{"name": ""}], None),
        ([{"name": "x", "description": 7}], None),
        (["x"], None),
    ],
)
def test_refused_options(talk: Talk, options: list[Any], expected: str | None) -> None:
    """Another colour, a double, a comma, too many: the whole PATCH fails and nothing changes."""
    talk.emulator.add_option("Tags", "a", "red")

    said = message(talk.options("Tags", options))

    assert said == (expected or said)
    assert talk.emulator.options("Tags") == {"a": "red"}


def test_colour_by_id(talk: Talk) -> None:
    """The refusal of a colour names the id where the id was sent; the same colour is fine."""
    known = talk.emulator.add_option("Tags", "a", "red")

    assert talk.options("Tags", [{"id": known, "color": "red"}]).status_code == 200
    assert message(talk.options("Tags", [{"id": known, "color": "blue"}])) == (
        f"Cannot update color of select with id: {known}"
    )


def test_schema_changes(talk: Talk) -> None:
    """Properties are added, renamed and removed by one PATCH."""
    changes = {
        "Coverage": {"name": "Covered"},
        "Tags": None,
        "Notes": {"rich_text": {}},
        "Share": {"number": {"format": "percent"}, "description": "of all"},
    }
    answer = talk.client.patch(talk.source, json={"properties": changes, "title": text("T")})

    properties = answer.json()["properties"]
    assert {"Covered", "Notes", "Share"} <= set(properties)
    assert not {"Coverage", "Tags"} & set(properties)
    assert properties["Share"]["number"] == {"format": "percent"}
    assert properties["Share"]["description"] == "of all"


@pytest.mark.parametrize(
    "changes",
    [
        {"Nope": None},
        {"Nope": {"name": "Other"}},
        {"Module": None},
        {"Tags": {"number": {}}},
        {"Tags": {"name": "Module"}},
        {"Second": {"title": {}}},
        {"New": {"name": "Other", "number": {}}},
        {"New": {"formula": {"expression": "1"}}},
        {"New": {}},
        {"New": {"number": {"format": "furlongs"}}},
        {"New": {"url": {"x": 1}}},
        {"New": {"type": "number", "url": {}}},
        {"New": {"url": []}},
        {"New": {"url": {}, "description": 1}},
        {"": {"url": {}}},
        {"New": 7},
    ],
)
def test_refused_schema_changes(talk: Talk, changes: dict[str, Any]) -> None:
    """What cannot be done to a schema is refused, and nothing is done."""
    before = talk.client.get(talk.source).json()["properties"]

    message(talk.client.patch(talk.source, json={"properties": changes}))

    assert talk.client.get(talk.source).json()["properties"] == before


def test_schema_size() -> None:
    """A schema beyond its budget is refused, by PATCH and by a page's new option alike."""
    with Talk(Emulator(requests_per_minute=None, schema_limit_bytes=1200)) as talk:
        said = "Database schema has exceeded the maximum size"
        options = [{"name": "x" * 90 + str(n)} for n in range(5)]

        assert message(talk.options("Tags", options)) == said
        assert message(talk.create({"Tags": {"multi_select": options}})) == said


def test_trash(talk: Talk) -> None:
    """A page in the trash is in no query, can be retrieved, and must be restored to be edited."""
    page_id = talk.module("a")
    path = f"/v1/pages/{page_id}"
    assert "body.archived" in message(talk.client.patch(path, json={"archived": True}))

    talk.client.patch(path, json={"in_trash": True})

    assert talk.names() == []
    assert talk.client.get(path).json()["in_trash"] is True
    for body in ({"properties": {}}, {"in_trash": True}, {"in_trash": False, "properties": {}}):
        assert message(talk.client.patch(path, json=body)) == (
            "Can't edit block that is archived. You must unarchive the block before editing."
        )
    talk.client.patch(path, json={"in_trash": False})
    assert talk.names() == ["a"]


def test_archived(talk: Talk) -> None:
    """An archived page is retrieved as what it is, is not in the trash, and takes no write."""
    page_id = talk.module("a")
    talk.emulator.archive_page(page_id)
    path = f"/v1/pages/{page_id}"

    answer = talk.client.get(path).json()
    assert (answer["is_archived"], answer["in_trash"]) == (True, False)
    for body in ({"properties": {}}, {"in_trash": True}, {"in_trash": False}):
        assert "unarchive" in message(talk.client.patch(path, json=body))
    assert "is_archived" in message(talk.client.patch(path, json={"is_archived": False}))

    talk.emulator.unarchive_page(page_id)
    assert talk.client.patch(path, json={"in_trash": True}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"parent": {}}])
def test_what_is_absent_is_called_undefined(talk: Talk, body: dict[str, Any]) -> None:
    """A page without properties is refused, and what was not sent is not called null."""
    said = message(talk.client.post("/v1/pages", json=body))

    assert "body.properties should be defined, instead was `undefined`." in said
    assert "null" not in said
    assert "null" not in message(talk.client.post("/v1/databases", json={}))
    assert "null" not in message(talk.client.post("/v1/data_sources", json={}))


def test_the_address_of_a_link_is_kept_letter_for_letter(talk: Talk) -> None:
    """Query, fragment and escapes come back as they were sent, and no slash is added."""
    address = "https://github.com/a/b/blob/c0ffee/m%20x/m.json?plain=1#lukhas-notion=1.a~b_c.-"
    sent = [{"text": {"content": "5ha", "link": {"url": address}}}]

    (read,) = talk.create({"Description": {"rich_text": sent}}).json()["properties"]["Description"][
        "rich_text"
    ]

    assert read["text"] == {"content": "5ha", "link": {"url": address}}
    assert read["href"] == address


def test_trashed_database(talk: Talk) -> None:
    """With its database in the trash a data source takes no page and answers no query."""
    path = f"/v1/databases/{talk.ids.database_id}"
    assert talk.client.patch(path, json={"in_trash": True}).status_code == 200

    assert talk.query().status_code == 404
    assert "archived" in message(talk.create({}))
    assert "archived" in message(talk.client.patch(path, json={"title": text("x")}))
    assert talk.client.get(talk.source).json()["in_trash"] is True


def test_parents(talk: Talk) -> None:
    """A database is a parent while it has one data source; a page takes pages with a title."""
    properties = {"Module": title("a")}
    by_database = {"parent": {"database_id": talk.ids.database_id}, "properties": properties}
    below_page = {"parent": {"page_id": talk.emulator.root_page_id}}

    made = talk.client.post("/v1/pages", json=by_database)
    talk.emulator.add_data_source(talk.ids.database_id, "Second", {"Name": "title"})

    assert made.json()["parent"]["data_source_id"] == talk.ids.data_source_id
    assert "multiple data sources" in message(talk.client.post("/v1/pages", json=by_database))
    child = talk.client.post("/v1/pages", json={**below_page, "properties": {"title": text("x")}})
    assert child.json()["properties"]["title"]["title"][0]["plain_text"] == "x"
    refused = talk.client.post("/v1/pages", json={**below_page, "properties": properties})
    assert message(refused) == "Module is not a property that exists."
    trash = {"in_trash": True}
    talk.client.patch(f"/v1/pages/{child.json()['id']}", json=trash)
    below_trash = {"parent": {"page_id": child.json()["id"]}, "properties": {}}
    assert "archived" in message(talk.client.post("/v1/pages", json=below_trash))


@pytest.mark.parametrize(
    "change",
    [
        {"parent": {}},
        {"parent": {"page_id": "nope"}},
        {"parent": {"page_id": 7}},
        {"parent": {"type": "page_id", "database_id": "x"}},
        {"parent": None},
        {"properties": None},
        {"children": [{}]},
        {"template": {"type": "default"}},
        {"icon": {}},
        {"icon": {"type": "emoji", "emoji": ""}},
        {"cover": {"external": {}}},
        {"archived": True},
    ],
)
def test_refused_pages(talk: Talk, change: dict[str, Any]) -> None:
    """A page without a good parent, or with what is not emulated, is refused."""
    parent = {"data_source_id": talk.ids.data_source_id}

    message(talk.client.post("/v1/pages", json={"parent": parent, "properties": {}, **change}))


def test_icons(talk: Talk) -> None:
    """An icon and a cover are kept, and null clears them."""
    page_id = talk.module("a")
    cover = {"type": "external", "external": {"url": "https://example.org/a.png"}}
    path = f"/v1/pages/{page_id}"

    set_ = talk.client.patch(path, json={"icon": {"emoji": "🧠"}, "cover": cover}).json()
    cleared = talk.client.patch(path, json={"icon": None, "cover": None}).json()

    assert (set_["icon"], set_["cover"]) == ({"type": "emoji", "emoji": "🧠"}, cover)
    assert (cleared["icon"], cleared["cover"]) == (None, None)


def test_databases(talk: Talk) -> None:
    """A database is made with its schema, changed, and given another data source."""
    parent = {"type": "page_id", "page_id": talk.emulator.root_page_id}
    initial = {"properties": {"Name": {"title": {}}, "State": {"select": {"options": []}}}}
    made = talk.client.post(
        "/v1/databases",
        json={"parent": parent, "title": text("D"), "initial_data_source": initial},
    ).json()
    path = f"/v1/databases/{made['id']}"

    changed = talk.client.patch(path, json={"title": text("E"), "icon": {"emoji": "🧠"}}).json()
    second = talk.client.post(
        "/v1/data_sources",
        json={"parent": {"database_id": made["id"]}, "properties": {"Name": {"title": {}}}},
    ).json()

    assert changed["title"][0]["plain_text"] == "E"
    listed = talk.client.get(path).json()["data_sources"]
    assert [each["id"] for each in listed] == [made["data_sources"][0]["id"], second["id"]]
    assert message(talk.client.patch(path, json={"properties": {}})) == (
        "body failed validation: body.properties should be not present, instead was `{}`."
    )
    without_title = {"parent": parent, "initial_data_source": {"properties": {}}}
    assert "title" in message(talk.client.post("/v1/databases", json=without_title))
    bad_icon = {"icon": {"emoji": "🧠"}, "in_trash": 1}
    message(talk.client.patch(f"/v1/data_sources/{second['id']}", json=bad_icon))


def test_a_database_below_a_page_in_the_trash(talk: Talk) -> None:
    """No database is made below a page in the trash."""
    root = talk.emulator.root_page_id
    talk.emulator.trash_page(root)

    body = {"parent": {"page_id": root}}
    assert "archived" in message(talk.client.post("/v1/databases", json=body))


def test_select_url_checkbox_and_others() -> None:
    """Every other type is written, read back, cleared, and refused in another shape."""
    emulator = Emulator(requests_per_minute=None)
    columns = {
        "Module": "title",
        "State": {"select": {"options": [{"name": "On", "color": "green"}]}},
        "Web": "url",
        "Done": "checkbox",
        "Mail": "email",
        "Phone": "phone_number",
        "Made": "created_time",
    }
    emulator.create_database("D", columns)
    with Talk(emulator) as talk:
        good = {
            "State": {"select": {"name": "on"}},
            "Web": {"url": "https://example.org"},
            "Done": {"checkbox": True},
            "Mail": {"email": "a@example.org"},
            "Phone": {"phone_number": "1"},
        }
        page_id = talk.module("a", **good)
        (page,) = emulator.pages()
        assert (page["State"], page["Web"], page["Done"]) == ("On", "https://example.org", True)
        nothing = {"State": {"select": None}, "Web": {"url": None}, "Done": {"checkbox": False}}
        talk.client.patch(f"/v1/pages/{page_id}", json={"properties": nothing})
        (page,) = emulator.pages()
        assert (page["State"], page["Web"], page["Done"]) == (None, None, False)
        for bad in (
            {"Web": {"url": ""}},
            {"Web": {"url": "x" * 2001}},
            {"Mail": {"email": "x" * 201}},
            {"Done": {"checkbox": None}},
            {"State": {"select": {"name": "On", "color": "red"}}},
            {"State": {"select": {"name": "New", "color": "red"}}},
            {"Made": {"created_time": "2026-01-01"}},
        ):
            message(talk.create(bad))
