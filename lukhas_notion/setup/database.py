"""The database of a set-up: made or completed, then read back; every attempt on the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lukhas_notion.config.config import Config
from lukhas_notion.ledger.file import Recorder
from lukhas_notion.ledger.state import BEGUN, database_record, view_record
from lukhas_notion.notion import answers
from lukhas_notion.notion.connection import Connection
from lukhas_notion.notion.writer import SchemaWriter, Writer, add_properties
from lukhas_notion.plan.database import PropertyAddition, Schema
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.property_types import configuration
from lukhas_notion.setup.existing import how_to_settle, read_schema
from lukhas_notion.setup.result import TITLE, SetupOptions, SetupPlan
from lukhas_notion.setup.views import ViewWriter
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


class Builder:
    """Carries out one set-up plan; its methods take no orders beside it.

    Options of properties that are there are not its affair: the writer of a sync adds them.
    """

    def __init__(self, client: Client, plan: SetupPlan) -> None:
        self._client = client
        self._plan = plan

    def create(self, parent: str, title: str) -> str:
        """Create the database below a page, and return its id.

        Raises:
            OutcomeUnknown: it was sent, and may have been done. It must not be sent again.
        """
        if not self._plan.creates:
            raise RuntimeError("a database that is not in the plan")
        answer: Any = self._client.databases.create(
            parent={"type": "page_id", "page_id": parent},
            title=[{"type": "text", "text": {"content": title}}],
            initial_data_source={"properties": self._properties()},
        )
        made = answers.id_of(answer)
        if not made:
            raise OutcomeUnknown("Notion accepted the database and did not name it.")
        return made

    def extend(self, data_source_id: str, additions: Sequence[PropertyAddition]) -> list[str]:
        """Add missing properties to a database that is there; return what a person should know.

        No property is named that is there, and what a request does not name Notion leaves alone.
        """
        planned = {each.name for each in self._plan.additions}
        if not additions or not planned.issuperset(each.name for each in additions):
            raise RuntimeError("properties that are not in the plan")
        return add_properties(self._client, data_source_id, additions)

    def _properties(self) -> dict[str, Any]:
        """Return the properties of a new database, which has to be there to be related to."""
        plain = (each for each in self._plan.additions if not each.is_relation)
        return {each.name: configuration(each.spec, each.options) for each in plain}


#: How long to wait between looks at what was just written, in seconds: reading right after a write
#: showed it whenever somebody recorded it, and is promised by nobody.
_SETTLE_SECONDS = (0.0, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class DatabaseWork:
    """Carries out one plan.

    Args:
        plan: what the database lacks.
        options: the page and the title of one that is to be made.
        config: the mapping.
        runtime: the clock.
        connection: to Notion.
        ledger: where every attempt is written down, a create before it is sent as well.
        notices: gets what a person should know of what was done.
    """

    plan: SetupPlan
    options: SetupOptions
    config: Config
    runtime: Runtime
    connection: Connection
    ledger: Recorder
    notices: list[str] = field(default_factory=list)

    def carry_out(self) -> tuple[Schema, list[str]]:
        """Write what the plan says; return the database as it is, and what it still lacks.

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

    # --- a new one --------------------------------------------------------------------------

    def _make(self) -> tuple[Schema, list[str]]:
        database, is_answered = self._create()
        relations = [each for each in self.plan.additions if each.is_relation]
        plain = [each for each in self.plan.additions if not each.is_relation]
        schema, lacking = self._read_back(replace(self.plan, additions=tuple(plain)), database)
        if relations and not lacking:
            self._extend(schema, relations)
            schema, lacking = self._read_back(self.plan, database)
        if lacking or not is_answered:
            status = Status.ERROR if lacking else Status.SUCCESS
            self._record(status, database, " ".join(lacking))
        return schema, lacking

    def _create(self) -> tuple[str, bool]:
        """Return the new database's id, and whether Notion answered as it should."""
        self._record(BEGUN)
        builder = Builder(self.connection.client, self.plan)
        try:
            database = builder.create(self.options.parent, self.options.title or TITLE)
        except OutcomeUnknown as error:
            self._record(Status.UNKNOWN, error.committed_id, error.message)
            if not error.committed_id:
                raise self._unanswered(error) from error
            return error.committed_id, False
        except LukhasNotionError as error:
            self._record(Status.ERROR, error=error.message)
            raise _as_setup(error) from error
        self._record(Status.SUCCESS, database)
        return database, True

    def _unanswered(self, error: OutcomeUnknown) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"It is not known whether the database was made: {error.message}",
            f"It is not sent again. {how_to_settle(self.options.title or TITLE)}",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
        )

    def add_views(self, schema: Schema) -> list[str]:
        """Make the views of a new database; return a sentence for each that is not made."""

        def record(name: str, error: LukhasNotionError | None) -> None:
            status = Status.SUCCESS if error is None else Status.ERROR
            status = Status.UNKNOWN if isinstance(error, OutcomeUnknown) else status
            said = error.message if error else ""
            self.ledger.record(view_record(str(status), schema.database_id, name, said))

        return ViewWriter(self.connection.client, schema, record).make(self.plan.views)

    # --- one that is there ------------------------------------------------------------------

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
        reader, own = self.connection.reader, schema.data_source_id
        related = [
            replace(each, related=reader.data_source_id(each.spec.target) or own)
            if each.is_relation
            else each
            for each in additions
        ]
        try:
            self.notices.extend(Builder(self.connection.client, self.plan).extend(own, related))
        except Unavailable as error:
            # It sets absolute values, so the database itself says whether it was done.
            found = reader.schema(own)
            if any(each.name not in found.properties for each in additions):
                raise error from None

    def _add_options(self, schema: Schema) -> list[str]:
        """Have the options added as a sync adds them, and written down as a sync does it."""
        listed = tuple(option for option in self.plan.options if option.sends)
        if not listed:
            return []
        plan, mapping = Plan(schema, listed, (), orphans_known=False), self.config.mapping
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
            raise self._unrecorded(result.stopped, ", ".join(result.unrecorded))
        failed = [o for o in result.options if o.status is not Status.SUCCESS]
        said = [f"The options of '{o.change.property_name}': {o.error}" for o in failed]
        return said + list(dict.fromkeys(o.remedy for o in failed if o.remedy))

    # --- both -------------------------------------------------------------------------------

    def _read_back(
        self, plan: SetupPlan, database: str, data_source: str = ""
    ) -> tuple[Schema, list[str]]:
        """Read until the database shows what a plan says, or has had time enough to show it.

        Raises:
            NotionError: it cannot be read, although it was written.
        """
        clock, stop = self.runtime.clock, self.runtime.stop
        try:
            schema = read_schema(self.connection.reader, database, data_source)
            for seconds in _SETTLE_SECONDS:
                if not plan.lacking(schema) or clock.wait(seconds, stop):
                    break
                schema = read_schema(self.connection.reader, database, data_source)
        except (NotionError, SetupError) as error:
            raise NotionError(
                f"The database {database} was written, and could not be read: {error.message}",
                "Run again: it is completed, and no other one is made.",
            ) from error
        return schema, plan.lacking(schema)

    def _record(self, status: str, database: str = "", error: str = "") -> None:
        creates = self.plan.creates
        entry = database_record(
            str(status),
            parent=self.options.parent if creates else "",
            title=(self.options.title or TITLE) if creates else "",
            database=database,
            properties=[each.name for each in self.plan.additions],
            error=error,
        )
        try:
            self.ledger.record(entry)
        except LedgerError as failure:
            if not database:
                raise
            raise self._unrecorded(failure, f"database {database}") from failure

    def _unrecorded(self, error: LukhasNotionError | None, what: str) -> LedgerError:
        """Return the error for what was written to Notion and cannot be put on the ledger."""
        said, remedy = (error.message, error.remedy) if error else ("", "")
        return LedgerError(f"In Notion, and not on the ledger: {what}. {said}".strip(), remedy)


def _as_setup(error: LukhasNotionError) -> LukhasNotionError:
    """Return the refusals that say that Notion is not set up for this as that."""
    if isinstance(error, InvalidToken | Forbidden | NotFound):
        return SetupError(error.message, error.remedy)
    return error
