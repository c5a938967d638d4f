"""Plan one run: read the pages that it needs, and refuse modules that cannot be written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.config.config import Config
from lukhas_notion.ledger.state import PageState
from lukhas_notion.manifests.manifest import Violation, file_of, is_entry
from lukhas_notion.plan.database import (
    OptionChange,
    Page,
    Schema,
    Snapshot,
    budget_notice,
    missing_options,
    plan_options,
)
from lukhas_notion.plan.identity import match, with_hidden
from lukhas_notion.plan.make_plan import make_plan
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import Owner
from lukhas_notion.plan.plan import Plan
from lukhas_notion.sync.inquiry import Inquiry, with_editors
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.prefetch import PageQuery, Prefetch, ReadResult, everything
from lukhas_notion.sync.references import PeopleTargets, RelationTargets, with_sources
from lukhas_notion.util.git import Absence
from lukhas_notion.validate.database_schema import (
    BY_HAND,
    deferred_options,
    left_out,
    missing_option,
    not_added,
)

if TYPE_CHECKING:
    from lukhas_notion.validate.select import Selection


@dataclass(frozen=True, slots=True)
class PlanningResult:
    """The result of planning.

    Args:
        plan: the plan; None if a module is refused and must not be skipped.
        mapping: the mapping without the optional properties that the database lacks.
        refused: missing options and unknown names, as violations.
        notices: notices for the user.
        needs_backfill: whether the plan, of a dry run, uses options that a backfill must add first.
    """

    plan: Plan | None
    mapping: PropertyMapping
    refused: Sequence[Violation] = ()
    notices: Sequence[str] = ()
    needs_backfill: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of a comparison of modules and pages.

    Args:
        plan: the plan.
        modules: the number of compared modules: all except the refused ones.
        pages: all pages that were read.
        mapping: the compared properties, without relations that cannot be read.
        gap: why it is unknown which manifests were removed; "" if it is known or was not asked.
        refused: names in relations and of people that do not exist, as violations.
        notices: notices for the user about relations, people and bodies.
    """

    plan: Plan
    modules: int
    pages: Sequence[Page]
    mapping: PropertyMapping
    gap: str = ""
    refused: Sequence[Violation] = ()
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans one sync against Notion.

    Args:
        config: the database and the mapping.
        options: the options of the sync.
        names: property → the names that its options must have.
        owner: the identity of this run.
        absent: returns the paths that the commit does not have.
        recorded: returns the pages that the ledger records, by id.
        prefetch: reads Notion.
    """

    config: Config
    options: SyncOptions
    names: Mapping[str, Sequence[str]]
    owner: Owner
    absent: Callable[[Collection[str]], Absence]
    recorded: Callable[[], Mapping[str, PageState]]
    prefetch: Prefetch

    def plan(self, selection: Selection | None) -> PlanningResult:
        """Read Notion once and compare; without a selection, plan only options.

        Raises:
            SetupError: the database is not set up as required.
            NotionError: Notion could not be read.
        """
        held = self.prefetch.read(
            self._wanted, self._query(selection), may_add=self.options.add_properties
        )
        mapping = held.mapping
        schema = held.fit.schema_with(held.schema)
        notices = [*held.fit.doubts, *self._lacking(schema)]
        names = {name: listed for name, listed in self.names.items() if name in mapping.types}
        changes = plan_options(schema, names, pages=held.pages, prune=self.options.prune)
        if options_too_large := budget_notice(schema, changes):
            notices.append(options_too_large)
        notices.extend(f"{fact} {BY_HAND}" for fact in not_added(names, changes, schema))
        if selection is None:
            plan = Plan(held.schema, changes, (), orphans_known=False)
            return PlanningResult(plan, mapping, notices=notices)
        desired, refused, later = self._refuse(selection.desired, schema, mapping, changes)
        notices.extend(later)
        if refused and not self.options.skip_invalid:
            return PlanningResult(None, mapping, refused, notices)
        desired = [want for want in desired if want.module not in self.options.skip_modules]
        # A removed manifest may have been renamed to one that is not valid.
        sound = not (selection.violations or refused)
        compared = self.compare(held, selection, desired, changes, sound=sound)
        sound = sound and not compared.refused
        refused = sorted([*refused, *compared.refused])
        notices.extend(compared.notices)
        if compared.refused and not self.options.skip_invalid:
            return PlanningResult(None, mapping, refused, notices)
        if selection.whole and selection.others is None:
            notices.append("Unmanaged pages are not listed: a manifest could not be read.")
        if self.options.archive_removed:
            notices.extend(_why_none_is_removed(compared.gap, sound=sound))
        plan, editors = with_editors(compared.plan, compared.pages, self.prefetch)
        notices.extend(editors.notices)
        return PlanningResult(plan, compared.mapping, refused, notices, bool(later))

    def compare(
        self,
        held: ReadResult,
        selection: Selection,
        desired: Sequence[Desired],
        options: Sequence[OptionChange] = (),
        *,
        sound: bool = True,
    ) -> Compared:
        """Compare modules with the pages that were read, and with further pages where needed.

        Args:
            held: the schema and the pages that were read.
            selection: all manifests.
            desired: the modules that are compared.
            options: the planned changes of options.
            sound: whether no manifest has a violation, so that pages without a manifest may be
                moved to the trash.
        """
        related, people = self._resolve(held, desired)
        modules, refused = people.desired, [*related.refused, *people.refused]
        inquiry = Inquiry(
            self.config,
            self.owner,
            self.prefetch,
            selection,
            modules,
            self.absent,
            self.recorded,
            every_body=self.options.bodies,
        )
        pages, hidden = self._find(inquiry, held, selection, modules)
        if related.specs:
            self._relate(related, inquiry, selection, modules, pages, hidden)
            pages = [related.pages.get(page.id, page) for page in pages]
            hidden = [related.pages.get(page.id, page) for page in hidden]
        plan = make_plan(
            modules,
            Snapshot(held.schema, self._left(pages), selection.whole, self._left(hidden)),
            related.mapping,
            owner=self.owner,
            lookups=inquiry.lookups,
            options=options,
            columns=with_sources(held.fit.columns, held.schema, self.prefetch),
            repair_drift=self.options.repair_drift,
            keep_drift=self.options.keep_drift,
            other_modules=_others(selection, modules),
            targets=people.added_to(related.targets),
            archive=self.options.archive_removed and sound and not refused,
        )
        return Compared(
            plan,
            len(modules),
            [*pages, *hidden],
            related.mapping,
            inquiry.gap,
            refused,
            [*related.notices, *people.notices, *plan.notices, *inquiry.notices],
        )

    def _resolve(
        self, held: ReadResult, desired: Sequence[Desired]
    ) -> tuple[RelationTargets, PeopleTargets]:
        """Look up people and pages of other databases, and refuse modules with unknown names.

        This comes first, because everything else is asked only for the modules that are planned.
        """
        related = RelationTargets(
            self.config, self.prefetch, held.schema, held.mapping, list(desired), {}
        )
        related.resolve()
        people = PeopleTargets(self.config, related.mapping, related.desired)
        people.resolve(self.prefetch)
        related.desired = people.desired
        return related, people

    def _relate(
        self,
        related: RelationTargets,
        inquiry: Inquiry,
        selection: Selection,
        modules: Sequence[Desired],
        shown: Sequence[Page],
        hidden: Sequence[Page],
    ) -> None:
        """Read the pages that relations name, for the planned modules and for their pages."""
        identity = related.mapping, self.owner, inquiry.lookups
        pages = with_hidden(match(modules, shown, *identity), modules, hidden, *identity)
        related.pages = {page.id: page for page in pages.values()}
        titles = selection.unplanned_titles({want.path for want in modules})
        related.read([*shown, *hidden], titles, assumes=self.options.base is not None)

    def _left(self, pages: Sequence[Page]) -> list[Page]:
        return [page for page in pages if page.id not in self.options.skip_pages]

    def _find(
        self,
        inquiry: Inquiry,
        held: ReadResult,
        selection: Selection,
        desired: Sequence[Desired],
    ) -> tuple[Sequence[Page], Sequence[Page]]:
        """Return the visible pages, and the archived and trashed ones, of these modules.

        Before a module counts as new, the pages that the ledger names are read by id. All pages are
        read where the module's page may have been retitled: where none was found, or only one that
        a user may have made under its title.
        """
        pages = list(held.pages)
        query = self._query(selection)
        source, mapping = held.schema.data_source_id, held.mapping
        matches = match(desired, pages, mapping, self.owner, inquiry.lookups)
        matched = matches.pages.keys() | matches.conflicts.keys()
        absent = [want for want in desired if want.module not in matched]
        hidden = self.prefetch.archived(mapping) if absent else []
        named = inquiry.named(absent, source, pages, mapping)
        for page in named:
            (hidden if page.in_trash or page.is_archived else pages).append(page)
        if query is not None and not query.whole:
            if named:
                matches = match(desired, pages, mapping, self.owner, inquiry.lookups)
            pageless = [want for want in desired if want.module not in matches.pages]
            hidden_ids = {page.id for page in hidden}
            if (
                any(self._may_be_retitled(want) for want in pageless)
                or any(_is_made_by_hand(page, mapping) for page in matches.pages.values())
                or inquiry.knows_others(desired, matches.pages, source)
            ):
                pages = self.prefetch.every_page(mapping)
                pages += [page for page in named if page.id not in hidden_ids]
        return list({page.id: page for page in pages}.values()), hidden

    def _may_be_retitled(self, want: Desired) -> bool:
        """Return whether a module without a page may have one under an older title."""
        base = self.options.base
        if base is None or want.path in base.paths:
            return True
        # An entry may have moved to another place within its file.
        return is_entry(want.path) and file_of(want.path) in map(file_of, base.paths)

    @property
    def _wanted(self) -> PropertyMapping:
        """The properties that the database must have; a backfill needs only its own."""
        mapping = self.config.mapping
        if self.options.pages:
            return mapping
        every = {p.name for p in mapping.properties}
        return mapping.without(
            every - {*self.options.backfill, mapping.title.name, mapping.sha.name}
        )

    def _query(self, selection: Selection | None) -> PageQuery | None:
        """Return the pages that are read; a backfill that removes nothing needs none."""
        if selection is None:
            return everything() if self.options.prune else None
        names = [want.module for want in selection.desired]
        return self.options.query(names, whole=selection.whole)

    def _lacking(self, schema: Schema) -> list[str]:
        """Return notices on the wanted properties that the database lacks or has otherwise."""
        return [
            f"{left.fact} It is optional, and not written."
            for left in left_out(self._wanted, schema)
            if left.found or left.stand_in or left.name not in self.names
        ] + [
            f"The database has no property '{name}': no options added."
            for name in self.names
            if name not in schema.properties
        ]

    def _refuse(
        self,
        desired: Sequence[Desired],
        schema: Schema,
        mapping: PropertyMapping,
        changes: Sequence[OptionChange],
    ) -> tuple[list[Desired], list[Violation], list[str]]:
        """Split off the modules that need an option which does not exist.

        In a dry run an option that a backfill would add causes only a notice, the last value.
        """
        missing = missing_options(desired, schema, mapping, changes)
        notices: list[str] = []
        if missing and self.options.dry_run:
            names = backfill_names(self.config, self.config.backfilled).by_property
            later = [m for m in missing if not m.near and m.name in names.get(m.property_name, ())]
            notices.extend(deferred_options(later, schema))
            missing = [m for m in missing if m not in later]
        modules = {m.module for m in missing}
        kept = [d for d in desired if d.module not in modules]
        refused = sorted(missing_option(self.config, m, mapping, schema) for m in missing)
        return kept, refused, notices


@dataclass(frozen=True, slots=True)
class OptionNames:
    """The names that the options of properties must have.

    Args:
        by_property: property → names, without those that have a violation.
        violations: violations in the vocabularies.
        warnings: warnings about the vocabularies.
    """

    by_property: dict[str, Sequence[str]]
    violations: Sequence[Violation] = ()
    warnings: Sequence[str] = ()


def backfill_names(config: Config, properties: Sequence[str]) -> OptionNames:
    """Return the names that the options of each backfilled property must have.

    Raises:
        ConfigError: a property has neither a vocabulary nor a constant, or a file cannot be read.
    """
    from lukhas_notion.validate.vocabulary import load_vocabularies

    constants = config.mapping.constant_options()
    names: dict[str, Sequence[str]] = {
        name: constants[name] for name in properties if name in constants
    }
    loaded = load_vocabularies(config, [name for name in properties if name not in constants])
    names.update({name: vocabulary.names for name, vocabulary in loaded.items()})
    return OptionNames(
        names,
        [v for vocabulary in loaded.values() for v in vocabulary.violations],
        [warning for vocabulary in loaded.values() for warning in vocabulary.warnings],
    )


def _is_made_by_hand(page: Page, mapping: PropertyMapping) -> bool:
    """Return whether a page was found only by its title, and was never written by this tool."""
    return not page.link and not page.values.get(mapping.sha.name)


def _why_none_is_removed(gap: str, *, sound: bool) -> Iterator[str]:
    """Yield why no page is moved to the trash although this was requested."""
    if not sound:
        yield "Nothing is moved to the trash: not every manifest is valid."
    elif gap:
        yield f"Nothing is moved to the trash: it is not known which manifests are gone: {gap}."


def _others(selection: Selection, desired: Sequence[Desired]) -> frozenset[str] | None:
    """Return the modules that have a manifest and are not planned."""
    if selection.others is None:
        return None
    return selection.others | ({d.module for d in selection.desired} - {d.module for d in desired})
