"""A preview as data, for a workflow that posts the comment of a run that cannot post it.

A pull request from a fork has a token that cannot write, so its run leaves the preview as data in
an artifact. ``mode: comment`` then posts it on the default branch, with a token that can write,
no checkout and no request to Notion. GitHub says which pull request, commit and run are meant.

An untrusted run writes the data. Therefore a schema limits it, none of its sentences is quoted, and
the comment says where it comes from: names and paths are inline code, numbers are counted again,
and all other words are this module's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lukhas_notion.github.comment_text import COMMENT, Marker, Part, fit
from lukhas_notion.github.errors import asked
from lukhas_notion.github.stored_files import MAX_ARCHIVE, artifact_id, file_in
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.report.comment import CommentContext
from lukhas_notion.report.markdown import address
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.sanitize import json_document, markdown_data
from lukhas_notion.util.text import counted, shortened

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.github.event import WorkflowRun


FORMAT = 1
#: The file of a preview that could not be posted as a comment.
COMMENT_FILE = "notion_sync_comment.json"
#: The artifact of the preview's workflow; with a comment-id, ``notion-comment-ID``.
ARTIFACT = "notion-comment"
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
        "pages": [_page_data(change) for change in changes],
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


def _page_data(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "module": _cut(change.module),
        "path": _cut(change.path),
        "properties": _names([p.name for p in change.properties if p.after != change.sha]),
    }


def _names(names: Sequence[str]) -> list[str]:
    return [_cut(name) for name in names[:_MOST_NAMES]]


def _cut(text: str) -> str:
    return shortened(text, _LONGEST)


def parse(content: bytes) -> dict[str, Any]:
    """Return the data in a file that an untrusted run wrote.

    Raises:
        ValueError: the file is too large, not JSON, or not what :data:`SCHEMA` allows. The message
            quotes nothing of it.
    """
    from jsonschema import Draft202012Validator

    if len(content) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
    try:
        data = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    error = next(Draft202012Validator(SCHEMA).iter_errors(data), None)
    if error is not None:
        place = "/".join(step for step in error.schema_path if isinstance(step, str))
        raise ValueError(f"it is not what the schema allows ({place})")
    if not isinstance(data, dict):
        raise ValueError("it is not an object")
    return data


def preview_parts(data: Mapping[str, Any], *, run_url: str, head_sha: str) -> Iterator[Part]:
    """Yield the parts of a comment on data that :func:`parse` returned.

    Args:
        data: the preview.
        run_url: the run that the data comes from, as GitHub names it.
        head_sha: the commit that GitHub names for the run.
    """
    yield Part(
        "## Preview from the pull request's own run\n\n"
        f"> [That run]({address(run_url)}) is controlled by the author of the pull request. What "
        "it reports is shown as it is, and was not checked.\n\n"
        f"{_counts(data)}"
    )
    if data["compared_with_base"]:
        yield Part("It was compared with the base branch. Notion was not read.")
    yield from _rows_part("Violations", map(_violation, data["violations"]))
    yield from _rows_part("Options", map(_option, data["options"]))
    yield from _rows_part("Pages", map(_page_row, data["pages"]))
    yield from _rows_part("Deleted and renamed manifests", map(_moved_row, data["moved"]))
    yield Part(f"---\n<sub>commit <code>{head_sha[:12]}</code></sub>")


def _rows_part(title: str, lines: Iterable[str]) -> Iterator[Part]:
    if rows := list(lines):
        yield Part(f"### {title} ({len(rows)})\n", rows)


def _counts(data: Mapping[str, Any]) -> str:
    kinds = Counter(page["kind"] for page in data["pages"])
    parts = [f"{counted(data['checked'], 'manifest')} checked"]
    parts.append(counted(len(data["violations"]), "violation"))
    parts += [f"{kinds[kind]:,} × {words}" for kind, words in _KINDS.items() if kinds[kind]]
    parts += [f"{data['left_out']:,} more not listed"] if data["left_out"] else []
    return " · ".join(parts)


def _violation(row: Mapping[str, Any]) -> str:
    place = f" at {markdown_data(row['pointer'])}" if row["pointer"] else ""
    where = markdown_data(f"{row['path']}:{row['line']}")
    return f"- {where}{place}: rule {markdown_data(row['rule'])}"


def _page_row(row: Mapping[str, Any]) -> str:
    source = f" from {markdown_data(row['path'])}" if row["path"] else ""
    names = ", ".join(map(markdown_data, row["properties"]))
    properties = f": {names}" if names else ""
    return f"- {_KINDS[ChangeKind(row['kind'])]} {markdown_data(row['module'])}{source}{properties}"


def _option(row: Mapping[str, Any]) -> str:
    parts = [
        f"{verb} {' '.join(map(markdown_data, row[key]))}"
        for verb, key in (("gains", "add"), ("loses", "remove"))
        if row[key]
    ]
    return f"- {markdown_data(row['property'])} {', '.join(parts)}".rstrip()


def _moved_row(row: Mapping[str, Any]) -> str:
    if row["new_path"]:
        return f"- {markdown_data(row['path'])} renamed to {markdown_data(row['new_path'])}"
    return f"- {markdown_data(row['path'])} deleted"


# --- mode: comment ------------------------------------------------------------------------------


def post_for_run(github: GitHubContext) -> str:
    """Post the preview of the event's run; return the comment's address, "" where there is none.

    Raises:
        ConfigError: the event names no run.
        GitHubError: GitHub cannot be asked, or does not take the comment.
    """
    run = github.event.run
    if run is None:
        raise ConfigError("The event's payload has no workflow run.")
    pull = _open_pull(github, run)
    if pull is None:
        github.commands.log(f"No open pull request has the head {run.head_sha}: nothing to do.")
        return ""
    data = _preview_of(github, run)
    return "" if data is None else _post(github, run, pull, data)


def _open_pull(github: GitHubContext, run: WorkflowRun) -> PullRequest | None:
    """Return the open pull request that still has the run's commit as its head."""
    if run.event != "pull_request":
        return None
    with asked("list the pull requests", needs="pull-requests: write"):
        owner = run.head_repository.partition("/")[0]
        listed = github.repository.get_pulls(state="open", head=f"{owner}:{run.head_branch}")
        for pull in listed:
            home = getattr(pull.head.repo, "full_name", "")  # null where the fork was deleted
            if pull.head.sha == run.head_sha and home == run.head_repository:
                return pull
    return None


def _preview_of(github: GitHubContext, run: WorkflowRun) -> dict[str, Any] | None:
    """Return the data in a run's artifact, None where it is missing or cannot be used."""
    event, comment_id = github.event, github.inputs.comment_id
    name = f"{ARTIFACT}-{comment_id}" if comment_id else ARTIFACT
    number = artifact_id(github.repository, run.id, name)
    if number is None:
        github.commands.log(f"Run {run.id} left no artifact {name}: it posted its own comment.")
        return None
    home = f"{event.api_url.rstrip('/')}/repos/{event.repository}"
    place = f"{home}/actions/artifacts/{number}/zip"
    archive = github.action_runtime.download(place, github.inputs.github_token, MAX_ARCHIVE)
    try:
        content = file_in(archive, COMMENT_FILE, MAX_BYTES)
        if content is not None:
            return parse(content)
        github.commands.log(f"The artifact {name} holds no {COMMENT_FILE}.")
    except ValueError as error:
        # An untrusted run can cause this; this repository is not at fault.
        github.commands.warning(f"The artifact {name} is not used: {error}.", title="comment")
    return None


def _post(github: GitHubContext, run: WorkflowRun, pull: PullRequest, data: dict[str, Any]) -> str:
    event = github.event
    marker = Marker(github.inputs.comment_id, run.head_sha, run.id, run.attempt, state="unverified")
    run_url = f"{event.server_url}/{event.repository}/actions/runs/{run.id}"
    parts = list(preview_parts(data, run_url=run_url, head_sha=run.head_sha))
    url = github.keep_comment(pull, fit(parts, *COMMENT, first=marker.render()), marker)
    github.commands.log(f"comment: {url}")
    return url
