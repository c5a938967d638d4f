"""TOML as text: the line of each key, keys that are too long, and strings as they are written."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress

from lukhas_notion.util.text import is_hidden, normalized

#: The names of a key, from the outermost table to the key itself.
Path = tuple[str, ...]


#: Names in one dotted key. The time of Python's reader grows with their square, and no setting has
#: four.
MOST_NAMES = 32
_OPAQUE = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*+"|#[^\n]*+|'''
    r"'''(?:.|\n)*?'''|'[^'\n]*+'",
    re.DOTALL,
)
_LONG_KEY = re.compile(rf"[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{MOST_NAMES}}}")


def long_key(text: str) -> int | None:
    """Return the line of a dotted key with more than :data:`MOST_NAMES` names, None without one."""
    if text.count(".") < MOST_NAMES:
        return None
    # A quoted name counts as one name, whatever it contains, and keeps its lines.
    plain = _OPAQUE.sub(lambda match: "q" + "\n" * match[0].count("\n"), text)
    match = _LONG_KEY.search(plain)
    return plain.count("\n", 0, match.start()) + 1 if match else None


_NAME = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADING = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of each table's heading and of each key.

    The TOML reader does not keep lines, so headings and keys are searched for at the beginning of
    lines. A key in an inline table has the line of that table.
    """
    places: dict[Path, int] = {}
    heading: Path = ()
    for number, line in enumerate(text.split("\n"), 1):
        if match := _HEADING.match(line):
            heading = _names(match[1])
            places.setdefault(heading, number)
        elif match := _ENTRY.match(line):
            places.setdefault(heading + _names(match[1]), number)
    return places


def _names(dotted: str) -> Path:
    return tuple(map(_unquoted, re.findall(_NAME, dotted)))


def _unquoted(name: str) -> str:
    if name.startswith('"'):
        with suppress(ValueError):  # an escape that JSON does not have
            return str(json.loads(name))
    return name.strip("\"'")


def toml_string(name: str) -> str:
    """Return a name or value as a quoted TOML string, which a user can copy from a message.

    Characters that a reader cannot distinguish (a hidden character, a no-break space, a combining
    mark) are escaped (TOML 1.0, "String").
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
