"""The inputs of the Action: declared once, read from a step's environment, and checked.

The action files, the README and the documentation are generated from the declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import PurePosixPath
from typing import Any

from lukhas_notion.plan.source import named_repository
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.paths import path_problem

#: The booleans of the toolkit's ``getBooleanInput``: YAML 1.2's core schema.
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input.

    Args:
        name: its name in a workflow.
        description: one sentence, for action.yml and the README.
        default: the value of an input that is not set.
        kind: text, secret, boolean, rate, count (a whole number), path, source or digest.
        choices: the allowed values; empty without such a list.
        environ: an environment variable that replaces an input that is not set.
    """

    name: str
    description: str
    default: str = ""
    kind: str = "text"
    choices: tuple[str, ...] = ()
    environ: str = ""


_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_COMMENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_BRANCH = re.compile(
    r"(?!refs/|HEAD$|.*(\.\.|//|/\.|\.lock(/|$)))[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}(?<![./])"
)


def _input(
    description: str,
    default: str = "",
    *,
    kind: str = "text",
    choices: tuple[str, ...] = (),
    environ: str = "",
) -> Any:
    """Declare an input as a field of :class:`Inputs`; the field's type may determine its kind."""
    metadata = {
        "description": description,
        "default": default,
        "kind": kind,
        "choices": choices,
        "environ": environ,
    }
    return field(repr=kind != "secret", metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The checked inputs of the workflow. Each field is one input of the Action."""

    mode: str = _input(
        "What to do: check the manifests, preview the changes, apply them, verify that "
        "repository, Notion and ledger agree, check the set-up, or post the comment of a run "
        "that could not post it.",
        "dry-run",
        choices=("validate", "dry-run", "apply", "verify", "doctor", "comment"),
    )
    notion_token: str = _input(
        "The token of the Notion integration. Without it manifests are still validated, and a "
        "pull request is compared with its base branch.",
        kind="secret",
        environ="NOTION_TOKEN",
    )
    notion_database_id: str = _input(
        "The database: its id, with or without hyphens, or its URL.", environ="NOTION_DATABASE_ID"
    )
    github_token: str = _input(
        "The token that reads the pull request's files and writes its comment.",
        "${{ github.token }}",
        kind="secret",
        environ="GITHUB_TOKEN",
    )
    scope: str = _input(
        "Which manifests a pull request previews: `auto` is the changed ones, or all if the "
        "schema, a vocabulary or the configuration changes.",
        "auto",
        choices=("auto", "changed", "all"),
    )
    root: str = _input("The folder of the manifests, relative to the workspace.", ".", kind="path")
    config: str = _input(
        "The configuration, relative to the root; `lukhas-notion.toml` there when not set.",
        kind="path",
    )
    backfill: bool = _input(
        "Whether options that are in the vocabularies and not in Notion are added.", "true"
    )
    prune: bool = _input(
        "Whether options outside the vocabularies are removed. Pages lose them.", "false"
    )
    add_properties: bool = _input(
        "Whether mapped properties that the database does not have are added to it.", "false"
    )
    source: str = _input(
        "The repository in the records of pages, as OWNER/REPO or a URL; the checkout's origin "
        "when not set.",
        kind="source",
    )
    adopt_from: str = _input(
        "A repository whose pages are taken over, as OWNER/REPO or a URL: for one that was "
        "renamed, transferred or split.",
        kind="source",
    )
    archive_removed: bool = _input(
        "Whether pages of this repository whose manifests are gone move to Notion's trash.", "false"
    )
    force: int | None = _input(
        "Allows a plan that removes or restores more than usual, if it is exactly this number of "
        "pages and options."
    )
    require_reviewed_plan: str = _input(
        "With `mode: apply`: `true` writes only the plan that the merged pull request's comment "
        "shows, 64 digits only the plan with that digest; any other plan is refused.",
        "false",
        kind="digest",
    )
    rate_limit: str | None = _input(
        "Operations per second, as an average over a minute; 3 when not set. `auto` starts at 3 "
        "and rises to 10 while Notion refuses no request.",
        kind="rate",
    )
    concurrency: int | None = _input("Requests at once, 1 to 100; 10 when not set.")
    comment: str = _input(
        "Whether the pull request gets a comment: always, only when something changes, or never.",
        "true",
        choices=("true", "changes-only", "false"),
    )
    comment_id: str = _input("Distinguishes the comments of several databases in one repository.")
    report_path: str = _input(
        "The Markdown report, relative to the root; `reports/notion_sync_report.md` when not set.",
        kind="path",
    )
    ledger_path: str = _input(
        "The ledger, relative to the root; `manifests/.ledger/notion_sync.ndjson` when not set.",
        kind="path",
    )
    ledger_branch: str = _input(
        "The branch that keeps the ledger between runs; without it the ledger is not kept."
    )
    fail_on_drift: bool = _input(
        "Whether pages that were edited in Notion make the run fail.", "false"
    )
    repair: bool = _input(
        "With `mode: verify`: whether the repository's state is restored in Notion.", "false"
    )
    issue: bool = _input(
        "With `mode: verify`: whether an issue reports the differences. It is closed when there "
        "are none.",
        "true",
    )
    read_only: bool = _input(
        "With `mode: doctor`: whether the token is for previews, which only read.",
        "false",
    )
    suggestions: bool = _input(
        "Whether a synonym on a line of the pull request gets a suggestion with the vocabulary's "
        "name. With `comment: false` there are none.",
        "true",
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> tuple[Inputs, ConfigError | None]:
        """Return the inputs of a step, and the error for the first wrong one.

        A wrong input has its default, so that the error can be reported on the pull request. The
        inputs that choose the comment have no such default.

        The runner sets ``INPUT_NOTION-TOKEN``. A composite action gets no inputs from the runner
        and sets ``INPUT_NOTION_TOKEN`` itself. An input that is not set is an empty string.

        Raises:
            ConfigError: an input that chooses the comment is wrong.
        """
        values: dict[str, Any] = {}
        first = None
        for spec in INPUTS:
            value = _read(spec, environ)
            if form := expected(spec, value):
                error = ConfigError(f"The input {spec.name} is {value!r}.", f"Write {form}.")
                if spec.name in ("comment", "comment-id"):
                    raise error
                first = first or error
                value = _default(spec)
            values[spec.name.replace("-", "_")] = _converted(spec, value)
        return cls(**values), first


_KINDS = {"bool": "boolean", "int | None": "count"}
#: Every input, in the order of the action files.
INPUTS = tuple(
    InputSpec(
        declared.name.replace("_", "-"),
        **{**declared.metadata, "kind": _KINDS.get(str(declared.type), declared.metadata["kind"])},
    )
    for declared in fields(Inputs)
)


def _read(spec: InputSpec, environ: Mapping[str, str]) -> str:
    upper = spec.name.upper()
    names = [f"INPUT_{upper}", f"INPUT_{upper.replace('-', '_')}"]
    if spec.environ:
        names.append(spec.environ)
    values = (environ.get(name, "").strip() for name in names)
    return next(filter(None, values), _default(spec))


def _default(spec: InputSpec) -> str:
    # The runner evaluates an expression; without the runner there is no default.
    return "" if spec.default.startswith("${{") else spec.default


def normalize(value: str) -> str:
    """Return a boolean as ``true`` or ``false``, and any other value unchanged."""
    return "true" if value in _TRUE else "false" if value in _FALSE else value


def _converted(spec: InputSpec, value: str) -> str | bool | int | None:
    """Return a checked value in the type of its kind."""
    if spec.kind == "boolean":
        return value in _TRUE
    if spec.kind == "count":
        return int(value) if value else None
    if spec.kind == "rate":
        return value or None
    if spec.kind == "digest":
        return value.lower()
    return normalize(value) if spec.choices else value


def expected(spec: InputSpec, value: str) -> str:
    """Return a description of the allowed values, "" where the value is one of them."""
    if spec.choices:
        return "" if normalize(value) in spec.choices else "one of " + ", ".join(spec.choices)
    if spec.kind == "boolean":
        return "" if value in (*_TRUE, *_FALSE) else "true or false"
    fits, form = _FORMS.get(spec.name) or _FORMS.get(spec.kind) or (None, "")
    # Only an input without a default may be empty.
    return "" if fits is None or not (value or spec.default) or fits(value) else form


def _is_inside(value: str) -> bool:
    path = PurePosixPath(value.replace("\\", "/"))
    inside = not path.is_absolute() and ".." not in path.parts and ":" not in value
    return inside and not path_problem(value)


def _is_rate(value: str) -> bool:
    try:
        return value == "auto" or 0 < float(value) < float("inf")
    except ValueError:
        return False


def _is_repository(value: str) -> bool:
    try:
        return bool(named_repository(value))
    except ConfigError:
        return False


def _is_digest(value: str) -> bool:
    return value in (*_TRUE, *_FALSE) or _DIGEST.fullmatch(value) is not None


#: By an input's name or kind: a check of its value, and a description of the allowed values.
_FORMS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "path": (_is_inside, "a relative path that stays inside, and outside .git"),
    "rate": (_is_rate, "a number greater than 0, or auto"),
    "count": (_COUNT.fullmatch, "a whole number greater than 0"),
    "comment-id": (_COMMENT_ID.fullmatch, "1 to 64 letters, digits, dots, hyphens, underscores"),
    "digest": (_is_digest, "true, false or a digest of 64 digits"),
    "ledger-branch": (_BRANCH.fullmatch, "a branch's name, without refs/heads/"),
    "source": (_is_repository, "OWNER/REPO, or a repository's URL"),
}
