"""``lukhas-notion demo``: the whole story on the example repository, with no account."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import Context
from lukhas_notion.errors import UsageError

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "demo",
        help="see it all work, with no account",
        description="Run the whole story on an example repository against the embedded Notion: "
        "validate, backfill, dry run, apply, again, edit, diff, apply.",
        epilog="example: lukhas-notion demo --folder my-demo",
    )
    parser.add_argument(
        "--folder", default="demo", metavar="DIR", help="where to put it all (default: ./demo)"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Run the demo and return 0 when every step came out as it must."""
    from lukhas_notion.demo import Demo

    folder = Path(args.folder).absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / Demo.MARKER).exists():
        raise UsageError(
            f"{folder} has files that are no demo's.", "Name another folder with --folder."
        )
    return Demo(folder, context).run()
