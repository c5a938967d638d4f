"""One set-up: configuration → what is missing → database → files → what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lukhas_notion.config.config import Config
from lukhas_notion.config.paths import MAX_BYTES
from lukhas_notion.ledger.file import Ledger, read_state
from lukhas_notion.ledger.state import LedgerState
from lukhas_notion.plan.database import Schema
from lukhas_notion.setup.adopt import Adoption, Descriptors, find_descriptors
from lukhas_notion.setup.files import (
    SetupFile,
    database_lines,
    missing_vocabularies,
    plan_files,
    with_database,
)
from lukhas_notion.setup.result import (
    SetupOptions,
    SetupPlan,
    SetupResult,
    left_to_do,
    notices,
    plan_setup,
    wanted_views,
)
from lukhas_notion.setup.vocabularies import Starters, gather
from lukhas_notion.sync.run import new_info
from lukhas_notion.util.errors import LukhasNotionError, UsageError
from lukhas_notion.util.read_files import RefusedFileError, read_regular
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.util.write_files import create_text, replace_bytes

if TYPE_CHECKING:
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.sync.planner import OptionNames

#: Told of what is added to Notion, None for nothing, and of the files.
OnPlanned = Callable[[SetupPlan | None, Sequence[SetupFile]], None]


@dataclass(slots=True)
class Setup:
    """One set-up of one repository.

    Args:
        config: the configuration, which may be all defaults.
        runtime: clock, environment, network.
        on_planned: told of the plan and the files before anything is written.
        adoption: the configuration and the schema for files that a mapping was proposed for.
    """

    config: Config
    runtime: Runtime
    on_planned: OnPlanned = field(default=lambda _plan, _files: None)
    adoption: Adoption | None = None
    _descriptors: Descriptors | None = field(default=None, init=False)

    def run(self, options: SetupOptions) -> SetupResult:
        """Find out what is missing and, unless it is a dry run, add it.

        Raises:
            UsageError: it cannot be done as asked; nothing was written.
            LedgerError: the ledger cannot be written; nothing was sent.
            NotionError: Notion cannot be reached, or the outcome of a create is not known.
        """
        starters = gather(self.config, missing_vocabularies(self.config))
        if not (self.config.file or starters.manifests):
            self._look_for_descriptors()
        files = plan_files(self.config, starters.by_path, self.adoption)
        names = self._names(starters)
        if names.violations:
            return SetupResult(options.dry_run, names.violations)
        if self.adoption and not (options.parent or self._is_named):
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
        from lukhas_notion.setup.existing import Lookup
        from lukhas_notion.setup.views import missing_views

        recorded = ledger.state if ledger else self._recorded()
        lookup = Lookup(self.config, connection.reader, options, recorded)
        schema = lookup.find()
        plan = plan_setup(self.config.mapping, names.by_property, schema)
        plan.require_possible()
        by_hand = False
        if schema is not None:
            views = wanted_views(self.config.mapping)
            missing, by_hand = missing_views(connection.client, recorded, schema.database_id, views)
            plan = replace(plan, views=missing)
        self.on_planned(plan, files)
        unapplied: Sequence[str] = ()
        left: Sequence[str] = ()
        said = [*names.warnings, *lookup.notices, *notices(self.config, plan, starters)]
        if self._descriptors:
            said.append(f"{self._descriptors.found} To use them: `{self._descriptors.command}`.")
        if ledger is not None:
            schema, unapplied, unseen = self._carry_out(plan, options, connection, ledger, said)
            self._write(files, schema)
            files, problems = self._name_database(files, schema)
            said.extend(problems)
            by_hand = by_hand or unseen
            left = tuple(left_to_do(self.config, files, starters, schema, lacks_views=by_hand))
            said.extend(ledger.notices)
        return SetupResult(
            dry_run=options.dry_run,
            plan=plan,
            schema=schema,
            files=files,
            unapplied=unapplied,
            notices=tuple(said),
            left=left,
            requests=connection.sent,
        )

    @property
    def _is_named(self) -> bool:
        """Whether a database is named."""
        return bool(self.config.database or self.config.data_source)

    def _without_notion(
        self, options: SetupOptions, starters: Starters, files: Sequence[SetupFile]
    ) -> SetupResult:
        """Write the files alone, for a database that is made later."""
        self.on_planned(None, files)
        said = tuple(notices(self.config, None, starters))
        left: Sequence[str] = ()
        if not options.dry_run:
            self._write(files, None)
            left = tuple(left_to_do(self.config, files, starters, None))
        return SetupResult(options.dry_run, files=files, notices=said, left=left)

    def _look_for_descriptors(self) -> None:
        """Tell of files of another shape, before a database for the default one is made."""
        self._descriptors = find_descriptors(self.config.root)
        if self._descriptors:
            self._descriptors.refuse()

    def _names(self, starters: Starters) -> OptionNames:
        """Return the names that each property's options are to have."""
        from lukhas_notion.sync.planner import backfill_names

        there = [name for name in self.config.backfilled if name not in starters.names]
        names = backfill_names(self.config, there)
        names.by_property.update(starters.names)
        return names

    def _require_place(self, options: SetupOptions) -> None:
        """Check that there is a token, and a database or a page for one."""
        config = self.config
        if not (self._is_named or options.parent):
            raise UsageError(
                "There is no database to complete, and no page to make one under.",
                "Name the page with --parent, or the database with --database.",
            )
        # The page stands in for the database that there is not yet.
        replace(config, database=config.database or options.parent).require_notion()

    def _ledger(self) -> Ledger:
        info = new_info(self.config, self.runtime)
        config = self.config
        return Ledger(config.ledger, self.runtime.clock, info, within=config.ledger_within)

    def _recorded(self) -> LedgerState:
        return read_state(self.config.ledger, self.config.ledger_within)

    def _connect(self, *, read_only: bool) -> Connection:
        from lukhas_notion.notion.connection import Connection

        return Connection.open(self.config, self.runtime, read_only=read_only)

    def _carry_out(
        self,
        plan: SetupPlan,
        options: SetupOptions,
        connection: Connection,
        ledger: Ledger,
        said: list[str],
    ) -> tuple[Schema, Sequence[str], bool]:
        """Return the database, what it lacks, and whether a view of a new one was not made."""
        from lukhas_notion.setup.database import DatabaseWork

        work = DatabaseWork(plan, options, self.config, self.runtime, connection, ledger, said)
        schema, lacking = work.carry_out()
        # A board may be grouped by a property that Notion does not show yet: the next run adds it.
        problems = [] if lacking else work.add_views(schema)
        said.extend(problems)
        return schema, lacking, bool(problems)

    def _write(self, files: Sequence[SetupFile], schema: Schema | None) -> None:
        """Write the missing files, the one that names the database first.

        Raises:
            LukhasNotionError: one cannot be written; those before it are there.
        """
        for file in files:
            if file.is_kept:
                continue
            text = file.text
            if file.names_database and schema:
                text += database_lines(schema, named=bool(self.config.data_source))
            try:
                create_text(self.config.root / file.path, text, within=self.config.root)
            except LukhasNotionError as error:
                said = "Then run again."
                if schema:
                    said = f"Then run again: the database {schema.database_id} is there and stays."
                raise LukhasNotionError(error.message, f"{error.remedy} {said}") from error

    def _name_database(
        self, files: Sequence[SetupFile], schema: Schema
    ) -> tuple[list[SetupFile], list[str]]:
        """Add the database to a configuration that is there and names none.

        Returns:
            The files as they were written, and a sentence where the configuration cannot be: what
            is left to do says what to add then.
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
                    problems.append(f"{file.path} does not get the database: {error.message}.")
                    done.append(replace(file, gets_database=False))
                    continue
            done.append(file)
        return done, problems
