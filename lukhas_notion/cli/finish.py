"""Run, tell, write the reports, and return the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lukhas_notion.cli.context import Context
from lukhas_notion.config.config import Config
from lukhas_notion.config.paths import Target, flag_target
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.preconditions import (
    ledger_target,
    report_target,
    require_report,
    require_targets,
)
from lukhas_notion.sync.run import Run
from lukhas_notion.util.errors import LukhasNotionError, UsageError
from lukhas_notion.util.redaction import redact
from lukhas_notion.util.sanitize import json_document, without_commands

if TYPE_CHECKING:
    from lukhas_notion.sync.result import RunResult


def execute(
    config: Config, options: SyncOptions, args: argparse.Namespace, context: Context
) -> int:
    """Carry out one sync or backfill from its options to its exit code."""
    from lukhas_notion.report.console import Console

    reports = Reports.asked(args, config, context)
    console = Console(context.screen, values=options.dry_run, verbose=args.verbose)
    run = Run(config, context.runtime, console)
    try:
        with context.stoppable(writes=not options.dry_run), console:
            result = run.sync(options)
    except LukhasNotionError as error:
        _write_reports(reports, run.failed(options, error))
        raise
    console.close_with(result)
    context.emit(_write_reports(reports, result))
    return context.exit_code(result.exit_code)


def _write_reports(reports: Reports, result: RunResult) -> dict[str, Any]:
    """Write the reports of a sync or backfill; return its document."""
    from lukhas_notion.report import json as report_json
    from lukhas_notion.report import markdown

    document = report_json.document(result)
    reports.write(lambda: markdown.render(result), document)
    return document


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports that were asked for, and where each goes; None for standard output.

    Args:
        config: what the paths are shown by.
        context: has standard output.
        markdown: where the Markdown report goes, in a list; empty where none was asked for.
        json: the same of the report as data.
    """

    config: Config
    context: Context
    markdown: Sequence[Target | None] = ()
    json: Sequence[Target | None] = ()

    @classmethod
    def asked(cls, args: argparse.Namespace, config: Config, context: Context) -> Reports:
        """Return the reports that were asked for by ``report_md`` and ``report_json``.

        Raises:
            ConfigError: one cannot be written, or is something else as well.
            UsageError: standard output is to be two things.
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

    def write(self, markdown: Callable[[], str], document: Mapping[str, Any]) -> None:
        """Write them, and say where they are.

        Args:
            markdown: makes the Markdown report.
            document: the same as data.
        """
        for target in self.markdown:
            self._write(target, markdown())
        for target in self.json:
            self._write(target, f"{json_document(document)}\n")

    def _write(self, target: Target | None, text: str) -> None:
        from lukhas_notion.util.write_files import write_text

        text = redact(text)
        if target is None:
            self.context.stdout.write(without_commands(text))
            return
        write_text(target.path, text, within=target.within)
        self.context.say(f"Report: {self.config.display(target.path)}")


def _target(named: str, flag: str, config: Config) -> Target | None:
    """Return where a report goes: ``-`` is standard output, "" is the configuration's file."""
    if named == "-":
        return None
    if named:
        return flag_target(named, flag, config.place)
    require_report(config)
    return report_target(config)
