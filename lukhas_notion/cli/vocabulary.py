"""``lukhas-notion vocabulary``: add the names that manifests use to the vocabularies."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import Context, add_common, configure
from lukhas_notion.manifests.wording import quote
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.text import counted

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Sequence

    from lukhas_notion.setup.vocabularies import Growth


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "vocabulary",
        help="add the names that manifests use",
        description="Change the vocabulary files.",
        epilog="example: lukhas-notion vocabulary add --from-manifests --dry-run",
    )
    commands = parser.add_subparsers(dest="vocabulary_command", required=True, metavar="COMMAND")
    adding = commands.add_parser(
        "add",
        help="add names",
        description="Add names to the vocabulary files, sorted. Everything else in a file stays "
        "as it is, byte for byte.",
        epilog="example: lukhas-notion vocabulary add --from-manifests --property Tags",
    )
    adding.add_argument(
        "--from-manifests",
        action="store_true",
        required=True,
        help="every name that a manifest uses and its vocabulary lacks",
    )
    adding.add_argument(
        "--property",
        action="append",
        default=[],
        metavar="NAME",
        help="for this property only (may be repeated)",
    )
    adding.add_argument("--dry-run", action="store_true", help="show the names; no write")
    add_common(adding)
    adding.set_defaults(run=_add)


def _add(args: argparse.Namespace, context: Context) -> int:
    from lukhas_notion.setup.vocabularies import plan_growth, write_growth

    config = configure(args, context)
    found = plan_growth(config, args.property)
    for growth in found:
        for name in growth.added:
            context.say(terminal(f"{growth.file.display}  + {name}"))
        for name, why in growth.skipped:
            context.say(terminal(f"{growth.file.display}  {quote(name)} is not added: it {why}."))
        if growth.added and not args.dry_run:
            write_growth(config, growth)
    context.say(_closing(found, dry_run=args.dry_run))
    context.emit(
        {
            "exit_code": 0,
            "dry_run": args.dry_run,
            "files": [
                {
                    "path": growth.file.display,
                    "properties": list(growth.properties),
                    "added": list(growth.added),
                    "skipped": [{"name": n, "reason": why} for n, why in growth.skipped],
                }
                for growth in found
            ],
        }
    )
    return context.exit_code(0)


def _closing(found: Sequence[Growth], *, dry_run: bool) -> str:
    grown = [growth for growth in found if growth.added]
    many = counted(sum(len(growth.added) for growth in grown), "name")
    if not grown:
        return "The vocabularies have every name that the manifests use, or a synonym of it."
    files = counted(len(grown), "file")
    return f"Dry run: {many} for {files}." if dry_run else f"Added {many} to {files}."
