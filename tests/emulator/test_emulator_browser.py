"""The embedded Notion's pages in a real browser: at any width, by keyboard, and in the dark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import browser
from support.workplace import EXAMPLE, Workplace, workplace

from lukhas_notion.emulator import Emulator, serve

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(browser.missing()), reason=browser.missing() or "-"),
]
SIZES = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """Sync the example repository, and add a page whose every value is long."""
    root = tmp_path_factory.mktemp("browser") / "repository"
    shutil.copytree(EXAMPLE, root)
    place = workplace(root, mapped=True)
    ended = place.run("sync", "--all", "--backfill")
    assert ended.code == 0, ended.out + ended.err
    place.notion.create_page(
        place.source,
        {
            "Module": "a-name-without-a-blank." * 8,
            "Description": "One line.\nAnother one. " * 40,
            "Features": [f"feature-{number}" for number in range(60)],
            "Coverage": 12345678901234567890,
        },
    )
    yield place
    place.notion.close()


def open_pages(notion: Emulator, *visits: dict[str, Any]) -> list[dict[str, Any]]:
    """Open pages of a Notion; each visit says what differs from a wide page in the light."""
    with serve(notion) as base:
        whole = [{"path": "/", "width": 1280, "scheme": "light", **each} for each in visits]
        return browser.visit(base, whole)


def test_every_page_reads_well_at_any_width_and_in_the_dark(place: Workplace) -> None:
    """No page is wider than the window, axe-core finds nothing, and nothing comes from elsewhere.

    With LUKHAS_NOTION_PICTURES a picture of each is left in that folder.
    """
    pages = place.pages()
    folder = os.environ.get("LUKHAS_NOTION_PICTURES", "")
    with_body = "riding.unlock"
    opened = [*sorted(pages)[:2], with_body]
    paths = ["/", *(f"/p/{pages[name]['id']}" for name in opened)]
    visits = [
        {
            "path": path,
            "width": width,
            "scheme": scheme,
            "picture": str(Path(folder) / f"{number}-{width}-{scheme}.png") if folder else "",
        }
        for number, path in enumerate(paths)
        for width, scheme in SIZES
    ]

    found = open_pages(place.notion, *visits)

    for visit, seen in zip(visits, found, strict=True):
        assert seen["violations"] == [], visit
        assert seen["overflow"] <= 0, visit
        assert (seen["errors"], seen["elsewhere"]) == ([], []), visit
    schemes = {
        visit["scheme"]: seen["background"] for visit, seen in zip(visits, found, strict=True)
    }
    assert schemes["light"] != schemes["dark"]


def test_a_row_is_as_high_as_its_text(place: Workplace) -> None:
    """No cell of the table hides a part of its value."""
    [seen] = open_pages(place.notion, {"path": "/"})

    assert seen["clipped"] == 0
    assert all(name in seen["text"] for name in place.pages())


def test_the_keyboard_reaches_a_page_and_its_form(place: Workplace) -> None:
    """Tab comes to a link, Enter opens it, and a value is edited by hand and kept."""
    name, page = next((n, p) for n, p in sorted(place.pages().items()) if p["Description"])
    reached, edited = open_pages(
        place.notion,
        {"steps": [["tab", "/p/"], ["enter", "**/p/*"]]},
        {
            "path": f"/p/{page['id']}",
            "steps": [
                ["open", "Edit by hand"],
                ["fill", "Description", "By hand."],
                ["click", "Save"],
            ],
        },
    )

    assert reached["url"].startswith("/p/")
    assert "By hand." in edited["text"]
    assert place.pages()[name]["Description"] == "By hand."
