"""Five questions that readers have, each answered by one line of every medium that they look at."""

from __future__ import annotations

import re

import pytest
from support.actions import ActionPlace

from lukhas_notion.emulator.workspace import ALL, INSERT

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
LINK = re.compile(r"\]\(https://[^)]*\)")


def shown(text: str) -> list[str]:
    """Return the lines of a text, without what differs each time: times and addresses."""
    return LINK.sub("]", TIME.sub("TIME", text)).splitlines()


def verified(action: ActionPlace) -> tuple[list[str], list[str], list[str], list[str]]:
    """Return the console, the report, the step's summary and the issue of a verification."""
    console = action.place.run("verify").out
    report = action.place.run("verify", "--report-md", "-").out
    summary = action.run("schedule", mode="verify").summary
    [issue] = action.repository.issues
    return shown(console), shown(report), shown(summary), shown(issue.body)


def test_what_will_merging_do(action: ActionPlace) -> None:
    """The comment's heading and counts say it, and the last lines of a dry run."""
    action.place.edit("beta", description="Changed.")
    action.place.write("delta", {"module": "delta"})
    action.pull.change("beta/module.manifest.json")
    action.pull.change("delta/module.manifest.json", "added")
    ran = action.pull_request()
    for text in (action.comment.split("\n", 1)[1], ran.summary):
        assert shown(text)[:3] == [
            "## 📝 Merging changes 2 pages in Notion",
            "",
            "**1** to create · **1** to update",
        ]
    console = shown(action.place.run("sync", "--all", "--dry-run").out)
    assert console[-3] == "Dry run, nothing written. Applying changes 2 pages in Notion."
    assert console[-2].startswith("1 to create · 1 to update · 2 unchanged · ")
    report = shown(action.place.run("sync", "--all", "--dry-run", "--report-md", "-").out)
    assert report[3] == (
        "**📝 Applying changes 2 pages in Notion.** Dry run: nothing was written to Notion."
    )


def test_what_failed_and_what_do_i_do_before_the_merge(action: ActionPlace) -> None:
    """A violation's line has the place, what is wrong, and what to write instead."""
    action.place.edit("beta", features=["serch"])
    action.pull.change("beta/module.manifest.json")
    assert action.pull_request().code == 1
    comment = shown(action.comment)
    assert comment[1] == "## ❌ 1 violation: nothing is written to Notion"
    said = 'Features: "serch" is not in the vocabulary (vocab/features.json)'
    remedy = 'Use "search", or add "serch" to vocab/features.json.'
    place = "`beta/module.manifest.json:1`"
    assert f"- [{place}] at `/features/0`: {said}<br>→ {remedy}" in comment
    console = shown(action.place.run("validate", "--all").out)
    assert console[:2] == [
        f"beta/module.manifest.json:1: {said} (at /features/0)",
        f"    {remedy}",
    ]


def test_what_failed_and_what_do_i_do_after_the_merge(action: ActionPlace) -> None:
    """Console and report name the page, why, and the remedy once; the ledger keeps it."""
    place = action.place
    place.write("delta", {"module": "delta"})
    object.__setattr__(place.notion.workspace, "capabilities", ALL - {INSERT})
    ended = place.run("sync", "--all", "--report-md", "-")
    assert ended.code == 1
    why = "POST /v1/pages: 403 restricted_resource API token does not have access to this resource."
    remedy = (
        "What to do: In the integration's settings, allow it to read, insert and update content, "
        "and share the database with it."
    )
    ended_early = "The run ended early: 1 of 1 change was not applied to Notion"
    console = shown(ended.err)
    at = console.index("NOT APPLIED (1):")
    assert console[at + 1].startswith(f"    The run ended early: {why}")
    assert console[at + 2] == f"    {remedy}"
    assert console[at + 3].startswith(f"    delta create: {why}")
    assert console[at + 4] == f"✗ {ended_early}."
    report = shown(ended.out)
    assert report[3] == f"**❌ {ended_early}.**"
    at = report.index("## ❌ Not applied (1)")
    assert report[at + 4] == remedy
    assert report[at + 6].startswith("- `delta` create: POST /v1/pages: 403 ")
    ledger = shown(place.run("ledger", "show").out)
    assert any(
        re.match(rf"TIME  \w{{8}}  create +error +delta: {re.escape(why)}", line) for line in ledger
    )


def test_who_edited_this_page(action: ActionPlace) -> None:
    """The finding's line has the person's name, and so has the page's line in a comment."""
    place = action.place
    place.notion.edit_page(place.pages()["alpha"]["id"], {"Description": "By hand."})
    said = "Edited in Notion; last edited by Local person: Description."
    console, report, summary, issue = verified(action)
    assert console[0] == f"notion      alpha: {said}  (page-edited)"
    for text in (report, summary, issue):
        assert f"- [`alpha`]: {said}" in text
    place.edit("alpha", features=["export"])
    action.pull.change("alpha/module.manifest.json")
    action.pull_request()
    assert (
        "<details open><summary>↩️ <b>alpha</b> drift <sub>Description · last edited by Local person"
        "</sub></summary>"
    ) in shown(action.comment)


def test_is_notion_in_sync_since_when(action: ActionPlace) -> None:
    """The verdict says that all three agree, and when Notion was last written."""
    place = action.place
    place.notion.edit_page(place.pages()["alpha"]["id"], {"Description": "By hand."})
    verified(action)
    assert place.run("sync", "--all", "--repair-drift").code == 0
    console, report, summary, issue = verified(action)
    said = "In sync: repository, Notion and ledger agree on 3 modules, last written TIME UTC"
    assert console[0] == f"✓ {said}."
    assert report[3] == f"**✅ {said}.**"
    assert summary[0] == f"## ✅ {said}"
    assert issue[1] == f"## ✅ {said}"
    assert action.repository.issues[0].state == "closed"


@pytest.mark.parametrize("since", ["2020-01-01", "2020-01-01T00:00:00Z"])
def test_what_did_we_write_there_last_month(action: ActionPlace, since: str) -> None:
    """`ledger show` has a row for each page with its time, and the sum in its last sentence."""
    action.place.edit("beta", description="Changed.")
    assert action.place.run("sync", "--all").code == 0
    rows = shown(action.place.run("ledger", "show", "--since", since).out)
    assert [line.split()[0] for line in rows[:1]] == ["Time"]
    assert any(re.fullmatch(r"TIME  [0-9a-f]{8}  update +success  beta", line) for line in rows)
    assert any(
        re.fullmatch(
            r"\d+ records of 2 runs, .*TIME UTC: 3 pages created, 1 updated\.",
            line,
        )
        for line in rows
    ), rows
