"""Write one page, look it up when its answer was lost, and decide which failures stop the run.

The failure of one module never stops the others. A revoked token, a deleted database, a removed
property, or a ledger that cannot be written stops the run, because every other change would fail as
well. Where an answer leaves this open, the schema is read again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from lukhas_notion.notion.query import Columns
from lukhas_notion.notion.reader import Reader
from lukhas_notion.notion.writer import SchemaWriter, Writer, mismatched_properties
from lukhas_notion.plan.database import Page, oldest
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import Owner, read_record, write_record
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.plan.relations import References
from lukhas_notion.plan.values import PropertyType, names_of
from lukhas_notion.util.errors import (
    Blocked,
    Forbidden,
    InvalidRequest,
    InvalidToken,
    LukhasNotionError,
    NotFound,
    NotionError,
    OutcomeUnknown,
    Refused,
    RunStopped,
    SetupError,
    Unavailable,
)
from lukhas_notion.util.git import Absence
from lukhas_notion.util.runtime import Clock
from lukhas_notion.validate.database_schema import fit

log = logging.getLogger("lukhas_notion")

#: Seconds between the queries for a page whose creation was not answered: a query may lag behind a
#: write (rare, and not documented).
SETTLE_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0)
_CREATE_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """A plan, and what applies it.

    Args:
        plan: the changes.
        mapping: the properties that are read back.
        reader: looks up a page whose creation was not answered.
        writer: writes the plan's pages.
        schema_writer: writes the plan's properties and options.
        clock: the time of each write, and waiting.
        stop: set when the run must end; requests in flight are finished.
    """

    plan: Plan
    mapping: PropertyMapping
    reader: Reader
    writer: Writer
    schema_writer: SchemaWriter
    clock: Clock
    stop: threading.Event

    def titled(self, modules: Sequence[str]) -> list[Page]:
        """Return the pages that have the titles of modules."""
        columns = Columns.by_id(self.mapping, self.plan.schema)
        if self.plan.columns:
            columns = Columns.by_name(self.mapping)
        return self.reader.pages(self.plan.schema.data_source_id, columns, titles=modules)

    @property
    def references(self) -> References:
        """The pages that relations name; grows with each created page."""
        return self.plan.references or References(self.mapping)

    def waiting(self, change: Change) -> set[str]:
        """Return the relations of a change that name a page which does not exist yet."""
        known = self.references
        return {
            p.name
            for p in change.properties
            if p.name in known.all and None in known.ids(p.name, names_of(p.after)).values()
        }

    def shown(self, page: Page) -> Page:
        """Return a page with complete relations, which contain names instead of ids."""
        whole = self.reader.completed([page])[0] if page.shortened else page
        return self.references.named(whole)


@dataclass(frozen=True, slots=True)
class PageWrites:
    """Writes the pages of one plan.

    Args:
        task: the plan, and what applies it.
        halt: knows whether the run was stopped.
        unanswered: called with each create that was not answered: change, error, attempt.
    """

    task: Task
    halt: Halt
    unanswered: Callable[[Change, str, int], None]

    def write(self, change: Change) -> Page:
        """Write one page and return it as Notion shows it, with names in its relations.

        Raises:
            OutcomeUnknown: the page may have been written.
            NotionError: the page was not written.
        """
        return self.task.shown(self._write(change))

    def _write(self, change: Change) -> Page:
        if change.kind is ChangeKind.ARCHIVE:
            return self._archive(change)
        if change.kind is ChangeKind.CREATE:
            page = self._create(change)
        else:
            if change.kind is ChangeKind.RESTORE:
                self._restore(change)
            page = self._update(change)
        return self._write_body(change, page) if change.body_text else page

    def _write_body(self, change: Change, page: Page) -> Page:
        """Write a page's body, and then its record, which says *pending* until then.

        A new page was created with its body. Where the creation was not answered, this is unknown,
        so the body is sent once more.
        """
        writer = self.task.writer
        try:
            if page.id in writer.created:
                given = self.task.reader.body(page.id)
            else:
                given = writer.replace_body(change, page.id)
        except InvalidRequest as error:
            # No longer *pending*: an edit from now on is an edit in Notion.
            writer.record_body(change, page.id, None)
            raise InvalidRequest(
                f"Notion refuses the page's body: {error.message}",
                "If pages are below it, move them elsewhere; otherwise change the file. Run again.",
            ) from error
        return writer.record_body(change, page.id, given) or page

    def _restore(self, change: Change) -> None:
        """Take a page out of the trash, before its values are written."""
        try:
            self.task.writer.restore(change)
        except (InvalidRequest, Unavailable) as error:
            page = self._read_back(change.page_id)
            if page is None or page.in_trash:
                raise error

    def _archive(self, change: Change) -> Page:
        """Move a page to the trash; after an error the page itself shows whether it is there."""
        try:
            return self.task.writer.archive(change)
        except (NotFound, InvalidRequest, Unavailable) as error:
            try:
                page = self.task.reader.page(change.page_id, self.task.mapping)
            except NotFound:
                # Deleted permanently, unless the database itself cannot be reached.
                self.task.reader.schema(self.task.plan.schema.data_source_id)
                return Page(change.page_id, change.url, {}, in_trash=True)
            except (Refused, Unavailable, RunStopped):
                raise error from None
            if not page.in_trash:
                raise
            return page

    def _update(self, change: Change) -> Page:
        try:
            return self.task.writer.update(change, self.task.clock.now())
        except Unavailable as error:
            # An update sets absolute values, so the page itself shows whether it was done.
            page = self._read_back(change.page_id)
            link = self.task.writer.links.of(change)
            if page is None or mismatched_properties(change, page) or (link and page.link != link):
                raise error
            return page

    def _create(self, change: Change) -> Page:
        """Create a page; after a lost answer, look the page up before sending it again."""
        for attempt in range(1, _CREATE_ATTEMPTS + 1):
            try:
                return self.task.writer.create(change, self.task.clock.now())
            except OutcomeUnknown as error:
                self.unanswered(change, str(error), attempt)
                page = self._find(change, error)
                if page is not None:
                    page = self.task.shown(page)
                    if mismatched_properties(change, page):
                        page = self.task.writer.update(change, self.task.clock.now(), page.id)
                    return page
                log.warning("%s: not in Notion after a create without a response", change.module)
                if self.halt.error is not None:
                    raise self.halt.error from error
        raise Unavailable(
            f"Notion left {_CREATE_ATTEMPTS} creates without a response; the page does not exist.",
            "Run again: a page that appears later is found, not duplicated.",
        )

    def _find(self, change: Change, error: OutcomeUnknown) -> Page | None:
        """Look up the page of an unanswered create; None when it certainly does not exist.

        Raises:
            OutcomeUnknown: this cannot be determined.
        """
        try:
            if error.committed_id:
                return self.task.reader.page(error.committed_id, self.task.mapping)
            for seconds in SETTLE_SECONDS:
                if seconds and self.task.clock.wait(seconds, self.task.stop):
                    break
                pages = [p for p in self.task.titled([change.module]) if self._is_of(change, p)]
                if pages:
                    return oldest(pages)
        except (NotionError, RunStopped) as failure:
            raise OutcomeUnknown(
                f"{error.message} Looking for the page failed too: {failure.message}",
                "Run again: the page is looked up by its title before it is created.",
            ) from failure
        if self.task.stop.is_set():
            raise error
        return None

    def _is_of(self, change: Change, page: Page) -> bool:
        """Return whether a page with a module's title is the one that was created for it."""
        record, sent = read_record(page.link), read_record(self.task.writer.links.of(change))
        if record is None or sent is None:
            return page.values.get(self.task.mapping.sha.name) == change.sha
        return (record.place, record.key) == (sent.place, sent.key)

    def _read_back(self, page_id: str) -> Page | None:
        try:
            return self.task.shown(self.task.reader.page(page_id, self.task.mapping))
        except (Refused, Unavailable, RunStopped):
            return None


def not_as_planned(change: Change, page: Page) -> str:
    """Return how the page in Notion differs from the plan, as a sentence, or ""."""
    if change.kind is ChangeKind.ARCHIVE:
        return "" if page.in_trash else "Notion accepted it and shows the page outside the trash."
    if page.in_trash:
        return "Notion accepted it and shows the page in the trash."
    if wrong := mismatched_properties(change, page):
        return f"Notion accepted the page and shows other values for: {', '.join(wrong)}."
    return ""


def record_links(
    owner: Owner, plan: Plan, absent: Callable[[Collection[str]], Absence]
) -> Callable[[Change], str]:
    """Return a function that makes the link of a change's provenance SHA, with the page's record.

    The link leads to the commit, or to the default branch where the commit lacks the manifest.

    Args:
        owner: the repository, at its commit, and whether pages get records.
        plan: the changes.
        absent: returns the paths that the commit does not have.
    """
    source, written = owner.source, [change.path for change in plan.writes if change.path]
    files = {source.place(path).file.path for path in written}
    asks = owner.writes_records and source.commit and files
    missing = absent(files).missing if asks else frozenset()

    def link(change: Change) -> str:
        if not (owner.writes_records and change.path):
            return ""
        place = source.place(change.path)
        address = source.page if place.file.path in missing else source.link
        return write_record(address(change.path), place, change.key, change.applied, change.body)

    return link


#: After this number of pages in a row that are not found, access to the database is taken for lost.
_MOST_GONE = 3
#: After this number of refusals in a row, the schema is not read again for further ones.
_MOST_CHECKS = 3


class Halt:
    """Decides which failures stop the run; thread-safe.

    Args:
        task: the plan, and what applies it.

    Attributes:
        error: the error after which nothing more is sent, None without one.
    """

    def __init__(self, task: Task) -> None:
        self.error: LukhasNotionError | None = None
        self._task = task
        self._checking = threading.Lock()
        self._gone_in_a_row = self._refused_in_a_row = 0

    def stop(self, error: LukhasNotionError) -> None:
        """Stop the run because of an error, unless an earlier one stopped it."""
        self.error = self.error or error

    def succeeded(self) -> None:
        """Note that a page was written."""
        self._gone_in_a_row = self._refused_in_a_row = 0

    def note(self, error: LukhasNotionError, change: Change | None = None) -> None:
        """Note a failure, and stop the run if every other change would fail as well."""
        if isinstance(error, NotFound | InvalidRequest):
            # One at a time: when the first finds the database changed, the others need not ask.
            with self._checking:
                if self.error is None:
                    fatal = error if self._concerns_database(error, change) else None
                    self._refused_in_a_row += 1
                    is_checked = self._refused_in_a_row > _MOST_CHECKS
                    ended_by = (None if is_checked else self._database_problem()) or fatal
                    # Another thread may have stopped the run meanwhile: its error is kept.
                    if ended_by is not None:
                        self.stop(ended_by)
        elif isinstance(error, Blocked | InvalidToken | RunStopped | Forbidden) or not isinstance(
            error, NotionError
        ):
            self.stop(error)

    def _concerns_database(self, error: LukhasNotionError, change: Change | None) -> bool:
        """Return whether an error concerns the database, even if its schema seems correct."""
        if isinstance(error, NotFound):
            self._gone_in_a_row += 1
            return _creates_alone(change) or self._gone_in_a_row >= _MOST_GONE
        # Notion's wording for a property that was removed, and for one of another type.
        ends = ("is not a property that exists", "is expected to be")
        names = (spec.name for spec in self._task.mapping.properties)
        return any(f" {name} {end}" in error.message for name in names for end in ends)

    def _database_problem(self) -> LukhasNotionError | None:
        """Read the schema again; return the error if nothing can be written any more."""
        # Optional properties existed when the plan was made, and are in its requests.
        specs = self._task.mapping.properties
        needed = PropertyMapping(tuple(replace(spec, required=True) for spec in specs))
        try:
            fit(needed, self._task.reader.schema(self._task.plan.schema.data_source_id))
        except SetupError as error:
            # The database was valid when the run began, so this is not a usage error.
            return NotionError(error.message, error.remedy)
        except Refused as error:
            return error
        except (NotionError, RunStopped):
            return None
        return None


def _creates_alone(change: Change | None) -> bool:
    """Return whether a change creates a page without relations, so that no page can be missing."""
    if change is None or change.kind is not ChangeKind.CREATE:
        return False
    return not any(p.type is PropertyType.RELATION and p.after for p in change.properties)
