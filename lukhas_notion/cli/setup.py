"""``init``, ``doctor`` and ``vocabulary add``: the commands that set up and check a repository."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from lukhas_notion.cli.context import Context, configure
from lukhas_notion.config.config import Config, notion_id
from lukhas_notion.config.paths import find_place
from lukhas_notion.manifests.wording import quote
from lukhas_notion.plan.notion_limits import MAX_TEXT_UNITS, text_units
from lukhas_notion.report import json
from lukhas_notion.report import setup as report
from lukhas_notion.report.console import violation_lines
from lukhas_notion.setup.adopt import Adoption, adopt, refuse_a_configuration
from lukhas_notion.setup.doctor.diagnosis import Diagnosis
from lukhas_notion.setup.files import SetupFile
from lukhas_notion.setup.plan import SetupPlan
from lukhas_notion.setup.result import TITLE, SetupOptions, SetupResult
from lukhas_notion.setup.run import Setup
from lukhas_notion.setup.vocabularies import Growth, plan_growth, write_growth
from lukhas_notion.util.errors import ConfigError, UsageError
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.text import counted


def init(args: argparse.Namespace, context: Context) -> int:
    """Set up and return the exit code."""
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
    title = given.strip()
    if text_units(title) > MAX_TEXT_UNITS:
        raise UsageError(f"--title is longer than {MAX_TEXT_UNITS:,} characters.", "Shorten it.")
    return title


def doctor(args: argparse.Namespace, context: Context) -> int:
    """Check the set-up; return 0 when nothing is wrong, else 1."""
    with context.stoppable(writes=False):
        diagnosis = _diagnose(args, context)
    for line in report.lines(diagnosis):
        context.say(line)
    context.emit(json.diagnosis(diagnosis))
    return context.exit_code(diagnosis.exit_code)


def _diagnose(args: argparse.Namespace, context: Context) -> Diagnosis:
    # It reads YAML, which the other commands do without.
    from lukhas_notion.setup.doctor.examine import diagnose, without_configuration

    try:
        config = configure(args, context)
    except ConfigError as error:
        # Where the root itself is what is wrong, this is the same error once more.
        return without_configuration(find_place(args.root).root, error)
    return diagnose(config, context.runtime, online=not args.offline, writes=not args.read_only)


def add_names(args: argparse.Namespace, context: Context) -> int:
    """Add the names that manifests use to the vocabularies; return 0."""
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
