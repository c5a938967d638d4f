"""``validate``, ``ledger``, ``emulator`` and ``demo``: what each does before it begins."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lukhas_notion.cli import demo, emulator, repository
from lukhas_notion.config.config import Config, load
from lukhas_notion.config.properties import DEFAULT_PROPERTIES
from lukhas_notion.config.settings import Flags
from lukhas_notion.emulator import Emulator
from lukhas_notion.util.errors import UsageError


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return the configuration of an empty repository."""
    return load(Flags(root=str(tmp_path)), {})


def test_a_path_is_relative_to_the_root(config: Config) -> None:
    """A path is made relative to the root; outside the root, or missing, it is a usage error."""
    file = config.root / "a" / "module.manifest.json"
    file.parent.mkdir()
    file.touch()
    assert repository._relative(config, "a/module.manifest.json") == "a/module.manifest.json"
    assert repository._relative(config, str(file)) == "a/module.manifest.json"
    with pytest.raises(UsageError, match="no such file"):
        repository._relative(config, "b/module.manifest.json")
    with pytest.raises(UsageError, match="outside the repository"):
        repository._relative(config, str(config.root.parent))


def test_the_last_line_says_what_was_fixed() -> None:
    """The last line says what was fixed or can be fixed, and is empty otherwise."""
    assert (
        repository._Fixes(2, 1, written=True).closing([], asked=True) == "Fixed 2 names in 1 file."
    )
    assert "would fix 2 names" in repository._Fixes(2, 1).closing([], asked=True)
    assert repository._Fixes().closing([], asked=False) == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        (" 2026-10-01T08:30 ", datetime(2026, 10, 1, 8, 30, tzinfo=UTC)),
        ("2026-10-01T08:30+02:00", datetime(2026, 10, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_day_or_time_is_utc_unless_it_says_otherwise(typed: str, meant: datetime) -> None:
    """Text that is not a date or time is a usage error, and a record without a time is old."""
    assert repository._time(typed) == meant
    with pytest.raises(UsageError, match="neither a date nor a time"):
        repository._time("yesterday")
    assert repository._is_since({"ts": "2999-01-01T00:00:00Z"}, meant)
    assert not repository._is_since({"ts": "never"}, meant)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_is_one(port: int) -> None:
    """A port is a number from 0 (any free port) to 65535."""
    args = argparse.Namespace(latency=0.0, requests_per_minute=0, port=port)
    with pytest.raises(UsageError, match="is not a port"):
        emulator._check(args)
    args.port = 0
    emulator._check(args)


def test_capabilities_are_those_that_notion_has() -> None:
    """Capabilities are accepted in any order and with spaces."""
    assert emulator._capabilities("update, read,") == ["update", "read"]
    with pytest.raises(UsageError, match="'write'"):
        emulator._capabilities("read,write")


def test_a_database_fits_the_mapping_and_is_made_once(config: Config) -> None:
    """A database in the state file is used unchanged."""
    with Emulator() as local:
        made = emulator.create_database(local, config)
        assert emulator.create_database(local, config) == made
        [source] = local.workspace.store.data_sources.values()
        names = {column.name for column in source.properties}
    assert names == {spec.name for spec in DEFAULT_PROPERTIES}


def test_a_folder_with_other_files_is_no_demos(tmp_path: Path) -> None:
    """A demo uses a folder that is empty, does not exist or has a demo's marker."""
    assert not demo._is_foreign(tmp_path / "new")
    assert not demo._is_foreign(tmp_path)
    (tmp_path / "notes.txt").touch()
    assert demo._is_foreign(tmp_path)
    demo._record(tmp_path)
    assert not demo._is_foreign(tmp_path)


def test_what_somebody_edited_is_named(tmp_path: Path) -> None:
    """Changed and new files count as edited; deleted files do not."""
    repository = tmp_path / "repository"
    repository.mkdir()
    for name in ("kept", "changed", "deleted"):
        (repository / name).write_text("as the demo left it")
    demo._record(tmp_path)
    assert demo._edited(tmp_path) == []
    (repository / "changed").write_text("otherwise")
    (repository / "new").write_text("mine")
    (repository / "deleted").unlink()
    assert demo._edited(tmp_path) == ["changed", "new"]
