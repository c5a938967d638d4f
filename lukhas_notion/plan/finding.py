"""The findings of a verification: the differences between repository, Notion and ledger.

The kinds are data, from which the reference, the reports and ``--ignore`` are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lukhas_notion.plan.database import NOBODY, Editor
from lukhas_notion.plan.differences import PropertyChange


class Side(StrEnum):
    """The side that differs from the other two."""

    REPOSITORY = "repository"
    NOTION = "notion"
    LEDGER = "ledger"

    @property
    def where(self) -> str:
        """The side as the place of something."""
        return {Side.REPOSITORY: "in the repository", Side.NOTION: "in Notion"}.get(
            self, "in the ledger"
        )


class FindingKind(StrEnum):
    """The kinds of findings; the values are the names in JSON and for ``--ignore``."""

    MANIFEST_INVALID = "manifest-invalid"
    MANIFEST_CHANGED = "manifest-changed"
    MANIFEST_NEW = "manifest-new"
    MANIFEST_RENAMED = "manifest-renamed"
    MANIFEST_REMOVED = "manifest-removed"
    MAPPING_CHANGED = "mapping-changed"
    PAGE_EDITED = "page-edited"
    PAGE_RENAMED = "page-renamed"
    PAGE_TRASHED = "page-trashed"
    PAGE_ARCHIVED = "page-archived"
    PAGE_MOVED = "page-moved"
    PAGE_GONE = "page-gone"
    PAGE_MISSING = "page-missing"
    PAGE_ALIKE = "page-alike"
    PAGE_FOREIGN = "page-foreign"
    PAGE_STALE = "page-stale"
    PAGE_WITHOUT_MANIFEST = "page-without-manifest"
    PAGE_BY_HAND = "page-by-hand"
    PAGE_COPY = "page-copy"
    PAGE_TWIN = "page-twin"
    RECORD_MISSING = "record-missing"
    DUPLICATE_TITLE = "duplicate-title"
    OPTION_UNKNOWN = "option-unknown"
    OPTION_MISSING = "option-missing"
    PROPERTY_MISSING = "property-missing"
    PROPERTY_TYPE = "property-type"
    LEDGER_MISSING = "ledger-missing"
    LEDGER_BROKEN = "ledger-broken"
    LEDGER_BEHIND = "ledger-behind"
    LEDGER_ELSEWHERE = "ledger-elsewhere"

    @property
    def spec(self) -> KindSpec:
        """The description of the kind."""
        return KINDS[self]


@dataclass(frozen=True, slots=True)
class KindSpec:
    """The description of one kind of finding.

    Args:
        side: the side that differs.
        means: the meaning, in a sentence.
        remedy: the next step for the user.
        repaired: whether ``--repair`` fixes it, as the text of a table's cell.
    """

    side: Side
    means: str
    remedy: str
    repaired: str


_R, _N, _L = Side.REPOSITORY, Side.NOTION, Side.LEDGER
_SYNC = "Run `lukhas-notion sync --all` or `lukhas-notion verify --repair`."
KINDS = {
    FindingKind.MANIFEST_INVALID: KindSpec(
        _R,
        "The manifest, or a vocabulary, does not pass a gate, so pages are not compared.",
        "Correct it. `lukhas-notion validate --all` lists every violation; `sync --all --dry-run` "
        "also those of people and pages that only Notion knows.",
        "no",
    ),
    FindingKind.MANIFEST_CHANGED: KindSpec(
        _R, "The manifest has changed since its page was written.", _SYNC, "yes"
    ),
    FindingKind.MANIFEST_NEW: KindSpec(
        _R, "The manifest has no page, and the ledger has no entry for one.", _SYNC, "yes"
    ),
    FindingKind.MANIFEST_RENAMED: KindSpec(
        _R,
        "The manifest was moved, or its module was renamed, after its page was written.",
        _SYNC,
        "yes",
    ),
    FindingKind.MANIFEST_REMOVED: KindSpec(
        _R,
        "The manifest is not in the commit any more, and its page, managed by this repository, "
        "still exists.",
        "Run `lukhas-notion verify --repair --archive-removed`, which moves the page to the "
        "trash; or bring the manifest back.",
        "with `--archive-removed`",
    ),
    FindingKind.MAPPING_CHANGED: KindSpec(
        _R,
        "The page has the values that were written last, and the mapping gives other ones: it was "
        "changed, a property or a page that a relation names is new, or a name no longer exists "
        "and is left out.",
        _SYNC,
        "yes",
    ),
    FindingKind.PAGE_EDITED: KindSpec(
        _N,
        "A mapped property was edited in Notion.",
        "Put the edit into the manifest, or overwrite it with `lukhas-notion verify --repair`.",
        "yes",
    ),
    FindingKind.PAGE_RENAMED: KindSpec(
        _N,
        "The page was renamed in Notion.",
        "Rename it back in Notion, or run `lukhas-notion verify --repair`.",
        "yes",
    ),
    FindingKind.PAGE_TRASHED: KindSpec(
        _N,
        "The page is in Notion's trash.",
        "Sync, which restores it; or remove the manifest.",
        "yes",
    ),
    FindingKind.PAGE_ARCHIVED: KindSpec(
        _N,
        "The page is archived in Notion, and the API cannot restore it.",
        "Restore it in Notion, or remove the manifest.",
        "no",
    ),
    FindingKind.PAGE_MOVED: KindSpec(
        _N,
        "The page is in another database.",
        "Move it back in Notion; `--repair` creates a new page.",
        "by a new page",
    ),
    FindingKind.PAGE_GONE: KindSpec(
        _N,
        "The page was deleted, or is no longer shared with the integration.",
        "Share it again in Notion; `--repair` creates a new page.",
        "by a new page",
    ),
    FindingKind.PAGE_MISSING: KindSpec(
        _N,
        "The manifest has no page, and without a ledger it is not known whether it had one.",
        "Look in Notion's trash; `--repair` creates a new page.",
        "by a new page",
    ),
    FindingKind.PAGE_ALIKE: KindSpec(
        _N,
        "The module has no page, and exactly one page without a record has its SHA or is in the "
        "ledger: it was renamed, or it is a copy.",
        "Give it its title back in Notion, or clear its SHA; `--repair` leaves both alone.",
        "no",
    ),
    FindingKind.PAGE_FOREIGN: KindSpec(
        _N,
        "By its record the page belongs to another repository or configuration; or it has no "
        "record, and a provenance SHA that this repository did not write.",
        "Rename one of the two modules; for a page without a record, `--repair` overwrites it.",
        "only a page without a record",
    ),
    FindingKind.PAGE_STALE: KindSpec(
        _N,
        "The page has no record and differs from the manifest, and without a ledger it is not "
        "known which of the two has changed.",
        "Provide the ledger, or sync, which overwrites the page.",
        "yes",
    ),
    FindingKind.PAGE_WITHOUT_MANIFEST: KindSpec(
        _N,
        "The page has a provenance SHA, and it is not certain that it belongs to a "
        "manifest of this repository.",
        "Find out who writes to it, and delete it in Notion if nobody does.",
        "no",
    ),
    FindingKind.PAGE_BY_HAND: KindSpec(
        _N,
        "The page has no provenance SHA, so a user created it. No manifest has its title, or the "
        "module with that title has another page.",
        'Keep it: `ignore = ["page-by-hand"]` under [verify] in lukhas-notion.toml. Or delete '
        "it in Notion.",
        "no",
    ),
    FindingKind.PAGE_COPY: KindSpec(
        _N,
        "A page of this repository was copied, with its record.",
        "Delete the copy, or clear its provenance SHA to keep it as a page of your own.",
        "no",
    ),
    FindingKind.PAGE_TWIN: KindSpec(
        _N,
        "Two concurrent runs have created one page each for the same module.",
        "Sync: the older page stays, and the other one moves to the trash.",
        "yes",
    ),
    FindingKind.RECORD_MISSING: KindSpec(
        _N,
        "The page's provenance SHA has no record of its manifest yet.",
        "Sync, which writes the record once; or turn records off ([provenance] record).",
        "yes",
    ),
    FindingKind.DUPLICATE_TITLE: KindSpec(
        _N, "Several pages have the same title.", "Keep one of them and delete the others.", "no"
    ),
    FindingKind.OPTION_UNKNOWN: KindSpec(
        _N,
        "The property has an option that its vocabulary does not have.",
        "Add it to the vocabulary, or remove it with `lukhas-notion verify --repair --prune`. If "
        "the vocabulary has it in another spelling, rename it in Notion.",
        "with `--prune`",
    ),
    FindingKind.OPTION_MISSING: KindSpec(
        _N,
        "The property lacks an option for a name of its vocabulary.",
        "Run `lukhas-notion backfill --property NAME --apply` or `lukhas-notion verify --repair`.",
        "yes",
    ),
    FindingKind.PROPERTY_MISSING: KindSpec(
        _N, "The database lacks a property.", "Add it in Notion, with exactly this name.", "no"
    ),
    FindingKind.PROPERTY_TYPE: KindSpec(
        _N, "A property of the database has another type.", "Change its type in Notion.", "no"
    ),
    FindingKind.LEDGER_MISSING: KindSpec(
        _L,
        "There is no ledger, or it has no page, although pages were written.",
        "Name it with `--ledger`; in the Action, keep it with `ledger-branch`.",
        "a new one begins",
    ),
    FindingKind.LEDGER_BROKEN: KindSpec(
        _L,
        "The ledger cannot be read to its end, or its chain is broken.",
        "Compare it with a copy: `lukhas-notion ledger verify` names the line.",
        "no",
    ),
    FindingKind.LEDGER_BEHIND: KindSpec(
        _L,
        "The page matches the manifest, and the ledger does not have this state.",
        "Provide the ledger that has it, or sync, which records the state.",
        "yes",
    ),
    FindingKind.LEDGER_ELSEWHERE: KindSpec(
        _L,
        "The ledger belongs to another database: the pages that it names are there.",
        "Give each database its own ledger, with `--ledger`.",
        "no",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference.

    Args:
        kind: its kind.
        subject: the module, or the page's title; ``PROPERTY: NAME`` for an option, the name of a
            property, "" for the ledger.
        message: the sentence about it; every renderer escapes it for its output.
        path: the manifest, relative to the root; "" without one.
        line: the line in ``path``, 1-based; 0 for the whole file.
        page_id: the page's id, "" without one.
        url: the page's address.
        properties: the values of the page (``before``) and of the manifest (``after``).
        pages: the number of pages that use an option.
        sha: the manifest's provenance SHA, "" without a manifest.
        editor: the user who edited the page last.
        repairable: whether a repair may write the module; not if the page's owner is uncertain.
    """

    kind: FindingKind
    subject: str
    message: str
    path: str = ""
    line: int = 0
    page_id: str = ""
    url: str = ""
    properties: tuple[PropertyChange, ...] = ()
    pages: int = 0
    sha: str = ""
    editor: Editor = NOBODY
    repairable: bool = True

    @property
    def visible(self) -> tuple[PropertyChange, ...]:
        """The properties that are shown to a reader: all but a new SHA, each from old to new."""
        seen = (each for each in self.properties if not self.sha or each.after != self.sha)
        return tuple(each.as_edited if self.is_edit else each for each in seen)

    @property
    def is_edit(self) -> bool:
        """Whether a person changed the values in Notion."""
        return self.kind in (FindingKind.PAGE_EDITED, FindingKind.PAGE_RENAMED)

    @property
    def is_of_module(self) -> bool:
        """Whether its subject is a module with a manifest."""
        return bool(self.path) and self.kind not in (
            FindingKind.MANIFEST_INVALID,
            FindingKind.LEDGER_BROKEN,
        )

    @property
    def side(self) -> Side:
        """The side that differs."""
        return self.kind.spec.side

    @property
    def order(self) -> tuple[str, str, str, str]:
        """The sort key, which keeps the findings of a module together."""
        return self.subject, self.kind, self.page_id, self.message
