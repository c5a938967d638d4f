"""What an examination came to: data that every report is made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lukhas_notion.sync.result import Verdict
from lukhas_notion.util.plural import counted


class Level(StrEnum):
    """How a check came out; only a problem makes the exit code 1."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Args:
        subject: what it is about: a word, or a file's path, perhaps with a job in it.
        level: how it came out.
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
        """Return the checks that came out so."""
        return tuple(check for check in self.checks if check.level is level)

    @property
    def exit_code(self) -> int:
        """1 when something is wrong, else 0: notes and warnings do not fail."""
        return self.verdict.exit_code

    @property
    def verdict(self) -> Verdict:
        """Whether something is wrong, and how many checks came out otherwise than well."""
        levels = (Level.PROBLEM, Level.WARNING, Level.NOTE)
        said = ", ".join(
            counted(len(found), level) for level in levels if (found := self.of(level))
        )
        if self.of(Level.PROBLEM):
            return Verdict.failed("set-up", said)
        return Verdict(f"Nothing is wrong. {said}" if said else "Nothing is wrong")


def ok(subject: str, found: str) -> Check:
    """Return a check that came out well."""
    return Check(subject, Level.OK, found)


def note(subject: str, found: str, fix: str = "") -> Check:
    """Return something to know."""
    return Check(subject, Level.NOTE, found, fix)


def warning(subject: str, found: str, fix: str = "") -> Check:
    """Return something that may go wrong."""
    return Check(subject, Level.WARNING, found, fix)


def problem(subject: str, found: str, fix: str) -> Check:
    """Return something that is wrong."""
    return Check(subject, Level.PROBLEM, found, fix)
