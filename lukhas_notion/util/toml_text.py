"""The text of a TOML file, as far as a reader of its content needs it: places and spellings."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress

from lukhas_notion.util.text import is_hidden, normalized

Path = tuple[str, ...]

#: Names in one dotted key. Python's reader takes the square of them, and no setting has four.
MOST_NAMES = 32
_OPAQUE = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*+"|#[^\n]*+|'''
    r"'''(?:.|\n)*?'''|'[^'\n]*+'",
    re.DOTALL,
)
_LONG_KEY = re.compile(rf"[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{MOST_NAMES}}}")


def long_key(text: str) -> int | None:
    """Return the line of a dotted key of more than :data:`MOST_NAMES` names, None without one."""
    if text.count(".") < MOST_NAMES:
        return None
    # A quoted name counts as one, whatever is in it, and keeps its lines.
    plain = _OPAQUE.sub(lambda match: "q" + "\n" * match[0].count("\n"), text)
    found = _LONG_KEY.search(plain)
    return plain.count("\n", 0, found.start()) + 1 if found else None


_NAME = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADING = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of each table's heading and of each key.

    TOML's reader keeps no places, so these are found as people write them, a heading or a key at
    the beginning of a line. What is inside an inline table has the line of the table.
    """
    places: dict[Path, int] = {}
    heading: Path = ()
    for number, line in enumerate(text.split("\n"), 1):
        if found := _HEADING.match(line):
            heading = _names(found[1])
            places.setdefault(heading, number)
        elif found := _ENTRY.match(line):
            places.setdefault(heading + _names(found[1]), number)
    return places


def _names(dotted: str) -> Path:
    return tuple(map(_unquoted, re.findall(_NAME, dotted)))


def _unquoted(name: str) -> str:
    if name.startswith('"'):
        with suppress(ValueError):  # an escape that JSON does not have
            return str(json.loads(name))
    return name.strip("\"'")


def in_file(name: str) -> str:
    """Return a name in quotes as the file has it, so that it can be copied from a message.

    What a reader cannot tell apart (an invisible character, a no-break space, a combining mark) is
    an escape of TOML's (TOML 1.0, "String").
    """
    marks = name != normalized("NFC", name)
    return "".join(
        (f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}")
        if is_hidden(char)
        or (char.isspace() and char != " ")
        or (marks and unicodedata.combining(char))
        else char
        for char in json.dumps(name, ensure_ascii=False)
    )
