"""What the ledger knows of each module, as far as its chain can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lukhas_notion.errors import LedgerError
from lukhas_notion.ids import as_notion_writes_it
from lukhas_notion.ledger import distrust, read
from lukhas_notion.plan import ChangeKind

#: What proves which SHA a page bore: it was written, or seen. A preview proves nothing.
_PROOFS = frozenset(
    {
        (ChangeKind.CREATE, "success"),
        (ChangeKind.UPDATE, "success"),
        (ChangeKind.SKIP, "sha_match"),
        (ChangeKind.DRIFT, "drift"),
    }
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The last thing that the ledger proves of a module's page; ``path`` is the manifest's."""

    sha: str
    page_id: str
    path: str = ""


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
        broken = distrust(path, within)
        if broken is not None:
            return LedgerView(problem=broken.reason, line=broken.line)
        return LedgerView(last_known(read(path, within), wanted))
    except FileNotFoundError:
        return LedgerView()
    except LedgerError as error:
        return LedgerView(problem=error.message)


def last_known(
    records: Iterable[Mapping[str, Any]], wanted: Callable[[str], bool]
) -> dict[str, Recorded]:
    """Return what the records, the oldest first, prove of each module's page.

    A page is one module's: where a later record has it under another name, the earlier module has
    none any more.
    """
    known: dict[str, Recorded] = {}
    owner: dict[str, str] = {}
    for record in records:
        module, page_id = record.get("module"), as_notion_writes_it(record.get("page_id"))
        if not isinstance(module, str) or not module or not page_id:
            continue
        action, status = str(record.get("action")), str(record.get("status"))
        path = str(record.get("path") or "")
        gone = (action, status) == (ChangeKind.ARCHIVE, "success")
        if not gone and ((action, status) not in _PROOFS or (path and not wanted(path))):
            continue
        before = owner.pop(page_id, "")
        if before in known and known[before].page_id == page_id:
            del known[before]
        if not gone:
            known[module] = Recorded(str(record.get("sha") or ""), page_id, path)
            owner[page_id] = module
    return known
