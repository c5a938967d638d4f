"""The reference of the findings of ``verify``, from the code's data."""

from __future__ import annotations

from generators.tables import code, table
from lukhas_notion.plan.finding import KINDS


def findings_table() -> str:
    """Return the table of kinds."""
    rows = [
        [code(kind), spec.side, spec.means, spec.remedy, spec.repaired]
        for kind, spec in KINDS.items()
    ]
    return table(["Kind", "Who", "What it means", "What to do", "Repaired"], rows)
