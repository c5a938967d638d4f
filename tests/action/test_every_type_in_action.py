"""Each type of property in one pull request: what the comment says of it, and what the merge does.

A pull request from a fork has no token, so its preview compares with the base branch.
"""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.actions import ActionPlace, Ran
from support.every_type import ROWS, mapped_by, say
from support.fake_github import HEAD

ICON = '[page]\nicon = { from = "/tier", values = { "1" = "🔴", "2" = "🟡" } }\n'
FILE = "notion_sync_comment.json"


@pytest.fixture
def action(tmp_path: Path) -> Iterator[ActionPlace]:
    """Return a pull request that changes a value of each type, and the icon."""
    place = mapped_by(tmp_path / "repository", *ROWS)
    file = place.root / "lukhas-notion.toml"
    file.write_text(ICON + file.read_text(encoding="utf-8"), encoding="utf-8")
    say(place, {"tier": 1} | {row.kind: row.values[0] for row in ROWS})
    assert place.init().code == 0
    [place.environ["NOTION_DATABASE_ID"]] = place.databases
    place.origin = "https://github.com/octo/manifests"
    assert place.run("sync", "--all").code == 0
    (tmp_path / "runner").mkdir()
    made = ActionPlace(place, tmp_path / "runner")
    made.keep_base()
    say(place, {"tier": 2} | {row.kind: row.values[1] for row in ROWS})
    made.pull.change("alpha/module.manifest.json")
    yield made
    place.notion.close()


def escaped(name: str) -> str:
    """Return a property's name in Markdown."""
    return name.replace("_", r"\_")


def test_the_comment_shows_each_type_and_the_merge_writes_it(action: ActionPlace) -> None:
    """A line has the value in Notion and the one after the merge, which the page has then."""
    writes = action.place.writes

    ran = action.pull_request()

    assert (ran.code, ran.outputs["updated"]) == (0, "1"), ran.log
    assert action.place.writes == writes
    lines = [line.strip() for line in action.comment.splitlines()]
    shown = [f"- **{escaped(row.name)}**: {row.comment or row.shown}" for row in ROWS]
    assert [line for line in lines if line.startswith("- **My ")] == shown
    assert "- **Page icon**: 🔴 → 🟡" in lines
    applied = action.run("push", mode="apply")
    assert applied.code == 0, applied.log
    page = action.place.pages()["alpha"]
    assert {row.name: page[row.name] for row in ROWS} == {row.name: row.held[1] for row in ROWS}
    assert action.place.notion.icon(page["id"]) == "🟡"
    verified = action.run("schedule", mode="verify")
    assert verified.code == 0, verified.log


def test_a_strangers_preview_names_each_type(action: ActionPlace) -> None:
    """Without a token the names of what changes are posted by the run that may comment."""
    asked = len(action.place.notion.requests)
    action.pull.forbidden = True
    assert action.pull_request(fork=True).code == 0
    action.pull.forbidden = False

    ran = posted(action)

    assert (ran.code, ran.outputs["comment-posted"]) == (0, "true"), ran.log
    comment = html.unescape(action.comment)
    for name in (*(row.name for row in ROWS), "Page icon"):
        assert f"<code>{name}</code>" in comment
    assert len(action.place.notion.requests) == asked


def posted(action: ActionPlace) -> Ran:
    """Run ``mode: comment`` on the data that the fork's run left."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.write(action.place.root / "reports" / FILE, FILE)
    action.repository.artifacts["notion-comment"] = stream.getvalue()
    run = {
        "id": 77,
        "run_attempt": 1,
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "topic",
        "head_repository": {"full_name": "stranger/manifests"},
    }
    payload = {"repository": {"default_branch": "main"}, "workflow_run": run}
    return action.run("workflow_run", payload, mode="comment", notion_token="")


def test_what_no_type_can_hold_is_told_with_its_line(action: ActionPlace) -> None:
    """Each bad value is in the comment with its line, and the first ones are annotations, too.

    The members of the workspace are asked for once everything else is valid.
    """
    say(action.place, {row.kind: row.bad for row in ROWS})
    writes = action.place.writes

    ran = action.pull_request()

    assert ran.code == 1
    assert f"## ❌ {len(ROWS) - 1} violations: nothing is written to Notion" in action.comment
    for line, row in enumerate(ROWS, start=4):
        told = f"alpha/module.manifest.json#L{line}) at `/{row.kind}`: {escaped(row.name)}"
        assert (told in action.comment) == (row.type != "people")
    assert "file=alpha/module.manifest.json,line=4," in ran.log
    [people] = [row for row in ROWS if row.type == "people"]
    say(action.place, {"ends": None, people.kind: people.bad})
    ran = action.pull_request(head="d" * 40)
    assert ran.code == 1
    assert f"::{people.name}{people.refused}" in ran.log
    assert "file=alpha/module.manifest.json,line=4," in ran.log
    assert action.place.writes == writes


def test_what_a_person_edited_is_shown_for_each_type(action: ActionPlace) -> None:
    """The comment has Notion's value and the manifest's, and the merge keeps Notion's."""
    say(action.place, {"tier": 1} | {row.kind: row.values[0] for row in ROWS})
    page = action.place.pages()["alpha"]["id"]
    action.place.notion.edit_page(page, {row.name: row.by_hand for row in ROWS})
    action.place.notion.set_icon(page, "🎉")
    edited = action.place.pages()["alpha"]

    ran = action.pull_request()

    assert (ran.code, ran.outputs["drifted"]) == (0, "1"), ran.log
    lines = [line.strip() for line in action.comment.splitlines()]
    for name in (*(row.name for row in ROWS), "Page icon"):
        assert [line for line in lines if line.startswith(f"- **{escaped(name)}**: ")], name
    assert "- **Page icon**: 🔴 → 🎉" in lines
    assert action.run("push", mode="apply").code == 0
    assert action.place.pages()["alpha"] == edited
