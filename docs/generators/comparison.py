"""The comparison with other tools, from ``docs/data/features.toml``."""

from __future__ import annotations

import tomllib
from typing import Any

from generators.tables import DATA, table


def data() -> dict[str, Any]:
    """Return the names of the tools, and the features with what each tool does."""
    return tomllib.loads((DATA / "features.toml").read_text(encoding="utf-8"))


def ran_table() -> str:
    """Return what was measured: each sign with what lies behind it, and our tests."""
    found = data()
    rows = []
    for each in found["feature"]:
        tests = dict.fromkeys(test.partition("::")[0] for test in each["tests"])
        named = ", ".join(f"[test](../{path})" for path in tests)
        ours = f"{each['ours']} {named}".strip()
        rows.append([each["want"], ours, *(each[name] for name in found["tools"])])
    return table(["", "lukhas-notion", *found["tools"].values()], rows)


def read_table() -> str:
    """Return what is known of the tools that were read about: "?" is not known."""
    found = data()
    rows = [
        [each["want"], each["ours"][0], *(each.get(name, "?") for name in found["read"])]
        for each in found["feature"]
        if set(each) & set(found["read"])
    ]
    return table(["", "lukhas-notion", *found["read"].values()], rows)
