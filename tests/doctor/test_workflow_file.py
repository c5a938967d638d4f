"""Workflow files that strangers wrote, read with bounds."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from lukhas_notion.doctor.workflow_file import (
    MAX_ALIASES,
    MAX_BYTES,
    WorkflowError,
    parse,
    read_workflow,
)


def why(text: str) -> str:
    """Return why a text is refused."""
    with pytest.raises(WorkflowError) as caught:
        parse(text)
    return str(caught.value)


def test_everything_is_text() -> None:
    """No word becomes a truth value, a number or a date; nothing is nothing's text."""
    text = "on: push\nyes: no\na: 1\nb: 2026-01-31\nc: ~\nd:\ne: !!python/name:os.system x\n"
    assert parse(text) == {
        "on": "push",
        "yes": "no",
        "a": "1",
        "b": "2026-01-31",
        "c": "~",
        "d": "",
        "e": "x",
    }


def test_an_anchor_is_followed_and_a_merge_key_is_a_key() -> None:
    """GitHub knows the one and not the other."""
    assert parse("a: &x {b: c}\nd: *x\n") == {"a": {"b": "c"}, "d": {"b": "c"}}
    assert parse("a: &x {b: c}\nd: {<<: *x}\n")["d"] == {"<<": {"b": "c"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "line 1: it is no YAML"),
        ("a: b: c", "line 1: it is no YAML"),
        ("\tx: 1", "it is no YAML"),
        ("a: *nothing", "line 1: it is no YAML"),
        ("a: &x [*x]", "line 1: it is no YAML"),
        ("? [a, b]\n: c", "line 1: it is no YAML"),
        ("a: 1\n---\nb: 2", "it is no YAML"),
        ("a: \x07", "it is no YAML"),
        ("- a", "it is no YAML object"),
        ("", "it is no YAML object"),
        ("just text", "it is no YAML object"),
    ],
)
def test_what_is_no_workflow_is_refused(text: str, said: str) -> None:
    """With the line where the reader stopped, and never with a traceback."""
    assert said in why(text)


def test_depth_is_bounded() -> None:
    """A list in a list without end is refused, and not gone through."""
    assert "deep" in why("a: " + "[" * 5_000 + "]" * 5_000)


def test_aliases_are_bounded() -> None:
    """A file of aliases of aliases is refused before it is anything."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert f"more than {MAX_ALIASES} aliases" in why("\n".join(lines))


def test_a_large_file_is_read_in_a_moment_or_refused() -> None:
    """Whatever fills the bound takes seconds at most."""
    line = "- {a: [b, c], 'd': \"e\"}\n"
    for text in (
        "a:\n" + line * (MAX_BYTES // len(line) // 2),
        "a: '" + "''" * (MAX_BYTES // 4) + "'",
        "a: " + "x" * MAX_BYTES,
        "? " * 2_000,
        "a: " + "&x " * 2_000,
    ):
        begun = time.monotonic()
        with suppress(WorkflowError):
            parse(text)
        assert time.monotonic() - begun < 20


def test_a_file_is_read_within_the_repository_only(tmp_path: Path) -> None:
    """No link leads out, no pipe is waited for, nothing too large or unreadable is parsed."""
    root = tmp_path / "repository"
    root.mkdir()
    (tmp_path / "secret.yml").write_text("on: push\n")
    file = root / "w.yml"

    def refused() -> str:
        with pytest.raises(WorkflowError) as caught:
            read_workflow(file, root)
        file.unlink()
        return str(caught.value)

    file.symlink_to("../secret.yml")
    assert "outside" in refused()
    os.mkfifo(file)
    assert "pipe" in refused()
    file.write_bytes(b"a: " + b"x" * MAX_BYTES)
    assert f"{MAX_BYTES:,}" in refused()
    file.write_bytes(b"a: \xff")
    assert "UTF-8" in refused()


def test_what_is_not_ours_is_not_parsed(tmp_path: Path) -> None:
    """A file that does not mention the Action may be anything."""
    file = tmp_path / "w.yml"
    file.write_text("a: [1")
    assert read_workflow(file, tmp_path, mentions=b"ours") is None
    file.write_text("a: [1 # OURS")
    with pytest.raises(WorkflowError):
        read_workflow(file, tmp_path, mentions=b"ours")
