"""A git checkout in a folder, and its past as the tool sees it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lukhas_notion.util.git import Absence, Checkouts

#: Nothing of the machine's own settings.
ENVIRON = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "octo",
    "GIT_AUTHOR_EMAIL": "octo@example.org",
    "GIT_COMMITTER_NAME": "octo",
    "GIT_COMMITTER_EMAIL": "octo@example.org",
}


def fake_git(folder: Path, script: str) -> dict[str, str]:
    """Return an environment whose git is a shell script in a folder of its own."""
    folder.mkdir(parents=True)
    git = folder / "git"
    git.write_text(f"#!/bin/sh\n{script}\n")
    git.chmod(0o755)
    return {**ENVIRON, "PATH": f"{folder}{os.pathsep}{ENVIRON['PATH']}"}


@dataclass(frozen=True)
class Checkout:
    """A git checkout."""

    root: Path

    @classmethod
    def init(cls, root: Path) -> Self:
        """Make a folder a checkout without commits."""
        root.mkdir(parents=True, exist_ok=True)
        made = cls(root)
        made.git("init", "--quiet", "--initial-branch=main")
        return made

    def git(self, *words: str) -> str:
        """Run git and return what it says."""
        ran = subprocess.run(
            ["git", *words], cwd=self.root, env=ENVIRON, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def commit(self) -> str:
        """Commit everything as it is, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=State")
        return self.git("rev-parse", "HEAD").strip()

    def shallow(self, to: Path, depth: int = 1) -> Path:
        """Clone into a folder with so many commits, and return it."""
        self.git("clone", "--quiet", f"--depth={depth}", self.root.as_uri(), str(to))
        return to

    @staticmethod
    def absent(root: Path, paths: Collection[str]) -> Absence:
        """Return which files the commit does not have."""
        return Checkouts(ENVIRON).absent(root, paths)
