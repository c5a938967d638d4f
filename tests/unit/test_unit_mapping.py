"""From a manifest to values: all types, all sources, and what does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lukhas_notion.config import Flags, load
from lukhas_notion.manifest import Manifest, read_manifest
from lukhas_notion.mapping import Desired, PropertySpec, Unmappable, convert, resolve
from lukhas_notion.template import LineTemplate
from lukhas_notion.values import PropertyType as T
from lukhas_notion.violation import Violation


def spec(kind: T, *pointers: str, **more: Any) -> PropertySpec:
    """Return a property called P."""
    return PropertySpec("P", kind, pointers or ("/p",), **more)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (T.TITLE, "x", "x"),
        (T.RICH_TEXT, "x", "x"),
        (T.RICH_TEXT, ["a", "b"], "a, b"),
        (T.RICH_TEXT, 3.5, "3.5"),
        (T.RICH_TEXT, True, "true"),
        (T.RICH_TEXT, None, ""),
        (T.NUMBER, 3, 3),
        (T.NUMBER, None, None),
        (T.MULTI_SELECT, "one", ("one",)),
        (T.MULTI_SELECT, ["a", "b", "a"], ("a", "b")),
        (T.MULTI_SELECT, [1, 2.5], ("1", "2.5")),
        (T.MULTI_SELECT, None, ()),
        (T.SELECT, "one", "one"),
        (T.SELECT, None, None),
        (T.DATE, "2026-01-31", "2026-01-31"),
        (T.DATE, "2026-01-31T10:00:00+01:00", "2026-01-31T10:00:00+01:00"),
        (T.CHECKBOX, True, True),
        (T.CHECKBOX, None, False),
        (T.URL, "https://a.example", "https://a.example"),
        (T.URL, "", None),
    ],
)
def test_every_type_takes_what_fits(kind: T, given: object, expected: object) -> None:
    """A fitting value is taken over, a missing one is the type's empty value."""
    assert convert(spec(kind), {"p": given}) == expected


@pytest.mark.parametrize(
    ("kind", "given", "rule"),
    [
        (T.RICH_TEXT, {"a": 1}, "mapping.type"),
        (T.RICH_TEXT, "a\0b", "limit.nul"),
        (T.RICH_TEXT, "x" * 200_001, "limit.text"),
        (T.NUMBER, "3", "mapping.type"),
        (T.NUMBER, True, "mapping.type"),
        (T.NUMBER, float("inf"), "limit.number"),
        (T.NUMBER, 10**400, "limit.number"),
        (T.MULTI_SELECT, [{}], "mapping.type"),
        (T.MULTI_SELECT, [True], "mapping.type"),
        (T.MULTI_SELECT, ["a,b"], "option.name"),
        (T.MULTI_SELECT, [" "], "option.name"),
        (T.MULTI_SELECT, ["x" * 101], "option.name"),
        (T.MULTI_SELECT, ["a", "A"], "option.case"),
        (T.MULTI_SELECT, [f"o{n}" for n in range(101)], "limit.options"),
        (T.SELECT, ["a", "b"], "mapping.select"),
        (T.DATE, "tomorrow", "mapping.date"),
        (T.DATE, 3, "mapping.date"),
        (T.CHECKBOX, "yes", "mapping.type"),
        (T.URL, 3, "mapping.type"),
        (T.URL, "https://" + "x" * 2_000, "limit.url"),
    ],
)
def test_what_does_not_fit_is_refused_by_rule(kind: T, given: object, rule: str) -> None:
    """A value that the type or Notion cannot hold names its rule and its place."""
    with pytest.raises(Unmappable) as caught:
        convert(spec(kind), {"p": given})

    assert caught.value.rule == rule
    assert caught.value.pointer.startswith("/p")


def test_the_first_pointer_that_is_there_wins() -> None:
    """A list of pointers is a fallback."""
    wanted = spec(T.TITLE, "/module/name", "/module", "/name")

    assert convert(wanted, {"module": {"name": "a"}, "name": "c"}) == "a"
    assert convert(wanted, {"module": "b", "name": "c"}) == "b"
    assert convert(wanted, {"name": "c"}) == "c"
    assert convert(wanted, {}) == ""


def test_collected_pointers_all_count() -> None:
    """``from_all`` takes every pointer that is there, as options or joined."""
    value = {"a": "x", "b": ["y", "x"]}

    assert convert(spec(T.MULTI_SELECT, "/a", "/b", "/c", collect=True), value) == ("x", "y")
    joined = spec(T.RICH_TEXT, "/a", "/b", collect=True, join=" | ")
    assert convert(joined, value) == "x | y | x"


def test_a_constant_needs_no_manifest() -> None:
    """A constant is the same for every module."""
    assert convert(PropertySpec("P", T.SELECT, constant="us"), {}) == "us"


def test_pointers_follow_rfc_6901() -> None:
    """Escapes, indices, and what is not there."""
    value = {"a/b": {"~": [10, {"x": 1}]}}

    assert resolve(value, "/a~1b/~0/1/x") == 1
    assert resolve(value, "/a~1b/~0/2") is None
    assert resolve(value, "/a~1b/~0/-") is None
    assert resolve(value, "/none/x") is None


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (
            {"B": {"module": "m.b", "import_verified": True}, "A": {"module": "m.a"}},
            "- A (m.a)  import:✗  docs:✗\n- B (m.b)  import:✓  docs:✗",
        ),
        ({"A": 3}, "- A ()  import:✗  docs:✗"),
        ({}, ""),
    ],
)
def test_the_line_of_an_api(entries: dict[str, Any], expected: str) -> None:
    """One line an API, sorted, as the original report had it."""
    template = "- {@key} ({module})  import:{import_verified:check}  docs:{doc_ok:check}"

    assert LineTemplate(template).lines(entries) == expected


def test_templates_over_lists() -> None:
    """In a list the key is the position, and ``@value`` the item."""
    assert LineTemplate("{@key}. {@value}").lines(["x", 2, None]) == "1. x\n2. 2\n3. "


@pytest.mark.parametrize("text", ["{x", "x}", "{a:b}", "{@other}"])
def test_a_template_that_means_nothing_is_refused(text: str) -> None:
    """A typing error in a template is found when the configuration is read."""
    with pytest.raises(ValueError, match=r"."):
        LineTemplate(text)


def desired(tmp_path: Path, manifest: object) -> tuple[Desired | None, list[Violation]]:
    """Map one manifest by the default mapping."""
    text = json.dumps(manifest, ensure_ascii=False)
    (tmp_path / "module.manifest.json").write_text(text, encoding="utf-8")
    read = read_manifest(tmp_path, "module.manifest.json")
    assert isinstance(read, Manifest)
    return load(Flags(root=str(tmp_path)), {}).mapping.desired(read)


def test_every_problem_of_a_manifest_is_reported_with_its_place(tmp_path: Path) -> None:
    """All properties are tried, and each violation has file, line and pointer."""
    found, problems = desired(
        tmp_path, {"module": "  ", "features": ["a,b"], "testing": {"coverage_observed": "x"}}
    )

    assert found is None
    assert {(p.rule, p.pointer) for p in problems} == {
        ("mapping.title", ""),
        ("option.name", "/features/0"),
        ("mapping.type", "/testing/coverage_observed"),
    }
    assert all(p.path == "module.manifest.json" and p.line == 1 for p in problems)


def test_a_page_too_heavy_for_one_request_is_a_violation(tmp_path: Path) -> None:
    """A page of more than 500 KB is refused before it is sent."""
    long = "\u2603" * 190_000
    found, problems = desired(
        tmp_path, {"module": "m", "description": long, "apis": {"A": {"module": long[:150]}}}
    )

    assert found is None
    assert [p.rule for p in problems] == ["limit.payload"]


def test_a_large_manifest_with_a_light_page_is_fine(tmp_path: Path) -> None:
    """What is not mapped does not count."""
    found, problems = desired(tmp_path, {"module": "m", "other": "x" * 200_000})

    assert problems == []
    assert found is not None
