"""Workflow files that strangers wrote, read with bounds."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from support.growth import LINEAR, growth

from lukhas_notion.setup.doctor.workflow_file import (
    MAX_ALIASES,
    MAX_BYTES,
    MAX_TOTAL_BYTES,
    MAX_TOTAL_VALUES,
    BudgetSpent,
    ParsingBudget,
    WorkflowError,
    parse,
    read_workflow,
)
from lukhas_notion.setup.doctor.workflows import workflow_checks
from lukhas_notion.setup.result import Level
from lukhas_notion.util.git import WORKFLOWS


def why(text: str) -> str:
    """Return why a text is refused."""
    with pytest.raises(WorkflowError) as caught:
        parse(text, ParsingBudget())
    return str(caught.value)


def test_everything_is_text() -> None:
    """No word becomes a truth value, a number or a date; an empty value is an empty text."""
    text = "on: push\nyes: no\na: 1\nb: 2026-01-31\nc: ~\nd:\ne: !!python/name:os.system x\n"
    assert parse(text, ParsingBudget()) == {
        "on": "push",
        "yes": "no",
        "a": "1",
        "b": "2026-01-31",
        "c": "~",
        "d": "",
        "e": "x",
    }


def test_an_anchor_is_followed_and_a_merge_key_is_a_key() -> None:
    """Anchors have an effect and merge keys do not, as on GitHub."""
    assert parse("a: &x {b: c}\nd: *x\n", ParsingBudget()) == {"a": {"b": "c"}, "d": {"b": "c"}}
    assert parse("a: &x {b: c}\nd: {<<: *x}\n", ParsingBudget())["d"] == {"<<": {"b": "c"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "line 1: it is not YAML"),
        ("a: b: c", "line 1: it is not YAML"),
        ("\tx: 1", "it is not YAML"),
        ("a: *nothing", "line 1: it is not YAML"),
        ("a: &x [*x]", "line 1: it is not YAML"),
        ("? [a, b]\n: c", "line 1: it is not YAML"),
        ("a: 1\n---\nb: 2", "it is not YAML"),
        ("a: \x07", "it is not YAML"),
        ("- a", "it is not a YAML object"),
        ("", "it is not a YAML object"),
        ("just text", "it is not a YAML object"),
    ],
)
def test_what_is_no_workflow_is_refused(text: str, said: str) -> None:
    """With the line where the reader stopped, and never with a traceback."""
    assert said in why(text)


def test_depth_is_bounded() -> None:
    """A document that is nested too deep is refused while it is read."""
    assert "deep" in why("a: " + "[" * 5_000 + "]" * 5_000)


def test_aliases_are_bounded() -> None:
    """A file with too many aliases is refused before it is expanded."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert f"more than {MAX_ALIASES} aliases" in why("\n".join(lines))


@pytest.mark.parametrize(
    "make",
    [
        lambda size: "a:\n" + "- {a: [b, c], 'd': \"e\"}\n" * (size // 24),
        lambda size: "a: '" + "''" * (size // 2) + "'",
        lambda size: "a: " + "x" * size,
        lambda size: "? " * (size // 2),
        lambda size: "a: " + "&x " * (size // 3),
    ],
)
def test_a_large_file_is_read_or_refused_in_linear_time(make: Callable[[int], str]) -> None:
    """The time to parse grows linearly with the size of a file."""

    def read(size: int) -> None:
        with suppress(WorkflowError):
            parse(make(size), ParsingBudget())

    assert growth(read, MAX_BYTES // 128) < LINEAR


@pytest.mark.parametrize("one", ["a: b,", "a,", "[],"])
def test_values_are_counted_over_all_files(one: str) -> None:
    """The limits apply to all files together."""
    text = "a: {" + one * 200 + "}" if one != "[]," else "a: [" + one * 400 + "]"
    budget = ParsingBudget(values=1_500)
    for _ in range(3):
        parse(text, budget)
    with pytest.raises(BudgetSpent, match=f"more than {MAX_TOTAL_VALUES:,} values"):
        parse(text, budget)


def test_bytes_are_counted_over_all_files() -> None:
    """Comments count as text, although they are not values."""
    budget = ParsingBudget(bytes=8 * 1_024)
    text = "a: b\n" + "#" * (1_024 - 5)
    for _ in range(8):
        parse(text, budget)
    with pytest.raises(BudgetSpent, match=f"over {MAX_TOTAL_BYTES:,} bytes"):
        parse(text, budget)


def test_files_beyond_the_budget_are_one_problem(tmp_path: Path) -> None:
    """Reading stops at the limit, and the files that follow do not pass."""
    folder = tmp_path / WORKFLOWS
    folder.mkdir(parents=True)
    text = "# lukhas-notion/lukhas-notion\na: {" + "a: b," * 50_000 + "}"
    for number in range(200):
        (folder / f"{number:03}.yml").write_text(text)
    [check] = workflow_checks(tmp_path)
    assert check.level is Level.FAILURE
    assert check.subject.endswith("000.yml")
    assert "nor any after it" in check.found


def test_a_file_is_read_within_the_repository_only(tmp_path: Path) -> None:
    """No link leads out, no pipe is waited for, nothing too large or unreadable is parsed."""
    root = tmp_path / "repository"
    root.mkdir()
    (tmp_path / "secret.yml").write_text("on: push\n")
    file = root / "w.yml"

    def refused() -> str:
        with pytest.raises(WorkflowError) as caught:
            read_workflow(file, root, ParsingBudget())
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
    """A file that does not mention the Action is not parsed."""
    file = tmp_path / "w.yml"
    file.write_text("a: [1")
    assert read_workflow(file, tmp_path, ParsingBudget(), mentions=b"ours") is None
    file.write_text("a: [1 # OURS")
    with pytest.raises(WorkflowError):
        read_workflow(file, tmp_path, ParsingBudget(), mentions=b"ours")
