"""``lukhas-notion verify``: whether repository, Notion and ledger agree, and who does not."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import (
    Context,
    add_common,
    add_identity,
    add_notion,
    configure,
)
from lukhas_notion.cli.finish import Reports
from lukhas_notion.cli.sync import add_force, add_reports
from lukhas_notion.plan.finding import FindingKind
from lukhas_notion.util.errors import UsageError

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "verify",
        help="say whether repository, Notion and ledger agree",
        description="Compare repository, Notion and ledger, and name for each module which one "
        "disagrees. Writes nothing to Notion unless --repair is given.",
        epilog="example: lukhas-notion verify",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="KIND",
        choices=[kind.value for kind in FindingKind],
        help="a kind of finding that does not count (may be repeated)",
    )
    parser.add_argument(
        "--bodies",
        action="store_true",
        help="read the bodies of all pages, too: one request a page",
    )
    group = parser.add_argument_group(
        "repair", "bring Notion back to the repository's state, by a sync, and verify again"
    )
    group.add_argument("--repair", action="store_true", help="sync where something disagrees")
    group.add_argument(
        "--archive-removed",
        action="store_true",
        help="with it also move pages of removed modules to the trash, if they are managed",
    )
    group.add_argument(
        "--prune", action="store_true", help="with it also remove options outside the vocabulary"
    )
    add_force(group)
    add_reports(parser)
    add_identity(parser)
    add_common(parser)
    add_notion(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Verify, perhaps repair, tell, and return 0 in sync and 1 out of it."""
    from lukhas_notion.report import json
    from lukhas_notion.report import verification as report
    from lukhas_notion.report.console import Console
    from lukhas_notion.verify.verify import DestructiveOptions, repair, verify

    _check(args)
    config = configure(args, context)
    reports = Reports.asked(args, config, context)
    ignore = config.ignore | {FindingKind(kind) for kind in args.ignore}
    takes = DestructiveOptions(args.archive_removed, args.prune, args.force)
    with context.stoppable(writes=args.repair):
        if args.repair:
            console = Console(context.screen, values=False)
            with console:
                verified = repair(
                    config, context.runtime, console, takes, ignore=ignore, bodies=args.bodies
                )
            if verified.repair is not None:
                console.close_with(verified.repair)
        else:
            verified = verify(config, context.runtime, ignore=ignore, bodies=args.bodies)
    for line in report.lines(verified):
        context.say(line)
    document = json.verification(verified)
    reports.write(lambda: report.render(verified), document)
    context.emit(document)
    return context.exit_code(verified.exit_code)


def _check(args: argparse.Namespace) -> None:
    if args.repair:
        return
    for name in ("archive_removed", "prune", "force"):
        if getattr(args, name) not in (False, None):
            raise UsageError(f"--{name.replace('_', '-')} is for --repair.", "Add --repair.")
