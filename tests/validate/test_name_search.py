"""Manifests by the name of their module, without parsing all of a repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.config.config import Flags, load
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.text import fold
from lukhas_notion.validate.relations import manifests_named, may_have, possible_manifests


def repository(root: Path, **modules: str) -> list[str]:
    """Write a manifest in each folder and return their paths."""
    paths = []
    for folder, name in modules.items():
        path = root / folder / "module.manifest.json"
        path.parent.mkdir()
        path.write_text(json.dumps({"module": name}), encoding="utf-8")
        paths.append(path.relative_to(root).as_posix())
    return paths


def test_a_module_is_found_by_its_name_before_its_folder(tmp_path: Path) -> None:
    """Another module's folder may have that name, and counts only where no module has it."""
    paths = repository(tmp_path, one="two", two="three", three="1")
    config = load(Flags(root=str(tmp_path)), {})

    assert manifests_named(config, paths, ["two"]) == ["one/module.manifest.json"]
    assert manifests_named(config, paths, ["one", "three"]) == [
        "one/module.manifest.json",
        "two/module.manifest.json",
    ]
    with pytest.raises(UsageError, match="named 'tow'") as raised:
        manifests_named(config, paths, ["tow"])
    assert raised.value.remedy == "Did you mean 'two'?"


def test_a_file_that_does_not_spell_the_name_is_not_parsed(tmp_path: Path) -> None:
    """Of a large repository, a few manifests are read."""
    paths = repository(tmp_path, one="alpha", two="beta")
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "module.manifest.json").write_text("{ beta", encoding="utf-8")
    config = load(Flags(root=str(tmp_path)), {})

    found = possible_manifests(config, [*paths, "three/module.manifest.json"], ["Beta", "beta"])

    assert [manifest.path for manifest in found] == ["two/module.manifest.json"]


@given(st.text(min_size=1, max_size=6), st.booleans())
def test_no_manifest_with_the_name_is_passed_over(name: str, ascii_only: bool) -> None:
    """However JSON spells it: escaped or not, composed or not, with spaces or without."""
    config = load(Flags(), {})
    content = json.dumps({"module": name}, ensure_ascii=ascii_only).encode("utf-8", "ignore")

    if fold(name):
        assert may_have([name], config.mapping.title)(content)
