"""Why a whole plan is not carried out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SafetyStop:
    """Why a plan that could have been applied was not; nothing of it was written.

    Args:
        reason: a word for a machine, as the Action's ``failure-reason`` has it.
        message: why, with the numbers.
        remedy: what to do next.
        details: a line each, in plain text.
    """

    reason: str
    message: str
    remedy: str
    details: tuple[str, ...] = ()
