"""Where a repository begins, and where GitHub looks for its workflows."""

from __future__ import annotations

import os
from pathlib import Path

WORKFLOWS = ".github/workflows"


def top_of(root: Path) -> Path:
    """Return the checkout that ``root`` lies in, by its ``.git``; without one, ``root`` itself."""
    return next((each for each in (root, *root.parents) if is_checkout(each)), root)


def is_checkout(folder: Path) -> bool:
    """Whether a checkout begins in a folder."""
    return os.path.lexists(folder / ".git")
