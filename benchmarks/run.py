"""Measure lukhas-notion: requests, seconds and memory, beside the floor and the targets.

Usage: ``python benchmarks/run.py [--row NAME …] [--long] [--markdown FILE] [--json FILE]``
"""

from __future__ import annotations

import argparse
import compileall
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import document, results, tables
from benchmarks.measure import FailedError
from benchmarks.notion import Service
from benchmarks.repository import ROOT
from benchmarks.rig import Rig
from benchmarks.rows import Row, rows


def main(words: Sequence[str]) -> int:
    """Run the rows; return 1 when one could not be measured. A missed target is a figure."""
    args = _parser().parse_args(words)
    chosen = _chosen(args)
    service = Service(args.latency, args.requests_per_minute)
    made, failed = [], 0
    with tempfile.TemporaryDirectory(prefix="lukhas-notion-benchmarks-") as folder:
        rig = Rig(Path(folder), args.command or installed(), service, args.check_jsonschema, _say)
        _compile()
        for row in chosen:
            _say(f"{row.name}: {row.title}")
            try:
                samples = [row.run(rig) for _ in range(args.repeat)]
            except FailedError as error:
                failed += 1
                _say(f"  not measured: {error}")
                continue
            about = results.about(service, "python benchmarks/run.py")
            made.append({**results.of_row(row, samples), "about": about})
            _say(f"  {_said(made[-1])}")
    print(tables.row_table(made), end="")
    document.keep(args.json, args.markdown, "rows", made)
    return int(failed > 0)


def _compile() -> None:
    """Compile what is measured, as an installation leaves it and ``scripts/image.py`` an image.

    A package that can be edited has no bytecode yet, some installers make none for the others, and
    the Action writes none: it would compile PyGithub in each of its runs.
    """
    compileall.compile_dir(ROOT / "lukhas_notion", quiet=2)
    imports = [sys.executable, "-I", str(ROOT / "composite/imports.py")]
    subprocess.run(imports, check=True, stdout=sys.stderr)


def installed() -> list[str]:
    """Return the installed command line: the one beside this Python, or the module itself."""
    beside = Path(sys.executable).with_name("lukhas-notion")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "lukhas_notion"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--row", action="append", metavar="NAME", help="only this one; may repeat")
    parser.add_argument("--long", action="store_true", help="also the rows that take many minutes")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--list", action="store_true", help="print the rows' names and end")
    parser.add_argument(
        "--command", nargs="+", metavar="WORD", help="the command line (default: the installed)"
    )
    parser.add_argument(
        "--check-jsonschema",
        default=shutil.which("check-jsonschema", path=str(Path(sys.executable).parent))
        or shutil.which("check-jsonschema"),
        metavar="PATH",
        help="what validate is compared with (default: the one beside this Python)",
    )
    add_common(parser)
    return parser


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add what both benchmarks take: Notion's shape, and where results go."""
    parser.add_argument("--latency", type=float, default=300, metavar="MS", help="default: 300")
    parser.add_argument(
        "--requests-per-minute", type=int, default=180, metavar="N", help="default: 180"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="add the results to this file")
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write the tables between this file's markers, from all results in the JSON file "
        "(default: FILE with the suffix .json) and the plot beside it",
    )


def _chosen(args: argparse.Namespace) -> list[Row]:
    known = {row.name: row for row in rows()}
    if args.list:
        for row in known.values():
            print(f"{row.name:24}{row.title}{' (long)' if row.long else ''}")
        raise SystemExit(0)
    if args.row:
        unknown = [name for name in args.row if name not in known]
        if unknown:
            raise SystemExit(f"no such row: {', '.join(unknown)}; --list names them")
        return [known[name] for name in args.row]
    return [row for row in known.values() if args.long or not row.long]


def _said(made: tables.Made) -> str:
    kinds = ", ".join(f"{n} {kind}" for kind, n in made["samples"][0]["requests"].items())
    missed = "; ".join(made["missed"])
    processor = median(each["processor"] for each in made["samples"])
    return (
        f"{tables.spread(made['seconds'])} s, {processor:.2f} s of processor time, "
        f"{made['mib'][0]:.0f} MiB{', ' if kinds else ''}{kinds}"
        f"{f' – missed: {missed}' if missed else ''}"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
