"""YAML manifests, several documents in a file, and several entries in one, as a user has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.workplace import Workplace, workplace

CONFIGURATION = """
[manifests]
include = ["catalog/*.yaml", "**/module.manifest.json"]
items = "/services/*"

[schema]
path = "schema.json"

[vocabularies]
Features = "vocab/features.json"
"""
SCHEMA = '{"type": "object", "properties": {"description": {"type": "string"}}}'
CATALOG = """\
# Every service.
services:
  - module: alpha      # the first
    description: What alpha does.
    features: [search]
  - module: beta
    description: What beta does.
    features:
      - find           # a synonym
      - search
---
services:
  gamma:
    module: gamma
    description: What gamma does.
"""


def write(place: Workplace, text: str, path: str = "catalog/services.yaml") -> None:
    """Write a file of manifests."""
    file = place.root / path
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text(text, encoding="utf-8", newline="")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """Make a repository of one catalog before an empty database."""
    made = workplace(tmp_path / "repository")
    write(made, CONFIGURATION, "lukhas-notion.toml")
    write(made, SCHEMA, "schema.json")
    write(made, '{"search": {"synonyms": ["find"]}}', "vocab/features.json")
    write(made, CATALOG)
    yield made
    made.notion.close()


def forget(place: Workplace) -> None:
    """Lose the ledger, as a run on another machine has it."""
    (place.root / "manifests/.ledger/notion_sync.ndjson").unlink()


@pytest.fixture
def synced(place: Workplace) -> Workplace:
    """Sync the catalog, fixed, and lose the ledger."""
    assert place.run("validate", "--all", "--fix").code == 0
    ended = place.run("sync", "--all", "--backfill")
    assert ended.code == 0, ended.err + ended.out
    forget(place)
    return place


def test_each_entry_is_checked_at_its_line(place: Workplace) -> None:
    """With the pointer from the top of its document."""
    ended = place.run("validate", "--all")

    assert ended.code == 1
    assert "catalog/services.yaml:9: Features: " in ended.out
    assert "(at /services/1/features/0)" in ended.out
    assert "Checked 3 manifests: 1 violation in 1 file." in ended.out


def test_a_fix_keeps_comments_and_layout(place: Workplace) -> None:
    """The name that would stand twice goes with its line."""
    ended = place.run("validate", "--all", "--fix")

    assert ended.code == 0
    fixed = CATALOG.replace("- find ", "- search ").replace("      - search\n---", "---")
    assert (place.root / "catalog/services.yaml").read_text(encoding="utf-8") == fixed


def test_every_entry_gets_a_page_that_knows_it(synced: Workplace) -> None:
    """Its record names file, document and pointer; a second run writes nothing."""
    pages = synced.pages()

    assert {name: page["Description"] for name, page in pages.items()} == {
        "alpha": "What alpha does.",
        "beta": "What beta does.",
        "gamma": "What gamma does.",
    }
    ended = synced.run("sync", "--all")
    assert "3 unchanged" in ended.out, ended.out
    assert synced.run("verify").code == 0


def test_entries_that_move_keep_their_pages(synced: Workplace) -> None:
    """An entry before them, another order, another document: nothing but the new one is written."""
    text = (synced.root / "catalog/services.yaml").read_text(encoding="utf-8")
    new = "services:\n  - {module: delta, description: What delta does.}\n"
    write(synced, text.replace("services:\n  - module: alpha", f"{new}  - module: alpha", 1))

    ended = synced.run("sync", "--all")

    assert "1 to create, 3 unchanged" in ended.out, ended.out
    forget(synced)
    first, second = (synced.root / "catalog/services.yaml").read_text("utf-8").split("---\n")
    write(synced, f"{second}---\n{first}")
    assert "4 unchanged" in synced.run("sync", "--all").out
    assert len(synced.pages()) == 4


def test_an_entry_that_changes_updates_its_own_page(synced: Workplace) -> None:
    """And no other one of the file."""
    text = (synced.root / "catalog/services.yaml").read_text(encoding="utf-8")
    write(synced, text.replace("What beta does.", "Something else."))

    ended = synced.run("sync", "--all")

    assert "1 to update, 2 unchanged" in ended.out
    assert synced.pages()["beta"]["Description"] == "Something else."


def test_an_entry_that_goes_leaves_a_page_without_a_manifest(synced: Workplace) -> None:
    """Although its file is still there, and although another entry has its place."""
    text = (synced.root / "catalog/services.yaml").read_text(encoding="utf-8")
    begin, end = text.index("  - module: alpha"), text.index("  - module: beta")
    write(synced, text[:begin] + text[end:])

    listed = synced.run("sync", "--all", "--dry-run")
    assert "2 unchanged" in listed.out
    assert "its manifest was catalog/services.yaml#0/services/0" in listed.out, listed.out
    ended = synced.run("sync", "--all", "--archive-removed", "--apply", "--force", "1")

    assert ended.code == 0, ended.err + ended.out
    assert set(synced.pages()) == {"beta", "gamma"}


def test_no_page_goes_while_an_entry_of_its_file_cannot_be_read(synced: Workplace) -> None:
    """The one that cannot may be the one whose page it is."""
    text = (synced.root / "catalog/services.yaml").read_text(encoding="utf-8")
    write(synced, text.replace("module: alpha ", "nodule: alpha "))

    ended = synced.run("sync", "--all", "--skip-invalid", "--archive-removed", "--apply")

    assert set(synced.pages()) == {"alpha", "beta", "gamma"}, ended.out


def test_a_file_that_goes_takes_its_entries_pages_along(synced: Workplace) -> None:
    """Git is asked for the file."""
    write(synced, "services: [{module: delta}]\n", "catalog/other.yaml")
    (synced.root / "catalog/services.yaml").unlink()

    ended = synced.run("sync", "--all", "--archive-removed", "--apply", "--force", "3")

    assert ended.code == 0, ended.err + ended.out
    assert set(synced.pages()) == {"delta"}


def test_an_entry_that_moves_to_a_file_of_its_own_keeps_its_page(synced: Workplace) -> None:
    """By its key; the record follows."""
    text = (synced.root / "catalog/services.yaml").read_text(encoding="utf-8")
    write(synced, text[: text.index("---")])
    write(synced, "services: [{module: gamma, description: What gamma does.}]\n", "catalog/g.yaml")

    ended = synced.run("sync", "--all")

    assert "1 to update, 2 unchanged" in ended.out, ended.out
    assert "update   gamma" in ended.out
    assert len(synced.pages()) == 3


def test_one_module_of_a_file_is_synced_alone(synced: Workplace) -> None:
    """By its name; the others of its file are not looked at."""
    text = (synced.root / "catalog/services.yaml").read_text(encoding="utf-8")
    write(synced, text.replace(" does.", " did."))

    ended = synced.run("sync", "--module", "beta")

    assert "1 to update" in ended.out, ended.out
    assert [page["Description"] for page in synced.pages().values()].count("What beta did.") == 1
    assert synced.pages()["alpha"]["Description"] == "What alpha does."


def test_two_entries_of_one_name_are_named_with_their_places(place: Workplace) -> None:
    """Also in one file."""
    write(place, "services:\n  - module: a\n  - module: b\n  - module: a\n")

    ended = place.run("validate", "--all")

    assert ended.code == 1
    said = "catalog/services.yaml:2: the module 'a' is also in catalog/services.yaml#/services/2"
    assert said in ended.out
    assert "1 violation in 1 file" in ended.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("service:\n  - module: a\n", "no manifest is at /services/*: /services is not there"),
        ("services: a\n", "no manifest is at /services/*: /services is text"),
        ("services: [a]\n", "a manifest is an object, and this is text"),
        ("services:\n\t- module: a\n", "not YAML: a tab in the indentation"),
        ("services: [{<<: {a: 1}}]\n", "a merge key (<<)"),
        ("services: [{module: a, module: b}]\n", 'the key "module" is there twice'),
        ("services: [{module: {{ .Values.a }} }]\n", "a Helm template"),
        ("- a\n", "/services is not there"),
        ("x" * 5_000_000, "the file is larger than 4,194,304 bytes"),
    ],
)
def test_a_file_that_is_wrong_is_a_violation_and_loses_nothing(
    synced: Workplace, text: str, said: str
) -> None:
    """Exit 1 with file and line; no page is written or removed."""
    write(synced, text)

    ended = synced.run("sync", "--all", "--archive-removed")

    assert ended.code == 1
    assert "catalog/services.yaml:" in ended.out
    assert said in ended.out, ended.out
    assert len(synced.pages()) == 3


def test_yaml_is_read_where_it_is_included_and_not_before(tmp_path: Path) -> None:
    """Without a word of the configuration, manifests are JSON."""
    made = workplace(tmp_path / "r")
    write(made, "module: a\n", "a/module.manifest.yaml")
    made.write("b", {"module": "b"})

    assert "Checked 1 manifest: no violations." in made.run("validate", "--all").out
    write(made, '[manifests]\ninclude = ["**/module.manifest.{json,yaml}"]\n', "lukhas-notion.toml")
    ended = made.run("validate", "--all")
    made.notion.close()

    assert "Checked 2 manifests: no violations." in ended.out, ended.out
