"""The database of a set-up: found or made, completed, read back; every attempt on the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field

from lukhas_notion.apply import Applier, Status
from lukhas_notion.config import Config
from lukhas_notion.errors import (
    Forbidden,
    InvalidRequest,
    InvalidToken,
    LukhasNotionError,
    NotFound,
    NotionError,
    OutcomeUnknown,
    SetupError,
    Unavailable,
)
from lukhas_notion.ledger import Recorder
from lukhas_notion.notion.connection import Connection
from lukhas_notion.notion.setup import Builder
from lukhas_notion.notion.writer import Writer
from lukhas_notion.plan import Plan
from lukhas_notion.records import database_entry
from lukhas_notion.run import Outside
from lukhas_notion.setup.history import Earlier, earlier_create
from lukhas_notion.setup.plan import SetupPlan
from lukhas_notion.setup.result import TITLE, SetupOptions
from lukhas_notion.snapshot import Page, Schema

#: How long to wait between looks at what was just written, in seconds: reading right after a write
#: showed it whenever somebody recorded it, and is promised by nobody.
_SETTLE_SECONDS = (0.0, 1.0, 2.0, 4.0)

_SHARE = (
    "Check the id; then open the page in Notion, choose ··· > Connections, and add the "
    "integration. If it is a database, name it with --database."
)


@dataclass(slots=True)
class DatabaseWork:
    """The work of one set-up on its database.

    Args:
        config: which database.
        outside: the clock.
        connection: to Notion; one that refuses writes is enough for :meth:`existing`.
        options: what is asked for.
    """

    config: Config
    outside: Outside
    connection: Connection
    options: SetupOptions
    notices: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What a new database is called."""
        return self.options.title or TITLE

    def existing(self) -> Schema | None:
        """Return the database to complete; None when one is to be made, and can be.

        Raises:
            SetupError: the token, the database or the page is not as it has to be.
            OutcomeUnknown: an earlier run may have made one, and nobody has said what became of it.
        """
        try:
            return self._existing()
        except (InvalidToken, Forbidden) as error:
            raise SetupError(error.message, error.remedy) from error

    def _existing(self) -> Schema | None:
        config, options = self.config, self.options
        if config.database or config.data_source:
            if options.parent:
                self.notices.append(
                    "A database is configured already: it is completed, and none is made."
                )
            return self._schema(config.database, config.data_source)
        earlier = None if options.again else earlier_create(config.ledger, options.parent)
        if earlier is None:
            self._parent()
            return None
        if not earlier.database:
            raise _in_doubt(self._parent(), earlier)
        self.notices.append(f"An earlier run made the database {earlier.database} here.")
        try:
            return self._schema(earlier.database)
        except SetupError as error:
            remedy = f"{error.remedy} To make another database, pass --again."
            raise SetupError(error.message, remedy) from error

    def _parent(self) -> Page:
        """Return the page below which the database is to be made."""
        parent = self.options.parent
        try:
            page = self.connection.reader.page(parent, {})
        except NotFound as error:
            said = f"Page {parent} was not found, or is not shared with the integration."
            raise SetupError(said, _SHARE) from error
        except InvalidRequest as error:
            raise SetupError(f"{parent} is not a page: {error.message}", _SHARE) from error
        if page.in_trash:
            raise SetupError(f"Page {parent} is in the trash.", "Restore it in Notion.")
        return page

    def _schema(self, database: str, data_source: str = "") -> Schema:
        reader = self.connection.reader
        return reader.schema(reader.data_source_id(database, data_source))

    def carry_out(self, plan: SetupPlan, ledger: Recorder) -> tuple[Schema, list[str]]:
        """Write what the plan says; return the database as it is, and what it still lacks.

        Raises:
            SetupError: Notion refused, and nothing was written.
            OutcomeUnknown: a create was not answered. It is never sent again.
            NotionError: Notion refused part of it, or does not show what was written.
        """
        if plan.schema is not None:
            failed = self._complete(plan, plan.schema, ledger)
            if failed or plan.is_empty:
                return plan.schema, failed
            schema = self._read_back(plan, plan.schema.database_id, plan.schema.data_source_id)
            return schema, plan.lacking(schema)
        database, answered = self._create(plan, ledger)
        try:
            schema = self._read_back(plan, database)
        except (NotionError, SetupError) as error:
            said = f"The database {database} was made, and could not be read: {error.message}"
            raise NotionError(said, "Run again: it is completed, and none is made.") from error
        lacking = plan.lacking(schema)
        if lacking or not answered:
            status = Status.ERROR if lacking else Status.SUCCESS
            self._record(plan, ledger, status, database, " ".join(lacking))
        return schema, lacking

    def _create(self, plan: SetupPlan, ledger: Recorder) -> tuple[str, bool]:
        """Return the new database's id, and whether Notion answered as it should."""
        self._record(plan, ledger, "begun")
        builder = Builder(self.connection.client, plan)
        try:
            database = builder.create(self.options.parent, self.title)
        except OutcomeUnknown as error:
            self._record(plan, ledger, Status.UNKNOWN, error.committed_id, str(error))
            if not error.committed_id:
                raise _unanswered(error, self.title) from error
            return error.committed_id, False
        except LukhasNotionError as error:
            self._record(plan, ledger, Status.ERROR, error=str(error))
            raise _as_setup(error) from error
        self._record(plan, ledger, Status.SUCCESS, database)
        return database, True

    def _complete(self, plan: SetupPlan, schema: Schema, ledger: Recorder) -> list[str]:
        """Add properties, then options; return a sentence for each property whose options fail."""
        if plan.additions:
            try:
                self._extend(plan, schema)
            except LukhasNotionError as error:
                self._record(plan, ledger, Status.ERROR, schema.database_id, str(error))
                raise _as_setup(error) from error
            self._record(plan, ledger, Status.SUCCESS, schema.database_id)
        return self._add_options(plan, schema, ledger)

    def _extend(self, plan: SetupPlan, schema: Schema) -> None:
        try:
            Builder(self.connection.client, plan).extend()
        except Unavailable as error:
            # It sets absolute values, so the database itself says whether it was done.
            found = self.connection.reader.schema(schema.data_source_id)
            if any(each.name not in found.properties for each in plan.additions):
                raise error from None

    def _add_options(self, plan: SetupPlan, schema: Schema, ledger: Recorder) -> list[str]:
        listed = tuple(option for option in plan.options if option.sends)
        if not listed:
            return []
        whole, mapping = Plan(schema, listed, (), orphans_known=False), self.config.mapping
        result = Applier(
            whole,
            reader=self.connection.reader,
            writer=Writer(self.connection.client, whole, mapping),
            ledger=ledger,
            mapping=mapping,
            clock=self.outside.clock,
            stop=self.outside.stop,
            workers=1,
        ).run()
        return [
            f"The options of '{o.change.property_name}': {o.error}"
            for o in result.options
            if o.status is not Status.SUCCESS
        ]

    def _read_back(self, plan: SetupPlan, database: str, data_source: str = "") -> Schema:
        """Read the database until it shows what was written, or has had time enough."""
        schema = self._schema(database, data_source)
        for seconds in _SETTLE_SECONDS:
            if not plan.lacking(schema) or self.outside.clock.wait(seconds, self.outside.stop):
                break
            schema = self._schema(database, data_source)
        return schema

    def _record(
        self,
        plan: SetupPlan,
        ledger: Recorder,
        status: str,
        database: str = "",
        error: str = "",
    ) -> None:
        ledger.record(
            database_entry(
                str(status),
                parent=self.options.parent if plan.creates else "",
                title=self.title if plan.creates else "",
                database=database,
                properties=[each.name for each in plan.additions],
                error=error,
            )
        )


def _as_setup(error: LukhasNotionError) -> LukhasNotionError:
    """Return the refusals that say that Notion is not set up for this as that."""
    if isinstance(error, InvalidToken | Forbidden | NotFound):
        return SetupError(error.message, error.remedy)
    return error


def _unanswered(error: OutcomeUnknown, title: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{error.message} So it is not known whether the database was made, and it is not sent "
        "again.",
        _look_for(title),
        status=error.status,
        code=error.code,
        request_id=error.request_id,
    )


def _in_doubt(page: Page, earlier: Earlier) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"An earlier run began to make a database here and was never answered ({earlier.ts}): "
        f"{page.url}",
        _look_for(earlier.title),
    )


def _look_for(title: str) -> str:
    return (
        f"Open the page in Notion and look for a database called '{title}'. If it is there, go on "
        "with `lukhas-notion init --database ID`, its id or its link in the place of ID. If it is "
        "not, run this again with --again."
    )
