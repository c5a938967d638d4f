"""A message of several lines is shown as lines, without a spelled-out line break."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.actions import ActionPlace
from support.fake_github import MERGE

from lukhas_notion.emulator import FaultPlan, FaultRule

COMMANDS = [
    ("sync", "--all", "--dry-run"),
    ("sync", "--all", "--report-md"),
    ("verify", "--report-md"),
    ("verify", "--repair"),
    ("doctor",),
    ("init", "--dry-run"),
    ("backfill", "--tags"),
]


def _lacks_properties(action: ActionPlace) -> None:
    """Remove two properties; the message has a sentence for each."""
    for name in ("Description", "Features"):
        action.place.notion.remove_property(name)


def _refuses_to_write(action: ActionPlace) -> None:
    """Answer each write with an error that has a remedy."""
    kinds = ("pages.update", "pages.create", "data_sources.update")
    rules = tuple(FaultRule(kind, "503", probability=1.0) for kind in kinds)
    action.place.notion.break_by(FaultPlan(rules))


def _has_two_pages(action: ActionPlace) -> None:
    """Let two pages claim one module."""
    action.place.notion.create_page(action.place.source, {"Module": "alpha"})


def _does_not_know_the_token(action: ActionPlace) -> None:
    """Revoke the token."""
    action.place.environ["NOTION_TOKEN"] = "ntn_" + "x" * 46


@pytest.mark.parametrize(
    "wrong",
    [_lacks_properties, _refuses_to_write, _has_two_pages, _does_not_know_the_token],
)
def test_no_line_break_is_spelt_out(
    action: ActionPlace, wrong: Callable[[ActionPlace], None]
) -> None:
    """In the console, the log, the summary, the report, the comment and the issue."""
    place = action.place
    (place.root / "lukhas-notion.toml").write_text("[run]\nmax_retries = 0\n")
    place.edit("beta", description="It is new.")
    place.edit("alpha", tags=["tier:1"])
    wrong(action)
    texts = {}
    for words in COMMANDS:
        ended = place.run(*words)
        texts[" ".join(words)] = ended.out + ended.err
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE
    for mode in ("apply", "verify", "doctor"):
        ran = action.run("push", mode=mode)
        texts[mode] = ran.log + ran.summary
    for path in (place.root / "reports").glob("*.md"):
        texts[path.name] = path.read_text(encoding="utf-8")
    texts["comment"] = "".join(comment.body for comment in action.pull.comments)
    texts["issue"] = "".join(issue.body for issue in action.repository.issues)

    assert {name: text for name, text in texts.items() if "u{a}" in text} == {}
