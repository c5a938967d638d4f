"""A run that writes nothing could not: its connection refuses every write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.actions import ActionPlace
from support.workplace import Workplace

from lukhas_notion.notion.connection import Connection


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note of each connection whether it is read-only."""
    noted: list[bool] = []
    open_connection = Connection.open

    def note(*given: Any, read_only: bool, **more: Any) -> Connection:
        noted.append(read_only)
        return open_connection(*given, read_only=read_only, **more)

    monkeypatch.setattr(Connection, "open", note)
    return noted


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--all", "--dry-run"),
        ("sync", "--all", "--dry-run", "--backfill", "--archive-removed"),
        ("sync", "--module", "alpha", "--dry-run"),
        ("backfill", "--features"),
        ("backfill", "--features", "--prune"),
        ("verify",),
        ("doctor",),
        ("init", "--dry-run"),
    ],
    ids=" ".join,
)
def test_a_command_that_only_looks_cannot_write(
    small: Workplace, opened: list[bool], words: tuple[str, ...]
) -> None:
    """However it is asked for, its connection is read-only."""
    small.run(*words)
    assert opened == [True]


def test_a_command_that_writes_can(small: Workplace, opened: list[bool]) -> None:
    """A sync writes over one connection; a repair looks before and after over others."""
    assert small.run("sync", "--all").code == 0
    assert opened == [False]
    small.notion.edit_page(small.pages()["alpha"]["id"], {"Coverage": 12})
    assert small.run("verify", "--repair").code == 0
    assert opened[1:] == [True, False, True]


def test_a_preview_of_the_action_cannot_write(
    small: Workplace, opened: list[bool], tmp_path: Path
) -> None:
    """A pull request's run is read-only from its first request on."""
    action = ActionPlace(small, tmp_path)
    action.keep_base()
    small.edit("alpha", description="Something else.")
    action.pull.change("alpha/module.manifest.json")
    assert action.pull_request().outputs["changes"] == "true"
    assert opened == [True]
