"""Every command line that a page shows, run as a reader runs it, with its output compared."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.docs import PAGES, Block, Marker, blocks, content, parsed
from support.docs_bench import Bench
from support.docs_console import MismatchError, commands, matches
from support.docs_session import play

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork") or any(shutil.which(name) is None for name in ("bash", "sed")),
    reason="bash or sed is not installed, or processes cannot fork",
)
RUNNING = [page for page in PAGES if any(block.runs for block in blocks(page))]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """Start what all sessions share."""
    with Bench() as bench:
        yield bench


@pytest.mark.parametrize("page", RUNNING)
def test_page_does_what_it_says(page: str, bench: Bench, tmp_path: Path) -> None:
    """Each command ends as it is shown to end, and says what it is shown to say."""
    try:
        assert play(bench, tmp_path, content(parsed(page))) > 0
    except MismatchError as error:
        pytest.fail(f"{page}: {error}", pytrace=False)


def shown(text: str, language: str = "console", **markers: str) -> Block:
    """Make a block."""
    return Block(language, text, 1, markers)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (shown("$ echo one\ntwo\n"), "is shown with\ntwo\nbut says\none"),
        (shown("$ false\n"), "false\nended with 1"),
        (shown("$ false\n$ echo on\non\n"), "false\nended with 1"),
        (shown("false\ntrue\n", "sh"), "the shell ended"),
        (shown("$ lukhas-notion sync\n…\n"), "ended with 2"),
        (shown("no command\n"), "begins with a command"),
        (shown("$ sleep 1\n", terminal=""), "only the emulator"),
        (Marker("in Notion", '{"buy": "lunch"}', 1), "nobody does this"),
        (Marker("session", "strange", 1), "no session of the kind"),
    ],
)
def test_a_page_that_is_wrong_is_found(
    bench: Bench, tmp_path: Path, block: Block | Marker, said: str
) -> None:
    """Another output, a command that fails unsaid, a block without command: none goes unseen."""
    with pytest.raises(MismatchError, match=said):
        play(bench, tmp_path, iter([block, shown("$ true\n")]))


def test_a_session_keeps_folder_variables_and_the_last_exit_code(
    bench: Bench, tmp_path: Path
) -> None:
    """Blocks of a page run in one shell; another session has none of its state."""
    parts: list[Block | Marker] = [
        shown("name=first\nmkdir there\ncd there\n", "sh"),
        shown("text\n", "text", file="deep/file.txt"),
        shown("$ cat deep/file.txt\ntext\n$ lukhas-notion sync\n…\n$ echo $?\n2\n"),
        shown("$ cat <<end\n> $name\n> end\nfirst\n"),
        Marker("session", "empty", 5),
        shown('$ echo "[$name]"\n[]\n$ ls\n'),
    ]
    assert play(bench, tmp_path, iter(parts)) == 5


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a\nb", "a\nb", True),
        ("a\nb", "a\nc", False),
        ("a", "a\nb", False),
        ("a …", "a long tail", True),
        ("a … c", "a b d", False),
        ("…\nb", "1\n2\nb", True),
        ("a\n…", "a", True),
        ("a.c", "abc", False),
    ],
)
def test_an_ellipsis_stands_for_what_differs_each_time(
    expected: str, actual: str, same: bool
) -> None:
    """In a line it stands for any text, alone for any number of lines; all else is literal."""
    assert matches(expected.splitlines(), actual.splitlines()) is same


def test_a_command_goes_on_in_the_next_line() -> None:
    """A line after ``>`` belongs to the command, and the lines after it are the output."""
    assert commands(shown("$ one \\\n> two\nsaid\n> quoted\n$ three\n")) == [
        ("one \\\ntwo\n", ["said", "> quoted"]),
        ("three\n", []),
    ]
