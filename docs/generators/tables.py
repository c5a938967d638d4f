"""Markdown tables, and whole files as fenced blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "docs" / "data"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar within a cell is escaped."""
    lines = []
    for row in (head, ["---"] * len(head), *rows):
        cells = (cell.replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def code(text: object) -> str:
    """Return text as code, nothing for nothing."""
    return f"`{text}`" if text not in (None, "") else ""


def fenced(path: str) -> str:
    """Return a file of the project, word for word, as a fenced block."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return f"```{'yaml' if path.endswith('.yml') else ''}\n{text}```"
