"""What a file is that was to be JSON, or TOML, and is not."""

from __future__ import annotations

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """What a file is, as the end of a sentence that begins with it, and what to do about it."""

    name: str
    remedy: str
    is_gits: bool = False
    """Whether git leaves it in the place of any file, whatever that was to be."""


_LFS = Kind(
    "a Git LFS pointer, not the file that it stands for",
    "Check out with `lfs: true` (actions/checkout), or run `git lfs pull`.",
    is_gits=True,
)
_ANNEX = Kind(
    "a git-annex pointer, not the file that it stands for", "Run `git annex get`.", is_gits=True
)
_CONFLICT = Kind(
    "a file with a merge conflict", "Resolve the conflict, and commit the result.", is_gits=True
)
_TEMPLATE = Kind(
    "a template, not the file that is made of it",
    "Take it out of the search: [manifests] exclude in lukhas-notion.toml.",
)
_WRITE = "Write it as JSON, or exclude it."

#: Characters that are looked at: what a file is shows at its beginning.
_LOOKED_AT = 20_000
_IN_TEMPLATES = re.compile(r"\{\{[-~]? ?[\w.$]|\{%[-+]? ?\w|<%[=-]? ?\w|\$\{\{ ?\w")
_CONFLICTS = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
# By the first line that is neither blank nor a comment.
_BY_LINE = (
    (re.compile(r"version https?://[\w.-]+/spec/v\d"), _LFS),
    (re.compile(r"(?:\.\./){0,40}(?:\.git)?/?annex/objects/"), _ANNEX),
    (re.compile(r"<[!?A-Za-z]"), Kind("HTML or XML", _WRITE)),
    (re.compile(r"\[{1,2}[A-Za-z_][\w.-]*\]{1,2}$|[\w.-]+ ?= ?\S"), Kind("TOML", _WRITE)),
    (
        re.compile(r"%YAML|---(?:\s|$)|- \S|[\w./-]+ ?:(?:\s|$)"),
        Kind("YAML", _WRITE),
    ),
)


def recognise(text: str) -> Kind | None:
    """Return what a text is that is not JSON; None where that is not clear."""
    start = text[:_LOOKED_AT]
    if _CONFLICTS.search(start):
        return _CONFLICT
    if _IN_TEMPLATES.search(start):
        return _TEMPLATE
    lines = (line.strip() for line in start.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return next((kind for pattern, kind in _BY_LINE if pattern.match(first)), None)
