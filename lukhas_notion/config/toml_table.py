"""A table of a TOML file that is read key by key, so that what nobody reads is an error."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.filetypes import recognise
from lukhas_notion.util.fold import difference
from lukhas_notion.util.nearest import nearest
from lukhas_notion.util.normal_forms import normalized
from lukhas_notion.util.visibility import is_hidden

Path = tuple[str, ...]

#: The configuration, at the root of the repository.
FILE_NAME = "lukhas-notion.toml"


class Table:
    """One table; every accessor checks the type and takes the key off the list of unknown ones.

    Made by :meth:`of_text`. Errors name the file and the line: ``lukhas-notion.toml:3: …``.
    """

    def __init__(
        self, content: Mapping[str, Any], path: Path, file: str, places: Mapping[Path, int]
    ) -> None:
        self._content = content
        self._path = path
        self._file = file
        self._places = places
        self._known: set[str] = set()

    @classmethod
    def of_text(cls, text: str, file: str) -> Table:
        """Parse a whole file; ``file`` is its name for a person.

        Raises:
            ConfigError: it is not TOML.
        """
        _refuse_long_keys(text, file)
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            said = str(error)
            place = re.search(r"line (\d+)", said)
            line = place[1] if place else text.count("\n") + 1
            kind = recognise(text)
            if kind is not None and kind.is_gits:
                raise ConfigError(f"{file}:{line}: this is {kind.name}.", kind.remedy) from None
            raise ConfigError(
                f"{file}:{line}: this is not TOML: {said}.", "See https://toml.io for how it is."
            ) from None
        except (RecursionError, ValueError) as error:
            deep = isinstance(error, RecursionError)
            said = "it is nested too deeply" if deep else "a number has thousands of digits"
            raise ConfigError(f"{file}:1: this cannot be read: {said}.", "Simplify it.") from None
        table = cls(content, (), file, _places(text))
        table._refuse_long_integers()
        return table

    def _refuse_long_integers(self) -> None:
        """Check that every integer is one of TOML's, of 64 bits; Python reads any in base 16."""
        waiting: list[tuple[str, Any]] = list(self._content.items())
        for top, value in waiting:
            if isinstance(value, dict | list):
                inner = value.values() if isinstance(value, dict) else value
                waiting += ((top, each) for each in inner)
            elif isinstance(value, int) and not -(2**63) <= value < 2**63:
                raise self.error(top, "has an integer of more than 64 bits", "Shorten it.")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._known.add(key)
        return key in self._content

    def names(self) -> list[str]:
        """Return all keys, in the file's order."""
        return list(self._content)

    def raw(self, key: str) -> Any:
        """Return what is there, as TOML gave it."""
        self._known.add(key)
        return self._content.get(key)

    def table(self, key: str) -> Table:
        """Return a table inside this one, empty where it is not there."""
        value = self.raw(key)
        if value is not None and not isinstance(value, dict):
            raise self.error(key, "is a table, not a value", f"Write [{key}] on a line of its own.")
        return Table(value or {}, (*self._path, key), self._file, self._places)

    def text(self, key: str, *, strip: bool = True) -> str:
        """Return a string, "" where there is none."""
        value = self.raw(key)
        if value is not None and not isinstance(value, str):
            raise self.error(key, "is text", 'Put it in quotes: "…".')
        return (value or "").strip() if strip else value or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, empty where there is none."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, "is a list of texts", 'Write it as ["…", "…"].')
        if len(value) > _MOST_ITEMS:
            raise self.error(key, f"has more than {_MOST_ITEMS} items", "Take some out.")
        return tuple(value)

    def one_or_more(self, key: str) -> tuple[str, ...]:
        """Return a string or a list of them, always as a tuple."""
        value = self.raw(key)
        return (value,) if isinstance(value, str) else self.texts(key)

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(key, "is true or false", "Write true or false, without quotes.")
        return default if value is None else value

    def number(self, key: str) -> float | None:
        """Return a number, None where there is none."""
        value = self.raw(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.error(key, "is a number", "Write it in digits, without quotes.")
        return value

    def no_more(self, because: str = "") -> None:
        """Check that every key has been asked for.

        Raises:
            ConfigError: one has not, so nobody knows it; with the nearest known name.
        """
        for key in self._content:
            if key not in self._known:
                known = sorted(self._known)
                near = nearest(key, known)
                remedy = f"Did you mean {near[0]!r}?" if near else f"Known: {_listed(known)}."
                if near and (apart := difference(key, near[0])):
                    remedy += f" The two look the same: {apart}."
                message = f"is not a known key: {because}" if because else "is not a known key"
                raise self.error(key, message, remedy)

    def error(self, key: str, message: str, remedy: str) -> ConfigError:
        """Return the error for one key ("" for the table), with the file and the line."""
        return ConfigError(f"{self.place(key)} {message}.", remedy)

    def place(self, key: str) -> str:
        """Return ``file:line: name`` of a key, or of what would be around it."""
        path = (*self._path, key) if key else self._path
        name = ".".join(_short(p) if re.fullmatch(r"[\w-]+", p) else _in_quotes(p) for p in path)
        return f"{self._file}:{self._line(path)}: {name}"

    def _line(self, path: Path) -> int:
        for length in range(len(path), 0, -1):
            for place, line in self._places.items():
                if place[:length] == path[:length]:
                    return line
        return 1


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


def _in_quotes(name: str) -> str:
    return json.dumps(_short(name), ensure_ascii=False)


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_LISTED
    shown = ", ".join(map(_short, names[:_MOST_LISTED]))
    return shown if rest <= 0 else f"{shown} and {rest} more"


#: Texts in one list, of which no setting needs more.
_MOST_ITEMS = 500
#: Names in one dotted key. Python's reader takes the square of them, and no setting has four.
_MOST_NAMES = 32
#: Characters of a key in a message, and keys.
_SHOWN, _MOST_LISTED = 60, 40
_OPAQUE = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*+"|#[^\n]*+|'''
    r"'''(?:.|\n)*?'''|'[^'\n]*+'",
    re.DOTALL,
)
_LONG_KEY = re.compile(rf"[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{_MOST_NAMES}}}")


def _refuse_long_keys(text: str, file: str) -> None:
    """Check that no dotted key has very many names, before the text is parsed."""
    if text.count(".") < _MOST_NAMES:
        return
    # A quoted name counts as one, whatever is in it, and keeps its lines.
    plain = _OPAQUE.sub(lambda match: "q" + "\n" * match[0].count("\n"), text)
    if found := _LONG_KEY.search(plain):
        line = plain.count("\n", 0, found.start()) + 1
        message = f"{file}:{line}: this key has more than {_MOST_NAMES} names between dots."
        raise ConfigError(message, "Take it out: no setting has such a key.")


_NAME = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADING = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")


def _places(text: str) -> dict[Path, int]:
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
    return tuple(name.strip("\"'") for name in re.findall(_NAME, dotted))
