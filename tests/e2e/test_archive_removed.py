"""Pages whose manifests are gone: to the trash, renamed, or left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support_git import Checkout
from support_workplace import Workplace, workplace

MODULES = ("alpha", "beta", "gamma", "delta")


def described(name: str) -> dict[str, Any]:
    """Return a manifest, long enough for git to know it again when a line of it changes."""
    return {"module": name, "description": "What it does, told at some length. " * 9}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """Make four synced modules in a git checkout, and a ledger that nobody kept."""
    made = workplace(tmp_path / "repository")
    for name in MODULES:
        made.write(name, described(name))
    made.notion.workspace  # noqa: B018
    git = Checkout.init(made.root)
    made.history = git.history
    git.commit()
    assert made.run("sync", "--all").code == 0
    forget(made)
    yield made
    made.notion.close()


def forget(place: Workplace) -> None:
    """Throw the ledger away, as a runner's disk is."""
    (place.root / "manifests/.ledger/notion_sync.ndjson").unlink()
