"""Create or complete the database of a set-up, and its views; every attempt is in the ledger.

The requests for views follow Notion's reference (create, list and retrieve a view). They are not
recorded, so nothing depends on them: a view that Notion does not create is left to the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lukhas_notion.config.config import Config
from lukhas_notion.ledger.file import Recorder
from lukhas_notion.ledger.state import BEGUN, LedgerState, Record, database_record, view_record
from lukhas_notion.notion import answers
from lukhas_notion.notion.connection import Connection
from lukhas_notion.notion.writer import SchemaWriter, Writer, add_properties
from lukhas_notion.plan.database import PropertyAddition, Schema
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.property_types import configuration
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.setup.result import SetupOptions, SetupPlan, ViewAddition, how_to_settle
from lukhas_notion.sync.apply import Applier
from lukhas_notion.sync.page_writes import Task
from lukhas_notion.sync.result import Status
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidToken,
    LedgerError,
    LukhasNotionError,
    NotFound,
    NotionError,
    OutcomeUnknown,
    SetupError,
    Unavailable,
)
from lukhas_notion.util.runtime import Runtime

if TYPE_CHECKING:
    from notion_client import Client

#: Seconds to wait before each read after a write. Notion does not promise that a write is visible
#: at once, although it was whenever it was recorded.
_SETTLE_SECONDS = (0.0, 1.0, 2.0, 4.0)
#: Views of one database that are read.
_MOST_VIEWS = 100


@dataclass(frozen=True, slots=True)
class DatabaseWork:
    """Carries out one plan, and writes nothing that is not in it.

    Args:
        plan: what the database lacks.
        options: the page and the title of a new database.
        config: the mapping.
        runtime: the clock.
        connection: to Notion.
        ledger: records every attempt, and a create also before it is sent.
        notices: collects what the user should know about what was done.
    """

    plan: SetupPlan
    options: SetupOptions
    config: Config
    runtime: Runtime
    connection: Connection
    ledger: Recorder
    notices: list[str] = field(default_factory=list)

    def carry_out(self) -> tuple[Schema, list[str]]:
        """Write what is planned; return the database as it is now, and what it still lacks.

        Raises:
            SetupError: Notion refused, and nothing was written.
            OutcomeUnknown: a create was not answered. It is never sent again.
            NotionError: Notion refused part of it, or does not show what was written.
        """
        schema = self.plan.schema
        if schema is None:
            return self._make()
        failed = self._complete(schema)
        if failed or self.plan.is_empty:
            return schema, failed
        return self._read_back(self.plan, schema.database_id, schema.data_source_id)

    def add_views(self, schema: Schema) -> dict[ViewAddition, str]:
        """Create the planned views; return those that were not created, each with a sentence.

        Raises:
            LedgerError: an attempt cannot be recorded; no further view is created.
        """
        problems = {}
        for view in self.plan.views:
            status, message = Status.SUCCESS, ""
            try:
                _create_view(self.connection.client, schema, view)
            except LukhasNotionError as error:
                status = Status.UNKNOWN if isinstance(error, OutcomeUnknown) else Status.ERROR
                message = error.message
                done = "may not have been" if status is Status.UNKNOWN else "was not"
                problems[view] = f"The view {view.name} {done} created: {message}"
            entry = view_record(str(status), schema.database_id, view.name, message)
            self._append(entry, "" if status is Status.ERROR else f"view {view.name}")
        return problems

    # --- a new database ---------------------------------------------------------------------

    def _make(self) -> tuple[Schema, list[str]]:
        database, is_answered = self._create()
        # A relation to the database itself needs its id.
        relations = [each for each in self.plan.additions if each.is_relation]
        plain = tuple(each for each in self.plan.additions if not each.is_relation)
        schema, lacking = self._read_back(replace(self.plan, additions=plain), database)
        if relations and not lacking:
            self._extend(schema, relations)
            schema, lacking = self._read_back(self.plan, database)
        if lacking or not is_answered:
            status = Status.ERROR if lacking else Status.SUCCESS
            self._record(status, database, " ".join(lacking))
        return schema, lacking

    def _create(self) -> tuple[str, bool]:
        """Return the new database's id, and whether Notion's answer was a success."""
        self._record(BEGUN)
        plain = [each for each in self.plan.additions if not each.is_relation]
        properties = {each.name: configuration(each.spec, each.options) for each in plain}
        try:
            answer: Any = self.connection.client.databases.create(
                parent={"type": "page_id", "page_id": self.options.parent},
                title=[{"type": "text", "text": {"content": self.options.new_title}}],
                initial_data_source={"properties": properties},
            )
            database = answers.id_of(answer)
            if not database:
                raise OutcomeUnknown("Notion accepted the database and did not return its id.")
        except OutcomeUnknown as error:
            self._record(Status.UNKNOWN, error.committed_id, error.message)
            if not error.committed_id:
                raise OutcomeUnknown(
                    f"It is not known whether the database was created: {error.message}",
                    f"The request is not repeated. {how_to_settle(self.options.new_title)}",
                    status=error.status,
                    code=error.code,
                    request_id=error.request_id,
                ) from error
            return error.committed_id, False
        except LukhasNotionError as error:
            self._record(Status.ERROR, error=error.message)
            raise _as_setup(error) from error
        self._record(Status.SUCCESS, database)
        return database, True

    # --- an existing database ---------------------------------------------------------------

    def _complete(self, schema: Schema) -> list[str]:
        """Add properties, then options; return a sentence for each property whose options fail."""
        if self.plan.additions:
            try:
                self._extend(schema, self.plan.additions)
            except LukhasNotionError as error:
                self._record(Status.ERROR, schema.database_id, error.message)
                raise _as_setup(error) from error
            self._record(Status.SUCCESS, schema.database_id)
        return self._add_options(schema)

    def _extend(self, schema: Schema, additions: Sequence[PropertyAddition]) -> None:
        reader, source = self.connection.reader, schema.data_source_id
        related = [
            replace(each, related=reader.data_source_id(each.spec.target) or source)
            if each.is_relation
            else each
            for each in additions
        ]
        try:
            self.notices.extend(add_properties(self.connection.client, source, related))
        except Unavailable as error:
            # The request sets absolute values, so the database itself shows whether it was done.
            properties = reader.schema(source).properties
            if any(each.name not in properties for each in additions):
                raise error from None

    def _add_options(self, schema: Schema) -> list[str]:
        """Add options as a sync does, and record them as a sync does."""
        changes = tuple(option for option in self.plan.options if option.sends)
        if not changes:
            return []
        plan, mapping = Plan(schema, changes, (), orphans_known=False), self.config.mapping
        task = Task(
            plan,
            mapping,
            self.connection.reader,
            Writer(self.connection.client, plan, mapping),
            SchemaWriter(self.connection.client, plan),
            self.runtime.clock,
            self.runtime.stop,
        )
        result = Applier(task, self.ledger, workers=1).run()
        if result.unrecorded:
            raise _unrecorded(result.stopped, ", ".join(result.unrecorded))
        failed = [o for o in result.options if o.status is not Status.SUCCESS]
        problems = [f"The options of '{o.change.property_name}': {o.error}" for o in failed]
        return problems + list(dict.fromkeys(o.remedy for o in failed if o.remedy))

    # --- both -------------------------------------------------------------------------------

    def _read_back(
        self, plan: SetupPlan, database: str, data_source: str = ""
    ) -> tuple[Schema, list[str]]:
        """Read the database until it shows what is planned, or the time for that has passed.

        Raises:
            NotionError: the database was written and cannot be read.
        """
        clock, stop, reader = self.runtime.clock, self.runtime.stop, self.connection.reader
        try:
            data_source = reader.data_source_id(database, data_source)
            schema = reader.schema(data_source)
            for seconds in _SETTLE_SECONDS:
                if not plan.lacking(schema) or clock.wait(seconds, stop):
                    break
                schema = reader.schema(data_source)
        except (NotionError, SetupError) as error:
            raise NotionError(
                f"The database {database} was written and could not be read: {error.message}",
                "Run again: this database is completed, and no other one is created.",
            ) from error
        return schema, plan.lacking(schema)

    def _record(self, status: str, database: str = "", error: str = "") -> None:
        creates = self.plan.creates
        entry = database_record(
            str(status),
            parent=self.options.parent if creates else "",
            title=self.options.new_title if creates else "",
            database=database,
            properties=[each.name for each in self.plan.additions],
            error=error,
        )
        self._append(entry, f"database {database}" if database else "")

    def _append(self, entry: Record, written: str) -> None:
        """Record an attempt; an error names what was ``written`` to Notion, "" for nothing."""
        try:
            self.ledger.record(entry)
        except LedgerError as failure:
            if not written:
                raise
            raise _unrecorded(failure, written) from failure


def _unrecorded(error: LukhasNotionError | None, what: str) -> LedgerError:
    """Return the error for what was written to Notion and cannot be recorded in the ledger."""
    message, remedy = (error.message, error.remedy) if error else ("", "")
    return LedgerError(
        f"Written to Notion, but not recorded in the ledger: {what}. {message}".strip(), remedy
    )


def _as_setup(error: LukhasNotionError) -> LukhasNotionError:
    """Return a refusal that is about how Notion is set up as a :class:`SetupError`."""
    if isinstance(error, InvalidToken | Forbidden | NotFound):
        return SetupError(error.message, error.remedy)
    return error


# --- views -----------------------------------------------------------------------------------


def missing_views(
    client: Client, recorded: LedgerState, database: str, views: Iterable[ViewAddition]
) -> tuple[tuple[ViewAddition, ...], bool]:
    """Return the views to create in an existing database, and whether they are left to the user.

    Views are created only in a database that this repository's ``init`` created, after a run that
    was interrupted. A view that is in the ledger is not created again: a user deleted it. In any
    other database they are left to the user, unless it has more views than the one that every
    database begins with.
    """
    wanted = [view for view in views if (database, view.name) not in recorded.views]
    if not wanted:
        return (), False
    try:
        if not recorded.has_created(database):
            return (), len(_view_ids(client, database)) <= 1
        shown = list(_shown_views(client, database))
    except LukhasNotionError:
        return (), True
    return tuple(view for view in wanted if not _is_among(shown, view)), False


def _view_ids(client: Client, database: str) -> list[str]:
    return answers.ids(client.views.list(database_id=database, page_size=_MOST_VIEWS))


def _shown_views(client: Client, database: str) -> Iterator[tuple[str, str, bool]]:
    for view in _view_ids(client, database):
        yield answers.view(client.views.retrieve(view))


def _is_among(shown: Iterable[tuple[str, str, bool]], view: ViewAddition) -> bool:
    """Return whether a view, or one that a user created in its place, is shown."""
    return any(
        kind == view.type and (name == view.name or kind == "board" or is_sorted)
        for name, kind, is_sorted in shown
    )


def _create_view(client: Client, schema: Schema, view: ViewAddition) -> None:
    details: dict[str, Any]
    if view.type == "table":
        details = {"sorts": [{"property": view.property, "direction": "ascending"}]}
    else:
        held = schema.properties[view.property]
        by = {"group_by": "option"} if held.type == PropertyType.STATUS.value else {}
        group = {"type": held.type, "property_id": held.id, "sort": {"type": "manual"}, **by}
        details = {"configuration": {"type": "board", "group_by": group}}
    try:
        answer = client.views.create(
            database_id=schema.database_id,
            data_source_id=schema.data_source_id,
            name=view.name,
            type=view.type,
            **details,
        )
    except OutcomeUnknown as error:
        # It may have been created, and must not be created twice.
        try:
            is_there = _is_among(_shown_views(client, schema.database_id), view)
        except LukhasNotionError as failure:
            raise OutcomeUnknown(
                f"{error.message} Looking for the view failed too: {failure.message}"
            ) from failure
        if not is_there:
            raise
    else:
        if not answers.id_of(answer):
            raise NotionError("Notion accepted the view and did not return its id.")
