"""A database whose properties are not as the mapping has them: what stops a run and what helps."""

from __future__ import annotations

import re

import pytest
from support.workplace import Workplace


def mapped(small: Workplace, err: str) -> None:
    """Write into the configuration what an error says, word for word."""
    found = re.search(r"under (\[properties\..*?\]), write (.*?)(?:\. If|\.$|\.\n)", err, re.M)
    assert found, err
    file = small.root / "lukhas-notion.toml"
    before = file.read_text() if file.exists() else ""
    file.write_text(f"{before}{found[1]}\n{found[2]}\n")


RENAMED = [
    ("Module", "Name"),
    ("Module", "module"),
    ("Description", "Descriptions"),
    ("Features", "Feature"),
    ("Features", "features"),
    ("APIs", "API's"),
    ("SLA p95", "SLA 95"),
    ("Coverage", "Coverages"),
    ("Provenance SHA", "Provenance"),
    ("Updated At", "Updated"),
    ("Coverage", 'Cover"age'),
    # The only property of its type that nothing is mapped to, whatever it is called.
    ("Coverage", "Cov"),
    ("Provenance SHA", "SHA"),
    ("Description", "About"),
    # What nobody can see can be copied from the message all the same.
    ("SLA p95", "SLA\u200b p95"),
    ("SLA p95", "SLA\u00a0p95"),
    ("Features", "\u2060Features"),
    ("Coverage", "Coverage\U000e0061"),
    ("Module", "Modu\u00adle"),
]


@pytest.mark.parametrize(("old", "new"), RENAMED, ids=ascii)
def test_a_property_that_was_renamed_is_mapped_as_the_error_says(
    small: Workplace, old: str, new: str
) -> None:
    """The lines of the error make the next run go on with the same pages and columns."""
    assert small.run("sync", "--all").code == 0
    small.notion.rename_property(old, new)
    ended = small.run("sync", "--all")
    assert ended.code == 2
    assert f"Property '{old}' not found" in ended.err

    mapped(small, ended.err)

    after = small.run("sync", "--all")
    assert after.code == 0, after.err
    assert "3 unchanged" in after.out
    assert len(small.notion.pages()) == 3
    assert small.run("verify").code == 0
    assert small.run("doctor").code == 0


@pytest.mark.parametrize("kind", ["select", "created_time"])
def test_an_optional_property_of_another_type_stops_nothing(small: Workplace, kind: str) -> None:
    """It is left out with a note by every command, and its values stay as they are."""
    small.notion.remove_property("Tags")
    small.notion.add_property("Tags", kind)
    for words in ("sync --all", "sync --all --dry-run", "backfill --features", "init --dry-run"):
        ended = small.run(*words.split())
        assert ended.code == 0, ended.err
        if words != "backfill --features":
            assert f"'Tags' has the type {kind}" in ended.out + ended.err
            assert "It is optional, and not written." in ended.out + ended.err
    assert small.run("verify").code == 0
    assert len(small.pages()) == 3


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Coverage", "created_time"),
        ("Coverage", "rich_text"),
        ("Features", "rich_text"),
        ("Features", "checkbox"),
        ("Updated At", "last_edited_time"),
        ("Provenance SHA", "number"),
        ("Description", "url"),
    ],
)
def test_a_required_property_of_another_type_is_mapped_as_the_error_says(
    small: Workplace, name: str, kind: str
) -> None:
    """Either as what it is, or to another property, which is added first as the error says."""
    small.notion.remove_property(name)
    small.notion.add_property(name, kind)
    ended = small.run("sync", "--all")
    assert ended.code == 2
    assert f"'{name}' has the type {kind}" in ended.err

    mapped(small, ended.err)
    if other := re.search(r"such as '(.*?)'", ended.err):
        wanted = {"Coverage": "number", "Features": "multi_select", "Updated At": "date"}
        small.notion.add_property(other[1], wanted.get(name, "rich_text"))

    after = small.run("sync", "--all", "--backfill")
    assert after.code == 0, after.err
    assert len(small.pages()) == 3


def test_a_title_that_is_something_else(small: Workplace) -> None:
    """The module's name goes into the title property, whatever it is called."""
    small.notion.rename_property("Module", "Name")
    small.notion.add_property("Module", "rich_text")
    ended = small.run("sync", "--all")
    assert "'Module' has the type rich_text" in ended.err
    mapped(small, ended.err)
    assert small.run("sync", "--all").code == 0
    assert {page["Name"] for page in small.notion.pages()} == {"alpha", "beta", "gamma"}
