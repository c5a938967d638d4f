"""``lukhas-notion ledger``: show what was attempted, and prove that nothing was changed."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from lukhas_notion.cli.context import Context, configure
from lukhas_notion.config.config import Config
from lukhas_notion.ledger import chain
from lukhas_notion.ledger.chain import Record
from lukhas_notion.ledger.file import read
from lukhas_notion.manifests.wording import quote
from lukhas_notion.report.history import lines, summary
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.nearest import nearest
from lukhas_notion.util.text import counted
from lukhas_notion.util.write_files import is_file, open_to_read


def _existing(args: argparse.Namespace, context: Context) -> Config:
    config = configure(args, context)
    if not is_file(config.ledger, within=config.ledger_within):
        raise UsageError(
            f"There is no ledger at {config.ledger}.",
            "The first run that writes makes it. Name it with --ledger if it is in another place.",
        )
    return config


def verify(args: argparse.Namespace, context: Context) -> int:
    """Check the chain of hashes; return 1 where it is broken."""
    config = _existing(args, context)
    with open_to_read(config.ledger, within=config.ledger_within) as file:
        whole, broken = chain.verify(file)
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


def show(args: argparse.Namespace, context: Context) -> int:
    """Print what was attempted; return 0."""
    config = _existing(args, context)
    since = _time(args.since) if args.since else None
    records = list(read(config.ledger, config.ledger_within))
    if args.module is not None:
        records = _of_module(records, args.module)
    if args.run_id is not None:
        records = _of_run(records, args.run_id)
    if since is not None:
        records = [each for each in records if _is_since(each, since)]
    for line in lines(records, whole=args.module is not None):
        context.say(line)
    context.emit({"records": records, "summary": summary(records), "exit_code": 0})
    return 0


def _of_module(records: list[Record], module: str) -> list[Record]:
    found = [each for each in records if each.get("module") == module]
    if not found:
        known = {each["module"] for each in records if isinstance(each.get("module"), str)}
        near = nearest(module, sorted(known))
        hint = f"Did you mean {quote(near[0])}?" if near else "Check the spelling."
        raise UsageError(
            f"The ledger has no record of {quote(module)}.",
            f"{hint} `lukhas-notion ledger show` lists all records.",
        )
    return found


def _of_run(records: list[Record], run: str) -> list[Record]:
    found = [each for each in records if str(each.get("run_id") or "").startswith(run.lower())]
    if not found or not run:
        raise UsageError(
            f"The ledger has no run whose id begins with {quote(run)}.",
            "`lukhas-notion ledger show` lists all records with their run.",
        )
    return found


def _time(text: str) -> datetime:
    """Return a day or time that was typed; UTC where it says nothing else."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"--since is {quote(text)}, which is neither a date nor a time.",
            "Write it as 2026-10-01 or 2026-10-01T08:30.",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_since(record: Record, since: datetime) -> bool:
    """Return whether a record is not older; one whose time cannot be read is."""
    try:
        return _time(str(record.get("ts"))) >= since
    except UsageError:
        return False
