"""What became of a plan: each change, each property's options, and the whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lukhas_notion.plan.options import OptionChange
from lukhas_notion.plan.plan import Change
from lukhas_notion.util.errors import LukhasNotionError


class Status(StrEnum):
    """What became of one change."""

    SUCCESS = "success"
    ERROR = "error"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change and what became of it.

    ``error`` says for a person why it was not done, on one line, and ``remedy`` what to do about
    it; both are "" on success.
    """

    change: Change
    status: Status
    page_id: str = ""
    url: str = ""
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class OptionOutcome:
    """One property's options and what became of them; texts as of an :class:`Outcome`."""

    change: OptionChange
    status: Status
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one plan.

    Args:
        options: the outcome of each property's options, in the plan's order.
        outcomes: the outcome of each page, in the plan's order. A page that was to get its record
            alone has none where Notion does not keep records: nothing is lost by it.
        stopped: why it ended early, or None.
        unrecorded: what was sent to Notion and is not on the ledger, which could not be written:
            modules, and ``options of PROPERTY``.
        notices: what a person should know and no outcome says.
        columns_added: whether the properties that the database lacked were added.
    """

    options: tuple[OptionOutcome, ...]
    outcomes: tuple[Outcome, ...]
    stopped: LukhasNotionError | None = None
    unrecorded: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    columns_added: bool = False

    @property
    def unapplied(self) -> tuple[Outcome, ...]:
        """The changes that are not in Notion, or may not be."""
        return tuple(o for o in self.outcomes if o.status is not Status.SUCCESS)

    @property
    def complete(self) -> bool:
        """Whether everything planned is in Notion."""
        return not self.unapplied and all(o.status is Status.SUCCESS for o in self.options)
