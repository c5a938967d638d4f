"""``vocabulary add`` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.setup import Newcomer, alpha, newcomer


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Newcomer]:
    """Make a repository that has been set up, whose manifest names two tags more."""
    made = newcomer(tmp_path / "repository", alpha())
    assert made.init().code == 0
    made.edit("alpha", tags=["tier:1", "lane:b", "Tier:1", "lane:a"])
    yield made
    made.notion.close()


def test_names_in_use_are_added_and_then_allowed(place: Newcomer) -> None:
    """What is a violation before is none afterwards, but for another spelling."""
    assert place.run("validate", "--all").code == 1
    ended = place.run("vocabulary", "add", "--from-manifests", "--all")
    assert ended.code == 0, ended.err
    assert "vocab/tags.json  + lane:a (in 1 manifest)" in ended.out
    assert '"Tier:1" is not added: it means "tier:1"' in ended.out
    assert ended.out.splitlines()[-1] == "Added 2 names to 1 file."
    allowed = json.loads((place.root / "vocab/tags.json").read_text())["allowed"]
    assert allowed == ["lane:a", "lane:b", "tier:1"]
    place.edit("alpha", tags=["tier:1", "lane:b", "lane:a"])
    assert place.run("validate", "--all").code == 0
    assert place.asked.count("databases.create") == 1


def test_without_a_choice_the_names_are_listed_and_none_is_added(place: Newcomer) -> None:
    """Each has its count, and the name of the vocabulary that it may be a misspelling of."""
    before = place.files()
    place.write("beta", {"module": "beta", "tags": ["lane:a", "tierr:1"], "features": ["serach"]})
    ended = place.run("vocabulary", "add", "--from-manifests")
    assert ended.code == 0, ended.err
    assert 'vocab/features.json  serach (in 1 manifest; is it "search" misspelt?)' in ended.out
    assert 'vocab/tags.json  tierr:1 (in 1 manifest; is it "tier:1" misspelt?)' in ended.out
    assert "vocab/tags.json  lane:a (in 2 manifests)" in ended.out
    said = "4 names can be added, and none was: name those to add, or pass --all."
    assert ended.out.splitlines()[-1] == said
    assert {**place.files(), **before} == place.files()
    document = place.run("vocabulary", "add", "--from-manifests", "--json").document
    tags = next(each for each in document["files"] if each["path"] == "vocab/tags.json")
    assert tags["added"] == []
    assert {"name": "tierr:1", "manifests": 1, "near": ["tier:1"]} in tags["lacking"]


def test_only_the_names_that_are_chosen_are_added(place: Newcomer) -> None:
    """A typo beside them does not come along."""
    place.write("beta", {"module": "beta", "tags": ["tierr:1"], "features": []})
    ended = place.run("vocabulary", "add", "--from-manifests", "lane:a", "lane:b")
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[-1] == "Added 2 names to 1 file."
    allowed = json.loads((place.root / "vocab/tags.json").read_text())["allowed"]
    assert allowed == ["lane:a", "lane:b", "tier:1"]


@pytest.mark.parametrize(("tags", "which"), [(["tier:1"], ""), (["tier:1", "b,c"], "other ")])
def test_a_name_that_cannot_be_added_is_not_called_one_that_is_there(
    place: Newcomer, tags: list[str], which: str
) -> None:
    """The last line says that every name is in a vocabulary only where that is so."""
    place.edit("alpha", tags=tags)
    ended = place.run("vocabulary", "add", "--from-manifests")
    assert ended.code == 0, ended.err
    assert ('"b,c" is not added: it has a comma' in ended.out) is bool(which)
    said = f"The vocabularies have every {which}name that the manifests use."
    assert ended.out.splitlines()[-1] == said


def test_a_name_that_no_manifest_uses_is_not_added(place: Newcomer) -> None:
    """The one that may be meant is named, and nothing is written, of the other names neither."""
    before = place.files()
    ended = place.run("vocabulary", "add", "--from-manifests", "lane:b", "lane:aa")
    assert ended.code == 2
    assert '"lane:aa" is not a name that a manifest uses' in ended.err
    assert 'Did you mean "lane:a"?' in ended.err
    assert place.run("vocabulary", "add", "--from-manifests", "--all", "lane:a").code == 2
    assert place.files() == before


def test_a_dry_run_writes_nothing(place: Newcomer) -> None:
    """It says what would be added, for a machine too."""
    before = place.files()
    ended = place.run("vocabulary", "add", "--from-manifests", "--all", "--dry-run", "--json")
    assert ended.code == 0
    [file] = [each for each in ended.document["files"] if each["added"]]
    assert (file["path"], file["added"]) == ("vocab/tags.json", ["lane:a", "lane:b"])
    assert place.files() == before
