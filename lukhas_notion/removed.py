"""What becomes of pages whose manifest is gone: renamed, moved to the trash, or left alone. Pure.

A page is touched only when it is proven to be this repository's: it bears a provenance SHA, and
the ledger says that this tool wrote just that, or an earlier version of a manifest had just that
name and that SHA.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lukhas_notion.ids import as_notion_writes_it
from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.plan import Change, ChangeKind, Plan, differences
from lukhas_notion.snapshot import Page

#: A module's name, and a manifest's provenance SHA.
Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """What the ledger says was last written to a page: a manifest's SHA, place and module."""

    sha: str
    path: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of where pages come from.

    Args:
        written: page id → what this tool last wrote there.
        known: (name, SHA) of earlier manifests → where they were.
        earlier: the path of a manifest → the (name, SHA) that the same file has had.
        gap: why the history is not whole, "" when it is.
    """

    written: Mapping[str, Written] = field(default_factory=dict)
    known: Mapping[Named, frozenset[str]] = field(default_factory=dict)
    earlier: Mapping[str, frozenset[Named]] = field(default_factory=dict)
    gap: str = ""


def written_pages(
    records: Iterable[Mapping[str, Any]], wanted: Callable[[str], bool]
) -> dict[str, Written]:
    """Return what the ledger proves: by page id, the last thing that was written there.

    Args:
        records: the ledger's, the oldest first. One without the manifest's path proves nothing.
        wanted: whether the configuration includes a path; others share a ledger, and perhaps a
            database.
    """
    written: dict[str, Written] = {}
    for record in records:
        named = record.get("page_id")
        page_id = as_notion_writes_it(named) or str(named or "")
        if record.get("status") != "success" or not page_id:
            continue
        action = record.get("action")
        if action in (ChangeKind.CREATE, ChangeKind.UPDATE):
            sha, path, module = (str(record.get(key) or "") for key in ("sha", "path", "module"))
            written[page_id] = Written(sha, path, module)
        elif action == ChangeKind.ARCHIVE:
            # Whoever took it out of the trash wants to keep it.
            written.pop(page_id, None)
    return {page_id: w for page_id, w in written.items() if w.path and wanted(w.path)}


def resolve(
    plan: Plan,
    desired: Iterable[Desired],
    pages: Iterable[Page],
    mapping: PropertyMapping,
    evidence: Evidence,
    *,
    archive: bool = True,
) -> Plan:
    """Return the plan with its orphans renamed, moved to the trash, or left alone with the reason.

    Args:
        plan: of the whole repository and the whole database.
        desired: what its creates want.
        pages: those of its orphans.
        mapping: what is compared.
        evidence: which orphans are ours.
        archive: whether those that are ours and that no module is the new name of go to the trash.
    """
    judge = _Judge([c for c in plan.changes if c.kind is ChangeKind.ORPHAN], evidence)
    creates = [c for c in plan.changes if c.kind is ChangeKind.CREATE]
    renamed = judge.renames(creates)
    wants = {want.module: want for want in desired}
    held = {page.id: page for page in pages}
    changes = []
    for change in plan.changes:
        if change.kind is ChangeKind.CREATE and change.module in renamed:
            old = renamed[change.module]
            differ = differences(wants[change.module], held[old.page_id].values, mapping)
            changes.append(_rename(change, old, differ))
        elif change.kind is not ChangeKind.ORPHAN:
            changes.append(change)
        elif all(change is not old for old in renamed.values()):
            changes.append(judge.verdict(change) if archive else change)
    changes.sort(key=lambda c: (c.module, c.path, c.page_id))
    return replace(plan, changes=tuple(changes))


def _rename(create: Change, old: Change, differ: Sequence[Any]) -> Change:
    return replace(
        create,
        kind=ChangeKind.UPDATE,
        page_id=old.page_id,
        url=old.url,
        properties=tuple(differ),
        reason=f"renamed from {old.module}",
    )


class _Judge:
    """Says which orphans are ours, and which of them a new module is the new name of."""

    def __init__(self, orphans: Sequence[Change], evidence: Evidence) -> None:
        self._evidence = evidence
        self._alike = Counter(_named(orphan) for orphan in orphans)
        self._ours = [orphan for orphan in orphans if self._proof(orphan)]

    def _proof(self, orphan: Change) -> str:
        """Return what proves that a page is ours, "" where nothing does."""
        if not orphan.sha:
            return ""
        if (written := self._written(orphan)) is not None:
            return f"its manifest was {written.path}, says the ledger"
        paths = self._evidence.known.get(_named(orphan))
        # Of two pages with one name and one SHA, one is a copy that somebody made.
        if paths and self._alike[_named(orphan)] == 1:
            return f"its manifest was {min(paths)}, says the history"
        return ""

    def _written(self, orphan: Change) -> Written | None:
        """Return what the ledger says of a page, unless another hand has written it since."""
        written = self._evidence.written.get(orphan.page_id)
        return written if written and written.sha == orphan.sha else None

    def renames(self, creates: Sequence[Change]) -> dict[str, Change]:
        """Return the orphans that are a new module's page: each the only one, for it alone."""
        of_create: dict[str, list[Change]] = defaultdict(list)
        of_page: Counter[str] = Counter()
        for create in creates:
            for orphan in self._ours:
                if self._continues(orphan, create):
                    of_create[create.module].append(orphan)
                    of_page[orphan.page_id] += 1
        return {
            module: found[0]
            for module, found in of_create.items()
            if len(found) == 1 and of_page[found[0].page_id] == 1
        }

    def _continues(self, orphan: Change, create: Change) -> bool:
        """Whether a new module is what the orphan's manifest has become."""
        written = self._written(orphan)
        return (
            orphan.sha == create.sha
            or (written is not None and create.path == written.path)
            or (written is not None and create.module == written.module)
            or _named(orphan) in self._evidence.earlier.get(create.path, ())
        )

    def verdict(self, orphan: Change) -> Change:
        """Return what becomes of an orphan that was not renamed."""
        if proof := self._proof(orphan):
            return replace(orphan, kind=ChangeKind.ARCHIVE, reason=proof)
        if not orphan.sha:
            return replace(orphan, reason="no manifest has this name; it bears no provenance SHA")
        why = self._evidence.gap or "no earlier manifest had this name and SHA"
        if self._alike[_named(orphan)] > 1:
            why = "several pages have this name and SHA"
        return replace(orphan, reason=f"not proven to be this repository's: {why}")


def _named(orphan: Change) -> Named:
    return orphan.module, orphan.sha
