"""Where a new file can be created, and where a link, pipe or folder prevents it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.folder import Folder
from lukhas_notion.util.read_files import RefusedFileError
from lukhas_notion.util.write_files import create_file, is_vacant

needs_links = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes or links here")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Create a repository next to a folder that does not belong to it."""
    (tmp_path / "elsewhere").mkdir()
    made = tmp_path / "repository"
    made.mkdir()
    return made


def test_nothing_there_is_vacant_however_deep(root: Path) -> None:
    """Folders may be missing too."""
    assert is_vacant(root / "a/b/c.json", root)


def test_a_file_is_kept(root: Path) -> None:
    """An existing file is not vacant, and not an error."""
    (root / "a").mkdir()
    (root / "a/c.json").write_text("mine")
    assert not is_vacant(root / "a/c.json", root)


@needs_links
def test_a_link_within_the_repository_is_kept_and_not_written_through(root: Path) -> None:
    """A file behind a link exists; a new one is not created there."""
    (root / "real").mkdir()
    (root / "linked").symlink_to("real")
    with pytest.raises(RefusedFileError, match="link"):
        is_vacant(root / "linked/c.json", root)
    (root / "real/c.json").write_text("mine")
    assert not is_vacant(root / "linked/c.json", root)


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder linked out": (lambda r: (r / "a").symlink_to(r.parent / "elsewhere"), "file.outside"),
    "a file linked out": (
        lambda r: ((r / "a").mkdir(), (r / "a/c.json").symlink_to("../../elsewhere/x")),
        "file.outside",
    ),
    "a link to nothing": (
        lambda r: ((r / "a").mkdir(), (r / "a/c.json").symlink_to("nowhere")),
        "file.link",
    ),
    "a link to itself": (
        lambda r: ((r / "a").mkdir(), (r / "a/c.json").symlink_to("c.json")),
        "file.unreadable",
    ),
    "a pipe": (lambda r: ((r / "a").mkdir(), os.mkfifo(r / "a/c.json")), "file.special"),
    "a folder": (lambda r: (r / "a/c.json").mkdir(parents=True), "file.folder"),
    "a file above": (lambda r: (r / "a").write_text("mine"), "file.folder"),
}


@needs_links
@pytest.mark.parametrize("name", HOSTILE)
def test_what_stands_in_the_way_is_refused(root: Path, name: str) -> None:
    """The error has the reason and a remedy, and nothing is changed."""
    place, rule = HOSTILE[name]
    place(root)
    before = sorted(root.parent.rglob("*"))
    with pytest.raises(RefusedFileError) as caught:
        is_vacant(root / "a/c.json", root)
    assert caught.value.rule == rule
    assert caught.value.remedy
    assert sorted(root.parent.rglob("*")) == before


def test_a_new_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    """A file that appeared in between stays, and no part of the new one is left."""
    file = tmp_path / "a/c.json"
    create_file(file, "ours\n")
    assert file.read_text() == "ours\n"
    file.write_text("theirs")
    with pytest.raises(LukhasNotionError, match="not overwritten"):
        create_file(file, "ours again")
    assert file.read_text() == "theirs"
    assert [each.name for each in file.parent.iterdir()] == ["c.json"]


def test_one_of_many_writers_wins(tmp_path: Path) -> None:
    """With several writers at once, the file is complete and from one of them."""
    file = tmp_path / "c.json"
    won: list[int] = []

    def write(number: int) -> None:
        try:
            create_file(file, str(number) * 10_000)
        except LukhasNotionError:
            return
        won.append(number)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert file.read_text() == str(won[0]) * 10_000


def test_without_hard_links_nothing_is_overwritten_either(tmp_path: Path) -> None:
    """On a file system without hard links, the path is reserved first."""

    def refuse(_folder: Folder, _old: str, _new: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    file = tmp_path / "c.json"
    create_file(file, "ours", link=refuse)
    with pytest.raises(LukhasNotionError, match="not overwritten"):
        create_file(file, "ours again", link=refuse)
    assert file.read_text() == "ours"
