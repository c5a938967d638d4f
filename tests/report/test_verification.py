"""A verification told to a terminal, as a report, as a summary and as an issue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from support.core import plan, result, want

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.finding import Finding, FindingKind
from lukhas_notion.plan.guard import SafetyStop
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
    """The third reader's question: the page, who, the value that it has and the one it should."""
    text = issue(verified(EDITED), "https://github.example/run")
    assert text.split("\n")[:8] == [
        "❌ Out of sync: 1 finding (notion 1) in 32 modules",
        "",
        "This issue is kept up to date, and closed when all is well.",
        "",
        "### In Notion: page-edited (1)",
        "",
        (
            "Somebody has edited a mapped property in Notion. Put the edit into the manifest, or "
            "write over it: verify with --repair."
        ),
        "",
    ]
    assert (
        "- [`riding.unlock`](https://app.notion.com/p/1): "
        "Edited in Notion; last edited by user 4f2a: Coverage.\n  - **Coverage**: 50 → 94.2\n"
    ) in text
    assert list(map(str, lines(verified(EDITED))))[:2] == [
        (
            "notion      riding.unlock: Edited in Notion; last edited by user 4f2a: Coverage.  "
            "(page-edited)"
        ),
        "    Coverage: 50 → 94.2",
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
    """The safety stop of the sync stands above the findings, in its own words."""
    stop = SafetyStop("guard", "Too much.", "Force it.")
    repair = result(plan([want("a")]), dry_run=False, refusal=stop)
    text = summary(verified(EDITED, repair=repair, before=(EDITED,)))
    stopped = text.index("### ❌ The repair: refused\n\nToo much.\n\nForce it.")
    assert stopped < text.index("page-edited")
    assert "## ❌ Not repaired: 1 finding left. 1 finding before the repair" in text
