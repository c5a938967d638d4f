"""The reference of the command line, from the parsers themselves."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Collection, Iterator

from generators.tables import code, table
from lukhas_notion.cli.commands import parser
from lukhas_notion.config.config import DEFAULT_LEDGER, DEFAULT_REPORT, FILE_NAME
from lukhas_notion.config.settings import (
    DEFAULT_API_URL,
    DEFAULT_CONCURRENCY,
    DEFAULT_RATE,
    DEFAULT_RETRIES,
)

#: The defaults of settings, by argument.
_SETTINGS = {
    "api_url": DEFAULT_API_URL,
    "rate_limit": f"{DEFAULT_RATE:g}",
    "concurrency": DEFAULT_CONCURRENCY,
    "max_retries": DEFAULT_RETRIES,
    "ledger": DEFAULT_LEDGER,
    "report_md": DEFAULT_REPORT,
    "config": FILE_NAME,
}


#: An argument of so many commands has its row in the last section only.
_COMMON = 5
_HEADINGS = ["Argument", "What it does", "Default"]
Row = tuple[str, str, str]


def commands() -> str:
    """Return a section for each command: what it does, its usage, its own arguments.

    The last section has the arguments of many commands.
    """
    leaves = list(_leaves(parser()))
    counts = Counter(row for each in leaves for row in _rows(each))
    common = {row: None for row, count in counts.items() if count >= _COMMON}
    last = f"## Common arguments\n\n{table(_HEADINGS, map(list, common))}"
    return "\n\n".join([*(_section(each, common) for each in leaves), last])


def _leaves(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    below = [a for a in top._actions if isinstance(a, argparse._SubParsersAction)]
    if not below:
        yield top
    for action in below:
        for each in dict.fromkeys(action.choices.values()):
            yield from _leaves(each)


def _arguments(command: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in command._actions if action.dest != "help"]


def _rows(command: argparse.ArgumentParser) -> list[Row]:
    return [(_spelled(a), _help(a), _default(a)) for a in _arguments(command)]


def _section(command: argparse.ArgumentParser, common: Collection[Row]) -> str:
    name = command.prog.partition(" ")[2]
    usage = " ".join([command.prog, *map(_usage, _arguments(command))])
    rows = _rows(command)
    own = [list(row) for row in rows if row not in common]
    parts = [
        f"## {name}",
        str(command.description),
        f"```text\n{_wrapped(usage)}\n```",
        table(_HEADINGS, own) if own else "",
        "The others are [common arguments](#common-arguments)." if len(own) < len(rows) else "",
        str(command.epilog).replace("example: ", "Example: `", 1) + "`",
    ]
    return "\n\n".join(filter(None, parts))


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    name = str(action.metavar or action.dest.upper())
    return f" [{name}]" if action.nargs == "?" else f" {name}"


def _usage(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"[{action.metavar} ...]"
    spelled = f"{action.option_strings[-1]}{_value(action)}"
    return spelled if action.required else f"[{spelled}]"


def _spelled(action: argparse.Action) -> str:
    if not action.option_strings:
        return code(action.metavar)
    return code(f"{action.option_strings[-1]}{_value(action)}")


def _help(action: argparse.Action) -> str:
    """Return the help without what the column beside it says."""
    said = str(action.help or "").partition(" (default: ")[0]
    said = "" if said.startswith("default: ") else said
    return said[:1].upper() + said[1:] or "The port."


def _default(action: argparse.Action) -> str:
    """Return the default: that of the settings, that in the help, or the parser's."""
    if action.dest in _SETTINGS:
        return code(_SETTINGS[action.dest])
    stated = str(action.help or "").partition(" (default: ")[2].rpartition(")")[0]
    if stated:
        return stated if " " in stated else code(stated)
    default = action.default
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return "" if isinstance(default, bool | list) else code(default)


def _wrapped(usage: str, width: int = 90) -> str:
    """Return the usage in lines that are cut between arguments."""
    words = usage.replace("] [", "]\n[").split("\n")
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > width:
            lines.append("   ")
        lines[-1] += f" {word}"
    return "\n".join(lines)
