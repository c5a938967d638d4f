"""``lukhas-notion init``: the database in Notion, and the files of the repository."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import (
    Context,
    add_common,
    add_notion,
    configure,
)
from lukhas_notion.config.config import notion_id
from lukhas_notion.util.errors import UsageError

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Sequence

    from lukhas_notion.config.config import Config
    from lukhas_notion.setup.adopt import Adoption
    from lukhas_notion.setup.files import SetupFile
    from lukhas_notion.setup.plan import SetupPlan


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "init",
        help="set up the database and the repository",
        description="Make the database below a page, or complete the one that is configured, and "
        "write the configuration, schema, vocabularies and workflows that are missing. It only "
        "adds: nothing is renamed, converted, removed, recoloured or overwritten. With --from it "
        "reads your own files first, and proposes a mapping for them; without --parent it then "
        "writes the files and stops.",
        epilog="example: lukhas-notion init --from 'services/*/service.json' --dry-run",
    )
    parser.add_argument(
        "--from",
        dest="patterns",
        nargs="+",
        metavar="PATTERN",
        help="the files to propose a mapping for, as quoted patterns from the root",
    )
    parser.add_argument(
        "--parent",
        metavar="PAGE",
        help="the page to make a database under, its id or its URL",
    )
    parser.add_argument("--title", metavar="TEXT", help="a new database's title (default: Modules)")
    parser.add_argument("--dry-run", action="store_true", help="show what is missing; no write")
    parser.add_argument(
        "--again",
        action="store_true",
        help="make another database, although one is named, or an earlier run made one here",
    )
    add_common(parser)
    add_notion(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Set up and return the exit code."""
    from lukhas_notion.report import json
    from lukhas_notion.report import setup as report
    from lukhas_notion.setup.result import TITLE, SetupOptions
    from lukhas_notion.setup.run import Setup

    if args.parent and (args.database or args.data_source):
        raise UsageError(
            "--parent makes a database, and --database and --data-source name one that is there.",
            "Leave out one of the two.",
        )
    parent = notion_id((args.parent or "").strip(), "--parent", "page")
    config = configure(args, context)
    adoption = None
    if args.patterns:
        adoption = _adopted(args.patterns, config, context)
        if adoption is None:
            return context.exit_code(1)
        config = configure(args, context, adoption.configuration)
    title = _title(args.title or "")
    options = SetupOptions(parent, title, dry_run=args.dry_run, again=args.again)

    def planned(plan: SetupPlan | None, files: Sequence[SetupFile]) -> None:
        for line in report.plan_lines(plan, files, title or TITLE):
            context.say(line)

    with context.stoppable(writes=not args.dry_run):
        result = Setup(config, context.runtime, planned, adoption).run(options)
    for line in report.closing_lines(result):
        context.say(line)
    context.emit(json.setup(result, adoption))
    return context.exit_code(result.exit_code)


def _adopted(patterns: Sequence[str], config: Config, context: Context) -> Adoption | None:
    """Return what is proposed for the files, which is shown; None where some cannot be read."""
    from lukhas_notion.report import json
    from lukhas_notion.report import setup as report
    from lukhas_notion.report.console import violation_lines
    from lukhas_notion.setup.adopt import Adoption, adopt, refuse_a_configuration
    from lukhas_notion.setup.result import SetupResult

    refuse_a_configuration(config.file)
    if len(patterns) > 1 and not any(set("*?[{") & set(pattern) for pattern in patterns):
        raise UsageError(
            f"--from got {len(patterns)} paths, not a pattern.",
            "Put the pattern in quotes, so that the shell leaves it: "
            "--from 'services/*/service.json'.",
        )
    adopted = adopt(config.root, patterns)
    if isinstance(adopted, Adoption):
        for line in report.proposal_lines(adopted):
            context.say(line)
        return adopted
    for line in violation_lines(adopted):
        context.say(line)
    context.emit(json.setup(SetupResult(dry_run=False, violations=adopted)))
    return None


def _title(given: str) -> str:
    from lukhas_notion.plan.notion_limits import MAX_TEXT_UNITS, text_units

    title = given.strip()
    if text_units(title) > MAX_TEXT_UNITS:
        raise UsageError(f"--title is longer than {MAX_TEXT_UNITS:,} characters.", "Shorten it.")
    return title
