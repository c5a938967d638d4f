"""What vocabularies begin with, and the names that are added to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.config.config import Flags, load
from lukhas_notion.setup.vocabularies import (
    Starter,
    Starters,
    gather,
    plan_growth,
    with_names,
    write_growth,
)
from lukhas_notion.util.errors import ConfigError
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
    """The vocabulary has the names of all manifests in alphabetical order."""
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
    """The names of the other manifests are counted."""
    found = repository(tmp_path, "{", {"module": "a", "features": ["search"]})
    assert found.by_path["f.json"].names == ("search",)
    assert found.unreadable == 1


def test_without_manifests_it_is_empty(tmp_path: Path) -> None:
    """Without manifests, the vocabulary is empty."""
    assert repository(tmp_path).by_path["f.json"] == Starter(("Features",))


def test_the_file_passes_the_vocabulary_gate(tmp_path: Path) -> None:
    """The gate reads back exactly the written names, without a violation."""
    for names in ((), ("a", "b"), ("$schema", "allowed", "name", "synonyms", 'q"uote', "ü")):
        file = tmp_path / "features.json"
        file.write_text(Starter(("Features",), names).text, encoding="utf-8")
        read = Vocabulary.load("Features", file, "features.json")
        assert read.names == names
        assert read.violations == ()


# --- adding to a file ------------------------------------------------------------------------

INLINE = '["b", "d"]'
KEYED = """{
    "$comment": "keep me",
    "b": {"synonyms": ["bee"]},
    "d": {}
}
"""


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        (INLINE, ["a", "c", "e"], '["a", "b", "c", "d", "e"]'),
        (INLINE, ["e", "f"], '["b", "d", "e", "f"]'),
        ('["d", "b"]', ["a", "c"], '["d", "b", "a", "c"]'),
        ('{"allowed": []}\n', ["a"], '{"allowed": [\n  "a"\n]}\n'),
        ("{}", ["b", "a"], '{\n  "a": {},\n  "b": {}\n}'),
        (
            '{\n  "allowed": [\n    "b"\n  ]\n}\n',
            ["a", "c"],
            '{\n  "allowed": [\n    "a",\n    "b",\n    "c"\n  ]\n}\n',
        ),
        (
            '[\r\n "b",\r\n {"name": "d", "x": 1}\r\n]\r\n',
            ["c"],
            '[\r\n "b",\r\n "c",\r\n {"name": "d", "x": 1}\r\n]\r\n',
        ),
        (
            KEYED,
            ["c", "é"],
            KEYED.replace('"d": {}', '"c": {},\n    "d": {},\n    "é": {}'),
        ),
        ('{"$comment": "c"}', ["a"], '{"$comment": "c", "a": {}}'),
    ],
)
def test_names_come_where_they_belong(before: str, names: list[str], after: str) -> None:
    """Names are added in order where the file is sorted, else at the end, in its layout."""
    assert with_names(before, names) == after


NAMES = st.lists(st.text(alphabet='abcé \u4e00"', min_size=1, max_size=3), unique=True, max_size=6)


@given(
    held=NAMES,
    added=NAMES,
    shape=st.sampled_from(["list", "allowed", "keyed", "objects"]),
    indent=st.sampled_from([None, 0, 2, "\t"]),
)
def test_nothing_but_names_is_added(
    held: list[str], added: list[str], shape: str, indent: Any
) -> None:
    """The file has the old names and the new ones, and without the new ones it is the old file."""
    new = list(set(added) - set(held))
    values: dict[str, Any] = {
        "list": held,
        "allowed": {"$comment": "x", "allowed": held, "note": [1]},
        "keyed": {name: {"title": name} for name in held},
        "objects": [{"name": name, "synonyms": []} for name in held],
    }
    before = json.dumps(values[shape], indent=indent, ensure_ascii=False)
    after = with_names(before, new)
    again = json.loads(after)
    inner = again["allowed"] if shape == "allowed" else again
    found = [each["name"] if isinstance(each, dict) else each for each in inner]
    assert sorted(found) == sorted([*held, *new])
    if held == sorted(held):
        assert found == sorted(found)


def test_a_name_in_use_is_added_unless_it_means_another_one(tmp_path: Path) -> None:
    """A synonym, another spelling and a name that Notion cannot hold are not added."""
    (tmp_path / "vocab").mkdir()
    file = tmp_path / "vocab/tags.json"
    file.write_text(json.dumps({"tier:1": {"synonyms": ["top"]}, "lane": {}}, indent=2))
    tags = ["tier:1", "top", "Lane", "b,c", "new", "Another"]
    (tmp_path / "module.manifest.json").write_text(json.dumps({"module": "a", "tags": tags}))
    config = load(Flags(root=str(tmp_path)), {})
    [growth] = plan_growth(config)
    assert growth.properties == ("Tags",)
    assert [each.name for each in growth.lacking] == ["Another", "new"]
    assert [name for name, _ in growth.skipped] == ["Lane", "b,c", "top"]
    write_growth(config, growth)
    assert list(json.loads(file.read_text())) == ["tier:1", "lane", "Another", "new"]
    [again] = plan_growth(config, ["Tags"])
    assert again.lacking == ()
    with pytest.raises(ConfigError, match='There is no vocabulary for "Features"'):
        plan_growth(config, ["Features"])
    file.write_text("[]")
    with pytest.raises(ConfigError, match=r"vocab/tags.json: it was changed meanwhile"):
        write_growth(config, growth)
