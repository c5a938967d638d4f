"""A file of the repository at some commit, without a clone."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import GitHubMissing, asked

if TYPE_CHECKING:
    from github.Repository import Repository


def read_file(repo: Repository, path: str, ref: str) -> bytes | None:
    """Return a file's bytes, or None where ``path`` is no file at ``ref``.

    Up to 1 MB come with the answer itself; what is larger is read as a blob (up to 100 MB).

    Args:
        repo: the repository.
        path: POSIX, from the root.
        ref: a commit, branch or tag. One that does not exist holds no files either.

    Raises:
        GitHubError: it cannot be read for another reason than not being there.
    """
    try:
        with asked(f"read {path}", needs="contents: read"):
            found = repo.get_contents(path, ref=ref)
            if isinstance(found, list) or found.type != "file":
                return None
            whole = found.encoding == "base64"
            content = found.content if whole else repo.get_git_blob(found.sha).content
    except GitHubMissing:
        return None
    return base64.b64decode(content or "")
