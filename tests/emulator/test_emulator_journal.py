"""The state file: durable before the answer, replayed on load, whole after a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from emulator.notion_client_for_tests import Talk

from lukhas_notion.emulator import Emulator
from lukhas_notion.emulator.store import StateError, is_in_use


def emulator(path: Path) -> Emulator:
    """Return an emulator that keeps its state in a file."""
    return Emulator(requests_per_minute=None, state_path=path)


def test_everything_comes_back(tmp_path: Path) -> None:
    """What one emulator answered, the next one on the same file has, ids and all."""
    path = tmp_path / "deep" / "state.ndjson"
    with emulator(path) as first, Talk(first) as talk:
        first.add_option("Tags", "x", "red")
        kept = talk.module("a", Tags={"multi_select": [{"name": "x"}, {"name": "y"}]})
        first.trash_page(talk.module("b"))
        pages, schema = first.pages(), talk.client.get(talk.source).json()["properties"]

    with emulator(path) as second, Talk(second) as talk:
        assert second.pages() == pages
        assert [page["Module"] for page in second.pages(in_trash=True)] == ["b"]
        assert talk.client.get(talk.source).json()["properties"] == schema
        assert talk.client.get(f"/v1/pages/{kept}").status_code == 200
        assert talk.module("c") not in {kept, *(page["id"] for page in second.pages(in_trash=True))}


def test_durable_before_the_answer(tmp_path: Path) -> None:
    """At the moment of the answer the change is in the file, without closing anything."""
    path = tmp_path / "state.ndjson"
    with emulator(path) as first, Talk(first) as talk:
        lines = len(path.read_bytes().splitlines())
        page_id = talk.module("a")

        (line,) = path.read_bytes().splitlines()[lines:]
        assert [each["id"] for each in json.loads(line)["objects"]] == [page_id]


def test_one_line_a_change_whatever_the_size(tmp_path: Path) -> None:
    """The line of a change does not grow with the number of pages."""
    path = tmp_path / "state.ndjson"
    with emulator(path) as first, Talk(first) as talk:
        for number in range(30):
            talk.module(f"page {number:02}")
        sizes = {len(line) for line in path.read_bytes().splitlines()[-30:]}

    assert max(sizes) - min(sizes) <= 4


def test_a_torn_last_line(tmp_path: Path) -> None:
    """What a crash cut short was never answered, and is left out; the rest is there."""
    path = tmp_path / "state.ndjson"
    with emulator(path) as first, Talk(first) as talk:
        talk.module("a")
        talk.module("b")
    path.write_bytes(path.read_bytes()[:-10])

    with emulator(path) as second:
        assert [page["Module"] for page in second.pages()] == ["a"]
        assert path.read_bytes().endswith(b"\n")


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    """A file that is no state is refused with its place and left as it was."""
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\nmore\n")

    with pytest.raises(ValueError, match=r"notes\.txt:1: not a line"):
        emulator(path)
    assert path.read_text() == "dear diary\nmore\n"


def test_loading_compacts(tmp_path: Path) -> None:
    """After loading the file has one line an object, however often it changed."""
    path = tmp_path / "state.ndjson"
    with emulator(path) as first, Talk(first) as talk:
        page_id = talk.module("a")
        for number in range(20):
            first.edit_page(page_id, {"Coverage": number})

    with emulator(path) as second:
        assert (
            len(path.read_bytes().splitlines()) == 5
        )  # a person, the root, the database, its source, a
        assert second.pages()[0]["Coverage"] == 19


def test_closed(tmp_path: Path) -> None:
    """Once closed, nothing can be changed without being kept."""
    first = emulator(tmp_path / "state.ndjson")
    first.close()

    with pytest.raises(ValueError, match="closed"):
        first.create_database("D", {"Name": "title"})


def test_one_emulator_at_a_time(tmp_path: Path) -> None:
    """A second one on the same file is refused, by whatever path, until the first is closed."""
    path = tmp_path / "state.ndjson"
    link = tmp_path / "link.ndjson"
    link.symlink_to(path)
    with emulator(path) as first, Talk(first) as talk:
        assert is_in_use(path)
        for other in (path, link, tmp_path / "." / "state.ndjson"):
            with pytest.raises(StateError, match="in use by another emulator"):
                emulator(other)
        talk.module("a")
    assert not is_in_use(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.ndjson", "state.ndjson"]
    with emulator(link) as second:
        assert [page["Module"] for page in second.pages()] == ["a"]
    assert link.is_symlink()


def test_a_lock_that_a_crash_left_behind_locks_nothing(tmp_path: Path) -> None:
    """Nobody has to delete a file by hand."""
    path = tmp_path / "state.ndjson"
    (tmp_path / "state.ndjson.lock").touch()
    assert not is_in_use(path)
    (tmp_path / "state.ndjson.lock").touch()
    with emulator(path):
        assert is_in_use(path)


FOREIGN = [
    "dear diary",
    "{}\n",
    "[]\n",
    "7\n",
    '{"made":1,"objects":[{}]}\n',
    '{"made":1,"objects":[{"kind":"page"}]}\n',
    '{"made":1,"objects":7}\n',
    '{"made":"x","objects":[]}\n',
    '{"made":1,"objects":[],"gone":"nobody"}\n',
    "[" * 5000 + "\n",
    "\x80",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_what_is_no_state_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    """For any content, the error names the file, no byte changes and no lock stays."""
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(StateError, match="file:1: not a line"):
        emulator(path)
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("size", [0, 1, 8, 12])
def test_a_first_line_that_was_torn_is_a_beginning(tmp_path: Path, size: int) -> None:
    """A crash may have torn the very first line, which was never answered."""
    path = tmp_path / "state.ndjson"
    path.write_bytes(b'{"made":0,"objects":[]}\n'[:size])
    with emulator(path) as begun:
        assert begun.workspace.store.databases == {}


def test_a_folder_is_no_state(tmp_path: Path) -> None:
    """Nor is a device: neither is replaced by a file."""
    for path in (tmp_path, Path("/dev/null")):
        with pytest.raises(StateError, match="is not a file"):
            emulator(path)


def test_nothing_is_written_through_a_link_beside_the_state_file(tmp_path: Path) -> None:
    """A name that somebody foresaw leads nowhere, and nothing is left there."""
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "state.ndjson.new").symlink_to("victim")
    with emulator(tmp_path / "state.ndjson"):
        pass
    assert (tmp_path / "victim").read_text() == "mine"
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["state.ndjson", "state.ndjson.new", "victim"]


def test_no_lock_is_made_behind_a_link(tmp_path: Path) -> None:
    """A link in the lock's place is refused, and what it names is not made."""
    (tmp_path / "state.ndjson.lock").symlink_to("elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        emulator(tmp_path / "state.ndjson")
    assert [each.name for each in tmp_path.iterdir()] == ["state.ndjson.lock"]
