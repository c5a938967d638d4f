"""What an examination came to: data that every report is made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lukhas_notion.sync.result import Verdict
from lukhas_notion.util.text import counted


class Level(StrEnum):
    """The result of a check; only a failure makes the exit code 1."""

    PASS = "pass"  # noqa: S105 - a result
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Args:
        subject: what was checked, in a word or two; of a workflow its file and the job.
        level: the result.
        found: a sentence on what was found. It may quote what a stranger wrote, and every
            renderer escapes it for the place it goes to.
        fix: what to do about it; "" where nothing has to be done.
    """

    subject: str
    level: Level
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was looked at, in the order in which it was.

    Args:
        checks: one for each finding, and one for each subject without any.
        requests: how many HTTP requests were made to Notion.
    """

    checks: tuple[Check, ...]
    requests: int = 0

    def of(self, level: Level) -> tuple[Check, ...]:
        """Return the checks with this result."""
        return tuple(check for check in self.checks if check.level is level)

    @property
    def exit_code(self) -> int:
        """1 with a failure, else 0: warnings do not fail."""
        return self.verdict.exit_code

    @property
    def verdict(self) -> Verdict:
        """Whether something is wrong, and how many failures and warnings there are."""
        levels = (Level.FAILURE, Level.WARNING)
        said = ", ".join(
            counted(len(found), level) for level in levels if (found := self.of(level))
        )
        if self.of(Level.FAILURE):
            return Verdict.failed("set-up", said)
        return Verdict(f"Nothing is wrong. {said}" if said else "Nothing is wrong")


def passed(subject: str, found: str) -> Check:
    """Return a check that found nothing to do."""
    return Check(subject, Level.PASS, found)


def warning(subject: str, found: str, fix: str = "") -> Check:
    """Return a check of something that works and may not be as it was meant."""
    return Check(subject, Level.WARNING, found, fix)


def failure(subject: str, found: str, fix: str) -> Check:
    """Return a check of something that is wrong."""
    return Check(subject, Level.FAILURE, found, fix)
