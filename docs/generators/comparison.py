"""The comparison with other tools, from ``docs/data/features.toml``."""

from __future__ import annotations

import tomllib
from typing import Any

from generators.tables import DATA, table

_OTHERS = ("scripts", "data2notion", "csv2notion", "markdown", "terraform")


def data() -> dict[str, Any]:
    """Return the names of the tools, and the features with what each tool does."""
    return tomllib.loads((DATA / "features.toml").read_text(encoding="utf-8"))


def _head(found: dict[str, Any]) -> list[str]:
    return ["", "lukhas-notion", *(found["tools"][name] for name in _OTHERS)]


def short_table() -> str:
    """Return the README's table: a sign a cell."""
    found = data()
    rows = [
        [each["want"], each["ours"][0], *(each[name][0] for name in _OTHERS)]
        for each in found["feature"]
    ]
    return table(_head(found), rows)


def long_table() -> str:
    """Return the table with what lies behind each sign, and our tests."""
    found = data()
    rows = []
    for each in found["feature"]:
        tests = ", ".join(
            f"[test](../{path})" for path in (t.partition("::")[0] for t in each["tests"])
        )
        ours = f"{each['ours']} {tests}".strip()
        rows.append([each["want"], ours, *(each[name] for name in _OTHERS)])
    return table(_head(found), rows)
