"""``lukhas-notion validate``: the gates, and every violation they find."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import Context, add_common, add_verbose, configure
from lukhas_notion.cli.fix import Fixes, fix
from lukhas_notion.config.config import Config
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.paths import path_hazard, shown
from lukhas_notion.util.text import counted

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "validate",
        help="check manifests against schema and vocabularies",
        description="Check manifests against JSON Schema and vocabularies. Needs no Notion. With "
        "--fix, synonyms and other spellings of a vocabulary's names become those names; nothing "
        "else in a file changes.",
        epilog="example: lukhas-notion validate --all",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="manifests to check")
    parser.add_argument("--all", action="store_true", help="check every manifest")
    parser.add_argument(
        "--module", action="append", metavar="NAME", help="check one module (may be repeated)"
    )
    parser.add_argument(
        "--fix", action="store_true", help="write the vocabulary's names in the place of synonyms"
    )
    parser.add_argument(
        "--diff", action="store_true", help="with --fix: show what would change, write nothing"
    )
    add_verbose(parser)
    add_common(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Check, fix if asked to, print, and return 0 or 1."""
    from lukhas_notion.report import json
    from lukhas_notion.report.console import violation_lines
    from lukhas_notion.util.sanitize import terminal
    from lukhas_notion.validate.gates import Gates
    from lukhas_notion.validate.select import select

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
        modules=args.module,
        paths=paths,
        map_values=False,
    )
    selection, fixes = check(), Fixes()
    if args.fix:
        fixes = fix(config, selection.violations, context, show_only=args.diff)
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
