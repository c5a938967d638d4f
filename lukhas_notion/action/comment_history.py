"""The text of a comment that outlives its run: the runs before, and the previewed plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lukhas_notion.github.comment_text import (
    COMMENT,
    FINAL,
    Limit,
    Part,
    hide,
    reveal,
    visible,
)
from lukhas_notion.github.managed import ManagedPost
from lukhas_notion.plan.plan import digest_of
from lukhas_notion.report.markdown import address
from lukhas_notion.util.sanitize import markdown_inline

#: Characters of the largest plan that a comment holds; a larger plan is known by its digest alone.
MAX_PLAN = 16_000
_MOST_RUNS = 10
_LONGEST = 200
#: Characters that a new text leaves free for the lines of later runs.
_RESERVED = 9_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One run: its verdict as plain text, which the comment keeps as ``said``, and its address."""

    headline: str
    url: str


@dataclass(frozen=True, slots=True)
class Ending:
    """The result of an apply for a pull request.

    Args:
        parts: the text.
        entry: the same in one line.
        wrote: whether the run changed Notion.
        failed: whether something is left to do.
    """

    parts: Sequence[Part]
    entry: Entry
    wrote: bool
    failed: bool


def hide_plan(operations: Iterable[Mapping[str, Any]]) -> str:
    """Return the hidden line for a plan's operations, "" where it would be too long."""
    line = hide("plan", list(operations), packed=True)
    return line if len(line) <= MAX_PLAN else ""


def plan_in(text: str, digest: str) -> list[dict[str, Any]] | None:
    """Return the operations in a comment, None where they are not those of ``digest``."""
    operations: list[dict[str, Any]] | None = reveal("plan", text)
    try:
        known = operations is not None and digest_of(operations) == digest
        return operations if known else None
    except (ValueError, TypeError, RecursionError):
        return None


def previewed_sha(found: ManagedPost) -> str:
    """Return the commit of the preview that a comment keeps."""
    preview = found.marker.state == "preview"
    return found.marker.head_sha if preview else found.marker.reviewed_sha


def continued(text: str, state: str, ending: Ending) -> tuple[list[Part], str, Limit]:
    """Return a comment's new text, its state, and its maximum size.

    Args:
        text: the comment as it is, without its marker; "" when there is none.
        state: the state in its marker.
        ending: the run to report.
    """
    earlier = _entries(text) if state in FINAL else []
    if state == "applied" and not ending.wrote:
        others = [entry for entry in earlier[1:] if entry != ending.entry]
        kept = [*(earlier[:1] or [Entry("", "")]), *others, ending.entry]
        return [Part(visible(text)), _runs(kept)], state, COMMENT
    others = [entry for entry in earlier if entry != ending.entry]
    limit = Limit(COMMENT.size - _RESERVED, COMMENT.measure)
    parts = [*ending.parts, _runs([ending.entry, *others])]
    return parts, "failed" if ending.failed else "applied", limit


def _entries(text: str) -> list[Entry]:
    """Return the runs in a comment, none where this tool did not write the line."""
    try:
        entries = [Entry(str(e["said"]), str(e["url"])) for e in reveal("runs", text) or ()]
    except (TypeError, KeyError):
        return []
    return [entry for entry in entries if max(len(entry.headline), len(entry.url)) <= _LONGEST]


def _runs(entries: Sequence[Entry]) -> Part:
    """Return the hidden line of the runs, and all runs but the first as a list."""
    kept = [entries[0], *entries[1:][-(_MOST_RUNS - 1) :]]
    short = [Entry(entry.headline[:_LONGEST], entry.url[:_LONGEST]) for entry in kept]
    hidden = hide("runs", [{"said": entry.headline, "url": entry.url} for entry in short])
    rows = [f"- {markdown_inline(e.headline)} ([run]({address(e.url)}))" for e in short[1:]]
    return Part(f"{hidden}\n\n**Other runs**\n" if rows else hidden, rows)
