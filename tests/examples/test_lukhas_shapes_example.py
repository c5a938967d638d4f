"""The configuration in docs/ for three shapes of manifest finds the name and tags in each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.property_types import convert

Check = Callable[[Path, object], list[str]]


def spec(config: Config, name: str) -> PropertySpec:
    """Return the mapping's entry for one property."""
    return next(p for p in config.mapping.properties if p.name == name)


@pytest.fixture(scope="module")
def config(project: Path) -> Config:
    """Return the example's configuration."""
    folder = project / "docs" / "examples" / "lukhas-shapes"
    return load(Flags(root=str(folder), config=str(folder / "lukhas-notion.toml")), {})


@pytest.mark.parametrize(
    ("manifest", "module", "tags"),
    [
        ({"module": "core", "tags": ["a", "b"]}, "core", ("a", "b")),
        ({"module": {"name": "x.core"}, "metadata": {"tags": ["c"]}}, "x.core", ("c",)),
        ({"name": "core"}, "core", ()),
        ({"module": "core", "name": "Core", "tags": []}, "core", ()),
    ],
)
def test_each_shape_is_valid_and_read(
    config: Config,
    violations: Check,
    manifest: dict[str, Any],
    module: str,
    tags: tuple[str, ...],
) -> None:
    """Name and tags are found wherever the shape keeps them."""
    assert config.schema is not None
    assert violations(config.schema, manifest) == []
    assert convert(spec(config, "Name"), manifest) == module
    assert config.mapping.module_name(manifest, "core/a/module.manifest.json") == "core/a"
    assert config.mapping.module_name(manifest, "module.manifest.json") == module
    assert convert(spec(config, "Tags"), manifest) == tags


@pytest.mark.parametrize(
    ("manifest", "pointer"),
    [
        ({}, ""),
        ({"module": ""}, "/module"),
        ({"module": []}, "/module"),
        ({"module": {}}, "/module"),
        ({"module": {"path": "core"}, "name": "core"}, "/module"),
        ({"module": {"name": ""}}, "/module/name"),
        ({"name": 1}, "/name"),
        ({"name": "core", "metadata": {"tags": ["a", "a"]}}, "/metadata/tags"),
    ],
)
def test_a_manifest_without_a_name_is_found(
    config: Config, violations: Check, manifest: object, pointer: str
) -> None:
    """What has no usable name, or tags that are no list of names, breaks the schema."""
    assert config.schema is not None
    found = {text.split(": ")[0] for text in violations(config.schema, manifest)}

    assert found == {pointer}


def test_the_other_properties_are_the_default_ones(config: Config) -> None:
    """Only Module and Tags are read from elsewhere, and Name is added; all nine stay."""
    assert len(config.mapping.properties) == 10
    assert config.mapping.title.pointers == ("@folder", "/module/name", "/module", "/name")
