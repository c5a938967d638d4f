"""The Home Assistant configuration in docs/ loads, and reaches every integration's manifest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.property_types import convert, options

Check = Callable[[Path, object], list[str]]


def spec(config: Config, name: str) -> PropertySpec:
    """Return the mapping's entry for one property."""
    return next(p for p in config.mapping.properties if p.name == name)


@pytest.fixture(scope="module")
def folder(project: Path) -> Path:
    """Return the example's folder."""
    return project / "docs" / "examples" / "home-assistant"


@pytest.fixture(scope="module")
def config(folder: Path) -> Config:
    """Return the example's configuration."""
    return load(Flags(root=str(folder), config=str(folder / "lukhas-notion.toml")), {})


@pytest.fixture(scope="module")
def corpus(project: Path, read_json: Callable[[Path], Any]) -> dict[str, Any]:
    """Return all integration manifests of Home Assistant 2024.1.6, by folder."""
    root = project / ".." / "shared" / "corpora" / "home-assistant-2024.1.6"
    if not root.is_dir():
        pytest.skip("the Home Assistant manifests are not on this machine")
    return {p.parent.name: read_json(p) for p in root.glob("components/*/manifest.json")}


def test_it_replaces_the_default_properties(config: Config) -> None:
    """The mapping has the ten properties of the example and no other."""
    assert [p.name for p in config.mapping.properties] == [
        "Module", "Description", "Features", "Tags", "Documentation", "Config Flow",
        "Code Owners", "Source", "Provenance SHA", "Updated At",
    ]  # fmt: skip


def test_it_maps_a_manifest(config: Config) -> None:
    """Every property has the value that the manifest gives it."""
    manifest = {
        "domain": "lamp",
        "name": "Lamp",
        "codeowners": ["@one", "@two"],
        "config_flow": True,
        "documentation": "https://example.com/lamp",
        "integration_type": "hub",
        "iot_class": "local_push",
        "quality_scale": "gold",
    }
    values = {
        p.name: convert(p, manifest)
        for p in config.mapping.properties
        if not (p.is_sha or p.is_now)
    }

    assert values == {
        "Module": "lamp",
        "Description": "Lamp",
        "Features": ("local_push", "hub"),
        "Tags": ("gold",),
        "Documentation": "https://example.com/lamp",
        "Config Flow": True,
        "Code Owners": "@one, @two",
        "Source": "Home Assistant",
    }


def test_every_real_manifest_fits_the_schema(
    config: Config, corpus: dict[str, Any], violations: Check
) -> None:
    """None of the 1,221 integrations breaks the example's schema."""
    assert config.schema is not None
    assert len(corpus) == 1_221
    assert {d: v for d, m in corpus.items() if (v := violations(config.schema, m))} == {}


@pytest.mark.parametrize(("name", "count"), [("Features", 14), ("Tags", 4)])
def test_the_vocabularies_are_exactly_what_is_in_use(
    config: Config,
    corpus: dict[str, Any],
    read_json: Callable[[Path], Any],
    name: str,
    count: int,
) -> None:
    """Every name in use is in the vocabulary, and every name of it is in use."""
    content = read_json(config.vocabularies[name].path)
    used = {o for m in corpus.values() for _, o in options(spec(config, name), m)}

    assert used == set(content.get("allowed", content))
    assert len(used) == count


def test_every_real_module_has_its_own_name(config: Config, corpus: dict[str, Any]) -> None:
    """The title is the folder's name, so no two modules share one."""
    assert {d: config.mapping.module_name(m) for d, m in corpus.items()} == {d: d for d in corpus}


@pytest.mark.parametrize(
    ("manifest", "pointer"),
    [
        ({"name": "Lamp"}, ""),
        ({"domain": "Lamp", "name": "Lamp"}, "/domain"),
        ({"domain": "lamp", "name": ""}, "/name"),
        ({"domain": "lamp", "name": "Lamp", "config_flow": "yes"}, "/config_flow"),
        ({"domain": "lamp", "name": "Lamp", "codeowners": ["one"]}, "/codeowners/0"),
        ({"domain": "lamp", "name": "Lamp", "documentation": "docs/lamp"}, "/documentation"),
    ],
)
def test_the_schema_rejects(
    config: Config, violations: Check, manifest: object, pointer: str
) -> None:
    """What no integration may say is found at its place."""
    assert config.schema is not None
    found = {text.split(": ")[0] for text in violations(config.schema, manifest)}

    assert found == {pointer}
