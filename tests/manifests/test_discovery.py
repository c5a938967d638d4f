"""The search for manifests."""

from __future__ import annotations

from pathlib import Path

import pytest

from lukhas_notion.manifests.discovery import discover, find_manifests, is_wanted
from lukhas_notion.util.errors import ConfigError


def _tree(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")


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
    """Hidden folders and those of tools and schemas are not searched, and are reported."""
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
    """Exclude globs remove files and whole folders, in addition to the built-in ones."""
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
    """An incomplete search is an error, because manifests would seem deleted."""
    with pytest.raises(ConfigError, match="cannot list the folder"):
        discover(tmp_path / "absent")


@pytest.mark.parametrize(
    "exclude", ["legacy", "legacy/", "legacy/**", "./legacy/.", "leg*", "**/legacy"]
)
def test_an_exclude_that_means_a_folder_means_all_below_it(tmp_path: Path, exclude: str) -> None:
    """The glob excludes everything below the folder, however it is spelled."""
    _tree(tmp_path, "legacy/a/module.manifest.json", "libs/module.manifest.json")

    found = discover(tmp_path, exclude=[exclude])

    assert found.paths == ("libs/module.manifest.json",)
    assert found.unmatched == ()
    assert not is_wanted("legacy/a/module.manifest.json", ["**/*.json"], [exclude])
    assert is_wanted("libs/module.manifest.json", ["**/*.json"], [exclude])


@pytest.mark.parametrize(
    ("include", "exclude", "said"),
    [
        (["lbs/**/*.json"], [], "include: 'lbs/**/*.json' matches nothing: there is no 'lbs' (did"),
        (["a/libz/*.json"], [], "there is no 'libz' in 'a' (did you mean 'libs'?)"),
        (["zzz/**"], [], "include: 'zzz/**' matches nothing: there is no 'zzz'."),
        (["libs"], [], "it is a folder; write 'libs/**/module.manifest.json'"),
        (["**/*.jsonc"], [], "include: '**/*.jsonc' matches nothing."),
        (["dist/m.json"], [], "folders named 'dist' are never searched"),
        (["a/.hidden/*"], [], "folders named '.hidden' are never searched"),
        (["link/**"], [], "'link' is a link, and links to folders are not followed"),
        (["{a,zzz}/zz/*.json"], [], "there is no 'zz' in 'a'"),
        (
            ["{libs,lbs}/*.json"],
            [],
            "'{libs,lbs}/*.json' matches nothing as 'lbs/*.json'",
        ),
        ([], ["old/"], "exclude: 'old/' matches nothing: there is no 'old'"),
        ([], ["**/*.yaml"], "exclude: '**/*.yaml' matches nothing."),
    ],
)
def test_a_glob_that_matches_nothing_is_named(
    tmp_path: Path, include: list[str], exclude: list[str], said: str
) -> None:
    """A glob without matches is reported with the reason, and the others are searched."""
    _tree(tmp_path, "libs/module.manifest.json", "a/libs/module.manifest.json", "dist/m.json")
    (tmp_path / "link").symlink_to("/etc")

    found = discover(tmp_path, ["**/module.manifest.json", *include], exclude)

    assert len(found.paths) == 2
    (named,) = found.unmatched
    assert said in named
    assert named.startswith("[manifests] ")


@pytest.mark.parametrize("exclude", ["node_modules/", "**/dist/**", "x/.git"])
def test_excluding_what_is_never_searched_is_no_mistake(tmp_path: Path, exclude: str) -> None:
    """An exclusion of a folder that is never searched is not reported, even without that folder."""
    _tree(tmp_path, "libs/module.manifest.json", "x/dist/module.manifest.json")

    assert discover(tmp_path, exclude=[exclude]).unmatched == ()


def test_the_default_glob_is_not_named(tmp_path: Path) -> None:
    """The default glob is not reported, because the configuration does not have it."""
    assert discover(tmp_path).unmatched == ()


def test_a_choice_that_may_come_to_match_is_not_named(tmp_path: Path) -> None:
    """An alternative in braces without a known reason is not reported if another one matches."""
    _tree(tmp_path, "libs/module.manifest.json")

    assert discover(tmp_path, ["**/{module,service}.manifest.json"]).unmatched == ()


def test_globs_that_take_too_long_are_an_error_and_a_large_tree_is_none(tmp_path: Path) -> None:
    """A few hundred untrusted globs and one deep folder do not take minutes."""
    folder = tmp_path / "/".join(["aaa"] * 300)
    folder.mkdir(parents=True)
    for number in range(20):
        (folder / f"f{number}").touch()
    hostile = [f"**/{'*a*/' * 200}z{number}/*" for number in range(300)]
    with pytest.raises(ConfigError, match="too long to compare"):
        discover(tmp_path, exclude=hostile)
    deep = "/".join(["aaa"] * 300) + "/f"
    with pytest.raises(ConfigError, match="too long to compare"):
        is_wanted(deep, ["**/f"], hostile)
    usual = [f"**/folder{number}/**" for number in range(300)]
    assert is_wanted("a/b/c/d/e/f", ["**/f"], usual)
    assert discover(tmp_path, ["**/f1"], usual[:20]).paths == (f"{deep}1",)
