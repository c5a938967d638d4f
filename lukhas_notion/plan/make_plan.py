"""Desired state × snapshot → plan. Pure: nothing here reads a file, a clock or the network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from lukhas_notion.plan.differences import (
    Cause,
    Differences,
    PropertyChange,
    all_applied,
    applied_after,
    body_difference,
    compare,
    differences,
)
from lukhas_notion.plan.identity import Conflict, Lookups, Matches, match, match_hidden
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.options import OptionChange, PropertyAddition
from lukhas_notion.plan.page_record import (
    Applied,
    BodyRecord,
    BodyTexts,
    Owner,
    PageRecord,
    read_record,
    write_record,
)
from lukhas_notion.plan.plan import Change, ChangeKind, Plan, written_names
from lukhas_notion.plan.relations import References, Targets, all_reachable
from lukhas_notion.plan.removals import without_modules
from lukhas_notion.plan.snapshot import Page, Snapshot
from lukhas_notion.plan.source import place_of
from lukhas_notion.plan.values import key_hash

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


def make_plan(
    desired: Sequence[Desired],
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
    """Compare what the manifests want with what Notion holds.

    Args:
        desired: one entry a module; names and keys are unique, the gates have seen to that.
        snapshot: what Notion holds.
        mapping: what is compared; a property outside it is never looked at.
        owner: who this run is; without one, pages are found by title alone.
        lookups: what is asked only where it is needed.
        options: what :func:`plan_options` found.
        columns: properties that are added to the database first.
        repair_drift: write over what was edited in Notion.
        keep_drift: modules whose drift stays all the same.
        other_modules: modules that have a manifest without being in ``desired``; None when that
            cannot be known, and then no page is called unmanaged.
        archive: move this repository's pages to the trash whose manifests are gone.
        targets: the pages that relations name beside those of ``desired``.
    """
    owner, lookups = owner or Owner(writes_records=False), lookups or Lookups()
    found, pages = _find_pages(desired, snapshot, mapping, owner, lookups)
    references = References.of(
        desired, pages, snapshot.pages, mapping, owner, targets or Targets(), found
    )
    desired, notices = all_reachable(desired, references)
    bodies = _read_bodies(desired, found, pages, mapping, owner, lookups)
    planner = _PlanMaker(mapping, owner, lookups, bodies, references)
    repaired = {want.module for want in desired if repair_drift} - keep_drift
    changes = list(planner.modules(desired, found, pages, repaired))
    others = other_modules if snapshot.complete else None
    changes.extend(
        without_modules(found, mapping, lookups, others, whole=snapshot.complete, archive=archive)
    )
    changes.sort(key=lambda c: (c.module, c.path, c.page_id))
    return Plan(
        snapshot.schema,
        _brought_by_pages(options, changes),
        tuple(changes),
        others is not None,
        tuple(columns),
        found.others,
        managed=len(pages) + len(found.gone),
        references=references,
        notices=tuple(notices),
    )


def _find_pages(
    desired: Sequence[Desired],
    snapshot: Snapshot,
    mapping: PropertyMapping,
    owner: Owner,
    lookups: Lookups,
) -> tuple[Matches, Mapping[str, Page]]:
    """Return what the pages that queries show are, and each module's page, hidden ones as well."""
    found = match(desired, snapshot.pages, mapping, owner, lookups)
    absent = [w for w in desired if w.module not in found.pages and w.module not in found.conflicts]
    hidden = match_hidden(absent, snapshot.hidden, mapping, owner, lookups) if absent else {}
    return found, {**hidden, **found.pages}


def _read_bodies(
    desired: Iterable[Desired],
    found: Matches,
    pages: Mapping[str, Page],
    mapping: PropertyMapping,
    owner: Owner,
    lookups: Lookups,
) -> Mapping[str, BodyTexts]:
    """Return the bodies that have to be seen, by module."""
    if not mapping.body:
        return {}
    modules = [want for want in desired if want.module not in found.conflicts]
    return lookups.bodies(list(_bodies_to_see(modules, pages, owner, every=lookups.every_body)))


def _bodies_to_see(
    modules: Iterable[Desired], pages: Mapping[str, Page], owner: Owner, *, every: bool
) -> Iterator[tuple[Desired, str]]:
    """Yield each module whose page's body is not up to date, with the page that has to be read.

    With ``every``, also those that seem to be: somebody may have edited them. Without records
    nothing tells what a body was written from: it is written with a new page alone.
    """
    for want in modules:
        page = pages.get(want.module)
        if want.body is None or (page is not None and page.is_archived):
            continue
        if page is None:
            yield want, ""
        elif owner.writes_records and not _has_lost_its_record(page):
            record = read_record(page.link)
            body = record.body if record else None
            if every or body is None or body.is_pending or body.source != want.body.source:
                yield want, page.id


def _body_record(want: Desired, record: PageRecord | None, body: Differences) -> BodyRecord | None:
    """Return what a page's record says of its body while, or after, the page is written."""
    known = record.body if record else None
    if body.writes and want.body is not None:
        return BodyRecord(want.body.source, known.given if known else b"", is_pending=True)
    return known


def _has_lost_its_record(page: Page) -> bool:
    """Whether Notion kept the link of a page without its fragment: it would do so again."""
    return "#" not in page.link and place_of(page.link) is not None


def _brought_by_pages(
    options: Iterable[OptionChange], changes: Iterable[Change]
) -> tuple[OptionChange, ...]:
    """Return the options with those that the pages to be written bring along."""
    brought = written_names(changes)
    return tuple(option.used_by(brought[option.property_name]) for option in options)


class _PlanMaker:
    """Says what becomes of each module and page, one at a time."""

    def __init__(
        self,
        mapping: PropertyMapping,
        owner: Owner,
        lookups: Lookups,
        bodies: Mapping[str, BodyTexts],
        references: References,
    ) -> None:
        self._references = references
        self._mapping = mapping
        self._owner = owner
        self._bodies = bodies
        self._lookups = lookups

    def modules(
        self,
        desired: Iterable[Desired],
        found: Matches,
        pages: Mapping[str, Page],
        repaired: Collection[str],
    ) -> Iterator[Change]:
        """Yield what becomes of each module."""
        for want in desired:
            if conflict := found.conflicts.get(want.module):
                yield self.conflict(want, conflict)
            elif page := pages.get(want.module):
                yield self.page(want, page, repair=want.module in repaired)
            else:
                yield self.create(want)

    def create(self, want: Desired) -> Change:
        """Return the change of a module without a page."""
        body = self._body(want, None)
        return Change(
            ChangeKind.CREATE,
            want.module,
            want.path,
            want.sha,
            properties=(*differences(want, {}, self._mapping), *body.writes),
            key=key_hash(want.key),
            applied=all_applied(want, self._mapping),
            body=_body_record(want, None, body),
        )

    def conflict(self, want: Desired, conflict: Conflict) -> Change:
        """Return the change of a module whose title is taken."""
        ids = ",".join(sorted(page.id for page in conflict.pages))
        if not conflict.owner:
            pages = len(conflict.pages)
            said = f"{pages} pages in Notion have this title; keep one and delete the others"
        elif conflict.owner == self._owner.source.repository:
            said = _OF_ANOTHER_CONFIGURATION
        else:
            said = _OF_A_REPOSITORY if self._owner.source.is_weak else _OF_ANOTHER_REPOSITORY
        return Change(
            ChangeKind.CONFLICT,
            want.module,
            want.path,
            want.sha,
            ids,
            conflict.pages[0].url,
            reason=said,
            owner=conflict.owner if self._owner.is_by_hand else "",
        )

    def page(self, want: Desired, page: Page, *, repair: bool) -> Change:
        """Return the change of a module that has a page."""
        record = read_record(page.link) if page.link else None
        page = self._references.named(page)
        is_new = self._references.is_new
        found = compare(want, page, self._mapping, record, repair=repair, is_new=is_new)
        body = self._body(want, record, repair=repair)
        found = Differences(found.writes + body.writes, found.drift + body.drift)
        kind, reason = self._kind(want, page, record, writes=bool(found.writes))
        if kind is ChangeKind.SKIP and found.drift:
            kind, reason = ChangeKind.DRIFT, "edited in Notion since it was written"
        if kind is ChangeKind.ARCHIVED:
            return Change(kind, want.module, want.path, want.sha, page.id, page.url, reason=reason)
        return Change(
            kind,
            want.module,
            want.path,
            want.sha,
            page.id,
            page.url,
            found.writes,
            "; ".join(filter(None, (reason, self._why(page, found.writes)))),
            found.drift,
            key_hash(want.key) if kind.writes else "",
            self._applied(want, record, found.writes) if kind.writes else {},
            body=_body_record(want, record, body),
            body_before=record.body if record else None,
        )

    def _body(
        self, want: Desired, record: PageRecord | None, *, repair: bool = False
    ) -> Differences:
        texts = self._bodies.get(want.module)
        if texts is None or want.body is None:
            return Differences()
        return body_difference(want.body, record.body if record else None, texts, repair=repair)

    def _applied(
        self, want: Desired, record: PageRecord | None, writes: Sequence[PropertyChange]
    ) -> Applied:
        known = record.applied if record else None
        return applied_after(want, self._mapping, known, [each.name for each in writes])

    def _kind(
        self, want: Desired, page: Page, record: PageRecord | None, *, writes: bool
    ) -> tuple[ChangeKind, str]:
        if page.is_archived:
            return ChangeKind.ARCHIVED, "its page is archived in Notion, and left alone"
        if page.in_trash:
            return ChangeKind.RESTORE, "its page is in the trash"
        adopts, why = self._record_change(want, page, record)
        if writes:
            return ChangeKind.UPDATE, "" if adopts else why
        if not why:
            return ChangeKind.SKIP, ""
        return (ChangeKind.ADOPT if adopts else ChangeKind.UPDATE), why

    def _record_change(
        self, want: Desired, page: Page, record: PageRecord | None
    ) -> tuple[bool, str]:
        """Return whether a page gets its record, or a truer one, and why; "" where it does not."""
        owner, source = self._owner, self._owner.source
        if not owner.writes_records:
            return False, ""
        if record is None:
            # Notion kept the link without its fragment: it would do so again.
            dropped = "#" not in page.link and place_of(page.link) == source.place(want.path).file
            has_room = write_record(source.link(want.path), source.place(want.path), "", None)
            return True, "it has no record yet" if has_room and not dropped else ""
        if record.place.is_weak:
            return True, "" if source.is_weak else "its record names no repository"
        if record.place.repository != source.repository:
            return True, "its record names another repository"
        # Where an entry of a file stands is no news: others come and go around it.
        if record.place.file != source.place(want.path).file:
            return False, f"its manifest was {record.place.path}"
        if record.key and record.key != key_hash(want.key):
            return False, "its module had another key"
        return False, ""

    def _why(self, page: Page, writes: Sequence[PropertyChange]) -> str:
        """Say why a page is written, as far as the manifest's change does not say it."""
        causes: dict[Cause, list[str]] = defaultdict(list)
        for each in writes:
            causes[each.cause].append(each.name)
        said = []
        if not page.values.get(self._mapping.sha.name):
            said.append("the page had no provenance SHA")
        if names := causes[Cause.MAPPING]:
            said.append(f"the mapping has changed: {', '.join(names)}")
        if names := causes[Cause.TARGETS]:
            said.append(f"pages that it names were missing: {', '.join(names)}")
        if names := causes[Cause.LEFT_OUT]:
            said.append(f"names that are no longer there are left out: {', '.join(names)}")
        if names := causes[Cause.OVERWRITE]:
            said.append(f"writes over an edit made in Notion: {', '.join(names)}")
        if names := causes[Cause.UNKNOWN]:
            said.append(f"may write over an edit made in Notion: {', '.join(names)}")
        if names := causes[Cause.REPAIR]:
            said.append(f"repairs an edit made in Notion: {', '.join(names)}")
        return "; ".join(said)
