"""The reference of the gates' rules, from ``docs/data/violations.toml``."""

from __future__ import annotations

import tomllib

from generators.tables import DATA, code, table


def rules() -> dict[str, dict[str, str]]:
    """Return what is said of each rule: ``means`` and ``remedy``."""
    return tomllib.loads((DATA / "violations.toml").read_text(encoding="utf-8"))


def rules_table() -> str:
    """Return a section for each family of rules, with its table."""
    families: dict[str, list[list[str]]] = {}
    for name, said in rules().items():
        row = [code(name), said["means"], said["remedy"]]
        families.setdefault(name.partition(".")[0], []).append(row)
    head = ["Rule", "What it means", "What to do"]
    return "\n\n".join(f"## {name}\n\n{table(head, rows)}" for name, rows in families.items())
