"""A preview as data, for a workflow that may comment where the preview's own token may not.

A stranger's run writes this data. So it is held to a schema with bounds, it has no sentence that is
quoted, and what is rendered from it says whose it is: names and paths stand in it as inline code,
numbers are counted anew, and every other word is this module's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lukhas_notion.github.comment_text import Section
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.report.comment import CommentContext
from lukhas_notion.report.markdown import address
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.sanitize import json_document, markdown_data
from lukhas_notion.util.text import counted

FORMAT = 1
#: Bytes in the file.
MAX_BYTES = 1_000_000
_LONGEST = 200
_MOST_ROWS = 200
_MOST_NAMES = 30
_KINDS = {
    ChangeKind.CREATE: "create",
    ChangeKind.UPDATE: "update",
    ChangeKind.ARCHIVE: "move to the trash",
    ChangeKind.DRIFT: "edited in Notion",
    ChangeKind.CONFLICT: "conflict",
}

_TEXT = {"type": "string", "maxLength": _LONGEST}
_NAMES = {"type": "array", "maxItems": _MOST_NAMES, "items": _TEXT}


def _rows(**properties: Any) -> dict[str, Any]:
    row = {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": properties,
    }
    return {"type": "array", "maxItems": _MOST_ROWS, "items": row}


SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("format", "checked", "compared_with_base", "left_out"),
        *("violations", "pages", "options", "moved"),
    ],
    "properties": {
        "format": {"const": FORMAT},
        "checked": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "compared_with_base": {"type": "boolean"},
        "left_out": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "violations": _rows(
            path=_TEXT,
            line={"type": "integer", "minimum": 1, "maximum": 10_000_000},
            pointer=_TEXT,
            rule={"type": "string", "maxLength": 60, "pattern": r"^[a-z]+([.-][a-z0-9]+)*\Z"},
        ),
        "pages": _rows(kind={"enum": sorted(_KINDS)}, module=_TEXT, path=_TEXT, properties=_NAMES),
        "options": _rows(property=_TEXT, add=_NAMES, remove=_NAMES),
        "moved": _rows(path=_TEXT, new_path=_TEXT),
    },
}


def document(run: RunResult, context: CommentContext) -> dict[str, Any]:
    """Return a preview as data that :data:`SCHEMA` and :data:`MAX_BYTES` allow."""
    changes = [c for c in run.plan.changes if c.kind in _KINDS] if run.plan else []
    options = [o for o in run.plan.options if o.sends or o.by_pages] if run.plan else []
    whole: dict[str, list[dict[str, Any]]] = {
        "violations": [
            {"path": _cut(v.path), "line": v.line, "pointer": _cut(v.pointer), "rule": v.rule}
            for v in run.violations
        ],
        "pages": [_page(change) for change in changes],
        "options": [
            {
                "property": _cut(o.property_name),
                "add": _names([*(name for name, _ in o.add), *o.by_pages]),
                "remove": _names([removal.name for removal in o.remove]),
            }
            for o in options
        ],
        "moved": [{"path": _cut(m.path), "new_path": _cut(m.new_path)} for m in context.moved],
    }
    most = _MOST_ROWS
    while True:
        data = {
            "format": FORMAT,
            "checked": run.checked,
            "compared_with_base": context.compared_with_base,
            "left_out": sum(max(len(rows) - most, 0) for rows in whole.values()),
            **{name: rows[:most] for name, rows in whole.items()},
        }
        if len(json_document(data)) < MAX_BYTES or not most:
            return data
        most //= 2


def _page(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "module": _cut(change.module),
        "path": _cut(change.path),
        "properties": _names([p.name for p in change.properties if p.after != change.sha]),
    }


def _names(names: Sequence[str]) -> list[str]:
    return [_cut(name) for name in names[:_MOST_NAMES]]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def parse(content: bytes) -> dict[str, Any]:
    """Return the data in a file that a stranger's run wrote.

    Raises:
        ValueError: it is too large, not JSON, or not what :data:`SCHEMA` allows. The message quotes
            nothing of it.
    """
    from jsonschema import Draft202012Validator

    if len(content) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    error = next(Draft202012Validator(SCHEMA).iter_errors(found), None)
    if error is not None:
        place = "/".join(str(each) for each in error.schema_path if isinstance(each, str))
        raise ValueError(f"it is not what the schema allows ({place})")
    if not isinstance(found, dict):
        raise ValueError("it is not an object")
    return found


def sections(data: Mapping[str, Any], *, run_url: str, head_sha: str) -> list[Section]:
    """Return what a comment says of data that :func:`parse` returned.

    Args:
        data: the preview.
        run_url: the run that the data comes from, as GitHub names it.
        head_sha: the commit that GitHub says it is about.
    """
    return list(_sections(data, run_url, head_sha))


def _sections(data: Mapping[str, Any], run_url: str, head_sha: str) -> Iterator[Section]:
    yield Section(
        "## Preview from the pull request's own run\n\n"
        f"> [That run]({address(run_url)}) is controlled by the author of the pull request. What "
        "it reports is shown as it is, and was not checked.\n\n"
        f"{_counts(data)}"
    )
    if data["compared_with_base"]:
        yield Section("It was compared with the base branch. Notion was not read.")
    yield from _listed("Violations", [_violation(each) for each in data["violations"]])
    yield from _listed("Options", [_option(each) for each in data["options"]])
    yield from _listed("Pages", [_page_row(each) for each in data["pages"]])
    yield from _listed("Deleted and renamed manifests", [_moved(each) for each in data["moved"]])
    yield Section(f"---\n<sub>commit <code>{head_sha[:12]}</code></sub>")


def _listed(title: str, rows: Sequence[str]) -> Iterator[Section]:
    if rows:
        yield Section(f"### {title} ({len(rows)})\n", rows)


def _counts(data: Mapping[str, Any]) -> str:
    said = [f"{counted(data['checked'], 'manifest')} checked"]
    said.append(counted(len(data["violations"]), "violation"))
    for kind, words in _KINDS.items():
        if count := sum(page["kind"] == kind for page in data["pages"]):
            said.append(f"{count:,} × {words}")
    if data["left_out"]:
        said.append(f"{data['left_out']:,} more not listed")
    return " · ".join(said)


def _violation(found: Mapping[str, Any]) -> str:
    place = f" at {markdown_data(found['pointer'])}" if found["pointer"] else ""
    where = markdown_data(f"{found['path']}:{found['line']}")
    return f"- {where}{place}: rule {markdown_data(found['rule'])}"


def _page_row(found: Mapping[str, Any]) -> str:
    source = f" from {markdown_data(found['path'])}" if found["path"] else ""
    names = ", ".join(map(markdown_data, found["properties"]))
    told = f": {names}" if names else ""
    return f"- {_KINDS[ChangeKind(found['kind'])]} {markdown_data(found['module'])}{source}{told}"


def _option(found: Mapping[str, Any]) -> str:
    parts = [
        f"{verb} {' '.join(map(markdown_data, found[key]))}"
        for verb, key in (("gains", "add"), ("loses", "remove"))
        if found[key]
    ]
    return f"- {markdown_data(found['property'])} {', '.join(parts)}".rstrip()


def _moved(found: Mapping[str, Any]) -> str:
    if found["new_path"]:
        return f"- {markdown_data(found['path'])} renamed to {markdown_data(found['new_path'])}"
    return f"- {markdown_data(found['path'])} deleted"
