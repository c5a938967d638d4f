"""No test's verdict depends on how busy the machine is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).resolve().parents[1]
#: Seconds.
PATIENCE = 60
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "time"}


def upper_bounds(path: Path) -> Iterator[str]:
    """Yield each assertion that time measured is less than something that is not measured.

    That at least so much time passed holds on every machine, and two times of one run may be
    compared.
    """
    text = path.read_text(encoding="utf-8")
    if "time." not in text:
        return  # Most files read no clock.
    tree = ast.parse(text)
    measured: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_measured(node.value, measured):
            measured |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            for compared in ast.walk(node.test):
                if isinstance(compared, ast.Compare) and _is_bounded(compared, measured):
                    yield f"{path.name}:{node.lineno}"


def _is_bounded(compared: ast.Compare, measured: set[str]) -> bool:
    sides = [compared.left, *compared.comparators]
    for (left, right), op in zip(pairwise(sides), compared.ops, strict=True):
        less, more = (right, left) if isinstance(op, ast.Gt | ast.GtE) else (left, right)
        ordered = isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        if ordered and _is_measured(less, measured) and not _is_measured(more, measured):
            return True
    return False


def _is_measured(node: ast.expr, measured: set[str]) -> bool:
    """Whether an expression reads a clock of this machine, or a name that was given a reading."""
    return any(
        (isinstance(each, ast.Name) and each.id in measured)
        or (
            isinstance(each, ast.Attribute)
            and each.attr in CLOCKS
            and isinstance(each.value, ast.Name)
            and each.value.id == "time"
        )
        for each in ast.walk(node)
    )


def test_no_test_asserts_that_something_was_quick() -> None:
    """Counts and ratios are asserted instead; seconds belong to the benchmarks."""
    assert [found for path in sorted(TESTS.rglob("*.py")) for found in upper_bounds(path)] == []


@pytest.mark.parametrize(
    ("assertion", "is_one"),
    [
        ("time.monotonic() - start < 5", True),
        ("took <= 5", True),
        ("0.2 <= took < 1.6", True),
        ("5 > took", True),
        ("took >= 0.2", False),
        ("took < 4 * other", False),
        ("len(asked) < 5", False),
    ],
)
def test_an_upper_bound_is_recognised(tmp_path: Path, assertion: str, is_one: bool) -> None:
    """However it is written; a lower bound and a ratio are none."""
    lines = ["took = time.monotonic() - start", "other = time.process_time()"]
    (tmp_path / "t.py").write_text("\n".join([*lines, f"assert {assertion}"]))
    assert list(upper_bounds(tmp_path / "t.py")) == (["t.py:3"] if is_one else [])


def short_waits(path: Path) -> Iterator[str]:
    """Yield each wait for what must happen that gives up early; ``not x.wait(0.1)`` is none."""
    text = path.read_text(encoding="utf-8")
    if not any(word in text for word in ("timeout", ".wait(", ".join(", ".result(")):
        return
    tree = ast.parse(text)
    negated = {node.operand for node in ast.walk(tree) if isinstance(node, ast.UnaryOp)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node not in negated and ast.unparse(node.func) != "Git":
            given = [each.value for each in node.keywords if each.arg == "timeout"]
            if isinstance(node.func, ast.Attribute) and len(node.args) == 1:
                given += node.args if node.func.attr in ("wait", "join", "result") else []
            for limit in given:
                seconds = limit.value if isinstance(limit, ast.Constant) else None
                if isinstance(seconds, int | float) and seconds < PATIENCE:
                    yield f"{path.name}:{node.lineno}"


def test_no_test_gives_up_early() -> None:
    """A wait that only a failure exhausts is as long as the slowest machine needs."""
    assert [found for path in sorted(TESTS.rglob("*.py")) for found in short_waits(path)] == []


@pytest.mark.parametrize(
    ("call", "is_one"),
    [
        ("subprocess.run(words, timeout=20)", True),
        ("assert begun.wait(10)", True),
        ("thread.join(0.5)", True),
        ("thread.join()", False),
        ("subprocess.run(words, timeout=60)", False),
        ("assert not closed.wait(0.1)", False),
        ("clock.wait(2, stop)", False),
    ],
)
def test_a_short_wait_is_recognised(tmp_path: Path, call: str, is_one: bool) -> None:
    """By its number of seconds; a wait for what must not happen is none."""
    (tmp_path / "t.py").write_text(call)
    assert list(short_waits(tmp_path / "t.py")) == (["t.py:1"] if is_one else [])


def test_every_run_has_the_same_examples() -> None:
    """Hypothesis would find a failure in one run and not in the next."""
    assert settings().derandomize


def test_no_example_has_a_deadline() -> None:
    """Hypothesis would fail an example that took 200 ms."""
    assert settings().deadline is None
