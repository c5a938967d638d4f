"""What the tests of the examples share: where things lie, and a strict reading of a schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from lukhas_notion.manifests.json_schema.assertions import format_checks
from lukhas_notion.manifests.json_schema.budget import compile_pattern

Check = Callable[[Path, object], list[str]]


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the project's root."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def read_json() -> Callable[[Path], Any]:
    """Return a reader that refuses what JSON does not have: NaN, Infinity and duplicate keys."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        assert len(content) == len(pairs), "duplicate keys"
        return content

    def constant(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return lambda path: json.loads(
        path.read_text(encoding="utf-8"), object_pairs_hook=unique, parse_constant=constant
    )


def _formats() -> FormatChecker:
    """Return a checker of the formats: the library's own asserts a few of them only."""
    made = FormatChecker(formats=())
    formats = ["date-time", "uri", "uri-reference"]
    for name, check in format_checks(formats, compile_pattern).items():
        made.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    return made


@pytest.fixture(scope="session")
def violations(read_json: Callable[[Path], Any]) -> Check:
    """Return a check of a value against a schema file, formats asserted: pointer and message."""
    validators: dict[Path, Draft202012Validator] = {}

    def check(schema: Path, value: object) -> list[str]:
        if schema not in validators:
            content = read_json(schema)
            Draft202012Validator.check_schema(content)
            validators[schema] = Draft202012Validator(content, format_checker=_formats())
        return [
            "".join(f"/{part}" for part in error.absolute_path) + f": {error.message}"
            for error in validators[schema].iter_errors(value)
        ]

    return check
