"""Parse the arguments, run the command, report errors, and return the exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module

from lukhas_notion import __version__
from lukhas_notion.cli.commands import parser
from lukhas_notion.cli.context import Context
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.git import Checkouts
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.util.sanitize import (
    RedactingFilter,
    guard_tracebacks,
    json_document,
    redact,
    terminal_block,
)


def main(argv: Sequence[str] | None = None, context: Context | None = None) -> int:
    """Run one command and return its exit code."""
    if context is not None:
        return _run(argv, context)
    git = Checkouts(os.environ)
    runtime = Runtime(
        os.environ,
        commit=git.commit,
        committed=git.committed,
        origin=git.origin,
        absent=git.absent,
    )
    context = Context(runtime, sys.stdout, sys.stderr)
    guard_tracebacks()
    try:
        return _run(argv, context)
    finally:
        context.stdout.settle()
        context.stderr.settle()


def _run(argv: Sequence[str] | None, context: Context) -> int:
    try:
        args = parser().parse_args(argv)
        context.machine = getattr(args, "json", False)
        _log_to(context, debug=getattr(args, "debug", False))
        module, function = args.run.split(":")
        run: Callable[[argparse.Namespace, Context], int]
        run = getattr(import_module(f"lukhas_notion.cli.{module}"), function)
        code = run(args, context)
    except LukhasNotionError as error:
        _explain(error, context)
        code = context.exit_code(error.exit_code)
    except KeyboardInterrupt:
        context.stderr.write("Interrupted.\n")
        return 130
    except Exception as error:
        if context.machine:
            bug = {"error": f"A bug in lukhas-notion: {type(error).__name__}.", "exit_code": 1}
            context.stdout.write(json_document(bug, indent=None) + "\n")
        context.stderr.write(terminal_block(redact("".join(traceback.format_exception(error)))))
        context.stderr.write(f"A bug in lukhas-notion {__version__}. Please report it.\n")
        return 1
    _note_trouble(context)
    return code


def _note_trouble(context: Context) -> None:
    """Report lost output, unless a reader such as ``head`` stopped early and nothing is written."""
    out = context.stdout
    out.flush()
    if out.trouble and (context.writes or not out.reader_left):
        context.stderr.write(
            f"note: Standard output could not be written: {out.trouble}. The run continued.\n"
        )


def _explain(error: LukhasNotionError, context: Context) -> None:
    if context.machine:
        document = {"error": error.message, "remedy": error.remedy, "exit_code": error.exit_code}
        context.stdout.write(json_document(document, indent=None) + "\n")
    context.say_error(error.message, error.remedy)


class _SafeFormatter(logging.Formatter):
    """Escapes log records: a server may have written parts of them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the escaped text of a record."""
        return terminal_block(super().format(record))


def _log_to(context: Context, *, debug: bool) -> None:
    """Write this package's log to stderr, with secrets redacted."""
    logger = logging.getLogger("lukhas_notion")
    handler = logging.StreamHandler(context.stderr)
    handler.setFormatter(_SafeFormatter("%(levelname)s: %(message)s"))
    handler.addFilter(RedactingFilter())
    logger.handlers[:] = [handler]
    logger.setLevel(logging.DEBUG if debug else logging.WARNING)
    logger.propagate = False
