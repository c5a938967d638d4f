"""A file of several manifests in a pull request: its preview, its annotations, its suggestions."""

from __future__ import annotations

import json

import pytest
from support.actions import ActionPlace
from support.github_diffs import patch

CATALOG = "catalog.yaml"
BEFORE = """\
services:
  - module: one      # the first
    description: What one does.
    features: [search]
  - module: two
    description: What two does.
    features:
      - search
"""


@pytest.fixture(name="several")
def _several(action: ActionPlace) -> ActionPlace:
    """Put a catalog into the base branch, and its pages into Notion."""
    place = action.place
    configuration = place.root / "lukhas-notion.toml"
    text = configuration.read_text(encoding="utf-8") if configuration.exists() else ""
    added = f'[manifests]\ninclude = ["{CATALOG}"]\nitems = "/services/*"\n'
    configuration.write_text(text + added, encoding="utf-8")
    (place.root / "schema.json").write_text("true", encoding="utf-8")
    with configuration.open("a", encoding="utf-8") as file:
        file.write('[schema]\npath = "schema.json"\n')
    (place.root / CATALOG).write_text(BEFORE, encoding="utf-8")
    action.repository.base[CATALOG] = BEFORE.encode()
    assert place.run("sync", "--all").code == 0
    return action


def propose(action: ActionPlace, text: str) -> None:
    """Change the catalog in the pull request."""
    (action.place.root / CATALOG).write_text(text, encoding="utf-8")
    action.pull.change(CATALOG, patch=patch(BEFORE.encode(), text.encode()))


@pytest.mark.parametrize("fork", [False, True])
def test_only_the_entry_that_changes_is_in_the_preview(several: ActionPlace, fork: bool) -> None:
    """Against Notion, and against the base branch, where an entry before it is new."""
    new = "services:\n  - {module: zero, description: What zero does.}\n"
    text = BEFORE.replace("What two does.", "Something else.").replace("services:\n", new)
    propose(several, text)

    ran = several.pull_request(fork=fork)

    assert ran.code == 0, ran.log
    said = ran.summary if fork else several.comment
    assert "Something else" in said
    assert "What zero does" in said
    assert "What one does" not in said
    assert (ran.outputs["created"], ran.outputs["updated"]) == ("1", "1")


def test_an_entry_is_annotated_in_its_file_and_gets_a_suggestion(several: ActionPlace) -> None:
    """Both are on the line of the name; comments and layout stay."""
    propose(several, BEFORE.replace("      - search", "      - Find  # it does"))

    ran = several.pull_request()

    assert ran.code == 1
    assert f"file={CATALOG},line=8" in ran.log
    [review] = several.pull.reviews
    [comment] = review["comments"]
    assert (comment["path"], comment["line"]) == (CATALOG, 8)
    assert comment["body"].endswith("```suggestion\n      - search  # it does\n```")


def test_an_entry_that_goes_is_told_by_a_fork(several: ActionPlace) -> None:
    """As a page that no manifest is left for, although its file is there."""
    propose(several, BEFORE[: BEFORE.index("  - module: two")])

    ran = several.pull_request(fork=True)

    assert ran.code == 0, ran.log
    assert json.loads(ran.outputs["changes"]) is False
    assert "**1** without a manifest" in ran.summary
