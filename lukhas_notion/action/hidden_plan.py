"""The plan inside a comment: hidden, small, and checked against its digest when it is read.

.. code-block:: text

    <!-- lukhas-notion-plan eJyrVkrLz1eyUkpKLFKqBQAeXQQm -->

After the merge it is what the plan is compared with: by its digest in the comment's marker, and
where that differs by its operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lukhas_notion.github.marker import hidden_line, hide, reveal
from lukhas_notion.plan.plan import digest_of
from lukhas_notion.sync.expected_plan import Reviewed
from lukhas_notion.util.errors import NotReviewed

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.github.event import Event
    from lukhas_notion.github.managed import Found
    from lukhas_notion.github.marker import Marker

#: Characters, so that the comment keeps most of its room; a larger plan is known by digest alone.
MAX_CHARACTERS = 16_000
_KIND = "plan"
_REVIEW = (
    "Let the preview run on a pull request, review its comment and merge; or give the digest that "
    "was reviewed as `require-reviewed-plan`."
)


def render(operations: Iterable[Mapping[str, Any]]) -> str:
    """Return the hidden line for a plan's operations, "" where it would be too long."""
    line = hide(_KIND, list(operations), packed=True)
    return line if len(line) <= MAX_CHARACTERS else ""


def parse(body: str, digest: str) -> list[dict[str, Any]] | None:
    """Return the operations hidden in a comment, None where they are not those of ``digest``."""
    operations: list[dict[str, Any]] = reveal(_KIND, body)
    try:
        return operations if digest_of(operations) == digest else None
    except (ValueError, TypeError, RecursionError):
        return None


def carried_over(found: Found, marker: Marker) -> tuple[str, Marker]:
    """Return the hidden line of the plan that ``found`` remembers, and a marker that names it."""
    remembering = replace(marker, digest=found.marker.digest, reviewed_sha=_reviewed_sha(found))
    return hidden_line(_KIND, found.body), remembering


def reviewed(pull: PullRequest | None, found: Found | None, event: Event) -> Reviewed:
    """Return the plan that the merged pull request's comment shows.

    Raises:
        NotReviewed: there is no pull request, no comment, no plan in it, or it is about another
            commit than the one that was merged.
    """
    if pull is None:
        raise NotReviewed(f"No merged pull request brought the commit {event.sha[:12]}.", _REVIEW)
    if found is None:
        raise NotReviewed(f"Pull request #{pull.number} has no comment with a plan.", _REVIEW)
    head, about = pull.head.sha, _reviewed_sha(found)
    if about != head:
        raise NotReviewed(
            f"The plan in the comment on pull request #{pull.number} is about the commit "
            f"{about[:12] or '(none)'}, and {head[:12]} was merged.",
            _REVIEW,
        )
    digest = found.marker.digest
    if not digest:
        raise NotReviewed(
            f"The comment on pull request #{pull.number} shows no plan for Notion: there were "
            "violations, or it was compared with the base branch.",
            _REVIEW,
        )
    return Reviewed(digest, parse(found.body, digest))


def _reviewed_sha(found: Found) -> str:
    """Return the commit whose preview the comment remembers."""
    preview = found.marker.state == "preview"
    return found.marker.head_sha if preview else found.marker.reviewed_sha
