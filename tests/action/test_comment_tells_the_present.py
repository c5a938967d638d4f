"""The comment describes the present state, and what was applied stays on record."""

from __future__ import annotations

from typing import Any

import pytest
from support.actions import ActionPlace, Ran
from support.fake_github import BOT, HEAD, MERGE, FakeComment, FakePull

FIRST, SECOND, THIRD = "1" * 40, "2" * 40, "3" * 40


def push(action: ActionPlace, sha: str = MERGE, before: str = "", **environ: str) -> Ran:
    """Apply after a push."""
    payload = {"repository": {"default_branch": "main"}, "before": before, "after": sha}
    kept = dict(action.environ)
    action.environ |= {"GITHUB_SHA": sha, **environ}
    ran = action.run("push", payload, mode="apply")
    action.environ.clear()
    action.environ.update(kept)
    return ran


def previewed(action: ActionPlace) -> None:
    """Preview one edit on the pull request."""
    action.place.edit("alpha", description="It finds.")
    action.pull.change("alpha/module.manifest.json")
    assert action.pull_request().code == 0
    assert "Merging changes 1 page" in action.comment


def previewed_and_applied(action: ActionPlace) -> None:
    """Preview one edit, merge it and apply it."""
    previewed(action)
    action.repository.line = [FIRST]
    action.repository.merge(action.pull, MERGE)
    assert push(action, before=FIRST).code == 0
    assert "## ✅ Applied: 1 page written to Notion" in action.comment


def test_an_apply_that_is_run_again_adds_a_line(action: ActionPlace) -> None:
    """What was applied stays, and the second attempt is named below it."""
    previewed_and_applied(action)

    assert push(action, before=FIRST, GITHUB_RUN_ATTEMPT="2").code == 0

    assert "## ✅ Applied: 1 page written to Notion" in action.comment
    assert "It finds." in action.comment
    assert "- ✅ Applied: Notion was already up to date ([run](" in action.comment
    assert "/attempts/2))" in action.comment


@pytest.mark.parametrize(
    "more", [{"state": "closed", "merged": True}, {"state": "closed"}, {"merged": True}, {}]
)
def test_an_event_after_the_merge_takes_nothing_back(
    action: ActionPlace, more: dict[str, Any]
) -> None:
    """A label, or the event of the merge itself, does not bring a preview back."""
    previewed_and_applied(action)
    told = action.comment

    ran = action.pull_request(more=more)

    assert ran.code == 0
    assert action.comment == told


def test_a_closed_pull_request_keeps_the_plan_that_was_reviewed(action: ActionPlace) -> None:
    """The event of the merge may be faster than the apply, which still finds the reviewed plan."""
    previewed(action)
    told = action.comment

    action.pull_request(more={"state": "closed", "merged": True})

    assert action.comment == told


def test_a_rerun_that_fails_adds_a_line(action: ActionPlace) -> None:
    """A token that was revoked since then does not undo what was applied."""
    previewed_and_applied(action)

    ran = action.run("push", mode="apply", notion_token="ntn_revoked_token")

    assert ran.code == 2
    assert "## ✅ Applied: 1 page written to Notion" in action.comment
    assert "- ❌ Nothing was written to Notion ([run](" in action.comment


def another(action: ActionPlace, number: int) -> FakePull:
    """Return another pull request, with the comment of its preview."""
    made = FakePull(number)
    marker = action.comment.split("\n")[0]
    text = f"{marker}\n## 📝 Merging changes 1 page in Notion"
    made.comments.append(FakeComment(made, 900 + number, BOT, text))
    action.repository.others.append(made)
    return made


def test_every_pull_request_of_a_push_is_finished(action: ActionPlace) -> None:
    """A merge queue puts several on the branch at once."""
    previewed(action)
    eighth = another(action, 8)
    action.repository.line = [FIRST]
    action.repository.merge(action.pull, SECOND)
    action.repository.merge(eighth, MERGE)

    ran = push(action, before=FIRST)

    assert ran.code == 0, ran.log
    assert "## ✅ Applied: 1 page written to Notion" in action.comment
    assert "## ✅ Applied: 1 page written to Notion" in eighth.comment
    assert ran.outputs["comment-url"] == eighth.comments[0].html_url


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_a_pull_request_whose_apply_was_dropped_is_finished(
    action: ActionPlace, event: str
) -> None:
    """The concurrency group drops a waiting run; the next apply carries out its merge as well."""
    previewed(action)
    eighth = another(action, 8)
    later = another(action, 9)
    action.repository.line = [FIRST]
    action.repository.merge(action.pull, SECOND)
    action.repository.merge(eighth, MERGE)
    action.repository.merge(later, THIRD)
    payload = {"repository": {"default_branch": "main"}, "before": SECOND, "after": MERGE}

    ran = action.run(event, payload, mode="apply")

    assert ran.code == 0, ran.log
    assert "## ✅ Applied: 1 page written to Notion" in action.comment
    assert "## ✅ Applied: 1 page written to Notion" in eighth.comment
    assert "Merging changes 1 page" in later.comment  # this commit does not contain it


def test_only_what_was_left_is_looked_for(action: ActionPlace) -> None:
    """Pull requests before one that an apply has finished are not looked at again."""
    previewed_and_applied(action)
    old = another(action, 5)
    old.merged_at, old.merge_commit_sha = "2025-01-01", FIRST
    old.comments[0].body = f"{(old.comments[0].body or '').split(chr(10))[0]}\n## old"

    action.place.edit("beta", description="It counts.")
    action.repository.line.append(THIRD)
    assert push(action, sha=THIRD, before=MERGE).code == 0

    assert "## old" in old.comment or "## ✅ Applied" in old.comment
    assert old.writes == []


def test_a_preview_that_fails_takes_the_old_verdict_away(action: ActionPlace) -> None:
    """The comment names the commit that could not be previewed, and why."""
    previewed(action)

    ran = action.pull_request(head="d" * 40, notion_token="ntn_revoked_token")

    assert ran.code == 2
    assert "Merging changes" not in action.comment
    assert "The preview could not be computed for <code>dddddddddddd</code>" in action.comment
    assert "token" in action.comment

    assert action.pull_request(head="d" * 40).code == 0
    assert "Merging changes 1 page" in action.comment


def test_a_property_that_is_missing_is_reported_in_comment_and_report(action: ActionPlace) -> None:
    """Both name the property and the remedy, before a merge and after it."""
    action.place.notion.remove_property("Coverage")
    action.place.edit("alpha", description="It finds.")
    action.pull.change("alpha/module.manifest.json")
    said = "Property 'Coverage' not found in database"
    report = action.place.root / "reports/notion_sync_report.md"

    assert action.pull_request().code == 2
    assert said in action.comment
    assert "`lukhas-notion init` does it" in action.comment
    assert said in report.read_text(encoding="utf-8")
    report.unlink()
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE
    assert action.run("push", mode="apply").code == 2
    assert said in action.comment
    assert said in report.read_text(encoding="utf-8")
    assert action.place.ledger()[-1]["status"] == "error"


def test_a_broken_configuration_takes_the_old_verdict_away(action: ActionPlace) -> None:
    """So does what fails before anything is looked at."""
    previewed(action)
    (action.place.root / "lukhas-notion.toml").write_text("[notion\n")

    ran = action.pull_request(head="d" * 40)

    assert ran.code == 2
    assert "could not be computed for <code>dddddddddddd</code>" in action.comment
    assert "lukhas-notion.toml" in action.comment


@pytest.mark.parametrize(
    "wrong", [{"scope": "some"}, {"mode": "aply"}, {"rate_limit": "fast"}, {"ledger_branch": "-x"}]
)
def test_a_wrong_input_takes_the_old_verdict_away(
    action: ActionPlace, wrong: dict[str, str]
) -> None:
    """A workflow that a pull request breaks says so in the comment, and nothing else is done."""
    previewed(action)
    before = len(action.place.notion.requests)

    ran = action.pull_request(head="d" * 40, **wrong)

    assert (ran.code, ran.outputs["failure-reason"]) == (2, "configuration")
    assert "could not be computed for <code>dddddddddddd</code>" in action.comment
    assert f"The input {next(iter(wrong)).replace('_', '-')} is" in action.comment
    assert len(action.place.notion.requests) == before


@pytest.mark.parametrize("wrong", [{"comment": "maybe"}, {"comment_id": "a b"}])
def test_which_comment_is_ours_is_not_guessed(action: ActionPlace, wrong: dict[str, str]) -> None:
    """Where the input for the comment is wrong, the comment of another one is left alone."""
    previewed(action)
    before = action.comment

    assert action.pull_request(head="d" * 40, **wrong).code == 2
    assert action.comment == before


def test_a_bug_takes_the_old_verdict_away(
    action: ActionPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception removes the old verdict."""
    previewed(action)

    def explode() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(action.pull, "get_files", explode, raising=False)

    assert action.pull_request(head="d" * 40).outputs["failure-reason"] == "internal"
    assert "could not be computed for <code>dddddddddddd</code>" in action.comment


def test_a_failed_preview_is_no_reviewed_plan(action: ActionPlace) -> None:
    """What was merged is not what the last good preview showed."""
    previewed(action)
    action.pull_request(head="d" * 40, notion_token="ntn_revoked_token")
    action.pull.head.sha = "d" * 40
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE

    ran = action.run("push", mode="apply", require_reviewed_plan="true")

    assert (ran.code, ran.outputs["failure-reason"]) == (1, "plan-changed")


def test_a_pull_request_to_another_branch_is_told_when_it_applies(action: ActionPlace) -> None:
    """Merging into another branch than the default one changes nothing in Notion."""
    action.place.edit("alpha", description="It finds.")
    action.pull.change("alpha/module.manifest.json")

    ran = action.pull_request(base="develop")

    assert "📝 When it reaches main, this changes 1 page in Notion" in action.comment
    assert "Merging into `develop` changes nothing in Notion" in action.comment
    assert "this applies when it reaches `main`" in action.comment
    assert "Merging changes" not in action.comment
    assert "this applies when it reaches `main`" in ran.summary
    assert HEAD[:12] in action.comment
