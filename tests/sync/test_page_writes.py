"""A run ends only after a failure that every other change would meet as well."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from support.core import MAPPING, StandingClock, plan, schema, want

from lukhas_notion.plan.database import Schema
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.sync.page_writes import Halt, Task
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidRequest,
    InvalidToken,
    LedgerError,
    LukhasNotionError,
    NotFound,
    RunStopped,
    Unavailable,
)


class Database:
    """A reader with a database as the test defines it."""

    def __init__(self, found: Schema | LukhasNotionError) -> None:
        self.found = found
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def schema(self, _: str) -> Schema:
        """Return the schema, or raise the error in its place."""
        self.asked += 1
        self.meanwhile()
        if isinstance(self.found, LukhasNotionError):
            raise self.found
        return self.found


def halt(found: Schema | LukhasNotionError | None = None) -> tuple[Halt, Database]:
    """Return a :class:`Halt` and the database that it reads."""
    database = Database(schema() if found is None else found)
    nothing = cast("Any", None)
    task = Task(
        plan([want("a")]),
        MAPPING,
        cast("Any", database),
        nothing,
        nothing,
        StandingClock(),
        threading.Event(),
    )
    return Halt(task), database


CREATE = Change(ChangeKind.CREATE, "a", "a", "sha")
UPDATE = Change(ChangeKind.UPDATE, "a", "a", "sha", "page")
RELATED = Change(
    ChangeKind.CREATE,
    "a",
    "a",
    "sha",
    properties=(PropertyChange("Needs", PropertyType.RELATION, (), ("b",)),),
)


@pytest.mark.parametrize(
    "error", [InvalidToken("t"), Forbidden("f"), RunStopped("s"), LedgerError("l")]
)
def test_what_is_the_same_for_all_ends_the_run(error: LukhasNotionError) -> None:
    """The first such failure is kept."""
    judge, _ = halt()
    judge.note(error, UPDATE)
    judge.note(Forbidden("another"), UPDATE)
    assert judge.error is error


def test_one_pages_failure_ends_nothing() -> None:
    """Failures of single pages do not end a run, nor do three with written pages between them."""
    judge, _ = halt()
    judge.note(Unavailable("down"), UPDATE)
    for _ in range(5):
        judge.note(NotFound("gone"), UPDATE)
        judge.note(InvalidRequest("bad"), UPDATE)
        judge.succeeded()
    assert judge.error is None


def test_several_pages_in_a_row_that_are_not_found_are_lost_access() -> None:
    """Three pages in a row that are not found end the run, as does one that cannot be created."""
    judge, _ = halt()
    for _ in range(3):
        judge.note(NotFound("gone"), UPDATE)
    assert isinstance(judge.error, NotFound)
    single, _ = halt()
    single.note(NotFound("gone"), CREATE)
    assert isinstance(single.error, NotFound)


def test_an_error_that_comes_while_the_database_is_checked_is_kept() -> None:
    """If the ledger fails while another change's refusal is judged, the run still ends."""
    judge, database = halt()
    error = LedgerError("full")
    database.meanwhile = lambda: judge.stop(error)
    judge.note(InvalidRequest("bad"), UPDATE)
    assert judge.error is error


def test_a_page_that_names_others_may_not_find_one_of_them() -> None:
    """If a page that it names is not found, the run goes on."""
    judge, _ = halt()
    judge.note(NotFound("Could not find page"), RELATED)
    assert judge.error is None


def test_a_database_that_has_changed_ends_the_run_with_what_is_missing() -> None:
    """The schema is read again if the answer leaves it open, a limited number of times."""
    lacking = schema()
    properties = {n: p for n, p in lacking.properties.items() if n != "Coverage"}
    changed = Schema("database", "source", "Modules", "", properties)
    judge, database = halt(changed)
    judge.note(InvalidRequest("refused"), UPDATE)
    assert judge.error is not None
    assert "Coverage" in judge.error.message
    patient, database = halt()
    for _ in range(10):
        patient.note(InvalidRequest("refused"), UPDATE)
    assert database.asked == 3
    assert patient.error is None
