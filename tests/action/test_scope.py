"""From the files that a pull request changes to the manifests that are looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lukhas_notion.action.scope import Scope, scope_of
from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.github.pulls import ChangedFile, ChangedFiles
from lukhas_notion.util.errors import ConfigError, UsageError

NAME = "module.manifest.json"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Make a checkout with two manifests, and another one outside the root."""
    for path in ("alpha", "beta", "docs/gamma"):
        folder = tmp_path / path
        folder.mkdir(parents=True)
        (folder / NAME).write_text(json.dumps({"module": path}))
    (tmp_path / "vocab").mkdir()
    (tmp_path / "vocab/features.json").write_text("[]")
    return tmp_path


def config_of(root: Path) -> Config:
    """Load a configuration of defaults."""
    return load(Flags(root=str(root)), {})


def scope(
    top: Path, *files: ChangedFile, root: str = "", wanted: str = "auto", **more: bool
) -> Scope:
    """Return what changed files make worth looking at."""
    removals = more.pop("removals", False)
    changed = ChangedFiles(files, more.pop("complete", True), more.pop("current", True))
    return scope_of(config_of(top / root), changed, top, wanted, removals=removals)


def modified(path: str) -> ChangedFile:
    """Return a file that was edited."""
    return ChangedFile(path, "modified")


def test_the_changed_manifests_are_looked_at(top: Path) -> None:
    """Other files select no manifest."""
    found = scope(top, modified(f"alpha/{NAME}"), modified("README.md"))
    assert (found.paths, found.why) == ((f"alpha/{NAME}",), "")
    assert found.touched == {f"alpha/{NAME}"}
    assert found.known


def test_a_root_below_the_top_has_paths_of_its_own(top: Path) -> None:
    """What changes outside of it is not looked at."""
    found = scope(top, modified(f"docs/gamma/{NAME}"), modified(f"alpha/{NAME}"), root="docs")
    assert found.paths == (f"gamma/{NAME}",)


@pytest.mark.parametrize(
    "path",
    [
        "lukhas-notion.toml",
        "vocab/features.json",
        "vocab/tags.json",
        "schemas/module.manifest.schema.json",
    ],
)
def test_what_concerns_every_manifest_widens_the_scope(top: Path, path: str) -> None:
    """Also a file that the pull request deletes; with ``changed`` it does not."""
    gone = ChangedFile(path, "removed")
    found = scope(top, modified(f"alpha/{NAME}"), gone)
    assert found.paths is None
    assert path in found.why
    assert scope(top, modified(f"alpha/{NAME}"), gone, wanted="changed").paths == (f"alpha/{NAME}",)


def test_a_deleted_and_a_renamed_manifest_are_told_apart(top: Path) -> None:
    """Both have touched pages of the base branch."""
    found = scope(
        top,
        ChangedFile(f"gone/{NAME}", "removed"),
        ChangedFile(f"alpha/{NAME}", "renamed", f"old/{NAME}"),
    )
    assert found.removed == (f"gone/{NAME}",)
    assert found.renamed == ((f"old/{NAME}", f"alpha/{NAME}"),)
    assert found.touched == {f"gone/{NAME}", f"old/{NAME}", f"alpha/{NAME}"}


def test_a_manifest_renamed_to_what_is_none_is_gone(top: Path) -> None:
    """It left the patterns of the configuration."""
    (top / "alpha" / NAME).rename(top / "alpha/old.json")
    found = scope(top, ChangedFile("alpha/old.json", "renamed", f"alpha/{NAME}"))
    assert (found.removed, found.renamed) == ((f"alpha/{NAME}",), ())


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (ChangedFile("libs", "modified", patch=f"-Subproject commit {'a' * 40}"), "submodule"),
        (modified("docs"), "submodule"),
    ],
)
def test_what_the_list_cannot_tell_widens_the_scope(top: Path, file: ChangedFile, why: str) -> None:
    """A submodule's files are not in GitHub's list."""
    found = scope(top, modified(f"alpha/{NAME}"), file)
    assert (found.paths, found.known) == (None, False)
    assert why in found.why


def test_an_incomplete_list_widens_the_scope(top: Path) -> None:
    """GitHub has a cap."""
    found = scope(top, modified(f"alpha/{NAME}"), complete=False)
    assert (found.paths, found.known) == (None, False)


def test_a_link_whose_target_changes_widens_the_scope(top: Path) -> None:
    """The list names the target, and not the manifest."""
    (top / "delta").mkdir()
    (top / "delta" / NAME).symlink_to(top / "README.md")
    (top / "README.md").write_text("{}")
    found = scope(top, modified("README.md"))
    assert found.paths is None
    assert "is a link" in found.why


def test_a_checkout_that_lacks_a_changed_manifest_is_an_error(top: Path) -> None:
    """A gate that checks nothing is not green; an older list does not describe this checkout."""
    missing = modified(f"missing/{NAME}")
    with pytest.raises(ConfigError, match=f"missing/{NAME}, which is not in the checkout"):
        scope(top, missing)
    assert scope(top, missing, current=False, complete=False).paths is None


def test_looking_for_removed_pages_takes_every_manifest(top: Path) -> None:
    """And the input can ask for all."""
    assert scope(top, modified(f"alpha/{NAME}"), removals=True).paths is None
    assert scope(top, modified(f"alpha/{NAME}"), wanted="all").paths is None


def test_a_repository_without_manifests_is_an_error_unless_they_were_removed(
    tmp_path: Path,
) -> None:
    """Nothing matches, which is likely a wrong root."""
    with pytest.raises(UsageError):
        scope(tmp_path, modified("README.md"))
    gone = scope(tmp_path, ChangedFile(f"alpha/{NAME}", "removed"))
    assert gone.removed == (f"alpha/{NAME}",)
