"""A verification on a terminal, as a report, as a summary and as an issue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from support.core import plan, result, want

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.plan.database import Editor
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.finding import Finding, FindingKind
from lukhas_notion.plan.plan import SafetyStop
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.sections import Accent, Topic
from lukhas_notion.report.verification import issue, lines, render, sections, summary
from lukhas_notion.verify.verify import Verification

COVERAGE = PropertyChange("Coverage", PropertyType.NUMBER, 50, 94.2)
EDITED = Finding(
    FindingKind.PAGE_EDITED,
    "riding.unlock",
    "Edited in Notion; last edited by user 4f2a: Coverage.",
    "riding/unlock/module.manifest.json",
    url="https://app.notion.com/p/1",
    properties=(COVERAGE,),
)
CHANGED = Finding(FindingKind.MANIFEST_CHANGED, "fares", "The manifest has changed.", "f.json", 3)


def verified(*findings: Finding, **more: Any) -> Verification:
    """Return a verification of 32 modules."""
    now, info = datetime(2026, 10, 3, tzinfo=UTC), RunInfo("run1", "0.1.0", "c0ffee")
    return Verification(now, info, 32, 32, findings, **more)


def test_who_edited_which_page_is_said_with_both_values() -> None:
    """A finding names the page and the editor, and shows the edit: what was there, what is now."""
    text = issue(verified(EDITED), "https://github.example/run")
    assert text.split("\n")[:10] == [
        "## ❌ Out of sync: 1 finding in 32 modules (1 in Notion)",
        "",
        "This issue is kept up to date, and closed when all is well.",
        "",
        "### In Notion: page-edited (1)",
        "",
        (
            "A mapped property was edited in Notion. Put the edit into the manifest, or "
            "overwrite it with `lukhas-notion verify --repair`."
        ),
        "",
        "<sub>in the manifest → in Notion</sub>",
        "",
    ]
    assert (
        "- [`riding.unlock`](https://app.notion.com/p/1): "
        "Edited in Notion; last edited by user 4f2a: Coverage.\n  - **Coverage**: 94.2 → 50\n"
    ) in text
    assert list(map(str, lines(verified(EDITED))))[:2] == [
        (
            "notion      riding.unlock: Edited in Notion; last edited by user 4f2a: Coverage.  "
            "(page-edited)"
        ),
        "    Coverage: 94.2 → 50",
    ]


def test_since_when_all_is_in_sync_is_said() -> None:
    """The fourth reader's question: that all three agree, and when Notion was last written."""
    well = verified(last_write="2026-10-01T08:30:05.123456+00:00")
    said = (
        "In sync: repository, Notion and ledger agree on 32 modules, "
        "last written 2026-10-01 08:30 UTC"
    )
    assert str(next(lines(well))) == f"✓ {said}."
    for text in (summary(well), render(well), issue(well, "https://github.example/run")):
        assert f"✅ {said}" in text
    assert "last written" not in summary(verified())


def test_findings_stand_by_who_disagrees_and_by_kind() -> None:
    """Each kind has what it means and what to do, once, and its rows below it."""
    found = list(sections(verified(CHANGED, EDITED, EDITED, notes=("Mind this.",))))
    assert [(each.topic, each.title, len(each.rows)) for each in found] == [
        (Topic.NOTICES, "", 1),
        (Topic.FINDINGS, "In Notion: page-edited (2)", 2),
        (Topic.FINDINGS, "In the repository: manifest-changed (1)", 1),
    ]
    assert found[1].accent is Accent.DRIFT
    text = render(verified(CHANGED, EDITED, ignored=(EDITED,)))
    assert "- `fares` (`f.json:3`): The manifest has changed." in text
    assert "<details><summary>Ignored (1 finding)</summary>" in text
    assert "- [`riding.unlock`](https://app.notion.com/p/1): Edited in Notion" in text


def test_a_repair_that_was_refused_says_why() -> None:
    """The message of the safety stop is above the findings."""
    stop = SafetyStop("guard", "Too much.", "Force it.")
    repair = result(plan([want("a")]), dry_run=False, refusal=stop)
    text = summary(verified(EDITED, repair=repair, before=(EDITED,)))
    stopped = text.index("### ❌ The repair: refused\n\nToo much.\n\nForce it.")
    assert stopped < text.index("page-edited")
    assert "## ❌ Not repaired: 1 finding left. 1 finding before the repair" in text


def test_many_findings_take_a_screen() -> None:
    """Findings of one kind, property and editor are one, with their number and the first pages."""
    ada, grace = Editor("1", "Ada"), Editor("2", "Grace")
    edited = [replace(EDITED, subject=f"m{n:03}", editor=ada) for n in range(300)]
    edited += [replace(EDITED, subject="other", editor=grace)]
    renamed = [
        Finding(FindingKind.PAGE_RENAMED, f"r{n}", f"Its page is called 'x{n}' now.")
        for n in range(2)
    ]
    out = list(map(str, lines(verified(*edited, *renamed, CHANGED))))
    assert out[:10] == [
        (
            "notion      300 findings: Edited in Notion; last edited by user 4f2a: Coverage.  "
            "(page-edited)"
        ),
        "    m000, m001, m002 and 297 more",
        "notion      2 findings: The page was renamed in Notion.  (page-renamed)",
        "    r0, r1",
        ("notion      other: Edited in Notion; last edited by user 4f2a: Coverage.  (page-edited)"),
        "    Coverage: 94.2 → 50",
        "repository  f.json:3: The manifest has changed.  (manifest-changed)",
        "List all with --verbose or --json.",
        "What to do:",
        "    manifest-changed: Run `lukhas-notion sync --all` or `lukhas-notion verify --repair`.",
    ]
    every = list(map(str, lines(verified(*edited, *renamed, CHANGED), verbose=True)))
    assert sum("Edited in Notion" in line for line in every) == 301
    assert "List all with --verbose or --json." not in every


def test_more_kinds_than_a_screen_shows_are_counted() -> None:
    """What is left out is a number of findings and of kinds."""
    kinds = [FindingKind.PAGE_EDITED, FindingKind.PAGE_STALE]
    found = [
        Finding(kind, f"m{n}", "Said.", editor=Editor(str(name), f"Editor {name}"))
        for kind in kinds
        for name in range(20)
        for n in range(3)
    ]
    out = list(map(str, lines(verified(*found))))
    assert "… and 75 findings of 25 other kinds" in out
    assert sum("(page-" in line for line in out) == 15


def test_a_scaled_number_is_shown_as_the_manifest_has_it() -> None:
    """Issue and report show 88.5 for a percent that Notion keeps as 0.885."""
    share = PropertyChange("Share", PropertyType.NUMBER, 0.885, 0.9, scale=0.01)
    found = verified(replace(EDITED, properties=(share,)))
    assert "**Share**: 90 → 88.5" in issue(found, "https://github.example/run")
    assert "**Share**: 90 → 88.5" in render(found)


def test_a_new_sha_is_no_value_that_anybody_compares() -> None:
    """The SHA follows from the manifest, so 64 digits do not help a reader."""
    sha = PropertyChange("Provenance SHA", PropertyType.RICH_TEXT, "a" * 64, "b" * 64)
    found = replace(CHANGED, properties=(COVERAGE, sha), sha="b" * 64)
    for text in ("\n".join(map(str, lines(verified(found)))), summary(verified(found))):
        assert "Coverage" in text
        assert "Provenance SHA" not in text


def test_an_issue_tells_many_findings_by_their_kind_and_lists_them_in_a_fold() -> None:
    """The first pages are linked, and a fold lists every page."""
    edited = [
        replace(EDITED, subject=f"m{n:03}", url=f"https://app.notion.com/p/{n}") for n in range(300)
    ]
    text = issue(verified(*edited, CHANGED), "https://github.example/run")
    assert (
        "\n- 300 findings: Edited in Notion; last edited by user 4f2a: Coverage. "
        "[`m000`](https://app.notion.com/p/0), [`m001`](https://app.notion.com/p/1), "
        "[`m002`](https://app.notion.com/p/2) and 297 more\n"
    ) in text
    at = text.index("<details><summary>All page-edited (300)</summary>")
    assert at > text.index("### In the repository: manifest-changed (1)")
    assert "- [`m299`](https://app.notion.com/p/299): Edited in Notion" in text[at:]


def test_violations_that_differ_in_values_are_one_kind_of_finding() -> None:
    """What is wrong in thousands of files is a line, and each file is named once in its own."""
    broken = [
        Finding(
            FindingKind.MANIFEST_INVALID, f"{n}.json", f'the key "{key}" is missing', f"{n}.json", 1
        )
        for n in range(20)
        for key in ("owner", "tier")
    ]
    assert str(next(lines(verified(*broken)))) == (
        "repository  40 findings: the key … is missing  (manifest-invalid)"
    )
    text = render(verified(*broken))
    assert "- 40 findings: the key … is missing `0.json`, `1.json`, `2.json` and 17 more" in text
    assert '- `7.json:1`: the key "owner" is missing' in text
