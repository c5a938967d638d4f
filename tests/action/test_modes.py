"""The modes by themselves: what is asked, and what their verdict is."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.actions import ActionPlace, pull_payload, said

from lukhas_notion.action.modes import SyncMode, examine, verify
from lukhas_notion.action.publish import Publisher
from lukhas_notion.github.event import Activity, ActivityKind
from lukhas_notion.github.runner import FileCommands
from lukhas_notion.util.errors import ConfigError, LukhasNotionError

NAME = "alpha/module.manifest.json"


def mode(
    action: ActionPlace, kind: ActivityKind, *, pull: bool = True, **inputs: str
) -> tuple[SyncMode, Publisher]:
    """Return a mode that has not begun."""
    payload = pull_payload() if pull else None
    github = action.context("pull_request" if pull else "push", payload, **inputs)
    world = github.action_runtime
    publisher = Publisher(github, FileCommands(world.environ, world.random_hex))
    activity = Activity(kind, whole=not pull, comment=pull)
    return SyncMode(github, activity, publisher), publisher


def test_a_validation_asks_no_notion(action: ActionPlace) -> None:
    """The changed manifests are checked."""
    action.pull.change(NAME)
    before = len(action.place.notion.requests)
    made, _ = mode(action, ActivityKind.VALIDATE)
    result, scope = made.run()
    assert (result.checked, scope.paths) == (1, (NAME,))
    assert len(action.place.notion.requests) == before


def test_a_preview_writes_nothing(action: ActionPlace) -> None:
    """With a token Notion is asked, without one the base branch."""
    action.place.edit("alpha", description="It finds.")
    action.pull.change(NAME)
    writes = action.place.writes
    made, _ = mode(action, ActivityKind.PREVIEW)
    result, _ = made.run()
    assert result.plan is not None
    assert [change.module for change in result.plan.writes] == ["alpha"]
    assert not made.against_base
    action.place.environ["NOTION_TOKEN"] = ""
    made, _ = mode(action, ActivityKind.PREVIEW)
    made.run()
    assert made.against_base
    assert action.place.writes == writes


def test_without_a_pull_request_there_is_no_base_to_compare_with(action: ActionPlace) -> None:
    """The input that is missing is named."""
    action.place.environ["NOTION_TOKEN"] = ""
    made, _ = mode(action, ActivityKind.PREVIEW, pull=False)
    with pytest.raises(ConfigError, match="notion-token is empty"):
        made.run()


def test_files_that_cannot_be_listed_widen_the_scope(action: ActionPlace) -> None:
    """All manifests are checked, and a warning says why."""
    action.pull.unlisted = 403
    made, _ = mode(action, ActivityKind.VALIDATE)
    result, scope = made.run()
    assert (result.checked, scope.paths, scope.known) == (3, None, False)
    assert "files could not be listed" in said(made.github.action_runtime)


def test_a_run_that_had_not_begun_has_no_result(action: ActionPlace) -> None:
    """Nor has one that a bug ended."""
    made, _ = mode(action, ActivityKind.APPLY, pull=False)
    assert made.failed(LukhasNotionError("x")) is None
    made.run()
    assert made.failed(ZeroDivisionError()) is None
    ended = made.failed(LukhasNotionError("x"))
    assert ended is not None
    assert ended.error is not None


def test_verify_reports_what_disagrees_in_an_issue(action: ActionPlace) -> None:
    """Its verdict is the exit code; nothing is written to Notion."""
    action.place.edit("alpha", description="It finds.")
    writes = action.place.writes
    made, publisher = mode(action, ActivityKind.VERIFY, pull=False)
    verdict = verify(made.github, publisher)
    assert (verdict.reason, verdict.exit_code) == ("out-of-sync", 1)
    [issue] = action.repository.issues
    assert "alpha" in issue.body
    assert action.place.writes == writes


def test_doctor_reports_failures_as_annotations(action: ActionPlace) -> None:
    """A property that is missing is one, and the verdict is the set-up's."""
    action.place.notion.remove_property("Coverage")
    made, publisher = mode(action, ActivityKind.DOCTOR, pull=False)
    verdict = examine(made.github, publisher)
    assert (verdict.reason, verdict.exit_code) == ("set-up", 1)
    assert "::error title=set-up::" in said(made.github.action_runtime)
    summary = Path(made.github.action_runtime.environ["GITHUB_STEP_SUMMARY"])
    assert "Coverage" in summary.read_text(encoding="utf-8")
