"""A GitHub repository in memory, and the Action run before it."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from github import GithubException, UnknownObjectException

from lukhas_notion.action.main import Action
from lukhas_notion.action.runtime import ActionRuntime
from lukhas_notion.util.runtime import Runtime
from support.workplace import Workplace

BOT = "github-actions[bot]"
HEAD, BASE, MERGE = "a" * 40, "b" * 40, "c" * 40


@dataclass
class FakeComment:
    """One comment of a pull request."""

    pull: FakePull
    id: int
    login: str | None
    body: str | None

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
        self.pull.writes.append("edit")
        self.body = body

    def delete(self) -> None:
        """Remove it."""
        self.pull.writes.append("delete")
        self.pull.comments.remove(self)


def _refuse_too_long(body: str) -> None:
    if len(body) > 65_536:
        said = "Body is too long (maximum is 65536 characters)"
        raise GithubException(422, {"message": "Validation Failed", "errors": [said]}, {})


@dataclass
class FakePull:
    """A pull request: its files and its comments."""

    number: int = 7
    files: list[SimpleNamespace] = field(default_factory=list)
    comments: list[FakeComment] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    lines: list[SimpleNamespace] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    forbidden: bool = False
    unlisted: int = 0
    on_review: Callable[[], None] | None = None
    counted: int | None = None
    merged_at: str | None = None
    merge_commit_sha: str = ""
    head: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            sha=HEAD, repo=SimpleNamespace(full_name="stranger/manifests")
        )
    )

    @property
    def comment(self) -> str:
        """The body of the one comment of ours."""
        [ours] = [c.body for c in self.comments if c.login == BOT]
        return ours or ""

    @property
    def changed_files(self) -> int:
        """How many files GitHub says it changes."""
        return len(self.files) if self.counted is None else self.counted

    def get_files(self) -> list[SimpleNamespace]:
        """Return its files."""
        if self.unlisted:
            raise GithubException(self.unlisted, {"message": "not for this token"}, {})
        return self.files

    def get_issue_comments(self) -> list[FakeComment]:
        """Return its comments."""
        return list(self.comments)

    def create_issue_comment(self, body: str) -> FakeComment:
        """Make a comment."""
        if self.forbidden:
            raise GithubException(403, {"message": "Resource not accessible by integration"}, {})
        _refuse_too_long(body)
        self.writes.append("create")
        made = FakeComment(self, 100 + len(self.comments), BOT, body)
        self.comments.append(made)
        return made

    def get_review_comments(self) -> list[SimpleNamespace]:
        """Return the comments on its lines."""
        return list(self.lines)

    def create_review(self, **review: Any) -> None:
        """Make a review: a comment for each of its lines."""
        if self.on_review is not None:
            self.on_review()
        if self.forbidden:
            raise GithubException(403, {"message": "Resource not accessible by integration"}, {})
        self.reviews.append(review)
        for sent in review["comments"]:
            number = 500 + len(self.lines)
            made = SimpleNamespace(
                **{"start_line": None, "in_reply_to_id": None, **sent},
                id=number,
                user=SimpleNamespace(login=BOT),
            )
            made.delete = lambda made=made: self.lines.remove(made)
            self.lines.append(made)

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

        return SimpleNamespace(requestJsonAndCheck=answer)

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


@dataclass
class Ran:
    """How the Action ended, and what it left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


@dataclass
class ActionPlace:
    """A workplace, with GitHub around it."""

    place: Workplace
    folder: Path
    repository: FakeRepository = field(default_factory=FakeRepository)
    environ: dict[str, str] = field(default_factory=dict)
    run_id: int = 1000
    open_repository: Callable[..., Any] | None = None

    @property
    def pull(self) -> FakePull:
        """The pull request."""
        return self.repository.pull

    def keep_base(self) -> None:
        """Make the base branch hold the repository as it is now."""
        for path in self.place.root.rglob("*.json"):
            name = path.relative_to(self.place.root).as_posix()
            self.repository.base[name] = path.read_bytes()

    def run(self, event: str, payload: dict[str, Any] | None = None, **inputs: str) -> Ran:
        """Run the Action as the runner does; inputs are spelt with underscores here."""
        self.run_id += 1
        files = {name: self.folder / f"{name}-{self.run_id}" for name in ("output", "summary")}
        for file in files.values():
            file.touch()
        event_file = self.folder / f"event-{self.run_id}.json"
        event_file.write_text(json.dumps(payload or {"repository": {"default_branch": "main"}}))
        environ = {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(event_file),
            "GITHUB_REPOSITORY": "octo/manifests",
            "GITHUB_SHA": MERGE,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": str(self.run_id),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKSPACE": str(self.place.root),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_API_URL": "https://api.github.example",
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "INPUT_GITHUB-TOKEN": "ghs_token_of_the_test",
            "INPUT_NOTION-TOKEN": self.place.environ["NOTION_TOKEN"],
            "INPUT_NOTION-DATABASE-ID": self.place.environ["NOTION_DATABASE_ID"],
            **{f"INPUT_{k.upper().replace('_', '-')}": v for k, v in inputs.items()},
            **self.environ,
        }
        stdout = io.StringIO()
        place = self.place
        runtime = Runtime(
            environ,
            transport=place.notion.transport,
            origin=lambda _: place.origin,
            absent=place.absent,
        )
        opened = self.open_repository or (lambda *_: self.repository)
        action_runtime = ActionRuntime(
            *(environ, stdout, runtime, opened, lambda: os.urandom(8).hex()),
            download=self.repository.download,
        )
        code = Action(action_runtime).run()
        return Ran(
            code,
            stdout.getvalue(),
            read_outputs(files["output"].read_text(encoding="utf-8")),
            files["summary"].read_text(encoding="utf-8"),
        )

    def pull_request(
        self,
        *,
        fork: bool = False,
        head: str = HEAD,
        base: str = "main",
        more: dict[str, Any] | None = None,
        **inputs: str,
    ) -> Ran:
        """Run the Action on the pull request, of which the event says ``more``."""
        owner = "stranger" if fork else "octo"
        payload = {
            "repository": {"default_branch": "main"},
            "pull_request": {
                "number": 7,
                "changed_files": len(self.pull.files),
                "head": {"sha": head, "ref": "topic", "repo": {"full_name": f"{owner}/manifests"}},
                "base": {"sha": BASE, "ref": base, "repo": {"full_name": "octo/manifests"}},
                **(more or {}),
            },
        }
        self.environ["GITHUB_REF"] = "refs/pull/7/merge"
        if fork:
            inputs = {"notion_token": "", **inputs}
        ran = self.run("pull_request", payload, **inputs)
        del self.environ["GITHUB_REF"]
        return ran

    @property
    def comment(self) -> str:
        """The body of the one comment there is."""
        return self.pull.comment


def read_outputs(text: str) -> dict[str, str]:
    """Read an output file by the runner's rules (actions/runner, FileCommandManager.cs)."""
    found: dict[str, str] = {}
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            found[line[:equals]] = line[equals + 1 :]
            continue
        assert heredoc > 0, f"not a file command: {line!r}"
        name, delimiter = line[:heredoc], line[heredoc + 2 :]
        value = []
        while lines[index] != delimiter:
            value.append(lines[index])
            index += 1
            assert index < len(lines), "matching delimiter not found"
        index += 1
        found[name] = "\n".join(value)
    return found
