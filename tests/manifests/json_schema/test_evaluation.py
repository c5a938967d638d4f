"""Values checked by compiled schemas: what is compiled, what it costs, and what is reported."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lukhas_notion.manifests.json_schema import assertions, keywords
from lukhas_notion.manifests.json_schema.budget import Budget, ExhaustedError, TooDeepError
from lukhas_notion.manifests.json_schema.evaluation import Errors, Rules, is_json_type
from lukhas_notion.manifests.json_schema.schema_file import DEFAULT_DRAFT, DRAFTS


def rules_with(steps: int = 100_000) -> Rules:
    """Return rules with a number of steps and no references."""
    budget = Budget(steps=steps)
    return Rules(keywords.TABLE, DRAFTS[DEFAULT_DRAFT], budget, {}, {})


def found(rules: Rules, value: Any, schema: Any) -> list[tuple[str, str, Any]]:
    """Return the place, the keyword's path and the value of each error."""
    errors: Errors = []
    rules.errors(value, schema, None, errors)
    return [
        (
            "/".join(map(str, error.absolute_path)),
            "/".join(map(str, error.absolute_schema_path)),
            error.instance,
        )
        for error in errors
    ]


def test_every_keyword_that_asserts_is_in_the_table() -> None:
    """The table has the keywords that check a value alone and those that apply schemas."""
    assert assertions.TABLE.keys() < keywords.TABLE.keys()
    annotations = {"$anchor", "$comment", "$defs", "$id", "$schema", "$vocabulary"}
    assert Draft202012Validator.VALIDATORS.keys() - annotations <= keywords.TABLE.keys()


def test_a_schema_is_compiled_once() -> None:
    """A schema has one compiled node, however it is reached."""
    rules, schema = rules_with(), {"type": "integer"}

    assert rules.node(schema) is rules.node(schema)
    assert rules.node(schema) is not rules.node(dict(schema))


def test_each_error_has_its_place_its_keyword_and_its_value() -> None:
    """An error has the full path of its value and of its keyword."""
    inner = {"properties": {"a": {"items": {"minimum": 3, "type": "integer"}}}}
    schema = {"allOf": [True, inner], "required": ["b"]}

    assert found(rules_with(), {"a": [5, 1, "x"]}, schema) == [
        ("a/1", "allOf/1/properties/a/items/minimum", 1),
        ("a/2", "allOf/1/properties/a/items/type", "x"),
        ("", "required", {"a": [5, 1, "x"]}),
    ]


@pytest.mark.parametrize("value", [date(2026, 1, 31), object()])
def test_a_value_that_json_does_not_have_is_of_no_type(value: object) -> None:
    """A value that JSON does not have, such as a date, matches no type and breaks no keyword."""
    rules = rules_with()

    assert found(rules, value, {"type": ["string", "object"]}) == [("", "type", value)]
    assert found(rules, value, {"minLength": 3, "properties": {}}) == []


def test_what_was_found_before_the_work_ran_out_is_kept() -> None:
    """Errors from before the limit are kept with their places."""
    rules = rules_with(steps=60)
    errors: Errors = []

    with pytest.raises(ExhaustedError):
        rules.errors(
            {"a": ["x"] * 100}, {"properties": {"a": {"items": {"type": "null"}}}}, None, errors
        )

    assert errors
    assert [list(error.absolute_path) for error in errors] == [["a", n] for n in range(len(errors))]
    assert {error.keyword for error in errors} == {"type"}


def test_a_value_costs_as_many_steps_whatever_its_type() -> None:
    """Keywords that do not apply are counted too, so that the verdict is the same everywhere."""
    schema = {"type": ["string", "integer"], "minLength": 1, "minimum": 1}
    spent = []
    for value in ("a", 1):
        rules = rules_with()
        assert found(rules, value, schema) == []
        spent.append(rules.budget.spent)

    assert spent == [4, 4]


def test_a_schema_that_leads_back_to_itself_ends() -> None:
    """An endless reference is an error of its own, and the next value is checked as usual."""
    loop: dict[str, Any] = {"$ref": "#"}
    rules = rules_with()
    rules.targets = {"#": loop}

    for _ in range(2):
        with pytest.raises(TooDeepError):
            found(rules, 1, loop)
    assert rules.depth == 0


TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


@given(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text() | st.lists(st.none()) | st.dictionaries(st.text(), st.none())
)  # fmt: skip
def test_types_are_those_of_the_library(value: Any) -> None:
    """The types agree with the library's for every JSON value."""
    theirs = DRAFTS[DEFAULT_DRAFT].is_type
    assert [is_json_type(value, name) for name in TYPES] == [theirs(value, n) for n in TYPES]
