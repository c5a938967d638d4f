"""The links of provenance SHAs, and whether Notion keeps them as they are sent.

What Notion does to the fragment of a link is recorded nowhere, so the answer to each write is
compared with what was sent. Where a link is not kept, or a write is refused for its sake, the run
goes on without links.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from lukhas_notion.plan.plan import Change
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.util.errors import InvalidRequest

_REMEDY = (
    'Pages are found by title and provenance SHA instead. Write record = "off" under [provenance] '
    "in lukhas-notion.toml to do without records."
)


class Links:
    """The links of one run.

    Args:
        make: returns the link of a change's page, "" for none.
    """

    def __init__(self, make: Callable[[Change], str] = lambda _: "") -> None:
        self._make = make
        self._lock = threading.Lock()
        self._kept = False
        self._problem = ""

    @property
    def notice(self) -> str:
        """What to tell a person: why the run went on without records, "" where it did not."""
        return f"{self._problem} {_REMEDY}" if self._problem else ""

    @property
    def are_off(self) -> bool:
        """Whether Notion does not keep links, so that none is sent any more."""
        return bool(self._problem)

    def of(self, change: Change) -> str:
        """Return the link of a change's page, "" for none."""
        return "" if self._problem else self._make(change)

    def may_be_refused(self, error: InvalidRequest) -> bool:
        """Whether a write that was refused may have been refused for its link."""
        said = error.message.lower()
        return not self._kept or "link" in said or "url" in said

    def refused(self) -> None:
        """Take note that a write succeeded without its link."""
        self._stop("Notion refuses the links of provenance SHAs, so pages get no records.")

    def answered(self, sent: str, page: Page) -> None:
        """Compare an answer with the link that was sent."""
        if not sent:
            return
        if page.link == sent:
            self._kept = True
        else:
            self._stop("Notion does not keep the links of provenance SHAs: pages get no records.")

    def _stop(self, problem: str) -> None:
        with self._lock:
            self._problem = self._problem or problem
