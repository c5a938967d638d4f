"""What to do about failures: each remedy once, however many changes need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lukhas_notion.sync.outcome import OptionOutcome, Outcome
from lukhas_notion.util.plural import counted
from lukhas_notion.util.sanitize import markdown_message

#: Most failures of a run share their cause; a list of remedies is no place for each one's name.
_MOST = 5


def remedies(outcomes: Iterable[Outcome | OptionOutcome]) -> list[str]:
    """Return the remedies of what was not done, the one that most need first; at most five.

    Where there are several, each says how many changes it is for.
    """
    found = Counter(outcome.remedy for outcome in outcomes if outcome.remedy).most_common(_MOST)
    if len(found) == 1:
        return [found[0][0]]
    return [f"{remedy} (for {counted(count, 'change')})" for remedy, count in found]


def remedy_rows(outcomes: Iterable[Outcome | OptionOutcome]) -> list[str]:
    """Return the remedies as lines of Markdown, without any an empty list."""
    found = remedies(outcomes)
    if len(found) == 1:
        return [f"What to do: {markdown_message(found[0])}"]
    return ["What to do:", "", *(f"- {markdown_message(each)}" for each in found)] if found else []
