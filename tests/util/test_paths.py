"""What a path may be called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.util.paths import is_git_name, path_problem, shown

GIT = [".git", ".GIT", ".Git", ".git.", ".git ", ".git. .", "git~1", "GIT~2", ".git:stream"]
GIT += [".git::$INDEX_ALLOCATION", ".g\u200cit", ".gi\ufefft", "\u200d.git", ".git\u200f", "．git"]


@pytest.mark.parametrize("name", GIT)
def test_every_spelling_of_the_git_folder_is_known(name: str) -> None:
    """Case, trailing dots and spaces, short names, streams and characters HFS+ leaves out."""
    assert is_git_name(name)
    assert path_problem(f"a/{name}/hooks")


@pytest.mark.parametrize(
    "name", ["git", ".gitignore", ".github", "x.git", "git~", "legit~1", "g.it"]
)
def test_other_names_are_not_the_git_folder(name: str) -> None:
    """A name that only looks similar is allowed."""
    assert not is_git_name(name)
    assert path_problem(name) == ""


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (r"\\server\share\x", "another computer"),
        ("//server/share/x", "another computer"),
        (r"\\?\C:\x", "another computer"),
        (r"\/server/x", "another computer"),
        ("x\n/home/**", "line break"),
        ("x\r", "line break"),
        ("x\u2028y", "line break"),
        ("x\0", "control"),
        ("x\x1b[2J", "control"),
        ("reports/\u202egnp.md", "invisible"),
        ("a/.git/hooks/post-checkout", ".git"),
        (r"a\.git\config", ".git"),
        ("nul", "device"),
        ("out/CON.md", "device"),
        ("com1", "device"),
        ("aux .txt", "device"),
    ],
)
@pytest.mark.parametrize("output", [False, True])
def test_a_hostile_path_is_refused_with_the_reason(path: str, why: str, output: bool) -> None:
    """The path is refused for reading and for writing."""
    assert why in path_problem(path, output=output)


@pytest.mark.parametrize(
    "name", ["**", "a?", "[ab]", "!x", "~x", "#x", "-", "x.", "x ", "t.json::$DATA", 'a"b', "<x>"]
)
def test_a_file_that_is_written_does_not_look_like_a_pattern(name: str) -> None:
    """A later step may expand it: uploading a ledger with the name ** would upload everything."""
    assert path_problem(f"out/{name}", output=True)


@pytest.mark.parametrize(
    "path",
    ["reports/r.md", "./reports/../r.md", "a b/ü.json", "/home/aux/r.md", "C:/aux/r.md", ".x"],
)
def test_ordinary_paths_are_taken(path: str) -> None:
    """The folders of an absolute path are the user's own, whatever they are called."""
    assert path_problem(path, output=True) == ""


@given(st.text())
def test_any_text_is_answered_and_shown_on_one_line(text: str) -> None:
    """Every text gets an answer, and an error that quotes it stays one printable line."""
    assert isinstance(path_problem(text, output=True), str)
    assert shown(text).isprintable()
