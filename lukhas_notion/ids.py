"""Notion's ids, as far as a file may be believed to hold one."""

from __future__ import annotations

import re

_ID = re.compile(
    r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE
)


def is_notion_id(text: object) -> bool:
    """Whether something is an id, with hyphens or without; nothing else may get into a URL."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
