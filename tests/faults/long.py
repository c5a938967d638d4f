"""The long form of the fault tests, and the figures for docs/reliability.md.

python tests/faults/long.py                        1,000 schedules, 200 kills, the matrix
python tests/faults/long.py --seed 17              one schedule again, with what it broke
python tests/faults/long.py --write                write docs/reliability.md
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests"))

from support.faults import schedule  # noqa: E402 - the path comes first
from support.kills import kill_once  # noqa: E402

BEGIN, END = "<!-- generated: figures -->", "<!-- end: figures -->"


def main() -> int:
    """Run what the arguments ask for and return 0 when nothing broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, help="run this schedule alone")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    args = parser.parse_args()
    if args.seed is not None:
        return _report("schedule", {args.seed: _schedule(args.seed)})
    rows = []
    failed = 0
    for name, count, run in (
        ("random fault schedules over 50 modules", args.schedules, _schedule),
        ("kills (`kill -9`) of a running sync over HTTP", args.kills, _kill),
    ):
        begun = time.monotonic()
        broken = {seed: found for seed in range(count) if (found := run(seed))}
        failed += _report(name, broken)
        rows.append((name, count, len(broken), time.monotonic() - begun))
    rows.append(_matrix())
    failed += rows[-1][2]
    table = _table(rows)
    print(table)
    if args.write:
        page = PROJECT / "docs" / "reliability.md"
        text = page.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    return 1 if failed else 0


def _in_folder(run: Callable[[Path], list[str]]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder) / "r")


def _schedule(seed: int) -> list[str]:
    def run(root: Path) -> list[str]:
        scene, broken = schedule(seed, root=root)
        scene.close()
        return broken

    return _in_folder(run)


def _kill(seed: int) -> list[str]:
    return _in_folder(lambda root: kill_once(root, seed))


def _matrix() -> tuple[str, int, int, float]:
    """Run the matrix by pytest and count its cells."""
    begun = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "auto",
            "-k",
            "one_fault",
            "tests/faults/test_matrix.py",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    import re

    count = dict.fromkeys(("passed", "failed"), 0)
    for number, word in re.findall(r"(\d+) (passed|failed)", done.stdout):
        count[word] = int(number)
    total = count["passed"] + count["failed"]
    failed = count["failed"] or int(done.returncode != 0)
    return (
        "cells: fault × request × position × moment × lag",
        total,
        failed,
        time.monotonic() - begun,
    )


def _report(name: str, broken: dict[int, list[str]]) -> int:
    for seed, found in broken.items():
        if found:
            print(f"{name}, seed {seed}:")
            for each in found:
                print(f"  {each}")
    return sum(bool(found) for found in broken.values())


def _table(rows: list[tuple[str, int, int, float]]) -> str:
    lines = ["| what | runs | promises broken | seconds |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {name} | {count:,} | {broken} | {took:.0f} |" for name, count, broken, took in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
