"""Write the lock files in ``requirements/``, and the list of the Action's wheels.

Usage: ``python scripts/locks.py [--upgrade]``. It needs ``uv`` and a package index. Versions stay
as they are unless ``pyproject.toml`` or ``--upgrade`` asks for others.

The list of wheels says which file each hash of ``action.txt`` belongs to, so that a test can tell
without an index on which systems the Action installs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = Path("requirements")
LEFT_OUT = FOLDER / "not-in-the-action.txt"
COMMON = (
    *("uv", "pip", "compile", "pyproject.toml", "--quiet"),
    *("--universal", "--python-version", "3.11", "--no-header"),
)
LOCK = ("--generate-hashes", "--no-emit-index-url", "--no-strip-extras")


def main(words: Sequence[str]) -> int:
    """Write all files; return uv's exit code where it fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = ("--upgrade",) if parser.parse_args(words).upgrade else ()
    try:
        _compile(*LOCK, *upgrade, "--output-file", str(FOLDER / "run.txt"))
        for extra in ("test", "lint"):
            _compile(
                *LOCK, *upgrade, "--extra", extra, "--output-file", str(FOLDER / f"{extra}.txt")
            )
        action = ("--excludes", str(LEFT_OUT), "--constraints", str(FOLDER / "run.txt"))
        _compile(*LOCK, *action, "--output-file", str(FOLDER / "action.txt"))
        with tempfile.TemporaryDirectory() as folder:
            found = Path(folder) / "pylock.toml"
            _compile(*action, "--format", "pylock.toml", "--output-file", str(found))
            wheels = sorted(_wheels(tomllib.loads(found.read_text(encoding="utf-8"))))
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    text = "".join(f"{digest}  {name}\n" for name, digest in wheels)
    (PROJECT / FOLDER / "action-wheels.txt").write_text(text, encoding="utf-8", newline="\n")
    return 0


def _compile(*words: str) -> None:
    subprocess.run([*COMMON, *words], cwd=PROJECT, check=True)


def _wheels(lock: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the SHA-256 of each wheel in a lock file (PEP 751)."""
    for package in lock["packages"]:
        for wheel in package.get("wheels", ()):
            yield wheel["url"].rpartition("/")[2], wheel["hashes"]["sha256"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
