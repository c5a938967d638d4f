"""A plan of faults: which request, which fault, before or after its effect. Seeded, repeatable."""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from lukhas_notion.emulator.richtext import KEEP, LINKS

KINDS = (
    "any",
    "users.me",
    "users.list",
    "users.retrieve",
    "databases.retrieve",
    "databases.create",
    "databases.update",
    "data_sources.retrieve",
    "data_sources.create",
    "data_sources.update",
    "data_sources.query",
    "views.list",
    "views.create",
    "views.retrieve",
    "pages.create",
    "pages.retrieve",
    "pages.update",
    "pages.property",
    "pages.retrieve_markdown",
    "pages.update_markdown",
)
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
"""Faults that one kind of request alone can have."""

When = Literal["before", "after"]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_amount(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= float(str(value)) < math.inf


@dataclass(frozen=True)
class FaultRule:
    """One line of a plan.

    Args:
        on: the kind of request, one of :data:`KINDS`.
        fault: one of :data:`FAULTS`.
        nth: positions among the requests of that kind, the first being 1; empty for by chance.
        probability: by chance: how likely, from 0 to 1, drawn from the plan's seed.
        when: whether the fault strikes before the request has its effect, or after.
        retry_after: seconds for the ``Retry-After`` of 429 and 529.
        seconds: for how long ``timeout`` hangs, over HTTP.
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
            raise ValueError(f"on: {self.on!r} is none of {', '.join(KINDS)}")
        if self.fault not in FAULTS:
            raise ValueError(f"fault: {self.fault!r} is none of {', '.join(FAULTS)}")
        if self.on not in ("any", ONLY_FOR.get(self.fault, self.on)):
            raise ValueError(f"fault: {self.fault!r} is for {ONLY_FOR[self.fault]} alone")
        if self.when not in ("before", "after"):
            raise ValueError(f"when: {self.when!r} is neither 'before' nor 'after'")
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
            ValueError: it is no rule.
        """
        if not isinstance(data, dict):
            raise ValueError("a rule is an object")
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(data) - known):
            raise ValueError(f"unknown in a rule: {', '.join(unknown)}")
        if missing := sorted({"on", "fault"} - set(data)):
            raise ValueError(f"{missing[0]}: is missing")
        nth = data.get("nth", [])
        return cls(**{**data, "nth": tuple(nth) if isinstance(nth, list) else (nth,)})


@dataclass(frozen=True)
class FaultPlan:
    """All that is to go wrong.

    Args:
        rules: the first one that strikes a request wins.
        query_lag_seconds: a query does not see what was written less than that long ago.
        seed: what the probabilities are drawn from.
        links: what becomes of links in text: ``keep``, ``drop-fragment``, ``drop``, or ``refuse``
            for those with a fragment.
        two_way_self: whether a data source may have a two-way relation with itself; a public
            test suite says that Notion answers 500 to it.
    """

    rules: tuple[FaultRule, ...] = ()
    query_lag_seconds: float = 0.0
    seed: int = 0
    links: str = KEEP
    two_way_self: bool = True

    def __post_init__(self) -> None:
        if self.links not in LINKS:
            raise ValueError(f"links: {self.links!r} is none of {', '.join(LINKS)}")
        if not isinstance(self.two_way_self, bool):
            raise ValueError("two_way_self: must be true or false")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FaultPlan:
        """Read a plan.

        Raises:
            ValueError: an unknown key or value, with its place.
        """
        if not isinstance(data, dict):
            raise ValueError("a fault plan is an object with a list of rules")
        if unknown := sorted(set(data) - {each.name for each in fields(cls)}):
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
            ValueError: it holds no plan.
        """
        return cls.from_text(Path(path).read_text(encoding="utf-8"))

    @classmethod
    def from_text(cls, text: str) -> FaultPlan:
        """Read a plan from JSON.

        Raises:
            ValueError: it holds no plan.
        """
        try:
            data = json.loads(text)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        return cls.from_json(data)


@dataclass(frozen=True)
class Injected:
    """A fault that struck.

    Args:
        at: when, by the emulator's monotonic clock.
        kind: the kind of request.
        method: its method.
        path: its path.
        position: its position among the requests the rule is about.
        rule: the rule that struck.
    """

    at: float
    kind: str
    method: str
    path: str
    position: int
    rule: FaultRule


@dataclass
class _Armed:
    rule: FaultRule
    chance: random.Random
    met: int = 0

    def strikes(self) -> bool:
        """Count one request, and say whether the rule strikes it."""
        self.met += 1
        drawn = self.chance.random() if self.rule.probability else 1.0
        return self.met in self.rule.nth or drawn < self.rule.probability


class Injector:
    """A plan being carried out: it counts the requests each rule is about."""

    def __init__(self, plan: FaultPlan) -> None:
        self._lock = threading.Lock()
        self._armed: Sequence[_Armed] = [
            _Armed(rule, random.Random(f"{plan.seed}:{index}"))  # noqa: S311 - repeatable on purpose
            for index, rule in enumerate(plan.rules)
        ]

    def next(self, kind: str, *, with_cursor: bool) -> tuple[FaultRule, int] | None:
        """Count one request; return the rule that strikes it and its position, if one does.

        ``invalid_cursor`` is about the queries that go on from a cursor, and about no other.
        """
        with self._lock:
            concerned = [armed for armed in self._armed if _concerns(armed.rule, kind, with_cursor)]
            struck = [(armed.rule, armed.met) for armed in concerned if armed.strikes()]
            return struck[0] if struck else None


def _concerns(rule: FaultRule, kind: str, with_cursor: bool) -> bool:
    if rule.on not in ("any", kind) or kind != ONLY_FOR.get(rule.fault, kind):
        return False
    return with_cursor or rule.fault != "invalid_cursor"
