"""Plans of faults, which choose requests by position or by chance. Chance is seeded."""

from __future__ import annotations

import json
import math
import random
import threading
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from lukhas_notion.emulator.richtext import KEEP, LINKS
from lukhas_notion.emulator.workspace import NEEDS

KINDS = ("any", *NEEDS)
ANSWERS = (
    "429",
    "429_no_header",
    "429_blocked",
    "529",
    "500",
    "502_html",
    "503",
    "503_committed",
    "504",
    "409",
    "not_json",
    "200_no_effect",
    "invalid_cursor",
)
CUTS = ("drop", "timeout", "truncated", "connect_refused")
FAULTS = (*ANSWERS, *CUTS)
ONLY_FOR = {"200_no_effect": "data_sources.update", "invalid_cursor": "data_sources.query"}
"""Faults that only one kind of request can have."""

When = Literal["before", "after"]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_amount(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= float(str(value)) < math.inf


@dataclass(frozen=True)
class FaultRule:
    """One rule of a plan; it has either positions or a probability.

    Args:
        on: the kind of request, one of :data:`KINDS`.
        fault: one of :data:`FAULTS`.
        nth: positions among the requests of that kind, from 1.
        probability: the probability for each request, from 0 to 1.
        when: whether the fault comes before or after the effect of the request.
        retry_after: seconds in ``Retry-After`` of 429 and 529.
        seconds: how long ``timeout`` keeps an HTTP connection open.
    """

    on: str
    fault: str
    nth: tuple[int, ...] = ()
    probability: float = 0.0
    when: When = "before"
    retry_after: float | None = None
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.on not in KINDS:
            raise ValueError(f"on: {self.on!r} is not one of {', '.join(KINDS)}")
        if self.fault not in FAULTS:
            raise ValueError(f"fault: {self.fault!r} is not one of {', '.join(FAULTS)}")
        if self.on not in ("any", ONLY_FOR.get(self.fault, self.on)):
            raise ValueError(f"fault: {self.fault!r} is only for {ONLY_FOR[self.fault]}")
        if self.when not in ("before", "after"):
            raise ValueError(f"when: {self.when!r} is not 'before' or 'after'")
        if any(not _is_whole(position) or position < 1 for position in self.nth):
            raise ValueError("nth: positions are whole numbers and start at 1")
        if not (_is_amount(self.probability) and self.probability <= 1):
            raise ValueError("probability: must be from 0 to 1")
        for name in ("retry_after", "seconds"):
            value = getattr(self, name)
            if not (_is_amount(value) or (value is None and name == "retry_after")):
                raise ValueError(f"{name}: must be a number of seconds")
        if bool(self.nth) == bool(self.probability):
            raise ValueError("a rule takes either nth or probability")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FaultRule:
        """Read a rule; ``nth`` may be one number or a list.

        Raises:
            ValueError: it is not a rule.
        """
        if not isinstance(data, dict):
            raise ValueError("a rule is an object")
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(data) - known):
            raise ValueError(f"unknown in a rule: {', '.join(unknown)}")
        if missing := sorted({"on", "fault"} - set(data)):
            raise ValueError(f"{missing[0]}: is missing")
        nth = data.get("nth", [])
        return cls(**{**data, "nth": tuple(nth) if isinstance(nth, list) else (nth,)})


@dataclass(frozen=True)
class FaultPlan:
    """The faults to inject, and assumptions about Notion.

    Args:
        rules: the rules; if several apply to a request, the first one decides.
        query_lag_seconds: how long after a write queries return the version before it.
        seed: the seed of the probabilities.
        links: what happens to links in text: ``keep``, ``drop-fragment``, ``drop``, or ``refuse``,
            which refuses links that have a fragment.
        two_way_self: whether a data source can have a two-way relation with itself; according to
            a public test suite, Notion answers 500.
    """

    rules: tuple[FaultRule, ...] = ()
    query_lag_seconds: float = 0.0
    seed: int = 0
    links: str = KEEP
    two_way_self: bool = True

    def __post_init__(self) -> None:
        if self.links not in LINKS:
            raise ValueError(f"links: {self.links!r} is not one of {', '.join(LINKS)}")
        if not isinstance(self.two_way_self, bool):
            raise ValueError("two_way_self: must be true or false")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FaultPlan:
        """Read a plan from JSON data.

        Raises:
            ValueError: a key or a value is unknown; the message says where.
        """
        if not isinstance(data, dict):
            raise ValueError("a fault plan is an object with a list of rules")
        if unknown := sorted(set(data) - {field.name for field in fields(cls)}):
            raise ValueError(f"unknown in a fault plan: {', '.join(unknown)}")
        listed = data.get("rules", [])
        if not isinstance(listed, list):
            raise ValueError("rules: must be a list")
        rules = []
        for index, rule in enumerate(listed):
            try:
                rules.append(FaultRule.from_json(rule))
            except ValueError as error:
                raise ValueError(f"rules[{index}]: {error}") from error
        lag, seed = data.get("query_lag_seconds", 0), data.get("seed", 0)
        if not _is_amount(lag):
            raise ValueError("query_lag_seconds: must be a number of seconds")
        if not _is_whole(seed):
            raise ValueError("seed: must be a whole number")
        return cls(
            tuple(rules),
            float(lag),
            seed,
            str(data.get("links", KEEP)),
            data.get("two_way_self", True),
        )

    @classmethod
    def load(cls, path: str | Path) -> FaultPlan:
        """Read a plan from a JSON file.

        Raises:
            OSError: the file cannot be read.
            ValueError: it does not contain a plan.
        """
        return cls.from_text(Path(path).read_text(encoding="utf-8"))

    @classmethod
    def from_text(cls, text: str) -> FaultPlan:
        """Read a plan from JSON text.

        Raises:
            ValueError: it does not contain a plan.
        """
        try:
            data = json.loads(text)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        return cls.from_json(data)


@dataclass(frozen=True)
class Injected:
    """A fault that was injected.

    Args:
        at: when the fault was injected, in seconds of the emulator's monotonic clock.
        kind: the kind of request.
        method: its method.
        path: its path.
        position: its position among the requests that the rule is for, from 1.
        rule: the rule.
    """

    at: float
    kind: str
    method: str
    path: str
    position: int
    rule: FaultRule


@dataclass
class _CountingRule:
    rule: FaultRule
    chance: random.Random
    requests: int = 0

    def applies(self) -> bool:
        """Count one request, and return whether the rule applies to it."""
        self.requests += 1
        drawn = self.chance.random() if self.rule.probability else 1.0
        return self.requests in self.rule.nth or drawn < self.rule.probability


class Injector:
    """Carries out a plan: it counts the requests that each rule is for."""

    def __init__(self, plan: FaultPlan) -> None:
        self._lock = threading.Lock()
        self._rules = [
            _CountingRule(rule, random.Random(f"{plan.seed}:{index}"))  # noqa: S311 - repeatable
            for index, rule in enumerate(plan.rules)
        ]

    def next(self, kind: str, *, with_cursor: bool) -> tuple[FaultRule, int] | None:
        """Count one request; return the first rule that applies to it, and its position.

        ``invalid_cursor`` is only for queries that have a cursor.
        """
        with self._lock:
            rules = [
                counting for counting in self._rules if _is_for(counting.rule, kind, with_cursor)
            ]
            # Every rule counts the request, also those after the first that applies.
            applied = [
                (counting.rule, counting.requests) for counting in rules if counting.applies()
            ]
            return applied[0] if applied else None


def _is_for(rule: FaultRule, kind: str, with_cursor: bool) -> bool:
    if rule.on not in ("any", kind) or kind != ONLY_FOR.get(rule.fault, kind):
        return False
    return with_cursor or rule.fault != "invalid_cursor"
