"""``lukhas-notion doctor``: what is wrong with a set-up, and what to do about it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lukhas_notion.cli.context import (
    Context,
    add_common,
    add_notion,
    configure,
)
from lukhas_notion.config.paths import find_place
from lukhas_notion.util.errors import ConfigError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from lukhas_notion.setup.doctor.diagnosis import Diagnosis


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "doctor",
        help="check the set-up",
        description="Check token, sharing, capabilities, properties, options, rate, schema, "
        "vocabularies, manifests and workflows. Everything that is wrong comes with what to do; "
        "nothing is written, neither to Notion nor to any file.",
        epilog="example: lukhas-notion doctor",
    )
    parser.add_argument("--offline", action="store_true", help="do not ask Notion")
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="the token is for previews: it need not insert and update",
    )
    add_common(parser)
    add_notion(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Examine, print, and return 0 when nothing is wrong, else 1."""
    from lukhas_notion.report import json, setup

    with context.stoppable(writes=False):
        diagnosis = _diagnose(args, context)
    for line in setup.lines(diagnosis):
        context.say(line)
    context.emit(json.diagnosis(diagnosis))
    return context.exit_code(diagnosis.exit_code)


def _diagnose(args: argparse.Namespace, context: Context) -> Diagnosis:
    from lukhas_notion.setup.doctor.examine import diagnose, without_configuration

    try:
        config = configure(args, context)
    except ConfigError as error:
        # Where the root itself is what is wrong, this is the same error once more.
        return without_configuration(find_place(args.root).root, error)
    return diagnose(config, context.runtime, online=not args.offline, writes=not args.read_only)
