"""The README's pictures show what a run says today."""

from __future__ import annotations

import html
import re
import runpy
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
IMAGES = PROJECT / "docs/images"
PICTURES = runpy.run_path(str(PROJECT / "docs/pictures.py"))
NAMES = ("comment.txt", "notion.txt", "module.txt")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Run the scenes that the pictures are taken of."""
    made: dict[str, str] = PICTURES["texts"]()
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_shows_what_a_run_says_today(texts: dict[str, str], name: str) -> None:
    """What was photographed is what comes out now; else `python docs/pictures.py` is due."""
    assert (IMAGES / name).read_text(encoding="utf-8") == texts[name]
    picture = IMAGES / f"{name.split('.', maxsplit=1)[0]}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert f"docs/images/{picture.name}" in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_a_terminals_picture_has_no_line_that_is_wider_than_the_terminal() -> None:
    """Both commands are shown with their colours, broken between words at 80 columns."""
    with PICTURES["repository"](lambda root: PICTURES["many"](root, 12, wrong=True)) as action:
        for command in (["sync", "--all", "--dry-run"], ["verify"]):
            shown = PICTURES["terminal"](action.place, 80, command)
            lines = html.unescape(re.sub(r"<[^>]+>", "", shown)).splitlines()
            assert f"$ lukhas-notion {' '.join(command)}" in lines[0]
            assert any("refuses 12 of 12" in line for line in lines)
            assert max(map(len, lines[1:])) <= 80
            assert '<span style="' in shown
