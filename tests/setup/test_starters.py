"""The vocabularies that a repository begins with."""

from __future__ import annotations

import json
from pathlib import Path

from lukhas_notion.config.config import Flags, load
from lukhas_notion.setup.files import Starter, Starters, gather
from lukhas_notion.validate.vocabulary import Vocabulary


def repository(root: Path, *manifests: object) -> Starters:
    """Write manifests and return what is found in them for Features and Tags."""
    for number, content in enumerate(manifests):
        folder = root / f"m{number}"
        folder.mkdir()
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / "module.manifest.json").write_text(text, encoding="utf-8")
    return gather(load(Flags(root=str(root)), {}), {"f.json": ["Features"], "t.json": ["Tags"]})


def test_names_in_use_are_sorted_each_once(tmp_path: Path) -> None:
    """Every manifest's names, in the order of their letters."""
    found = repository(
        tmp_path,
        {"module": "a", "features": ["search", "export"], "tags": ["tier:1"]},
        {"module": "b", "features": ["export", "audit"]},
    )
    assert found.by_path["f.json"] == Starter(("Features",), ("audit", "export", "search"))
    assert found.by_path["t.json"] == Starter(("Tags",), ("tier:1",))
    assert (found.manifests, found.unreadable) == (2, 0)


def test_what_notion_cannot_hold_is_left_out_and_named(tmp_path: Path) -> None:
    """A comma, no name, too long a name, a control character, another case of a name."""
    names = ["a, b", "", "x" * 101, "be\x07ll", "Search", "search", "good", 7, True, None, {"n": 1}]
    found = repository(tmp_path, {"module": "a", "features": names})
    assert found.by_path["f.json"].names == ("7", "Search", "good")
    assert found.by_path["f.json"].left_out == ("", "a, b", "be\x07ll", "search", "x" * 101)


def test_an_unreadable_manifest_is_counted(tmp_path: Path) -> None:
    """The others count all the same."""
    found = repository(tmp_path, "{", {"module": "a", "features": ["search"]})
    assert found.by_path["f.json"].names == ("search",)
    assert found.unreadable == 1


def test_without_manifests_it_is_empty(tmp_path: Path) -> None:
    """Nothing is made up."""
    assert repository(tmp_path).by_path["f.json"] == Starter(("Features",))


def test_the_file_passes_the_vocabulary_gate(tmp_path: Path) -> None:
    """Whatever the names are, the gate reads back just these, without a violation."""
    for names in ((), ("a", "b"), ("$schema", "allowed", "name", "synonyms", 'q"uote', "ü")):
        file = tmp_path / "features.json"
        file.write_text(Starter(("Features",), names).text, encoding="utf-8")
        read = Vocabulary.load("Features", file, "features.json")
        assert read.names == names
        assert read.violations == ()
