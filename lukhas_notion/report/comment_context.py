"""What a comment or a summary says beside the result itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moved:
    """A manifest that the pull request deletes or renames.

    ``module`` is the name in the base branch, "" where it is not known; ``new_path`` is "" for a
    deletion.
    """

    path: str
    new_path: str = ""
    module: str = ""


@dataclass(frozen=True, slots=True)
class CommentContext:
    """What a comment says beside the result itself.

    Args:
        server_url: GitHub's address, for links to files.
        repository: ``owner/name``.
        head_sha: the commit that the comment is about.
        run_url: the run that wrote it.
        comment_id: which of several databases it is about, "" for the only one.
        prefix: the root's folder inside the repository, "" or ending in a slash.
        applied: whether it tells of an apply and not of a preview.
        whole: whether all manifests were looked at, or only the changed ones.
        archives: whether pages whose manifests are gone are moved to the trash.
        moved: manifests that were deleted or renamed.
        compared_with_base: whether Notion was not read.
        requests: an estimate for the apply; 0 when nothing is to be done.
        seconds: likewise.
        suggested: how many fixable names have a suggestion on their line.
        base: the pull request's base branch, where that is not the branch that is applied.
        applied_branch: the branch that is applied, where ``base`` is not; else "".
    """

    server_url: str
    repository: str
    head_sha: str
    run_url: str
    comment_id: str = ""
    prefix: str = ""
    applied: bool = False
    whole: bool = True
    archives: bool = False
    moved: Sequence[Moved] = ()
    compared_with_base: bool = False
    requests: int = 0
    seconds: int = 0
    suggested: int = 0
    base: str = ""
    applied_branch: str = ""
