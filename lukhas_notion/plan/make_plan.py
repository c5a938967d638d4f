"""Make a plan: compare the desired state with a snapshot of Notion. Pure: no I/O of any kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lukhas_notion.manifests.json_values import quote
from lukhas_notion.plan.database import OptionChange, Page, PropertyAddition, Snapshot
from lukhas_notion.plan.differences import (
    Cause,
    Differences,
    PropertyChange,
    all_applied,
    applied_after,
    bodies_to_compare,
    body_difference,
    body_record_after,
    compare,
    differences,
)
from lukhas_notion.plan.identity import Conflict, Lookups, Matches, match, with_hidden
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import (
    BodyTexts,
    Owner,
    PageRecord,
    read_record,
    write_record,
)
from lukhas_notion.plan.plan import MADE_TWICE, Change, ChangeKind, Plan, written_names
from lukhas_notion.plan.relations import References, Targets, all_reachable
from lukhas_notion.plan.source import place_of
from lukhas_notion.plan.values import key_hash
from lukhas_notion.util.text import fold

_OF_ANOTHER_CONFIGURATION = (
    "the page with this title belongs to another configuration of this repository; rename one of "
    "the two modules"
)


_OF_A_REPOSITORY = (
    "the page with this title belongs to a repository, and none is known for this folder; name it "
    "with --source"
)
_OF_ANOTHER_REPOSITORY = (
    "the page with this title belongs to another repository; rename the module, or take the page "
    "over with --adopt-from"
)

_ARCHIVED = "its page is archived in Notion, and left alone"
_REASONS = {
    Cause.MAPPING: "the mapping has changed",
    Cause.TARGETS: "pages that it names were missing",
    Cause.LEFT_OUT: "names that are no longer there are left out",
    Cause.OVERWRITE: "writes over an edit made in Notion",
    Cause.UNKNOWN: "may write over an edit made in Notion",
    Cause.REPAIR: "repairs an edit made in Notion",
}
#: Why a page has no manifest any more; its path follows.
GONE = "its manifest was"
#: Why the owner of a page is unknown.
NO_RECORD = "no manifest has this name, and it has no record of this repository"
#: The same for a page with the name of a module whose page is another one.
SAME_NAME = "the module of this name has another page, and this one has no record of it"
#: The same for a page that most likely is the page of a new module; its name follows.
OTHER_CASE = "only the case of its title differs from the new module"
#: Why a page with a record of this repository is left alone.
COPY = "a copy of a page of this repository"
#: Why a page without a manifest stays: it may be a copy.
_BY_OTHERS = "it stays, because others made it and edited it last, and no ledger names it"


def make_plan(
    modules: Sequence[Desired],
    snapshot: Snapshot,
    mapping: PropertyMapping,
    *,
    owner: Owner | None = None,
    lookups: Lookups | None = None,
    options: Sequence[OptionChange] = (),
    columns: Sequence[PropertyAddition] = (),
    repair_drift: bool = False,
    keep_drift: frozenset[str] = frozenset(),
    other_modules: frozenset[str] | None = frozenset(),
    archive: bool = False,
    targets: Targets | None = None,
) -> Plan:
    """Compare the manifests with Notion and return every change that a run would make.

    Args:
        modules: one entry for each module; the gates make sure that names and keys are unique.
        snapshot: the schema and the pages in Notion.
        mapping: the properties that are compared; all others are ignored.
        owner: the repository and configuration of this run; without it, pages match by title only.
        lookups: the facts that are looked up only when needed.
        options: the result of :func:`plan_options`.
        columns: the properties that are added to the database first.
        repair_drift: overwrite edits made in Notion, except those of ``keep_drift``.
        keep_drift: modules whose edits stay.
        other_modules: modules with a manifest that are not in ``modules``, None if unknown.
        archive: move this repository's pages to the trash if their manifests are gone.
        targets: pages that relations name, other than those of ``modules``.
    """
    owner, lookups = owner or Owner(writes_records=False), lookups or Lookups()
    matches = match(modules, snapshot.pages, mapping, owner, lookups)
    pages = with_hidden(matches, modules, snapshot.hidden, mapping, owner, lookups)
    references = References.of(modules, pages, snapshot.pages, mapping, owner, targets, matches)
    modules, notices = all_reachable(modules, references)
    writable = [desired for desired in modules if desired.module not in matches.conflicts]
    stale = list(bodies_to_compare(writable, pages, owner, every=lookups.every_body))
    bodies = lookups.bodies(stale) if mapping.body else {}
    keeps = any(read_record(page.link) for page in snapshot.pages)
    planner = _PlanMaker(mapping, owner, bodies, references, keeps)
    repaired = {desired.module for desired in modules if repair_drift} - keep_drift
    changes = list(planner.changes(modules, matches, pages, repaired))
    whole = snapshot.complete
    others = other_modules if whole else None
    new = [desired.module for desired in writable if desired.module not in pages]
    changes += without_modules(matches, mapping, lookups, others, new, whole=whole, archive=archive)
    changes.sort(key=lambda c: (c.module, c.path, c.page_id))
    names = written_names(changes)
    return Plan(
        snapshot.schema,
        tuple(option.used_by(names[option.property_name]) for option in options),
        tuple(changes),
        others is not None,
        tuple(columns),
        matches.others,
        managed=len(pages) + len(matches.gone),
        references=references,
        notices=tuple(notices),
    )


@dataclass(frozen=True, slots=True)
class _PlanMaker:
    """Makes the change of each module; ``keeps_records`` if Notion shows any page's record."""

    mapping: PropertyMapping
    owner: Owner
    bodies: Mapping[str, BodyTexts]
    references: References
    keeps_records: bool

    def changes(
        self,
        modules: Iterable[Desired],
        matches: Matches,
        pages: Mapping[str, Page],
        repaired: Collection[str],
    ) -> Iterator[Change]:
        """Yield the change of each module."""
        for desired in modules:
            if conflict := matches.conflicts.get(desired.module):
                yield self.conflict(desired, conflict)
            elif page := pages.get(desired.module):
                yield self.page(desired, page, repair=desired.module in repaired)
            else:
                yield self.create(desired)

    def create(self, desired: Desired) -> Change:
        """Return the change of a module without a page."""
        body = self._body(desired, None)
        return Change(
            ChangeKind.CREATE,
            desired.module,
            desired.path,
            desired.sha,
            properties=(*differences(desired, {}, self.mapping), *body.writes),
            key=key_hash(desired.key),
            applied=all_applied(desired, self.mapping),
            body=body_record_after(desired, None, body),
        )

    def conflict(self, desired: Desired, conflict: Conflict) -> Change:
        """Return the change of a module whose title belongs to a page that is not its own."""
        ids = ",".join(sorted(page.id for page in conflict.pages))
        if not conflict.owner:
            pages = len(conflict.pages)
            reason = f"{pages} pages in Notion have this title; keep one and delete the others"
        elif conflict.owner == self.owner.source.repository:
            reason = _OF_ANOTHER_CONFIGURATION
        else:
            reason = _OF_A_REPOSITORY if self.owner.source.is_weak else _OF_ANOTHER_REPOSITORY
        return Change(
            ChangeKind.CONFLICT,
            desired.module,
            desired.path,
            desired.sha,
            ids,
            conflict.pages[0].url,
            reason=reason,
            owner=conflict.owner if self.owner.is_by_hand else "",
        )

    def page(self, desired: Desired, page: Page, *, repair: bool) -> Change:
        """Return the change of a module that has a page."""
        ids = (desired.module, desired.path, desired.sha, page.id, page.url)
        if page.is_archived:
            return Change(ChangeKind.ARCHIVED, *ids, reason=_ARCHIVED)
        record = read_record(page.link)
        page = self.references.named(page)
        is_new = self.references.is_new
        differ = compare(desired, page, self.mapping, record, repair=repair, is_new=is_new)
        body = self._body(desired, record, repair=repair)
        differ = Differences(differ.writes + body.writes, differ.drift + body.drift)
        kind, reason = self._kind(desired, page, record, writes=bool(differ.writes))
        if kind is ChangeKind.SKIP and differ.drift:
            kind, reason = ChangeKind.DRIFT, "edited in Notion since it was written"
        known = record.applied if record else None
        left = [each.name for each in differ.drift]
        return Change(
            kind,
            *ids,
            differ.writes,
            "; ".join(filter(None, (reason, self._why(page, differ.writes)))),
            differ.drift,
            key_hash(desired.key) if kind.writes else "",
            applied_after(desired, self.mapping, known, left) if kind.writes else {},
            body=body_record_after(desired, record, body),
            body_before=record.body if record else None,
        )

    def _body(
        self, desired: Desired, record: PageRecord | None, *, repair: bool = False
    ) -> Differences:
        texts = self.bodies.get(desired.module)
        if texts is None or desired.body is None:
            return Differences()
        return body_difference(desired.body, record.body if record else None, texts, repair=repair)

    def _kind(
        self, desired: Desired, page: Page, record: PageRecord | None, *, writes: bool
    ) -> tuple[ChangeKind, str]:
        if page.in_trash:
            return ChangeKind.RESTORE, "its page is in the trash"
        adopts, why = self._record_change(desired, page, record)
        if writes:
            return ChangeKind.UPDATE, "" if adopts else why
        if not why:
            return ChangeKind.SKIP, ""
        return (ChangeKind.ADOPT if adopts else ChangeKind.UPDATE), why

    def _record_change(
        self, desired: Desired, page: Page, record: PageRecord | None
    ) -> tuple[bool, str]:
        """Return whether writing the record adopts the page, and why it is written; "" if not."""
        owner, source = self.owner, self.owner.source
        if not owner.writes_records:
            return False, ""
        if record is None:
            # Where no page has a record, Notion dropped the fragment, and would do so again.
            dropped = (
                not self.keeps_records
                and "#" not in page.link
                and place_of(page.link) == source.place(desired.path).file
            )
            has_room = write_record(source.link(desired.path), source.place(desired.path), "", None)
            return True, "it has no record yet" if has_room and not dropped else ""
        if record.place.is_weak:
            return True, "" if source.is_weak else "its record names no repository"
        if record.place.repository != source.repository:
            return True, "its record names another repository"
        # The place of an entry within its file is ignored: it changes when others come and go.
        if record.place.file != source.place(desired.path).file:
            return False, f"its manifest was {record.place.path}"
        if record.key and record.key != key_hash(desired.key):
            return False, "its module had another key"
        return False, ""

    def _why(self, page: Page, writes: Sequence[PropertyChange]) -> str:
        """Return the reasons why a page is written, other than a changed manifest."""
        reasons = []
        if not page.values.get(self.mapping.sha.name):
            reasons.append("the page had no provenance SHA")
        for cause, reason in _REASONS.items():
            if names := [each.name for each in writes if each.cause is cause]:
                reasons.append(f"{reason}: {', '.join(names)}")
        return "; ".join(reasons)


def without_modules(
    matches: Matches,
    mapping: PropertyMapping,
    lookups: Lookups,
    other_modules: Collection[str] | None,
    new: Collection[str] = (),
    *,
    whole: bool,
    archive: bool,
) -> Iterator[Change]:
    """Yield the changes of pages that belong to no module.

    Args:
        matches: the matched pages and the remaining ones.
        mapping: the names of the title and the provenance SHA.
        lookups: the facts that are looked up only when needed.
        other_modules: modules that have a manifest and are not planned; None when they are unknown.
        new: planned modules without a page.
        whole: whether every page was read; otherwise no page is reported as gone.
        archive: move the pages to the trash if their manifests are gone.
    """

    def title(page: Page) -> str:
        return str(page.values.get(mapping.title.name, ""))

    def change(kind: ChangeKind, page: Page, reason: str) -> Change:
        sha = str(page.values.get(mapping.sha.name, ""))
        return Change(kind, title(page), "", sha, page.id, page.url, reason=reason)

    for page, stays in matches.twins:
        yield change(ChangeKind.ARCHIVE, page, f"{MADE_TWICE}; {stays.id} stays")
    if whole:
        paths = {page.id: path for page in matches.gone if (path := _gone_path(page, lookups))}
        missing = set(lookups.missing(set(paths.values()))) if paths else set()
        for page in (page for page in matches.gone if page.id in paths):
            path = paths[page.id]
            kind, reason = ChangeKind.ARCHIVE if archive else ChangeKind.ORPHAN, f"{GONE} {path}"
            if archive and _may_be_a_copy(page, lookups):
                kind, reason = ChangeKind.ORPHAN, f"{reason}; {_BY_OTHERS}"
            if path not in missing:
                kind = ChangeKind.ORPHAN
                unknown = f"{path} is not known to be gone: commit its removal"
                reason = f"no manifest has its key, and {unknown}"
            yield change(kind, page, reason)
        for page in matches.copies:
            yield change(ChangeKind.UNMANAGED, page, COPY)
    if other_modules is not None:
        looks = set(map(fold, other_modules))
        taken = set(map(fold, matches.pages))
        near = {fold(module, case=True): module for module in new}
        for page in matches.loose:
            name = fold(title(page))
            if name not in looks:
                reason = SAME_NAME if name in taken else NO_RECORD
                if meant := near.get(fold(name, case=True)):
                    reason = f"{OTHER_CASE} {quote(meant)}: to make it the module's page, rename it"
                yield change(ChangeKind.UNMANAGED, page, reason)


def _may_be_a_copy(page: Page, lookups: Lookups) -> bool:
    """Return whether a page may be a copy: no run has recorded it, made it or edited it last.

    A page that a user made and a run adopted is in the ledger.
    """
    return page.id not in lookups.known() and lookups.me() not in ("", page.author, page.editor)


def _gone_path(page: Page, lookups: Lookups) -> str:
    """Return the path of a page's manifest, "" if a manifest that is not planned has the page."""
    record = read_record(page.link)
    others = lookups.other_paths() if record else ()
    if record is None or record.place.path in others or record.place.file.path in others:
        return ""
    return "" if record.key in lookups.other_keys() else record.place.path
