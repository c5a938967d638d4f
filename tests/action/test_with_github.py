"""The Action with an independent emulator of GitHub, over HTTP, from pull request to merge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github.PullRequest import PullRequest
from support.actions import ActionPlace, Ran
from support.github import Fault, GitHubStandIn, missing

from lukhas_notion.emulator import FaultPlan
from lukhas_notion.github.connection import open_repository
from lukhas_notion.ledger.file import verify_chain

SHA = re.compile("[0-9a-f]{40}")

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture
def github(tmp_path: Path, action: ActionPlace) -> Iterator[GitHubStandIn]:
    """Start a GitHub with the workplace's files on its main branch."""
    folder = tmp_path / "github"
    folder.mkdir()
    with GitHubStandIn(folder) as stand_in:
        root = action.place.root
        files = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.json")}
        stand_in.commit_files("main", dict(files))
        action.open_repository = lambda token, api_url, name: open_repository(
            token, api_url=api_url, repository=name, pause=0
        )
        action.environ |= {
            "GITHUB_API_URL": stand_in.base_url,
            "INPUT_GITHUB-TOKEN": stand_in.actions_token,
        }
        yield stand_in


def propose(action: ActionPlace, github: GitHubStandIn, branch: str = "topic") -> int:
    """Edit a manifest on a branch and open a pull request."""
    action.place.edit("alpha", description="It finds.")
    github.create_branch(branch)
    content = action.place.manifest("alpha").read_bytes()
    github.commit_files(branch, {"alpha/module.manifest.json": content})
    return github.open_pull(branch)


def preview(action: ActionPlace, github: GitHubStandIn, number: int, **inputs: str) -> Ran:
    """Run the Action on the pull request as it is now."""
    return action.run("pull_request", event_of(github.pull(number)), **inputs)


def event_of(pull: PullRequest) -> dict[str, Any]:
    """Return the payload of a pull request's event."""
    repo = {"full_name": "octo/manifests"}
    return {
        "repository": {"default_branch": "main"},
        "pull_request": {
            "number": pull.number,
            "changed_files": pull.changed_files,
            "head": {"sha": pull.head.sha, "ref": "topic", "repo": repo},
            "base": {"sha": pull.base.sha, "ref": "main", "repo": repo},
        },
    }


def test_from_pull_request_to_merge(action: ActionPlace, github: GitHubStandIn) -> None:
    """One comment is made, edited on the next push, and finished after the merge."""
    number = propose(action, github)

    first = preview(action, github, number)
    assert first.code == 0, first.log
    assert first.outputs["comment-url"]
    comments = list(github.pull(number).get_issue_comments())
    assert [("Merging changes 1 page" in c.body) for c in comments] == [True]

    action.place.edit("alpha", description="It finds more.")
    content = action.place.manifest("alpha").read_bytes()
    github.commit_files("topic", {"alpha/module.manifest.json": content})
    second = preview(action, github, number)
    assert second.outputs["comment-url"] == first.outputs["comment-url"]
    (comment,) = github.pull(number).get_issue_comments()
    assert "It finds more" in comment.body

    merged = github.merge(number)
    action.environ["GITHUB_SHA"] = merged
    applied = action.run("push", mode="apply")
    assert applied.code == 0, applied.log
    assert action.place.pages()["alpha"]["Description"] == "It finds more."
    (comment,) = github.pull(number).get_issue_comments()
    assert "✅ Applied: 1 page written to Notion" in comment.body


def asked(github: GitHubStandIn) -> list[str]:
    """Return the requests since the last call, sorted."""
    rows = [f"{seen.method} {seen.path}" for seen in github.seen]
    github.seen.clear()
    return sorted(SHA.sub("SHA", row.replace("/repos/octo/manifests/", "")) for row in rows)


def test_what_a_preview_asks_github(action: ActionPlace, github: GitHubStandIn) -> None:
    """Nothing is asked that the event or an earlier answer has."""
    payload = event_of(github.pull(propose(action, github)))
    reads = [
        "GET contents/alpha/module.manifest.json",
        "GET contents/schemas/module.manifest.schema.json",
        *["GET issues/1/comments", "GET pulls/1", "GET pulls/1/files"],
    ]
    asked(github)

    action.run("pull_request", payload)
    first = asked(github)
    action.run("pull_request", payload)
    again = asked(github)
    action.run("pull_request", payload, ledger_branch="notion-ledger")
    with_ledger = asked(github)

    assert first == sorted([*reads, "GET issues/1/comments", "POST issues/1/comments"])
    # One comment has a marker now.
    assert again == sorted([*reads, "POST /graphql"])
    assert with_ledger == sorted([*reads, "POST /graphql", "GET branches/notion-ledger"])


@pytest.mark.parametrize("path", ["pulls/1", "pulls/1/files", "branches/notion-ledger"])
def test_an_answer_of_another_shape_is_no_bug_of_this_tool(
    action: ActionPlace, github: GitHubStandIn, path: str
) -> None:
    """A proxy answers with an object of its own."""
    payload = event_of(github.pull(propose(action, github)))
    github.fail(Fault("GET", f".*/{path}", 200, times=9))

    ran = action.run("pull_request", payload, ledger_branch="notion-ledger")

    assert (ran.code, ran.outputs["failure-reason"]) == (1, "github"), ran.log
    assert "was not understood" in ran.log


def test_what_an_apply_asks_github(action: ActionPlace, github: GitHubStandIn) -> None:
    """A push of one commit has no commits in between, and its pull request is asked for once."""
    number = propose(action, github)
    preview(action, github, number)
    action.environ["GITHUB_SHA"] = github.merge(number, "squash")
    asked(github)
    payload = {"repository": {"default_branch": "main"}, "before": "b" * 40, "commits": [{}]}

    ran = action.run("push", payload, mode="apply", require_reviewed_plan="true")

    assert ran.code == 0, ran.log
    assert asked(github) == [
        "GET commits/SHA/pulls",
        *("GET issues/1/comments", "GET issues/1/comments"),
        "GET pulls",
        *("PATCH issues/comments/1", "POST /graphql"),
    ]


def test_a_github_app_keeps_one_comment(action: ActionPlace, github: GitHubStandIn) -> None:
    """Its token cannot ask for its user, and still recognizes its own comment in every run."""
    action.environ["INPUT_GITHUB-TOKEN"] = github.app_token
    number = propose(action, github)

    urls = {preview(action, github, number).outputs["comment-url"] for _ in range(3)}

    [comment] = github.pull(number).get_issue_comments()
    assert urls == {comment.html_url}
    assert comment.user.login == "notion-preview[bot]"
    marker = comment.body.partition("\n")[0]
    github.pull(number, github.stranger_token).create_issue_comment(f"{marker}\ncopied")
    merged = github.merge(number)
    action.environ["GITHUB_SHA"] = merged
    assert action.run("push", mode="apply", require_reviewed_plan="true").code == 0
    first, second = github.pull(number).get_issue_comments()
    assert "✅ Applied: 1 page written to Notion" in first.body
    assert second.body.endswith("copied")


def test_comments_that_are_no_list_leave_the_apply_done(
    action: ActionPlace, github: GitHubStandIn
) -> None:
    """An object in the place of a list is a warning."""
    number = propose(action, github)
    action.environ["GITHUB_SHA"] = github.merge(number)
    github.fail(Fault("GET", r".*/issues/\d+/comments", 200, times=9))

    ran = action.run("push", mode="apply")

    assert (ran.code, ran.outputs["updated"]) == (0, "1"), ran.log
    assert "GitHub's response to the request to list the comments was not understood" in ran.log


def test_a_forbidden_comment_is_no_failure(action: ActionPlace, github: GitHubStandIn) -> None:
    """A 403 on the comment is a warning, and its data is in a file."""
    number = propose(action, github)
    github.fail(Fault("POST", r".*/comments", 403))

    ran = preview(action, github, number)

    assert ran.code == 0, ran.log
    assert ran.outputs["comment-posted"] == "false"
    assert (action.place.root / "reports/notion_sync_comment.json").exists()


def test_a_comment_that_was_made_and_not_answered_is_not_made_twice(
    action: ActionPlace, github: GitHubStandIn
) -> None:
    """A 502 after the comment was made leads to a look at the list, not to a second comment."""
    number = propose(action, github)
    github.fail(Fault("POST", r".*/comments", 502, after=True))

    ran = preview(action, github, number)

    assert ran.code == 0, ran.log
    assert len(list(github.pull(number).get_issue_comments())) == 1


def test_the_ledger_lives_on_its_branch(action: ActionPlace, github: GitHubStandIn) -> None:
    """With ``ledger-branch`` each apply appends to the ledger there, and its chain holds."""
    github.allow_actions_to_write()
    ledger = action.place.root / "manifests/.ledger/notion_sync.ndjson"
    ledger.unlink()

    for run in (1, 2):
        ran = action.run("push", mode="apply", ledger_branch="notion-ledger")
        assert ran.code == 0, ran.log
        ledger.unlink()
        stored = github.repo().get_contents(
            "manifests/.ledger/notion_sync.ndjson", ref="notion-ledger"
        )
        assert not isinstance(stored, list)
        lines = stored.decoded_content.splitlines(keepends=True)
        whole, broken = verify_chain(lines)
        assert broken is None
        # Three modules once, and each time two properties with a vocabulary and the run.
        assert whole == 3 + (2 + 1) * run
        assert {json.loads(line)["status"] for line in lines} == {"sha_match", "success"}


def test_a_ledger_that_cannot_be_stored_fails_the_run_after_its_report(
    action: ActionPlace, github: GitHubStandIn
) -> None:
    """Without the right to write the branch the run fails, with report and outputs written."""
    ran = action.run("push", mode="apply", ledger_branch="notion-ledger")

    assert ran.code == 1
    assert ran.outputs["failure-reason"] == "ledger"
    assert ran.outputs["skipped"] == "3"
    assert "contents: write" in ran.log


def test_the_ledgers_branch_proves_whose_page_it_is_in_the_preview_too(
    action: ActionPlace, github: GitHubStandIn
) -> None:
    """What the merge will find on the branch, the preview reads; and it writes nothing there."""
    github.allow_actions_to_write()
    ledger = action.place.root / "manifests/.ledger/notion_sync.ndjson"
    inputs = {"ledger_branch": "notion-ledger", "archive_removed": "true"}
    ledger.unlink()
    for name in ("delta", "epsilon"):
        action.place.write(name, {"module": name, "features": ["search"]})
    assert action.run("push", mode="apply", **inputs).code == 0
    ledger.unlink()
    before = github.head("notion-ledger")
    number = propose(action, github)
    action.place.manifest("delta").unlink()

    shown = preview(action, github, number, **inputs)

    assert shown.code == 0, shown.log
    assert (shown.outputs["archived"], shown.outputs["updated"]) == ("1", "1")
    assert github.head("notion-ledger") == before
    assert not ledger.exists()
    applied = action.run("push", mode="apply", **inputs)
    assert applied.outputs["plan-digest"] == shown.outputs["plan-digest"]
    assert "delta" not in action.place.pages()


# --- suggestions ---------------------------------------------------------------------------

SYNONYM = '{\n  "module": "alpha",\n  "description": "It finds.",\n  "features": ["find"]\n}\n'


def push(action: ActionPlace, github: GitHubStandIn, text: str, branch: str = "topic") -> None:
    """Put a manifest on the branch and into the checkout."""
    action.place.write("alpha", text)
    github.commit_files(branch, {"alpha/module.manifest.json": text})


def suggested(github: GitHubStandIn, number: int) -> list[tuple[int | None, str]]:
    """Return the suggestions of a pull request: line and last lines of the text."""
    found = github.pull(number).get_review_comments()
    return [(c.line, c.body.partition("\n\n")[2]) for c in found]


def test_a_synonym_is_suggested_once_and_gone_when_it_is_accepted(
    action: ActionPlace, github: GitHubStandIn
) -> None:
    """Over faults of GitHub's: a lost answer, a run again, and the commit that accepts it."""
    number = propose(action, github)
    push(action, github, SYNONYM)
    github.fail(Fault("POST", r".*/reviews", 502, after=True))

    for made in ("1 made, 0 there", "0 made, 1 there"):
        ran = preview(action, github, number)
        assert ran.outputs["failure-reason"] == "violations"
        assert made in ran.log
        assert suggested(github, number) == [(4, '```suggestion\n  "features": ["search"]\n```')]

    push(action, github, SYNONYM.replace('find"', 'search"'))
    ran = preview(action, github, number)
    assert ran.code == 0, ran.log
    assert suggested(github, number) == []


@pytest.mark.parametrize("status", [403, 422])
def test_a_review_that_cannot_be_had_fails_nothing(
    action: ActionPlace, github: GitHubStandIn, status: int
) -> None:
    """The comment names the command instead, and the log says why."""
    number = propose(action, github)
    push(action, github, SYNONYM)
    github.fail(Fault("POST", r".*/reviews", status, "No.", times=99))

    ran = preview(action, github, number)

    assert ran.outputs["failure-reason"] == "violations"
    assert ran.outputs["comment-posted"] == "true"
    assert "::warning title=suggestions::The suggestions could not be brought up to date" in ran.log
    assert f"GitHub responded with {status}" in ran.log
    [body] = [c.body for c in github.pull(number).get_issue_comments()]
    assert "1 by `lukhas-notion validate --all --fix`" in body
    assert suggested(github, number) == []


def stored(github: GitHubStandIn) -> list[dict[str, str]]:
    """Return the records of the ledger on its branch."""
    file = github.repo().get_contents("manifests/.ledger/notion_sync.ndjson", ref="notion-ledger")
    assert not isinstance(file, list)
    return [json.loads(line) for line in file.decoded_content.splitlines()]


@pytest.mark.parametrize("mode", ["apply", "verify"])
def test_what_was_written_is_on_the_ledgers_branch_however_the_run_ends(
    action: ActionPlace, github: GitHubStandIn, mode: str
) -> None:
    """A Notion that breaks off takes no record away."""
    github.allow_actions_to_write()
    inputs = {"mode": mode, "repair": "true", "ledger_branch": "notion-ledger"}
    (action.place.root / "manifests/.ledger/notion_sync.ndjson").unlink()
    assert action.run("push", **{**inputs, "mode": "apply"}).code == 0
    action.place.write("delta", {"module": "delta", "features": ["search"]})
    (action.place.root / "lukhas-notion.toml").write_text("[run]\nmax_retries = 0\n")
    # An apply reads the database once; for a repair this is the reading after its writes.
    third = {"on": "databases.retrieve", "fault": "503", "nth": [3]}
    action.place.notion.break_by(FaultPlan.from_json({"rules": [third]}))

    ran = action.run("push", **inputs)

    assert ran.code == (0 if mode == "apply" else 1), ran.log
    assert "delta" in action.place.pages()
    told = {(r.get("module"), r["action"], r["status"]) for r in stored(github)}
    assert ("delta", "create", "success") in told


@pytest.mark.parametrize("mode", ["apply", "verify"])
def test_a_stored_ledger_that_is_torn_stops_a_run_before_it_writes(
    action: ActionPlace, github: GitHubStandIn, mode: str
) -> None:
    """Nothing could follow its last line, so nothing is done that would have to be on it."""
    github.allow_actions_to_write()
    inputs = {"mode": mode, "repair": "true", "ledger_branch": "notion-ledger"}
    (action.place.root / "manifests/.ledger/notion_sync.ndjson").unlink()
    assert action.run("push", **{**inputs, "mode": "apply"}).code == 0
    path = "manifests/.ledger/notion_sync.ndjson"
    file = github.repo().get_contents(path, ref="notion-ledger")
    assert not isinstance(file, list)
    github.commit_files("notion-ledger", {path: file.decoded_content[:-1].decode()})
    action.place.write("delta", {"module": "delta", "features": ["search"]})

    ran = action.run("push", **inputs)

    assert (ran.code, ran.outputs["failure-reason"]) == (1, "ledger"), ran.log
    assert "last line is incomplete" in ran.log
    assert "delta" not in action.place.pages()
