"""A GitHub repository in memory: its pull requests with their comments, its issues, its files."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from github import GithubException, UnknownObjectException

BOT = "github-actions[bot]"
HEAD, BASE, MERGE = "a" * 40, "b" * 40, "c" * 40
LONGEST = 65_536


def raising(error: Exception) -> Callable[[], None]:
    """Return what raises an error when it happens."""

    def happen() -> None:
        raise error

    return happen


def refused(status: int, message: str = "", **headers: str) -> Callable[[], None]:
    """Return what an answer with an error status does."""
    return raising(GithubException(status, {"message": message}, headers))


def _refuse_too_long(body: str) -> None:
    if len(body) > LONGEST:
        said = f"Body is too long (maximum is {LONGEST} characters)"
        raise GithubException(422, {"message": "Validation Failed", "errors": [said]}, {})


@dataclass
class FakeComment:
    """One comment of a pull request, in its conversation or on lines of it."""

    pull: FakePull
    id: int
    login: str | None
    body: str | None
    path: str = ""
    start_line: int | None = None
    line: int | None = None
    in_reply_to_id: int | None = None

    @property
    def user(self) -> SimpleNamespace | None:
        """Who wrote it; null when the account was deleted."""
        return None if self.login is None else SimpleNamespace(login=self.login)

    @property
    def html_url(self) -> str:
        """Where it is."""
        return f"https://github.example/comment/{self.id}"

    def edit(self, body: str) -> None:
        """Change it."""
        _refuse_too_long(body)
        self.pull.happen("edit")
        self._require_there()
        self.body = body
        self.pull.writes.append("edit")
        self.pull.happen("edited")

    def delete(self) -> None:
        """Remove it."""
        self.pull.happen("delete")
        self._require_there().remove(self)
        self.pull.writes.append("delete")

    def _require_there(self) -> list[FakeComment]:
        there = self.pull.lines if self.path else self.pull.comments
        if self not in there:
            raise UnknownObjectException(404, {"message": "Not Found"}, {})
        return there


@dataclass
class FakePull:
    """A pull request: its files and its comments.

    Args:
        on: what happens, in turn, at a moment: ``list``, ``post``, ``posted``, ``edit``,
            ``edited``, ``delete``, and ``list lines``, ``review``, ``reviewed``.
    """

    number: int = 7
    files: list[SimpleNamespace] = field(default_factory=list)
    comments: list[FakeComment] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    lines: list[FakeComment] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    on: dict[str, list[Callable[[], object]]] = field(default_factory=dict)
    forbidden: bool = False
    unlisted: int = 0
    counted: int | None = None
    merged_at: str | None = None
    merge_commit_sha: str = ""
    made: int = 100
    head: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            sha=HEAD, repo=SimpleNamespace(full_name="stranger/manifests")
        )
    )

    @property
    def comment(self) -> str:
        """The body of this tool's only comment."""
        [ours] = [c.body for c in self.comments if c.login == BOT]
        return ours or ""

    @property
    def changed_files(self) -> int:
        """How many files GitHub says it changes."""
        return len(self.files) if self.counted is None else self.counted

    @property
    def review_comments(self) -> int:
        """How many comments it has on lines."""
        return len(self.lines)

    def happen(self, moment: str) -> None:
        """Let happen what a test wants at this moment."""
        if todo := self.on.get(moment):
            todo.pop(0)()

    def add(self, login: str | None, body: str) -> FakeComment:
        """Add a comment to the conversation."""
        return self._add(self.comments, login, body)

    def add_line(
        self, login: str | None, body: str, path: str, first: int | None, last: int | None
    ) -> FakeComment:
        """Add a comment on lines."""
        return self._add(self.lines, login, body, path, first, last)

    def _add(self, to: list[FakeComment], *of: Any) -> FakeComment:
        self.made += 1
        made = FakeComment(self, self.made, *of)
        to.append(made)
        return made

    def get_files(self) -> list[SimpleNamespace]:
        """Return its files."""
        if self.unlisted:
            raise GithubException(self.unlisted, {"message": "not for this token"}, {})
        return self.files

    def get_issue_comments(self) -> list[FakeComment]:
        """Return its comments."""
        self.happen("list")
        return list(self.comments)

    def create_issue_comment(self, body: str) -> FakeComment:
        """Make a comment."""
        self.happen("post")
        self._require_allowed()
        _refuse_too_long(body)
        made = self.add(BOT, body)
        self.writes.append("create")
        self.happen("posted")
        return made

    def get_review_comments(self) -> list[FakeComment]:
        """Return the comments on its lines, in an order that GitHub does not promise."""
        self.happen("list lines")
        return list(reversed(self.lines))

    def create_review(self, **review: Any) -> None:
        """Make a review: a comment for each of its lines."""
        self.happen("review")
        self._require_allowed()
        self.reviews.append(review)
        for sent in review["comments"]:
            self.add_line(BOT, sent["body"], sent["path"], sent.get("start_line"), sent["line"])
        self.happen("reviewed")

    def _require_allowed(self) -> None:
        if self.forbidden:
            refused(403, "Resource not accessible by integration")()

    def change(
        self,
        path: str,
        status: str = "modified",
        previous: str | None = None,
        patch: str | None = None,
    ) -> None:
        """Add a file to the list; without a patch it is one that GitHub finds too large."""
        self.files.append(
            SimpleNamespace(filename=path, status=status, previous_filename=previous, patch=patch)
        )


@dataclass
class FakeIssue:
    """One issue."""

    number: int
    title: str
    body: str
    login: str = BOT
    state: str = "open"
    state_reason: str = ""
    pull_request: object = None
    edits: int = 0

    @property
    def user(self) -> SimpleNamespace:
        """Who opened it."""
        return SimpleNamespace(login=self.login)

    @property
    def html_url(self) -> str:
        """Where it is."""
        return f"https://github.example/issues/{self.number}"

    def edit(self, **changes: str) -> None:
        """Change it."""
        self.edits += 1
        for name, value in changes.items():
            setattr(self, name, value)


def fake_requester(answer: Callable[..., object]) -> Any:
    """Return what asks GitHub by method and address, for REST and for GraphQL."""
    requester = SimpleNamespace(
        requestJsonAndCheck=answer,
        graphql_query=lambda *_: answer("POST", "/graphql"),
        auth=None,
        close=lambda: None,
    )
    requester.withAuth = lambda _: requester
    return requester


@dataclass
class FakeRepository:
    """A repository: pull requests, issues, the files of the base branch, and its merges.

    ``line`` has the commits of the base branch, the first one first.
    """

    pull: FakePull = field(default_factory=FakePull)
    others: list[FakePull] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    base: dict[str, bytes] = field(default_factory=dict)
    issues: list[FakeIssue] = field(default_factory=list)
    issues_status: int = 0
    artifacts: dict[str, bytes] = field(default_factory=dict)
    url: str = "/repos/octo/manifests"

    def get_issues(self, **_: str) -> list[FakeIssue]:
        """Return the open issues, pull requests among them."""
        if self.issues_status:
            raise GithubException(self.issues_status, {"message": "not for you"}, {})
        return [issue for issue in self.issues if issue.state == "open"]

    def create_issue(self, title: str, body: str) -> FakeIssue:
        """Open an issue."""
        made = FakeIssue(11 + len(self.issues), title, body)
        self.issues.append(made)
        return made

    @property
    def requester(self) -> Any:
        """Answer for artifacts; whose token it is, nobody may ask."""

        def answer(method: str, url: str, **_: object) -> tuple[dict[str, str], Any]:
            if not url.endswith("/artifacts"):
                raise GithubException(403, {"message": "not for this token"}, {})
            rows = [
                {"id": number, "name": name, "size_in_bytes": len(content)}
                for number, (name, content) in enumerate(self.artifacts.items())
            ]
            return {}, {"total_count": len(rows), "artifacts": rows}

        return fake_requester(answer)

    def download(self, url: str, token: str, most: int) -> bytes:
        """Return an artifact as it is."""
        assert token
        assert url.startswith("https://api.github.example/repos/octo/manifests/")
        return list(self.artifacts.values())[int(url.split("/")[-2])]

    def get_pull(self, number: int) -> FakePull:
        """Return a pull request."""
        return next(pull for pull in self._pulls() if pull.number == number)

    def get_contents(self, path: str, ref: str) -> SimpleNamespace:
        """Return a file of the base branch."""
        assert ref == BASE
        if path not in self.base:
            raise UnknownObjectException(404, {"message": "Not Found"}, {})
        content = base64.b64encode(self.base[path]).decode()
        return SimpleNamespace(type="file", encoding="base64", content=content, sha="")

    def get_commit(self, sha: str) -> SimpleNamespace:
        """Return a commit that knows its pull request."""
        found = [pull for pull in self._pulls() if pull.merge_commit_sha == sha]
        return SimpleNamespace(sha=sha, get_pulls=lambda: found)

    def get_pulls(self, state: str, **_: object) -> list[FakePull]:
        """Return the open pull requests, or those that were merged, the last one first."""
        if state == "open":
            return [pull for pull in self._pulls() if pull.merged_at is None]
        merged = [pull for pull in self._pulls() if pull.merged_at is not None]
        return sorted(merged, key=lambda pull: str(pull.merged_at), reverse=True)

    def _pulls(self) -> list[FakePull]:
        return [self.pull, *self.others]

    def compare(self, base: str, head: str) -> SimpleNamespace:
        """Compare two commits of the base branch."""
        if not {base, head} <= set(self.line):
            raise UnknownObjectException(404, {"message": "Not Found"}, {})
        first, last = self.line.index(base), self.line.index(head)
        status = "ahead" if first < last else "identical" if first == last else "behind"
        commits = [
            SimpleNamespace(sha=self.line[n], parents=[SimpleNamespace(sha=self.line[n - 1])])
            for n in range(first + 1, last + 1)
        ]
        return SimpleNamespace(status=status, commits=commits)

    def merge(self, pull: FakePull, sha: str) -> None:
        """Merge a pull request by a commit on the base branch."""
        self.line.append(sha)
        pull.merge_commit_sha, pull.merged_at = sha, f"2026-01-{len(self.line):02}"
