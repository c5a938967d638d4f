"""The Action applies the plan of the merged pull request's comment, or nothing."""

from __future__ import annotations

import base64
import zlib
from hashlib import sha256

import pytest
from support.actions import ActionPlace, Ran
from support.fake_github import BOT, HEAD, MERGE, FakeComment


def preview(action: ActionPlace, text: str = "Reviewed.", **inputs: str) -> Ran:
    """Change a module, and let the Action preview it on the pull request."""
    action.place.edit("alpha", description=text)
    if not action.pull.files:
        action.pull.change("alpha/module.manifest.json")
    return action.pull_request(**inputs)


def merge(action: ActionPlace) -> None:
    """Merge the pull request."""
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE


def apply(action: ActionPlace, reviewed: str = "true") -> Ran:
    """Let the Action apply the push, if the plan is the reviewed one."""
    return action.run("push", mode="apply", require_reviewed_plan=reviewed)


def described(action: ActionPlace) -> object:
    """Return what Notion says of the module."""
    return action.place.pages()["alpha"]["Description"]


def test_the_plan_of_the_comment_is_applied(action: ActionPlace) -> None:
    """On a push the merged pull request and its comment are found, and the digests agree."""
    shown = preview(action)
    merge(action)

    ran = apply(action)

    assert ran.code == 0, ran.log
    assert ran.outputs["plan-digest"] == shown.outputs["plan-digest"]
    assert described(action) == "Reviewed."


def test_what_slipped_in_after_the_review_is_refused(action: ActionPlace) -> None:
    """Nothing is written; log, outputs, summary and comment name the operation."""
    preview(action)
    merge(action)
    action.place.edit("beta", description="Slipped in.")
    writes = action.place.writes

    ran = apply(action)

    assert ran.code == 1
    assert ran.outputs["failure-reason"] == "plan-changed"
    assert ran.outputs["unapplied"] == "2"
    assert action.place.writes == writes
    for said in (ran.summary, action.comment):
        assert "❌ Refused: nothing is written to Notion" in said
        assert "+ update beta: planned, but not reviewed" in said
    assert "::error title=refused::The plan is not the one" in ran.log


def test_a_refused_plan_is_not_taken_for_reviewed_the_next_time(action: ActionPlace) -> None:
    """The comment goes on remembering the plan that was reviewed, not the refused one."""
    preview(action)
    merge(action)
    action.place.edit("beta", description="Slipped in.")

    assert apply(action).code == apply(action).code == 1

    action.place.edit("beta", description="What beta does.")
    assert apply(action).code == 0
    assert described(action) == "Reviewed."


def test_a_run_that_failed_leaves_the_reviewed_plan_in_the_comment(action: ActionPlace) -> None:
    """After an outage the same push can be run again."""
    preview(action)
    merge(action)
    token, action.place.environ["NOTION_TOKEN"] = action.place.environ["NOTION_TOKEN"], "ntn_wrong"
    assert apply(action).outputs["failure-reason"] == "configuration"
    action.place.environ["NOTION_TOKEN"] = token

    assert apply(action).code == 0
    assert described(action) == "Reviewed."


def test_a_digest_may_be_given_by_hand(action: ActionPlace) -> None:
    """A reviewer can name the digest of another plan; any other plan is refused."""
    action.place.edit("alpha", description="Reviewed.")
    digest = action.run("workflow_dispatch", mode="dry-run").outputs["plan-digest"]

    assert action.run("schedule", mode="apply", require_reviewed_plan="0" * 64).code == 1
    ran = action.run("workflow_dispatch", mode="apply", require_reviewed_plan=digest.upper())

    assert ran.code == 0
    assert described(action) == "Reviewed."


def refused(action: ActionPlace, ran: Ran, why: str) -> None:
    """Expect that a run was refused for want of a digest, and wrote nothing."""
    assert ran.code == 1
    assert ran.outputs["failure-reason"] == "plan-changed"
    assert why in ran.log
    assert described(action) == "What alpha does."


def test_an_apply_without_a_reviewed_plan_is_on_the_ledger(action: ActionPlace) -> None:
    """It was meant to write and was refused: that is an attempt, and has its report."""
    before = len(action.place.ledger())

    ran = apply(action)

    assert (ran.code, ran.outputs["failure-reason"]) == (1, "plan-changed")
    (record,) = action.place.ledger()[before:]
    assert (record["action"], record["status"], record["reason"]) == (
        "run",
        "refused",
        "plan-changed",
    )
    report = (action.place.root / "reports/notion_sync_report.md").read_text(encoding="utf-8")
    assert record["error"] == f"No merged pull request contains the commit {MERGE[:12]}."
    assert f"contains the commit `{MERGE[:12]}`." in report


def test_a_direct_push_has_no_reviewed_plan(action: ActionPlace) -> None:
    """Without a merged pull request there is no digest, and that is a refusal."""
    action.place.edit("alpha", description="Direct.")
    refused(action, apply(action), "No merged pull request contains the commit cccccccccccc.")


def test_a_pull_request_without_a_comment_has_no_reviewed_plan(action: ActionPlace) -> None:
    """A missing comment is not a review."""
    preview(action, comment="false")
    merge(action)
    refused(action, apply(action), "Pull request #7 has no comment with a plan.")


def test_a_comment_about_an_older_commit_does_not_count(action: ActionPlace) -> None:
    """What was pushed after the preview was not in it."""
    preview(action)
    merge(action)
    action.pull.head.sha = "d" * 40
    refused(action, apply(action), "and dddddddddddd was merged")


def test_a_preview_against_the_base_branch_does_not_count(action: ActionPlace) -> None:
    """A fork's preview did not read Notion, so its digest does not count."""
    preview(action, notion_token="")
    merge(action)
    refused(action, apply(action), "shows no plan for Notion")


def test_a_preview_with_violations_does_not_count(action: ActionPlace) -> None:
    """With violations there was no plan to review."""
    action.place.edit("alpha", features=["serach"])
    action.pull.change("alpha/module.manifest.json")
    action.pull_request()
    action.place.edit("alpha", features=["search"], description="Mended.")
    merge(action)
    refused(action, apply(action), "shows no plan for Notion")


def test_a_strangers_comment_does_not_count(action: ActionPlace) -> None:
    """A copy of the comment by another user is not used."""
    preview(action)
    merge(action)
    body = action.comment
    action.pull.comments[:] = [FakeComment(action.pull, 1, "stranger", body)]
    refused(action, apply(action), "has no comment with a plan")


def broken(line: str) -> list[str]:
    """Return hidden lines that are not what the digest is of."""
    bomb = base64.b64encode(zlib.compress(b"[" * 50_000_000)).decode()
    return [
        "",
        "<!-- lukhas-notion-plan AAAA -->",
        f"<!-- lukhas-notion-plan {base64.b64encode(zlib.compress(b'[]')).decode()} -->",
        f"<!-- lukhas-notion-plan {base64.b64encode(zlib.compress(b'{}')).decode()} -->",
        f"<!-- lukhas-notion-plan {bomb} -->",
        line[:40] + line[41:],
    ]


@pytest.mark.parametrize("index", range(6))
def test_hidden_operations_that_are_not_the_digests_are_not_believed(
    action: ActionPlace, index: int
) -> None:
    """The digest still decides; the refusal then shows what is planned now."""
    preview(action)
    merge(action)
    (comment,) = [c for c in action.pull.comments if c.login == BOT]
    line = next(x for x in comment.body.splitlines() if x.startswith("<!-- lukhas-notion-plan"))
    comment.body = comment.body.replace(line, broken(line)[index])
    action.place.edit("beta", description="Slipped in.")

    ran = apply(action)

    assert ran.code == 1
    assert "The reviewed operations are not known" in ran.summary
    assert "+ update beta" in ran.summary


def test_a_plan_too_large_to_hide_is_known_by_its_digest(action: ActionPlace) -> None:
    """The comment keeps its size, and the digest is enough to apply."""
    for number in range(80):
        # Digits that do not compress: a hash of each part.
        parts = (sha256(f"{number}.{part}".encode()).hexdigest() for part in range(24))
        module = {"module": f"m{number}", "description": "".join(parts)}
        action.place.write(f"m{number}", module)
        action.pull.change(f"m{number}/module.manifest.json", "added")
    action.pull_request()
    assert "lukhas-notion-plan" not in action.comment
    assert len(action.comment) <= 65_536
    merge(action)
    assert apply(action).code == 0


@pytest.mark.parametrize("wrong", ["maybe", "0" * 63, "yes"])
def test_a_wrong_input_is_an_error_that_names_it(action: ActionPlace, wrong: str) -> None:
    """Neither true, false nor a digest: nothing runs."""
    ran = apply(action, wrong)
    assert ran.code == 2
    assert "The input require-reviewed-plan is" in ran.log
    assert HEAD not in ran.log
