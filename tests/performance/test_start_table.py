"""The table of the start: what its lines say, and that the first request is noted."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.start import Figure, FirstRequest, figures


@pytest.mark.parametrize(
    ("values", "goal", "shown"),
    [
        ((0.2, 0.3, 0.9), 0.4, ("0.30 (0.20–0.90) s", "3", "≤ 0.4 s", "✓")),
        ((0.5,), 0.4, ("0.50 s", "1", "≤ 0.4 s", "✗")),
        ((0.5,), None, ("0.50 s", "1", "–", "–")),
    ],
)
def test_a_line_says_whether_its_goal_is_met(
    values: tuple[float, ...], goal: float | None, shown: tuple[str, ...]
) -> None:
    """The median counts; where nothing is promised, nothing is met or missed."""
    assert Figure("what", values, "s", goal).cells() == ("what", *shown)


def test_a_size_is_shown_in_megabytes() -> None:
    """Bytes are measured, and 10^6 of them are shown as one."""
    assert Figure("image", (27_600_000,), "MB", 30).cells()[1:] == ("27.60 MB", "1", "≤ 30 MB", "✓")


def test_the_first_request_is_noted_once() -> None:
    """The time of the first one stays, and each is refused."""
    with FirstRequest() as asked:
        times = []
        for _ in range(2):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(asked.url, timeout=60)
            refused.value.close()
            times.append(asked.at)
    assert asked.came.is_set()
    assert times[0] == times[1] > 0


def test_another_action_that_is_not_known_is_refused(tmp_path: Path) -> None:
    """What it does before its program starts has to be written down first."""
    lines = figures(tmp_path, 1, {"octo/unknown": tmp_path})
    assert len(lines) == len(figures(tmp_path, 1, {})) + 1
    with pytest.raises(KeyError):
        lines[2]()
