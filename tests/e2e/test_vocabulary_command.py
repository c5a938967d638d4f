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
    ended = place.run("vocabulary", "add", "--from-manifests")
    assert ended.code == 0, ended.err
    assert "vocab/tags.json  + lane:a" in ended.out
    assert '"Tier:1" is not added: it means "tier:1"' in ended.out
    assert ended.out.splitlines()[-1] == "Added 2 names to 1 file."
    allowed = json.loads((place.root / "vocab/tags.json").read_text())["allowed"]
    assert allowed == ["lane:a", "lane:b", "tier:1"]
    place.edit("alpha", tags=["tier:1", "lane:b", "lane:a"])
    assert place.run("validate", "--all").code == 0
    assert place.asked.count("databases.create") == 1


def test_a_dry_run_writes_nothing(place: Newcomer) -> None:
    """It says what would be added, for a machine too."""
    before = place.files()
    ended = place.run("vocabulary", "add", "--from-manifests", "--dry-run", "--json")
    assert ended.code == 0
    [file] = [each for each in ended.document["files"] if each["added"]]
    assert (file["path"], file["added"]) == ("vocab/tags.json", ["lane:a", "lane:b"])
    assert place.files() == before


def test_a_property_without_a_vocabulary_is_a_usage_error(place: Newcomer) -> None:
    """Those that have one are named."""
    ended = place.run("vocabulary", "add", "--from-manifests", "--property", "Coverage")
    assert ended.code == 2
    assert 'Those are: "Features" or "Tags"' in ended.err
