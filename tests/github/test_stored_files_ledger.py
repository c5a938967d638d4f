"""The ledger's branch only grows: no record is lost or doubled, and no push is forced."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from github import GithubException, RateLimitExceededException, UnknownObjectException

from lukhas_notion.github.errors import GitHubDenied, GitHubError, GitHubUnavailable
from lukhas_notion.github.stored_files import LedgerBranch, LedgerBranchBusy
from lukhas_notion.util.errors import LedgerError

PATH = "manifests/.ledger/notion_sync.ndjson"


def missing() -> GithubException:
    """Return PyGithub's 404."""
    return UnknownObjectException(404, {"message": "Not Found"}, {})


@dataclass
class FakeRepository:
    """The git objects that an append needs: each commit has one file and a parent.

    ``on`` holds what happens at a moment (``commit``, ``move``, ``moved``), in turn.
    """

    url: str = "/repos/o/r"
    tip: str = ""
    commits: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    on: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    bodies: list[Any] = field(default_factory=list)
    pending: bytes = b""

    def happen(self, moment: str) -> None:
        todo = self.on.get(moment)
        if todo:
            todo.pop(0)()

    def put(self, content: bytes) -> str:
        """Let another run append."""
        sha = f"other{len(self.commits)}"
        self.commits[sha] = (self.tip, content)
        self.tip = sha
        return sha

    def history(self, sha: str) -> list[str]:
        return [sha, *self.history(self.commits[sha][0])] if sha else []

    @property
    def content(self) -> bytes:
        return self.commits[self.tip][1]

    @property
    def requester(self) -> Any:
        return SimpleNamespace(requestJsonAndCheck=self.patch)

    def get_branch(self, branch: str) -> Any:
        if not self.tip:
            raise missing()
        return SimpleNamespace(commit=SimpleNamespace(sha=self.tip))

    def get_contents(self, path: str, ref: str) -> Any:
        if path != PATH:
            raise missing()
        encoded = base64.b64encode(self.commits[ref][1]).decode()
        return SimpleNamespace(type="file", encoding="base64", content=encoded)

    def get_git_commit(self, sha: str) -> Any:
        return SimpleNamespace(sha=sha, tree="tree")

    def create_git_blob(self, content: str, encoding: str) -> Any:
        self.pending = base64.b64decode(content)
        return SimpleNamespace(sha="blob")

    def create_git_tree(self, tree: list[Any], base_tree: Any = None) -> Any:
        return base_tree

    def create_git_commit(self, message: str, tree: Any, parents: list[Any]) -> Any:
        self.happen("commit")
        sha = f"ours{len(self.commits)}"
        self.commits[sha] = (parents[0].sha if parents else "", self.pending)
        return SimpleNamespace(sha=sha)

    def create_git_ref(self, ref: str, sha: str) -> None:
        assert ref == "refs/heads/ledger/notion"
        self.happen("move")
        if self.tip:
            raise GithubException(422, {"message": "Reference already exists"}, {})
        self.tip = sha
        self.happen("moved")

    def patch(self, verb: str, url: str, input: dict[str, Any]) -> None:  # noqa: A002 - its name
        assert (verb, url) == ("PATCH", "/repos/o/r/git/refs/heads/ledger/notion")
        self.bodies.append(input)
        self.happen("move")
        if self.tip not in self.history(input["sha"]):
            raise GithubException(422, {"message": "Update is not a fast forward"}, {})
        self.tip = input["sha"]
        self.happen("moved")

    def compare(self, base: str, head: str) -> Any:
        if not set(self.history(base)) & set(self.history(head)):
            raise missing()
        return SimpleNamespace(status="ahead" if base in self.history(head) else "diverged")


def branch(repo: FakeRepository, waits: list[float], path: str = PATH) -> LedgerBranch:
    """Return the branch, with its waits in a list."""
    return LedgerBranch(
        repo,  # type: ignore[arg-type]
        "ledger/notion",
        path,
        sleep=waits.append,
        jitter=lambda: 0.5,
    )


def append(repo: FakeRepository, line: bytes = b"mine\n") -> tuple[str, list[float]]:
    """Append a line; return the commit and the waits."""
    waits: list[float] = []
    return branch(repo, waits).append(lambda old: old + line, "Record a run"), waits


def raising(error: Exception) -> Callable[[], None]:
    """Return a function that raises an error."""

    def happen() -> None:
        raise error

    return happen


def test_a_missing_branch_or_file_reads_as_nothing() -> None:
    """A missing branch and a missing file read as empty."""
    repo = FakeRepository()
    assert branch(repo, []).read() == b""
    repo.put(b"1\n")
    assert branch(repo, []).read() == b"1\n"
    assert branch(repo, [], path="elsewhere").read() == b""


def test_the_first_append_makes_the_branch_without_history() -> None:
    """The first commit of the ledger's branch has no parent."""
    repo = FakeRepository()
    sha, waits = append(repo)
    assert (repo.tip, repo.content, waits) == (sha, b"mine\n", [])
    assert repo.history(sha) == [sha]


def test_an_append_is_one_commit_on_the_branch_and_never_forced() -> None:
    """Every update of the branch has ``force: false``."""
    repo = FakeRepository()
    other = repo.put(b"1\n")
    sha, _ = append(repo)
    assert repo.content == b"1\nmine\n"
    assert repo.history(sha) == [sha, other]
    assert repo.bodies == [{"sha": sha, "force": False}]


def test_nothing_new_writes_nothing() -> None:
    """Without new records no commit is created."""
    repo = FakeRepository()
    assert append(repo, b"")[0] == ""
    other = repo.put(b"1\n")
    assert append(repo, b"")[0] == other
    assert len(repo.commits) == 1


@pytest.mark.parametrize("start", [b"", b"1\n"])
def test_when_another_run_was_faster_its_records_stay(start: bytes) -> None:
    """After two other runs have appended, this run's record follows their records, once."""
    repo = FakeRepository()
    if start:
        repo.put(start)
    repo.on["move"] = [lambda: repo.put(b"a\n") and None, lambda: repo.put(b"a\nb\n") and None]
    sha, waits = append(repo)
    assert repo.tip == sha
    assert repo.content == b"a\nb\nmine\n"
    assert waits == [0.5, 1.0]


def test_waits_are_spread_by_chance() -> None:
    """Runs that collided wait for different durations."""
    repo = FakeRepository()
    repo.on["move"] = [lambda: repo.put(b"a\n") and None] * 2
    waits: list[float] = []
    chances = iter([0.0, 0.99])
    LedgerBranch(
        repo,  # type: ignore[arg-type]
        "ledger/notion",
        PATH,
        sleep=waits.append,
        jitter=lambda: next(chances),
    ).append(lambda old: old + b"x\n", "m")
    assert waits == [0.25, pytest.approx(1.49)]


@pytest.mark.parametrize("others", [0, 1])
def test_a_move_whose_answer_was_lost_is_not_done_twice(others: int) -> None:
    """A commit that is already on the branch, at its tip or below, is not created twice."""
    repo = FakeRepository()
    repo.put(b"1\n")

    def lose() -> None:
        for _ in range(others):
            repo.put(repo.content + b"after\n")
        raise GithubException(502, {"message": "Server Error"}, {})

    repo.on["moved"] = [lose]
    append(repo)
    assert repo.content == b"1\nmine\n" + others * b"after\n"


def test_a_commit_that_was_refused_for_a_while_is_made_later() -> None:
    """After a 503 or a rate limit the append waits, as long as GitHub asks, and is repeated."""
    repo = FakeRepository()
    limit = RateLimitExceededException(403, {"message": "secondary"}, {"retry-after": "9"})
    repo.on["commit"] = [raising(GithubException(503, {}, {})), raising(limit)]
    _, waits = append(repo)
    assert repo.content == b"mine\n"
    assert waits == [0.5, 9.0]


def test_trying_is_bounded() -> None:
    """A branch that other runs always move first ends in LedgerBranchBusy."""
    repo = FakeRepository()
    repo.on["move"] = [lambda: repo.put(repo.content + b"x\n" if repo.tip else b"x\n") and None] * 9
    waits: list[float] = []
    with pytest.raises(LedgerBranchBusy, match="8 times") as caught:
        branch(repo, waits).append(lambda old: old + b"mine\n", "m")
    assert "concurrency" in caught.value.remedy
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert b"mine" not in repo.content


def test_a_wait_of_an_hour_is_an_error() -> None:
    """A requested wait of an hour is an error."""
    repo = FakeRepository()
    repo.on["commit"] = [raising(GithubException(429, {}, {"retry-after": "3600"}))]
    with pytest.raises(GitHubUnavailable):
        append(repo)


def test_a_token_that_may_not_write_is_told_what_it_lacks() -> None:
    """A 403 has the permission in its remedy, and is not repeated."""
    repo = FakeRepository()
    denied = GithubException(403, {"message": "Resource not accessible by integration"}, {})
    repo.on["commit"] = [raising(denied)]
    with pytest.raises(GitHubDenied, match="not accessible") as caught:
        append(repo)
    assert "contents: write" in caught.value.remedy


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (422, "Protected branch update failed for refs/heads/ledger/notion"),
        (409, "Repository rule violations found"),
    ],
)
def test_a_protected_branch_is_told_apart_from_a_race(status: int, message: str) -> None:
    """The refusal of a protected branch names the protection, and is not repeated."""
    repo = FakeRepository()
    repo.on["move"] = [raising(GithubException(status, {"message": message}, {}))]
    with pytest.raises(GitHubError, match=message) as caught:
        append(repo)
    assert "protection" in caught.value.remedy
    assert not isinstance(caught.value, LedgerBranchBusy)


def test_a_refused_move_for_another_reason_keeps_its_kind() -> None:
    """A 403 for the reference raises GitHubDenied."""
    repo = FakeRepository()
    repo.on["move"] = [raising(GithubException(403, {"message": "Forbidden"}, {}))]
    with pytest.raises(GitHubDenied):
        append(repo)


def test_a_branch_that_was_replaced_does_not_hold_our_commit() -> None:
    """A commit on a branch that was replaced meanwhile is appended again."""
    repo = FakeRepository()
    repo.put(b"1\n")

    def replace() -> None:
        repo.tip = ""
        repo.put(b"new\n")
        raise GithubException(502, {}, {})

    repo.on["moved"] = [replace]
    append(repo)
    assert repo.content == b"new\nmine\n"


def test_a_branch_that_was_removed_is_made_again() -> None:
    """A branch that is deleted between read and move is created again."""
    repo = FakeRepository()
    repo.put(b"1\n")

    def remove() -> None:
        repo.tip = ""
        raise GithubException(422, {"message": "Reference does not exist"}, {})

    repo.on["move"] = [remove]
    append(repo)
    assert repo.content == b"mine\n"


def test_what_merge_raises_comes_out() -> None:
    """An exception of ``merge`` reaches the caller."""
    repo = FakeRepository()

    def torn(_: bytes) -> bytes:
        raise LedgerError("torn")

    with pytest.raises(LedgerError, match="torn"):
        branch(repo, []).append(torn, "m")
    assert repo.tip == ""
