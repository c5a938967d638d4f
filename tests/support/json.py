"""Any JSON document, and any way to lay it out."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from lukhas_notion.manifests.document import Document, json_places
from lukhas_notion.manifests.edits import Edit, replace_texts


def written(value: object, gap: random.Random) -> str:
    """Return a document as JSON, with any space and any escapes in it."""

    def space() -> str:
        return "".join(gap.choices(" \t\r\n", k=gap.randrange(4)))

    if isinstance(value, dict):
        members = (
            f"{space()}{json.dumps(key)}{space()}:{space()}{written(item, gap)}{space()}"
            for key, item in value.items()
        )
        return "{" + (",".join(members) or space()) + "}"
    if isinstance(value, list):
        items = (f"{space()}{written(item, gap)}{space()}" for item in value)
        return "[" + (",".join(items) or space()) + "]"
    return json.dumps(value, ensure_ascii=gap.random() < 0.5)


def _documents(scalars: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
        max_leaves=25,
    )


_PLAIN = st.none() | st.booleans() | st.text()
#: Any document.
DOCUMENTS = _documents(_PLAIN | st.integers() | st.floats(allow_nan=False))
#: Any document whose numbers every JSON reader holds.
SOUND = _documents(
    _PLAIN | st.integers(1 - 2**53, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)


def edit(text: str, value: Any, texts: Mapping[str, str]) -> tuple[str, tuple[Edit, ...]]:
    """Return a JSON text that says ``value`` with other texts in it, and the edits."""
    document = Document(text, value, None, lambda: json_places(text))
    return replace_texts([document], [texts])
