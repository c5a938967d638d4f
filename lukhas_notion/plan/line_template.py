"""One line of text for each entry of an object or a list.

``- {@key} ({module})  import:{import_verified:check}`` makes, of the entry ``"Search"`` with
``{"module": "core.search", "import_verified": true}``, the line
``- Search (core.search)  import:✓``. A field that an entry does not have is empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FIELD = re.compile(r"\{(@?[^{}:]+)(?::([^{}]*))?\}")
_STYLES = ("", "check")


@dataclass(frozen=True, slots=True)
class LineTemplate:
    """A parsed template.

    Fields: ``{@key}`` is the entry's key (or its index, from 1), ``{@value}`` the entry itself,
    ``{name}`` a field of it. ``{name:check}`` is ✓ where the field is true, else ✗.
    """

    text: str

    def __post_init__(self) -> None:
        rest = _FIELD.sub("", self.text)
        if "{" in rest or "}" in rest:
            raise ValueError(f"a brace stands alone in {self.text!r}")
        for match in _FIELD.finditer(self.text):
            if (match[2] or "") not in _STYLES:
                raise ValueError(f"{match[2]!r} in {match[0]} is no style: there is only `check`")
            if match[1].startswith("@") and match[1] not in ("@key", "@value"):
                raise ValueError(f"{match[1]} is not known: there are @key and @value")

    def lines(self, entries: Mapping[str, Any] | list[Any]) -> str:
        """Return the lines of all entries, sorted, so that their order in the file is no change."""
        if isinstance(entries, Mapping):
            pairs = list(entries.items())
        else:
            pairs = [(str(number), entry) for number, entry in enumerate(entries, 1)]
        return "\n".join(sorted(self._line(key, entry) for key, entry in pairs))

    def _line(self, key: str, entry: Any) -> str:
        def fill(match: re.Match[str]) -> str:
            if match[1] == "@key":
                value: Any = key
            elif match[1] == "@value":
                value = entry
            else:
                value = entry.get(match[1]) if isinstance(entry, Mapping) else None
            return _shown(value, match[2] or "")

        return _FIELD.sub(fill, self.text)


def _shown(value: Any, style: str) -> str:
    if style == "check":
        return "✓" if value is True else "✗"
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
