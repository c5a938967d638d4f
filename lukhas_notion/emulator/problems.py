"""What is wrong with a request's body or query string, collected and worded as Notion words it."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any

from lukhas_notion.emulator.errors import validation

MISSING: Any = object()
"""Stands for a member that was not sent, which a refusal calls ``undefined``."""

_QUOTE_LIMIT = 55
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#<>\"\[\]]+(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Letters, marks and symbols without a glyph: U+2800, U+3164, variation selectors …
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, which is how Notion measures."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def quoted(value: Any) -> str:
    """Write a value as a refusal quotes it: JSON, cut after 55 UTF-16 units."""
    if value is MISSING:
        return "undefined"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) <= 2 * _QUOTE_LIMIT:
        return text
    return encoded[: 2 * _QUOTE_LIMIT].decode("utf-16-le", "surrogatepass") + "..."


def choices(values: Iterable[str]) -> str:
    """List the values of which one is expected: ``"a"``, ``"b"``, or ``"c"`` in backticks."""
    listed = [f'`"{value}"`' for value in values]
    if len(listed) <= 2:
        return " or ".join(listed)
    return f"{', '.join(listed[:-1])}, or {listed[-1]}"


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ" and not _BLANK.match(char)


class Problems:
    """All that is wrong with one part of a request; nothing is accepted while there is any.

    Args:
        root: the part, ``body`` or ``query``; every path starts with it.
    """

    def __init__(self, root: str = "body") -> None:
        self.root = root
        self.lines: list[str] = []

    def add(self, path: str, should_be: str, was: Any = MISSING) -> None:
        """Note that the value at ``path`` should be something else."""
        self.lines.append(f"{path} should be {should_be}, instead was `{quoted(was)}`.")

    def raise_any(self) -> None:
        """Refuse the request if anything was noted."""
        if len(self.lines) == 1:
            raise validation(f"{self.root} failed validation: {self.lines[0]}")
        if self.lines:
            listed = "\n".join(self.lines)
            raise validation(f"{self.root} failed validation. Fix one:\n{listed}")

    def is_object(self, value: Any, path: str) -> bool:
        """Say whether the value is an object; note it if not."""
        return self._is(isinstance(value, dict), value, path, "an object")

    def is_array(self, value: Any, path: str, longest: int | None = None) -> bool:
        """Say whether the value is an array, of ``longest`` items at most; note it if not."""
        if not self._is(isinstance(value, list), value, path, "an array"):
            return False
        return longest is None or self.at_most(len(value), longest, f"{path}.length")

    def is_string(self, value: Any, path: str, longest: int | None = None) -> bool:
        """Say whether the value is a string, of ``longest`` UTF-16 units at most."""
        if not self._is(isinstance(value, str), value, path, "a string"):
            return False
        return longest is None or self.at_most(units(value), longest, f"{path}.length")

    def is_filled(self, value: Any, path: str, longest: int) -> bool:
        """Say whether the value is one line of text, not too long, in which something is seen."""
        if not self.is_string(value, path, longest):
            return False
        if not any(map(_is_seen, value)):
            self.add(path, "a populated string", value)
            return False
        return self._is(not _CONTROL.search(value), value, path, "without control characters")

    def is_address(self, value: Any, path: str, longest: int) -> bool:
        """Say whether the value is a filled string without the NUL character, quoted or not."""
        if not self.is_filled(value, path, longest):
            return False
        return self._is("%00" not in value, value, path, "a valid URL")

    def is_web_address(self, value: Any, path: str, longest: int) -> bool:
        """Say whether the value is an address that begins with ``http://`` or ``https://``."""
        if not self.is_address(value, path, longest):
            return False
        return self._is(_WEB_ADDRESS.fullmatch(value) is not None, value, path, "a valid URL")

    def is_boolean(self, value: Any, path: str) -> bool:
        """Say whether the value is true or false; note it if not."""
        return self._is(isinstance(value, bool), value, path, "a boolean")

    def is_number(self, value: Any, path: str) -> bool:
        """Say whether the value is a number; note it if not."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return self._is(number, value, path, "a number")

    def is_one_of(self, value: Any, path: str, allowed: Collection[str]) -> bool:
        """Say whether the value is one of the strings allowed; note it if not."""
        one = isinstance(value, str) and value in allowed
        return self._is(one, value, path, choices(allowed))

    def at_most(self, value: int, limit: int, path: str) -> bool:
        """Say whether a length keeps its limit; note it if not."""
        return self._is(value <= limit, value, path, f"≤ `{limit}`")

    def only(self, value: dict[str, Any], allowed: Collection[str], path: str) -> None:
        """Note each member that may not be there."""
        for key, member in value.items():
            if key not in allowed:
                self.add(f"{path}.{key}", "not present", member)

    def _is(self, holds: bool, value: Any, path: str, should_be: str) -> bool:
        if not holds:
            self.add(path, "defined" if value is MISSING else should_be, value)
        return holds
