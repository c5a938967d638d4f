"""Trying again what GitHub did not answer, by looking first whether it was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lukhas_notion.github.errors import GitHubUnavailable

_T = TypeVar("_T")
_TRIES = 4
_LONGEST_WAIT = 60.0


class Gone(GitHubUnavailable):
    """What was to be changed is not there any more since it was looked up."""


def looking_again(attempt: Callable[[], _T], sleep: Callable[[float], object]) -> _T:
    """Return what ``attempt`` comes to, which reads what there is before it writes.

    So a POST without a trustworthy answer (5xx, a dropped connection) is not repeated before it is
    known whether it was done.

    Args:
        attempt: reads, then does what it takes.
        sleep: lets seconds pass.

    Raises:
        GitHubError: it came to nothing.
    """
    for count in range(1, _TRIES):
        try:
            return attempt()
        except Gone:
            continue
        except GitHubUnavailable as error:
            if error.retry_after > _LONGEST_WAIT:
                raise
            sleep(max(error.retry_after, 2.0 ** (count - 1)))
    return attempt()
