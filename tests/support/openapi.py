"""GitHub's own description of its API (npm's ``@octokit/openapi``) as a judge of what was sent."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from support.github import Seen, node_modules

_SLASHED = ("ref", "path", "branch", "basehead")


def description() -> Path:
    """Return where the description is, once installed."""
    return node_modules() / "@octokit" / "openapi" / "generated" / "api.github.com.json"


class Judge:
    """Says what about a request or its answer is not as GitHub describes it."""

    def __init__(self, path: Path) -> None:
        document = _modern(json.loads(path.read_text()))
        self._components = document["components"]
        templates = sorted(document["paths"], key=lambda t: (t.count("{"), -len(t)))
        self._paths = [(_pattern(t), document["paths"][t]) for t in templates]

    def operation(self, seen: Seen) -> dict[str, Any] | None:
        """Return the description of a request's operation, None where GitHub has none."""
        for pattern, item in self._paths:
            if pattern.fullmatch(seen.path) and seen.method.lower() in item:
                found: dict[str, Any] = item[seen.method.lower()]
                return found
        return None

    def faults_of_request(self, seen: Seen) -> list[str]:
        """Return what is wrong with a request's body; GraphQL is not described."""
        if seen.path == "/graphql":
            return []
        operation = self.operation(seen)
        if operation is None:
            return [f"GitHub has no {seen.method} {seen.path}"]
        body = self._deref(operation.get("requestBody", {})).get("content", {})
        schema = body.get("application/json", {}).get("schema")
        return self._faults(schema, seen.sent) if schema and seen.sent is not None else []

    def faults_of_answer(self, seen: Seen) -> list[str]:
        """Return what is wrong with an answer that a stand-in gave."""
        operation = self.operation(seen)
        if operation is None:
            return [f"GitHub has no {seen.method} {seen.path}"]
        answers = operation["responses"]
        if str(seen.status) not in answers:
            return [f"GitHub never answers {seen.status} to {seen.method} {seen.path}"]
        content = self._deref(answers[str(seen.status)]).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return self._faults(schema, seen.answer) if schema else []

    def _deref(self, item: dict[str, Any]) -> dict[str, Any]:
        reference = item.get("$ref")
        if reference is None:
            return item
        kind, name = reference.removeprefix("#/components/").split("/")
        found: dict[str, Any] = self._components[kind][name]
        return found

    def _faults(self, schema: dict[str, Any], instance: Any) -> list[str]:
        validator = Draft202012Validator({**schema, "components": self._components})
        return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(instance)]


@cache
def judge() -> Judge:
    """Return the judge; reading the description takes a moment, so once is enough."""
    return Judge(description())


def _pattern(template: str) -> re.Pattern[str]:
    """Return what the paths of a template look like."""
    parts = re.split(r"\{(.*?)\}", template)
    return re.compile(
        "".join(
            (".+" if part in _SLASHED else "[^/]+") if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
    )


def _modern(node: Any) -> Any:
    """Return the description with ``nullable`` as JSON Schema spells it."""
    if isinstance(node, list):
        return [_modern(item) for item in node]
    if not isinstance(node, dict):
        return node
    new = {key: _modern(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is not True:
        return new
    if isinstance(new.get("type"), str):
        new["type"] = [new["type"], "null"]
        if "enum" in new:
            new["enum"] = [*new["enum"], None]
        return new
    return {"anyOf": [new, {"type": "null"}]}
