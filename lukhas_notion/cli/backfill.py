"""``lukhas-notion backfill``: the vocabularies' names as options in Notion."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import (
    Context,
    add_common,
    add_notion,
    add_verbose,
    configure,
)
from lukhas_notion.cli.finish import execute
from lukhas_notion.cli.sync import add_force, add_reports
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.util.errors import UsageError

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "backfill",
        help="add missing options to multi-select properties",
        description="Add the vocabularies' missing options, with stable colours. Shows what it "
        "would do unless --apply is given; removes nothing unless --prune is given as well.",
        epilog="example: lukhas-notion backfill --features --tags --apply",
    )
    parser.add_argument("--features", action="store_true", help="the property Features")
    parser.add_argument("--tags", action="store_true", help="the property Tags")
    parser.add_argument(
        "--property", action="append", default=[], metavar="NAME", help="another property"
    )
    parser.add_argument("--apply", action="store_true", help="write to Notion")
    parser.add_argument("--dry-run", action="store_true", help="write nothing (the default)")
    parser.add_argument(
        "--prune", action="store_true", help="also remove options outside the vocabulary"
    )
    add_force(parser)
    add_reports(parser)
    add_verbose(parser)
    add_common(parser)
    add_notion(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Run the backfill and return its exit code."""
    if not (args.features or args.tags or args.property):
        raise UsageError(
            "No property is named to backfill.", "Choose --features, --tags or --property NAME."
        )
    if args.apply and args.dry_run:
        raise UsageError("--apply and --dry-run exclude each other.")
    if args.force is not None and not args.prune:
        raise UsageError("--force is for --prune.", "Leave it out.")
    config = configure(args, context)
    # A mapping may have given the two another name.
    known = {spec.default_name: spec.name for spec in config.mapping.properties}
    defaults = (["Features"] if args.features else []) + (["Tags"] if args.tags else [])
    names = [*(known.get(name, name) for name in defaults), *args.property]
    options = SyncOptions(
        dry_run=not args.apply,
        backfill=tuple(dict.fromkeys(names)),
        prune=args.prune,
        force=args.force,
        pages=False,
    )
    return execute(config, options, args, context)
