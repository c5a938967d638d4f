"""Compare the three values of each property: which are written, and which are left alone. Pure.

The record has the value at the last write (*applied*), the manifest the one that the page should
have (*wanted*), and the page the current one (*held*):

========================================== ===================================================
wanted = held                              nothing to do
held = applied, wanted differs             written: the manifest or the mapping has changed
wanted = applied, held differs             drift: edited in Notion, and left alone
all three differ                           written over an edit made in Notion, and reported
applied unknown, held empty                written
held lacks only pages that did not exist   written: the relation is completed
held has in addition names of no page or   written: they are left out, as the mapping says
person any more
applied unknown, held not empty            drift if the page was written from this manifest and
                                           the property was mapped then; else written over the
                                           held value, and reported
========================================== ===================================================

The provenance SHA is always written: it says from which manifest a page was written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from lukhas_notion.plan.database import Page
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import (
    Applied,
    BodyRecord,
    BodyTexts,
    DesiredBody,
    Owner,
    PageRecord,
    is_edited,
    name_hash,
    read_record,
    value_hash,
)
from lukhas_notion.plan.property_spec import BODY
from lukhas_notion.plan.property_types import empty, equal, needs_nothing
from lukhas_notion.plan.source import place_of
from lukhas_notion.plan.values import PropertyType, Value, identity_of, names_of


class Cause(StrEnum):
    """Why a property is written; the values are part of the JSON report."""

    NONE = ""
    MANIFEST = "manifest"
    MAPPING = "mapping"
    OVERWRITE = "overwrite"
    UNKNOWN = "unknown"
    REPAIR = "repair"
    TARGETS = "targets"
    LEFT_OUT = "left-out"

    @property
    def is_announced(self) -> bool:
        """Whether an edit made in Notion is, or may be, overwritten, which a report must show."""
        return self in (Cause.OVERWRITE, Cause.UNKNOWN, Cause.REPAIR)


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property of one page: the held and the wanted value, and why it is written.

    The values are Notion's: numbers are multiplied with ``scale``.
    """

    name: str
    type: PropertyType
    before: Value
    after: Value
    cause: Cause = Cause.NONE
    scale: float = 1

    @property
    def as_edited(self) -> PropertyChange:
        """The difference as the edit made in Notion: from the wanted to the held value."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class Differences:
    """The properties of one page whose held and wanted values differ.

    Args:
        writes: the properties that are written.
        drift: the properties that were edited in Notion and are left alone.
    """

    writes: tuple[PropertyChange, ...] = ()
    drift: tuple[PropertyChange, ...] = ()


def differences(
    desired: Desired, held: Mapping[str, Value], mapping: PropertyMapping
) -> tuple[PropertyChange, ...]:
    """Return the properties whose held and wanted values differ, without a cause."""
    return tuple(
        PropertyChange(name, kind, before, desired.values[name], scale=mapping.scale(name))
        for name, kind in mapping.types.items()
        if not needs_nothing(kind, before := held.get(name, empty(kind)), desired.values[name])
    )


def compare(
    desired: Desired,
    page: Page,
    mapping: PropertyMapping,
    record: PageRecord | None,
    *,
    repair: bool = False,
    is_new: Callable[[str, str, Page], bool] = lambda *_: False,
) -> Differences:
    """Compare the three values of each property of a page.

    Args:
        desired: the desired state of the page.
        page: the page.
        mapping: the properties that are compared.
        record: the page's record, which has the applied values; None without a record.
        repair: overwrite edits made in Notion, too.
        is_new: returns whether a relation could not name a page, by its identity, when this page
            was edited last; see :meth:`.References.is_new`.
    """
    differ = differences(desired, page.values, mapping)
    if not differ:
        return Differences()
    applied = record.applied if record else None
    same_manifest = str(page.values.get(mapping.sha.name, "")) == desired.sha
    judged = []
    for each in differ:
        cause = _cause(each, applied, mapping, same_manifest=same_manifest)
        missed = _missed(each, cause, applied) if each.type is PropertyType.RELATION else None
        if missed is not None and all(is_new(each.name, identity, page) for identity in missed):
            cause = Cause.TARGETS
        elif cause is not Cause.NONE and _is_left_out(each, desired, applied):
            cause = Cause.LEFT_OUT
        judged.append(replace(each, cause=cause))
    writes = tuple(each for each in judged if each.cause is not Cause.NONE)
    drift = tuple(each for each in judged if each.cause is Cause.NONE)
    if repair:
        writes += tuple(replace(each, cause=Cause.REPAIR) for each in drift)
        order = list(mapping.types)
        writes = tuple(sorted(writes, key=lambda each: order.index(each.name)))
        drift = ()
    return Differences(writes, drift)


def body_difference(
    desired: DesiredBody, record: BodyRecord | None, texts: BodyTexts, *, repair: bool = False
) -> Differences:
    """Return whether a page's body is written or left alone.

    Args:
        desired: the source of the wanted body.
        record: the body's part of the page's record.
        texts: the wanted and the held body.
        repair: overwrite edits made in Notion, too.
    """
    edited = is_edited(record, texts)
    pending = record is not None and record.is_pending
    if record is not None and not (pending or edited) and record.source == desired.source:
        return Differences()
    change = PropertyChange(BODY, PropertyType.BODY, texts.held, texts.wanted)
    # The file may have been changed to the text of the page.
    taken = record is not None and record.source != desired.source and texts.are_alike
    if edited and not (repair or pending or taken):
        return Differences(drift=(change,))
    cause = Cause.MANIFEST
    # Without a record, the form of the held body may be an edit.
    if edited or (record is None and texts.held.strip()):
        cause = Cause.REPAIR if repair else Cause.UNKNOWN
    return Differences((replace(change, cause=cause),))


def _cause(
    change: PropertyChange,
    applied: Applied | None,
    mapping: PropertyMapping,
    *,
    same_manifest: bool,
) -> Cause:
    """Return why a property is written, NONE if it is left alone."""
    changed = Cause.MAPPING if same_manifest else Cause.MANIFEST
    is_sha = change.name == mapping.sha.name
    last = (applied or {}).get(name_hash(change.name))
    if not change.type.can_be_cleared and last == value_hash(change.type, empty(change.type)):
        last = None  # nothing was sent, and Notion chose a value
    if last is None:
        if is_sha or equal(change.type, change.before, empty(change.type)):
            return changed
        # A record without this property was written when the property was not mapped.
        return Cause.NONE if same_manifest and applied is None else Cause.UNKNOWN
    if value_hash(change.type, change.before) == last:
        return changed
    if value_hash(change.type, change.after) == last and not is_sha:
        return Cause.NONE
    return Cause.OVERWRITE


def _missed(
    change: PropertyChange, cause: Cause, applied: Applied | None
) -> Collection[str] | None:
    """Return the identities that a relation lacks although no one removed them in Notion.

    Return None if the relation differs for another reason.
    """
    held = set(map(identity_of, names_of(change.before)))
    wanted = set(map(identity_of, names_of(change.after)))
    if not held < wanted or cause is Cause.MANIFEST:
        return None
    if cause is Cause.MAPPING:
        return () if name_hash(change.name) in (applied or {}) else None
    return wanted - held


def _is_left_out(change: PropertyChange, desired: Desired, applied: Applied | None) -> bool:
    """Return whether a page has, in addition, only names of the manifest that no longer exist.

    For a user who has left the workspace a page holds an unknown id, and the manifest has an
    address. The value that was sent last proves that they are the same user.
    """
    lost = desired.left_out.get(change.name, ())
    held = {identity_of(name): name for name in names_of(change.before)}
    wanted = set(map(identity_of, names_of(change.after)))
    extra = held.keys() - wanted
    if not extra or not wanted <= held.keys():
        return False
    if extra <= {*lost, *map(identity_of, lost)}:
        return True
    whole = value_hash(change.type, (*names_of(change.after), *lost))
    was_sent = (applied or {}).get(name_hash(change.name)) == whole
    return was_sent and len(extra) <= len(lost) and all(held[each] == each for each in extra)


def applied_after(
    desired: Desired, mapping: PropertyMapping, applied: Applied | None, drift: Iterable[str]
) -> Applied:
    """Return the hashes of a page's record after a write.

    A value that was edited in Notion and is left alone keeps its hash. Every other value was sent,
    or the page already had it: an edit that the manifest has taken over is no edit any more.

    Args:
        desired: the desired state of the page.
        mapping: the properties of the record.
        applied: the hashes before the write, None if unknown.
        drift: the names of the properties that are left alone.
    """
    wanted = {
        name_hash(name): value_hash(kind, desired.values[name])
        for name, kind in mapping.types.items()
    }
    kept = (applied or {}).keys() & wanted.keys() & set(map(name_hash, drift))
    return wanted | {short: applied[short] for short in kept} if applied else wanted


def all_applied(desired: Desired, mapping: PropertyMapping) -> Applied:
    """Return the hashes of a page's record after every value was sent."""
    return applied_after(desired, mapping, None, ())


def bodies_to_compare(
    modules: Iterable[Desired], pages: Mapping[str, Page], owner: Owner, *, every: bool
) -> Iterator[tuple[Desired, str]]:
    """Yield each module whose body may have to be written, with its page's id, "" for no page.

    These are the modules whose source has changed, and with ``every`` all of them, because a body
    may have been edited in Notion. Without records the source of a body is unknown, and it is
    written only with a new page.
    """
    for desired in modules:
        page = pages.get(desired.module)
        if desired.body is None or (page is not None and page.is_archived):
            continue
        if page is None:
            yield desired, ""
        # A link without a fragment: Notion dropped the record, and would do so again.
        elif owner.writes_records and ("#" in page.link or place_of(page.link) is None):
            record = read_record(page.link)
            body = record.body if record else None
            if every or body is None or body.is_pending or body.source != desired.body.source:
                yield desired, page.id


def body_record_after(
    desired: Desired, record: PageRecord | None, body: Differences
) -> BodyRecord | None:
    """Return the body's part of a page's record after the write; pending if a body is written."""
    known = record.body if record else None
    if body.writes and desired.body is not None:
        return BodyRecord(desired.body.source, known.given if known else b"", is_pending=True)
    return known
