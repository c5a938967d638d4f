"""What the ledger knows of each module and page.

Two questions are asked of it. What was last written to a page counts only where the chain holds.
Where a page may be is asked in any case: the page's own record says whether it is the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from lukhas_notion.ledger.file import chain_error, read
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.util.errors import LedgerError
from lukhas_notion.util.notion_ids import as_notion_writes_it

#: What proves which SHA a page bore: it was written, or seen. A preview proves nothing.
_PROOFS = frozenset(
    {
        (ChangeKind.CREATE, "success"),
        (ChangeKind.UPDATE, "success"),
        (ChangeKind.ADOPT, "success"),
        (ChangeKind.RESTORE, "success"),
        (ChangeKind.SKIP, "sha_match"),
        (ChangeKind.DRIFT, "drift"),
    }
)
_ARCHIVED = (ChangeKind.ARCHIVE, "success")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The last thing that the ledger says of a page.

    Args:
        sha: the provenance SHA that it bore.
        page_id: the page.
        path: the manifest, relative to the root.
        module: the module's name.
        source: the data source of the page, "" where the record is older than that.
        archived: whether it was moved to the trash.
    """

    sha: str
    page_id: str
    path: str = ""
    module: str = ""
    source: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What one ledger says.

    Args:
        modules: module → what was recorded of it last; empty where the ledger proves nothing.
        problem: why it proves nothing although it is there, "" where it does or is not.
        line: where it breaks, 1-based; 0 where it does not.
    """

    modules: Mapping[str, Recorded] = field(default_factory=dict)
    problem: str = ""
    line: int = 0

    @property
    def is_missing(self) -> bool:
        """Whether there is none, or one that knows of no page, as after a preview alone."""
        return not self.problem and not self.modules


def view(path: Path, wanted: Callable[[str], bool], within: Path | None = None) -> LedgerView:
    """Read a ledger and check its chain; a broken one proves nothing of any module.

    Args:
        path: the file.
        wanted: whether the configuration includes a manifest's path: several configurations may
            share a ledger. Records from before paths were recorded count for every one.
        within: no link is followed below this folder; None where the path is the user's own.
    """
    try:
        broken = chain_error(path, within)
        if broken is not None:
            return LedgerView(problem=broken.reason, line=broken.line)
        return LedgerView(last_known(read(path, within), wanted))
    except FileNotFoundError:
        return LedgerView()
    except LedgerError as error:
        return LedgerView(problem=error.message)


def remembered(path: Path) -> dict[str, Recorded]:
    """Return what a ledger says of each page, by its id, whether or not its chain holds.

    It says where to look, and proves nothing. What cannot be read is passed over.
    """
    if not path.is_file():
        return {}

    def records() -> Iterator[Mapping[str, Any]]:
        try:
            yield from read(path)
        except (OSError, LedgerError):
            return

    return last_of_pages(records())


def mentions(path: Path, page_ids: Iterable[str]) -> bool:
    """Whether a ledger names each of some pages somewhere; fast, since nothing is parsed."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
            return all(text.find(page_id.encode()) >= 0 for page_id in page_ids)
    except (OSError, ValueError):
        return False


def last_of_pages(records: Iterable[Mapping[str, Any]]) -> dict[str, Recorded]:
    """Return the last thing that records, the oldest first, prove of each page; by its id."""
    pages: dict[str, Recorded] = {}
    for record in records:
        module, page_id = record.get("module"), as_notion_writes_it(record.get("page_id"))
        if not isinstance(module, str) or not module or not page_id:
            continue
        proof = str(record.get("action")), str(record.get("status"))
        if proof != _ARCHIVED and proof not in _PROOFS:
            continue
        before = pages.pop(page_id, None)
        said = {key: str(record.get(key) or "") for key in ("sha", "path", "data_source_id")}
        pages[page_id] = Recorded(
            said["sha"],
            page_id,
            # A page that goes to the trash has no manifest any more.
            said["path"] or (before.path if before else ""),
            module,
            said["data_source_id"],
            proof == _ARCHIVED,
        )
    return pages


def last_known(
    records: Iterable[Mapping[str, Any]], wanted: Callable[[str], bool]
) -> dict[str, Recorded]:
    """Return what the records, the oldest first, prove of each module's page.

    A page is one module's: where a later record has it under another name, the earlier module has
    none any more; nor has one whose page was moved to the trash.
    """
    known: dict[str, Recorded] = {}
    for last in last_of_pages(records).values():
        if last.path and not wanted(last.path):
            continue
        if not last.archived:
            known[last.module] = last
    return known
