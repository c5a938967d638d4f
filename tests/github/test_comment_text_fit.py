"""One function fits every text to its limit, and cannot fail."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_notion.github.comment_text import (
    GITHUB,
    Measure,
    Part,
    fit,
    utf8_bytes,
)
from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.plan.database import Schema
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.plan.values import text_units
from lukhas_notion.report import verification
from lukhas_notion.sync.result import Outcome, Result, RunResult, Status
from lukhas_notion.verify.verify import Verification

TEXT = st.text(max_size=60)
SECTIONS = st.lists(
    st.builds(Part, TEXT, st.lists(TEXT, max_size=8), st.text(max_size=10)), max_size=6
)


@given(
    sections=SECTIONS,
    limit=st.integers(0, 400),
    measure=st.sampled_from([len, text_units, utf8_bytes]),
    first=st.text(max_size=80),
    hidden=st.lists(TEXT, max_size=3),
)
@settings(deadline=None)
def test_any_sections_fit_any_limit(
    sections: list[Part], limit: int, measure: Measure, first: str, hidden: list[str]
) -> None:
    """Whatever is to be in it, and however small the place is, the text is within it."""
    assert measure(fit(sections, limit, measure, first=first, hidden=hidden)) <= limit


def test_what_fits_is_whole() -> None:
    """With room enough nothing is missing: first line, sections, hidden lines."""
    said = fit([Part("a", ["1", "2"], "z"), Part("b")], 100, len, first="m", hidden=["p"])

    assert said == "m\na\n1\n2\nz\n\nb\n\np"
    assert fit([Part("x" * 50)], 50, len) == "x" * 50


@pytest.mark.parametrize("room", [400, 60])
def test_hidden_lines_go_before_any_head(room: int) -> None:
    """A hidden line that leaves no room for the heads is left out, and the first line never is."""
    said = fit([Part("head"), Part("foot")], room, len, first="marker", hidden=["p" * 100])

    assert said.startswith("marker\nhead\n\nfoot")
    assert ("p" * 100 in said) is (room == 400)


def test_sections_go_from_the_end_and_it_is_said() -> None:
    """Heads that are too large together go whole, so that no table or tag is cut in two."""
    sections = [Part("verdict"), *(Part(f"### {n}" + "x" * 40) for n in range(9))]

    said = fit(sections, 200, len)

    assert said.startswith("verdict\n\n### 0xxxx")
    assert said.endswith("_… The rest does not fit here._")
    assert re.findall(r"x+", said) == ["x" * 40] * said.count("###")


def test_a_first_section_that_is_too_large_ends_at_a_line() -> None:
    """Nothing else is left to leave out."""
    said = fit([Part("verdict\n" + "word " * 100)], 100, len)

    assert said == "verdict\n\n_… The rest does not fit here._"


def test_rows_are_counted_when_left_out() -> None:
    """The note names the number of rows that are missing."""
    section = Part("head", [f"row {n}" for n in range(100)])

    said = fit([section, replace(section, head="second")], 120, len)

    shown = said.count("\nrow ")
    assert f"_… and {100 - shown} more._" in said
    assert said.endswith("second\n\n_… and 100 more._")


def test_a_repair_that_failed_for_hundreds_is_an_issue() -> None:
    """It says how many there are, and names as many as fit."""
    now, info = datetime(2026, 1, 1, tzinfo=UTC), RunInfo("r", "1", "c")
    changes = [Change(ChangeKind.CREATE, f"module-{n:03}-{'x' * 60}", "p", "") for n in range(600)]
    failed = tuple(Outcome(c, Status.ERROR, "", "", "Notion answered 403. " * 5) for c in changes)
    plan = Plan(Schema("db", "ds", "Modules", ""), (), tuple(changes))
    repaired = RunResult(now, False, info, plan=plan, result=Result((), failed))
    verified = Verification(now, info, 600, 600, (), repair=repaired)

    said = verification.issue(verified, "https://github.example", first="marker")

    assert GITHUB.measure(f"marker\n{said}") <= GITHUB.size
    assert "(600)" in said
    assert said.count("- `module-") > 100
    assert "more._" in said
