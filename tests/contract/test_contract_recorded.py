"""The emulator answers what Notion was recorded to answer."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from contract.traffic import FOLDER, Seed, comparable, load, names, rows_of, supported

from lukhas_notion.emulator import Emulator, FaultPlan, FaultRule
from lukhas_notion.emulator.workspace import ALL

pytestmark = pytest.mark.skipif(not names(), reason="the recorded traffic is not here")

NOT_REPLAYED = {
    "doc_error_400_multiple_data_sources": "an answer of version 2022-06-28",
    "doc_error_403_free_block_limit": "block limits are not emulated",
    "doc_error_502_bad_gateway": "the emulated 502 comes from the edge, as HTML",
    "doc_error_503_database_connection_unavailable": "no fault of its own beside the other 503",
    "rb_pages_create_with_default_template": "templates are not emulated",
    "sdkpy_async_tasks_retrieve": "async tasks are not emulated",
    "sdkpy_data_sources_update": "sends archived, which 2026-03-11 has no more",
    "sdkpy_pages_move": "moving pages is not emulated",
    "un_pages_create_100_rich_text_items": "mentions are not emulated",
}

ERRORS = (
    "doc_error_400_missing_version",
    "doc_error_403_restricted_resource",
    "mh_error_400_unknown_path",
    "mh_error_401_bogus_token",
    "mh_error_401_no_authorization_header",
    "rb_error_400_data_source_id_not_uuid",
    "rb_error_400_database_id_not_uuid",
    "rb_error_400_page_id_not_uuid",
    "rb_error_404_page",
    "sdkpy_error_404_object_not_found_with_integration_id",
    "un_error_400_path_page_id_not_uuid",
    "un_error_404_page",
    "un_error_404_user_capability",
)

FAULTS = {
    "doc_error_409_conflict_error": "409",
    "doc_error_429_rate_limited": "429",
    "doc_error_500_internal_server_error": "500",
    "doc_error_503_query_backend_timeout": "503",
    "doc_error_503_service_unavailable": "503",
    "doc_error_503_write_was_saved": "503_committed",
    "doc_error_504_gateway_timeout": "504",
}

SOURCES = {
    "rb_data_sources_update_add_property",
    "rb_data_sources_update_remove",
    "rb_data_sources_update_rename",
    "un_data_sources_retrieve_after_multi_select_add",
    "un_data_sources_retrieve_before_option_changes",
    "un_data_sources_retrieve_option_page_props",
    "un_data_sources_update_all_property_types_response",
    "un_data_sources_update_empty_properties_noop",
    "un_data_sources_update_in_trash_false",
    "un_data_sources_update_in_trash_true",
    "un_data_sources_update_rename_property",
    "un_data_sources_update_select_add_option",
    "un_data_sources_update_select_replace_drops_missing",
}

PAGES = {
    "r_pages_update",
    "r_pages_update_in_trash",
    "sdkpy_pages_retrieve",
    "sdkpy_pages_update",
    "un_pages_retrieve_relation_truncated_25",
    "un_pages_update_in_trash_false",
    "un_pages_update_in_trash_true",
    "un_pages_update_is_locked",
    "un_pages_update_multi_select_replace_value",
    "un_pages_update_multi_select_two_values",
    "un_pages_update_select_with_color",
    "un_pages_update_several_properties",
    "un_pages_update_status_by_name",
    "un_pages_update_title_empty",
}

CREATED = {
    "r_data_sources_create",
    "r_pages_create",
    "rb_pages_create_parent_data_source",
    "rb_pages_create_parent_database",
    "sdkpy_data_sources_create",
    "sdkpy_databases_create",
    "sdkpy_pages_create",
    "un_databases_create_with_select_and_multi_select_options",
    "un_pages_create_select_multi_select_by_name",
}

QUERIES = {
    "r_data_sources_query_status_equals",
    *(name for name in names(FOLDER) if name.startswith(("un_query_", "rb_query_"))),
}

OTHERS = {
    "doc_query_incomplete_10000",
    "r_databases_retrieve",
    "r_pages_properties_retrieve",
    "rb_property_multi_select",
    "rb_property_relation_many",
    "rb_property_rich_text_page_size_5",
    "sdkpy_data_sources_query",
    "sdkpy_pages_retrieve_markdown",
    "sdkpy_pages_update_markdown",
    "sdkpy_users_me_preflight",
}


class RecordedClock:
    """A clock that always has the time of the recording."""

    def monotonic(self) -> float:
        return 0.0

    def now(self) -> datetime:
        return datetime(2026, 6, 27, 17, 4, 48, 247_000, tzinfo=UTC)


def emulator(**options: Any) -> Emulator:
    """Return an emulator at the time of the recording, without a rate limit."""
    return Emulator(clock=RecordedClock(), requests_per_minute=None, **options)


def send(
    notion: Emulator, fixture: dict[str, Any], body: Any = None, **headers: str | None
) -> httpx.Response:
    """Send a fixture's request, or another body in its place, at the version emulated."""
    sent = {"authorization": f"Bearer {notion.token}", "notion-version": "2026-03-11"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in sent.items() if value is not None}
    path = fixture["path"].replace("{id}", "00000000-0000-4000-8000-000000000000")
    body = fixture["request_body"] if body is None else body
    with httpx.Client(transport=notion.transport(), base_url="https://api.notion.com") as client:
        url = f"{path}?{fixture['query']}" if fixture["query"] else path
        return client.request(fixture["method"], url, headers=kept, json=body)


def same(answer: httpx.Response, fixture: dict[str, Any], seed: Seed) -> None:
    """Fail unless the answer is the recorded one, but for what differs from run to run."""
    expected = deepcopy(fixture["response_body"])
    actual = answer.json()
    if fixture["notion_version"] != "2026-03-11":
        for recorded, answered in zip(
            [expected, *expected.get("results", [])],
            [actual, *actual.get("results", [])],
            strict=True,
        ):
            # Members that answers have gained since.
            for key in {"is_archived", "is_locked"} - recorded.keys():
                answered.pop(key, None)
            if "database_id" not in recorded.get("parent", {}):
                answered.get("parent", {}).pop("database_id", None)

    assert answer.status_code == fixture["status"], answer.text
    assert actual["request_id"] == answer.headers["x-notion-request-id"]
    assert comparable(actual, seed) == comparable(expected, seed)


def test_every_fixture_is_replayed_or_listed_with_a_reason() -> None:
    """No recorded pair is passed over in silence."""
    replayed = {*ERRORS, *FAULTS, *SOURCES, *PAGES, *CREATED, *QUERIES, *OTHERS}

    assert set(names(FOLDER)) == replayed | set(NOT_REPLAYED)
    assert not replayed & set(NOT_REPLAYED)


@pytest.mark.parametrize("name", ERRORS)
def test_refusals(name: str) -> None:
    """A refusal has the recorded status, code, text and members."""
    fixture = load(name)
    headers: dict[str, str | None] = {}
    if name == "mh_error_401_bogus_token":
        headers["authorization"] = "Bearer bogus"
    if name == "mh_error_401_no_authorization_header":
        headers["authorization"] = None
    if name == "doc_error_400_missing_version":
        headers["notion_version"] = None
    expected = fixture["response_body"]
    allowed = ("insert", "update") if name == "doc_error_403_restricted_resource" else ALL

    answer = send(emulator(capabilities=allowed), fixture, **headers)
    body = answer.json()

    # Since 2026-06 the text ends in the integration's name, and says which one it is.
    named, _, _ = body["message"].partition(' "Local emulator"')
    recorded, _, _ = expected["message"].partition(' "')
    if expected["code"] == "object_not_found":
        body["message"], expected = named.removesuffix("."), {**expected, "message": recorded}
        expected["message"] = expected["message"].removesuffix(".")
        assert set(body.pop("additional_data")) == {"integration_id"}
        expected.pop("additional_data", None)
    assert answer.status_code == fixture["status"]
    assert {**body, "request_id": ""} == {**expected, "request_id": ""}


@pytest.mark.parametrize(("name", "fault"), FAULTS.items())
def test_injected_errors(name: str, fault: str) -> None:
    """An injected error has the documented status, code, text and further facts."""
    rule = FaultRule("any", fault, nth=(1,), retry_after=17)
    notion = emulator(faults=FaultPlan((rule,)))
    fixture = load(name)
    expected = fixture["response_body"]
    body = None
    if fault == "503_committed":
        parent = {"page_id": notion.root_page_id}
        body = {"parent": parent, "properties": {"title": [{"text": {"content": "x"}}]}}

    answer = send(notion, fixture, body)
    actual = answer.json()
    actual.pop("request_id")

    if fault == "503_committed":
        created = actual["additional_data"]["committed_resource_id"]
        assert created in notion.workspace.store.pages
        expected["additional_data"]["committed_resource_id"] = created
    assert answer.status_code == fixture["status"]
    assert actual == expected
    assert fixture["response_headers"].items() <= dict(answer.headers).items()


def renamed(body: dict[str, Any], new: str, old: str) -> None:
    """Undo the renaming of a property."""
    body["properties"][old] = {**body["properties"].pop(new), "name": old}


def undone(name: str) -> dict[str, Any]:
    """Return a data source as it was before a fixture's request."""
    body: dict[str, Any] = load(name)["response_body"]
    if name == "rb_data_sources_update_add_property":
        del body["properties"]["added number property"]
        del body["properties"]["added url property"]
    elif name == "rb_data_sources_update_remove":
        body = load("rb_data_sources_update_rename")["response_body"]
    elif name == "rb_data_sources_update_rename":
        renamed(body, "renamed number property", "added number property")
        renamed(body, "renamed url property", "added url property")
    elif name == "un_data_sources_update_rename_property":
        renamed(body, "Hiring Date as String", "Hiring Date")
    elif name == "un_data_sources_update_select_add_option":
        body = load("un_data_sources_retrieve_before_option_changes")["response_body"]
        body["properties"]["Number"]["number"]["format"] = "euro"
    elif name == "un_data_sources_update_select_replace_drops_missing":
        body = load("un_data_sources_update_select_add_option")["response_body"]
    elif "in_trash" in name:
        body["in_trash"] = not body["in_trash"]
    return body


def without_new_property_ids(body: dict[str, Any], names_: tuple[str, ...]) -> None:
    """Blank the ids of properties that a request added."""
    for name in names_:
        body["properties"][name]["id"] = "new"


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_data_sources(name: str) -> None:
    """A data source is retrieved and changed as recorded: ids, colours and order included."""
    notion, fixture = emulator(), load(name)
    seed = Seed(notion)
    seed.data_source(undone(name))

    answer = send(notion, fixture)

    if name == "rb_data_sources_update_add_property":
        added = ("added number property", "added url property")
        actual, expected = answer.json(), fixture["response_body"]
        without_new_property_ids(actual, added)
        without_new_property_ids(expected, added)
        assert comparable(actual, seed) == comparable(expected, seed)
    else:
        same(answer, fixture, seed)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages(name: str) -> None:
    """A page is retrieved and changed as recorded."""
    notion, fixture = emulator(), load(name)
    seed = Seed(notion)
    before = deepcopy(fixture["response_body"])
    if "in_trash" in name:
        before["in_trash"] = not before["in_trash"]
    if before["parent"].get("data_source_id") == "644fa078-8e60-4d34-a610-edb882d218d1":
        seed.data_source(load("un_data_sources_retrieve_option_page_props")["response_body"])
    seed.pages([before])

    same(send(notion, fixture), fixture, seed)


@pytest.mark.parametrize("name", sorted(CREATED))
def test_creates(name: str) -> None:
    """What is created is answered as recorded, under a new id."""
    notion, fixture = emulator(), load(name)
    seed = Seed(notion)
    body, answer = deepcopy(fixture["request_body"]), fixture["response_body"]
    parent = answer["parent"]
    if "page_id" in parent:
        seed.page_parent(parent["page_id"])
    elif answer["object"] == "data_source":
        container = {**answer, "id": "00000000-0000-4000-8000-000000000002"}
        seed.data_source(container)
    elif name == "un_pages_create_select_multi_select_by_name":
        seed.data_source(load("un_data_sources_retrieve_option_page_props")["response_body"])
    else:
        seed.pages([{**answer, "id": "00000000-0000-4000-8000-000000000002"}])
    initial = body.get("initial_data_source")
    if initial is not None:
        initial["properties"] = supported(initial["properties"])

    same(send(notion, fixture, body), fixture, seed)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_queries(name: str) -> None:
    """Of all rows recorded for a data source, a query finds those that Notion found."""
    notion, fixture = emulator(), load(name)
    seed = Seed(notion)
    source_id = fixture["path"].split("/")[3]
    dashed = "-".join(
        (source_id.replace("-", "")[start:end])
        for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
    )
    seed.pages(rows_of(dashed))
    if name == "rb_query_select_equals_array":  # no row has the other option it asks for
        notion.add_option("SelectTitle", "Select 1", data_source_id=dashed)

    answer = send(notion, fixture)
    expected, actual = fixture["response_body"], answer.json()

    found = [page["id"] for page in actual["results"]]
    recorded = [page["id"] for page in expected["results"]]
    if name == "rb_query_page_size_2":  # which two was up to Notion: nothing was sorted
        assert len(found) == 2
        assert actual["next_cursor"].startswith("s:")
        assert actual["has_more"] is expected["has_more"] is True
        return
    if name == "rb_query_filter_properties":  # rows made since are in other fixtures
        assert set(recorded) <= set(found)
        return
    assert sorted(found) == sorted(recorded)
    if "sorts" in (fixture["request_body"] or {}):
        assert found == recorded
    else:
        # Pages of one minute stand in an order that cannot be told from their times.
        assert times(actual) == times(expected)
        actual["results"].sort(key=lambda page: recorded.index(page["id"]))
    assert answer.status_code == 200
    if name != "rb_query_select_equals_array":  # its rich text mentions people
        assert comparable(actual, seed) == comparable(expected, seed)


def times(answer: dict[str, Any]) -> list[str]:
    """Return when each page of an answer was created, in the answer's order."""
    return [page["created_time"] for page in answer["results"]]


def test_query_names_properties_by_encoded_id() -> None:
    """filter_properties leaves the properties named, as recorded."""
    notion, fixture = emulator(), load("rb_query_filter_properties")
    Seed(notion).pages(rows_of("4f93db51-4e1d-4015-b07f-876e34c3b0b1"))

    answered = send(notion, fixture).json()["results"]

    recorded = fixture["response_body"]["results"]
    assert {tuple(page["properties"]) for page in answered} == {
        tuple(page["properties"]) for page in recorded
    }


def test_empty_query() -> None:
    """A query of an empty data source has the recorded members."""
    notion, fixture = emulator(), load("sdkpy_data_sources_query")
    seed = Seed(notion)
    body = load("sdkpy_data_sources_create")["response_body"]
    seed.data_source({**body, "id": fixture["path"].split("/")[3]})

    same(send(notion, fixture), fixture, seed)


def test_incomplete_query() -> None:
    """At the cap a query says that it is incomplete, as documented."""
    notion, fixture = emulator(query_cap=1), load("doc_query_incomplete_10000")
    ids = notion.create_database("Rows", {"Name": "title"})
    for name in ("a", "b"):
        notion.create_page(ids.data_source_id, {"Name": name})
    fixture["path"] = f"/v1/data_sources/{ids.data_source_id}/query"

    actual = send(notion, fixture).json()
    actual.pop("request_id")

    assert len(actual["results"]) == 1
    assert {**actual, "results": []} == fixture["response_body"]


def test_database() -> None:
    """A database is retrieved as recorded."""
    notion, fixture = emulator(), load("r_databases_retrieve")
    seed = Seed(notion)
    seed.database(fixture["response_body"])

    same(send(notion, fixture), fixture, seed)


def test_me() -> None:
    """The bot has the recorded members."""
    fixture = load("sdkpy_users_me_preflight")

    assert shape(send(emulator(), fixture).json()) == shape(fixture["response_body"])


def test_property_item() -> None:
    """A multi-select's value is retrieved as recorded."""
    notion, fixture = emulator(), load("rb_property_multi_select")
    seed = Seed(notion)
    page = load("rb_query_page_size_2")["response_body"]["results"][0]
    value = fixture["response_body"]["multi_select"]
    column = {"id": "Kjx%7D", "type": "multi_select", "multi_select": value}
    page_id = "dcdc805c-85fa-4155-a55c-20fc28771af7"
    seed.pages([{**page, "id": page_id, "properties": {"MultiSelectTitle": column}}])

    same(send(notion, fixture), fixture, seed)


def test_property_items_in_pages() -> None:
    """Rich text is retrieved segment by segment, in pages of the recorded shape."""
    notion, fixture = emulator(), load("rb_property_rich_text_page_size_5")
    expected = fixture["response_body"]
    page = load("rb_query_page_size_2")["response_body"]["results"][0]
    texts = [
        item["rich_text"] if item["rich_text"]["type"] == "text" else segment("@someone")
        for item in expected["results"]
    ]
    column = {"id": "flUp", "type": "rich_text", "rich_text": [*texts, segment("more")]}
    page_id = "6601e719-a39a-460c-908e-8909467fcccf"
    Seed(notion).pages([{**page, "id": page_id, "properties": {"TextTitle": column}}])
    for item, text in zip(expected["results"], texts, strict=True):
        item["rich_text"] = text

    first = send(notion, fixture).json()
    fixture["query"] = f"page_size=5&start_cursor={first['next_cursor']}"
    second = send(notion, fixture).json()

    assert shape(first) == shape(expected)
    assert first["results"] == expected["results"]
    assert [item["rich_text"]["plain_text"] for item in second["results"]] == ["more"]
    assert second["has_more"] is False


def segment(text: str) -> dict[str, Any]:
    """Return rich text as it is read back."""
    style = dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False)
    return {
        "type": "text",
        "text": {"content": text, "link": None},
        "annotations": {**style, "color": "default"},
        "plain_text": text,
        "href": None,
    }


def shape(value: Any) -> Any:
    """Return the keys and types of a value."""
    describe: Callable[[Any], Any] = shape
    if isinstance(value, dict):
        return {key: describe(each) for key, each in value.items()}
    if isinstance(value, list):
        return [describe(each) for each in value]
    return type(value).__name__
