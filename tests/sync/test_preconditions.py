"""Before anything is sent, a database must be named and the files must be writable."""

from __future__ import annotations

from pathlib import Path

import pytest

from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.sync.preconditions import (
    ledger_target,
    report_target,
    require_database,
    require_ledger,
    require_report,
    require_targets,
)
from lukhas_notion.util.errors import ConfigError, SetupError


def config(root: Path, text: str = "", **environ: str) -> Config:
    """Return the configuration of a folder."""
    (root / "lukhas-notion.toml").write_text(text)
    return load(Flags(root=str(root)), environ)


def test_a_database_has_to_be_named(tmp_path: Path) -> None:
    """The error names the setting that is missing, token or database."""
    with pytest.raises(SetupError, match="NOTION_DATABASE_ID is not set"):
        require_database(config(tmp_path, NOTION_TOKEN="ntn_x"))
    with pytest.raises(SetupError, match="NOTION_TOKEN"):
        require_database(config(tmp_path, NOTION_DATABASE_ID="1" * 32))
    require_database(config(tmp_path, NOTION_TOKEN="ntn_x", NOTION_DATABASE_ID="1" * 32))


def test_what_is_read_is_not_written(tmp_path: Path) -> None:
    """No file has two purposes, and none is above another one."""
    made = config(tmp_path, '[run]\nledger = "vocab/tags.json"\n')
    with pytest.raises(ConfigError, match=r"is used as the vocabulary of Tags and as the ledger"):
        require_targets(made, [ledger_target(made)])
    both = config(tmp_path, '[run]\nledger = "x"\nreport = "x/y"\n')
    with pytest.raises(ConfigError, match="above or below it"):
        require_targets(both, [ledger_target(both), report_target(both)])


def test_what_is_there_is_replaced_only_by_its_own_kind(tmp_path: Path) -> None:
    """Only a ledger is continued as a ledger, and only a report is replaced by a report."""
    made = config(tmp_path)
    require_ledger(made)
    require_report(made)
    made.ledger.parent.mkdir(parents=True)
    made.ledger.write_text("notes\n")
    with pytest.raises(ConfigError, match="is not a ledger"):
        require_ledger(made)
    made.report.parent.mkdir(parents=True)
    made.report.write_text("# Mine\n")
    with pytest.raises(ConfigError, match="not a report of this tool"):
        require_report(made)
