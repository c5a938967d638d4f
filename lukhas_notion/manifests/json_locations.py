"""Where the values and keys of a JSON text stand.

For texts whose syntax is known to be right (:func:`lukhas_notion.manifests.json_reader.parse` has
seen to it). Nothing recurses or backtracks. A text is indexed once, when a place in it is first
asked for, and the last few indexes are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from lukhas_notion.manifests.places import Node, Places

STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
"""A regular expression for one string, closed or not, that cannot backtrack."""

_TOKEN = re.compile(STRING + r'|[\[\]{}]|[^ \t\r\n:,\[\]{}"]++', re.DOTALL)
_INDEXES_KEPT = 4

Role = Literal["key", "scalar", "open", "close"]


def scan(text: str) -> Iterator[tuple[Role, int, int]]:
    """Yield every key, scalar and bracket of a text, with its start and its end."""
    around: list[str] = []
    key_next = False
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        char = text[start]
        if key_next and char == '"':
            yield "key", start, end
            key_next = False
            continue
        if char in "[{":
            yield "open", start, end
            around.append(char)
        elif char in "]}":
            around.pop()
            yield "close", start, end
        else:
            yield "scalar", start, end
        key_next = bool(around) and around[-1] == "{"


def unquote(raw: str) -> str:
    """Return the text that a JSON string stands for."""
    return str(json.loads(raw)) if "\\" in raw else raw[1:-1]


@lru_cache(maxsize=_INDEXES_KEPT)
def json_places(text: str) -> Places:
    """Return the places of a JSON text."""
    listed: list[Node] = []
    open_nodes = [Node(0, len(text), inside=listed)]
    key: tuple[int, int] | None = None
    for role, start, end in scan(text):
        if role == "key":
            key = (start, end)
            continue
        if role == "close":
            open_nodes.pop().end = end
            continue
        node = Node(start, end, key)
        parent = open_nodes[-1].inside
        if isinstance(parent, list):
            parent.append(node)
        elif isinstance(parent, dict) and key is not None:
            parent[unquote(text[slice(*key)])] = node
        key = None
        if role == "open":
            node.inside = {} if text[start] == "{" else []
            open_nodes.append(node)
    (root,) = listed
    return Places(text, root)
