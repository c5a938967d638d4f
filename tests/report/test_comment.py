"""The comment: the verdict that a reviewer reads in five seconds, and the details below it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt
from support.results import (
    CONFLICT,
    CREATE,
    EVERYTHING,
    OPTIONS,
    SCHEMA,
    SHA,
    SKIP,
    UPDATE,
    VIOLATION,
    applied,
    change,
    run,
    text,
)

from lukhas_notion.github.comment_text import Part, fit
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.differences import Cause, PropertyChange
from lukhas_notion.plan.plan import MADE_TWICE, Change, ChangeKind, Plan, SafetyStop
from lukhas_notion.plan.values import PropertyType as T
from lukhas_notion.report.comment import CommentContext, Moved, comment, headline, summary
from lukhas_notion.report.console import value_lines
from lukhas_notion.report.markdown import render
from lukhas_notion.sync.result import Outcome, Result, RunResult, Status

CONTEXT = CommentContext("https://github.example", "o/r", "f" * 40, "https://github.example/run")


def context(**more: Any) -> CommentContext:
    """Return a comment's context."""
    return replace(CONTEXT, **more)


def of(*changes: Change, **more: Any) -> str:
    """Return the comment of a preview that has these changes."""
    return comment(run(Plan(SCHEMA, (), changes)), context(**more))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (run(None, violations=(VIOLATION,)), "❌ 1 violation: nothing is written"),
        (run(), "⛔ 1 module cannot be written"),
        (run(None), "✅ 5 manifests valid"),
        (run(Plan(SCHEMA, (), (SKIP,))), "✅ Merging changes nothing"),
        (run(Plan(SCHEMA, (OPTIONS,), (CREATE,))), "📝 Merging changes 1 page and 2 options"),
        (applied(Status.ERROR, Status.SUCCESS), "❌ 3 of 4 changes were not"),
        (
            run(Plan(SCHEMA, (), (SKIP,)), dry_run=False, result=Result((), ())),
            "✅ Applied: Notion was already up to date",
        ),
    ],
)
def test_the_verdict_says_it_in_one_line(result: RunResult, words: str) -> None:
    """The headline alone has the result."""
    assert words in headline(result, CONTEXT)
    assert comment(result, CONTEXT).startswith(f"## {headline(result, CONTEXT)}\n")


def test_what_merging_does_is_said_at_the_top() -> None:
    """The first reader's question is answered by the first lines: how much, of what kind."""
    plan = Plan(SCHEMA, (OPTIONS,), (CREATE, UPDATE, SKIP, *EVERYTHING.changes[3:5]))
    assert comment(run(plan), CONTEXT).split("\n")[:4] == [
        "## 📝 Merging changes 2 pages and 2 options in Notion",
        "",
        (
            "**1** to create · **1** to update · **1** unchanged · **1** edited in Notion · "
            "**1** without a manifest · **1** option to add · **1** option to remove"
        ),
        "",
    ]


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
        r"- `Features` \+ 🔴 `new`",
        "- `Features` − `old` (used by 3 pages)",
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
        f"plan <code>{EVERYTHING.digest[:12]}</code>",
        f"- plan `{EVERYTHING.digest}`",
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
    said = of(*changes)
    assert "### 🗑️ To the trash (1)" in said
    assert MADE_TWICE in said
    assert "No manifest" not in said
    assert "its page is in the trash" in said
    assert said.count("3 pages to get a record of the manifest") == 1
    assert "### ↩️ Edited in Notion (1)" in said
    assert "put away" in said
    assert "secret" not in said


# --- values ---------------------------------------------------------------------------------------


def test_a_new_page_has_one_value_a_property() -> None:
    """There is nothing to compare with: no arrow, no emptiness, no switch that was never off."""
    properties = (
        text("", "Thinks."),
        PropertyChange("Coverage", T.NUMBER, None, 85),
        PropertyChange("Stable", T.CHECKBOX, False, True),
        PropertyChange("Tags", T.MULTI_SELECT, (), ("a", "b")),
        PropertyChange("Module", T.TITLE, "", "new"),
    )
    said = of(change(ChangeKind.CREATE, "new", properties=properties))
    values = [line for line in said.split("\n") if line.startswith("- **")]
    assert values == [
        "- **Description**: Thinks.",
        "- **Coverage**: 85",
        "- **Stable**: yes",
        "- **Tags**: a, b",
    ]
    assert "→" not in said
    assert "empty" not in said


def test_a_new_description_is_shown_whole() -> None:
    """A long one is folded below its beginning, and every word of it is there."""
    short, long = "A line.\nAnother one.", " ".join(f"word{n}" for n in range(200))
    said = of(change(ChangeKind.CREATE, "new", properties=(text("", short),)))
    assert "<blockquote>A line.<br>Another one.</blockquote>" in said
    said = of(change(ChangeKind.CREATE, "new", properties=(text("", long),)))
    assert f"… ({len(long):,} characters)</summary><blockquote>{long}</blockquote>" in said


def test_the_words_of_a_diff_never_run_together() -> None:
    """A space separates removed and added words, also where strokes are not shown."""
    before = " ".join(f"word{n}" for n in range(40))
    said = of(change(ChangeKind.UPDATE, "m", properties=(text(before, before.replace("20", "x")),)))
    assert "word19 <del>word20</del> <ins>wordx</ins> word21" in said


def test_changed_lines_wrap() -> None:
    """A text of several lines does not scroll sideways: each line has its sign."""
    said = of(change(ChangeKind.UPDATE, "m", properties=(text("a\nb\nc", "a\nx\nc"),)))
    assert "<blockquote>a<br>➖ b<br>➕ x<br>c</blockquote>" in said
    assert "```" not in said


def test_a_body_whose_form_changes_is_no_empty_difference() -> None:
    """The comment says that the text is the same, as after an added blank line."""
    body = PropertyChange("Page body", T.BODY, "# a\n1. b", "# a\n\t1. b")
    said = of(change(ChangeKind.UPDATE, "m", properties=(body,)))
    assert "<blockquote>the same text in another form</blockquote>" in said


def test_many_changed_lines_are_folded() -> None:
    """A page's body is shown as its number of changed lines, with the lines in a fold."""
    old = [f"line {n}" for n in range(60)]
    new = [f"new {n}" if n % 2 else line for n, line in enumerate(old)]
    body = PropertyChange("Page body", T.BODY, "\n".join(old), "\n".join(new))
    said = of(change(ChangeKind.UPDATE, "m", properties=(body,)))
    assert "<details><summary>30 lines added, 30 removed</summary><blockquote>" in said
    assert "➖ line 1<br>➕ new 1<br>line 2" in said


def test_a_value_that_is_cleared_or_comes_says_so() -> None:
    """On a page that is there already, nothing is a value as well."""
    properties = (
        PropertyChange("Coverage", T.NUMBER, 85, None),
        PropertyChange("SLA p95", T.NUMBER, None, 20),
    )
    said = of(change(ChangeKind.UPDATE, "m", properties=properties))
    assert "- **Coverage**: 85 → _empty_" in said
    assert "- **SLA p95**: _empty_ → 20" in said


def test_a_scaled_number_is_shown_as_the_manifest_has_it() -> None:
    """A comment shows 88.5 for a percent that Notion keeps as 0.885."""
    share = PropertyChange("Share", T.NUMBER, 0.885, 0.9, scale=0.01)
    assert "- **Share**: 88.5 → 90" in of(change(ChangeKind.UPDATE, "m", properties=(share,)))


def test_pages_that_show_no_change_are_one_line() -> None:
    """A new SHA alone is nothing that a reviewer can see: such pages are counted, and folded."""
    sha = PropertyChange("Provenance SHA", T.RICH_TEXT, "b" * 64, SHA)
    quiet = [change(ChangeKind.UPDATE, f"m{n}", properties=(sha,)) for n in range(195)]
    said = of(*quiet, UPDATE)
    assert said.count("195 pages have no visible change") == 1
    assert "### Pages (1)" in said
    assert "1 page has no visible change" in of(quiet[0])


def test_the_tense_is_that_of_the_run() -> None:
    """Before the merge it says what Notion has and will have, after it what it had and has."""
    assert "<sub>in Notion now → after merging</sub>" in of(UPDATE)
    assert "<b>memory</b> update" in of(UPDATE)
    done = comment(applied(Status.SUCCESS, Status.SUCCESS), CONTEXT)
    assert "<sub>Notion had → now</sub>" in done
    assert "<b>memory</b> updated" in done
    assert "**1** created · **1** updated · **1** unchanged" in done
    assert " to " not in done.split("\n")[2]
    against = of(UPDATE, compared_with_base=True)
    assert "<sub>the base branch → after merging</sub>" in against


def test_few_values_are_seen_without_a_click_and_many_pages_are_folded() -> None:
    """A small change is read as it is; of a large one the first pages, then a fold."""
    assert "<details open><summary>✏️ <b>memory</b> update" in of(CREATE, UPDATE)
    many = [change(ChangeKind.CREATE, f"m{n:02}", properties=UPDATE.properties) for n in range(45)]
    said = of(*many)
    assert "<details open>" not in said
    first, fold, rest = said.partition("<details><summary>25 more</summary>\n\n")
    assert fold
    assert first.count("</b> create") == 20
    assert rest.count("</b> create") == 25
    assert "</details>\n\n</details>\n\n---" in rest


def test_many_names_are_counted_and_the_first_are_listed() -> None:
    """A hundred names take a few lines of a comment or a terminal; the report has them all."""
    names = tuple(f"team.module-{n:03}" for n in range(100))
    for before, said in ((), "100 names added"), (("gone",), "100 names added, 1 removed"):
        listed = 100 + len(before)
        related = PropertyChange("Depends on", T.RELATION, before, names)
        page = change(ChangeKind.UPDATE, "a", properties=(related,))
        shown = of(page)
        assert f"- **Depends on**: {said}: " in shown
        assert shown.count("➕ `team.module-") == 20 - len(before)
        assert f" and {listed - 20} more\n" in shown
        assert render(run(Plan(SCHEMA, (), (page,)))).count("➕ `team.module-") == 100
        [line] = map(str, value_lines(related))
        assert line.startswith(
            f"    Depends on: {said}: {'-gone  ' if before else ''}+team.module-000  "
        )
        assert line.endswith(f"  +team.module-{19 - len(before):03} and {listed - 20} more")


def test_an_edit_that_merging_overwrites_is_seen_first() -> None:
    """It is in the counts, its page is the first, and the page says so without being unfolded."""
    over = replace(UPDATE.properties[0], cause=Cause.OVERWRITE)
    why = "writes over an edit made in Notion: Description"
    edited = change(ChangeKind.UPDATE, "z", url="https://n/z", properties=(over,), reason=why)
    said = of(CREATE, UPDATE, edited)
    assert said.split("\n")[2] == (
        "**1** to create · **2** to update · **1** of them over an edit made in Notion"
    )
    assert f"<summary>⚠️ <b>z</b> update <sub>{why}</sub>" in said
    assert said.count(why) == 1
    assert said.index("<b>z</b>") < said.index("<b>consciousness</b>")


def test_the_title_says_what_happened_to_manifests() -> None:
    """Deleted, renamed, or both."""
    gone, moved = Moved("a.json"), Moved("b.json", "c.json")
    assert "### 🗑️ Deleted manifests (1)" in of(SKIP, moved=(gone,))
    assert "### 🗑️ Renamed manifests (1)" in of(SKIP, moved=(moved,))
    assert "### 🗑️ Deleted and renamed manifests (2)" in of(SKIP, moved=(gone, moved))


# --- what it is about -----------------------------------------------------------------------------


def test_pages_of_other_manifests_are_apart() -> None:
    """What the pull request itself changes comes first; why others were compared is said."""
    said = of(
        CREATE,
        UPDATE,
        touched={"memory/module.manifest.json"},
        why="`vocab/features.json` changed",
    )
    assert "All manifests are compared, because `vocab/features.json` changed." in said
    mine, others = "### Pages of this pull request (1)", "### Pages of other manifests (1)"
    assert said.index(mine) < said.index("<b>memory") < said.index(others)
    assert said.index(others) < said.index("<b>consciousness")


@pytest.mark.parametrize(
    ("suggested", "prefix", "said"),
    [
        (0, "", "3 can be fixed: 3 by `lukhas-notion validate --all --fix`."),
        (
            2,
            "my docs/",
            (
                "3 can be fixed: 2 by the suggestions in the changed files, "
                "1 by `lukhas-notion validate --all --fix --root 'my docs'`."
            ),
        ),
        (3, "", "3 can be fixed: 3 by the suggestions in the changed files."),
    ],
)
def test_the_comment_counts_what_can_be_fixed(suggested: int, prefix: str, said: str) -> None:
    """By suggestions where there are any, and the rest by the command."""
    found = [Violation("a", 1, 1, f"/{n}", "r", "m", "use it", "name" * (n < 3)) for n in range(5)]
    here = context(prefix=prefix, suggested=suggested)
    assert f"\n🔧 {said}\n" in comment(run(None, violations=found), here)
    assert "can be fixed" not in comment(run(None, violations=found[3:]), here)


def test_many_violations_are_told_by_kind() -> None:
    """Each kind with its number of files, the values that differ, what to do, and where first."""
    found = [
        Violation(
            *(f"m{n}/m.json", 7, 5, f"/tags/{n % 3}", "vocabulary.unknown"),
            f'Tags: "tag{n % 38}" is not in the vocabulary (vocab/tags.json)',
            f'Use a name of vocab/tags.json, or add "tag{n % 38}" to that file.',
        )
        for n in range(159)
    ]
    said = comment(run(None, violations=found), CONTEXT)
    assert "- **159 files** at `/tags/…`: Tags: … is not in the vocabulary" in said
    assert 'Use a name of vocab/tags.json, or add … to that file.<br>`"tag0"`, `"tag1"`' in said
    assert "and 26 more" in said
    assert f"[`m0/m.json:7`](https://github.example/o/r/blob/{'f' * 40}/m0/m.json#L7)" in said
    assert "and 156 more" in said
    assert len(said) < 2_500


# --- failures -------------------------------------------------------------------------------------


def test_what_failed_and_what_to_do_is_said_at_the_top() -> None:
    """The second reader's question: which pages, why, and the remedy once for all."""
    result = applied(Status.ERROR, Status.UNKNOWN)
    assert result.result is not None
    failed = tuple(replace(o, remedy="Share the database.") for o in result.result.outcomes)
    said = comment(replace(result, result=replace(result.result, outcomes=failed)), CONTEXT)
    lines = [line for line in said.split("\n") if line]
    at = lines.index("### ❌ Not applied (4)")
    assert at == 2
    assert lines[at + 1 : at + 6] == [
        "What to do: Share the database.",
        "- options of `Features`: no options",
        "- `consciousness` create: it broke",
        "- [`memory`](https://app.notion.com/p/1) update (it may have been done): it broke",
        "- `twice`: 2 pages in Notion have this title",
    ]
    assert "<b>memory</b> unknown" in said


# --- limits and hostile text ----------------------------------------------------------------------


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
    for tag in ("details", "blockquote", "sub", "del", "ins"):
        assert said.count(f"<{tag}>") == said.count(f"</{tag}>")
    assert " more, in the full report._" in said
    assert said.rstrip().endswith("</details>")
    assert len(summary(result, CONTEXT).encode()) <= 1_000_000


def test_a_very_long_word_diff_is_cut_between_tags() -> None:
    """The words of a long diff are cut where a piece ends, and it is said how much is missing."""
    before = " ".join(f"a{n} is quite the same" for n in range(900))
    after = before.replace("a1", "b1").replace("a5", "b5")
    for old, new in ((before, after), ("", before + after)):
        kind = ChangeKind.UPDATE if old else ChangeKind.CREATE
        said = of(change(kind, "m", properties=(text(old, new),)))
        assert said.count("<del>") == said.count("</del>")
        assert said.count("<ins>") == said.count("</ins>")
        assert said.count("<blockquote>") == said.count("</blockquote>")
        assert "characters more, in the full report" in said


def test_a_refused_plan_is_shown_as_a_plan() -> None:
    """After a safety stop nothing was created, updated or moved, and no word says that it was."""
    gone = change(ChangeKind.ARCHIVE, "gone", url="https://n/1")
    stop = SafetyStop("guard", "Too much.", "Force it.")
    plan = Plan(SCHEMA, (), (CREATE, UPDATE, gone))
    said = comment(run(plan, dry_run=False, refusal=stop), CONTEXT)
    for words in ("</b> create <sub>", "</b> update <sub>", "in Notion now → after applying"):
        assert words in said
    assert "### 🗑️ To the trash (1)" in said
    assert "### 🗑️ Moved to the trash (1)" in comment(
        run(plan, dry_run=False, result=Result((), ())), CONTEXT
    )


def test_rows_are_left_out_from_the_end_and_counted() -> None:
    """What does not fit is whole rows, and the note says how many."""
    said = fit([Part("head", ["r" * 10] * 10, "tail")], 70, len)

    assert said.startswith("head\n" + "r" * 10)
    assert "tail" in said
    assert "more._" in said
    assert len(said) <= 70


@pytest.mark.parametrize(
    "hostile",
    [
        "</details></blockquote><h1>x",
        "<script>alert(1)</script>",
        "[x](https://evil.example)",
        "@everyone #12 https://evil.example",
        "| a | b |",
        "```\n# h\n```",
        "**bold** _it_",
        "<!-- lukhas-notion {} -->",
        "\u202egnp.exe",
    ],
)
def test_no_text_of_a_stranger_becomes_markup(hostile: str) -> None:
    """Names, values, words and lines bring no tag, no link, no heading and no mention."""
    long = " ".join(f"word{n}" for n in range(40))
    properties = (
        PropertyChange(hostile, T.RICH_TEXT, f"a\n{hostile}", f"{hostile}\nb"),
        text(f"{long} {hostile}", f"{hostile} {long} x"),
        PropertyChange("T", T.MULTI_SELECT, (hostile,), ("a",)),
        PropertyChange("U", T.URL, hostile, "b"),
    )
    changes = (
        change(ChangeKind.CREATE, hostile, properties=(text("", f"{hostile} {long * 3}"),)),
        change(ChangeKind.UPDATE, "m", properties=properties, reason=hostile),
        replace(CONFLICT, reason=hostile),
    )
    outcome = Outcome(changes[0], Status.ERROR, error=hostile, remedy=hostile)
    result = run(
        Plan(SCHEMA, (), changes),
        dry_run=False,
        notices=(hostile,),
        violations=(Violation(hostile, 1, 1, hostile, "r", hostile, hostile),),
        result=Result((), (outcome,)),
    )
    said = comment(result, context(why=hostile, moved=(Moved(hostile, module=hostile),)))
    tags = set(re.findall(r"</?([a-z0-9]+)", re.sub(r"`[^`\n]*`", "", said)))
    assert tags <= {"details", "summary", "b", "sub", "blockquote", "del", "ins", "br", "code"}
    tokens = [
        child
        for token in MarkdownIt("gfm-like", {"html": True}).parse(said)
        for child in (token, *(token.children or ()))
    ]
    links = {str(t.attrGet("href")) for t in tokens if t.type == "link_open"}
    assert not {link for link in links if "evil.example" in link and "/blob/" not in link}
    assert not {"image", "table_open", "fence"} & {t.type for t in tokens}
    headings = [t.tag for t in tokens if t.type == "heading_open"]
    assert headings == ["h2", *["h3"] * (len(headings) - 1)]
    assert len(headings) == 5
    assert "\u202e" not in said
