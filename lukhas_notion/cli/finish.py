"""Run, tell, write the reports, and return the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lukhas_notion.cli.context import Context
from lukhas_notion.config import Config
from lukhas_notion.errors import LukhasNotionError
from lukhas_notion.escape import json_document
from lukhas_notion.plan import ChangeKind
from lukhas_notion.redaction import redact
from lukhas_notion.run import Run, SyncOptions
from lukhas_notion.words import counted

if TYPE_CHECKING:
    from lukhas_notion.result import RunResult


def execute(
    config: Config, options: SyncOptions, args: argparse.Namespace, context: Context
) -> int:
    """Carry out one sync or backfill from its options to its exit code."""
    from lukhas_notion.report.console import Console

    console = Console(context.say, context.stderr, dry_run=options.dry_run)
    run = Run(config, context.outside, console)
    try:
        with context.stoppable(), console:
            result = run.sync(options)
    except LukhasNotionError as error:
        _write_reports(args, config, context, run.failed(options, error))
        raise
    console.close_with(result)
    if drift := len(result.of(ChangeKind.DRIFT)):
        pages = counted(drift, "page")
        context.say(
            f"note: Drift on {pages} was left alone; --repair-drift writes over what Notion holds."
        )
    context.emit(_write_reports(args, config, context, result))
    return context.exit_code(result.exit_code)


def _write_reports(
    args: argparse.Namespace, config: Config, context: Context, result: RunResult
) -> dict[str, Any]:
    """Write the reports of a sync or backfill; return its document."""
    from lukhas_notion.report import json as report_json
    from lukhas_notion.report import markdown

    document = report_json.document(result)
    write_reports(args, config, context, lambda: markdown.render(result), document)
    return document


def write_reports(
    args: argparse.Namespace,
    config: Config,
    context: Context,
    markdown: Callable[[], str],
    document: Mapping[str, Any],
) -> None:
    """Write the reports that were asked for, and say where they are.

    Args:
        args: with ``report_md`` and ``report_json``.
        config: where the Markdown report goes that nobody named a file for.
        context: takes the secrets out.
        markdown: makes the Markdown report.
        document: the same as data.
    """
    from lukhas_notion.util.write_files import write_text

    if args.report_md is not None:
        path = Path(args.report_md).absolute() if args.report_md else config.report
        write_text(path, redact(markdown()))
        context.say(f"Report: {config.display(path)}")
    if args.report_json:
        text = redact(json_document(document))
        write_text(Path(args.report_json).absolute(), text + "\n")
        context.say(f"Report: {args.report_json}")
