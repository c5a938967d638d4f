"""``lukhas-notion demo``: the whole story on the example repository, with no account."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import Context
from lukhas_notion.util.errors import UsageError

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "demo",
        help="see it all work, with no account",
        description="Run the whole story on an example repository against the embedded Notion: "
        "validate, backfill, dry run, apply, again, edit, diff, apply. A second demo deletes the "
        "folder and begins anew; where you have edited its manifests, only with --again.",
        epilog="example: lukhas-notion demo --folder my-demo",
    )
    parser.add_argument(
        "--folder", default="demo", metavar="DIR", help="where to put it all (default: ./demo)"
    )
    parser.add_argument(
        "--again", action="store_true", help="also delete what was edited in an earlier demo"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Run the demo and return 0 when every step came out as it must."""
    from lukhas_notion.cli import demo_folder
    from lukhas_notion.cli.demo_story import STATE, Demo
    from lukhas_notion.emulator.journal import is_in_use

    folder = Path(args.folder).absolute()
    demo_folder.require_plain(folder, args.folder)
    if demo_folder.is_foreign(folder):
        raise UsageError(
            f"{folder} has files that are no demo's.", "Name another folder with --folder."
        )
    if is_in_use(folder / STATE):
        raise UsageError(
            f"An emulator serves the Notion in {folder}.",
            "Stop it with Ctrl-C, or name another folder with --folder.",
        )
    if not args.again and (edited := demo_folder.edited(folder)):
        what = edited[0] if len(edited) == 1 else f"{edited[0]} and {len(edited) - 1} more"
        raise UsageError(
            f"{folder} would be deleted, with what was edited since the last demo: {what}.",
            "Name another folder with --folder, or delete it with --again.",
        )
    return Demo(folder, context).run()
