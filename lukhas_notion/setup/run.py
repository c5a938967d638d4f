"""Run a set-up: find the database, plan, write to Notion, write files, list the next steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lukhas_notion.config.config import Config
from lukhas_notion.config.document import FILE_NAME
from lukhas_notion.config.paths import MAX_BYTES
from lukhas_notion.ledger.file import Ledger, read_state
from lukhas_notion.ledger.state import LedgerState
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.plan.database import Page, Schema
from lukhas_notion.setup.adopt import Adoption
from lukhas_notion.setup.descriptors import Descriptors, find_descriptors
from lukhas_notion.setup.files import (
    SetupFile,
    database_lines,
    kept_notices,
    left_to_do,
    missing_vocabularies,
    plan_files,
    starter_notices,
    with_database,
)
from lukhas_notion.setup.result import (
    SetupOptions,
    SetupPlan,
    SetupResult,
    how_to_settle,
    plan_notices,
    plan_setup,
    views_by_hand,
    wanted_views,
)
from lukhas_notion.setup.vocabularies import Starters, gather
from lukhas_notion.sync.run import new_info
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidToken,
    LukhasNotionError,
    OutcomeUnknown,
    SetupError,
    UsageError,
)
from lukhas_notion.util.read_files import RefusedFileError, read_regular
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.util.write_files import create_file, replace_bytes

if TYPE_CHECKING:
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.notion.reader import Reader
    from lukhas_notion.sync.planner import OptionNames

#: Gets what is added to Notion, None for nothing, and the files.
OnPlanned = Callable[[SetupPlan | None, Sequence[SetupFile]], None]
#: Characters of a time in the ledger that are shown.
_TIME = 32
#: How to get another database than the configured one.
_ANOTHER = "run `lukhas-notion init --parent PAGE --again`."


@dataclass(slots=True)
class Lookup:
    """Finds the database to complete, or checks the page for a new one; it only reads.

    A create is in the ledger before it is sent, and again when it is answered. A run that finds
    only the first record does not create another database.

    Args:
        config: the configured database and the ledger's path.
        reader: reads Notion.
        options: the page, and whether to create another database whatever the ledger says.
        recorded: what the ledger records.
        notices: collects what the user should know about the choice.
    """

    config: Config
    reader: Reader
    options: SetupOptions
    recorded: LedgerState
    notices: list[str] = field(default_factory=list)

    def find(self) -> Schema | None:
        """Return the database to complete; None when one must be created, and can be.

        Raises:
            SetupError: the token, the database or the page does not allow it.
            OutcomeUnknown: an earlier run may have created one.
        """
        try:
            if self.config.names_database and not self.options.again:
                return self._configured()
            return self._created()
        except (InvalidToken, Forbidden) as error:
            raise SetupError(error.message, error.remedy) from error

    def _configured(self) -> Schema:
        if self.options.parent:
            self.notices.append(
                "A database is configured already. It is completed, and no other one is created; "
                f"for another one, {_ANOTHER}"
            )
        try:
            return self._schema(self.config.database, self.config.data_source)
        except SetupError as error:
            remedy = f"{error.remedy} Or, to create another database, {_ANOTHER}"
            raise SetupError(error.message, remedy) from error

    def _created(self) -> Schema | None:
        """Return the database that an earlier run created; None without one."""
        options = self.options
        if options.again:
            if not options.parent:
                raise SetupError(
                    "--again creates another database, and no page is named to create it under.",
                    "Name the page with --parent.",
                )
            earlier = None
        else:
            self.recorded.require_readable(self.config.ledger)
            earlier = self.recorded.created_below(options.parent)
        if earlier is None:
            self._parent()
            return None
        if not earlier.database:
            raise OutcomeUnknown(
                "An earlier run began to create a database here and got no answer "
                f"({quote(earlier.ts[:_TIME])}): {self._parent().url}",
                how_to_settle(earlier.title),
            )
        self.notices.append(f"An earlier run created the database {earlier.database} here.")
        try:
            return self._schema(earlier.database)
        except SetupError as error:
            remedy = f"{error.remedy} To create another database, pass --again."
            raise SetupError(error.message, remedy) from error

    def _schema(self, database: str, data_source: str = "") -> Schema:
        return self.reader.schema(self.reader.data_source_id(database, data_source))

    def _parent(self) -> Page:
        """Return the page below which the database is created."""
        parent = self.options.parent
        page = self.reader.parent_page(parent)
        where = "in the trash" if page.in_trash else "archived" if page.is_archived else ""
        if where:
            remedy = "Restore it in Notion, or name another page."
            raise SetupError(f"Page {parent} is {where}.", remedy)
        return page


@dataclass(slots=True)
class Setup:
    """One set-up of one repository.

    Args:
        config: the configuration, which may be all defaults.
        runtime: clock, environment, network.
        on_planned: gets the plan and the files before anything is written.
        adoption: the configuration and the schema for files that a mapping was proposed for.
    """

    config: Config
    runtime: Runtime
    on_planned: OnPlanned = field(default=lambda _plan, _files: None)
    adoption: Adoption | None = None
    _descriptors: Descriptors | None = field(default=None, init=False)

    def run(self, options: SetupOptions) -> SetupResult:
        """Find what is missing and, unless it is a dry run, add it.

        Raises:
            UsageError: it cannot be done as requested; nothing was written.
            LedgerError: the ledger cannot be written; nothing was sent.
            NotionError: Notion cannot be reached, or the outcome of a create is not known.
        """
        starters = gather(self.config, missing_vocabularies(self.config))
        if not (self.config.file or starters.manifests):
            # Before a database for the default manifest is created.
            self._descriptors = find_descriptors(self.config.root)
            if self._descriptors:
                self._descriptors.refuse()
        files = plan_files(self.config, starters.by_path, self.adoption)
        names = self._names(starters)
        if names.violations:
            return SetupResult(options.dry_run, names.violations)
        if self.adoption and not (options.parent or self.config.names_database):
            return self._without_notion(options, starters, files)
        self._require_place(options)
        with ExitStack() as stack:
            ledger = None if options.dry_run else stack.enter_context(self._ledger())
            # Another run may have held the ledger until now, and have written some of them.
            files = plan_files(self.config, starters.by_path, self.adoption)
            connection = stack.enter_context(self._connect(read_only=options.dry_run))
            return self._run(options, names, starters, files, connection, ledger)

    def _run(
        self,
        options: SetupOptions,
        names: OptionNames,
        starters: Starters,
        files: Sequence[SetupFile],
        connection: Connection,
        ledger: Ledger | None,
    ) -> SetupResult:
        from lukhas_notion.setup.database import DatabaseWork, missing_views

        config = self.config
        recorded = ledger.state if ledger else read_state(config.ledger, config.ledger_within)
        lookup = Lookup(config, connection.reader, options, recorded)
        schema = lookup.find()
        plan = self._plan(names, files, schema, writes=ledger is not None)
        lacks_views = False
        if schema is not None:
            views = wanted_views(config.mapping)
            missing, lacks_views = missing_views(
                connection.client, recorded, schema.database_id, views
            )
            plan = replace(plan, views=missing)
        self.on_planned(plan, files)
        unapplied: Sequence[str] = ()
        left: Sequence[str] = ()
        notices = [*names.warnings, *lookup.notices, *plan_notices(plan)]
        notices += starter_notices(config, starters)
        notices += kept_notices(files) if self.adoption else ()
        if self._descriptors:
            notices.append(f"{self._descriptors.found} To use them: `{self._descriptors.command}`.")
        if ledger is not None:
            work = DatabaseWork(plan, options, config, self.runtime, connection, ledger, notices)
            schema, unapplied = work.carry_out()
            # A board needs its property; without it, the next run creates the views.
            lost = dict.fromkeys(plan.views, "") if unapplied else work.add_views(schema)
            plan = replace(plan, views=tuple(view for view in plan.views if view not in lost))
            notices += filter(None, lost.values())
            lacks_views |= any(lost.values())
            self._write(files, schema)
            files, problems = self._name_database(files, schema)
            by_hand = views_by_hand(config.mapping) if lacks_views else ""
            left = tuple(left_to_do(config, files, starters, schema, views=by_hand))
            notices += [*problems, *ledger.notices]
        return SetupResult(
            dry_run=options.dry_run,
            plan=plan,
            schema=schema,
            files=files,
            unapplied=unapplied,
            notices=tuple(notices),
            left=left,
            requests=connection.sent,
        )

    def _plan(
        self,
        names: OptionNames,
        files: Sequence[SetupFile],
        schema: Schema | None,
        *,
        writes: bool,
    ) -> SetupPlan:
        """Compare the database with the mapping.

        Raises:
            SetupError: the database has something else; proposed files are written nevertheless.
        """
        plan = plan_setup(self.config.mapping, names.by_property, schema)
        if plan.problems and self.adoption and writes:
            # There is no configuration to correct yet.
            self.on_planned(None, files)
            self._write(files, schema)
            plan.require_possible(
                "Nothing was changed in Notion, and the proposed files are written: correct "
                f"{FILE_NAME}, and run `lukhas-notion init`."
            )
        plan.require_possible()
        return plan

    def _without_notion(
        self, options: SetupOptions, starters: Starters, files: Sequence[SetupFile]
    ) -> SetupResult:
        """Write the files alone; the database is created later."""
        self.on_planned(None, files)
        notices = (*starter_notices(self.config, starters), *kept_notices(files))
        left: Sequence[str] = ()
        if not options.dry_run:
            self._write(files, None)
            left = tuple(left_to_do(self.config, files, starters, None))
        return SetupResult(options.dry_run, files=files, notices=notices, left=left)

    def _names(self, starters: Starters) -> OptionNames:
        """Return the names that the options of each property should have."""
        from lukhas_notion.sync.planner import backfill_names

        listed = [name for name in self.config.backfilled if name not in starters.names]
        names = backfill_names(self.config, listed)
        names.by_property.update(starters.names)
        return names

    def _require_place(self, options: SetupOptions) -> None:
        """Check that there is a token, and a database or a page for one."""
        if not (self.config.names_database or options.parent):
            remedy = "Name the page with --parent, or the database with --database."
            if self._descriptors:
                found, command = self._descriptors.found, self._descriptors.command
                remedy += f" {found} To set up from those: `{command}`."
            raise UsageError(
                "There is no database to complete, and no page to create one under.", remedy
            )
        # The page stands in for the database that does not exist yet.
        replace(self.config, database=self.config.database or options.parent).require_notion()

    def _ledger(self) -> Ledger:
        config, info = self.config, new_info(self.config, self.runtime)
        return Ledger(config.ledger, self.runtime.clock, info, within=config.ledger_within)

    def _connect(self, *, read_only: bool) -> Connection:
        from lukhas_notion.notion.connection import Connection

        return Connection.open(self.config, self.runtime, read_only=read_only)

    def _write(self, files: Sequence[SetupFile], schema: Schema | None) -> None:
        """Write the missing files, the one that names the database first.

        Raises:
            LukhasNotionError: a file cannot be written; those before it are written.
        """
        for file in files:
            if file.is_kept:
                continue
            text = file.text
            if file.is_configuration and schema:
                text += database_lines(schema, named=bool(self.config.data_source))
            try:
                create_file(self.config.root / file.path, text, within=self.config.root)
            except LukhasNotionError as error:
                again = "Then run again."
                if schema:
                    again = f"Then run again: the database {schema.database_id} is there and stays."
                raise LukhasNotionError(error.message, f"{error.remedy} {again}") from error

    def _name_database(
        self, files: Sequence[SetupFile], schema: Schema
    ) -> tuple[list[SetupFile], list[str]]:
        """Add the database to an existing configuration that names none.

        Returns:
            The files as they were written, and a sentence where the configuration cannot be
            written; then the list of steps says what to add.
        """
        done, problems = [], []
        for file in files:
            if file.gets_database:
                path, root = self.config.root / file.path, self.config.boundary
                try:
                    before = read_regular(path, MAX_BYTES, root=root)
                    after = with_database(before.decode(), database_lines(schema, named=False))
                    replace_bytes(path, before, after.encode() or before, root=root)
                except (LukhasNotionError, RefusedFileError) as error:
                    problems.append(f"The id was not added to {file.path}: {error.message}.")
                    done.append(replace(file, gets_database=False))
                    continue
            done.append(file)
        return done, problems
