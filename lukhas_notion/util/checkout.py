"""Where a repository begins, and where GitHub looks for its workflows."""

from __future__ import annotations

import os
from pathlib import Path

WORKFLOWS = ".github/workflows"


def top_of(root: Path, within: Path | None = None) -> Path:
    """Return the top folder of the checkout that ``root`` lies in, by its ``.git``.

    Args:
        root: an absolute path.
        within: the folder to stop at, which is the answer where no ``.git`` folder is found. A
            ``.git`` file, as a submodule has, does not count then: the files of a submodule belong
            to the checkout around it. Without it, the answer is ``root`` itself.
    """
    if within is None:
        return next((each for each in (root, *root.parents) if is_checkout(each)), root)
    inside = (each for each in (root, *root.parents) if each.is_relative_to(within))
    return next((each for each in inside if (each / ".git").is_dir()), within)


def is_checkout(folder: Path) -> bool:
    """Whether a checkout begins in a folder."""
    return os.path.lexists(folder / ".git")
