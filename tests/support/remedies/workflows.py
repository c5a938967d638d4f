"""Remedies for workflows, as ``doctor`` finds them."""

from __future__ import annotations

from typing import Any

from support.remedies.rows import Row, file
from support.workplace import Workplace

FILE = ".github/workflows/notion.yml"
PREVIEW = """\
on: pull_request
jobs:
  look:
    permissions: {contents: read, pull-requests: write}
    steps:
      - uses: lukhas-notion/lukhas-notion@v1
        with:
          notion-token: ${{ secrets.NOTION_TOKEN }}
"""
APPLY = """\
on: {push: {branches: [main]}}
concurrency: {group: notion-apply, cancel-in-progress: false}
jobs:
  apply:
    permissions: {contents: read, pull-requests: write}
    steps:
      - uses: lukhas-notion/lukhas-notion@v1
        with:
          mode: apply
          notion-token: ${{ secrets.NOTION_TOKEN }}
"""
PATHS = (
    PREVIEW.replace("on: pull_request", "on: {{pull_request: {{paths: ['{}']}}}}")
    .replace(
        "permissions: {contents: read, pull-requests: write}",
        "permissions: {{contents: read, pull-requests: write}}",
    )
    .replace("${{ secrets.NOTION_TOKEN }}", "${{{{ secrets.NOTION_TOKEN }}}}")
)
COMMENT = PREVIEW.replace("pull_request", "workflow_run").replace(
    "{contents: read, pull-requests: write}", "{actions: read, pull-requests: write}"
)


def row(
    name: str,
    sound: str,
    old: str,
    new: str,
    advice: str,
    *,
    warns: bool = False,
    instead: str = "",
) -> Row:
    """Return a row for a workflow of which ``old`` was replaced; followed, it is sound again."""
    assert old in sound

    def broken(place: Workplace) -> None:
        file(place, FILE, sound.replace(old, new))

    def follow(place: Workplace, _: Any) -> None:
        file(place, FILE, sound.replace(old, instead) if instead else sound)

    return Row(name, broken, "doctor --offline", advice, follow, warns=warns)


def many(place: Workplace, number: int, text: str) -> None:
    """Write many workflows."""
    for each in range(number):
        file(place, f".github/workflows/w{each:03}.yml", text)


def fewer(place: Workplace, number: int) -> None:
    """Delete all workflows but some, which were looked through by hand."""
    for path in sorted((place.root / ".github/workflows").glob("w*.yml"))[number:]:
        path.unlink()


ON_PULL = APPLY.replace("{push: {branches: [main]}}", "[pull_request, push]")
PUSHED = "github.event_name == 'push'"
SILENT = PREVIEW.replace(", pull-requests: write", "").replace(
    "with:", "with:\n          comment: false"
)
TOKEN = "notion-token: ${{ secrets.NOTION_TOKEN }}"
ROWS = [
    row(
        "an input that there is none of",
        PREVIEW,
        "with:",
        "with:\n          tokn: x",
        "Its inputs are {}.",
        warns=True,
    ),
    row(
        "an input of another value",
        APPLY,
        "mode: apply",
        "mode: aply",
        "Expected: {}.",
        instead="mode: apply",
    ),
    row(
        "a token in the file",
        PREVIEW,
        TOKEN,
        "notion-token: ntn_abc",
        "Revoke that token, store a new one as a secret, and pass the secret.",
    ),
    row(
        "an expression for the mode",
        APPLY,
        "mode: apply",
        "mode: ${{ vars.MODE }}",
        "Write a step for each mode, each with an `if`.",
        warns=True,
    ),
    row(
        "an event with secrets",
        PREVIEW,
        "pull_request\n",
        "pull_request_target\n",
        "Use pull_request instead.",
    ),
    row(
        "a comment of an event that has none to post",
        COMMENT.replace("with:", "with:\n          mode: comment"),
        "workflow_run",
        "push",
        "Use it on workflow_run: it posts the comment of another workflow's run.",
    ),
    row(
        "an apply on a pull request",
        APPLY,
        "{push: {branches: [main]}}",
        "[pull_request, push]",
        "Remove the event, or skip this step on it with an `if`.",
        instead="[push]",
    ),
    Row(
        "an apply on a pull request, with an if",
        lambda p: file(p, FILE, ON_PULL),
        "doctor --offline",
        "Remove the event, or skip this step on it with an `if`.",
        lambda p, _: file(p, FILE, ON_PULL.replace("  apply:", f"  apply:\n    if: {PUSHED}")),
    ),
    row(
        "no token handed over",
        PREVIEW,
        f"        with:\n          {TOKEN}\n",
        "",
        "Set the secret NOTION_TOKEN, and pass it: notion-token: ${{ secrets.NOTION_TOKEN }}",
        warns=True,
    ),
    row(
        "no token for an apply",
        APPLY,
        f"          {TOKEN}\n",
        "",
        "Set the secret NOTION_TOKEN, and pass it: notion-token: ${{ secrets.NOTION_TOKEN }}",
    ),
    row(
        "no permissions",
        PREVIEW,
        "    permissions: {contents: read, pull-requests: write}\n",
        "",
        "Write under the job: permissions: {}.",
        warns=True,
    ),
    row(
        "a permission that is missing",
        PREVIEW,
        "pull-requests: write",
        "pull-requests: read",
        "Add {}: {} to the job's permissions{}.",
    ),
    Row(
        "no permission for the comment, and none wanted",
        lambda p: file(p, FILE, PREVIEW.replace(", pull-requests: write", "")),
        "doctor --offline",
        "Add {}: {} to the job's permissions{}.",
        lambda p, _: file(p, FILE, SILENT),
    ),
    row(
        "no concurrency",
        APPLY,
        "concurrency: {group: notion-apply, cancel-in-progress: false}\n",
        "",
        "Add at the top: concurrency: {group: notion-apply, cancel-in-progress: false}.",
    ),
    row(
        "a run that cuts the other off",
        APPLY,
        "cancel-in-progress: false",
        "cancel-in-progress: true",
        "Set cancel-in-progress to false. Each apply covers the whole repository.",
        warns=True,
    ),
    row("no YAML", PREVIEW, "jobs:", "jobs: [", "Correct the file, or delete it."),
    Row(
        "very many workflows",
        lambda p: many(p, 201, "on: push\n"),
        "doctor --offline",
        "Check the others by hand.",
        lambda p, _: fewer(p, 200),
        warns=True,
    ),
    Row(
        "very many uses",
        lambda p: file(p, FILE, PREVIEW + PREVIEW.partition("steps:\n")[2] * 50),
        "doctor --offline",
        "Check them by hand.",
        lambda p, _: file(p, FILE, PREVIEW),
        warns=True,
    ),
    Row(
        "very large workflows",
        lambda p: many(p, 10, PREVIEW + "#" * 250_000),
        "doctor --offline",
        "Make them smaller, or check them by hand.",
        lambda p, _: many(p, 10, PREVIEW),
    ),
    Row(
        "a workflow that leaves manifests out",
        lambda p: file(p, FILE, PATHS.format("docs/**")),
        "doctor --offline",
        "Add {} to them, or take them out: a run without a changed manifest is done in seconds.",
        lambda p, _: file(p, FILE, PREVIEW),
        warns=True,
    ),
]
