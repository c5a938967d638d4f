"""What a comment remembers of the runs after the merge, and how the next one goes on from there.

What was applied stays on record. A later run replaces the text only when it changed Notion, or when
the run before it had failed; otherwise it adds a line. The record is a hidden line of JSON:

.. code-block:: text

    <!-- lukhas-notion-runs [{"said":"✅ Applied: 90 pages written …","url":"https://…"}] -->

The first entry is the run that the text is about, the others are listed below the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lukhas_notion.github.fit_text import COMMENT, Limit, Section
from lukhas_notion.github.marker import FINAL, hide, reveal, visible
from lukhas_notion.report.pages import address
from lukhas_notion.util.sanitize import markdown_inline

_MOST = 10
_LONGEST = 200
#: What a new text leaves free of a comment, so that a full record fits below it.
_RESERVED = 9_000
_KIND = "runs"


@dataclass(frozen=True, slots=True)
class Entry:
    """One run: its verdict as plain text, and its address."""

    said: str
    url: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What an apply reports to a pull request.

    Args:
        sections: the text.
        entry: the same in one line.
        wrote: whether the run changed Notion.
        failed: whether something is left to do.
    """

    sections: Sequence[Section]
    entry: Entry
    wrote: bool
    failed: bool

    @property
    def state(self) -> str:
        """The comment's state when this is its text."""
        return "failed" if self.failed else "applied"


def continued(body: str, state: str, ending: Ending) -> tuple[list[Section], str, Limit]:
    """Return a comment's new text, its state, and what it may measure.

    Args:
        body: the comment as it is, without its marker; "" when there is none.
        state: the state that its marker has.
        ending: the run to report.
    """
    earlier = _entries(body) if state in FINAL else []
    if state == "applied" and not ending.wrote:
        others = [each for each in earlier[1:] if each != ending.entry]
        kept = [*(earlier[:1] or [Entry("", "")]), *others, ending.entry]
        return [Section(visible(body)), _section(kept)], state, COMMENT
    others = [each for each in earlier if each != ending.entry]
    limit = Limit(COMMENT.size - _RESERVED, COMMENT.measure)
    return [*ending.sections, _section([ending.entry, *others])], ending.state, limit


def _entries(body: str) -> list[Entry]:
    """Return the record in a comment; one that is not what this tool writes is empty."""
    listed = reveal(_KIND, body)
    try:
        entries = [Entry(str(each["said"]), str(each["url"])) for each in listed or ()]
    except (TypeError, KeyError):
        return []
    return [each for each in entries if max(len(each.said), len(each.url)) <= _LONGEST]


def _section(entries: Sequence[Entry]) -> Section:
    """Return the record as a section: the hidden line, and the other runs as a list."""
    kept = [entries[0], *entries[1:][-(_MOST - 1) :]]
    short = [Entry(each.said[:_LONGEST], each.url[:_LONGEST]) for each in kept]
    hidden = hide(_KIND, [asdict(each) for each in short])
    rows = [f"- {markdown_inline(each.said)} ([run]({address(each.url)}))" for each in short[1:]]
    return Section(f"{hidden}\n\n**Other runs**\n" if rows else hidden, rows)
