"""Commands that run in a part of a configured repository, and name no root."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.workplace import Ended

from lukhas_notion.cli import main
from lukhas_notion.cli.context import Context
from lukhas_notion.util.runtime import Runtime

COMMANDS = [
    ["validate", "--all"],
    ["sync", "--all", "--dry-run"],
    ["verify"],
    ["doctor", "--offline"],
    ["init", "--dry-run"],
    ["ledger", "show"],
]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a checkout with a configuration at its top, and stand in a folder's folder of it."""
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "repository/platform/search").mkdir(parents=True)
    (tmp_path / "repository/lukhas-notion.toml").touch()
    (tmp_path / "lukhas-notion.toml").touch()
    monkeypatch.chdir(tmp_path / "repository/platform/search")
    return tmp_path / "repository"


def here(*words: str) -> Ended:
    """Run a command in the folder that the process is in."""
    out, err = io.StringIO(), io.StringIO()
    code = main(words, Context(Runtime({}), out, err))
    return Ended(code, out.getvalue(), err.getvalue())


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_configuration_above_is_not_passed_over(checkout: Path, words: list[str]) -> None:
    """Without its vocabularies and its mapping everything would seem to be well."""
    ended = here(*words)
    assert ended.code == 2
    said = (
        "There is no lukhas-notion.toml here, but there is one in '{0}': {1}/lukhas-notion.toml.\n"
        "  Run there, or pass --root '{0}'."
    )
    assert said.format("../..", checkout) in ended.err
    (checkout / "platform/lukhas-notion.toml").touch()
    assert said.format("..", checkout / "platform") in here(*words).err


def test_outside_a_checkout_the_configuration_above_is_named_as_well(checkout: Path) -> None:
    """A folder that git does not know yet has its configuration above it all the same."""
    (checkout / ".git").rmdir()
    ended = here("validate", "--all")
    assert ended.code == 2
    assert f"but there is one in '../..': {checkout}/lukhas-notion.toml." in ended.err


def test_a_root_that_is_named_is_that_root(checkout: Path) -> None:
    """A root or a configuration that is given by a flag is used without the check."""
    (checkout / "platform/search/module.manifest.json").write_text('{"module": "search"}')
    assert here("validate", "--all", "--root", ".").code == 0
    assert here("validate", "--all", "--root", "../..").code == 0
    assert here("validate", "--all", "--config", "../../lukhas-notion.toml").code == 0


def test_nothing_beyond_the_checkout_is_looked_at(checkout: Path) -> None:
    """Files above the checkout do not belong to it."""
    (checkout / "platform/search/module.manifest.json").write_text('{"module": "search"}')
    (checkout / "lukhas-notion.toml").unlink()
    assert here("validate", "--all").code == 0
