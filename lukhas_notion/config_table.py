"""A table of a TOML file that is read key by key, so that what nobody reads is an error."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lukhas_notion.errors import ConfigError


class Table:
    """One table; every accessor checks the type and takes the key off the list of unknown ones."""

    def __init__(self, content: Mapping[str, Any], path: tuple[str, ...], file: Path | None):
        self._content = content
        self._path = path
        self._file = file
        self._known: set[str] = set()

    @classmethod
    def of_file(cls, content: Mapping[str, Any], file: Path | None) -> Table:
        """Wrap a whole parsed file; ``file`` is None when there is none."""
        return cls(content, (), file)

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
            raise self.error(key, "is a table, not a value")
        return Table(value or {}, (*self._path, key), self._file)

    def text(self, key: str, *, strip: bool = True) -> str:
        """Return a string, "" where there is none."""
        value = self.raw(key)
        if value is not None and not isinstance(value, str):
            raise self.error(key, "is text, in quotes")
        return (value or "").strip() if strip else value or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, empty where there is none."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, "is a list of texts")
        return tuple(value)

    def one_or_more(self, key: str) -> tuple[str, ...]:
        """Return a string or a list of them, always as a tuple."""
        value = self.raw(key)
        return (value,) if isinstance(value, str) else self.texts(key)

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(key, "is true or false")
        return default if value is None else value

    def number(self, key: str) -> float | None:
        """Return a number, None where there is none."""
        value = self.raw(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.error(key, "is a number")
        return value

    def no_more(self, because: str = "") -> None:
        """Check that every key has been asked for.

        Raises:
            ConfigError: one has not, so nobody knows it; with the nearest known name.
        """
        for key in self._content:
            if key not in self._known:
                near = difflib.get_close_matches(key, sorted(self._known), 1)
                remedy = f"Did you mean {near[0]!r}?" if near else because
                raise self.error(key, "is not a known key", remedy)

    def error(self, key: str, message: str, remedy: str = "") -> ConfigError:
        """Return the error for one key, with the file and the line it stands on."""
        file = self._file.name if self._file else "lukhas-notion.toml"
        name = ".".join(f'"{p}"' if re.search(r"[^\w-]", p) else p for p in (*self._path, key) if p)
        return ConfigError(f"{file}:{self._line(key)}: {name} {message}.", remedy)

    def _line(self, key: str) -> int:
        # TOML's reader keeps no places; a heading, then the key below it, is how people write it.
        if self._file is None:
            return 1
        lines = self._file.read_text(encoding="utf-8").splitlines()
        start = 0
        if self._path:
            heading = re.compile(
                r"\s*\[\s*" + r"\s*\.\s*".join(map(_quoted, self._path)) + r"\s*\]"
            )
            start = next((n for n, line in enumerate(lines) if heading.match(line)), 0)
        entry = re.compile(rf"\s*\[?\s*{_quoted(key)}\s*[=.\]]") if key else None
        if entry:
            for number in range(start, len(lines)):
                if entry.match(lines[number]):
                    return number + 1
        return start + 1


def _quoted(key: str) -> str:
    bare = re.escape(key)
    return f"(?:{bare}|\"{bare}\"|'{bare}')"
