"""Manifests of one kind, by ``where``: the others are no manifests, and their pages are gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.workplace import Workplace, workplace

CONFIGURATION = """
[manifests]
include = ["**/catalog-info.yaml"]
where = { "/kind" = ["Component", "Resource"], "/labels/*" = "public" }

[schema]
path = "schema.json"
"""
ENTITY = "{{kind: {kind}, module: {name}, labels: [{tag}, x]}}\n"


def entity(name: str, kind: str = "Component", tag: str = "public") -> str:
    """Return one document of YAML."""
    return ENTITY.format(kind=kind, name=name, tag=tag)


def write(place: Workplace, folder: str, *documents: str) -> None:
    """Write the descriptor of a folder."""
    file = place.root / folder / "catalog-info.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("---\n".join(documents), encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """Make a repository of components, and of entities of other kinds with the same names."""
    made = workplace(tmp_path / "repository")
    made.root.mkdir(exist_ok=True)
    (made.root / "lukhas-notion.toml").write_text(CONFIGURATION, encoding="utf-8")
    (made.root / "schema.json").write_text("true", encoding="utf-8")
    write(made, "a", entity("alpha"), entity("alpha", "API"))
    write(made, "b", entity("beta", "Resource"))
    write(made, "c", entity("gamma", tag="secret"))
    write(made, "d", entity("alpha", "Location"))
    yield made
    made.notion.close()


def test_only_what_has_a_text_at_every_pointer_is_a_manifest(place: Workplace) -> None:
    """Names are unique among the manifests that are taken; no other one is checked."""
    ended = place.run("validate", "--all")
    assert (ended.code, ended.out) == (0, "Checked 2 manifests: no violations.\n")
    ended = place.run("sync", "--all")
    assert ended.code == 0, ended.err
    assert set(place.pages()) == {"alpha", "beta"}
    assert place.run("verify").code == 0


def test_a_page_whose_manifest_is_of_another_kind_by_now_is_an_orphan(place: Workplace) -> None:
    """Its file is there, and was read completely, so the page can go to the trash."""
    place.run("sync", "--all")
    write(place, "b", entity("beta", "API"))
    ended = place.run("sync", "--all")
    assert "orphan   beta  (its manifest was b/catalog-info.yaml)" in ended.out
    assert place.run("sync", "--all", "--archive-removed", "--apply", "--force", "1").code == 0
    assert set(place.pages()) == {"alpha"}


def test_a_filter_that_takes_nothing_is_an_error(place: Workplace) -> None:
    """A run that checks nothing passes no gate, and removes no page."""
    file = place.root / "lukhas-notion.toml"
    file.write_text(file.read_text().replace("/kind", "/knd"))
    said = 'No manifest has /knd = "Component" or "Resource" and /labels/* = "public"'
    for words in ("validate --all", "sync --all --dry-run"):
        ended = place.run(*words.split())
        assert (ended.code, said in ended.err) == (2, True), ended.err
    ended = place.run("doctor", "--offline")
    assert f"failure  manifests            {said}" in ended.out


def test_a_file_without_a_manifest_that_is_taken_is_valid(place: Workplace) -> None:
    """A pull request may change it."""
    ended = place.run("validate", "c/catalog-info.yaml")
    assert (ended.code, ended.out) == (0, "Checked 0 manifests: no violations.\n")


def test_a_pointer_of_the_filter_is_one(place: Workplace) -> None:
    """A key without a slash is an error with its line."""
    file = place.root / "lukhas-notion.toml"
    file.write_text(file.read_text().replace('"/kind"', "kind"))
    ended = place.run("validate", "--all")
    assert ended.code == 2
    assert 'lukhas-notion.toml:4: manifests.where.kind has "kind", which is not a' in ended.err
    assert "Begin it with a slash" in ended.err
