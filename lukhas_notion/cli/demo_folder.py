"""The demo's folder: that it is one, and whether anybody has worked in it since."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from lukhas_notion.manifests.discovery import DEMO_MARKER
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.git import top_of
from lukhas_notion.util.paths import path_problem, shown
from lukhas_notion.util.read_files import RefusedFileError
from lukhas_notion.util.write_files import check_target, write_text

REPOSITORY = "repository"
#: Written by every run, a user's own too; nobody edits them.
_MADE = ("reports/", "manifests/")
_NOTE = (
    "A folder that `lukhas-notion demo` may replace, as long as these files are as it left them."
)


def require_plain(folder: Path, named: str) -> None:
    """Check that the demo's folder is where its name says, so that nothing else is deleted.

    Args:
        folder: where it is, absolute.
        named: how it was named.

    Raises:
        UsageError: a link is on the way, or its name is not taken.
    """
    problem, remedy = path_problem(named, output=True), "Name another folder with --folder."
    top = top_of(Path.cwd())
    try:
        within = top if folder.is_relative_to(top) else folder.parent
        check_target(folder / DEMO_MARKER, within=within)
    except RefusedFileError as error:
        problem = problem or f"is not used: {error.message}"
    if problem:
        raise UsageError(f"--folder: {shown(named)} {problem}.", remedy)


def is_foreign(folder: Path) -> bool:
    """Whether a folder holds anything that is no demo's."""
    return folder.exists() and any(folder.iterdir()) and not (folder / DEMO_MARKER).exists()


def record(folder: Path) -> None:
    """Write down what the demo has put into its repository: SHA-256 by path, in the marker."""
    document = {"note": _NOTE, "files": _hashes(folder)}
    write_text(folder / DEMO_MARKER, json.dumps(document, indent=2) + "\n")


def edited(folder: Path) -> list[str]:
    """Return the repository's files that the demo did not leave like this, changed or new, sorted.

    What was deleted is not among them: nothing of it could get lost.
    """
    marker = folder / DEMO_MARKER
    if not marker.exists():
        return []
    try:
        left = json.loads(marker.read_text(encoding="utf-8"))["files"]
        return sorted(path for path, sha in _hashes(folder).items() if left.get(path) != sha)
    except (ValueError, LookupError, TypeError, AttributeError):
        # Not a record: then nothing is known to be as it was.
        return sorted(_hashes(folder))


def _hashes(folder: Path) -> dict[str, str]:
    root = folder / REPOSITORY
    # No demo makes a link, and one that somebody else made may lead anywhere.
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    paths = {path.relative_to(root).as_posix(): path for path in files}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in sorted(paths.items())
        if not name.startswith(_MADE)
    }
