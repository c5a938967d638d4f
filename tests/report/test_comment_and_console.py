"""The comment and the terminal: one result, told to a reviewer and to whoever runs it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lukhas_notion.github.fit_text import Section, fit
from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.options import OptionChange, OptionRemoval
from lukhas_notion.plan.plan import (
    MADE_TWICE,
    Change,
    ChangeKind,
    Plan,
)
from lukhas_notion.plan.snapshot import Schema
from lukhas_notion.plan.values import PropertyType as T
from lukhas_notion.report.comment import (
    CommentContext,
    Moved,
    comment,
    headline,
    summary,
)
from lukhas_notion.report.console import Console
from lukhas_notion.sync.outcome import OptionOutcome, Outcome, Result, Status
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.errors import LukhasNotionError

SCHEMA = Schema("db", "ds", "Modules", "")
SHA = "a4c1d2ef" + "0" * 56
OPTIONS = OptionChange("Features", T.MULTI_SELECT, (("new", "red"),), (OptionRemoval("old", 3),), 5)


def change(kind: ChangeKind, module: str, **more: Any) -> Change:
    """Return a change of one module."""
    return Change(kind, module, f"{module}/module.manifest.json", SHA, **more)


def text(before: str, after: str) -> PropertyChange:
    """Return a change of a description."""
    return PropertyChange("Description", T.RICH_TEXT, before, after)


CREATE = change(ChangeKind.CREATE, "consciousness", properties=(text("", "Thinks."),))
UPDATE = change(
    ChangeKind.UPDATE,
    "memory",
    page_id="p1",
    url="https://app.notion.com/p/1",
    properties=(
        text("Keeps.", "Keeps all."),
        PropertyChange("Tags", T.MULTI_SELECT, ("a", "b"), ("b", "c")),
        PropertyChange("Provenance SHA", T.RICH_TEXT, "b" * 64, SHA),
    ),
)
SKIP = change(ChangeKind.SKIP, "identity")
DRIFT = change(ChangeKind.DRIFT, "drifted", drift=(text("By hand.", "As said."),))
ORPHAN = Change(ChangeKind.ORPHAN, "orphan", "", SHA, "p9", "https://n/9")
CONFLICT = change(ChangeKind.CONFLICT, "twice", reason="2 pages in Notion have this title")
EVERYTHING = Plan(SCHEMA, (OPTIONS,), (CREATE, UPDATE, SKIP, DRIFT, ORPHAN, CONFLICT))
VIOLATION = Violation("a/m.json", 3, 5, "/features/0", "vocabulary.unknown", "wrong", "use right")


def run(plan: Plan | None = EVERYTHING, **more: Any) -> RunResult:
    """Return a result."""
    given = {
        "generated": datetime(2025, 10, 3, 12, 35, 10, 123456, tzinfo=UTC),
        "dry_run": True,
        "info": RunInfo("run1", "0.1.0", "c0ffee"),
        "checked": 5,
        "plan": plan,
        **more,
    }
    return RunResult(**given)


def applied(*statuses: Status, stopped: LukhasNotionError | None = None) -> RunResult:
    """Return a result in which create and update ended so."""
    outcomes = tuple(
        Outcome(c, s, "p", "", "" if s is Status.SUCCESS else "it broke")
        for c, s in zip((CREATE, UPDATE), statuses, strict=True)
    )
    failed = OptionOutcome(OPTIONS, Status.ERROR, "no options")
    options = (failed,) if Status.ERROR in statuses else (OptionOutcome(OPTIONS, Status.SUCCESS),)
    return run(dry_run=False, result=Result(options, outcomes, stopped))


# --- the comment --------------------------------------------------------------------------

CONTEXT = CommentContext("https://github.example", "o/r", "f" * 40, "https://github.example/run")


def context(**more: Any) -> CommentContext:
    """Return a comment's context."""
    fields = {name: getattr(CONTEXT, name) for name in CONTEXT.__slots__}
    return CommentContext(**{**fields, **more})


@pytest.mark.parametrize(
    ("result", "more", "words"),
    [
        (run(None, violations=(VIOLATION,)), {}, "❌ 1 violation: nothing is written"),
        (run(), {}, "⛔ 1 module cannot be written"),
        (run(None), {}, "✅ 5 manifests valid"),
        (run(Plan(SCHEMA, (), (SKIP,))), {}, "✅ Merging changes nothing"),
        (run(Plan(SCHEMA, (OPTIONS,), (CREATE,))), {}, "📝 Merging changes 1 page and 2 options"),
        (applied(Status.ERROR, Status.SUCCESS), {"applied": True}, "❌ 3 of 4 changes were not"),
        (
            run(Plan(SCHEMA, (), (SKIP,)), dry_run=False, result=Result((), ())),
            {"applied": True},
            "✅ Applied: Notion had it all already",
        ),
    ],
)
def test_the_verdict_says_it_in_one_line(
    result: RunResult, more: dict[str, Any], words: str
) -> None:
    """Whoever reads the headline alone knows what matters."""
    assert words in headline(result, context(**more))


def test_the_comment_tells_everything() -> None:
    """Violations, options, pages, drift, orphans, conflicts, moved files, cost and digest."""
    said = comment(
        run(violations=(VIOLATION,), notices=("Mind this.",)),
        context(
            comment_id="cat",
            moved=(Moved("old/m.json", module="gone"), Moved("a.json", "b.json")),
            requests=9,
            seconds=2,
            whole=True,
        ),
    )

    for words in (
        "`cat`",
        "> Mind this.",
        "`Features` gains 🔴 `new`",
        "`Features` **loses** `old` (used by 3 pages)",
        "<b>consciousness</b> create",
        "Keeps all",
        "**Tags**: ➖ `a` ➕ `c`",
        "[`memory`](https://app.notion.com/p/1)",
        "### ↩️ Edited in Notion (1)",
        "1 page without a manifest",
        "### ⛔ Conflicts (1)",
        "`old/m.json` (module `gone`) is deleted",
        "`a.json` is renamed to `b.json`",
        "applying costs about 9 requests, 2 s",
        EVERYTHING.digest,
    ):
        assert words in said


def test_the_comment_tells_what_follows_from_records() -> None:
    """Each kind of change with its reason, adoption in one line, and no other repository's name."""
    twin = Change(
        ChangeKind.ARCHIVE, "double", "", SHA, "p3", "https://n/3", reason=f"{MADE_TWICE}; p4 stays"
    )
    restore = change(
        ChangeKind.RESTORE,
        "back",
        page_id="p5",
        reason="its page is in the trash",
        properties=(text("Old.", "New."),),
    )
    both = replace(UPDATE, drift=(PropertyChange("Coverage", T.NUMBER, 12, 50),))
    foreign = replace(CONFLICT, owner="github.com/secret/place")
    adopted = [change(ChangeKind.ADOPT, f"adopted-{n}", page_id=f"a{n}") for n in range(3)]
    changes = (twin, restore, both, foreign, *adopted, change(ChangeKind.ARCHIVED, "put away"))
    said = comment(run(Plan(SCHEMA, (), changes)), CONTEXT)
    assert "### 🗑️ To the trash (1)" in said
    assert MADE_TWICE in said
    assert "No manifest" not in said
    assert "its page is in the trash" in said
    assert said.count("3 pages to get a record of the manifest") == 1
    assert "### ↩️ Edited in Notion (1)" in said
    assert "put away" in said
    assert "secret" not in said


def test_what_failed_is_in_the_applied_comment() -> None:
    """After an apply the comment names what is not in Notion."""
    said = comment(applied(Status.ERROR, Status.UNKNOWN), context(applied=True))

    assert "### ❌ Not applied (4)" in said
    assert "(it may have been done)" in said


def test_a_comment_always_fits() -> None:
    """A thousand large changes stay under GitHub's limit, with whole rows and closed tags."""
    long = "\n".join(f"line {n} " + "x" * 80 for n in range(200))
    changes = tuple(
        change(ChangeKind.UPDATE, f"m{n:04}", properties=(text(long, long.replace("x", "y")),) * 3)
        for n in range(1_000)
    )
    violations = tuple(Violation(f"f{n}", 1, 1, "", "r", "x" * 50, "") for n in range(400))
    result = run(Plan(SCHEMA, (), changes), violations=violations)

    said = comment(result, CONTEXT)

    assert len(said) <= 64_000
    assert said.count("<details>") == said.count("</details>")
    assert said.count("```") % 2 == 0
    assert " more, in the full report._" in said
    assert said.rstrip().endswith("</sub>")
    assert len(summary(result, CONTEXT).encode()) <= 1_000_000


def test_a_very_long_word_diff_is_cut_between_tags() -> None:
    """The words of a long diff are cut where a tag begins, and it is said how much is missing."""
    before = " ".join(f"a{n} same" for n in range(900))
    after = " ".join(f"b{n} same" for n in range(900))

    said = comment(
        run(Plan(SCHEMA, (), (change(ChangeKind.UPDATE, "m", properties=(text(before, after),)),))),
        CONTEXT,
    )

    assert said.count("<del>") == said.count("</del>")
    assert said.count("<ins>") == said.count("</ins>")
    assert "characters more, in the full report" in said


def test_rows_are_left_out_from_the_end_and_counted() -> None:
    """What does not fit is whole rows, and the note says how many."""
    said = fit([Section("head", ["r" * 10] * 10, "tail")], 70, len)

    assert said.startswith("head\n" + "r" * 10)
    assert "tail" in said
    assert "more._" in said
    assert len(said) <= 70


# --- the terminal -------------------------------------------------------------------------


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_piped_output_is_plain_lines() -> None:
    """Without a terminal every outcome is a line, and the counts are the last one."""
    said: list[str] = []
    result = applied(Status.SUCCESS, Status.ERROR)
    with Console(said.append, io.StringIO(), dry_run=False) as console:
        console.planned(EVERYTHING)
        assert result.result is not None
        for outcome in result.result.outcomes:
            console.outcome(outcome)
    console.close_with(result)

    out = "\n".join(said)
    assert "create   consciousness  ✓" in out
    assert "update   memory  ✗ error  it broke" in out
    assert "options of Features not applied: no options" in out
    assert "NOT APPLIED: 3 of 4 changes." in out
    assert "conflict twice  (2 pages in Notion have this title)" in out
    assert said[-1].startswith("Created 1 · Updated 0 · Skipped 1")
    assert "\x1b" not in out


def test_a_dry_run_shows_values() -> None:
    """In a dry run each change is shown with before and after."""
    said: list[str] = []
    console = Console(said.append, io.StringIO(), dry_run=True)
    console.planned(EVERYTHING)
    console.close_with(run(notices=("Mind this.",)))

    out = "\n".join(said)
    assert "    Description: Keeps. → Keeps all." in out
    assert "        -a  +c" in out
    assert "option   Features + new (red)" in out
    assert "option   Features - old (used by 3 pages)" in out
    assert "1 option to add, 1 option to remove." in said[0]
    assert "    Description: Thinks." in out, "what was not there is not mentioned"
    assert "note: Mind this." in out
    assert "Dry run, nothing written." in said[-1]


def test_violations_without_a_plan_say_that_nothing_was_done() -> None:
    """A run that the gates stopped says so."""
    said: list[str] = []
    Console(said.append, io.StringIO(), dry_run=False).close_with(
        run(None, violations=(VIOLATION,), dry_run=False)
    )

    assert said[0] == "a/m.json:3: wrong (at /features/0)"
    assert said[1] == "    use right"
    assert "1 violation: nothing was planned or written." in said


def test_a_terminal_gets_a_bar_and_a_table() -> None:
    """On a terminal progress runs on stderr, failures are printed, and a table closes the run."""
    said: list[str] = []
    stream = Tty()
    result = applied(Status.SUCCESS, Status.ERROR)
    with Console(said.append, stream, dry_run=False) as console:
        console.planned(EVERYTHING)
        assert result.result is not None
        for outcome in result.result.outcomes:
            console.outcome(outcome)
    console.close_with(result)

    told = stream.getvalue()
    assert "2/2" in told
    assert "memory" in told
    assert "Not applied" in told
    assert "create   consciousness  ✓" not in "\n".join(said)
