"""The Markdown report: the documented lines, failures first, and nothing a stranger can bend."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from support.core import outcomes, page, plan, result, sha_of, want

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.options import OptionChange, OptionRemoval
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.markdown import counts, render
from lukhas_notion.sync.outcome import OptionOutcome, Result, Status
from lukhas_notion.util.errors import RunStopped

OPTIONS = OptionChange(
    "Tags",
    PropertyType.MULTI_SELECT,
    (("new", "red"),),
    (OptionRemoval("old", 2), OptionRemoval("older", 1)),
    3,
)


def three() -> Plan:
    """Return the three modules of the documented report."""
    skip = want("identity", sha="c2d3e4f5" + "0" * 56)
    update = want("memory", sha="e8f9a0b1" + "0" * 56)
    create = want("consciousness", sha="a4c1d2ef" + "0" * 56)
    return plan([create, update, skip], [page(skip), page(want("memory"), "m")])


def test_the_documented_lines_are_there_to_the_letter() -> None:
    """Title, moment, counts and one line a module, as the original report has them."""
    lines = render(result(three())).split("\n")
    assert lines[:2] == [
        "# 🔄 Notion Sync Report",
        "_Generated 2026-01-31T12:00:00.123456+00:00_",
    ]
    summary = lines[lines.index("## Summary") :]
    assert [line for line in summary if line.startswith("- **")] == [
        "- **Created**: 1",
        "- **Updated**: 1",
        "- **Skipped**: 1",
    ]
    details = lines[lines.index("## Details") :]
    assert [line for line in details if line.startswith("- ")] == [
        "- `consciousness` → create (sha:a4c1d2ef)",
        "- `identity` → skip(sha-match) (sha:c2d3e4f5)",
        "- `memory` → update (sha:e8f9a0b1)",
    ]
    assert lines.index("## Summary") < lines.index("## Details")


def test_where_it_comes_from_is_said() -> None:
    """Dry run, run, version, commit and the plan's digest."""
    made = three()
    dry = render(result(made, info=RunInfo("r1", "0.1.0", "c0ffee")))
    head = f"run r1 · lukhas-notion 0.1.0 · commit c0ffee · plan {made.digest}_"
    assert f"_Dry run: nothing was written to Notion · {head}" in dry
    applied = render(result(made, dry_run=False, result=Result((), outcomes(made))))
    assert f"\n_run run-1 · lukhas-notion 0.1.0 · plan {made.digest}_\n" in applied


def test_the_report_is_never_capped() -> None:
    """A thousand modules are a thousand lines."""
    text = render(result(plan([want(f"m{n}") for n in range(1_000)])))
    assert text.count("→ create (sha:") == 1_000


def test_what_was_not_applied_stands_first() -> None:
    """Failures come before everything else, each with its reason, and again at its module."""
    made = plan(
        [want("a"), want("b"), want("c"), want("d")],
        [page(want("c"), "1", record=False), page(want("c"), "2", record=False)],
        options=[OPTIONS],
    )
    ended = Result(
        (OptionOutcome(OPTIONS, Status.ERROR, "refused"),),
        outcomes(made, a=(Status.ERROR, "400"), b=(Status.NOT_ATTEMPTED, "stopped")),
        RunStopped("The deadline has passed."),
    )
    ended = replace(
        ended,
        outcomes=(
            *ended.outcomes[:2],
            replace(ended.outcomes[2], status=Status.UNKNOWN, error="lost"),
        ),
    )
    text = render(result(made, dry_run=False, result=ended, notices=["A note."]))
    parts = text.split("\n\n")
    assert parts[2] == "> A note."
    assert parts[3] == "## ❌ Not applied (5)"
    assert parts[4] == "The run ended early: The deadline has passed."
    assert parts[5].split("\n") == [
        "- options of `Tags` → error: refused",
        "- `a` → create not applied: 400",
        "- `b` → create not applied: stopped",
        "- `d` → create unknown: lost",
        "- `c` → conflict: 2 pages in Notion have this title; keep one and delete the others",
    ]
    assert text.index("Not applied") < text.index("## Summary")
    details = text[text.index("## Details") :]
    assert ") **error**\n" in details
    assert ") **not attempted**\n" in details
    assert ") **unknown**\n" in details
    assert "- **Not applied**: 5" in text
    assert "- **Conflicts**: 1" in text
    assert "Options added" not in text


def test_a_run_that_was_stopped_with_everything_done_says_so() -> None:
    """That the run ended early is told even where nothing was lost."""
    made = plan([])
    text = render(result(made, dry_run=False, result=Result((), (), RunStopped("Ctrl-C."))))
    assert "## ❌ Not applied (0)\n\nThe run ended early: Ctrl-C." in text
    assert "## Details" not in text


def test_violations_are_listed_with_place_and_remedy() -> None:
    """Without a plan the report is the violations, and the counts are zero."""
    violations = [
        Violation("a.json", 2, 3, "/x", "schema.type", "is wrong", "Mend it."),
        Violation("b.json", 1, 1, "", "json.empty", "is empty"),
    ]
    text = render(result(None, dry_run=False, violations=violations))
    assert (
        "## ❌ Violations (2)\n\n- `a.json:2:3` at `/x`: is wrong — Mend it. (schema.type)\n"
        in text
    )
    assert "- `b.json:1:1`: is empty (json.empty)\n" in text
    assert "- **Created**: 0" in text
    assert "- **Violations**: 2" in text


def test_drift_orphans_and_options_are_counted_where_there_are_any() -> None:
    """Counts beyond the three documented ones appear only when they are not zero."""
    drift = want("drift", Description="ours")
    made = plan([drift], [page(drift, Description="theirs"), page(want("gone"))], options=[OPTIONS])
    run = result(made)
    assert {name: count for name, count, always in counts(run) if count and not always} == {
        "Drift": 1,
        "Orphans": 1,
        "Options added": 1,
        "Options removed": 2,
    }
    text = render(run)
    assert "- `Tags` + `new` (red)\n" in text
    assert "- `Tags` − `old` (used by 2 pages)\n" in text
    assert "- `Tags` − `older` (used by 1 page)\n" in text
    assert "- `drift` → drift (sha:" in text
    assert "  - edited in Notion since it was written" in text
    assert "  - **Description**: theirs → ours" in text
    assert "- `gone` → orphan (sha:" in text
    bare = render(result(plan([want("x")])))
    assert "## Options" not in bare
    assert "Drift" not in bare


def test_before_and_after_of_each_property() -> None:
    """Short values stand on a line, a cleared one is empty, long ones are a diff in a block."""
    long = " ".join(f"word{n}" for n in range(60))
    old = want("core", Description=long, Coverage=85, Features=("a", "b"), SLA=1)
    new = want("core", Description=long.replace("word30", "x"), Features=("b", "c"), SLA=2)
    text = render(result(plan([new], [page(old)])))
    assert "  - **Coverage**: 85 → _empty_\n" in text
    assert "  - **SLA p95**: 1 → 2\n" in text
    assert "    ```diff\n    -a  +c\n    ```\n" in text
    assert "[-word30-]{+x+}" in text
    created = render(result(plan([want("core", Coverage=85)])))
    assert "  - **Coverage**: 85\n" in created


def test_a_page_without_a_hash_has_none_in_its_line() -> None:
    """A page that this tool never wrote is listed without a hash."""
    made = plan([], [page(replace(want("hand"), values={"Module": "hand"}), record=False)])
    assert "- `hand` → unmanaged\n" in render(result(made))


HOSTILE = [
    "# heading",
    "`code` ``more``",
    "a\n\n# heading\n- item",
    "[link](https://evil.example)",
    "<script>alert(1)</script><img src=x>",
    "@everyone #12 https://evil.example",
    "| a | b |",
    "```\n</details>\n```",
    "\u202egnp.exe\x1b[31m",
    "- [ ] task",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_stranger_becomes_markup(text: str) -> None:
    """Names, values, reasons, notices and errors come out as text: no heading, link or HTML."""
    old = want(text, sha=sha_of("a"), Description=f"{text}\n{text} old", Tags=(text,))
    new = want(text, sha=sha_of("b"), Description=f"{text}\n{text} new", Tags=("t",))
    options = [OptionChange(text, PropertyType.MULTI_SELECT, ((text, "red"),), (), 0)]
    made = plan([new, want("other")], [page(old)], options=options)
    made = replace(made, changes=tuple(replace(c, reason=text) for c in made.changes))
    ended = Result((), outcomes(made, other=(Status.ERROR, text)))
    violations = [Violation(text, 1, 1, text, "rule", text, text)]
    run = result(made, dry_run=False, result=ended, notices=[text], violations=violations)

    tokens = MarkdownIt("gfm-like").parse(render(run))
    headings = [t for t in tokens if t.type == "heading_open"]
    assert len(headings) == 6
    inline = [child for t in tokens if t.children for child in t.children]
    forbidden = {"link_open", "image", "html_block", "table_open", "hr"}
    assert not forbidden & {t.type for t in [*tokens, *inline]}
    # Code with a vertical bar is written as HTML, by the escape itself.
    assert {t.content for t in inline if t.type == "html_inline"} <= {"<code>", "</code>"}
    assert "\x1b" not in render(run)
    assert "\u202e" not in render(run)
