"""Why a run of the Action failed, as a word for a machine: the output ``failure-reason``."""

from __future__ import annotations

from lukhas_notion.errors import (
    LedgerError,
    LukhasNotionError,
    NotionError,
    NotReviewed,
    RunStopped,
)
from lukhas_notion.github.errors import GitHubError

_REASONS: tuple[tuple[type[LukhasNotionError], str], ...] = (
    (LedgerError, "ledger"),
    (NotReviewed, "plan-changed"),
    (RunStopped, "stopped"),
    (GitHubError, "github"),
    (NotionError, "notion"),
)


def reason_of(error: LukhasNotionError) -> str:
    """Return the reason that an error is; whatever is none of the named is a set-up's."""
    return next((word for kind, word in _REASONS if isinstance(error, kind)), "configuration")
