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
    not_fixed_lines,
    terminal_diff,
    unified_diff,
)
from lukhas_notion.report.console import violation_lines
from lukhas_notion.report.ledger import ledger_lines, ledger_summary
from lukhas_notion.report.screen import Line, Style
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.paths import path_hazard, shown
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.text import counted, nearest
from lukhas_notion.util.write_files import is_file, open_to_read
from lukhas_notion.validate.gates import Gates
from lukhas_notion.validate.select import select
from lukhas_notion.validate.vocabulary_gate import FixResult, plan_fixes, write_fixes


def validate(args: argparse.Namespace, context: Context) -> int:
    """Check the manifests, fix names with ``--fix``, and return 0 or 1."""
    if sum(map(bool, (args.all, args.module, args.paths))) != 1:
        raise UsageError("Choose one of --all, --module NAME and PATH.")
    if args.diff and not args.fix:
        raise UsageError("--diff needs --fix.", "Write --fix --diff.")
    config = configure(args, context)
    paths = [_relative(config, given) for given in args.paths] if args.paths else None
    check = partial(
        select,
        config,
        Gates.load(config, context.runtime.earlier(config.root)),
        modules=args.module or None,
        paths=paths,
    )
    selection, fixes = check(), _Fixes()
    if args.fix:
        fixes = _fix(config, selection.violations, context, show_only=args.diff)
    if fixes.written:
        selection = check()
    violations = fixes.without_dead_advice(selection.violations)
    for line in violation_lines(violations, verbose=args.verbose):
        context.say(line)
    for warning in selection.warnings:
        context.say(terminal(f"note: {warning}"))
    files = counted(len({path for v in violations for path in v.files}), "file")
    verdict = "no violations"
    if violations:
        verdict = f"{counted(len(violations), 'violation')} in {files}"
    checked = f"Checked {counted(selection.checked, 'manifest')}: {verdict}."
    context.say(Line.of((checked, Style.ERROR if violations else Style.GOOD)))
    if closing := fixes.closing(violations, asked=args.fix):
        context.say(closing)
    code = 1 if violations or fixes.left else 0
    context.emit(
        {
            "checked": selection.checked,
            "violations": json.violations(violations),
            "notices": list(selection.warnings),
            **fixes.document,
            "exit_code": code,
        }
    )
    return code


def _relative(config: Config, given: str) -> str:
    """Return a path relative to the root, without following a link to the file."""
    if problem := path_hazard(given):
        raise UsageError(f"{shown(given)} {problem}.", "Name a file of the repository.")
    path = Path(given)
    absolute = path if path.is_absolute() else Path.cwd() / path
    if not path.is_absolute() and not absolute.exists():
        absolute = config.root / path
    # A broken link exists: it is a violation.
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
    """The result of ``--fix``; without arguments, of a run without it.

    Args:
        names: the number of names that were written, or would be.
        files: the number of their files.
        written: whether a file was written.
        left: the files that could not be fixed.
        document: the members for the JSON document.
    """

    names: int = 0
    files: int = 0
    written: bool = False
    left: frozenset[str] = frozenset()
    document: dict[str, Any] = field(default_factory=lambda: {"fixed": [], "not_fixed": []})

    def without_dead_advice(self, violations: Iterable[Violation]) -> list[Violation]:
        """Return the violations, without the advice to fix a file that could not be fixed."""
        return [replace(v, fix="") if v.path in self.left else v for v in violations]

    def closing(self, left: Iterable[Violation], *, asked: bool) -> str:
        """Return the last line: what was or can be fixed, or ""."""
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
    """Replace synonyms by canonical names, or show the difference.

    Raises:
        ConfigError: a vocabulary cannot be read.
    """
    fixes = plan_fixes(config, violations)
    if show_only:
        return _show(fixes, context)
    result = write_fixes(config, fixes)
    for line in (*fixed_lines(result), *not_fixed_lines(result)):
        context.say(line)
    document = json.fixes(result)
    return _Fixes(result.names, len(result.fixed), bool(result.fixed), _left(result), document)


def _show(fixes: FixResult, context: Context) -> _Fixes:
    for fixed in fixes.fixed:
        for line in terminal_diff(fixed):
            context.say(line)
    for line in not_fixed_lines(fixes):
        context.say(line)
    diff = "".join(f"{line}\n" for fixed in fixes.fixed for line in unified_diff(fixed))
    document = {**json.fixes(replace(fixes, fixed=[])), "diff": diff}
    return _Fixes(fixes.names, len(fixes.fixed), left=_left(fixes), document=document)


def _left(fixes: FixResult) -> frozenset[str]:
    return frozenset(file.path for file in fixes.not_fixed)


def _existing(args: argparse.Namespace, context: Context) -> Config:
    config = configure(args, context)
    if not is_file(config.ledger, within=config.ledger_within):
        raise UsageError(
            f"There is no ledger at {config.ledger}.",
            "The first run that writes creates it. If it is elsewhere, name it with --ledger.",
        )
    return config


def ledger_verify(args: argparse.Namespace, context: Context) -> int:
    """Check the chain of hashes; return 1 if it is broken."""
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
    """Print every attempt and its result; return 0."""
    config = _existing(args, context)
    since = _time(args.since) if args.since else None
    records = list(read_records(config.ledger, config.ledger_within))
    if args.module is not None:
        records = _of_module(records, args.module)
    if args.run_id is not None:
        records = _of_run(records, args.run_id)
    if since is not None:
        records = [record for record in records if _is_since(record, since)]
    for line in ledger_lines(records, whole=args.module is not None):
        context.say(line)
    context.emit({"records": records, "summary": ledger_summary(records), "exit_code": 0})
    return 0


def _of_module(records: list[Record], module: str) -> list[Record]:
    """Return the records of a module, and those of its pages under an earlier or a later name."""
    matches = [record for record in records if record.get("module") == module]
    if not matches:
        known = {r["module"] for r in records if isinstance(r.get("module"), str)}
        near = nearest(module, sorted(known))
        hint = f"Did you mean {quote(near)}?" if near else "Check the spelling."
        raise UsageError(
            f"The ledger has no record of {quote(module)}.",
            f"{hint} `lukhas-notion ledger show` lists all records.",
        )
    pages = {record.get("page_id") for record in matches} - {None, ""}
    return [r for r in records if r.get("module") == module or r.get("page_id") in pages]


def _of_run(records: list[Record], run: str) -> list[Record]:
    matches = [r for r in records if str(r.get("run_id") or "").startswith(run.lower())]
    if not matches or not run:
        raise UsageError(
            f"The ledger has no run whose id begins with {quote(run)}.",
            "`lukhas-notion ledger show` lists all records with their run.",
        )
    return matches


def _time(text: str) -> datetime:
    """Return a day or time; UTC if the text names no zone."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"--since is {quote(text)}, which is neither a date nor a time.",
            "Write it as 2026-10-01 or 2026-10-01T08:30.",
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _is_since(record: Record, since: datetime) -> bool:
    """Return whether a record is not older; a record without a valid time counts as older."""
    try:
        return _time(str(record.get("ts"))) >= since
    except UsageError:
        return False
