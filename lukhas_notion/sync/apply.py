"""Apply a plan and return the outcome of each change. Only this module calls the writer.

The outcome of a change is recorded in the ledger before anything else happens to its page. A page
is written after the pages that its relations name. A relation that names a page which does not
exist yet is left out first, and written when all other changes are done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from lukhas_notion.ledger.file import Recorder
from lukhas_notion.ledger.state import LedgerState, change_record, database_record, option_record
from lukhas_notion.notion.writer import mismatched_properties
from lukhas_notion.plan.database import OptionChange, Page
from lukhas_notion.plan.plan import Change, ChangeKind, needs_of
from lukhas_notion.plan.property_spec import BODY
from lukhas_notion.plan.relations import write_order
from lukhas_notion.plan.values import identity_of, names_of
from lukhas_notion.sync.page_writes import Halt, PageWrites, Task, not_as_planned
from lukhas_notion.sync.races import twins
from lukhas_notion.sync.result import OptionOutcome, Outcome, Result, Status
from lukhas_notion.util.errors import (
    LedgerError,
    LukhasNotionError,
    OutcomeUnknown,
    RunStopped,
)

#: The ledger's status of changes that write nothing.
_UNWRITTEN = {
    ChangeKind.SKIP: "sha_match",
    ChangeKind.DRIFT: "drift",
    ChangeKind.CONFLICT: "conflict",
    ChangeKind.ARCHIVED: "archived",
}


class Applier:
    """Applies one plan.

    Args:
        task: the plan, and what applies it.
        ledger: receives a record of every attempt.
        workers: how many changes are sent at once.
        recorded: the earlier records of the ledger; a skip among them is not recorded again.
        on_outcome: called with each outcome.
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
        self._halt = Halt(task)
        self._unrecorded: list[str] = []
        #: Property and name of the options that could not be added.
        self._missing_options: set[tuple[str, str]] = set()
        #: Id of a change → its relations that must still be written.
        self._waiting: dict[int, set[str]] = {}
        #: Ids of the changes whose outcome was reported.
        self._reported: set[int] = set()
        #: Pages of another run that replace this run's own.
        self._replaced: set[str] = set()
        self._pages = PageWrites(task, self._halt, self._unanswered)

    def run(self) -> Result:
        """Apply columns, then options, then pages, and return all outcomes."""
        self._record_unwritten()
        added, notices = self._add_columns()
        options = tuple(self._options(change) for change in self._plan.options)
        self._missing_options = {
            (o.change.property_name, name)
            for o in options
            if o.status is not Status.SUCCESS
            for name, _ in o.change.add
        }
        outcomes = self._create_options()
        outcomes |= self._try_record(outcomes)
        rest = [c for c in self._plan.writes if id(c) not in outcomes]
        with ThreadPoolExecutor(self._workers, thread_name_prefix="apply") as pool:
            outcomes |= self._in_order(rest, pool)
            listed = [done for c in self._plan.writes if (done := outcomes[id(c)]) is not None]
            listed, raced = self._settle_races(listed)
            listed = list(pool.map(self._complete, listed))
        notices += raced
        if self._writer.links.notice:
            notices.append(self._writer.links.notice)
        return Result(
            options,
            tuple(listed),
            self._halt.error,
            tuple(sorted(self._unrecorded)),
            tuple(notices),
            columns_added=added,
        )

    def _entry(self, change: Change, status: str, **more: Any) -> dict[str, object]:
        return change_record(change, status, source=self._plan.schema.data_source_id, **more)

    def _in_order(
        self, changes: Sequence[Change], pool: ThreadPoolExecutor
    ) -> dict[int, Outcome | None]:
        """Apply changes, each after those whose pages its relations name; return id → outcome."""
        order = write_order(needs_of(changes, self._task.references.own))
        outcomes: dict[int, Outcome | None] = {}
        running: dict[Future[Outcome | None], int] = {}
        while order.is_active():
            for number in order.get_ready():
                running[pool.submit(self._one, changes[number])] = number
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                number = running.pop(done)
                outcomes[id(changes[number])] = done.result()
                order.done(number)
        return outcomes

    def _complete(self, outcome: Outcome) -> Outcome:
        """Write the relations that waited for the pages that they name."""
        names = self._waiting.pop(id(outcome.change), set())
        if not names or outcome.status is not Status.SUCCESS:
            return outcome
        if outcome.page_id not in self._replaced:
            outcome = self._completed(outcome, names)
        if id(outcome.change) not in self._reported or outcome.status is not Status.SUCCESS:
            self._on_outcome(outcome)
        return outcome

    def _completed(self, outcome: Outcome, names: set[str]) -> Outcome:
        change = outcome.change
        if still := sorted(self._task.waiting(change)):
            message = f"A page that {still[0]!r} names was not created, so this one is not written."
            remedy = "Run again when that page can be created."
            return self._failed(change, Status.ERROR, message, outcome.page_id, remedy)
        rest = self._writer.part(change, names, outcome.page_id)
        error = self._halt.error
        done = self._send(rest) if error is None else _not_attempted(rest, error)
        return replace(done, change=change, page_id=outcome.page_id, url=outcome.url)

    def _add_columns(self) -> tuple[bool, list[str]]:
        """Add the properties that the database lacks; if that fails, nothing else is written.

        Return whether they were added, and notices for the user.
        """
        if not self._plan.columns or self._halt.error is not None:
            return False, []
        names = [column.name for column in self._plan.columns]

        def record(status: Status, error: str = "") -> dict[str, object]:
            database = self._plan.schema.database_id
            return database_record(
                status, parent="", title="", database=database, properties=names, error=error
            )

        try:
            notices = self._task.schema_writer.add_columns()
        except LukhasNotionError as error:
            self._halt.stop(error)
            self._record(record(Status.ERROR, str(error)), of="properties")
            return False, []
        self._record(record(Status.SUCCESS), of="properties")
        return True, notices

    def _settle_races(self, outcomes: list[Outcome]) -> tuple[list[Outcome], list[str]]:
        """Query the created pages once more, and withdraw those that another run created, too."""
        created = {
            o.page_id: o
            for o in outcomes
            if o.status is Status.SUCCESS and o.page_id in self._writer.created
        }
        if not created or self._task.stop.is_set() or self._halt.error is not None:
            return outcomes, []
        withdrawn: dict[str, Page] = {}
        notices = []
        try:
            pages = self._task.titled([o.change.module for o in created.values()])
            for page_id, stays in twins(created, pages, self._task.mapping).items():
                self._writer.withdraw(page_id)
                change = replace(created[page_id].change, kind=ChangeKind.ARCHIVE)
                self._record(self._entry(change, Status.SUCCESS, page_id=page_id), of=change.module)
                self._task.references.add(change.key, stays.id)
                withdrawn[page_id] = stays
        except LukhasNotionError as error:
            message = f"It is not known whether another run created the same pages: {error.message}"
            notices.append(f"{message} The next run settles it.")
        for page_id, stays in withdrawn.items():
            created[page_id] = self._given_way(created[page_id], stays)
            notices.append(
                f"Another run created the page of {created[page_id].change.module} at the same "
                f"time; it stays, and {page_id} was moved to the trash."
            )
        if withdrawn:
            self._name_again({created[page_id].change.key for page_id in withdrawn}, outcomes)
        return [created.get(o.page_id, o) for o in outcomes], notices

    def _given_way(self, outcome: Outcome, stays: Page) -> Outcome:
        """Give another run's page the values of this run that it lacks, and return its outcome.

        The other run may be one of an older commit.
        """
        change = outcome.change
        differ = {*mismatched_properties(change, self._task.shown(stays))}
        differ -= self._waiting.get(id(change), set())
        if not differ:
            self._replaced.add(stays.id)
            return replace(outcome, page_id=stays.id, url=stays.url)
        names = differ | ({BODY} if change.body_text else set())
        done = self._send(self._writer.part(change, names, stays.id))
        return replace(done, change=change, page_id=stays.id, url=stays.url)

    def _name_again(self, withdrawn: set[str], outcomes: Sequence[Outcome]) -> None:
        """Mark relations for rewriting whose page was replaced by that of another run."""
        own = self._task.references.own
        for outcome in outcomes:
            for p in outcome.change.properties:
                if p.name in own and withdrawn & set(map(identity_of, names_of(p.after))):
                    self._waiting.setdefault(id(outcome.change), set()).add(p.name)

    def _create_options(self) -> dict[int, Outcome | None]:
        """Apply the changes that create an option, one after the other; return id → outcome.

        Two pages that name the same new option at the same time could create it twice. So the first
        page with a new name is written alone; the others follow when the name exists.
        """
        wanted = {
            (option.property_name, name)
            for option in self._plan.options
            for name in option.by_pages
        }
        outcomes: dict[int, Outcome | None] = {}
        for change in self._plan.writes if wanted else ():
            if created := _options_of(change) & wanted:
                outcomes[id(change)] = outcome = self._one(change)
                if outcome is not None and outcome.status is Status.SUCCESS:
                    wanted -= created
        return outcomes

    def _try_record(self, done: dict[int, Outcome | None]) -> dict[int, Outcome | None]:
        """Write the record of one page before the others, because Notion may not keep it."""
        change = next((c for c in self._plan.writes if c.kind is ChangeKind.ADOPT), None)
        if change is None or id(change) in done:
            return {}
        return {id(change): self._one(change)}

    def _record_unwritten(self) -> None:
        """Record the changes that write nothing; a skip only if it is not in the ledger yet."""
        source = self._plan.schema.data_source_id
        self._record(
            *(
                self._entry(change, _UNWRITTEN[change.kind])
                for change in self._plan.changes
                if change.kind in _UNWRITTEN
                and not (change.kind is ChangeKind.SKIP and self._recorded.has_skip(change, source))
            )
        )

    def _record(self, *records: dict[str, object], of: str = "") -> None:
        """Record attempts; if that fails, nothing more is sent.

        Args:
            records: the records.
            of: what was sent to Notion, "" for nothing.
        """
        try:
            self._ledger.record(*records)
        except LedgerError as error:
            self._halt.stop(error)
            if of:
                self._unrecorded.append(of)

    def _options(self, change: OptionChange) -> OptionOutcome:
        status, error, remedy = Status.SUCCESS, "", ""
        tried = change.sends and self._halt.error is None
        if tried:
            try:
                self._task.schema_writer.set_options(change)
            except LukhasNotionError as failure:
                self._halt.note(failure)
                status, error, remedy = Status.ERROR, failure.message, failure.remedy
        elif change.sends and self._halt.error is not None:
            status, halted = Status.NOT_ATTEMPTED, self._halt.error
            error, remedy = halted.message, halted.remedy
        of = f"options of {change.property_name}" if tried else ""
        self._record(option_record(change, error, tried=tried), of=of)
        return OptionOutcome(change, status, error, remedy)

    def _one(self, change: Change) -> Outcome | None:
        """Apply one change; return None where a record cannot be written."""
        if change.kind is ChangeKind.ADOPT and self._writer.links.are_off:
            return None
        outcome = self._attempt(change)
        if change.kind is ChangeKind.ADOPT and self._writer.links.are_off:
            return None
        if id(change) not in self._waiting:
            self._reported.add(id(change))
            self._on_outcome(outcome)
        return outcome

    def _attempt(self, change: Change) -> Outcome:
        if self._halt.error is not None:
            return _not_attempted(change, self._halt.error)
        if needed := sorted(name for _, name in _options_of(change) & self._missing_options):
            message = f"The option {needed[0]!r} could not be added, so the page was not written."
            return self._failed(change, Status.NOT_ATTEMPTED, message)
        waiting = self._task.waiting(change)
        if not waiting:
            return self._send(change)
        self._waiting[id(change)] = waiting
        sent = {p.name for p in change.properties} - waiting
        outcome = Outcome(change, Status.SUCCESS, change.page_id, change.url)
        if sent or change.kind is not ChangeKind.UPDATE:
            outcome = replace(self._send(self._writer.part(change, sent)), change=change)
        if outcome.status is not Status.SUCCESS:
            del self._waiting[id(change)]
        return outcome

    def _send(self, change: Change) -> Outcome:
        """Write one page, or a part of it, and record the outcome."""
        try:
            page = self._pages.write(change)
        except RunStopped as error:
            self._halt.note(error)
            return _not_attempted(change, error)
        except OutcomeUnknown as error:
            return self._failed(change, Status.UNKNOWN, error.message, remedy=error.remedy)
        except LukhasNotionError as error:
            self._halt.note(error, change)
            return self._failed(change, Status.ERROR, error.message, remedy=error.remedy)
        self._halt.succeeded()
        if message := not_as_planned(change, page):
            return self._failed(change, Status.ERROR, message, page.id)
        if change.kind in (ChangeKind.CREATE, ChangeKind.RESTORE):
            self._task.references.add(change.key, page.id)
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


def _options_of(change: Change) -> set[tuple[str, str]]:
    return {(p.name, name) for p in change.properties for name in names_of(p.after)}


def _not_attempted(change: Change, why: LukhasNotionError) -> Outcome:
    return Outcome(change, Status.NOT_ATTEMPTED, error=why.message, remedy=why.remedy)
