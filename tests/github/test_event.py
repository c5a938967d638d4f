"""The event's payload, and what each event asks for in each mode."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lukhas_notion.github.event import (
    BEHAVIOUR,
    Activity,
    ActivityKind,
    Event,
    Pull,
    activity,
)
from lukhas_notion.util.errors import ConfigError, UsageError

ENVIRON = {
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_EVENT_PATH": "event.json",
    "GITHUB_REPOSITORY": "octo/manifests",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_RUN_ID": "12",
    "GITHUB_WORKSPACE": "/github/workspace",
}
PULL = {
    "number": 7,
    "head": {"sha": "a" * 40, "repo": {"full_name": "octo/manifests"}},
    "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": "octo/manifests"}},
}


def event(payload: Any = None, **environ: str) -> Event:
    """Read an event."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload or {}).encode()
    return Event.from_environ({**ENVIRON, **environ}, lambda _: content)


def of(name: str, ref: str = "refs/heads/main") -> Event:
    """Return an event by its name, with a pull request where it is about one."""
    payload = {"pull_request": PULL} if name == "pull_request" else None
    return event(payload, GITHUB_EVENT_NAME=name, GITHUB_REF=ref)


def test_a_pull_request_is_read() -> None:
    """Numbers and commits, and whether it comes from a fork."""
    read = event({"pull_request": PULL, "repository": {"default_branch": "trunk"}})
    assert read.pull == Pull(7, "a" * 40, "b" * 40, "main", is_fork=False)
    assert read.default_branch == "trunk"
    assert read.run_url == "https://github.com/octo/manifests/actions/runs/12"


@pytest.mark.parametrize("repo", [{"full_name": "stranger/manifests"}, None, {}])
def test_another_repositorys_pull_request_is_a_forks(repo: object) -> None:
    """Also where the fork was deleted meanwhile."""
    read = event({"pull_request": {**PULL, "head": {"sha": "a", "repo": repo}}})
    assert read.pull is not None
    assert read.pull.is_fork


@pytest.mark.parametrize("more", [{"state": "closed"}, {"merged": True}])
def test_a_closed_pull_request_is_not_commented_on(more: dict[str, Any]) -> None:
    """What its comment says stays: an apply may have written it."""
    read = event({"pull_request": {**PULL, **more}})
    assert activity(read, "dry-run") == Activity(ActivityKind.PREVIEW, whole=False, comment=False)


@pytest.mark.parametrize(("before", "read"), [("c" * 40, "c" * 40), ("0" * 40, ""), (None, "")])
def test_a_new_branch_moved_from_nowhere(before: object, read: str) -> None:
    """GitHub writes forty zeros then."""
    assert event({"before": before}).before == read


@pytest.mark.parametrize(("commits", "read"), [(1, ""), (2, "c" * 40)])
def test_a_push_of_one_commit_has_nothing_in_between(commits: int, read: str) -> None:
    """GitHub need not be asked for the commits of such a push."""
    assert event({"before": "c" * 40, "commits": [{}] * commits}).before == read


@pytest.mark.parametrize("part", ["pull_request", "workflow_run"])
@pytest.mark.parametrize("found", [{}, {"number": "x"}, {"id": "x"}, {"head": None, "number": 1}])
def test_a_part_that_lacks_something_is_named(part: str, found: dict[str, Any]) -> None:
    """A payload of another shape is an error, and no traceback."""
    with pytest.raises(ConfigError, match=f"{part.replace('_', ' ')} is incomplete"):
        event({part: found})


@pytest.mark.parametrize("payload", [b"{", b"[]", b"\xff"])
def test_a_payload_that_is_no_object_is_an_error(payload: bytes) -> None:
    """Broken JSON, a list, and bytes that are no text."""
    with pytest.raises(ConfigError, match="payload"):
        event(payload)


@pytest.mark.parametrize("name", ["GITHUB_EVENT_NAME", "GITHUB_REPOSITORY", "GITHUB_WORKSPACE"])
def test_outside_a_workflow_the_missing_variable_is_named(name: str) -> None:
    """By hand the command is used."""
    with pytest.raises(ConfigError, match=f"{name} is not set") as caught:
        event(**{name: ""})
    assert "command" in caught.value.remedy


def test_a_run_id_is_a_number() -> None:
    """Comments are ordered by it."""
    with pytest.raises(ConfigError, match="GITHUB_RUN_ID is 'x'"):
        event(GITHUB_RUN_ID="x")


@pytest.mark.parametrize("row", BEHAVIOUR, ids=lambda row: row.event)
@pytest.mark.parametrize("mode", ["dry-run", "apply", "verify"])
def test_the_documented_table_is_what_happens(row: Any, mode: str) -> None:
    """Each cell that says something is carried out; each empty one is refused, with the reason."""
    cell = getattr(row, mode.replace("-", "_"))
    if not cell:
        with pytest.raises(UsageError) as refused:
            activity(of(row.event), mode)
        assert row.why in refused.value.remedy
        return
    found = activity(of(row.event), mode)
    kinds = {"dry-run": "preview", "apply": "apply", "verify": "verify"}
    only = row.event == "merge_group"
    assert found.kind.value == ("validate" if only else kinds[mode])
    assert found.whole is (row.event != "pull_request")
    assert found.writes is (found.kind is ActivityKind.APPLY)


@pytest.mark.parametrize("name", ["push", "workflow_dispatch"])
@pytest.mark.parametrize("mode", ["apply", "verify"])
def test_notion_shows_the_default_branch_alone(name: str, mode: str) -> None:
    """Another branch is previewed, and neither applied nor compared."""
    with pytest.raises(UsageError, match="refs/heads/topic"):
        activity(of(name, "refs/heads/topic"), mode)
    assert activity(of(name, "refs/heads/topic"), "dry-run").kind is ActivityKind.PREVIEW


def test_after_a_strangers_run_no_token_is_used() -> None:
    """``workflow_run`` posts a comment, or validates without any token."""
    assert activity(of("workflow_run"), "comment", tokens=True).kind is ActivityKind.COMMENT
    assert activity(of("workflow_run"), "validate").kind is ActivityKind.VALIDATE
    for mode, tokens in (("validate", True), ("dry-run", False), ("apply", True)):
        with pytest.raises(UsageError, match="workflow_run"):
            activity(of("workflow_run"), mode, tokens=tokens)


@pytest.mark.parametrize("name", ["push", "pull_request", "schedule"])
def test_a_comment_is_posted_after_another_workflow_alone(name: str) -> None:
    """Anywhere else there is no run whose comment could be posted."""
    with pytest.raises(UsageError, match="mode: comment"):
        activity(of(name), "comment")


def test_an_event_that_nobody_knows_is_refused() -> None:
    """The events that mean something are named."""
    with pytest.raises(UsageError, match="label") as caught:
        activity(of("label"), "dry-run")
    assert "pull_request" in caught.value.remedy


def test_a_doctor_examines_the_whole_on_any_event() -> None:
    """It needs no comment."""
    for name in ("pull_request", "push", "merge_group"):
        found = activity(of(name), "doctor")
        assert found == Activity(ActivityKind.DOCTOR, whole=True, comment=False)
