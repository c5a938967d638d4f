"""The lines of the original scripts' document, from ``docs/data/document.toml``."""

from __future__ import annotations

import tomllib
from typing import Any

from generators.tables import DATA, code, table


def lines() -> list[dict[str, Any]]:
    """Return the lines: ``part``, ``said``, ``same``, ``how``, ``test``, perhaps ``command``."""
    found: list[dict[str, Any]] = tomllib.loads((DATA / "document.toml").read_text("utf-8"))["line"]
    return found


def commands_table() -> str:
    """Return the document's commands, each beside today's."""
    rows = [
        [code(line["said"]), code(f"lukhas-notion {line['command']}")]
        for line in lines()
        if "command" in line
    ]
    return table(["Then", "Now"], rows)


def lines_table() -> str:
    """Return every line of the document beside what holds now."""
    rows = [
        [line["part"], code(line["said"]), "same" if line["same"] else "**different**", line["how"]]
        for line in lines()
    ]
    return table(["Part", "The document", "", "Now"], rows)
