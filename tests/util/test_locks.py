"""A lock on an open file: one process at a time, and no longer than the file is open."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from lukhas_notion.util import locks


def test_a_second_opening_waits_until_the_first_is_closed(tmp_path: Path) -> None:
    """Closing the file releases the lock."""
    path = tmp_path / "ledger"
    path.touch()
    with path.open("r+b") as first, path.open("r+b") as second:
        assert locks.acquire(first.fileno(), 0)
        waits: list[float] = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            first.close()

        assert locks.acquire(second.fileno(), 60, monotonic=lambda: 0.0, sleep=sleep)
        assert len(waits) == 1


def test_waiting_ends(tmp_path: Path) -> None:
    """The wait ends by the clock that is passed in."""
    path = tmp_path / "ledger"
    path.touch()
    times = iter(range(100))
    with path.open("r+b") as first, path.open("r+b") as second:
        assert locks.acquire(first.fileno(), 0)
        with pytest.raises(TimeoutError):
            locks.acquire(
                second.fileno(), 5, monotonic=lambda: float(next(times)), sleep=lambda _: None
            )
    assert next(times) == 6


@pytest.mark.parametrize(("code", "answer"), [(errno.ENOLCK, False), (errno.EIO, None)])
def test_a_file_system_without_locks_is_no_error(
    monkeypatch: pytest.MonkeyPatch, code: int, answer: bool | None
) -> None:
    """The function returns False for it, and raises any other error."""

    def fail(_: int) -> bool:
        raise OSError(code, "no")

    monkeypatch.setattr(locks, "_try", fail)
    if answer is None:
        with pytest.raises(OSError, match="no"):
            locks.acquire(0, 1)
    else:
        assert locks.acquire(0, 1) is answer
