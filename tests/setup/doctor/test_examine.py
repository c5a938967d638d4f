"""The checks of a repository and of a database, each by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.clock import FakeClock
from support.core import MAPPING

from lukhas_notion.config.config import Flags, load
from lukhas_notion.plan.database import PropertySchema, Schema
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.setup.doctor.database import format_checks, property_checks
from lukhas_notion.setup.doctor.examine import RepositoryExam, diagnose, without_configuration
from lukhas_notion.setup.result import Level
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.runtime import Runtime


def schema(**changed: str) -> Schema:
    """Return a database with every mapped property; "" takes one away."""
    types = {spec.name: spec.type.value for spec in MAPPING.properties} | changed
    found = {name: PropertySchema(name, name, kind) for name, kind in types.items() if kind}
    return Schema("d", "s", "Modules", "https://notion.example/d", found)


def test_properties_that_are_there_pass() -> None:
    """They are counted."""
    [check] = property_checks(MAPPING, schema())
    assert check.level is Level.PASS
    assert "all 9 mapped properties" in check.found


def test_a_property_that_is_missing_fails_and_an_optional_one_warns() -> None:
    """Each missing property has a fix that adds it."""
    checks = list(property_checks(MAPPING, schema(Coverage="", Tags="")))
    assert [check.level for check in checks] == [Level.FAILURE, Level.WARNING]
    assert all(check.fix for check in checks)


@pytest.mark.parametrize(("value", "found"), [(88.5, 1), (0.885, 0)])
def test_a_number_that_is_shown_a_hundred_times_as_large(value: float, found: int) -> None:
    """Notion shows 0.885 as percent, and 88.5 as thousands of it."""
    shown = schema()
    column = replace(shown.properties["Coverage"], number_format="percent")
    shown = replace(shown, properties={**shown.properties, "Coverage": column})
    desired = [Desired("a", "a.json", "0" * 64, {"Coverage": value})]
    checks = list(format_checks(MAPPING, shown, desired))
    assert [check.level for check in checks] == [Level.WARNING] * found


def test_a_repository_is_examined_without_notion(tmp_path: Path) -> None:
    """Configuration, rate, schema, vocabularies and manifests, in this order."""
    (tmp_path / "module.manifest.json").write_text(json.dumps({"module": "a", "tags": ["x"]}))
    exam = RepositoryExam(load(Flags(root=str(tmp_path)), {}))
    levels = [(check.subject, str(check.level)) for check in exam.checks()]
    assert levels == [
        ("configuration", "pass"),
        ("rate", "pass"),
        ("schema", "pass"),
        ("vocabulary Features", "warning"),
        ("vocabulary Tags", "warning"),
        ("manifests", "pass"),
        ("manifests", "failure"),
    ]
    assert exam.names == {}


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("README.md", "# A\n", []),
        ("readme.txt", "# A\n", ["[page] body: 0 of 1 manifest have a README.md"]),
        ("README.md", "- x\n" * 1_001, ["1 violation in 1 file"]),
    ],
    ids=["there", "missing", "too-long"],
)
def test_bodies_are_examined(tmp_path: Path, name: str, text: str, found: list[str]) -> None:
    """A page's body is read and checked as in a run: what is there is not called missing."""
    (tmp_path / "lukhas-notion.toml").write_text('[page]\nbody = { file = "README.md" }\n')
    (tmp_path / "module.manifest.json").write_text('{"module": "a"}')
    (tmp_path / name).write_text(text)
    exam = RepositoryExam(load(Flags(root=str(tmp_path)), {}))
    wrong = [c.found for c in exam.checks() if c.subject in ("mapping", "manifests")][1:]
    assert [said for said, words in zip(wrong, found, strict=True) if words in said] == wrong


def test_a_missing_token_is_a_failure_and_offline_is_none(tmp_path: Path) -> None:
    """With --offline, no request is sent to Notion."""
    config, runtime = load(Flags(root=str(tmp_path)), {}), Runtime({}, clock=FakeClock())
    assert diagnose(config, runtime).of(Level.FAILURE)[0].subject == "token"
    assert diagnose(config, runtime, online=False).of(Level.FAILURE) == ()


def test_without_a_configuration_workflows_are_checked_all_the_same(tmp_path: Path) -> None:
    """The configuration fails, and a warning says that nothing else is checked."""
    found = without_configuration(tmp_path, ConfigError("f.toml:1: wrong.", "Fix it."))
    assert [check.subject for check in found.checks] == ["configuration", "workflows", "others"]
    assert found.verdict.exit_code == 1
