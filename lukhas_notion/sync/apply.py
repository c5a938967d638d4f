"""Plan → outcomes: the only caller of the writer.

What became of each change goes on the ledger as it ends, before anything else happens to that
page. One module's failure never stops the others; a failure that is the same for all (the token
was revoked, the database is gone, a property was removed) stops the run after the first. Where an
answer does not tell the one from the other, the schema is read again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from lukhas_notion.ledger.file import Recorder
from lukhas_notion.ledger.records import database_entry, entry, option_entry
from lukhas_notion.ledger.state import LedgerState
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.options import OptionChange
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.plan.values import names_of
from lukhas_notion.sync.outcome import OptionOutcome, Outcome, Result, Status
from lukhas_notion.sync.page_writes import PageWrites, Task, not_as_planned, twins
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidRequest,
    InvalidToken,
    LedgerError,
    LukhasNotionError,
    NotFound,
    NotionError,
    OutcomeUnknown,
    Refused,
    RunStopped,
    SetupError,
)
from lukhas_notion.validate.require_schema import fit

log = logging.getLogger("lukhas_notion")

#: So many pages in a row that are not found are not people deleting them: access was lost.
_MOST_GONE = 3
#: For so many refusals in a row the schema is read again; further ones are the pages' own.
_MOST_CHECKS = 3


class Applier:
    """Carries out one plan.

    Args:
        task: the plan, and what it is carried out with.
        ledger: where every attempt is written down.
        workers: how many changes travel at once.
        recorded: what the ledger recorded before; a skip that is on it is not recorded again.
        on_outcome: told of each outcome as it comes.
    """

    def __init__(
        self,
        task: Task,
        ledger: Recorder,
        *,
        workers: int,
        recorded: LedgerState | None = None,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self._task = task
        self._plan = task.plan
        self._writer = task.writer
        self._ledger = ledger
        self._workers = workers
        self._recorded = recorded or LedgerState()
        self._on_outcome = on_outcome
        self._halted: LukhasNotionError | None = None
        self._unrecorded: list[str] = []
        self._checking = threading.Lock()
        self._gone_in_a_row = self._refused_in_a_row = 0
        self._pages = PageWrites(task, halted=lambda: self._halted, unanswered=self._unanswered)

    def run(self) -> Result:
        """Apply columns, then options, then pages; return what became of everything."""
        self._record_skips()
        added = self._add_columns()
        options = tuple(self._options(change) for change in self._plan.options)
        lost = {
            (o.change.property_name, name)
            for o in options
            if o.status is not Status.SUCCESS
            for name, _ in o.change.add
        }
        first = self._bring_options(lost)
        first |= self._try_record(first, lost)
        rest = [c for c in self._plan.writes if id(c) not in first]
        with ThreadPoolExecutor(self._workers, thread_name_prefix="apply") as pool:
            outcomes = first | dict(
                zip(map(id, rest), pool.map(lambda c: self._one(c, lost), rest), strict=True)
            )
        listed = [found for c in self._plan.writes if (found := outcomes[id(c)]) is not None]
        listed, notices = self._settle_races(listed)
        if self._writer.links.notice:
            notices.append(self._writer.links.notice)
        return Result(
            options,
            tuple(listed),
            self._halted,
            tuple(sorted(self._unrecorded)),
            tuple(notices),
            columns_added=added,
        )

    def _entry(self, change: Change, status: str, **more: Any) -> dict[str, object]:
        return entry(change, status, source=self._plan.schema.data_source_id, **more)

    def _add_columns(self) -> bool:
        """Add the properties that the database lacks, without which nothing else is written.

        Return whether that was done.
        """
        if not self._plan.columns or self._halted is not None:
            return False
        names = [column.name for column in self._plan.columns]

        def told(status: Status, error: str = "") -> dict[str, object]:
            database = self._plan.schema.database_id
            return database_entry(
                status, parent="", title="", database=database, properties=names, error=error
            )

        try:
            self._writer.add_columns()
        except LukhasNotionError as error:
            self._halted = error
            self._record(told(Status.ERROR, str(error)), of="properties")
            return False
        self._record(told(Status.SUCCESS), of="properties")
        return True

    def _settle_races(self, outcomes: list[Outcome]) -> tuple[list[Outcome], list[str]]:
        """Ask once more for the pages that were made, and withdraw those that are there twice."""
        made = {
            o.page_id: o
            for o in outcomes
            if o.status is Status.SUCCESS and o.page_id in self._writer.made
        }
        if not made or self._task.stop.is_set() or self._halted is not None:
            return outcomes, []
        try:
            pages = self._task.titled([o.change.module for o in made.values()])
            lost = twins(made, pages, self._task.mapping)
            for page_id, stays in lost.items():
                self._writer.withdraw(page_id)
                change = replace(made[page_id].change, kind=ChangeKind.ARCHIVE)
                self._record(self._entry(change, Status.SUCCESS, page_id=page_id), of=change.module)
                made[page_id] = replace(made[page_id], page_id=stays.id, url=stays.url)
        except LukhasNotionError as error:
            said = f"Whether another run has made the same pages is not known: {error.message}"
            return outcomes, [f"{said} The next run settles it."]
        notices = [
            f"Another run made the page of {made[page_id].change.module} at the same time; it "
            f"stays, and {page_id} was moved to the trash."
            for page_id in lost
        ]
        return [made.get(o.page_id, o) for o in outcomes], notices

    def _bring_options(self, lost: set[tuple[str, str]]) -> dict[int, Outcome | None]:
        """Apply the changes that bring an option, one after the other, by their identity.

        Two pages that name one new option at once might make two of it. So a page waits until
        another one has brought the names that it uses; once they are there, it is as any other.
        """
        wanted = {
            (option.property_name, name)
            for option in self._plan.options
            for name in option.by_pages
        }
        outcomes: dict[int, Outcome | None] = {}
        for change in self._plan.writes if wanted else ():
            if brought := _options_of(change) & wanted:
                outcomes[id(change)] = outcome = self._one(change, lost)
                if outcome is not None and outcome.status is Status.SUCCESS:
                    wanted -= brought
        return outcomes

    def _try_record(
        self, done: dict[int, Outcome | None], lost: set[tuple[str, str]]
    ) -> dict[int, Outcome | None]:
        """Give one page its record before others get theirs: Notion may not keep it."""
        adopted = (c for c in self._plan.writes if c.kind is ChangeKind.ADOPT)
        change = next(adopted, None)
        if change is None or id(change) in done:
            return {}
        return {id(change): self._one(change, lost)}

    def _record_skips(self) -> None:
        skips = [c for c in self._plan.changes if c.kind is ChangeKind.SKIP]
        others = {
            ChangeKind.DRIFT: "drift",
            ChangeKind.CONFLICT: "conflict",
            ChangeKind.ARCHIVED: "archived",
        }
        source = self._plan.schema.data_source_id
        new = (c for c in skips if not self._recorded.has_skip(c, source))
        self._record(*(self._entry(c, "sha_match") for c in new))
        self._record(
            *(self._entry(c, others[c.kind]) for c in self._plan.changes if c.kind in others)
        )

    def _record(self, *records: dict[str, object], of: str = "") -> None:
        """Record attempts; when that fails nothing more is sent.

        Args:
            records: what to record.
            of: what they say was sent to Notion, "" for nothing.
        """
        try:
            self._ledger.record(*records)
        except LedgerError as error:
            self._halted = self._halted or error
            if of:
                self._unrecorded.append(of)

    def _options(self, change: OptionChange) -> OptionOutcome:
        status, error, remedy = Status.SUCCESS, "", ""
        tried = change.sends and self._halted is None
        if tried:
            try:
                self._writer.set_options(change)
            except LukhasNotionError as failure:
                self._note(failure)
                status, error, remedy = Status.ERROR, failure.message, failure.remedy
        elif change.sends and self._halted is not None:
            status, halted = Status.NOT_ATTEMPTED, self._halted
            error, remedy = halted.message, halted.remedy
        of = f"options of {change.property_name}" if tried else ""
        self._record(option_entry(change, error, tried=tried), of=of)
        return OptionOutcome(change, status, error, remedy)

    def _one(self, change: Change, lost: set[tuple[str, str]]) -> Outcome | None:
        """Apply one change; whatever happens, it has an outcome, unless there is nothing to do."""
        if change.kind is ChangeKind.ADOPT and self._writer.links.are_off:
            return None
        outcome = self._attempt(change, lost)
        if change.kind is ChangeKind.ADOPT and self._writer.links.are_off:
            return None
        self._on_outcome(outcome)
        return outcome

    def _attempt(self, change: Change, lost: set[tuple[str, str]]) -> Outcome:
        if self._halted is not None:
            return _not_attempted(change, self._halted)
        if needed := sorted(name for _, name in _options_of(change) & lost):
            said = f"The option {needed[0]!r} could not be added, so the page was not written."
            return self._failed(change, Status.NOT_ATTEMPTED, said)
        try:
            page = self._pages.write(change)
        except RunStopped as error:
            self._note(error)
            return _not_attempted(change, error)
        except OutcomeUnknown as error:
            return self._failed(change, Status.UNKNOWN, error.message, remedy=error.remedy)
        except LukhasNotionError as error:
            self._note(error, change)
            return self._failed(change, Status.ERROR, error.message, remedy=error.remedy)
        self._gone_in_a_row = self._refused_in_a_row = 0
        if said := not_as_planned(change, page):
            return self._failed(change, Status.ERROR, said, page.id)
        self._record(self._entry(change, Status.SUCCESS, page_id=page.id), of=change.module)
        return Outcome(change, Status.SUCCESS, page.id, page.url)

    def _unanswered(self, change: Change, error: str, attempt: int) -> None:
        self._record(self._entry(change, Status.UNKNOWN, error=error, attempt=attempt))

    def _failed(
        self, change: Change, status: Status, error: str, page_id: str = "", remedy: str = ""
    ) -> Outcome:
        tried = status is not Status.NOT_ATTEMPTED
        self._record(
            self._entry(change, status, page_id=page_id, error=error),
            of=change.module if tried else "",
        )
        return Outcome(change, status, page_id or change.page_id, change.url, error, remedy)

    def _note(self, error: LukhasNotionError, change: Change | None = None) -> None:
        """Remember the first failure that every other change would meet as well."""
        if isinstance(error, NotFound | InvalidRequest):
            # One at a time: where the first finds the database changed, the others need not ask.
            with self._checking:
                if self._halted is None:
                    said_so = error if self._is_of_the_database(error, change) else None
                    self._refused_in_a_row += 1
                    checked = self._refused_in_a_row > _MOST_CHECKS
                    self._halted = (None if checked else self._database_problem()) or said_so
            return
        same_for_all = isinstance(error, InvalidToken | RunStopped) or not isinstance(
            error, NotionError
        )
        if isinstance(error, Forbidden) or same_for_all:
            self._halted = self._halted or error

    def _is_of_the_database(self, error: LukhasNotionError, change: Change | None) -> bool:
        """Whether an answer is about the database, even where its schema seems to be right."""
        if isinstance(error, NotFound):
            self._gone_in_a_row += 1
            is_create = change is not None and change.kind is ChangeKind.CREATE
            return is_create or self._gone_in_a_row >= _MOST_GONE
        # Notion's own words for a property that was removed, and for one of another type.
        ends = ("is not a property that exists", "is expected to be")
        names = (spec.name for spec in self._task.mapping.properties)
        return any(f" {name} {end}" in error.message for name in names for end in ends)

    def _database_problem(self) -> LukhasNotionError | None:
        """Read the schema again; return why nothing can be written any more, if that is so."""
        # What is optional was there when the plan was made, and is in its requests.
        specs = self._task.mapping.properties
        needed = PropertyMapping(tuple(replace(spec, required=True) for spec in specs))
        try:
            fit(needed, self._task.reader.schema(self._plan.schema.data_source_id))
        except SetupError as error:
            # It was set up when the run began, and pages have been written: no usage error.
            return NotionError(error.message, error.remedy)
        except Refused as error:
            return error
        except (NotionError, RunStopped):
            return None
        return None


def _options_of(change: Change) -> set[tuple[str, str]]:
    return {(p.name, name) for p in change.properties for name in names_of(p.after)}


def _not_attempted(change: Change, why: LukhasNotionError) -> Outcome:
    return Outcome(change, Status.NOT_ATTEMPTED, error=why.message, remedy=why.remedy)
