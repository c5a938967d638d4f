"""Reading and writing through an open connection: ids, and the requests that a plan allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.core import MAPPING, NOON, OWNER, want

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import Emulator, default_database
from lukhas_notion.notion import query as lookup
from lukhas_notion.notion.access import describe, failure
from lukhas_notion.notion.connection import Connection
from lukhas_notion.notion.policy import Answer, NextStep
from lukhas_notion.notion.query import Columns
from lukhas_notion.notion.reader import Reader
from lukhas_notion.notion.writer import (
    Links,
    SchemaWriter,
    Writer,
    add_properties,
    mismatched_properties,
)
from lukhas_notion.plan.database import PropertyAddition, Snapshot, plan_options
from lukhas_notion.plan.make_plan import make_plan
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidRequest,
    InvalidToken,
    NotFound,
    NotionError,
    NotSent,
    OutcomeUnknown,
    SetupError,
    Unavailable,
)
from lukhas_notion.util.runtime import Runtime


class Notion:
    """An embedded Notion with its default database, and a connection to it."""

    def __init__(self) -> None:
        self.emulator = Emulator(requests_per_minute=None)
        self.ids = default_database(self.emulator)
        environ = {"NOTION_TOKEN": self.emulator.token, "NOTION_DATABASE_ID": self.ids.database_id}
        runtime = Runtime(environ, transport=self.emulator.transport)
        config = load(Flags(root="."), environ)
        self.connection = Connection.open(config, runtime, read_only=False)

    @property
    def reader(self) -> Reader:
        """The reader."""
        return self.connection.reader

    @property
    def source(self) -> str:
        """The data source."""
        return self.ids.data_source_id

    def plan(self, *modules: str) -> Plan:
        """Return the plan of new modules."""
        held = Snapshot(self.reader.schema(self.source), (), complete=True)
        return make_plan([want(name) for name in modules], held, MAPPING, owner=OWNER)


@pytest.fixture
def notion() -> Iterator[Notion]:
    """Open a connection."""
    made = Notion()
    yield made
    made.connection.client.close()
    made.emulator.close()


# --- what an id names -------------------------------------------------------------------------


def test_a_database_is_known_by_its_only_data_source(notion: Notion) -> None:
    """A database stands for its only data source, and any other id is reported as its kind."""
    client, database = notion.connection.client, notion.ids.database_id
    assert lookup.data_source_of(client, database) == notion.source
    assert lookup.data_source_of(client, notion.source) == notion.source
    page = notion.emulator.create_page(notion.source, {"Module": "a"})
    for other, said in (
        (page, "is a page in the data source"),
        ("0" * 32, "was not found, or is not shared"),
    ):
        with pytest.raises(SetupError, match=said):
            lookup.data_source_of(client, other)
    with pytest.raises(SetupError, match="is a database, not a data source"):
        lookup.schema_of(client, database)
    with pytest.raises(SetupError, match="is a database, not a page"):
        lookup.parent_page(client, database)


# --- reading ----------------------------------------------------------------------------------


def test_pages_are_found_by_title_whatever_its_unicode_form(notion: Notion) -> None:
    """A page is found by the composed and the decomposed form of its title."""
    notion.emulator.create_page(notion.source, {"Module": "é"})
    columns = Columns.by_name(MAPPING)
    (found,) = notion.reader.pages(notion.source, columns, titles=["e\u0301"])
    assert found.values["Module"] == "é"
    assert notion.reader.pages(notion.source, columns, titles=["other"]) == []


def test_a_page_that_is_not_there_is_none_among_several(notion: Notion) -> None:
    """A page that does not exist is None, and the others are read."""
    page = notion.emulator.create_page(notion.source, {"Module": "a"})
    found = notion.reader.pages_by_id([page, "0" * 32], MAPPING)
    assert found["0" * 32] is None
    assert (held := found[page]) is not None
    assert held.values["Module"] == "a"
    with pytest.raises(NotFound):
        notion.reader.page("0" * 32, MAPPING)


def test_titles_are_read_of_any_data_source(notion: Notion) -> None:
    """Titles are found by title and by id; pages that cannot be read are left out."""
    other = notion.emulator.create_database("Teams", {"Name": "title"})
    page = notion.emulator.create_page(other.data_source_id, {"Name": "Search"})
    [found] = notion.reader.titled(other.data_source_id, ["Search", "Web"])
    assert found[:2] == (page, "Search")
    assert found.created.endswith(":00.000Z")
    assert notion.reader.titles_of([page, "0" * 32]) == {page: "Search"}
    notion.emulator.share_database(other.database_id, shared=False)
    with pytest.raises(NotFound):
        notion.reader.titled(other.data_source_id, ["Search"])


# --- writing ----------------------------------------------------------------------------------


def test_a_writer_carries_out_its_own_plan_alone(notion: Notion) -> None:
    """A change of another plan, or as another kind, is refused before anything is sent."""
    made, other = notion.plan("a"), notion.plan("a")
    writer = Writer(notion.connection.client, made, MAPPING)
    with pytest.raises(RuntimeError, match="not in the plan"):
        writer.create(other.changes[0], NOON)
    for act in (writer.archive, writer.restore, lambda change: writer.update(change, NOON)):
        with pytest.raises(RuntimeError, match="a create that is not in the plan"):
            act(made.changes[0])
    page = writer.create(made.changes[0], NOON)
    assert mismatched_properties(made.changes[0], page) == []
    assert writer.created == {page.id}
    with pytest.raises(RuntimeError, match="has not created"):
        writer.withdraw("another")
    assert writer.withdraw(page.id).in_trash


def test_a_part_of_a_change_is_in_the_plan_as_well(notion: Notion) -> None:
    """A part sends the named properties, and records the held values of the others."""
    made = notion.plan("a")
    writer = Writer(notion.connection.client, made, MAPPING, Links(lambda change: ""))
    first = writer.part(made.changes[0], {"Module", "Provenance SHA"})
    assert {p.name for p in first.properties} == {"Module", "Provenance SHA"}
    page = writer.create(first, NOON)
    rest = writer.part(made.changes[0], {"Description"}, page.id)
    assert (rest.kind.value, rest.page_id) == ("update", page.id)


def test_properties_are_added_beside_what_is_there(notion: Notion) -> None:
    """An added relation is two-way, and its other side gets its name."""
    client, source = notion.connection.client, notion.source
    stage = PropertyAddition(PropertySpec("Stage", PropertyType.SELECT, ("/s",)), (("a", "red"),))
    spec = PropertySpec("Needs", PropertyType.RELATION, ("/n",), synced="Used by")
    added = add_properties(client, source, [stage, PropertyAddition(spec, related=source)])
    assert added == []
    there = notion.reader.schema(source).properties
    assert [option.name for option in there["Stage"].options] == ["a"]
    assert (there["Needs"].related[0], there["Needs"].synced) == (source, "Used by")
    assert there["Used by"].synced == "Needs"


def test_the_other_sides_name_may_be_taken(notion: Notion) -> None:
    """With a taken name the relation is added, and a notice has the name of its other side."""
    spec = PropertySpec("Needs", PropertyType.RELATION, ("/n",), synced="Tags")
    (said,) = add_properties(
        notion.connection.client, notion.source, [PropertyAddition(spec, related=notion.source)]
    )
    assert "is called 'Related to Modules (Needs)', not 'Tags'" in said


def test_options_are_added_and_what_is_there_is_kept(notion: Notion) -> None:
    """Existing options stay; a change of another plan or with too many options is refused."""
    notion.emulator.add_option("Tags", "old", "red")
    schema = notion.reader.schema(notion.source)
    (change,) = plan_options(schema, {"Tags": ["new"]})
    writer = SchemaWriter(notion.connection.client, Plan(schema, (change,), ()))
    with pytest.raises(RuntimeError, match="not in the plan"):
        writer.set_options(replace(change))
    writer.set_options(change)
    assert set(notion.emulator.options("Tags")) == {"old", "new"}
    for number in range(99):
        notion.emulator.add_option("Features", f"f{number}", "red")
    held = notion.reader.schema(notion.source)
    (more,) = plan_options(held, {"Features": ["x"]})
    notion.emulator.add_option("Features", "meanwhile", "red")
    with pytest.raises(NotionError, match="Notion accepts 100 in a request"):
        SchemaWriter(notion.connection.client, Plan(held, (more,), ())).set_options(more)


# --- what an answer means for a person ----------------------------------------------------------

ERROR = {"object": "error", "code": "c", "message": "m", "request_id": "r"}


@pytest.mark.parametrize(
    ("step", "answer", "kind", "said"),
    [
        (NextStep.REFUSED, Answer(401, body=ERROR), InvalidToken, "NOTION_TOKEN"),
        (NextStep.REFUSED, Answer(403, body=ERROR), Forbidden, "integration's settings"),
        (NextStep.REFUSED, Answer(404, body=ERROR), NotFound, "Connections"),
        (NextStep.REFUSED, Answer(400, body=ERROR), InvalidRequest, ""),
        (NextStep.UNKNOWN, Answer(500, body=ERROR), OutcomeUnknown, "Run again"),
        (NextStep.REPEAT, Answer(500, body=ERROR), Unavailable, "Run again"),
        (NextStep.REPEAT, Answer(429, body=ERROR), Unavailable, "NOTION_RATE_LIMIT"),
        (NextStep.REPEAT_UNSENT, Answer(failure=OSError("x")), NotSent, "network"),
    ],
)
def test_a_failure_is_told_with_what_to_do(
    step: NextStep, answer: Answer, kind: type[NotionError], said: str
) -> None:
    """The type of an error says what may have been applied, and the remedy what to do next."""
    error = failure(step, "GET /v1/x", answer, 1)
    assert type(error) is kind
    assert said in error.remedy
    assert describe("GET /v1/x", answer, 1) in str(error)
