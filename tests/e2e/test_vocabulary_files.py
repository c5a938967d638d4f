"""Vocabulary files with faults, as a user meets them."""

from __future__ import annotations

import json

import pytest
from support.workplace import Workplace

TAGS = "vocab/tags.json"
DOUBLED = {"search": {"synonyms": ["find"]}, "export": {"synonyms": ["find", "dump"]}}
SAID = 'the synonym "find" is ignored, because both "search" and "export" claim it'


def write(place: Workplace, path: str, content: object) -> None:
    """Write a vocabulary, an item a line."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (place.root / path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ["validate", "--all"],
        ["backfill", "--features", "--apply"],
        ["sync", "--all"],
        ["sync", "--all", "--dry-run"],
        ["init", "--dry-run"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_a_synonym_under_two_names_is_a_warning(small: Workplace, words: list[str]) -> None:
    """Every command goes on, and names the synonym with its place."""
    write(small, "vocab/features.json", DOUBLED)

    ended = small.run(*words)

    assert ended.code == 0, ended.out + ended.err
    assert ended.out.count(SAID) == 1
    assert "vocab/features.json:9" in ended.out


def test_a_synonym_under_two_names_means_nothing(small: Workplace) -> None:
    """A manifest that uses it gets no suggestion of one of the two, and ``--fix`` leaves it."""
    write(small, "vocab/features.json", DOUBLED)
    small.edit("alpha", features=["find"])
    small.edit("beta", features=["dump"])

    ended = small.run("validate", "--all", "--fix")

    assert ended.code == 1
    assert "Use a name of vocab/features.json" in ended.out
    assert json.loads(small.manifest("alpha").read_text())["features"] == ["find"]
    assert json.loads(small.manifest("beta").read_text())["features"] == ["export"]


@pytest.mark.parametrize(
    ("names", "left_out"),
    [
        (["Alpha", "alpha", "b"], "alpha"),
        (["café", "cafe\u0301", "b"], "cafe\u0301"),
        (["a,c", "b"], "a,c"),
        (["b ", "b"], "b "),
        (["\u200b", "b"], "\u200b"),
        (["x" * 101, "b"], "x" * 101),
    ],
)
def test_skipping_the_invalid_leaves_the_offending_names_out(
    small: Workplace, names: list[str], left_out: str
) -> None:
    """The others become options, the valid pages are written, and the counts add up."""
    write(small, TAGS, {"allowed": names})
    small.edit("alpha", tags=["b"])
    small.edit("beta", tags=[left_out])
    small.edit("gamma", tags=[])

    refused = small.run("sync", "--all", "--backfill")
    ended = small.run("sync", "--all", "--backfill", "--skip-invalid", "--json")

    assert refused.code == ended.code == 1
    assert set(small.pages()) == {"alpha", "gamma"}
    assert small.pages()["alpha"]["Tags"] == ["b"]
    document = ended.document
    assert document["unapplied"] == []
    assert document["summary"]["created"] == 2
    rules = [v["rule"].split(".")[0] for v in document["violations"]]
    assert "vocabulary" in rules
    assert left_out not in small.notion.options("Tags")


@pytest.mark.parametrize("held", ["café", "CAFÉ", "cafe\u0301 "])
def test_no_option_is_created_beside_one_that_looks_the_same(small: Workplace, held: str) -> None:
    """Backfill and init add nothing, and a page is not written with an option of its own."""
    write(small, TAGS, ["cafe\u0301"])
    for name in ("alpha", "beta", "gamma"):
        small.edit(name, tags=["cafe\u0301"])
    small.notion.add_option("Tags", held)

    backfilled = small.run("backfill", "--tags", "--apply")
    planned = small.run("init", "--dry-run")
    synced = small.run("sync", "--all", "--backfill")

    assert backfilled.code == planned.code == 0
    assert "nothing to do" in backfilled.out
    assert "café" not in planned.out
    assert synced.code == 1
    assert "the first has" in synced.out or held == "CAFÉ"
    assert f"Rename the option '{held}'" in synced.out
    assert small.pages() == {}


def test_verify_tells_an_option_from_the_name_that_it_looks_like(small: Workplace) -> None:
    """That no vocabulary has it is said with the name that it has instead."""
    write(small, TAGS, ["tier:1", "café"])
    assert small.run("sync", "--all", "--backfill").code == 0
    small.notion.remove_option("Tags", "café")
    small.notion.add_option("Tags", "cafe\u0301")

    ended = small.run("verify")

    assert ended.code == 1
    assert "the first has U+0065 U+0301 where the second has U+00E9" in ended.out
