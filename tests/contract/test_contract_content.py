"""The emulator answers what Notion was recorded to answer: values, users, bodies and icons."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from contract.test_contract_recorded import emulator, same, send, shape, without_new_property_ids
from contract.traffic import MORE, Seed, comparable, load, names, rows_of, supported

from lukhas_notion.emulator import Emulator
from lukhas_notion.emulator.model import Page, Property, User
from lukhas_notion.emulator.workspace import ALL

pytestmark = pytest.mark.skipif(not names(MORE), reason="the recorded traffic is not here")

BLOCKS = "blocks are not emulated"
COMPUTED = "formulas, rollups and unique ids are not emulated"
OLD = "an answer of version 2022-06-28"
NOT_REPLAYED = {
    **{name: BLOCKS for name in names(MORE) if "_blocks_" in name or "_block" in name},
    "r_error_400_validation_fix_one_multiline": "comments are not emulated",
    "rb_data_sources_create_all_property_types": COMPUTED,
    "rb_error_400_relation_schema_without_kind": OLD,
    "rb_error_400_rename_unknown_property": OLD,
    "rb_pages_create_markdown_under_page": "a block that the emulator refuses, meeting notes",
    "rb_pages_create_with_template": "templates are not emulated",
    "rb_pages_retrieve_wiki": "wikis' pages are not emulated",
    "rb_pages_update_markdown_replace_range": "an edit in between was not recorded",
    "rb_property_unique_id_prefix": COMPUTED,
    "rb_query_start_cursor_uuid": "a cursor of version 2025-09-03",
    "sdkpy_data_sources_list_templates": "templates are not emulated",
    "sdkpy_pages_delete_via_block": BLOCKS,
    "sdkpy_pages_update_markdown_allow_async_202": "async tasks are not emulated",
    "un_data_sources_update_add_formula": COMPUTED,
    "un_data_sources_update_add_rollups": COMPUTED,
    "un_data_sources_update_unique_id_prefix": COMPUTED,
    "un_error_400_query_formula_unknown_type": COMPUTED,
    "un_pages_create_with_rollups": COMPUTED,
    "un_pages_retrieve_100_rich_text_items_not_truncated": "mentions are not emulated",
    "un_property_rollup_count_empty": COMPUTED,
    "un_property_unique_id": COMPUTED,
    "un_query_formula_string_equals": COMPUTED,
    "un_query_rollup_number_equals": COMPUTED,
    "un_query_unique_id_greater_than": COMPUTED,
}

SOURCES = {
    "r_data_sources_retrieve_status",
    "r_data_sources_update_status_options",
    *(name for name in names(MORE) if "_data_sources_retrieve" in name),
    *(name for name in names(MORE) if "_data_sources_update" in name),
} - set(NOT_REPLAYED)

PAGES = {
    "r_pages_update_icon_null",
    "rb_pages_update_icon_external",
    "rb_pages_update_many_property_types",
    *(name for name in names(MORE) if name.startswith("un_pages_update_")),
} - set(NOT_REPLAYED)

CREATED = {
    "rb_pages_create_with_markdown",
    *(name for name in names(MORE) if "un_pages_create" in name or "databases_create" in name),
} - set(NOT_REPLAYED)

QUERIES = {name for name in names(MORE) if name.startswith("un_query_")} - set(NOT_REPLAYED)

ERRORS = {
    "mh_error_400_invalid_json",
    "r_error_401_unauthorized",
    "rb_error_404_data_source_says_database",
    "rb_error_404_database",
    "sdkpy_error_400_invalid_request_url",
    "sdkpy_error_401_unauthorized",
    "un_error_404_data_source_says_data_source",
}

DATABASES = {
    "sdkpy_databases_retrieve",
    "sdkpy_databases_update",
    "un_databases_retrieve_single_data_source",
    "un_databases_retrieve_two_data_sources",
}

USERS = {
    "r_users_retrieve_person_without_email",
    "rb_users_retrieve_person",
    "un_users_list",
    "un_users_me",
    "un_users_retrieve_bot",
}

BODIES = {
    "r_pages_retrieve_markdown": "## Updated Test Heading",
    "r_pages_update_markdown_replace_content": "## Test Heading",
    "rb_pages_update_markdown_insert_bottom": "## Paragraph 2\n- [ ] To Do\n- [x] Checked To Do",
    "sdkpy_pages_retrieve_markdown": "",
    "sdkpy_pages_update_markdown": "",
}

ITEMS = {
    "r_pages_properties_retrieve",
    "rb_property_files_external",
    "rb_property_people",
    "rb_property_relation_many",
    "rb_property_relation_one",
    "rb_property_rich_text_link_last_page",
    "sdkpy_pages_properties_title",
    "un_pages_property_relation_full_30",
    "un_property_people_empty",
    "un_property_status",
}


def test_every_fixture_is_replayed_or_listed_with_a_reason() -> None:
    """No recorded pair is passed over in silence."""
    single = {"r_users_list_person_without_email"}
    replayed = {*SOURCES, *PAGES, *CREATED, *QUERIES, *ERRORS, *DATABASES, *USERS, *BODIES, *ITEMS}
    replayed |= single

    assert set(names(MORE)) == (replayed & set(names(MORE))) | set(NOT_REPLAYED)
    assert not replayed & set(NOT_REPLAYED)


def changed_by(name: str) -> list[str]:
    """Return the properties that the request of a fixture names."""
    return list((load(name)["request_body"] or {}).get("properties", {}))


def undone(name: str) -> dict[str, Any]:
    """Return a data source as it was before a fixture's request."""
    body: dict[str, Any] = deepcopy(load(name)["response_body"])
    columns = body["properties"]
    if name.endswith("rename_synced"):
        new, old = "Back Relation", "Related to Add/Del/Update Prop-Test (Relation)"
        columns[old] = {**columns.pop(new), "name": old}
    elif name.endswith(("remove_back", "remove_property_null")):
        [gone] = changed_by(name)
        columns[gone] = {"id": "gone", "name": gone, "type": "date", "date": {}}
    elif name.endswith("multi_select_add_option"):
        columns["Tags"]["multi_select"]["options"].pop()
    elif name.endswith(("multi_select_replace_drops_missing", "by_name_only_append")):
        column = columns.get("Tags") or columns["Level"]
        listed = column[column["type"]]["options"]
        if "append" in name:
            listed.pop()
        else:
            listed.insert(0, {"id": "1", "name": "Cat1", "color": "default", "description": None})
    elif name.endswith(("dual_to_percent", "dollar_to_percent")):
        columns["Number"]["number"]["format"] = "dollar"
    elif name.endswith("dual_to_single"):
        relation = columns["Relation"]["relation"]
        back = {"synced_property_name": "Other Back Relation", "synced_property_id": "back"}
        relation |= {"type": "dual_property", "dual_property": back}
    elif name.endswith("retarget"):
        columns["Relation"]["relation"] |= {
            "data_source_id": columns["Relation two-way"]["relation"]["data_source_id"],
            "database_id": columns["Relation two-way"]["relation"]["database_id"],
        }
    elif "_update_" in name and "status" not in name:
        for new in changed_by(name):
            del columns[new]
    return body


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_data_sources(name: str) -> None:
    """A data source is retrieved and changed as recorded: ids, colours, groups and targets."""
    notion, fixture = emulator(), load(name)
    seed, before = Seed(notion), undone(name)
    seed.data_source(before)
    if name.endswith("relation_dual"):
        other = load("un_data_sources_retrieve_relation_dual_other_side")["response_body"]
        other["properties"] = {"Name": other["properties"]["Name"]}
        seed.data_source(other)
    if name.endswith("retarget"):
        relation = fixture["response_body"]["properties"]["Relation"]
        seed._target(before["id"], relation)

    answer = send(notion, fixture)

    new = [each for each in changed_by(name) if each not in before["properties"]]
    if not new:
        same(answer, fixture, seed)
        return
    actual, expected = answer.json(), fixture["response_body"]
    for body in (actual, expected):
        without_new_property_ids(body, tuple(new))
        for column in body["properties"].values():
            column.get("relation", {}).get("dual_property", {}).pop("synced_property_id", None)
    assert comparable(actual, seed) == comparable(expected, seed)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages(name: str) -> None:
    """A page is changed as recorded: every type of value, icon and cover."""
    notion, fixture = emulator(), load(name)
    seed, before = Seed(notion), deepcopy(fixture["response_body"])
    if before["parent"]["type"] == "block_id":  # blocks are not emulated
        above = {"type": "page_id", "page_id": before["parent"]["block_id"]}
        before["parent"] = fixture["response_body"]["parent"] = above
    before |= {key: None for key in ("icon", "cover") if key in fixture["request_body"]}
    if name == "un_pages_update_multi_select_other_value":
        seed.data_source(load("un_data_sources_retrieve_option_page_props")["response_body"])
    seed.pages([before])
    fixture["request_body"]["properties"] = supported(fixture["request_body"].get("properties", {}))

    same(send(notion, fixture), fixture, seed)


SCHEMAS = {
    "644fa078-8e60-4d34-a610-edb882d218d1": "un_data_sources_retrieve_option_page_props",
    "50ea6511-bfec-4318-84a2-7444c7995e99": "un_data_sources_retrieve_relation_single",
    "ce6161db-4afe-4508-af94-8965e0525f3c": "un_data_sources_update_relation_single_self",
    "dd713f3e-c074-4523-a172-4b0419fc4768": "un_data_sources_retrieve_phone_email_url",
    "0bb2b00c-cddf-42ce-91f1-7ca7d8252e6d": "un_data_sources_retrieve_files_checkbox",
}
"""The fixture that has the schema of a data source."""


@pytest.mark.parametrize("name", sorted(CREATED))
def test_creates(name: str) -> None:
    """What is created is answered as recorded, under a new id."""
    notion, fixture = emulator(), load(name)
    seed, answer = Seed(notion), deepcopy(fixture["response_body"])
    source_id = answer["parent"].get("data_source_id")
    if answer["object"] == "database" or source_id is None:
        seed.page_parent(answer["parent"]["page_id"])
    elif SCHEMAS.get(source_id):
        seed.data_source(load(str(SCHEMAS[source_id]))["response_body"])
    else:
        seed.pages([{**answer, "id": "00000000-0000-4000-8000-0000000000e0"}])
    if answer["object"] == "database":
        wanted = fixture["request_body"]["initial_data_source"]
        wanted["properties"] = supported(wanted["properties"])
        for column in wanted["properties"].values():
            if "relation" in column:
                above = "00000000-0000-4000-8000-0000000000e1"
                config = {**column["relation"], "database_id": above}
                seed._target("", {"id": "", "relation": config})
    else:
        sent = fixture["request_body"].get("properties")
        if sent is not None:
            fixture["request_body"]["properties"] = supported(sent)
        if source_id is not None:
            person = {**answer, "id": "00000000-0000-4000-8000-0000000000e2"}
            seed.pages([person])

    sent_back = send(notion, fixture)

    if name == "rb_pages_create_with_markdown":  # the title was changed where it was recorded
        title = fixture["response_body"]["properties"]["Name"]["title"][0]
        title |= {"plain_text": "New page with markdown"}
        title["text"]["content"] = "New page with markdown"
        fixture["response_body"]["url"] = sent_back.json()["url"]
        body = notion.body(sent_back.json()["id"])
        assert body == "## Paragraph 2\n- [ ] To Do\n- [x] Checked To Do"
    expected = fixture["response_body"]
    actual = sent_back.json()
    for key in {"is_archived", "is_locked"} - expected.keys():
        actual.pop(key, None)
    assert sent_back.status_code == 200, actual
    slugs = [each.pop("url").rsplit("/", 1)[-1].rpartition("-")[0] for each in (actual, expected)]
    assert slugs[0] == slugs[1]
    assert comparable({**actual, "id": "", "data_sources": ""}, seed) == comparable(
        {**expected, "id": "", "data_sources": ""}, seed
    )


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_queries(name: str) -> None:
    """A query finds the pages that Notion was recorded to find, and shows them so."""
    notion, fixture = emulator(), load(name)
    seed = Seed(notion)
    source_id = fixture["path"].split("/")[3]
    schema = SCHEMAS.get(source_id)
    if schema:
        seed.data_source(load(schema)["response_body"])
    rows = rows_of(source_id)
    if not rows:  # only its columns are needed, of which a condition names one
        kind, subject = fixture["request_body"]["filter"], "property"
        column = kind.get(subject, "Date")
        ids = notion.create_database("Empty", {"Name": "title", column: "date"})
        source_id = ids.data_source_id
        fixture["path"] = f"/v1/data_sources/{source_id}/query"
    seed.pages(rows)
    recorded = [page["id"] for page in fixture["response_body"]["results"]]
    if "page1_of" in name or "page2_of" in name:
        first, second = (load(f"un_query_page{each}_of_110") for each in (1, 2))
        parts = [first, second] if "page2" in name else [first]
        cursor: dict[str, Any] = {}
        for part in parts:
            answer = send(notion, part, {**part["request_body"], **cursor}).json()
            cursor = {"start_cursor": answer["next_cursor"]}
        assert len(answer["results"]) == len(recorded)
        assert answer["has_more"] is fixture["response_body"]["has_more"]
        assert shape({**answer, "results": []}) == shape(
            {**fixture["response_body"], "results": []}
        )
        return

    answer = send(notion, fixture)
    actual, expected = answer.json(), fixture["response_body"]

    assert answer.status_code == 200, actual
    assert sorted(page["id"] for page in actual["results"]) == sorted(recorded)
    actual["results"].sort(key=lambda page: recorded.index(page["id"]))
    assert comparable(actual, seed) == comparable(expected, seed)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_refusals(name: str) -> None:
    """A refusal has the recorded status and code, and its text but for a noun that has changed."""
    fixture = load(name)
    headers = {"authorization": "Bearer bogus"} if "401" in name else {}
    notion = emulator()
    expected = fixture["response_body"]

    if name == "mh_error_400_invalid_json":
        answer = raw(notion, fixture["request_body"])
    else:
        answer = send(notion, fixture, **headers).json()

    said, recorded = (
        body["message"].replace("data_source", "database").partition(' "')[0].removesuffix(".")
        for body in (answer, expected)
    )
    assert (answer["status"], answer["code"]) == (expected["status"], expected["code"])
    assert said.startswith(recorded.partition(" with your integration")[0])


def raw(notion: Emulator, content: str) -> dict[str, Any]:
    """Send a body that is no JSON."""
    headers = {"authorization": f"Bearer {notion.token}", "notion-version": "2026-03-11"}
    with httpx.Client(transport=notion.transport(), base_url="http://notion") as client:
        return dict(client.post("/v1/pages", headers=headers, content=content).json())


@pytest.mark.parametrize("name", sorted(DATABASES))
def test_databases(name: str) -> None:
    """A database is retrieved and changed as recorded, with each of its data sources."""
    notion, fixture = emulator(), load(name)
    seed = Seed(notion)
    seed.database({**fixture["response_body"], "icon": None})
    if name == "un_databases_retrieve_single_data_source":  # what the seed does not keep
        fixture["response_body"] |= {"description": []}
    if name in ("un_databases_retrieve_two_data_sources", "sdkpy_databases_retrieve"):
        fixture["response_body"] |= {"icon": None, "cover": None, "description": []}

    same(send(notion, fixture), fixture, seed)


@pytest.mark.parametrize("name", sorted(USERS))
def test_users(name: str) -> None:
    """Users are listed and retrieved as recorded: people, other bots, and the integration."""
    notion, fixture = emulator(), load(name)
    recorded = fixture["response_body"]
    listed = recorded.get("results", [recorded])
    notion.remove_user(notion.workspace.person_id)
    for each in listed[:-1] if len(listed) > 1 else listed:
        email = each.get("person", {}).get("email")
        made = User(each["id"], each["name"], each["type"], email, each["avatar_url"])
        notion.workspace.store.commit(made)
    if name == "un_users_retrieve_bot":
        fixture["path"] = f"/v1/users/{notion.workspace.bot_id}"

    answer = send(notion, fixture)

    own = notion.workspace.bot_id
    for each in answer.json().get("results", [answer.json()]):
        if each["id"] != own:
            each.pop("request_id", None)
            assert each in [{key: r[key] for key in r if key != "request_id"} for r in listed]
    assert answer.json()["request_id"]
    assert shape(answer.json()) == shape(recorded)


def test_users_without_their_addresses() -> None:
    """Without the capability a person is listed without an address; without both, not at all."""
    fixture = load("r_users_list_person_without_email")

    shown = send(emulator(capabilities=ALL - {"emails"}), fixture).json()
    refused = send(emulator(capabilities=ALL - {"emails", "users"}), fixture).json()

    assert shape(shown) == shape(fixture["response_body"])
    assert refused["code"] == "restricted_resource"


@pytest.mark.parametrize(("name", "before"), BODIES.items())
def test_bodies(name: str, before: str) -> None:
    """A body is read and written as recorded: as Notion writes it, and not as it was sent."""
    notion, fixture = emulator(), load(name)
    seed = Seed(notion)
    page_id = fixture["response_body"]["id"]
    seed.page_parent(page_id)
    notion.edit_body(page_id, before)

    same(send(notion, fixture), fixture, seed)


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_property_items(name: str) -> None:
    """A property's own endpoint answers as recorded, item by item where there are several."""
    notion, fixture = emulator(), load(name)
    seed, expected = Seed(notion), fixture["response_body"]
    listed = expected["object"] == "list"
    kind = expected["property_item"]["type"] if listed else expected["type"]
    property_id = expected["property_item"]["id"] if listed else expected["id"]
    value = [each[kind] for each in expected["results"]] if listed else expected[kind]
    if kind == "rich_text":  # the last of several pages: what came before is not recorded
        fixture["query"] = fixture["query"].replace("start_cursor=xQVa1H&", "")
    page_id = "-".join(
        fixture["path"].split("/")[3].replace("-", "")[start:end]
        for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
    )
    page = load("rb_query_page_size_2")["response_body"]["results"][0]
    columns = {"Value": {"id": property_id, "type": kind, kind: value}}
    seed.pages([{**page, "id": page_id, "properties": columns}])

    same(send(notion, fixture), fixture, seed)


def test_a_relation_goes_on_in_pages() -> None:
    """A relation is given a hundred items at a time, with a cursor for the next ones."""
    notion = emulator()
    ids = notion.create_database("Modules", {"Name": "title"})
    source = ids.data_source_id
    config = {"data_source_id": source, "single_property": {}}
    notion.add_property("Uses", "relation", source, config)
    names_ = [f"module {each}" for each in range(103)]
    for name in names_:
        notion.create_page(source, {"Name": name})
    page_id = notion.create_page(source, {"Name": "all", "Uses": names_})
    column = notion.workspace.store.data_sources[source].find("Uses")
    assert isinstance(column, Property)
    fixture = load("rb_property_relation_many")
    fixture |= {"path": f"/v1/pages/{page_id}/properties/{quote(column.id, safe='')}"}

    first = send(notion, fixture).json()
    fixture["query"] = f"start_cursor={quote(first['next_cursor'], safe='')}"
    second = send(notion, fixture).json()

    page = notion.workspace.store.pages[page_id]
    assert isinstance(page, Page)
    found = [each["relation"]["id"] for each in (*first["results"], *second["results"])]
    assert found == page.values[column.id]
    assert (len(first["results"]), second["has_more"]) == (100, False)
