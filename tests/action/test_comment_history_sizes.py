"""Any result of any size, with any remembered plan, gives a comment that GitHub takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lukhas_notion.action.comment_history import Ending, Entry, continued, hide_plan
from lukhas_notion.github.comment_text import Marker, fit
from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import OptionChange, OptionRemoval, Schema
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan, SafetyStop
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report import comment as body
from lukhas_notion.sync.result import OptionOutcome, Outcome, Result, RunResult, Status
from lukhas_notion.util.errors import LukhasNotionError

SHA = "a" * 64
LIMIT = 65_536
CONTEXT = body.CommentContext(
    "https://github.example", "octo/manifests", "f" * 40, "https://github.example/run"
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return a text of a few characters or of many, of any kind."""
    return draw(st.text(max_size=12)) * draw(st.sampled_from([0, 1, 1, 1, 3, 40, 1_000]))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Return one change of a page."""
    kinds = [kind for kind in ChangeKind if kind in WRITTEN]
    kind = draw(st.sampled_from(kinds))
    properties = tuple(
        PropertyChange(draw(texts()), PropertyType.RICH_TEXT, draw(texts()), draw(texts()))
        for _ in range(draw(st.integers(0, 3)))
    )
    return Change(kind, draw(texts()), draw(texts()), SHA, properties=properties)


WRITTEN = (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.SKIP, ChangeKind.CONFLICT)


@st.composite
def results(draw: st.DrawFn) -> RunResult:
    """Return a result with up to some thousand of everything."""
    many = st.sampled_from([0, 1, 1, 3, 80])
    planned = tuple(draw(st.lists(changes(), max_size=3)) * draw(many))
    name, text = draw(texts()), draw(texts())
    option = OptionChange(
        name, PropertyType.MULTI_SELECT, ((text, "red"),) * draw(many), (OptionRemoval(text, 1),), 1
    )
    plan = Plan(Schema("db", "ds", "Modules", ""), (option,), planned)
    failed = tuple(Outcome(c, Status.ERROR, "", "", text) for c in planned if c.kind.writes)
    stopped = draw(st.sampled_from([None, LukhasNotionError(text, name)]))
    applied = Result((OptionOutcome(option, Status.ERROR, text),), failed, stopped)
    return RunResult(
        datetime(2026, 1, 1, tzinfo=UTC),
        dry_run=draw(st.booleans()),
        info=RunInfo("r", "1", "c"),
        violations=[Violation(name, 1, 1, text, "a.b", text, name)] * draw(many),
        plan=draw(st.sampled_from([plan, plan, None])),
        result=draw(st.sampled_from([None, applied])),
        refusal=draw(
            st.sampled_from([None, SafetyStop("guard", text, name, (text,) * draw(many))])
        ),
        error=draw(st.sampled_from([None, LukhasNotionError(text, name)])),
        notices=(text,) * draw(many),
    )


class _Tags(HTMLParser):
    """Checks that what is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note a tag that has to be closed; HTML has some that are not."""
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Leave out an element that is closed at once."""

    def handle_endtag(self, tag: str) -> None:
        """Close the last one."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def is_well_formed(markdown: str) -> bool:
    """Return whether every fence and every element of a comment ends in it."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    tags = _Tags()
    tags.feed(html)
    return not tags.open and not tags.wrong


def remembered(run: RunResult) -> str:
    """Return the hidden line of a run's plan."""
    return hide_plan(run.plan.operations()) if run.plan else ""


@given(run=results(), other=st.text("A", max_size=1))
@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
def test_any_result_is_a_comment(run: RunResult, other: str) -> None:
    """Marker, verdict, rows and plan are within GitHub's limit, and well-formed."""
    marker = Marker("x" * 64, "f" * 40, 10**12, 9, digest="d" * 64, state="preview")
    context = replace(CONTEXT, applied_branch=other, base=other)

    said = body.comment(run, context, first=marker.render(), hidden=[remembered(run)])

    assert len(said) <= LIMIT
    assert Marker.parse(said) == marker
    assert said.split("\n")[1].startswith("## ")
    assert is_well_formed(said)
    assert len(body.summary(run, context).encode()) <= 1_000_000


@given(
    first=results(),
    second=results(),
    wrote=st.booleans(),
    line=st.sampled_from(["", f"<!-- lukhas-notion-plan {'A' * 60_000} -->"]),
)
@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
def test_any_two_runs_are_a_comment(
    first: RunResult, second: RunResult, wrote: bool, line: str
) -> None:
    """So is the comment of a pull request that was applied twice, whatever plan it remembers."""
    marker = Marker("", "f" * 40, 1, 1, state="applied").render()
    text, state = "## before", "preview"
    for run, wrote_now in ((first, True), (second, wrote)):
        ending = Ending(
            body.comment_parts(run, CONTEXT), Entry("said", ""), wrote_now, failed=False
        )
        sections, state, limit = continued(text, state, ending)
        said = fit(sections, *limit, first=marker, hidden=[line])
        assert len(said) <= LIMIT
        assert is_well_formed(said)
        text = said.removeprefix(f"{marker}\n")
