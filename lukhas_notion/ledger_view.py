"""What the ledger knows of each module, as far as its chain can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lukhas_notion.errors import LedgerError
from lukhas_notion.ledger import read, verify
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
    """The last thing that the ledger proves of a module's page."""

    sha: str
    page_id: str
    ts: str


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What one ledger says.

    Args:
        modules: module → what was recorded of it last; empty where the ledger proves nothing.
        records: how many lines hold.
        problem: why it proves nothing, "" where it does; it may just be missing.
        line: where it breaks, 1-based; 0 where it does not.
    """

    modules: Mapping[str, Recorded] = field(default_factory=dict)
    records: int = 0
    problem: str = ""
    line: int = 0

    @property
    def is_missing(self) -> bool:
        """Whether there is none, or an empty one."""
        return not self.problem and not self.records


def view(path: Path, wanted: Callable[[str], bool]) -> LedgerView:
    """Read a ledger and check its chain; a broken one proves nothing of any module.

    Args:
        path: the file.
        wanted: whether the configuration includes a manifest's path: several configurations may
            share a ledger. Records from before paths were recorded count for every one.
    """
    try:
        with path.open("rb") as file:
            whole, broken = verify(file)
        if broken is not None:
            return LedgerView(records=whole, problem=broken.reason, line=broken.line)
        return LedgerView(last_known(read(path), wanted), whole)
    except FileNotFoundError:
        return LedgerView()
    except LedgerError as error:
        return LedgerView(problem=error.message)
    except OSError as error:
        return LedgerView(problem=f"it cannot be read: {error.strerror or error}")


def last_known(
    records: Iterable[Mapping[str, Any]], wanted: Callable[[str], bool]
) -> dict[str, Recorded]:
    """Return what the records, the oldest first, prove of each module's page."""
    known: dict[str, Recorded] = {}
    for record in records:
        module, page_id = record.get("module"), record.get("page_id")
        if not module or not page_id:
            continue
        action, status = str(record.get("action")), str(record.get("status"))
        if action == ChangeKind.ARCHIVE and status == "success":
            known.pop(str(module), None)
            continue
        path = str(record.get("path") or "")
        if (action, status) in _PROOFS and (not path or wanted(path)):
            known[str(module)] = Recorded(
                str(record.get("sha") or ""), str(page_id), str(record.get("ts") or "")
            )
    return known
