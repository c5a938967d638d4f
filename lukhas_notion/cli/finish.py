"""Run, tell, write the reports, and return the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lukhas_notion.cli.context import Context
from lukhas_notion.config import Config
from lukhas_notion.escape import json_document
from lukhas_notion.plan import ChangeKind
from lukhas_notion.run import Run, SyncOptions
from lukhas_notion.words import counted


def execute(
    config: Config, options: SyncOptions, args: argparse.Namespace, context: Context
) -> int:
    """Carry out one sync or backfill from its options to its exit code."""
    from lukhas_notion.report import json as report_json
    from lukhas_notion.report import markdown
    from lukhas_notion.report.console import Console

    console = Console(context.say, context.stderr, dry_run=options.dry_run)
    with context.stoppable(), console:
        result = Run(config, context.outside, console).sync(options)
    console.close_with(result)
    if drift := len(result.of(ChangeKind.DRIFT)):
        pages = counted(drift, "page")
        context.say(
            f"note: Drift on {pages} was left alone; --repair-drift writes over what Notion holds."
        )
    document = report_json.document(result)
    write_reports(args, config, context, lambda: markdown.render(result), document)
    context.emit(document)
    return context.exit_code(result.exit_code)


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
        write_text(path, context.redact(markdown()))
        context.say(f"Report: {config.display(path)}")
    if args.report_json:
        text = context.redact(json_document(document))
        write_text(Path(args.report_json).absolute(), text + "\n")
        context.say(f"Report: {args.report_json}")
