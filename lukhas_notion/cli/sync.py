"""``sync``, ``backfill`` and ``verify``: the commands that send requests and write reports."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lukhas_notion.cli.context import Context, configure
from lukhas_notion.config.config import Config
from lukhas_notion.config.paths import Target, flag_target
from lukhas_notion.plan.finding import FindingKind
from lukhas_notion.report import json, markdown
from lukhas_notion.report.console import Console
from lukhas_notion.sync.options import Reviewed, SyncOptions, read_plan, reviewed_digest
from lukhas_notion.sync.preconditions import (
    ledger_target,
    report_target,
    require_report,
    require_targets,
)
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run
from lukhas_notion.util.errors import LukhasNotionError, UsageError
from lukhas_notion.util.paths import path_hazard, shown
from lukhas_notion.util.sanitize import json_document, redact, without_commands
from lukhas_notion.util.write_files import write_file


def sync(args: argparse.Namespace, context: Context) -> int:
    """Validate, plan, apply and report; return the exit code."""
    if bool(args.all) == bool(args.module):
        raise UsageError("Choose one of --all and --module NAME.")
    if args.archive_removed and not args.all:
        raise UsageError(
            "--archive-removed needs --all.",
            "Only a run over all manifests can tell that one is gone.",
        )
    if args.apply and args.dry_run:
        raise UsageError("--apply and --dry-run exclude each other.")
    config = configure(args, context)
    options = SyncOptions(
        modules=args.module or None,
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
    return _execute(config, options, args, context)


def _reviewed(args: argparse.Namespace, config: Config) -> Reviewed | None:
    """Return the reviewed plan by its file, its digest, or both."""
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


def backfill(args: argparse.Namespace, context: Context) -> int:
    """Add the vocabularies' missing options; return the exit code."""
    if not (args.features or args.tags or args.property):
        raise UsageError(
            "No property is named to backfill.", "Choose --features, --tags or --property NAME."
        )
    if args.apply and args.dry_run:
        raise UsageError("--apply and --dry-run exclude each other.")
    if args.force is not None and not args.prune:
        raise UsageError("--force needs --prune.", "Leave it out.")
    config = configure(args, context)
    # A mapping may rename the two properties.
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
    return _execute(config, options, args, context)


def verify(args: argparse.Namespace, context: Context) -> int:
    """Compare, repair with ``--repair``, and report; return 0 if all agree, else 1."""
    from lukhas_notion.report import verification
    from lukhas_notion.verify.verify import DestructiveOptions, repair
    from lukhas_notion.verify.verify import verify as compare

    _require_repair(args)
    config = configure(args, context)
    reports = Reports.asked(args, config, context)
    ignore = config.ignore | {FindingKind(kind) for kind in args.ignore}
    destructive = DestructiveOptions(args.archive_removed, args.prune, args.force)
    with context.stoppable(writes=args.repair):
        if args.repair:
            console = Console(context.screen, values=False, verbose=args.verbose)
            with console:
                verified = repair(
                    config, context.runtime, console, destructive, ignore=ignore, bodies=args.bodies
                )
            if verified.repair is not None:
                console.close_with(verified.repair)
        else:
            verified = compare(config, context.runtime, ignore=ignore, bodies=args.bodies)
    for line in verification.lines(verified, verbose=args.verbose):
        context.say(line)
    reports.write(partial(verification.render, verified), partial(json.verification, verified))
    return context.exit_code(verified.exit_code)


def _require_repair(args: argparse.Namespace) -> None:
    if args.repair:
        return
    for name in ("archive_removed", "prune", "force"):
        if getattr(args, name) is not None and getattr(args, name) is not False:
            raise UsageError(f"--{name.replace('_', '-')} needs --repair.", "Add --repair.")


def _execute(
    config: Config, options: SyncOptions, args: argparse.Namespace, context: Context
) -> int:
    """Run one sync or backfill with its reports; return the exit code."""
    reports = Reports.asked(args, config, context)
    console = Console(context.screen, values=options.dry_run, verbose=args.verbose)
    run = Run(config, context.runtime, console)
    try:
        with context.stoppable(writes=not options.dry_run), console:
            result = run.sync(options)
    except LukhasNotionError as error:
        _write_reports(reports, run.failed(options, error), emit=False)
        raise
    console.close_with(result)
    _write_reports(reports, result)
    return context.exit_code(result.exit_code)


def _write_reports(reports: Reports, result: RunResult, *, emit: bool = True) -> None:
    reports.write(partial(markdown.render, result), partial(json.document, result), emit=emit)


@dataclass(frozen=True, slots=True)
class Reports:
    """The requested reports.

    Args:
        config: shows the paths.
        context: has standard output.
        markdown: the targets of the Markdown report; None is standard output.
        json: the targets of the JSON report; None is standard output.
    """

    config: Config
    context: Context
    markdown: Sequence[Target | None] = ()
    json: Sequence[Target | None] = ()

    @classmethod
    def asked(cls, args: argparse.Namespace, config: Config, context: Context) -> Reports:
        """Return the reports of ``--report-md`` and ``--report-json``.

        Raises:
            ConfigError: a target cannot be written, or is used for something else.
            UsageError: two things would be printed to standard output.
        """
        markdown: list[Target | None] = []
        json: list[Target | None] = []
        if args.report_md is not None:
            markdown.append(_target(args.report_md, "--report-md", config))
        if args.report_json:
            json.append(_target(args.report_json, "--report-json", config))
        targets = [*markdown, *json]
        if None in targets:
            if targets.count(None) > 1 or context.machine:
                raise UsageError(
                    "Two things would be printed to standard output.",
                    "Write - for one of --report-md and --report-json, without --json.",
                )
            context.keep_stdout_free()
        require_targets(config, [ledger_target(config), *filter(None, targets)])
        return cls(config, context, markdown, json)

    def write(
        self,
        markdown: Callable[[], str],
        document: Callable[[], dict[str, Any]],
        *,
        emit: bool = True,
    ) -> None:
        """Write the reports and print their paths.

        Args:
            markdown: renders the Markdown report.
            document: returns the JSON report.
            emit: whether ``--json`` prints that, too.
        """
        for target in self.markdown:
            self._write(target, markdown())
        for target in self.json:
            self._write(target, f"{json_document(document())}\n")
        if emit and self.context.machine:
            self.context.emit(document())

    def _write(self, target: Target | None, text: str) -> None:
        text = redact(text)
        if target is None:
            self.context.stdout.write(without_commands(text))
            return
        write_file(target.path, text, within=target.within)
        self.context.say(f"Report: {self.config.display(target.path)}")


def _target(named: str, flag: str, config: Config) -> Target | None:
    """Return the target of a report: "-" is standard output, "" the configured file."""
    if named == "-":
        return None
    if named:
        return flag_target(named, flag, config.place)
    require_report(config)
    return report_target(config)
