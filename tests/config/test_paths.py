"""The paths of a configuration, each by its own arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from lukhas_notion.config.document import Document
from lukhas_notion.config.paths import (
    RepositoryPlace,
    config_file,
    find_place,
    flag_target,
    input_file,
    output_file,
    read_config,
    require_own,
)
from lukhas_notion.config.settings import Flags
from lukhas_notion.util.errors import ConfigError, UsageError

NOTHING = Document({}, "lukhas-notion.toml", {})


def test_the_boundary_is_the_top_of_the_checkout(tmp_path: Path) -> None:
    """Outside a checkout, the boundary is the root itself."""
    part = tmp_path / "part"
    part.mkdir()
    assert find_place(str(part)) == RepositoryPlace(part, part)
    (tmp_path / ".git").mkdir()
    assert find_place(str(part)) == RepositoryPlace(part, tmp_path)
    assert find_place("part", str(tmp_path)) == RepositoryPlace(part, tmp_path)
    with pytest.raises(ConfigError, match="is not a folder"):
        find_place(str(tmp_path / "none"))


def test_the_file_is_at_the_root_or_named(tmp_path: Path) -> None:
    """None where there is none; a name that leads out is refused."""
    place = RepositoryPlace(tmp_path, tmp_path)
    assert config_file(None, place, "--config") is None
    file = tmp_path / "lukhas-notion.toml"
    file.write_text("[run]\nconcurrency = 7\n")
    assert config_file(None, place, "--config") == file
    assert read_config(file, place).get("run", "concurrency") == 7
    assert read_config(None, place).get("run", "concurrency") is None
    with pytest.raises(ConfigError, match="outside the repository"):
        config_file("../x.toml", place, "The input config", from_root=True)


def test_a_file_that_is_read_stays_inside(tmp_path: Path) -> None:
    """Neither ``..`` nor a link may lead out."""
    key = ("schema", "path")
    assert input_file("a/s.json", tmp_path, [tmp_path], NOTHING, key) == tmp_path / "a/s.json"
    (tmp_path / "link").symlink_to("/etc")
    for named in ("../s.json", "link/passwd"):
        with pytest.raises(ConfigError, match=r"schema\.path leads out of the repository"):
            input_file(named, tmp_path, [tmp_path], NOTHING, key)


@pytest.mark.parametrize(
    ("flag", "filed", "expected"),
    [(None, None, "d/l"), (None, "f/l", "f/l"), ("x/l", "f/l", "x/l")],
)
def test_a_file_that_is_written_is_the_flags_the_files_or_the_default(
    tmp_path: Path, flag: str | None, filed: str | None, expected: str
) -> None:
    """The flag comes before the file, and the result names the source."""
    document = Document({"run": {"ledger": filed}} if filed else {}, "c.toml", {})
    path, source = output_file("ledger", "d/l", Flags(ledger=flag), document, tmp_path)
    assert path == tmp_path / expected
    assert source == ("--ledger:" if flag else "c.toml:1: run.ledger")
    outside = Flags(ledger=str(tmp_path.parent / "l"))
    assert output_file("ledger", "d/l", outside, document, tmp_path)[0] == tmp_path.parent / "l"
    in_action = Flags(ledger=str(tmp_path.parent / "l"), workspace=str(tmp_path))
    with pytest.raises(ConfigError, match="The input ledger-path: leads out"):
        output_file("ledger", "d/l", in_action, document, tmp_path)


def test_a_report_is_named_from_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path stays inside; an absolute one may be anywhere."""
    monkeypatch.chdir(tmp_path)
    place = RepositoryPlace(tmp_path, tmp_path)
    inside = flag_target("r.md", "--report-md", place)
    assert (inside.path, inside.within) == (tmp_path / "r.md", tmp_path)
    assert flag_target("/elsewhere/r.md", "--report-md", place).within is None
    with pytest.raises(ConfigError, match="leads out"):
        flag_target("../r.md", "--report-md", place)


def test_a_part_of_a_configured_repository_is_not_taken_for_a_root(tmp_path: Path) -> None:
    """A part of a configured repository is refused as a root that was not named."""
    (tmp_path / ".git").mkdir()
    part = tmp_path / "part"
    part.mkdir()
    require_own(part)
    (tmp_path / "lukhas-notion.toml").write_text("")
    with pytest.raises(UsageError, match="one in"):
        require_own(part)
    (part / "lukhas-notion.toml").write_text("")
    require_own(part)
