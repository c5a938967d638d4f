"""What one run plans: which pages are looked at, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.config.config import Config
from lukhas_notion.ledger.state import PageState
from lukhas_notion.manifests.manifest import Violation, file_of, is_entry
from lukhas_notion.plan.identity import Matches, match
from lukhas_notion.plan.make_plan import make_plan
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.options import OptionChange, budget_notice, missing_options, plan_options
from lukhas_notion.plan.page_record import Owner
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.snapshot import Page, Schema, Snapshot
from lukhas_notion.sync.inquiry import Inquiry, with_editors
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.prefetch import PageQuery, Prefetch, ReadResult, everything
from lukhas_notion.sync.references import PeopleTargets, RelationTargets, with_sources
from lukhas_notion.util.git import Absence
from lukhas_notion.validate.database_schema import (
    deferred_options,
    left_out,
    missing_option,
    other_spellings,
)

if TYPE_CHECKING:
    from lukhas_notion.validate.select import Selection


@dataclass(frozen=True, slots=True)
class PlanningResult:
    """What planning came to.

    Args:
        plan: what there is to do; None when an option is missing and nothing may be skipped.
        mapping: without the optional properties that the database has not.
        refused: the options that are missing, as violations.
        notices: what a person should know and nothing else says.
    """

    plan: Plan | None
    mapping: PropertyMapping
    refused: Sequence[Violation] = ()
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison of modules and pages came to.

    Args:
        plan: what there is to do.
        modules: how many modules were compared: all but those that are refused.
        pages: every page that was read.
        mapping: what was compared: less the relations that nobody may read.
        gap: why it is not known which manifests are gone; "" where it is, or was not asked.
        refused: names in relations that another database has not, and of people that nobody has.
        notices: what a person should know of relations and of the pages' bodies.
    """

    plan: Plan
    modules: int
    pages: Sequence[Page]
    mapping: PropertyMapping
    gap: str = ""
    refused: Sequence[Violation] = ()
    notices: Sequence[str] = ()


class Planner:
    """Plans one sync against Notion.

    Args:
        config: which database, and what is written there.
        options: what is to be done.
        names: property → the names that its options are to have.
        owner: who this run is.
        absent: of paths of the repository, those that the commit does not have.
        recorded: returns the pages that the ledger records, by their ids.
    """

    def __init__(
        self,
        config: Config,
        options: SyncOptions,
        names: Mapping[str, Sequence[str]],
        owner: Owner,
        absent: Callable[[Collection[str]], Absence],
        recorded: Callable[[], Mapping[str, PageState]],
    ) -> None:
        self._config = config
        self._options = options
        self._names = names
        self._owner = owner
        self._absent_paths = absent
        self._recorded = recorded

    def plan(self, prefetch: Prefetch, selection: Selection | None) -> PlanningResult:
        """Read Notion once and compare; without a selection, options alone.

        Raises:
            SetupError: the database is not as it has to be.
            NotionError: Notion could not be read.
        """
        held = prefetch.read(
            self._wanted, self._query(selection), may_add=self._options.add_properties
        )
        mapping = held.mapping
        schema = held.fit.schema_with(held.schema)
        notices = [*held.fit.doubts, *self._lacking(schema)]
        names = {name: listed for name, listed in self._names.items() if name in mapping.types}
        changes = plan_options(schema, names, pages=held.pages, prune=self._options.prune)
        if options_too_large := budget_notice(schema, changes):
            notices.append(options_too_large)
        notices.extend(other_spellings(names, changes, schema))
        if selection is None:
            plan = Plan(held.schema, changes, (), orphans_known=False)
            return PlanningResult(plan, mapping, notices=notices)
        desired, refused = self._refuse(selection.desired, schema, mapping, changes, notices)
        if refused and not self._options.skip_invalid:
            return PlanningResult(None, mapping, refused, notices)
        desired = [want for want in desired if want.module not in self._options.skip_modules]
        # A manifest that is not valid may be what another one has become.
        sound = not (selection.violations or refused)
        found = self.compare(prefetch, held, selection, desired, changes, sound=sound)
        sound = sound and not found.refused
        refused = sorted([*refused, *found.refused])
        notices.extend(found.notices)
        if found.refused and not self._options.skip_invalid:
            return PlanningResult(None, mapping, refused, notices)
        if selection.whole and selection.others is None:
            notices.append("Unmanaged pages are not listed: a manifest could not be read.")
        if self._options.archive_removed:
            notices.extend(_why_none_is_gone(found.gap, sound=sound))
        plan, editors = with_editors(found.plan, found.pages, prefetch)
        notices.extend(editors.notices)
        return PlanningResult(plan, found.mapping, refused, notices)

    def compare(
        self,
        prefetch: Prefetch,
        held: ReadResult,
        selection: Selection,
        desired: Sequence[Desired],
        options: Sequence[OptionChange] = (),
        *,
        sound: bool = True,
    ) -> Compared:
        """Compare modules with the pages that were read, and with those that they lead to.

        Args:
            prefetch: for pages that were not read yet.
            held: what was read.
            selection: every manifest that there is.
            desired: the modules that are compared.
            options: what becomes of options.
            sound: whether those that are not compared are none because of a violation, so that
                pages may be called gone.
        """
        related, people = self._resolve(prefetch, held, desired)
        modules, refused = people.desired, [*related.refused, *people.refused]
        inquiry = Inquiry(
            self._config,
            self._owner,
            prefetch,
            selection,
            modules,
            self._absent_paths,
            self._recorded,
            every_body=self._options.bodies,
        )
        pages, hidden = self._find(inquiry, prefetch, held, selection, modules)
        if related.specs:
            self._relate(related, inquiry, selection, modules, [*pages, *hidden])
            pages = [related.pages.get(page.id, page) for page in pages]
            hidden = [related.pages.get(page.id, page) for page in hidden]
        plan = make_plan(
            modules,
            Snapshot(held.schema, self._left(pages), selection.whole, self._left(hidden)),
            related.mapping,
            owner=self._owner,
            lookups=inquiry.lookups,
            options=options,
            columns=with_sources(held.fit.columns, held.schema, prefetch),
            repair_drift=self._options.repair_drift,
            keep_drift=self._options.keep_drift,
            other_modules=_others(selection, modules),
            targets=people.added_to(related.targets),
            archive=self._options.archive_removed and sound and not refused,
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
        self, prefetch: Prefetch, held: ReadResult, desired: Sequence[Desired]
    ) -> tuple[RelationTargets, PeopleTargets]:
        """Look up who and what outside this database is named, and refuse what nobody has.

        That comes first: which modules are planned has to be settled before anything is asked of
        the others.
        """
        related = RelationTargets(
            self._config, prefetch, held.schema, held.mapping, list(desired), {}
        )
        related.resolve()
        people = PeopleTargets(self._config, related.mapping, related.desired)
        people.resolve(prefetch)
        related.desired = people.desired
        return related, people

    def _relate(
        self,
        related: RelationTargets,
        inquiry: Inquiry,
        selection: Selection,
        modules: Sequence[Desired],
        pages: Sequence[Page],
    ) -> None:
        """Read what relations name, for the planned modules and for their pages."""
        found = match(modules, pages, related.mapping, self._owner, inquiry.lookups)
        related.pages = {page.id: page for page in found.pages.values()}
        titles = selection.titles_beside({want.path for want in modules})
        related.read(pages, titles, assumes=self._options.base is not None)

    def _left(self, pages: Sequence[Page]) -> list[Page]:
        return [page for page in pages if page.id not in self._options.skip_pages]

    def _find(
        self,
        inquiry: Inquiry,
        prefetch: Prefetch,
        held: ReadResult,
        selection: Selection,
        desired: Sequence[Desired],
    ) -> tuple[Sequence[Page], Sequence[Page]]:
        """Return the pages that queries show, and those that they do not, of these modules.

        Before a module is taken for a new one, the pages that the ledger names are read by their
        ids. All pages are read where the module's own page may have been retitled: where none was
        found, or only one that a person may have made under its title.
        """
        pages = list(held.pages)
        query = self._query(selection)
        source, mapping = held.schema.data_source_id, held.mapping
        found = match(desired, pages, mapping, self._owner, inquiry.lookups)
        absent = _unmatched(desired, found)
        hidden = prefetch.archived(mapping) if absent else []
        named = inquiry.named(absent, source, pages, mapping)
        for page in named:
            (hidden if page.in_trash or page.is_archived else pages).append(page)
        if query is not None and not query.whole:
            if named:
                found = match(desired, pages, mapping, self._owner, inquiry.lookups)
            pageless = [want for want in desired if want.module not in found.pages]
            back = {page.id for page in hidden}
            if (
                any(self._may_be_retitled(want) for want in pageless)
                or any(_is_made_by_hand(page, mapping) for page in found.pages.values())
                or inquiry.knows_others(desired, found.pages, source)
            ):
                pages = prefetch.every_page(mapping)
                pages += [page for page in named if page.id not in back]
        return list({page.id: page for page in pages}.values()), hidden

    def _may_be_retitled(self, want: Desired) -> bool:
        """Whether a module without a page may have one under a title that was not asked for."""
        base = self._options.base
        if base is None or want.path in base.paths:
            return True
        # An entry that was there may stand at another place of its file by now.
        return is_entry(want.path) and file_of(want.path) in map(file_of, base.paths)

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
            return everything() if self._options.prune else None
        names = [want.module for want in selection.desired]
        return self._options.query(names, whole=selection.whole)

    def _lacking(self, schema: Schema) -> list[str]:
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
        [said for vocabulary in loaded.values() for said in vocabulary.warnings],
    )


def _unmatched(desired: Sequence[Desired], found: Matches) -> list[Desired]:
    """Return the modules that have neither a page nor a conflict."""
    taken = found.pages.keys() | found.conflicts.keys()
    return [want for want in desired if want.module not in taken]


def _is_made_by_hand(page: Page, mapping: PropertyMapping) -> bool:
    """Whether a page was found by its title alone, and this tool has never written it."""
    return not page.link and not page.values.get(mapping.sha.name)


def _why_none_is_gone(gap: str, *, sound: bool) -> Iterator[str]:
    """Say why no page is moved to the trash although that was asked for."""
    if not sound:
        yield "Nothing is moved to the trash: not every manifest is valid."
    elif gap:
        yield f"Nothing is moved to the trash: which manifests are gone is not known: {gap}."


def _others(selection: Selection, desired: Sequence[Desired]) -> frozenset[str] | None:
    """Return the modules that have a manifest and are not in the plan."""
    if selection.others is None:
        return None
    return selection.others | ({d.module for d in selection.desired} - {d.module for d in desired})
