"""The Markdown report: the documented lines, failures first, and no effect of untrusted text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from support.core import outcomes, page, plan, result, sha_of, want
from support.growth import LINEAR, growth

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import OptionChange, OptionRemoval
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.markdown import render
from lukhas_notion.report.run_sections import counts
from lukhas_notion.sync.result import OptionOutcome, Result, Status
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


def test_thousands_of_kinds_of_violations_take_linear_time() -> None:
    """Untrusted manifests can have a message each."""

    def report(count: int) -> None:
        bad = [
            Violation("a.json", n, 1, f"/{n:x}", f"rule.{n}", f"wrong {n}") for n in range(count)
        ]
        render(replace(result(three()), violations=tuple(bad)))

    assert growth(report, 500) < LINEAR


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
    assert [line for line in details if line.startswith("- `")] == [
        "- `consciousness` → create (sha:a4c1d2ef)",
        "- `memory` → update (sha:e8f9a0b1)",
        "- `identity` → skip(sha-match) (sha:c2d3e4f5)",
    ]
    assert lines.index("## Summary") < lines.index("## Details")


def test_a_scaled_number_is_shown_as_the_manifest_has_it() -> None:
    """A report shows 88.5 for a percent that Notion keeps as 0.885."""
    share = PropertyChange("Share", PropertyType.NUMBER, 0.885, 0.9, scale=0.01)
    made = plan([want("m", Description="new")], [page(want("m"))])
    changes = tuple(replace(each, properties=(share,)) for each in made.changes)
    assert "**Share**: 88.5 → 90" in render(result(replace(made, changes=changes)))


def test_what_changed_comes_before_what_did_not() -> None:
    """Unchanged modules are a count, with their lines in a fold."""
    skips = [want(f"a{n:03}") for n in range(102)]
    text = render(result(plan([*skips, want("z")], [page(each) for each in skips])))
    fold = text.index(
        "<details><summary>102 unchanged</summary>\n\n- `a000` → skip(sha-match) (sha:"
    )
    assert text.index("### Pages (1)\n\n- `z` → create") < fold
    assert text.index("\n</details>", fold) > text.index("`a101`")


def test_a_page_is_linked() -> None:
    """A page that was written or edited has a link."""
    drift = want("drift", Description="ours")
    made = plan([drift, want("new")], [page(drift, Description="theirs")])
    done = Result((), tuple(replace(o, url="https://n/new") for o in outcomes(made)))
    text = render(result(made, dry_run=False, result=done))
    assert "- [the page in Notion](https://notion.example/page-drift)" in text
    assert "- [the page in Notion](https://n/new)" in text


def test_where_it_comes_from_is_said() -> None:
    """Dry run, run, version, commit and the plan's digest: short at the foot, whole in a fold."""
    made = three()
    commit = "c0ffee" * 6 + "c0ff"
    dry = render(result(made, info=RunInfo("r1", "0.1.0", commit)))
    assert (
        "**📝 Applying changes 2 pages in Notion.** Dry run: nothing was written to Notion." in dry
    )
    head, foot = dry.split("\n---\n")
    assert foot.startswith(
        "<sub>run <code>r1</code> · lukhas-notion <code>0.1.0</code> · "
        f"commit <code>{commit[:12]}</code> · plan <code>{made.digest[:12]}</code></sub>"
    )
    assert f"- commit `{commit}`\n- plan `{made.digest}`\n" in foot
    assert not re.search(r"[0-9a-f]{13}", head)
    applied = render(result(made, dry_run=False, result=Result((), outcomes(made))))
    assert "\n**✅ Applied: 2 pages written to Notion.**\n" in applied
    assert "commit" not in applied


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
    parts = [part.strip() for part in text.split("\n\n")]
    assert parts[1:6] == [
        "**❌ The run ended early: 5 of 5 changes were not applied to Notion.**",
        "> A note.",
        "## ❌ Not applied (5)",
        "The run ended early: The deadline has passed.",
        "\n".join(
            [
                "- options of `Tags`: refused",
                "- `a` create: 400",
                "- `b` create: stopped",
                "- `d` create (it may have been done): lost",
                f"- `c` → conflict (sha:{want('c').sha[:8]})",
                "  - 2 pages in Notion have this title; keep one and delete the others",
                "  - [the page in Notion](https://notion.example/1)",
            ]
        ),
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
    """The early end is reported even where every change was applied."""
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
        "## ❌ Violations (2)\n\n- `a.json:2:3` at `/x`: is wrong (schema.type)<br>→ Mend it.\n"
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
    assert {each.label: each.count for each in counts(run) if not each.always} == {
        "Drift": 1,
        "Orphans": 1,
        "Options added": 1,
        "Options removed": 2,
    }
    text = render(run)
    assert "- `Tags` \\+ 🔴 `new`\n" in text
    assert "- `Tags` − `old` (used by 2 pages), `older` (used by 1 page)\n" in text
    assert "### ↩️ Edited in Notion (1)\n" in text
    assert "- `drift` → drift (sha:" in text
    assert "edited in Notion since it was written" not in text  # the heading says it
    assert "<sub>in the manifest → in Notion</sub>" in text
    assert "  - **Description**: ours → theirs" in text
    assert "<details><summary>👻 1 page without a manifest, left alone</summary>" in text
    assert "- `gone` → orphan (sha:" in text
    bare = render(result(plan([want("x")])))
    assert "## Options" not in bare
    assert "Drift" not in bare


def test_before_and_after_of_each_property() -> None:
    """Short values are on one line, a cleared one is empty, and long ones show their changes."""
    long = " ".join(f"word{n}" for n in range(60))
    old = want("core", Description=long, Coverage=85, Features=("a", "b"), SLA=1)
    new = want("core", Description=long.replace("word30", "x"), Features=("b", "c"), SLA=2)
    text = render(result(plan([new], [page(old)])))
    assert "### Pages (1)\n\n<sub>in Notion now → after applying</sub>\n" in text
    assert "  - **Coverage**: 85 → _empty_\n" in text
    assert "  - **SLA p95**: 1 → 2\n" in text
    assert "  - **Features**: ➖ `a` ➕ `c`\n" in text
    assert "<del>word30</del> <ins>x</ins>" in text
    assert "  - **Description**\n    <blockquote>…" in text
    created = render(result(plan([want("core", Coverage=85)])))
    assert "  - **Coverage**: 85\n" in created
    assert "<sub>in Notion" not in created


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
    assert len(headings) == 7
    every = [*tokens, *(child for t in tokens for child in t.children or ())]
    assert not {"image", "table_open", "fence"} & {t.type for t in every}
    links = {str(t.attrGet("href")) for t in every if t.type == "link_open"}
    assert all(link.startswith("https://notion.example/page-") for link in links)
    raw = "".join(t.content for t in every if t.type in ("html_inline", "html_block"))
    tags = set(re.findall(r"</?([a-z0-9]+)", raw))
    assert tags <= {"details", "summary", "sub", "blockquote", "br", "code"}
    assert "\x1b" not in render(run)
    assert "\u202e" not in render(run)
