"""Which files are manifests."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lukhas_notion.discovery import Glob, discover
from lukhas_notion.errors import ConfigError
from lukhas_notion.manifest import find_manifests


def _tree(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("**/module.manifest.json", "module.manifest.json", True),
        ("**/module.manifest.json", "a/b/module.manifest.json", True),
        ("**/module.manifest.json", "a/other.json", False),
        ("*/x.json", "a/x.json", True),
        ("*/x.json", "a/b/x.json", False),
        ("*/x.json", "x.json", False),
        ("a/**", "a/b/c.json", True),
        ("a/**", "b/c.json", False),
        ("a/", "a/b/c.json", True),
        ("a/", "ab/c.json", False),
        ("a/**/b/**/c.json", "a/x/b/y/b/z/c.json", True),
        ("a/**/b/**/c.json", "a/x/y/c.json", False),
        ("**", "a/b", True),
        ("**/b/*.json", "b/a/b/c.json", True),
        ("m[ab]?.json", "ma1.json", True),
        ("m[!ab]?.json", "ma1.json", False),
        ("a.json", "abjson", False),
        ("A.json", "a.json", False),
        ("a", "a/b", False),
    ],
)
def test_globs(pattern: str, path: str, matches: bool) -> None:
    """Two stars cross folders, one star and the rest stay within a name."""
    assert Glob(pattern).matches(path) is matches


def test_globs_do_not_backtrack() -> None:
    """A glob of many stars is refused or matched in no time."""
    start = time.process_time()

    assert not Glob("**/" * 30 + "*a" * 30 + "b").matches("a/" * 60 + "a" * 200)
    assert time.process_time() - start < 1


def test_finds_sorted_relative_posix_paths(tmp_path: Path) -> None:
    """The paths are relative to the root, with forward slashes, in order."""
    _tree(tmp_path, "b/module.manifest.json", "a/c/module.manifest.json", "module.manifest.json")
    _tree(tmp_path, "a/other.json")

    assert find_manifests(tmp_path) == [
        "a/c/module.manifest.json",
        "b/module.manifest.json",
        "module.manifest.json",
    ]


@pytest.mark.parametrize(
    "folder",
    [".git", "node_modules", "x/dist", "build", "venv", "lib/site-packages", "schemas", "x/.cache"],
)
def test_some_folders_are_never_entered(tmp_path: Path, folder: str) -> None:
    """Hidden folders and those of tools and schemas have no manifests, and are named."""
    _tree(tmp_path, f"{folder}/deep/module.manifest.json", "a/module.manifest.json")

    found = discover(tmp_path)

    assert found.paths == ("a/module.manifest.json",)
    assert found.excluded == (f"{folder}/",)


def test_virtual_environments_are_known_by_their_mark(tmp_path: Path) -> None:
    """A folder with a pyvenv.cfg is a virtual environment whatever its name."""
    _tree(tmp_path, "py/pyvenv.cfg", "py/lib/module.manifest.json", "env/module.manifest.json")

    found = discover(tmp_path)

    assert found.paths == ("env/module.manifest.json",)
    assert found.excluded == ("py/",)


def test_user_globs_include_and_exclude(tmp_path: Path) -> None:
    """Excludes take away files and whole folders, beside the built-in ones."""
    _tree(tmp_path, "c/a/m.json", "c/b/m.json", "old/a/m.json", "c/x.json", "dist/c/m.json")

    found = discover(tmp_path, ["**/m.json"], ["old/", "c/b/*.json"])

    assert found.paths == ("c/a/m.json",)
    assert found.excluded == ("c/b/m.json", "dist/", "old/")


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    """A link to a folder, even to its own parent, adds nothing; a link to a file is listed."""
    _tree(tmp_path, "a/module.manifest.json")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "module.manifest.json").symlink_to("/etc/passwd")

    assert find_manifests(tmp_path) == ["a/module.manifest.json", "b/module.manifest.json"]


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    """An incomplete search is never taken for an absence of manifests."""
    with pytest.raises(ConfigError, match="cannot list the folder"):
        discover(tmp_path / "absent")
