"""Modules are found by name, and relations name the keys that manifests have."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.config.config import Config, load
from lukhas_notion.config.gates import allow_any_name, write_vocabulary
from lukhas_notion.config.settings import Flags
from lukhas_notion.manifests.manifest import Manifest, read_manifest
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.text import fold
from lukhas_notion.validate.module_names import (
    UNKNOWN,
    RelationGate,
    key_spec,
    leave_out,
    manifests_named,
    may_have,
    possible_manifests,
    unusable_name,
)

RELATION = '[properties."Needs"]\ntype = "relation"\nfrom = "/needs"\n'


def write(root: Path, name: str, *needs: object, **more: object) -> str:
    """Write a manifest and return its path."""
    file = root / name / "module.manifest.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"module": name, "needs": list(needs), **more}, indent=1))
    return f"{name}/module.manifest.json"


def gate(root: Path, *paths: str, text: str = RELATION) -> tuple[Config, RelationGate]:
    """Return a gate that has taken note of these manifests."""
    (root / "lukhas-notion.toml").write_text(text)
    config = load(Flags(root=str(root)), {})
    made = RelationGate(config)
    for path in paths:
        found = read_manifest(root, path)
        assert isinstance(found, Manifest)
        made.add(found)
    return config, made


def test_a_key_that_a_manifest_has_is_known(tmp_path: Path) -> None:
    """A key of any manifest is known, and the title of one that is not selected is looked up."""
    web = write(tmp_path, "web", "search", "index", "nobody")
    others = [write(tmp_path, name) for name in ("search", "index", "unrelated")]
    _, names = gate(tmp_path, web)
    unknown = names.unknown({web: "web", others[0]: "search"}, others[1:])
    assert [(each.name, each.pointer, each.place[0]) for each in unknown] == [
        ("nobody", "/needs/2", 6)
    ]
    assert names.titles == {"index": "index"}


def test_a_violation_names_the_nearest_key(tmp_path: Path) -> None:
    """The nearest key of all manifests is proposed, with the setting that leaves names out."""
    web = write(tmp_path, "web", "serch")
    others = [write(tmp_path, "search")]
    _, names = gate(tmp_path, web)
    unknown = names.unknown({web: "web"}, others)
    (found,) = names.violations(unknown, {web: "web"}, others)
    assert (found.rule, found.path, found.line) == (UNKNOWN, web, 4)
    assert 'the nearest is "search"' in found.message
    assert 'missing = "leave-out"' in found.remedy


def test_what_is_no_name_is_left_to_the_mapping(tmp_path: Path) -> None:
    """The mapping reports a value that is not a name, not this gate."""
    web = write(tmp_path, "web", {})
    _, names = gate(tmp_path, web)
    assert names.unknown({web: "web"}, []) == []


def test_a_relation_to_another_database_has_other_names(tmp_path: Path) -> None:
    """Names in a relation to another database are not checked against manifests."""
    web = write(tmp_path, "web", "Team A")
    target = f'{RELATION}target = "{"1" * 32}"\n'
    _, names = gate(tmp_path, web, text=target)
    assert names.unknown({web: "web"}, []) == []


@pytest.mark.parametrize(
    ("count", "rule", "said"),
    [
        (0, UNKNOWN, "no page of the database"),
        (2, "relation.ambiguous", "2 pages of the database"),
    ],
)
def test_a_title_that_cannot_be_used_is_told_at_its_place(
    tmp_path: Path, count: int, rule: str, said: str
) -> None:
    """Whether none or several pages of the other database have it."""
    web = write(tmp_path, "web", "Team A")
    config, _ = gate(tmp_path, web)
    spec = next(p for p in config.mapping.properties if p.name == "Needs")
    found = unusable_name(config, web, spec, "Team A", count)
    assert (found.rule, found.line, found.pointer) == (rule, 4, "/needs/0")
    assert said in found.message


def test_a_key_is_read_by_its_own_pointers(tmp_path: Path) -> None:
    """A key is read by its own pointers, or by those of the title."""
    config, _ = gate(tmp_path, text=f'[mapping]\nkey = "/id"\n{RELATION}')
    assert key_spec(config.mapping).pointers == ("/id",)
    plain, _ = gate(tmp_path)
    assert isinstance(key_spec(plain.mapping), PropertySpec)
    assert key_spec(plain.mapping).pointers == ("/module",)


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
    """A module is found by its name, and by its folder only if no module has that name."""
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
    """Only files that contain the words of the name are parsed."""
    paths = repository(tmp_path, one="alpha", two="beta")
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "module.manifest.json").write_text("{ beta", encoding="utf-8")
    config = load(Flags(root=str(tmp_path)), {})

    found = possible_manifests(config, [*paths, "three/module.manifest.json"], ["Beta", "beta"])

    assert [manifest.path for manifest in found] == ["two/module.manifest.json"]


@given(st.text(min_size=1, max_size=6), st.booleans())
def test_no_manifest_with_the_name_is_passed_over(name: str, ascii_only: bool) -> None:
    """A manifest with the name is found in every spelling that JSON and Unicode allow."""
    config = load(Flags(), {})
    content = json.dumps({"module": name}, ensure_ascii=ascii_only).encode("utf-8", "ignore")

    if fold(name):
        assert may_have([name], config.mapping.title)(content)


@pytest.mark.parametrize("name", ["Needs", 'The "needs"', "Needs\\wants", "Needs\u00a0"])
def test_a_name_in_advice_can_be_copied_into_the_configuration(name: str) -> None:
    """Each line that a remedy shows is TOML, whatever the property's name is."""
    spec = PropertySpec(name, PropertyType.RELATION, ("/needs",))
    for advice in (leave_out(spec), allow_any_name(name)):
        heading = re.findall(r"\[properties\..*\]", advice)[0]
        assert tomllib.loads(heading) == {"properties": {name: {}}}
    line = write_vocabulary(name).partition("[vocabularies]: ")[2]
    assert tomllib.loads(line) == {name: "vocab/….json"}
