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

from lukhas_notion.clock import Clock
from lukhas_notion.errors import (
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
    Unavailable,
)
from lukhas_notion.ledger import Recorder
from lukhas_notion.mapping import PropertyMapping
from lukhas_notion.notion.columns import Columns
from lukhas_notion.notion.reader import Reader
from lukhas_notion.notion.writer import Writer, unlike
from lukhas_notion.option_plan import OptionChange
from lukhas_notion.outcome import OptionOutcome, Outcome, Result, Status
from lukhas_notion.plan import Change, ChangeKind, Plan
from lukhas_notion.preflight import fit
from lukhas_notion.records import entry, option_entry
from lukhas_notion.snapshot import Page
from lukhas_notion.values import names_of

log = logging.getLogger("lukhas_notion")

#: How long to look for a page whose creation was not answered, in seconds between looks: a query
#: may lag behind a write (observed as rare, promised by nobody).
SETTLE_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0)
_CREATE_ATTEMPTS = 3


class Applier:
    """Carries out one plan.

    Args:
        plan: what to do.
        reader: for looking up a page whose creation was not answered.
        writer: the writer of this plan.
        ledger: where every attempt is written down.
        mapping: to read pages back.
        clock: for the moment of each write and for waiting.
        stop: set when the run is to end; what is in flight is finished.
        workers: how many changes travel at once.
        on_outcome: told of each outcome as it comes.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        reader: Reader,
        writer: Writer,
        ledger: Recorder,
        mapping: PropertyMapping,
        clock: Clock,
        stop: threading.Event,
        workers: int,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self._plan = plan
        self._reader = reader
        self._writer = writer
        self._ledger = ledger
        self._mapping = mapping
        self._clock = clock
        self._stop = stop
        self._workers = workers
        self._on_outcome = on_outcome
        self._halted: LukhasNotionError | None = None
        self._unrecorded: list[str] = []
        self._checking = threading.Lock()

    def run(self) -> Result:
        """Apply options first, then pages; return what became of everything."""
        self._record_skips()
        options = tuple(self._options(change) for change in self._plan.options)
        lost = {
            (o.change.property_name, name)
            for o in options
            if o.status is not Status.SUCCESS
            for name, _ in o.change.add
        }
        first = self._bring_options(lost)
        rest = [c for c in self._plan.writes if id(c) not in first]
        with ThreadPoolExecutor(self._workers, thread_name_prefix="apply") as pool:
            outcomes = first | dict(
                zip(map(id, rest), pool.map(lambda c: self._one(c, lost), rest), strict=True)
            )
        return Result(
            options,
            tuple(outcomes[id(c)] for c in self._plan.writes),
            self._halted,
            tuple(sorted(self._unrecorded)),
        )

    def _bring_options(self, lost: set[tuple[str, str]]) -> dict[int, Outcome]:
        """Apply the changes that bring an option, one after the other, by their identity.

        Two pages that name one new option at once might make two of it. So a page waits until
        another one has brought the names that it uses; once they are there, it is as any other.
        """
        wanted = {
            (option.property_name, name)
            for option in self._plan.options
            for name in option.by_pages
        }
        outcomes: dict[int, Outcome] = {}
        for change in self._plan.writes if wanted else ():
            if brought := _options_of(change) & wanted:
                outcomes[id(change)] = outcome = self._one(change, lost)
                if outcome.status is Status.SUCCESS:
                    wanted -= brought
        return outcomes

    def _record_skips(self) -> None:
        skips = [c for c in self._plan.changes if c.kind is ChangeKind.SKIP]
        others = {
            ChangeKind.DRIFT: "drift",
            ChangeKind.CONFLICT: "conflict",
        }
        self._record(*(entry(c, "sha_match") for c in skips))
        self._record(*(entry(c, others[c.kind]) for c in self._plan.changes if c.kind in others))

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

    def _one(self, change: Change, lost: set[tuple[str, str]]) -> Outcome:
        """Apply one change; whatever happens, it has an outcome."""
        outcome = self._attempt(change, lost)
        self._on_outcome(outcome)
        return outcome

    def _attempt(self, change: Change, lost: set[tuple[str, str]]) -> Outcome:
        if self._halted is not None:
            return _not_attempted(change, self._halted)
        if needed := sorted(name for _, name in _options_of(change) & lost):
            said = f"The option {needed[0]!r} could not be added, so the page was not written."
            return self._failed(change, Status.NOT_ATTEMPTED, said)
        try:
            page = self._write(change)
        except RunStopped as error:
            self._note(error)
            return _not_attempted(change, error)
        except OutcomeUnknown as error:
            return self._failed(change, Status.UNKNOWN, error.message, remedy=error.remedy)
        except LukhasNotionError as error:
            self._note(error)
            return self._failed(change, Status.ERROR, error.message, remedy=error.remedy)
        if said := _not_as_planned(change, page):
            return self._failed(change, Status.ERROR, said, page.id)
        self._record(entry(change, Status.SUCCESS, page_id=page.id), of=change.module)
        return Outcome(change, Status.SUCCESS, page.id, page.url)

    def _failed(
        self, change: Change, status: Status, error: str, page_id: str = "", remedy: str = ""
    ) -> Outcome:
        tried = status is not Status.NOT_ATTEMPTED
        self._record(
            entry(change, status, page_id=page_id, error=error), of=change.module if tried else ""
        )
        return Outcome(change, status, page_id or change.page_id, change.url, error, remedy)

    def _note(self, error: LukhasNotionError) -> None:
        """Remember the first failure that every other change would meet as well."""
        if isinstance(error, NotFound | InvalidRequest):
            # One at a time: where the first finds the database changed, the others need not ask.
            with self._checking:
                if self._halted is None:
                    self._halted = self._database_problem()
            return
        same_for_all = isinstance(error, InvalidToken | RunStopped) or not isinstance(
            error, NotionError
        )
        if isinstance(error, Forbidden) or same_for_all:
            self._halted = self._halted or error

    def _database_problem(self) -> LukhasNotionError | None:
        """Read the schema again; return why nothing can be written any more, if that is so."""
        # What is optional was there when the plan was made, and is in its requests.
        specs = self._mapping.properties
        needed = PropertyMapping(tuple(replace(spec, required=True) for spec in specs))
        try:
            fit(needed, self._reader.schema(self._plan.schema.data_source_id))
        except SetupError as error:
            # It was set up when the run began, and pages have been written: no usage error.
            return NotionError(error.message, error.remedy)
        except (NotionError, RunStopped):
            return None
        return None

    def _write(self, change: Change) -> Page:
        if change.kind is ChangeKind.CREATE:
            return self._create(change)
        return self._archive(change) if change.kind is ChangeKind.ARCHIVE else self._update(change)

    def _archive(self, change: Change) -> Page:
        """Move a page to the trash; whatever Notion says to it, the page itself says if it is."""
        try:
            return self._writer.archive(change)
        except (NotFound, InvalidRequest, Unavailable) as error:
            try:
                page = self._reader.page(change.page_id, self._mapping.types)
            except NotFound:
                # Deleted for good; unless it is the database that is out of reach.
                self._reader.schema(self._plan.schema.data_source_id)
                return Page(change.page_id, change.url, {}, in_trash=True)
            except (Refused, Unavailable, RunStopped):
                raise error from None
            if not page.in_trash:
                raise
            return page

    def _update(self, change: Change) -> Page:
        try:
            return self._writer.update(change, self._clock.now())
        except Unavailable as error:
            # It sets absolute values, so the page itself says whether it was done.
            page = self._read_back(change.page_id)
            if page is None or unlike(change, page):
                raise error
            return page

    def _create(self, change: Change) -> Page:
        """Create a page; one whose answer was lost is looked up before it is sent again."""
        for attempt in range(1, _CREATE_ATTEMPTS + 1):
            try:
                return self._writer.create(change, self._clock.now())
            except OutcomeUnknown as error:
                self._record(entry(change, Status.UNKNOWN, error=error.message, attempt=attempt))
                page = self._find(change, error)
                if page is not None:
                    if unlike(change, page):
                        page = self._writer.update(change, self._clock.now(), page.id)
                    return page
                log.warning("%s: not in Notion after an unanswered create", change.module)
                if self._halted is not None:
                    raise self._halted from error
        raise Unavailable(
            f"Notion left {_CREATE_ATTEMPTS} creates unanswered, and the page is not there.",
            "Run again: a page that appears later is found, not duplicated.",
        )

    def _find(self, change: Change, error: OutcomeUnknown) -> Page | None:
        """Look for the page of an unanswered create; None when it is certainly not there.

        Raises:
            OutcomeUnknown: it cannot be told.
        """
        try:
            if error.committed_id:
                return self._reader.page(error.committed_id, self._mapping.types)
            for seconds in SETTLE_SECONDS:
                if seconds and self._clock.wait(seconds, self._stop):
                    break
                found = self._reader.pages(
                    self._plan.schema.data_source_id,
                    Columns.by_id(self._mapping, self._plan.schema),
                    titles=[change.module],
                )
                if found:
                    return found[0]
        except (NotionError, RunStopped) as failure:
            raise OutcomeUnknown(
                f"{error.message} Looking for the page failed too: {failure.message}",
                "Run again: the page is looked up by its title before it is created.",
            ) from failure
        if self._stop.is_set():
            raise error
        return None

    def _read_back(self, page_id: str) -> Page | None:
        try:
            return self._reader.page(page_id, self._mapping.types)
        except (Refused, Unavailable, RunStopped):
            return None


def _options_of(change: Change) -> set[tuple[str, str]]:
    return {(p.name, name) for p in change.properties for name in names_of(p.after)}


def _not_attempted(change: Change, why: LukhasNotionError) -> Outcome:
    return Outcome(change, Status.NOT_ATTEMPTED, error=why.message, remedy=why.remedy)


def _not_as_planned(change: Change, page: Page) -> str:
    """Return what Notion shows otherwise than it was to be, in words, or ""."""
    if change.kind is ChangeKind.ARCHIVE:
        return "" if page.in_trash else "Notion accepted it and shows the page outside the trash."
    if wrong := unlike(change, page):
        return f"Notion accepted the page and shows other values for: {', '.join(wrong)}."
    return ""
