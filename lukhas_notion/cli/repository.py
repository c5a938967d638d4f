"""``validate`` and ``ledger``: the commands that read only the repository."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from lukhas_notion.cli.context import Context, configure
from lukhas_notion.config.config import Config
from lukhas_notion.ledger.file import read_records, verify_chain
from lukhas_notion.ledger.state import Record
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.manifests.manifest import Violation, fixable
from lukhas_notion.report import json
from lukhas_notion.report.commands import (
    fixed_lines,
    ledger_lines,
    ledger_summary,
    not_fixed_lines,
    terminal_diff,
    unified_diff,
)
from lukhas_notion.report.console import violation_lines
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.paths import path_hazard, shown
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.text import counted, nearest
from lukhas_notion.util.write_files import is_file, open_to_read
from lukhas_notion.validate.gates import Gates
from lukhas_notion.validate.select import select
from lukhas_notion.validate.vocabulary_gate import FixResult, plan_fixes, write_fixes


def validate(args: argparse.Namespace, context: Context) -> int:
    """Check, fix if asked to, print, and return 0 or 1."""
    if sum(map(bool, (args.all, args.module, args.paths))) != 1:
        raise UsageError("Choose one of --all, --module NAME and PATH.")
    if args.diff and not args.fix:
        raise UsageError("--diff is for --fix.", "Write --fix --diff.")
    config = configure(args, context)
    paths = [_relative(config, given) for given in args.paths] if args.paths else None
    check = partial(
        select,
        config,
        Gates.load(config, context.runtime.earlier(config.root)),
        modules=args.module or None,
        paths=paths,
        map_values=False,
    )
    selection, fixes = check(), _Fixes()
    if args.fix:
        fixes = _fix(config, selection.violations, context, show_only=args.diff)
    if fixes.written:
        selection = check()
    found = fixes.without_dead_advice(selection.violations)
    for line in violation_lines(found, verbose=args.verbose):
        context.say(line)
    for said in selection.warnings:
        context.say(terminal(f"note: {said}"))
    files = counted(len({path for v in found for path in v.files}), "file")
    verdict = f"{counted(len(found), 'violation')} in {files}" if found else "no violations"
    context.say(f"Checked {counted(selection.checked, 'manifest')}: {verdict}.")
    if closing := fixes.closing(found, asked=args.fix):
        context.say(closing)
    code = 1 if found or fixes.failed else 0
    if context.machine:
        document = {
            "checked": selection.checked,
            "violations": json.violations(found),
            "notices": list(selection.warnings),
        }
        context.emit({**document, **fixes.document, "exit_code": code})
    return code


def _relative(config: Config, given: str) -> str:
    """Return a path as the gates want it: relative to the root, without following links."""
    if problem := path_hazard(given):
        raise UsageError(f"{shown(given)} {problem}.", "Name a file of the repository.")
    path = Path(given)
    absolute = path if path.is_absolute() else Path.cwd() / path
    if not path.is_absolute() and not absolute.exists():
        absolute = config.root / path
    # A link that leads nowhere is there, and a violation.
    if not (absolute.exists() or absolute.is_symlink()):
        raise UsageError(f"{given}: there is no such file.", "Check the path, or check --all.")
    try:
        return absolute.parent.resolve().joinpath(absolute.name).relative_to(config.root).as_posix()
    except ValueError:
        raise UsageError(
            f"{given} is outside the repository {config.root}.", "Name its repository with --root."
        ) from None


@dataclass(frozen=True, slots=True)
class _Fixes:
    """What became of the fixes; without arguments, that none was asked for.

    Args:
        names: how many names were written, or would be.
        files: in how many files.
        written: whether any file was.
        left: the files that could not be fixed.
        document: its part of the JSON document.
    """

    names: int = 0
    files: int = 0
    written: bool = False
    left: frozenset[str] = frozenset()
    document: dict[str, Any] = field(default_factory=lambda: {"fixed": [], "not_fixed": []})

    @property
    def failed(self) -> bool:
        """Whether a file could not be fixed."""
        return bool(self.left)

    def without_dead_advice(self, violations: Iterable[Violation]) -> list[Violation]:
        """Return violations, of which none advises to fix a file that could not be fixed."""
        return [replace(v, fix="") if v.path in self.left else v for v in violations]

    def closing(self, left: Iterable[Violation], *, asked: bool) -> str:
        """Return the last line: what was written, or what could be; "" where there is nothing."""
        if self.names:
            done = "Fixed" if self.written else "Nothing was written; --fix alone would fix"
            return f"{done} {counted(self.names, 'name')} in {counted(self.files, 'file')}."
        count = fixable(left)
        if count and not asked:
            return f"{count} can be fixed: run it again with --fix, or --fix --diff to look first."
        return ""


def _fix(
    config: Config, violations: Iterable[Violation], context: Context, *, show_only: bool
) -> _Fixes:
    """Write canonical names in the place of what certainly means them, or show the difference.

    Raises:
        ConfigError: a vocabulary cannot be read.
    """
    fixes = plan_fixes(config, violations)
    if show_only:
        return _shown(fixes, context)
    done = write_fixes(config, fixes)
    for line in (*fixed_lines(done), *not_fixed_lines(done)):
        context.say(line)
    return _Fixes(done.names, len(done.fixed), bool(done.fixed), _left(done), json.fixes(done))


def _shown(fixes: FixResult, context: Context) -> _Fixes:
    for fixed in fixes.fixed:
        for line in terminal_diff(fixed):
            context.say(line)
    for line in not_fixed_lines(fixes):
        context.say(line)
    diff = "".join(f"{line}\n" for fixed in fixes.fixed for line in unified_diff(fixed))
    document = {**json.fixes(replace(fixes, fixed=[])), "diff": diff}
    return _Fixes(fixes.names, len(fixes.fixed), left=_left(fixes), document=document)


def _left(fixes: FixResult) -> frozenset[str]:
    return frozenset(each.path for each in fixes.not_fixed)


def _existing(args: argparse.Namespace, context: Context) -> Config:
    config = configure(args, context)
    if not is_file(config.ledger, within=config.ledger_within):
        raise UsageError(
            f"There is no ledger at {config.ledger}.",
            "The first run that writes makes it. Name it with --ledger if it is in another place.",
        )
    return config


def ledger_verify(args: argparse.Namespace, context: Context) -> int:
    """Check the chain of hashes; return 1 where it is broken."""
    config = _existing(args, context)
    with open_to_read(config.ledger, within=config.ledger_within) as file:
        whole, broken = verify_chain(file)
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


def ledger_show(args: argparse.Namespace, context: Context) -> int:
    """Print what was attempted; return 0."""
    config = _existing(args, context)
    since = _time(args.since) if args.since else None
    records = list(read_records(config.ledger, config.ledger_within))
    if args.module is not None:
        records = _of_module(records, args.module)
    if args.run_id is not None:
        records = _of_run(records, args.run_id)
    if since is not None:
        records = [each for each in records if _is_since(each, since)]
    for line in ledger_lines(records, whole=args.module is not None):
        context.say(line)
    context.emit({"records": records, "summary": ledger_summary(records), "exit_code": 0})
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
