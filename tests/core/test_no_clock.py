"""No test's verdict depends on how busy the machine is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from hypothesis import settings

TESTS = Path(__file__).resolve().parents[1]
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "time"}


def upper_bounds(path: Path) -> Iterator[str]:
    """Yield each assertion that a reading of a clock is less than something.

    That at least so much time passed holds on every machine.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assert):
            for compared in ast.walk(node.test):
                if isinstance(compared, ast.Compare) and _reads_clock(compared.left):
                    less = any(isinstance(each, ast.Lt | ast.LtE) for each in compared.ops)
                    if less:
                        yield f"{path.relative_to(TESTS)}:{node.lineno}"


def _reads_clock(node: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Attribute)
        and each.attr in CLOCKS
        and isinstance(each.value, ast.Name)
        and each.value.id == "time"
        for each in ast.walk(node)
    )


def test_no_test_asserts_that_something_was_quick() -> None:
    """Counts and ratios are asserted instead; seconds belong to the benchmarks."""
    assert [found for path in sorted(TESTS.rglob("*.py")) for found in upper_bounds(path)] == []


def test_no_example_has_a_deadline() -> None:
    """Hypothesis would fail an example that took 200 ms."""
    assert settings().deadline is None
