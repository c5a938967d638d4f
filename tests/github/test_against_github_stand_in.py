"""The same promises with real PyGithub, over HTTP, against an independent GitHub server."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from support.fake_github import LONGEST
from support.github import Fault, GitHubStandIn, missing
from support.openapi import description, judge

from lukhas_notion.github.comment_text import Marker
from lukhas_notion.github.connection import (
    ACTIONS_LOGIN,
    login_of,
    open_github,
    open_repository,
)
from lukhas_notion.github.errors import GitHubDenied, GitHubError, GitHubUnavailable
from lukhas_notion.github.managed import find_comment, keep_comment
from lukhas_notion.github.pulls import ChangedFile, changed_files, merged_pull
from lukhas_notion.github.stored_files import LedgerBranch, read_file
from lukhas_notion.ledger.file import rechain, verify_chain

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "the stand-in is there")

COMMENTS = r".*/issues/\d+/comments"
COMMENT = r".*/issues/comments/\d+"
LEDGER = "manifests/.ledger/notion_sync.ndjson"
NUMBERS = count(1)
RUN = Marker("", "a" * 40, 100, 1, digest="d1", state="preview")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubStandIn]:
    """One stand-in for the module: each test has branches and pull requests of its own."""
    with GitHubStandIn(tmp_path_factory.mktemp("github")) as stand_in:
        yield stand_in


@pytest.fixture
def github(running: GitHubStandIn) -> Iterator[GitHubStandIn]:
    """Return the stand-in without faults; every request must match GitHub's API description."""
    running.fail()
    running.count_changed_files(None)
    running.seen.clear()
    yield running
    if description().exists():
        wrong = [fault for seen in running.seen for fault in judge().faults_of_request(seen)]
        assert wrong == []


def topic(github: GitHubStandIn, files: dict[str, Any] | None = None) -> tuple[str, int]:
    """Open a pull request; return its branch and number."""
    branch = f"topic-{next(NUMBERS)}"
    github.create_branch(branch)
    github.commit_files(branch, files or {f"{branch}/a.json": "{}"})
    return branch, github.open_pull(branch)


def put(
    github: GitHubStandIn, number: int, body: str = "text", marker: Marker = RUN
) -> tuple[str, list[float]]:
    """Upsert with a workflow's own token; return the action and the waits."""
    waits: list[float] = []
    repo = github.repo(github.actions_token)
    pull = repo.get_pull(number)
    result = keep_comment(pull, body, marker, login=lambda: ACTIONS_LOGIN, sleep=waits.append)
    return result.action, waits


def bodies(github: GitHubStandIn, number: int) -> list[str]:
    """Return the comments of a pull request."""
    return [comment.body for comment in github.pull(number).get_issue_comments()]


def asked_for(github: GitHubStandIn, method: str, path: str) -> int:
    """Return the number of requests for a path."""
    return sum(s.method == method and bool(re.fullmatch(path, s.path)) for s in github.seen)


# --- reading -----------------------------------------------------------------------------


def test_opening_a_repository_asks_for_nothing(
    github: GitHubStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Opening a repository sends no request, and the token is in no repr and no log line."""
    caplog.set_level(logging.DEBUG)
    repo = open_repository(
        github.owner_token, api_url=github.base_url, repository=github.repository, pause=0
    )
    assert github.seen == []
    assert repo.default_branch == "main"
    assert github.owner_token not in repr(repo) + repr(repo.requester) + caplog.text
    repo.requester.close()


def test_whose_token_it_is(github: GitHubStandIn) -> None:
    """The login of a user's token comes from REST, that of a GitHub App's from GraphQL."""
    assert login_of(github.repo()) == "octo"
    assert login_of(github.client(github.actions_token)) == ACTIONS_LOGIN
    assert login_of(github.client(github.app_token)) == "notion-preview[bot]"


@pytest.mark.parametrize("status", [200, 400, 403, 404, 502])
def test_a_token_that_may_ask_nobody_is_a_workflows_own(github: GitHubStandIn, status: int) -> None:
    """Without a viewer from GraphQL, a token counts as a workflow's own."""
    github.fail(Fault("POST", "/graphql", status))
    assert login_of(github.client(github.actions_token)) == ACTIONS_LOGIN


class _Paused(Exception):
    """PyGithub was about to wait before a write."""


def _refuse_to_pause(record: logging.LogRecord) -> bool:
    if record.getMessage().startswith("sleeping "):
        raise _Paused
    return False


def test_asking_whose_token_it_is_holds_up_no_comment(
    github: GitHubStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """GraphQL is asked by POST, and the first write does not wait for the pause after it."""
    _, number = topic(github)
    client = open_github(github.actions_token, api_url=github.base_url, pause=3600)
    caplog.set_level(logging.DEBUG, "github.Requester")
    caplog.handler.addFilter(_refuse_to_pause)  # PyGithub logs each wait just before it
    try:
        assert login_of(client) == ACTIONS_LOGIN
        pull = client.get_repo(github.repository).get_pull(number)
        pull.create_issue_comment("the first")
        with pytest.raises(_Paused):
            pull.create_issue_comment("the second")
    finally:
        caplog.handler.removeFilter(_refuse_to_pause)
        client.close()


def test_all_pages_of_changed_files_are_read(github: GitHubStandIn) -> None:
    """All three pages of 251 files are read, each file with its status."""
    base = f"base-{next(NUMBERS)}"
    github.create_branch(base)
    github.commit_files(
        base, {f"{base}/kept.json": "1", f"{base}/gone.json": "gone", f"{base}/old.json": "moved"}
    )
    branch = f"topic-{next(NUMBERS)}"
    github.create_branch(branch, base)
    files: dict[str, Any] = {f"{base}/new-{n:03}.json": str(n) for n in range(248)}
    files[f"{base}/elsewhere.json"] = "moved"
    github.commit_files(
        branch,
        {
            **files,
            f"{base}/kept.json": "changed",
            f"{base}/gone.json": None,
            f"{base}/old.json": None,
        },
    )
    number = github.open_pull(branch, base=base)
    github.seen.clear()
    changed = changed_files(github.pull(number))
    assert changed.complete
    assert len(changed.files) == 251
    assert {f.status for f in changed.files if "/new-" in f.path} == {"added"}
    assert ChangedFile(f"{base}/gone.json", "removed") in changed.files
    assert ChangedFile(f"{base}/kept.json", "modified") in changed.files
    moved = ChangedFile(f"{base}/elsewhere.json", "renamed", f"{base}/old.json")
    assert moved in changed.files
    assert asked_for(github, "GET", r".*/files") == 3


def test_a_list_shorter_than_the_count_is_not_complete(github: GitHubStandIn) -> None:
    """A list that is shorter than the pull request's count is not complete."""
    _, number = topic(github)
    github.count_changed_files(3_001)
    assert not changed_files(github.pull(number)).complete


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_the_merged_pull_request_of_a_push_is_found(github: GitHubStandIn, method: str) -> None:
    """It is found by the commit, or among the recent ones while GitHub's index lags behind."""
    _, number = topic(github)
    sha = github.merge(number, method)
    found = merged_pull(github.repo(), sha)
    assert found is not None
    assert found.number == number
    github.fail(Fault("GET", r".*/commits/.*/pulls", 404, "Not Found"))
    found = merged_pull(github.repo(), sha)
    assert found is not None
    assert found.number == number
    direct = github.commit_files("main", {"direct.json": sha})
    assert merged_pull(github.repo(), direct) is None


def test_files_of_a_commit_are_read_without_a_clone(github: GitHubStandIn) -> None:
    """Text, bytes and more than a megabyte are read; a missing file is None."""
    large = bytes(range(256)) * 5_000
    branch = f"topic-{next(NUMBERS)}"
    github.create_branch(branch)
    sha = github.commit_files(branch, {"a b/ü.json": "{}", "large.bin": large, "empty": ""})
    repo = github.repo()
    assert read_file(repo, "a b/ü.json", sha) == b"{}"
    assert read_file(repo, "large.bin", sha) == large
    assert read_file(repo, "empty", sha) == b""
    assert read_file(repo, "a b", sha) is None
    assert read_file(repo, "none.json", sha) is None


def test_reading_survives_a_502_and_a_dropped_connection(github: GitHubStandIn) -> None:
    """A GET is repeated a bounded number of times."""
    sha = github.head("main")
    path = r".*/contents/.*"
    github.fail(Fault("GET", path, 502), Fault("GET", path, 0))
    assert read_file(github.repo(), "none.json", sha) is None
    github.fail(Fault("GET", path, 503, times=99))
    with pytest.raises(GitHubUnavailable):
        read_file(github.repo(), "none.json", sha)
    github.fail(Fault("GET", path, 0, times=99))
    with pytest.raises(GitHubUnavailable):
        read_file(github.repo(), "none.json", sha)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_wait_that_is_too_long_fails_at_once(github: GitHubStandIn, status: int) -> None:
    """A ``Retry-After`` of an hour is an error at once."""
    limit = "You have exceeded a secondary rate limit"
    github.fail(Fault("GET", r".*/contents/.*", status, limit, {"Retry-After": "3600"}))
    with pytest.raises(GitHubUnavailable) as caught:
        read_file(github.repo(), "none.json", "main")
    assert caught.value.retry_after == 3600


def test_a_short_wait_is_waited(github: GitHubStandIn) -> None:
    """A secondary rate limit on a read is waited for as long as GitHub asks."""
    limit = "You have exceeded a secondary rate limit"
    github.fail(Fault("GET", r".*/contents/.*", 403, limit, {"Retry-After": "1"}))
    began = time.monotonic()
    assert read_file(github.repo(), "none.json", "main") is None
    assert time.monotonic() - began >= 1


# --- the comment -------------------------------------------------------------------------


def test_a_comments_life(github: GitHubStandIn) -> None:
    """A comment is created, left unchanged, edited by the next run, and not by an older one."""
    branch, number = topic(github)
    assert put(github, number)[0] == "created"
    assert put(github, number, marker=replace(RUN, run_id=101))[0] == "unchanged"
    github.commit_files(branch, {"more.json": "{}"})
    later = replace(RUN, run_id=102, head_sha=github.pull(number).head.sha)
    assert put(github, number, "second", later)[0] == "updated"
    assert put(github, number, "late", RUN)[0] == "outdated"
    assert bodies(github, number) == [f"{later.render()}\nsecond"]
    github.merge(number)
    assert put(github, number, "applied", replace(later, run_id=103, state="applied"))[0] == (
        "updated"
    )
    found = find_comment(github.pull(number), "", lambda: ACTIONS_LOGIN)
    assert found is not None
    assert (found.body, found.marker.state) == ("applied", "applied")


def test_it_is_found_behind_130_others(github: GitHubStandIn) -> None:
    """It is found on any page, and another user's copy of its marker is ignored."""
    _, number = topic(github)
    stranger = github.pull(number, github.stranger_token)
    stranger.create_issue_comment(f"{replace(RUN, run_id=999).render()}\nspoof")
    for index in range(129):
        stranger.create_issue_comment(f"comment {index}")
    assert put(github, number)[0] == "created"
    assert put(github, number, "new", replace(RUN, run_id=101))[0] == "updated"
    texts = bodies(github, number)
    assert len(texts) == 131
    assert texts[0].endswith("spoof")
    assert texts[-1].endswith("new")


@pytest.mark.parametrize("status", [502, 0])
def test_a_comment_whose_answer_was_lost_is_not_made_twice(
    github: GitHubStandIn, status: int
) -> None:
    """A comment that was created before a 502 or a dropped connection is not created twice."""
    _, number = topic(github)
    github.fail(Fault("POST", COMMENTS, status, after=True))
    github.seen.clear()
    assert put(github, number) == ("created", [1.0])
    assert asked_for(github, "POST", COMMENTS) == 1
    assert len(bodies(github, number)) == 1


def test_a_comment_that_was_not_made_is_made_after_a_502(github: GitHubStandIn) -> None:
    """A comment that was not created is created after the list has been read again."""
    _, number = topic(github)
    github.fail(Fault("POST", COMMENTS, 502, times=2))
    assert put(github, number) == ("created", [1.0, 2.0])
    assert len(bodies(github, number)) == 1


def test_an_edit_whose_answer_was_lost_is_done_once(github: GitHubStandIn) -> None:
    """A PATCH without an answer is repeated, and sets the same text."""
    _, number = topic(github)
    put(github, number)
    github.fail(Fault("PATCH", COMMENT, 502, after=True))
    assert put(github, number, "new", replace(RUN, run_id=101))[0] == "updated"
    assert len(bodies(github, number)) == 1


def test_a_secondary_rate_limit_on_posting_is_waited_for(github: GitHubStandIn) -> None:
    """It is waited for with the caller's sleep, for as long as GitHub asks."""
    _, number = topic(github)
    limit = "You have exceeded a secondary rate limit. Please wait a few minutes."
    github.fail(Fault("POST", COMMENTS, 403, limit, {"Retry-After": "3"}))
    assert put(github, number) == ("created", [3.0])


def test_a_forks_token_may_not_comment(github: GitHubStandIn) -> None:
    """A 403 raises GitHubDenied."""
    _, number = topic(github)
    github.fail(Fault("POST", COMMENTS, 403, "Resource not accessible by integration"))
    with pytest.raises(GitHubDenied, match="not accessible"):
        put(github, number)


def test_the_longest_comment_is_taken(github: GitHubStandIn) -> None:
    """One character more than the limit is refused here and by GitHub."""
    _, number = topic(github)
    room = LONGEST - len(RUN.render()) - 1
    assert put(github, number, "x" * room)[0] == "created"
    with pytest.raises(ValueError, match="65536"):
        put(github, number, "x" * (room + 1))
    with pytest.raises(Exception, match="too long"):
        github.pull(number).create_issue_comment("x" * (LONGEST + 1))


# --- the ledger's branch -----------------------------------------------------------------


def ledger(github: GitHubStandIn, branch: str, token: str = "") -> tuple[LedgerBranch, list[float]]:
    """Return a ledger branch and its waits."""
    waits: list[float] = []
    return LedgerBranch(github.repo(token), branch, LEDGER, sleep=waits.append), waits


def test_two_runs_append_to_one_ledger(github: GitHubStandIn) -> None:
    """A run that is overtaken between commit and move appends after the other one."""
    branch = f"ledger/{next(NUMBERS)}"
    one, _ = ledger(github, branch)
    two, waits = ledger(github, branch)
    assert one.read() == b""
    one.append(lambda old: rechain(old, [{"run": "first"}]), "Record run 1")
    merges: list[bytes] = []

    def merge(old: bytes) -> bytes:
        merges.append(old)
        if len(merges) == 1:
            one.append(lambda now: rechain(now, [{"run": "faster"}]), "Record run 2")
        return rechain(old, [{"run": "slower"}])

    sha = two.append(merge, "Record run 3")
    assert github.head(branch) == sha
    lines = two.read().splitlines(keepends=True)
    assert verify_chain(lines) == (3, None)
    assert b"slower" in lines[2]
    assert len(merges) == 2
    assert len(waits) == 1
    assert [s.status for s in github.seen if s.method == "PATCH"] == [200, 422, 200]


def test_two_first_runs_make_one_branch(github: GitHubStandIn) -> None:
    """One run creates the branch, and the other appends to it."""
    branch = f"ledger/{next(NUMBERS)}"
    one, _ = ledger(github, branch)
    two, waits = ledger(github, branch)

    def merge(old: bytes) -> bytes:
        if not old:
            one.append(lambda now: now + b"one\n", "Record run 1")
        return old + b"two\n"

    two.append(merge, "Record run 2")
    assert two.read() == b"one\ntwo\n"
    assert len(waits) == 1


@pytest.mark.parametrize("status", [502, 0])
def test_a_lost_answer_doubles_no_record(github: GitHubStandIn, status: int) -> None:
    """A lost answer to a POST or a PATCH doubles no record."""
    branch = f"ledger/{next(NUMBERS)}"
    store, _ = ledger(github, branch)
    for method, line in (("POST", b"1\n"), ("PATCH", b"2\n")):
        github.fail(Fault(method, r".*/git/refs.*", status, after=True, times=1))
        store.append(lambda old, line=line: old + line, "Record a run")  # type: ignore[misc]
    assert store.read() == b"1\n2\n"


def test_a_ledger_of_more_than_a_megabyte_is_kept_whole(github: GitHubStandIn) -> None:
    """A ledger of more than a megabyte is read and written completely."""
    branch = f"ledger/{next(NUMBERS)}"
    store, _ = ledger(github, branch)
    large = b'{"a": "\xc3\xbc"}\n' * 100_000
    store.append(lambda old: old + large, "Record a run")
    store.append(lambda old: old + b"end\n", "Record a run")
    assert store.read() == large + b"end\n"


def test_a_token_without_the_permission_is_told_so(github: GitHubStandIn) -> None:
    """The error for a token without ``contents: write`` names the permission."""
    store, _ = ledger(github, f"ledger/{next(NUMBERS)}", github.actions_token)
    with pytest.raises(GitHubDenied) as caught:
        store.append(lambda old: old + b"1\n", "Record a run")
    assert "contents: write" in caught.value.remedy
    github.allow_actions_to_write()
    store.append(lambda old: old + b"1\n", "Record a run")
    assert store.read() == b"1\n"


def test_a_protected_branch_is_told_so(github: GitHubStandIn) -> None:
    """The error for a protected branch names the protection, and the branch is never forced."""
    branch = f"ledger/{next(NUMBERS)}"
    store, waits = ledger(github, branch)
    store.append(lambda old: old + b"1\n", "Record a run")
    github.fail(
        Fault("PATCH", r".*/git/refs.*", 422, f"Protected branch update failed for {branch}")
    )
    with pytest.raises(GitHubError) as caught:
        store.append(lambda old: old + b"2\n", "Record a run")
    assert "protection" in caught.value.remedy
    assert waits == []


# --- the stand-in itself -----------------------------------------------------------------


@pytest.mark.skipif(not description().exists(), reason="npm's @octokit/openapi is not installed")
def test_what_the_proxy_answers_is_as_github_describes_it(github: GitHubStandIn) -> None:
    """The proxy's own answers match GitHub's API description."""
    _, number = topic(github)
    put(github, number)
    github.merge(number)
    pull = github.pull(number)
    github.seen.clear()
    assert changed_files(pull).complete
    assert merged_pull(github.repo(), pull.merge_commit_sha) is not None
    assert github.pull(number).merged
    find_comment(pull, "", lambda: ACTIONS_LOGIN)
    answered = [seen for seen in github.seen if seen.status == 200]
    assert len(answered) >= 4
    assert [fault for seen in answered for fault in judge().faults_of_answer(seen)] == []


def test_a_merge_joins_what_both_branches_are_by_then(github: GitHubStandIn) -> None:
    """A merge contains pushes to both branches after the pull request was opened."""
    branch, number = topic(github, {"joined/first.json": "1"})
    github.commit_files(branch, {"joined/second.json": "2"})
    github.commit_files("main", {"joined/main.json": "3"})
    sha = github.merge(number)
    names = ("first", "second", "main")
    read = [read_file(github.repo(), f"joined/{name}.json", sha) for name in names]
    assert read == [b"1", b"2", b"3"]
    assert github.head("main") == sha


def test_a_fault_of_one_token_leaves_others_alone(github: GitHubStandIn) -> None:
    """A fault for one token does not affect other tokens."""
    github.fail(Fault("GET", r"/repos/.*", 401, "Bad credentials", token=github.actions_token))
    with pytest.raises(GitHubDenied):
        read_file(github.repo(github.actions_token), "a", "main")
    assert read_file(github.repo(), "a", "main") is None


def test_a_client_is_opened_for_any_server(github: GitHubStandIn) -> None:
    """A client is opened for an API address with and without a slash at its end."""
    client = open_github(github.owner_token, api_url=github.base_url + "/", pause=0)
    assert login_of(client) == "octo"
    client.close()
