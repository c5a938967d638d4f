"""Where the links and images of a page's body lead. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from lukhas_notion.plan.notion_limits import address_problem

#: Returns the address of a file of the repository, by its path from the repository's top.
Address = Callable[[str], str]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
#: What a link's address may consist of: nothing that ends it, no bracket or brace, and
#: no dollar, which begins an equation.
_UNSAFE = re.compile(r"[^A-Za-z0-9._~:/?#@!&'*+,;=%-]")


@dataclass
class BodyLinks:
    """Where the links of one file lead; ``left_out`` has those that lead nowhere, and why."""

    path: str
    page: Address
    file: Address
    left_out: dict[str, str] = field(default_factory=dict)

    def target(self, raw: str, *, image: bool = False) -> str:
        """Return a link's address, or "" where the page cannot have it."""
        address, why = self._resolve(raw, self.file if image else self.page)
        if why := why or address_problem(address):
            self.left_out[raw] = why
            return ""
        return address

    def _resolve(self, raw: str, address: Address) -> tuple[str, str]:
        if _SCHEME.match(raw):
            return self._absolute(raw)
        path, mark, fragment = raw.partition("#")
        path = unquote(path.partition("?")[0])
        folder = "" if path.startswith("/") else posixpath.dirname(self.path)
        whole = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))) if path else self.path
        if whole == ".." or whole.startswith("../"):
            return "", "leaves the repository"
        found = address("" if whole == "." else whole)
        return (_quoted(f"{found}{mark}{fragment}"), "") if found else ("", "has no address")

    @staticmethod
    def _absolute(raw: str) -> tuple[str, str]:
        try:
            parts = urlsplit(raw)
            host = parts.hostname
        except ValueError:
            return "", "is not a URL"
        if parts.scheme.lower() != "https" or not host:
            return "", "is not an https address"
        return _quoted(raw), ""


def _quoted(address: str) -> str:
    return _UNSAFE.sub(lambda found: _percent(found[0]), address)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
