"""``init``, ``doctor`` and ``vocabulary add``: set up and check a repository."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence

from lukhas_notion.cli.context import Context, configure
from lukhas_notion.config.config import Config
from lukhas_notion.config.paths import find_place
from lukhas_notion.config.settings import notion_id
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.plan.values import MAX_TEXT_UNITS, text_units
from lukhas_notion.report import commands as report
from lukhas_notion.report import json
from lukhas_notion.report.console import violation_lines
from lukhas_notion.setup.adopt import Adoption, adopt, refuse_a_configuration
from lukhas_notion.setup.files import SetupFile
from lukhas_notion.setup.result import Diagnosis, SetupOptions, SetupPlan, SetupResult
from lukhas_notion.setup.run import Setup
from lukhas_notion.setup.vocabularies import plan_growth, write_growth
from lukhas_notion.util.errors import ConfigError, UsageError
from lukhas_notion.util.text import nearest


def init(args: argparse.Namespace, context: Context) -> int:
    """Set up and return the exit code."""
    if args.parent and (args.database or args.data_source):
        raise UsageError(
            "--parent creates a database, and --database and --data-source name an existing one.",
            "Leave out one of the two.",
        )
    parent = notion_id((args.parent or "").strip(), "--parent", "page")
    config = configure(args, context)
    adoption = None
    if args.patterns:
        adoption = _adopt(args.patterns, config, context)
        if adoption is None:
            return context.exit_code(1)
        config = configure(args, context, adoption.configuration)
    title = _title(args.title or "")
    options = SetupOptions(parent, title, dry_run=args.dry_run, again=args.again)

    def show(plan: SetupPlan | None, files: Sequence[SetupFile]) -> None:
        for line in report.plan_lines(plan, files, options.new_title):
            context.say(line)

    with context.stoppable(writes=not args.dry_run):
        result = Setup(config, context.runtime, show, adoption).run(options)
    for line in report.closing_lines(result):
        context.say(line)
    context.emit(json.setup(result, adoption))
    return context.exit_code(result.verdict.exit_code)


def _adopt(patterns: Sequence[str], config: Config, context: Context) -> Adoption | None:
    """Show and return the proposal for the files; None if some cannot be read."""
    refuse_a_configuration(config.file)
    if len(patterns) > 1 and not any(set("*?[{") & set(pattern) for pattern in patterns):
        raise UsageError(
            f"--from got {len(patterns)} paths, not a pattern.",
            "Put the pattern in quotes, so that the shell leaves it: "
            "--from 'services/*/service.json'.",
        )
    adoption = adopt(config.root, patterns)
    if isinstance(adoption, Adoption):
        for line in report.proposal_lines(adoption):
            context.say(line)
        return adoption
    for line in violation_lines(adoption):
        context.say(line)
    context.emit(json.setup(SetupResult(dry_run=False, violations=adoption)))
    return None


def _title(given: str) -> str:
    title = given.strip()
    if text_units(title) > MAX_TEXT_UNITS:
        raise UsageError(f"--title is longer than {MAX_TEXT_UNITS:,} characters.", "Shorten it.")
    return title


def doctor(args: argparse.Namespace, context: Context) -> int:
    """Check the set-up; return 0 if nothing is wrong, else 1."""
    with context.stoppable(writes=False):
        diagnosis = _diagnose(args, context)
    for line in report.doctor_lines(diagnosis):
        context.say(line)
    context.emit(json.diagnosis(diagnosis))
    return context.exit_code(diagnosis.verdict.exit_code)


def _diagnose(args: argparse.Namespace, context: Context) -> Diagnosis:
    # Imported here because it imports a YAML parser.
    from lukhas_notion.setup.doctor.examine import diagnose, without_configuration

    try:
        config = configure(args, context)
    except ConfigError as error:
        # Raises the same error again if the root itself is wrong.
        return without_configuration(find_place(args.root).root, error)
    return diagnose(config, context.runtime, online=not args.offline, writes=not args.read_only)


def add_names(args: argparse.Namespace, context: Context) -> int:
    """Add names that manifests use to the vocabularies, or list them; return 0."""
    if args.all and args.names:
        raise UsageError("--all and names exclude each other.")
    config = configure(args, context)
    found = plan_growth(config, args.property)
    chosen = {each.name for growth in found for each in growth.lacking}
    if args.names:
        _require_lacking(args.names, chosen)
        chosen = set(args.names)
    adds = bool(args.all or args.names)
    found = [growth.only(chosen) for growth in found]
    for line in report.growth_lines(found, adds=adds):
        context.say(line)
    for growth in found:
        if growth.lacking and adds and not args.dry_run:
            write_growth(config, growth)
    context.say(report.growth_closing(found, adds=adds, dry_run=args.dry_run))
    context.emit(json.growth(found, adds=adds, dry_run=args.dry_run))
    return context.exit_code(0)


def _require_lacking(names: Sequence[str], lacking: Collection[str]) -> None:
    """Check that manifests use each chosen name and that its vocabulary does not have it."""
    for name in names:
        if name not in lacking:
            near = nearest(name, lacking)
            meant = f" Did you mean {quote(near)}?" if near else ""
            raise UsageError(
                f"{quote(name)} is not a name that a manifest uses and its vocabulary lacks."
                f"{meant}",
                "To list those names: `lukhas-notion vocabulary add --from-manifests`.",
            )
