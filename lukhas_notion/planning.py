"""What one run plans: which options and pages are looked at, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.config import Config
from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.option_plan import OptionChange, budget_notice, missing_options, plan_options
from lukhas_notion.plan import ChangeKind, Plan, make_plan
from lukhas_notion.preflight import deferred_options, left_out, missing_option
from lukhas_notion.snapshot import Page, Schema, Snapshot
from lukhas_notion.survey import PageQuery, Surveyor
from lukhas_notion.violation import Violation

if TYPE_CHECKING:
    from lukhas_notion.discovery import Discovery
    from lukhas_notion.history import History
    from lukhas_notion.review import Reviewed
    from lukhas_notion.selection import Selection


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What one sync is to do.

    Args:
        modules: the selected modules; None for all.
        paths: the selected manifests instead, by path; None for all.
        present: every manifest of the repository, where somebody has looked already.
        dry_run: plan and write nothing.
        backfill: properties whose missing options are added first.
        prune: also remove their options outside the vocabulary.
        repair_drift: write over what was edited in Notion.
        skip_invalid: sync the valid manifests although others have violations.
        pages: whether pages are synced at all; False is a backfill alone.
        reviewed: the plan that may be applied, and no other; None for any.
        archive_removed: move this repository's pages to the trash whose manifests are gone.
        leave: modules whose pages are left as they are.
        leave_pages: pages that are left as they are, by their ids.
        spare: modules whose pages keep what was edited in Notion although others do not.
        keep_renamed: give a page that is proven to be a new module's its name, whether or not
            others are moved to the trash.
        hold_removals: show which pages would be moved to the trash, and move none.
        force: how many pages and options may go where so many are refused; None for none.
    """

    modules: Sequence[str] | None = None
    paths: Sequence[str] | None = None
    present: Discovery | None = None
    dry_run: bool = False
    backfill: tuple[str, ...] = ()
    prune: bool = False
    repair_drift: bool = False
    skip_invalid: bool = False
    pages: bool = True
    reviewed: Reviewed | None = None
    archive_removed: bool = False
    leave: frozenset[str] = frozenset()
    leave_pages: frozenset[str] = frozenset()
    spare: frozenset[str] = frozenset()
    keep_renamed: bool = False
    hold_removals: bool = False
    force: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning came to.

    Args:
        plan: what there is to do; None when an option is missing and nothing may be skipped.
        mapping: without the optional properties that the database has not.
        refused: the options that are missing, as violations.
        notices: what a person should know and nothing else says.
        bearing: how many of the pages that were read bear a provenance SHA.
    """

    plan: Plan | None
    mapping: PropertyMapping
    refused: Sequence[Violation] = ()
    notices: Sequence[str] = ()
    bearing: int = 0


class Planner:
    """Plans one sync against Notion.

    Args:
        config: which database, and what is written there.
        options: what is to be done.
        names: property → the names that its options are to have.
        history: returns the repository's past; asked where modules are gone.
    """

    def __init__(
        self,
        config: Config,
        options: SyncOptions,
        names: Mapping[str, Sequence[str]],
        history: Callable[[Config], History],
    ) -> None:
        self._config = config
        self._options = options
        self._names = names
        self._history = history

    def plan(self, surveyor: Surveyor, selection: Selection | None) -> Planned:
        """Read Notion once and compare; without a selection, options alone.

        Raises:
            SetupError: the database is not as it has to be.
            NotionError: Notion could not be read.
        """
        survey = surveyor.survey(self._wanted, self._query(selection))
        schema, mapping, pages = survey.schema, survey.mapping, survey.pages
        notices = self._absent(schema)
        names = {name: listed for name, listed in self._names.items() if name in mapping.types}
        changes = plan_options(schema, names, pages=pages, prune=self._options.prune)
        if options_too_large := budget_notice(schema, changes):
            notices.append(options_too_large)
        if selection is None:
            plan = Plan(schema, changes, (), orphans_known=False)
            return Planned(plan, mapping, notices=notices)
        desired, refused = self._refuse(selection.desired, schema, mapping, changes, notices)
        if refused and not self._options.skip_invalid:
            return Planned(None, mapping, refused, notices)
        desired = [want for want in desired if want.module not in self._options.leave]
        plan = make_plan(
            desired,
            Snapshot(
                schema,
                [page for page in pages if page.id not in self._options.leave_pages],
                complete=selection.whole,
            ),
            mapping,
            options=changes,
            repair_drift=self._options.repair_drift,
            spare=self._options.spare,
            other_modules=_others(selection, desired),
        )
        if selection.whole and selection.others is None:
            notices.append("Orphans are not listed: a manifest could not be read.")
        if self._options.archive_removed or self._options.keep_renamed:
            whole = plan.orphans_known and not (selection.violations or refused)
            plan = self._resolve(plan, desired, pages, mapping, notices, whole=whole)
        bearing = sum(bool(page.values.get(mapping.sha.name)) for page in pages)
        return Planned(plan, mapping, refused, notices, bearing)

    def _resolve(
        self,
        plan: Plan,
        desired: Sequence[Desired],
        pages: Sequence[Page],
        mapping: PropertyMapping,
        notices: list[str],
        *,
        whole: bool,
    ) -> Plan:
        """Find out which pages without a manifest are ours, and what is to become of them."""
        from lukhas_notion.ownership import gather
        from lukhas_notion.removed import resolve

        archive = self._options.archive_removed
        if not whole:
            does = "moved to the trash" if archive else "renamed"
            notices.append(f"Nothing is {does}: not every manifest is valid.")
            return plan
        orphans = [c for c in plan.changes if c.kind is ChangeKind.ORPHAN]
        creates = [c for c in plan.changes if c.kind is ChangeKind.CREATE]
        evidence = gather(self._config, self._history(self._config), orphans, creates)
        resolved = resolve(plan, desired, pages, mapping, evidence, archive=archive)
        left = sum(c.kind is ChangeKind.ORPHAN and bool(c.sha) for c in resolved.changes)
        if archive and left and evidence.gap:
            said = "page without a manifest is" if left == 1 else "pages without a manifest are"
            notices.append(f"{left} {said} left alone, not proven to be ours: {evidence.gap}.")
        return resolved

    @property
    def _wanted(self) -> PropertyMapping:
        """What the database must have: a backfill alone needs its own properties only."""
        mapping = self._config.mapping
        if self._options.pages:
            return mapping
        every = {p.name for p in mapping.properties}
        return mapping.without(
            every - {*self._options.backfill, mapping.title.name, mapping.sha.name}
        )

    def _query(self, selection: Selection | None) -> PageQuery | None:
        """Return which pages are to be read; a backfill that removes nothing needs none."""
        if selection is None:
            return PageQuery() if self._options.prune else None
        return PageQuery([d.module for d in selection.desired], whole=selection.whole)

    def _absent(self, schema: Schema) -> list[str]:
        """Name the properties that are wanted and that the database has not as they are wanted."""
        return [
            f"{each.fact} It is optional, and not written."
            for each in left_out(self._wanted, schema)
            if each.found or each.stand_in or each.name not in self._names
        ] + [
            f"The database has no property '{name}': no options added."
            for name in self._names
            if name not in schema.properties
        ]

    def _refuse(
        self,
        desired: Sequence[Desired],
        schema: Schema,
        mapping: PropertyMapping,
        changes: Sequence[OptionChange],
        notices: list[str],
    ) -> tuple[list[Desired], list[Violation]]:
        """Split off the modules that need an option Notion would have to make up.

        In a dry run one that a backfill would add is a note: the preview shows what comes of it.
        """
        missing = missing_options(desired, schema, mapping, changes)
        if missing and self._options.dry_run:
            names = backfill_names(self._config, self._config.backfilled).by_property
            later = [m for m in missing if not m.near and m.name in names.get(m.property_name, ())]
            notices.extend(deferred_options(later, schema))
            missing = [each for each in missing if each not in later]
        modules = {m.module for m in missing}
        kept = [d for d in desired if d.module not in modules]
        return kept, sorted(missing_option(self._config, m, mapping, schema) for m in missing)


@dataclass(frozen=True, slots=True)
class OptionNames:
    """The names that properties' options are to have.

    Args:
        by_property: property → names, without those that have a violation.
        violations: what is wrong in the vocabularies.
        warnings: what a person should know of them.
    """

    by_property: dict[str, Sequence[str]]
    violations: Sequence[Violation] = ()
    warnings: Sequence[str] = ()


def backfill_names(config: Config, properties: Sequence[str]) -> OptionNames:
    """Return the names that each backfilled property is to have.

    Raises:
        ConfigError: a property has neither a vocabulary nor a constant, or a file cannot be read.
    """
    from lukhas_notion.selection import load_vocabularies

    constants = config.mapping.constant_options()
    names: dict[str, Sequence[str]] = {
        name: constants[name] for name in properties if name in constants
    }
    loaded = load_vocabularies(config, [name for name in properties if name not in constants])
    names.update({name: vocabulary.names for name, vocabulary in loaded.items()})
    return OptionNames(
        names,
        [v for vocabulary in loaded.values() for v in vocabulary.violations],
        [said for vocabulary in loaded.values() for said in vocabulary.warnings],
    )


def _others(selection: Selection, desired: Sequence[Desired]) -> frozenset[str] | None:
    """Return the modules that have a manifest and are not in the plan."""
    if selection.others is None:
        return None
    return selection.others | ({d.module for d in selection.desired} - {d.module for d in desired})
