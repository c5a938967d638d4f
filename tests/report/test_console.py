"""The terminal: one run, with the same words in a pipe and on a screen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from support.results import (
    CONFLICT,
    CREATE,
    DRIFT,
    SCHEMA,
    UPDATE,
    VIOLATION,
    applied,
    change,
    run,
    text,
)

from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import Editor
from lukhas_notion.plan.differences import Cause, PropertyChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan, SafetyStop
from lukhas_notion.plan.values import PropertyType as T
from lukhas_notion.report.console import SCREEN, Console, value_lines, violation_lines
from lukhas_notion.report.screen import Line, Screen, wrapped
from lukhas_notion.sync.result import Outcome, Result, RunResult, Status
from lukhas_notion.util.errors import RunStopped
from lukhas_notion.util.runtime import SafeStream


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def told(
    result: RunResult, stream: io.StringIO | None = None, *, verbose: bool = False, **environ: str
) -> list[str]:
    """Return the lines that a run prints, from its plan to its end."""
    out = stream or io.StringIO()
    environ = {"TERM": "xterm-256color", "COLUMNS": "100", **environ}
    screen = Screen(SafeStream(out), SafeStream(io.StringIO()), environ)
    with Console(screen, values=result.dry_run, verbose=verbose) as console:
        if result.plan is not None:
            console.planned(replace(result, dry_run=True, result=None))
        for outcome in result.result.outcomes if result.result else ():
            console.outcome(outcome)
        console.close_with(result)
    return out.getvalue().splitlines()


def test_piped_output_is_plain_lines() -> None:
    """Without a terminal every outcome is a line; what failed comes last, before the counts."""
    out = told(applied(Status.SUCCESS, Status.ERROR))
    assert "create   consciousness  ✓" in out
    assert "update   memory  ✗ error  it broke" in out
    assert out[-7:] == [
        "NOT APPLIED (3):",
        "    options of Features: no options",
        "    memory update: it broke",
        "    conflict twice  (2 pages in Notion have this title)",
        "✗ 3 of 4 changes were not applied to Notion.",
        (
            "1 created · 1 unchanged · 3 not applied · 1 edited in Notion · "
            "1 without a manifest · 1 in conflict · 0 requests · 0.0 s"
        ),
        "https://app.notion.com/p/db",
    ]
    assert "\x1b" not in "".join(out)


def test_what_failed_and_what_to_do_is_at_the_end() -> None:
    """The second reader's question: the pages, why, and each remedy once, above the verdict."""
    result = applied(Status.ERROR, Status.ERROR, stopped=RunStopped("Ctrl-C.", "Run again."))
    assert result.result is not None
    failed = tuple(replace(o, remedy="Share the database.") for o in result.result.outcomes)
    out = told(replace(result, result=replace(result.result, outcomes=failed)))
    at = out.index("NOT APPLIED (4):")
    assert out[at + 1 : at + 4] == [
        "    The run ended early: Ctrl-C.",
        "    Run again.",
        "    What to do: Share the database.",
    ]
    assert "✗ The run ended early: 4 of 4 changes were not applied to Notion." in out
    assert "".join(out).count("Share the database.") == 1


def test_a_dry_run_shows_values_and_promises_nothing_done() -> None:
    """In a dry run each change is shown with before and after, and its counts are conditional."""
    out = told(run(notices=("Mind this.",)))
    assert "    Description: Keeps. → Keeps all." in out
    assert "    Tags: -a  +c" in out
    assert "option   Features + new (red)" in out
    assert "option   Features − old (used by 3 pages)" in out
    assert out[0].endswith("1 option to add, 1 option to remove.")
    assert "    Description: Thinks." in out, "what was not there is not mentioned"
    assert "note: Mind this." in out
    assert out[-3] == "✗ Dry run, nothing written. 1 module cannot be written to Notion."
    assert out[-2].startswith("1 to create · 1 to update · 1 unchanged · ")
    assert "created" not in "\n".join(out)
    assert "Provenance SHA" not in "\n".join(out), "64 digits tell nobody anything"


@pytest.mark.parametrize("cause", [Cause.OVERWRITE, Cause.UNKNOWN, Cause.REPAIR])
def test_what_a_sync_writes_over_is_said_before_it_is_done(cause: Cause) -> None:
    """An edit made in Notion that goes is announced; one that stays is shown, and how it goes."""
    edited = PropertyChange("Coverage", T.NUMBER, 50, 94, cause)
    over = replace(UPDATE, properties=(edited,), reason="repairs an edit made in Notion: Coverage")
    plan = Plan(SCHEMA, (), (CREATE, over, DRIFT))
    out = told(run(plan, dry_run=False))
    assert out[1:5] == [
        "update   memory  (repairs an edit made in Notion: Coverage)",
        "drift    drifted",
        "    Description: As said. → By hand.",
        "    Left as they are; `--repair-drift` writes the manifest's values over them.",
    ]


def test_a_safety_stop_says_why_and_what_next() -> None:
    """The reason follows the word REFUSED."""
    stop = SafetyStop("guard", "Too much.", "Force it.", ("archive a", "archive b"))
    out = told(run(dry_run=False, refusal=stop))
    at = out.index("REFUSED: Too much.")
    assert out[at + 1 : at + 4] == ["    Force it.", "    archive a", "    archive b"]
    assert "✗ Refused: nothing is written to Notion." in out


def test_a_scaled_number_is_shown_as_the_manifest_has_it() -> None:
    """A terminal shows 88.5 for a percent that Notion keeps as 0.885."""
    share = PropertyChange("Share", T.NUMBER, 0.885, 0.9, scale=0.01)
    assert list(map(str, value_lines(share))) == ["    Share: 88.5 → 90"]


def test_a_body_is_counted_and_its_lines_are_not_shown() -> None:
    """Of a page's body a terminal says how many lines are new, and how many went."""
    lines = [f"line {n}" for n in range(40)]
    new = ["a", *lines[:20], "b", *lines[22:]]
    body = PropertyChange("Page body", T.BODY, "\n".join(lines), "\n".join(new))
    assert list(map(str, value_lines(body))) == ["    Page body: 2 lines added, 2 removed"]
    form = replace(body, before="a\n1. b", after="a\n\t1. b")
    assert list(map(str, value_lines(form))) == ["    Page body: the same text in another form"]
    made = replace(body, before="")
    assert list(map(str, value_lines(made))) == ["    Page body: 40 lines added"]


# --- many pages -----------------------------------------------------------------------------------


def many(*changes: Change) -> RunResult:
    """Return the dry run of a plan of many changes."""
    return run(Plan(SCHEMA, (), changes))


LEFT = "Left as they are; `--repair-drift` writes the manifest's values over them."


def creates(count: int) -> list[Change]:
    """Return new pages, each with a value."""
    return [
        change(ChangeKind.CREATE, f"new{n:03}", properties=(text("", "New."),))
        for n in range(count)
    ]


def test_hundreds_of_pages_are_listed_by_kind_on_a_screen() -> None:
    """Kind, count and first pages are there; a page that is alone in its kind keeps its values."""
    ann = Editor("u1", "Ann")
    drift = [
        change(ChangeKind.DRIFT, f"by-hand{n}", drift=(text("By hand.", "As said."),), editor=ann)
        for n in range(40)
    ]
    out = told(many(*creates(300), UPDATE, *drift, CONFLICT))
    assert out[1:10] == [
        "create   300 pages",
        "    new000, new001, new002 and 297 more",
        "update   memory",
        "    Description: Keeps. → Keeps all.",
        "    Tags: -a  +c",
        "drift    40 pages: Description; last edited by Ann",
        "    by-hand0, by-hand1, by-hand2 and 37 more",
        f"drift: {LEFT}",
        "List all with --verbose or --json.",
    ]
    assert "    conflict twice  (2 pages in Notion have this title)" in out


def test_pages_that_fit_on_a_screen_are_listed_one_by_one() -> None:
    """Fifteen pages with a value each are thirty lines; one more, and they are a group."""
    assert len(told(many(*creates(15)))) == SCREEN + 4
    assert "create   16 pages" in told(many(*creates(16)))


def test_verbose_lists_every_page() -> None:
    """Each page is listed with its values."""
    out = told(many(*creates(300)), verbose=True)
    assert len(out) == 600 + 4
    assert not any(line.startswith("List all") for line in out)


def test_many_kinds_of_changes_take_a_screen_and_the_rest_is_counted() -> None:
    """However different the changes are, the verdict stays in sight."""
    values = [PropertyChange(f"P{n}", T.RICH_TEXT, "a", "b") for n in range(60)]
    out = told(many(*(change(ChangeKind.UPDATE, v.name, properties=(v,)) for v in values)))
    assert len(out) <= SCREEN + 6
    assert "… and 45 more of 45 other kinds" in out
    whole = told(many(change(ChangeKind.UPDATE, "one", properties=tuple(values))))
    assert whole[1:12] == [
        "update   one",
        *(f"    P{n}: a → b" for n in range(9)),
        "    … and 51 more lines",
    ]


@pytest.mark.parametrize("properties", [1, 60])
def test_what_to_do_about_edits_is_said_however_many_kinds_there_are(properties: int) -> None:
    """A remedy is there although its page, or a part of the page, does not fit on the screen."""
    values = [PropertyChange(f"P{n}", T.RICH_TEXT, "a", "b") for n in range(60)]
    groups = [tuple(values[n : n + properties]) for n in range(0, 60, properties)]
    edits = (change(ChangeKind.DRIFT, f"m{n}", drift=drift) for n, drift in enumerate(groups))
    out = told(many(*edits))
    assert f"drift: {LEFT}" in out
    assert len(out) <= SCREEN + 7


def test_hundreds_of_failures_are_listed_by_their_error() -> None:
    """Why they failed is said once, with their number and the first pages."""
    failed = tuple(Outcome(each, Status.ERROR, error="it broke") for each in creates(300))
    result = run(Plan(SCHEMA, (), tuple(creates(300))), dry_run=False, result=Result((), failed))
    out = told(result)
    at = out.index("NOT APPLIED (300):")
    assert out[at + 1 : at + 4] == [
        "    new000 create: it broke",
        "        likewise new001, new002, new003 and 296 more",
        "    List all with --verbose or --json.",
    ]


# --- violations -----------------------------------------------------------------------------------


def lines(found: Iterable[Violation], **more: Any) -> list[str]:
    """Return violations as lines."""
    return list(map(str, violation_lines(found, **more)))


def test_violations_without_a_plan_say_that_nothing_was_done() -> None:
    """A run that the gates stopped says so."""
    out = told(run(None, violations=(VIOLATION,), dry_run=False))
    assert out[0] == "a/m.json:3: wrong (at /features/0)"
    assert out[1] == "    use right"
    assert "✗ 1 violation: nothing is written to Notion." in out


def violations(count: int, kinds: int) -> list[Violation]:
    """Return violations of so many kinds, each in many files and with many values."""
    return [
        Violation(
            *(f"m{n:05}/module.manifest.json", 7, 5, f"/tags/{n % 9}", f"rule.{n % kinds}"),
            f'kind {chr(65 + n % kinds)}: "tag{n % 380}" is wrong',
            f'Use another one than "tag{n % 380}".',
        )
        for n in range(count)
    ]


def test_a_few_violations_are_listed_one_by_one() -> None:
    """Ten violations are not grouped."""
    assert len(lines(violations(10, 2))) == 20


def test_a_remedy_of_several_violations_is_listed_once() -> None:
    """It follows the last of those that have it and are listed together."""
    one, two = violations(2, 2)
    found = [one, replace(one, line=8), two, one]
    assert [line.startswith("    ") for line in lines(found)] == [
        *(False, False, True),
        *(False, True),
        *(False, True),
    ]


@pytest.mark.parametrize("kinds", [1, 4, 26])
def test_tens_of_thousands_of_violations_fit_on_a_screen(kinds: int) -> None:
    """Each kind says in how many files it is, which values differ, what to do and where first."""
    told = lines(violations(36_000, kinds))
    assert len(told) <= SCREEN + 2
    assert told[0].startswith(f"{-(-36_000 // kinds):,} files: kind A: ")
    if kinds == 1:
        assert told == [
            (
                '36,000 files: kind A: … is wrong (at /tags/…): "tag0", "tag1", "tag2", "tag3", '
                '"tag4" and 375 more'
            ),
            "    Use another one than ….",
            "    first in m00000/module.manifest.json:7",
            "List all with --verbose or --json.",
        ]
    if kinds == 26:
        assert "other kinds" in told[-2]


def test_grouping_looks_at_each_violation_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many violations are twice the work, and no more."""
    seen = 0

    class Counted(Violation):
        """A violation that counts how often its message is read."""

        __slots__ = ()

        @property
        def advice(self) -> str:
            """Count the read; there is no advice."""
            nonlocal seen
            seen += 1
            return ""

    def reads(count: int) -> int:
        nonlocal seen
        seen = 0
        list(
            violation_lines(
                Counted(f"f{n}", 1, 1, "", "r", f'"v{n % 50}" is wrong') for n in range(count)
            )
        )
        return seen

    assert reads(2_000) <= 2 * reads(1_000) + 100


def test_verbose_lists_every_violation() -> None:
    """Each violation has its place and its remedy."""
    assert len(lines(violations(500, 3), verbose=True)) == 1_000


# --- on a terminal --------------------------------------------------------------------------------


def test_a_terminal_shows_what_a_pipe_gets() -> None:
    """The names and the words are the same; colours and a bar come on top."""
    stream = Tty()
    result = applied(Status.SUCCESS, Status.ERROR)
    piped, shown = told(result), told(result, stream)
    plain = " ".join(without_marks("\n".join(shown)).split())
    missing = [line for line in piped if " ".join(line.split()) not in plain]
    assert missing == []
    assert "2/2" in plain


def test_reading_many_pages_has_a_bar_with_rate_and_time_left() -> None:
    """While thousands of pages are read, the bar shows their number and the remaining time."""
    out = Tty()
    screen = Screen(SafeStream(out), SafeStream(io.StringIO()), {"TERM": "xterm", "COLUMNS": "90"})
    with Console(screen, values=False) as console:
        console.reading(10)
        console.read()
        assert out.getvalue() == ""
        console.reading(2_000)
        for _ in range(2_000):
            console.read()
    shown = without_marks(out.getvalue())
    assert "Reading" in shown
    assert "2000/2000" in shown
    assert re.search(r"/s +\d:\d\d:\d\d", shown)


def test_colours_have_meaning() -> None:
    """What is created is green, what is updated yellow, what failed red."""
    shown = "\n".join(told(applied(Status.SUCCESS, Status.ERROR), Tty()))
    assert "\x1b[32m✓\x1b[0m" in shown
    assert "\x1b[1;31m✗ error\x1b[0m" in shown
    dry = "\n".join(told(run(), Tty()))
    assert "\x1b[32mcreate   \x1b[0m" in dry
    assert "\x1b[33mupdate   \x1b[0m" in dry
    assert "\x1b[35mdrift    \x1b[0m" in dry


def test_no_color_is_obeyed() -> None:
    """With NO_COLOR nothing is coloured, on a terminal too."""
    shown = "\n".join(told(run(), Tty(), NO_COLOR="1"))
    assert "\x1b[3" not in shown


@pytest.mark.parametrize("columns", ["40", "80"])
def test_no_word_is_broken(columns: str) -> None:
    """Lines end between words, however narrow the terminal is; an address stays whole."""
    words = " ".join(f"reason{n}" for n in range(30))
    url = "https://app.notion.com/p/" + "a" * 100
    longer = change(ChangeKind.UPDATE, "m", reason=f"{words} {url}", properties=(text("a", "b"),))
    coloured = told(run(Plan(SCHEMA, (), (longer,))), Tty(), NO_COLOR="1", COLUMNS=columns)
    shown = without_marks("\n".join(coloured)).splitlines()
    assert {word for line in shown for word in line.split()} >= {*words.split()[1:], f"{url})"}
    assert max(map(len, (line for line in shown if "aaa" not in line))) <= int(columns)


def test_an_archived_page_is_counted_and_says_why_it_is_left_alone() -> None:
    """Every module is in the counts, those whose pages nobody can write as well."""
    why = "its page is archived in Notion, and left alone"
    out = told(run(Plan(SCHEMA, (), (change(ChangeKind.ARCHIVED, "old", reason=why),))))
    assert out[0].endswith(": 1 archived in Notion.")
    assert out[1] == f"archived old  ({why})"


def test_a_bar_counts_what_is_written() -> None:
    """Pages that would only be moved with `--apply` are no part of it, so that it fills."""
    gone = Change(ChangeKind.ARCHIVE, "gone", "", "", "p9", reason="its manifest was g.json")
    plan = Plan(SCHEMA, (), (CREATE, gone))
    done = Result((), (Outcome(CREATE, Status.SUCCESS),))
    out = told(run(plan, dry_run=False, holds_removals=True, result=done), Tty())
    assert "1/1" in without_marks("\n".join(out))
    assert "1 to create, 1 to move to the trash with --apply." in out[0]


def test_that_nothing_is_written_is_said_once() -> None:
    """A dry run that violations end has no second sentence about it."""
    out = told(run(None, violations=(VIOLATION,)))
    assert "✗ Dry run. 1 violation: nothing is written to Notion." in out


def test_a_number_stays_with_what_it_counts() -> None:
    """A row does not end between a number and its word: `0.3` and `s`, `12` and `unchanged`."""
    text = "1 to create · 1,200 unchanged · 0.3 s"
    for width in range(12, len(text)):
        rows = [text[start:end].strip() for start, end in wrapped(text, width, 0)]
        assert not any(row[-1].isdigit() for row in rows), rows
        assert " ".join(rows) == text


def test_an_indent_leaves_half_of_a_narrow_terminal() -> None:
    """The rows after the first of a line with many columns are not one word wide."""
    out = Tty()
    stream = SafeStream(out)
    line = Line.of(" ".join(["word"] * 30), indent=76)
    Screen(stream, stream, {"COLUMNS": "80", "NO_COLOR": "1"}).say(line)
    rows = without_marks(out.getvalue()).splitlines()
    assert [len(row.split()) for row in rows] == [16, 8, 6]


def without_marks(shown: str) -> str:
    """Return what a terminal shows, without colours and the movements of a bar."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
