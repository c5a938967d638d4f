"""The reference of the command line, from the parsers themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from generators.tables import code, table
from lukhas_notion.cli.commands import parser
from lukhas_notion.config.config import DEFAULT_LEDGER, DEFAULT_REPORT, FILE_NAME
from lukhas_notion.config.settings import (
    DEFAULT_API_URL,
    DEFAULT_CONCURRENCY,
    DEFAULT_RATE,
    DEFAULT_RETRIES,
)

#: What holds where a flag, the environment and the file say nothing.
_SETTINGS = {
    "api_url": DEFAULT_API_URL,
    "rate_limit": f"{DEFAULT_RATE:g}",
    "concurrency": DEFAULT_CONCURRENCY,
    "max_retries": DEFAULT_RETRIES,
    "ledger": DEFAULT_LEDGER,
    "report_md": DEFAULT_REPORT,
    "config": FILE_NAME,
}


def commands() -> str:
    """Return a section for each command: what it does, its usage, its options."""
    return "\n\n".join(_section(each) for each in _leaves(parser()))


def _leaves(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    below = [a for a in top._actions if isinstance(a, argparse._SubParsersAction)]
    if not below:
        yield top
    for action in below:
        for each in dict.fromkeys(action.choices.values()):
            yield from _leaves(each)


def _section(command: argparse.ArgumentParser) -> str:
    name = command.prog.partition(" ")[2]
    actions = [a for a in command._actions if a.dest != "help"]
    usage = " ".join([command.prog, *(_usage(action) for action in actions)])
    rows = [[_spelled(a), _help(a), code(_default(a))] for a in actions]
    return "\n\n".join(
        (
            f"## {name}",
            str(command.description),
            f"```text\n{_wrapped(usage)}\n```",
            table(["Argument", "What it does", "Default"], rows),
            str(command.epilog).replace("example: ", "Example: `", 1) + "`",
        )
    )


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    name = str(action.metavar or action.dest.upper())
    return f" [{name}]" if action.nargs == "?" else f" {name}"


def _usage(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"[{action.metavar} ...]"
    return f"[{action.option_strings[-1]}{_value(action)}]"


def _spelled(action: argparse.Action) -> str:
    if not action.option_strings:
        return code(action.metavar)
    return code(f"{action.option_strings[-1]}{_value(action)}")


def _help(action: argparse.Action) -> str:
    """Return the help without what the column beside it says."""
    said = str(action.help or "").partition(" (default: ")[0]
    said = "" if said.startswith("default: ") else said
    return said[:1].upper() + said[1:] or "The port."


def _default(action: argparse.Action) -> object:
    if action.dest in _SETTINGS:
        return _SETTINGS[action.dest]
    default = action.default
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return None if default is None or isinstance(default, bool | list) else default


def _wrapped(usage: str, width: int = 90) -> str:
    """Return the usage in lines that are cut between arguments."""
    words = usage.replace("] [", "]\n[").split("\n")
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > width:
            lines.append("   ")
        lines[-1] += f" {word}"
    return "\n".join(lines)
