"""Pull requests: changed files, the pull requests that a commit merged, and comments on lines.

A managed comment on a line is recognised by its author and a hidden first line, as the managed
comment in the conversation is (:mod:`lukhas_notion.github.managed`). A comment that has a reply is
never removed, because it has become a conversation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from lukhas_notion.github.comment_text import hide, reveal
from lukhas_notion.github.errors import GitHubError, GitHubMissing, asked, looking_again
from lukhas_notion.github.managed import is_written_by, normalized
from lukhas_notion.github.stored_files import contains_commit

if TYPE_CHECKING:
    from github.Commit import Commit
    from github.PullRequest import PullRequest
    from github.PullRequestComment import PullRequestComment
    from github.Repository import Repository


#: GitHub lists at most this many files of one pull request.
FILE_CAP = 3_000
_SUBMODULE = re.compile(r"^[+-]Subproject commit [0-9a-f]{40,64}$", re.MULTILINE)
#: How many recently updated pull requests are searched where the commit names none.
_RECENT = 200
#: For how many commits of one push the pull request is requested.
_MOST_COMMITS = 50
#: How many pull requests are examined for a dropped run.
_MOST_WAITING = 20
_NEEDS_READ = "pull-requests: read"
_NEEDS_WRITE = "pull-requests: write"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of the list.

    Args:
        path: its path in the head commit, or its last path when it is removed; POSIX, from the
            root.
        status: ``added``, ``removed``, ``modified``, ``renamed``, ``copied``, ``changed`` or
            ``unchanged``.
        previous_path: its path before a rename, else "".
        patch: its hunks, "" where GitHub omits them.
    """

    path: str
    status: str
    previous_path: str = ""
    patch: str = field(default="", repr=False, compare=False)

    @property
    def gitlink(self) -> bool:
        """Whether it is a submodule, whose files the list does not name."""
        return _SUBMODULE.search(self.patch) is not None


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """The list, and whether it names every changed file.

    ``complete`` is False at GitHub's cap and when the pull request counts another number of files;
    all manifests must be read then. It is also False where ``current`` is False: the list is about
    another head commit than the one that was checked out.
    """

    files: tuple[ChangedFile, ...]
    complete: bool
    current: bool = True


def changed_files(pull: PullRequest, head: str = "") -> ChangedFiles:
    """Read all pages of the list of changed files.

    Args:
        pull: the pull request.
        head: the commit that the list must be about; "" for any.

    Raises:
        GitHubError: it cannot be read.
    """
    with asked("list the pull request's files", needs=_NEEDS_READ):
        files = tuple(
            ChangedFile(
                file.filename,
                file.status,
                file.previous_filename or "",
                getattr(file, "patch", None) or "",
            )
            for file in pull.get_files()
        )
        if None in {file.path for file in files}:
            raise AttributeError("a file without a name")
        counted = pull.changed_files
        current = not head or pull.head.sha == head
    complete = current and len(files) == counted and len(files) < FILE_CAP
    return ChangedFiles(files, complete, current)


def merged_pull(repo: Repository, sha: str) -> PullRequest | None:
    """Return the merged pull request that ``sha`` came from, None for a direct push.

    GitHub's list for the commit is read first. It may lag behind a merge, so where it has no
    merged pull request the recently updated ones are searched.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    if merged := _merged_by(repo, sha):
        return merged[0]
    with asked("list the merged pull requests", needs=_NEEDS_READ):
        closed = repo.get_pulls(state="closed", sort="updated", direction="desc")
        for pull in islice(closed, _RECENT):
            if pull.merged_at is not None and pull.merge_commit_sha == sha:
                return pull
    return None


def others_of_push(repo: Repository, before: str, sha: str) -> Iterator[PullRequest]:
    """Yield the merged pull requests of a push that its last commit does not name.

    A merge queue, or a user's own push, moves a branch by several merges at once. The pull request
    of each commit between ``before`` and ``sha``, along first parents, is requested.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    for commit in _first_parents(repo, before, sha)[1 : _MOST_COMMITS + 1]:
        yield from _merged_by(repo, commit)


def _merged_by(repo: Repository, sha: str) -> list[PullRequest]:
    """Return the merged pull requests of a commit, none where GitHub does not know the commit.

    It is the one that has ``sha`` as merge commit, else the only one that GitHub lists: a rebase
    puts several commits on the branch.
    """
    try:
        with asked(f"name the pull request of {sha}", needs=_NEEDS_READ):
            listed = list(repo.get_commit(sha).get_pulls())
    except GitHubError as error:
        if error.status in (404, 409, 422):
            return []
        raise
    merged = [pull for pull in listed if pull.merged_at is not None]
    exact = [pull for pull in merged if pull.merge_commit_sha == sha]
    return exact or (merged if len(merged) == 1 else [])


def _first_parents(repo: Repository, before: str, sha: str) -> list[str]:
    """Return the commits from ``sha`` back to ``before``, along first parents."""
    if not before:
        return [sha]
    with asked("compare the push's ends", needs="contents: read"):
        commits = repo.compare(before, sha).commits
        parents = {commit.sha: commit.parents[0].sha for commit in commits if commit.parents}
    line = [sha]
    while line[-1] in parents and len(line) <= _MOST_COMMITS:
        line.append(parents[line[-1]])
    return [commit for commit in line if commit != before]


def left_waiting(
    repo: Repository, branch: str, sha: str, is_final: Callable[[PullRequest], bool | None]
) -> Iterator[PullRequest]:
    """Yield merged pull requests whose own apply was dropped and that ``sha`` contains.

    GitHub drops a run that waits for its concurrency group when a newer one comes. The pull
    requests are examined from the last merged one back to the first with a complete apply.

    Args:
        repo: the repository.
        branch: the branch that is applied.
        sha: the commit that was applied.
        is_final: whether a pull request's comment reports a complete apply; None without a comment.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    with asked("list the merged pull requests", needs=_NEEDS_READ):
        closed = repo.get_pulls(state="closed", sort="updated", direction="desc", base=branch)
        dated = [(pull.merged_at, pull) for pull in islice(closed, _RECENT)]
    merged = [(at, pull) for at, pull in dated if at is not None]
    merged.sort(key=lambda pair: pair[0], reverse=True)
    for _, pull in merged[:_MOST_WAITING]:
        final = is_final(pull)
        if final:
            return
        commit = pull.merge_commit_sha
        if final is False and commit and contains_commit(repo, sha, commit):
            yield pull


_SUGGESTION = "suggestion"
_HUNK_HEAD = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Key = tuple[str, int | None, int | None, str]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Consecutive lines of the file in the pull request's head.

    Args:
        first: the number of the first line, from 1.
        lines: without line ends.
    """

    first: int
    lines: tuple[str, ...]

    def holds(self, first: int, lines: Sequence[str]) -> bool:
        """Return whether the hunk has exactly these lines at this place."""
        start = first - self.first
        return start >= 0 and self.lines[start : start + len(lines)] == tuple(lines)


def hunks(patch: str) -> tuple[Hunk, ...]:
    """Return the right side of a ``patch`` of GitHub's list of changed files.

    GitHub accepts comments on these lines only.

    Args:
        patch: hunks without the two lines that name files; "" where GitHub omits it: for a file
            that is large, binary, or only renamed.
    """
    right: list[tuple[int, list[str]]] = []
    for line in patch.split("\n"):
        if head := _HUNK_HEAD.match(line):
            right.append((int(head[1]), []))
        elif right and line[:1] in (" ", "+"):
            right[-1][1].append(line[1:])
    return tuple(Hunk(first, tuple(lines)) for first, lines in right)


@dataclass(frozen=True, slots=True)
class LineComment:
    """A wanted comment.

    Args:
        path: the file, from the repository's root.
        first: the first line on the diff's right side, from 1.
        last: the last line, in the same hunk.
        body: Markdown, without the marker.
    """

    path: str
    first: int
    last: int
    body: str

    @property
    def key(self) -> Key:
        """The key that no two comments may share."""
        return self.path, self.first, self.last, normalized(self.body)

    def document(self, marker: str) -> Any:
        """Return the comment as GitHub's API takes it."""
        document = {"path": self.path, "line": self.last, "side": "RIGHT"}
        if self.first < self.last:
            document |= {"start_line": self.first, "start_side": "RIGHT"}
        return {**document, "body": f"{marker}\n{self.body}"}


@dataclass(slots=True)
class ReconcileResult:
    """How many comments were created, existed already, and were removed."""

    created: int = 0
    kept: int = 0
    removed: int = 0


def reconcile(
    pull: PullRequest,
    wanted: Sequence[LineComment],
    *,
    comment_id: str,
    login: Callable[[], str],
    commit: Callable[[], Commit],
    sleep: Callable[[float], object],
) -> ReconcileResult:
    """Create the wanted comments in one review, and remove managed ones that are not wanted.

    A review without a trustworthy answer (5xx, a dropped connection) is not sent again before the
    list has been read again, because it may have been created.

    Args:
        pull: the pull request.
        wanted: no two of them with the same key.
        comment_id: which of several databases they are about.
        login: returns the login of this run's token; called where a comment has the marker.
        commit: returns the head commit that the line numbers refer to.
        sleep: lets seconds pass.

    Raises:
        GitHubDenied: the token is not allowed to comment.
        GitHubError: GitHub could not be asked, or did not accept the review.
    """
    return looking_again(_Reconciler(pull, wanted, comment_id, login, commit).attempt, sleep)


@dataclass
class _Reconciler:
    pull: PullRequest
    wanted: Sequence[LineComment]
    comment_id: str
    login: Callable[[], str]
    commit: Callable[[], Commit]
    done: ReconcileResult = field(default_factory=ReconcileResult)
    sent: set[Key] = field(default_factory=set)

    def attempt(self) -> ReconcileResult:
        """Tidy up, create missing comments, and tidy up again: another run may have done so too."""
        existing = self._tidy()
        missing = [comment for comment in self.wanted if comment.key not in existing]
        self.done.kept = len(existing - self.sent)
        if missing:
            self._create(missing)
            self._tidy()
        self.done.created = len(self.wanted) - self.done.kept
        return self.done

    def _create(self, missing: Sequence[LineComment]) -> None:
        self.sent |= {comment.key for comment in missing}
        marker = hide(_SUGGESTION, {"comment_id": self.comment_id})
        with asked("suggest changes in a review", needs=_NEEDS_WRITE):
            # A review without a text disappears with its last comment.
            self.pull.create_review(
                commit=self.commit(),
                body="",
                event="COMMENT",
                comments=[comment.document(marker) for comment in missing],
            )

    def _tidy(self) -> set[Key]:
        """Remove unwanted comments and duplicates; return the keys of those that are left."""
        with asked("list the review's comments", needs=_NEEDS_WRITE):
            every = sorted(self.pull.get_review_comments(), key=lambda comment: comment.id)
        managed = [comment for comment in every if self._is_managed(comment)]
        managed_ids = {comment.id for comment in managed}
        others = [comment for comment in every if comment.id not in managed_ids]
        wanted = {comment.key for comment in self.wanted}
        existing: set[Key] = set()
        for comment in managed:
            key = _key(comment)
            if key in wanted and key not in existing:
                existing.add(key)
            elif not any(_is_reply(other, comment) for other in others):
                # Another run may have been faster.
                with suppress(GitHubMissing), asked("remove a suggestion", needs=_NEEDS_WRITE):
                    comment.delete()
                    self.done.removed += 1
        return existing

    def _is_managed(self, comment: PullRequestComment) -> bool:
        document = reveal(_SUGGESTION, (comment.body or "").partition("\n")[0])
        marked = isinstance(document, dict) and document.get("comment_id") == self.comment_id
        return marked and is_written_by(self._login, comment)

    @cached_property
    def _login(self) -> str:
        return self.login()


def _key(comment: PullRequestComment) -> Key:
    """Return the key of a comment; its lines are None once they have changed."""
    body = comment.body.replace("\r\n", "\n").partition("\n")[2]
    first: int | None = comment.start_line
    return comment.path, first or comment.line, comment.line, normalized(body)


def _is_reply(other: PullRequestComment, comment: PullRequestComment) -> bool:
    # PyGithub sends a request to read `in_reply_to_id` of a comment that is not a reply.
    return other.path == comment.path and other.in_reply_to_id == comment.id
