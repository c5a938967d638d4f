"""Changed files, files at a commit and merged pull requests, each with what GitHub may answer."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from github import GithubException, UnknownObjectException

from lukhas_notion.github.errors import GitHubDenied, GitHubUnavailable
from lukhas_notion.github.pulls import (
    FILE_CAP,
    ChangedFile,
    ChangedFiles,
    changed_files,
    merged_pull,
)
from lukhas_notion.github.stored_files import read_file

SHA = "a" * 40


def a_file(number: int) -> Any:
    """Return a file of the list."""
    return SimpleNamespace(filename=f"{number}", status="added", previous_filename=None)


def a_pull(files: int, counted: int) -> Any:
    """Return a pull request whose list and count may disagree."""
    return SimpleNamespace(
        get_files=lambda: map(a_file, range(files)), changed_files=counted, number=1
    )


def test_every_file_is_listed_with_what_became_of_it() -> None:
    """A rename names both places."""
    renamed = SimpleNamespace(filename="b", status="renamed", previous_filename="a")
    pull: Any = SimpleNamespace(get_files=lambda: [renamed, a_file(1)], changed_files=2)
    assert changed_files(pull) == ChangedFiles(
        (ChangedFile("b", "renamed", "a"), ChangedFile("1", "added")), complete=True
    )


@pytest.mark.parametrize(
    ("files", "counted", "complete"),
    [
        (0, 0, True),
        (FILE_CAP - 1, FILE_CAP - 1, True),
        (FILE_CAP, FILE_CAP, False),
        (FILE_CAP, FILE_CAP + 1, False),
        (5, 6, False),
        (6, 5, False),
    ],
)
def test_a_list_that_may_lack_files_is_not_complete(
    files: int, counted: int, complete: bool
) -> None:
    """At the cap, and where list and count disagree, nothing is taken for certain."""
    assert changed_files(a_pull(files, counted)).complete is complete


def test_a_list_that_cannot_be_read_is_an_error() -> None:
    """It is not an empty list."""

    def refuse() -> Any:
        raise GithubException(403, {"message": "no"}, {})

    pull: Any = SimpleNamespace(get_files=refuse)
    with pytest.raises(GitHubDenied):
        changed_files(pull)


def holding(found: Any) -> Any:
    """Return a repository with one answer for contents, and blobs."""

    def contents(path: str, ref: str) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    blob = SimpleNamespace(content=base64.encodebytes(b"large\x00").decode())
    return SimpleNamespace(get_contents=contents, get_git_blob=lambda sha: blob)


@pytest.mark.parametrize(
    ("found", "content"),
    [
        (SimpleNamespace(type="file", encoding="base64", content="aGk=\n"), b"hi"),
        (SimpleNamespace(type="file", encoding="base64", content=""), b""),
        (SimpleNamespace(type="file", encoding="none", content="", sha="s"), b"large\x00"),
        (SimpleNamespace(type="submodule", encoding=None, content=None), None),
        ([], None),
        (UnknownObjectException(404, {"message": "Not Found"}, {}), None),
    ],
)
def test_a_file_is_its_bytes_and_anything_else_is_not_there(
    found: Any, content: bytes | None
) -> None:
    """Over 1 MB it comes as a blob; a folder, a submodule and nothing are None."""
    assert read_file(holding(found), "a.json", SHA) == content


def test_a_file_that_may_not_be_read_is_an_error() -> None:
    """Refused is not absent: absent would look like a new manifest."""
    with pytest.raises(GitHubDenied):
        read_file(holding(GithubException(403, {"message": "no"}, {})), "a.json", SHA)


def merged(number: int, sha: str, *, at: Any = "2026-01-01") -> Any:
    """Return a pull request, merged unless ``at`` is None."""
    return SimpleNamespace(number=number, merged_at=at, merge_commit_sha=sha)


def repository(of_commit: Any, recent: Any = ()) -> Any:
    """Return a repository with a commit's pull requests and the recently updated ones."""

    def pulls() -> Any:
        if isinstance(of_commit, Exception):
            raise of_commit
        return of_commit

    return SimpleNamespace(
        get_commit=lambda sha: SimpleNamespace(get_pulls=pulls),
        get_pulls=lambda **_: iter(recent),
    )


@pytest.mark.parametrize(
    ("of_commit", "recent", "number"),
    [
        ([merged(1, "x"), merged(2, SHA)], [], 2),
        ([merged(1, "x")], [merged(9, SHA)], 1),
        ([merged(1, "x"), merged(2, "y")], [merged(9, SHA)], 9),
        ([merged(1, SHA, at=None)], [], None),
        ([], [merged(7, SHA, at=None), merged(8, "x"), merged(9, SHA)], 9),
        ([], [], None),
        ([], [merged(n, "x") for n in range(200)] + [merged(9, SHA)], None),
        (UnknownObjectException(404, {}, {}), [merged(9, SHA)], 9),
        (GithubException(422, {"message": "No commit found for SHA"}, {}), [], None),
    ],
)
def test_the_pull_request_of_a_push_is_found(
    of_commit: Any, recent: Any, number: int | None
) -> None:
    """By its merge commit, else as the only one, else among the recent ones; never unmerged."""
    found = merged_pull(repository(of_commit, recent), SHA)
    assert (found.number if found else None) == number


@pytest.mark.parametrize(("status", "kind"), [(403, GitHubDenied), (502, GitHubUnavailable)])
def test_not_being_told_is_not_a_direct_push(status: int, kind: type[Exception]) -> None:
    """If GitHub cannot be reached, the push does not count as a direct one."""
    with pytest.raises(kind):
        merged_pull(repository(GithubException(status, {}, {})), SHA)
