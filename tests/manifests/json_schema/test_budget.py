"""Checking a schema, a manifest or a pattern takes bounded work."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lukhas_notion.manifests.json_schema import assertions, budget
from lukhas_notion.manifests.json_schema.budget import Budget, ExhaustedError, compile_pattern
from lukhas_notion.manifests.manifest import Manifest, parse_file
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.validate.gates import SchemaGate

EVIL = "^(a|a)+$"
BOMB = "a" * 60 + "!"
LEVELS = 26

# Each doubles what the level below takes; %s is the reference to that level.
DOUBLING: dict[str, Any] = {
    "allOf": {"allOf": ["%s", "%s"]},
    "anyOf": {"anyOf": ["%s", "%s"]},
    "oneOf": {"oneOf": ["%s", "%s", False]},
    "not": {"allOf": [{"not": {"not": "%s"}}, {"not": {"not": "%s"}}]},
    "if": {"if": "%s", "then": "%s"},
    "else": {"if": {"not": "%s"}, "else": "%s"},
    "dependentSchemas": {"dependentSchemas": {"a": "%s", "b": "%s"}},
    "unevaluatedProperties": {"allOf": ["%s", "%s"], "unevaluatedProperties": False},
    "unevaluatedItems": {"anyOf": ["%s", "%s"], "unevaluatedItems": False},
    "properties": {"properties": {"a": "%s"}, "patternProperties": {"a": "%s"}},
    "items": {"items": "%s", "contains": "%s"},
}


def doubling(keyword: str, reference: str) -> dict[str, Any]:
    """Return a small schema whose levels each apply the next one twice."""
    levels: dict[str, Any] = {}
    for level in range(LEVELS):
        anchor = f"l{level + 1}" if reference == "$dynamicRef" else f"/$defs/l{level + 1}"
        body = json.dumps(DOUBLING[keyword]).replace('"%s"', json.dumps({reference: f"#{anchor}"}))
        levels[f"l{level}"] = json.loads(body)
    levels[f"l{LEVELS}"] = {}
    if reference == "$dynamicRef":
        for name, schema in levels.items():
            schema["$dynamicAnchor"] = name
    first = "#l0" if reference == "$dynamicRef" else "#/$defs/l0"
    return {"$defs": levels, reference: first}


def deep(value: Any, levels: int) -> Any:
    """Return a value within lists."""
    for _ in range(levels):
        value = [value]
    return value


def gate_of(root: Path, schema: Any, budget: Budget | None = None) -> SchemaGate:
    """Return the gate of a schema."""
    (root / "s.json").write_text(json.dumps(schema))
    return SchemaGate.load(root / "s.json", root=root, budget=budget)


def manifest_of(value: Any) -> Manifest:
    """Return the manifest of a value."""
    manifest = parse_file("m.json", json.dumps(value).encode())[0]
    assert isinstance(manifest, Manifest)
    return manifest


@pytest.mark.parametrize("reference", ["$ref", "$dynamicRef"])
@pytest.mark.parametrize("keyword", DOUBLING)
def test_a_schema_that_doubles_ends_as_one_violation(
    tmp_path: Path, keyword: str, reference: str
) -> None:
    """The check ends after a number of steps, whatever the keyword and the reference."""
    schema = doubling(keyword, reference)
    inner: Any = {"a": 1, "b": 2}
    if keyword in ("items", "unevaluatedItems"):
        inner = {"x": deep([], LEVELS)}
        schema = {**schema, "properties": {"x": {reference: schema.pop(reference)}}}
    elif keyword == "properties":
        inner = {}
        for _ in range(LEVELS):
            inner = {"a": inner}

    gate = gate_of(tmp_path, schema, Budget(steps=20_000))

    found = gate.check(manifest_of(inner))

    (ended,) = (violation for violation in found if violation.rule == "schema.timeout")
    assert "checking it against the schema takes more than 30," in ended.message
    assert ended.remedy
    assert len(json.dumps(schema)) < 5_000


def test_what_a_schema_says_several_times_is_reported_once(tmp_path: Path) -> None:
    """An error is reported once, however many ways lead to its keyword."""
    short = {"$defs": {"l": {"required": ["x"], "minProperties": 3}}}
    gate = gate_of(tmp_path, {**short, "allOf": [{"$ref": "#/$defs/l"}] * 50})

    found = gate.check(manifest_of({"a": 1}))

    assert sorted(violation.rule for violation in found) == [
        "schema.minProperties",
        "schema.required",
    ]


def test_all_manifests_of_a_run_share_the_work(tmp_path: Path) -> None:
    """A thousand manifests of a hostile schema take the work of one, and a little more for each."""
    gate = gate_of(tmp_path, doubling("allOf", "$ref"))
    steps = []
    for _ in range(20):
        found = gate.check(manifest_of({"a": 1}))
        assert [violation.rule for violation in found] == ["schema.timeout"]
        steps.append(gate.budget.spent)

    assert steps[0] > budget.SHARED_STEPS
    assert max(steps[1:]) < 2 * budget.STEPS


def test_an_ordinary_manifest_needs_nothing_of_what_is_shared(tmp_path: Path) -> None:
    """Ten thousand manifests are checked, each within the steps that its size allows."""
    items = {"type": "object", "properties": {"n": {"type": "integer"}, "t": {"type": "string"}}}
    gate = gate_of(tmp_path, {"properties": {"x": {"items": items}}})

    for size in (10, 1_000, 15_000):
        manifest = manifest_of({"x": [{"n": n, "t": "text of a few words"} for n in range(size)]})
        assert gate.check(manifest) == []
        assert gate.budget.spent < budget.STEPS + len(manifest.document.text) // budget.BYTES_A_STEP


@pytest.mark.parametrize(
    ("schema", "make"),
    [
        ({"x": {"uniqueItems": True}}, lambda n: [{"n": i} if i % 2 else [i] for i in range(n)]),
        ({"x": {"enum": [str(i) for i in range(2_000)]}}, lambda n: [str(i) for i in range(n)]),
        ({"x": {"items": {"enum": ["a", 1, None]}}}, lambda n: ["b"] * n),
        (
            {"x": {"required": [str(i) for i in range(999)]}},
            lambda n: {str(i): 1 for i in range(n)},
        ),
        ({"x": {"properties": {str(i): {} for i in range(99)}}}, lambda n: {"a": [{}] * n}),
        ({"x": {"allOf": [{"items": True}] * 50}}, lambda n: [1] * n),
        ({"x": {"allOf": [{"unevaluatedItems": True}] * 50}}, lambda n: [1] * n),
        ({"x": {"const": [1] * 100}}, lambda n: [[1]] * n),
    ],
)
def test_steps_grow_with_the_size(
    tmp_path: Path, schema: dict[str, Any], make: Callable[[int], Any]
) -> None:
    """A manifest of ten times the size takes about ten times the steps."""
    gate = gate_of(tmp_path, {"properties": schema})
    gate.check(manifest_of({"x": make(200)}))
    small = gate.budget.spent
    gate.check(manifest_of({"x": make(2_000)}))

    assert gate.budget.spent <= 15 * small


def ticking(seconds: float) -> Callable[[], float]:
    """Return a clock that advances by the same amount at each reading."""
    return map(seconds.__mul__, itertools.count(1)).__next__


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"x": {"pattern": EVIL}}}, {"x": BOMB}),
        ({"patternProperties": {EVIL: False}}, {BOMB: 1}),
        ({"patternProperties": {EVIL: {}}, "additionalProperties": False}, {BOMB: 1}),
        ({"patternProperties": {EVIL: {}}, "unevaluatedProperties": False}, {BOMB: 1}),
        ({"propertyNames": {"pattern": EVIL}}, {BOMB: 1}),
        ({"properties": {"x": {"not": {"pattern": EVIL}}}}, {"x": BOMB}),
    ],
)
def test_a_pattern_that_backtracks_is_stopped(tmp_path: Path, schema: Any, value: Any) -> None:
    """A search that does not end is one violation, wherever the schema has the pattern."""
    gate = gate_of(tmp_path, schema, Budget(ticking(1.0), seconds=0.01))

    (found,) = gate.check(manifest_of(value))

    assert found.rule == "schema.timeout"
    assert "a pattern backtracks over the same text" in found.message


def test_slow_searches_of_a_run_share_their_time() -> None:
    """When the shared time is used up, a slow search is stopped at once."""
    work = Budget(ticking(0.5), seconds=1.2)
    work.start(0)

    assert work.search("^a+$", "aaa")
    assert not work.search("^a+$", "b")
    assert work.search("^a+$", "aaa")
    with pytest.raises(ExhaustedError, match="takes too long"):
        work.search(EVIL, BOMB)


def test_quick_searches_cost_no_time() -> None:
    """A run of ten thousand manifests with patterns does not exceed the limit."""
    work = Budget(ticking(0.001), seconds=0.001)
    for _ in range(1_000):
        work.start(0)
        assert work.search("^a+$", "aaa")


def test_a_search_that_waits_for_a_processor_costs_no_time() -> None:
    """The verdict on a manifest does not depend on what else the machine does."""
    limits: list[float] = []

    def search(_text: str, *, timeout: float) -> bool:
        limits.append(timeout)
        time.sleep(0.05)
        return True

    class BusyMachine(Budget):
        """Its matcher waits before it matches."""

        def compile(self, pattern: str) -> Any:
            """Return what waits."""
            return SimpleNamespace(search=search)

    work = BusyMachine(seconds=0.1)
    work.start(0)
    assert all(work.search("^a+$", "aaa") for _ in range(3))
    assert limits == [limits[0]] * 3


def test_a_schema_itself_is_checked_within_bounds(tmp_path: Path) -> None:
    """A schema of very many parts is an error of the configuration, which names its file."""
    with pytest.raises(ConfigError, match=r"^s\.json:1: the schema is too large or too deep"):
        gate_of(tmp_path, {"allOf": [{"not": {"not": {}}}] * 8_000})


def test_a_schema_of_other_files_reads_each_once(tmp_path: Path) -> None:
    """A file that a schema refers to is read once, however many manifests are checked."""
    (tmp_path / "other.json").write_text('{"type": "string"}')
    gate = gate_of(tmp_path, {"additionalProperties": {"$ref": "other.json"}})
    (tmp_path / "other.json").unlink()

    found = gate.check(manifest_of({"a": 1, "b": "text", "c": 2}))

    assert [violation.pointer for violation in found] == ["/a", "/c"]


def test_the_library_of_formats_is_bounded_by_length() -> None:
    """The checks of formats, some of which take the square of the length, never get long text."""
    seen: list[str] = []
    check = assertions.bounded(lambda value: bool(seen.append(str(value))))

    check("a" * assertions.LONGEST)
    check("a" * (assertions.LONGEST + 1))

    assert len(seen) == 1


@pytest.mark.parametrize("pattern", ["(?:a?){{9999{}}}", "[a-z]{}" * 2_000])
def test_compiling_patterns_is_counted(tmp_path: Path, pattern: str) -> None:
    """A schema of many patterns, each within its own bounds, is refused as a whole."""
    patterns = [pattern.replace("{}", str(number)).replace("{{", "{") for number in range(10)] * 9
    made = [{"pattern": f"{each.replace('}}', '}')}{n}"} for n, each in enumerate(patterns)]

    with pytest.raises(ConfigError, match="the schema is too large or too deep"):
        gate_of(tmp_path, {"allOf": made})


def test_compiling_what_a_manifest_gives_as_a_pattern_is_counted(tmp_path: Path) -> None:
    """Values of the format `regex` are compiled as long as steps are left."""
    gate = gate_of(tmp_path, {"properties": {"x": {"items": {"format": "regex"}}}})
    value = {"x": [f"(?:a?){{9999}}{number}" for number in range(500)]}

    (found,) = gate.check(manifest_of(value))

    assert found.rule == "schema.timeout"


def test_formats_are_counted_by_the_length_of_the_text(tmp_path: Path) -> None:
    """Text beyond the limit costs no more steps, because it is not checked."""
    gate = gate_of(tmp_path, {"properties": {"x": {"format": "uri"}}})
    steps = []
    for length in (10, assertions.LONGEST, 50 * assertions.LONGEST):
        gate.check(manifest_of({"x": "a:" + "b" * (length - 2)}))
        steps.append(gate.budget.spent)

    assert steps[0] < steps[1]
    assert steps[2] - steps[1] < assertions.LONGEST


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "missing"),
        ("(" * 9_000, "too deep"),
        ("a" * 20_001, "too large"),
        ("a{100000000}", "repeats too much"),
        ("(?:(?:a{100}){100}){100}", "repeats too much"),
        ("a{99999999999999999999999}", "repeats too much"),
        ("(?x)(?:a{ 5000 }){ 5000 }", "repeats too much"),
        ("(?x)(?:a{#\n50#}\n00}){\t5000}", "repeats too much"),
        ("(?x:(?:a{5 000}){5000})", "repeats too much"),
        ("a{" + "9" * 9_000 + "}", "repeats too much"),
    ],
)
def test_bad_and_exploding_patterns_are_refused(pattern: str, said: str) -> None:
    """An invalid pattern is a ValueError, and so is one that would take long to compile."""
    with pytest.raises(ValueError, match=said):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "123e4567-e89b-12d3-a456-426614174000"),
        (r"^\p{Lu}\p{L}{0,63}$", "Élan"),
        (r"^v(0|[1-9][0-9]{0,9})$", "v12"),
    ],
)
def test_usual_patterns_compile(pattern: str, text: str) -> None:
    """The patterns of ordinary schemas are compiled and match."""
    assert compile_pattern(pattern).search(text)
