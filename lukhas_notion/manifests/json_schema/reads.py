"""What this tool itself reads of a manifest, which a schema may not know.

Manifests are enriched: other tools add keys that the repository's schema does not list, and the
mapping reads them. So a key at the top that is read is always known, and nobody is told to remove
what is read.
"""

from __future__ import annotations

from collections.abc import Iterable

_NO_KEYS: frozenset[str] = frozenset()


class Reads:
    """The places of one manifest that are read.

    Args:
        pointers: JSON pointers; ``*`` stands for any key or index.
    """

    def __init__(self, pointers: Iterable[str] = ()) -> None:
        self._places = {tuple(pointer.split("/")[1:]) for pointer in pointers}
        self._keys = frozenset(_unescaped(place[0]) for place in self._places if place)
        self._root: object = None

    def begin(self, root: object) -> None:
        """Take note of the manifest that is checked next."""
        self._root = root

    def known(self, value: object) -> frozenset[str]:
        """Return the keys of a value that are known whatever the schema says of others."""
        return self._keys if value is self._root else _NO_KEYS

    def has(self, pointer: str) -> bool:
        """Return whether a place, something in it or something around it is read."""
        tokens = tuple(pointer.split("/")[1:])
        return bool(tokens) and any(_overlap(tokens, place) for place in self._places)


def _overlap(tokens: tuple[str, ...], place: tuple[str, ...]) -> bool:
    return all(want in ("*", token) for token, want in zip(tokens, place, strict=False))


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
