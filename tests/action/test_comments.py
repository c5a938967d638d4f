"""The comment on an open pull request: its context, and failures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.actions import ActionPlace, pull_payload
from support.core import plan, result, want
from support.fake_github import HEAD

from lukhas_notion.action.comment_history import MAX_PLAN, hide_plan, plan_in
from lukhas_notion.action.comments import Comments, explained
from lukhas_notion.action.context import GitHubContext, comment_context
from lukhas_notion.action.publish import comment_outputs
from lukhas_notion.action.scope import Scope
from lukhas_notion.action.untrusted_preview import post_for_run
from lukhas_notion.github.comment_text import Marker
from lukhas_notion.github.event import Activity, ActivityKind
from lukhas_notion.util.errors import ConfigError, LukhasNotionError

PREVIEW = Activity(ActivityKind.PREVIEW, whole=False, comment=True)


def preview(action: ActionPlace, *, base: str = "main", **inputs: str) -> GitHubContext:
    """Return the run of a preview."""
    return action.context("pull_request", pull_payload(base=base), **inputs)


def test_what_it_says_beside_the_result(action: ActionPlace) -> None:
    """Commit, checks, an estimate, and what was moved; the default branch needs no mention."""
    planned = result(plan([want("a"), want("b")]), dry_run=True)
    scope = Scope(paths=("a",), removed=("gone.json",), renamed=(("old.json", "new.json"),))
    context = comment_context(preview(action, comment_id="docs"), planned, scope, False)
    assert (context.head_sha, context.comment_id, context.whole) == (HEAD, "docs", False)
    assert context.run_url == "https://github.example/octo/manifests/pull/7/checks"
    assert context.requests >= 2
    assert [(m.path, m.new_path) for m in context.moved] == [
        ("gone.json", ""),
        ("old.json", "new.json"),
    ]
    assert (context.base, context.applied_branch) == ("", "")


def test_a_branch_that_is_not_applied_is_named(action: ActionPlace) -> None:
    """Merging into it changes nothing yet."""
    planned = result(plan([]), dry_run=True)
    context = comment_context(preview(action, base="develop"), planned, Scope(), False)
    assert (context.base, context.applied_branch) == ("develop", "main")


def test_a_plan_that_is_compared_with_the_base_is_not_remembered(action: ActionPlace) -> None:
    """It is not what Notion would get; a plan against Notion is, with its digest."""
    github, planned = preview(action), result(plan([want("a")]), dry_run=True)
    context = comment_context(github, planned, Scope(), False)
    for against_base in (False, True):
        Comments(github).update(planned, PREVIEW, replace(context, compared_with_base=against_base))
        marker = Marker.parse(action.comment)
        assert marker is not None
        assert planned.plan is not None
        assert marker.digest == ("" if against_base else planned.plan.digest)
        remembered = plan_in(action.comment, planned.plan.digest)
        assert remembered == (None if against_base else list(planned.plan.operations()))


@pytest.mark.parametrize(("wanted", "made"), [("true", 1), ("changes-only", 0), ("false", 0)])
def test_a_preview_without_changes_is_a_comment_on_demand(
    action: ActionPlace, wanted: str, made: int
) -> None:
    """With ``changes-only`` there is no new comment."""
    planned = result(plan([]), dry_run=True)
    github = preview(action, comment=wanted)
    context = comment_context(github, planned, Scope(), False)
    Comments(github).update(planned, PREVIEW, context)
    assert len(action.pull.comments) == made


def test_a_failure_takes_the_verdicts_place(action: ActionPlace) -> None:
    """With the commit, the error and what to do."""
    Comments(preview(action)).failed(LukhasNotionError("No *stars*.", "Wait."), PREVIEW)
    marker = Marker.parse(action.comment)
    assert marker is not None
    assert marker.state == "uncomputed"
    assert f"could not be computed for <code>{HEAD[:12]}</code>" in action.comment
    assert "Wait." in action.comment


def test_an_error_is_explained_and_a_bug_is_named() -> None:
    """A traceback is for the log."""
    assert explained(LukhasNotionError("It is full.", "Empty it.")) == "It is full.\n\nEmpty it."
    assert explained(LukhasNotionError("It is full.")) == "It is full."
    assert "ZeroDivisionError" in explained(ZeroDivisionError("secret"))
    assert "secret" not in explained(ZeroDivisionError("secret"))


def test_outputs_say_whether_there_is_a_comment() -> None:
    """A workflow keeps the comment's data where it could not be posted."""
    assert comment_outputs("") == {"comment-url": "", "comment-posted": "false"}
    assert comment_outputs("https://x") == {"comment-url": "https://x", "comment-posted": "true"}


def test_a_comment_is_posted_for_a_run_alone(action: ActionPlace) -> None:
    """Another event does not name a run."""
    with pytest.raises(ConfigError, match="no workflow run"):
        post_for_run(action.context("push"))


def test_a_plan_is_remembered_while_it_is_small() -> None:
    """It comes back by its digest alone; a plan that is too large is known by digest."""
    planned = plan([want("a")])
    line = hide_plan(planned.operations())
    assert plan_in(f"text\n\n{line}\n", planned.digest) == list(planned.operations())
    assert plan_in(line, "0" * 64) is None
    assert plan_in("text", planned.digest) is None
    assert plan_in("<!-- lukhas-notion-plan AAAA -->", planned.digest) is None
    large = plan([want(f"{number:x}" * 40) for number in range(3_000)])
    assert hide_plan(large.operations()) == ""
    assert len(line) < MAX_PLAN
