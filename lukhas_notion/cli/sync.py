"""``lukhas-notion sync``: validate, plan, apply, report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import (
    Context,
    add_common,
    add_identity,
    add_notion,
    add_verbose,
    configure,
)
from lukhas_notion.cli.finish import execute
from lukhas_notion.config.config import DEFAULT_REPORT
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.paths import path_hazard, shown

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from lukhas_notion.config.config import Config
    from lukhas_notion.sync.expected_plan import Reviewed


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "sync",
        help="carry manifests into Notion",
        description="Validate, plan and apply. A page that is up to date is left alone.",
        epilog="example: lukhas-notion sync --all --dry-run",
    )
    parser.add_argument("--all", action="store_true", help="every manifest of the repository")
    parser.add_argument(
        "--module",
        action="append",
        metavar="NAME",
        help="one module by its name, or by its folder's where none bears it (may be repeated)",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would change; no write")
    parser.add_argument(
        "--backfill", action="store_true", help="first add the vocabularies' missing options"
    )
    parser.add_argument(
        "--add-properties",
        action="store_true",
        help="first add the mapped properties that the database lacks",
    )
    parser.add_argument(
        "--repair-drift", action="store_true", help="write over what was edited in Notion"
    )
    parser.add_argument(
        "--skip-invalid",
        action="store_true",
        help="sync the valid manifests although others are not; still exits 1",
    )
    group = parser.add_argument_group(
        "removed modules", "pages whose manifests are gone; without this they are listed, and stay"
    )
    group.add_argument(
        "--archive-removed",
        action="store_true",
        help="plan to move those that this repository manages to the trash; needs --all",
    )
    group.add_argument(
        "--apply",
        action="store_true",
        help="with --archive-removed: move them; without it they are shown, and all else is done",
    )
    add_force(group)
    group = parser.add_argument_group(
        "review", "apply exactly the plan that was reviewed, or nothing (exit 1)"
    )
    group.add_argument(
        "--expect-digest", metavar="DIGEST", help="the digest of the reviewed plan, 64 digits"
    )
    group.add_argument(
        "--expect-plan", metavar="FILE", help="the reviewed dry run's --report-json file"
    )
    add_reports(parser)
    add_verbose(parser)
    add_identity(parser)
    add_common(parser)
    add_notion(parser)
    parser.set_defaults(run=run)


def add_force(to: argparse._ActionsContainer) -> None:
    """Add what allows a plan that takes much away."""
    to.add_argument(
        "--force",
        type=int,
        metavar="N",
        help="allow a plan that removes or restores more than is usual, if it is just N pages and "
        "options",
    )


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Add the reports that a run can write."""
    parser.add_argument(
        "--report-md",
        nargs="?",
        const="",
        metavar="FILE",
        help=f"write the Markdown report; - prints it (default: {DEFAULT_REPORT})",
    )
    parser.add_argument(
        "--report-json", metavar="FILE", help="write the same content as JSON; - prints it"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Run the sync and return its exit code."""
    if bool(args.all) == bool(args.module):
        raise UsageError("Choose one of --all and --module NAME.")
    if args.archive_removed and not args.all:
        raise UsageError(
            "--archive-removed needs --all.",
            "That a manifest is gone shows only when all of them are looked at.",
        )
    if args.apply and args.dry_run:
        raise UsageError("--apply and --dry-run exclude each other.")
    config = configure(args, context)
    options = SyncOptions(
        modules=args.module,
        dry_run=args.dry_run,
        backfill=config.backfilled if args.backfill else (),
        add_properties=args.add_properties,
        repair_drift=args.repair_drift,
        skip_invalid=args.skip_invalid,
        reviewed=_reviewed(args, config),
        archive_removed=args.archive_removed,
        hold_removals=args.archive_removed and not (args.apply or args.dry_run),
        force=args.force,
    )
    return execute(config, options, args, context)


def _reviewed(args: argparse.Namespace, config: Config) -> Reviewed | None:
    """Return the plan that was reviewed, by its file, its digest, or both."""
    from lukhas_notion.sync.expected_plan import Reviewed, read_plan, reviewed_digest

    digest = None
    if args.expect_digest is not None:
        digest = reviewed_digest(args.expect_digest, "--expect-digest")
    if args.expect_plan is None:
        return Reviewed(digest) if digest else None
    if problem := path_hazard(args.expect_plan):
        raise UsageError(f"--expect-plan: {shown(args.expect_plan)} {problem}.", "Name a file.")
    path = Path(args.expect_plan).absolute()
    plan = read_plan(path, config.within(path))
    if digest not in (None, plan.digest):
        raise UsageError(
            f"--expect-plan has the digest {plan.digest}, and --expect-digest is another one.",
            "Leave out one of the two.",
        )
    return plan
