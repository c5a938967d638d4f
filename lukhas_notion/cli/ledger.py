"""``lukhas-notion ledger``: read the ledger and prove that it is whole."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import Context, add_common, configure
from lukhas_notion.config.config import Config
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.plural import counted
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.write_files import is_file, open_to_read

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "ledger",
        help="show the ledger, or prove that it is whole",
        description="Read the append-only ledger of every attempt.",
        epilog="example: lukhas-notion ledger show --module consciousness",
    )
    commands = parser.add_subparsers(dest="ledger_command", required=True, metavar="COMMAND")
    verify = commands.add_parser(
        "verify",
        help="check the chain of hashes",
        description="Check that no line before the last was changed, removed or inserted.",
        epilog="example: lukhas-notion ledger verify",
    )
    show = commands.add_parser(
        "show",
        help="print the history",
        description="Print what was attempted, oldest first.",
        epilog="example: lukhas-notion ledger show --module consciousness",
    )
    show.add_argument("--module", metavar="NAME", help="one module's history")
    for command, action in ((verify, _verify), (show, _show)):
        add_common(command)
        command.add_argument("--ledger", metavar="FILE", help="the ledger's file")
        command.set_defaults(run=action)


def _existing(args: argparse.Namespace, context: Context) -> Config:
    config = configure(args, context)
    if not is_file(config.ledger, within=config.ledger_within):
        raise UsageError(
            f"There is no ledger at {config.ledger}.",
            "The first run that writes makes it. Name it with --ledger if it is in another place.",
        )
    return config


def _verify(args: argparse.Namespace, context: Context) -> int:
    from lukhas_notion.ledger.file import verify

    config = _existing(args, context)
    with open_to_read(config.ledger, within=config.ledger_within) as file:
        whole, broken = verify(file)
    name = config.display(config.ledger)
    if broken is None:
        context.say(f"{name}: {counted(whole, 'record')}, the chain holds.")
    else:
        context.say(f"{name}:{broken.line}: {broken.reason}.")
    context.emit(
        {
            "records": whole,
            "broken_line": broken.line if broken else None,
            "reason": broken.reason if broken else "",
            "exit_code": 1 if broken else 0,
        }
    )
    return 1 if broken else 0


def _show(args: argparse.Namespace, context: Context) -> int:
    from lukhas_notion.ledger.file import read

    config = _existing(args, context)
    records = [
        record
        for record in read(config.ledger, config.ledger_within)
        if args.module is None or record.get("module") == args.module
    ]
    if args.module and not records:
        raise UsageError(
            f"The ledger has no record of {args.module!r}.",
            "Check the spelling. `lukhas-notion ledger show` lists all records.",
        )
    for record in records:
        what = record.get("module") or ", ".join(record.get("properties", ()))
        said = f"{record.get('ts')}  {record.get('action')}  {record.get('status')}  {what}"
        # Records of older versions have the remedy on a line of its own.
        error = f"  {' '.join(str(record['error']).split())}" if record.get("error") else ""
        context.say(terminal(f"{said}{error}"))
    context.emit({"records": records, "exit_code": 0})
    return 0
