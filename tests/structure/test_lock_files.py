"""What the lock files must say so that pip installs what they lock, today and later."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
_PINNED = re.compile(r"^(?P<name>[a-z0-9.-]+)(\[(?P<extras>[a-z0-9,-]+)\])?==", re.MULTILINE)
_ASKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)\[(?P<extras>[A-Za-z0-9,._-]+)\]")


def locked(name: str) -> dict[str, set[str]]:
    """Return the packages of a lock file, each with its extras."""
    text = (PROJECT / "requirements" / name).read_text(encoding="utf-8")
    return {
        found["name"]: set((found["extras"] or "").split(",")) for found in _PINNED.finditer(text)
    }


@pytest.mark.parametrize("name", ["run.txt", "test.txt", "lint.txt"])
def test_an_extra_that_a_package_asks_for_is_locked(name: str) -> None:
    """Without it pip takes the newest release for the extra, has no hash for it, and fails."""
    packages = locked(name)
    assert packages
    left_out = []
    for package in packages:
        try:
            asked = metadata.requires(package) or []
        except metadata.PackageNotFoundError:
            continue  # one of another lock file, or for another platform
        for line in asked:
            found = _ASKED.match(line)
            if found is None or "extra ==" in line:
                continue
            wanted = set(found["extras"].lower().split(","))
            if not wanted <= packages.get(found["name"].lower(), wanted):
                left_out.append(f"{package} asks for {line}")
    assert left_out == []
