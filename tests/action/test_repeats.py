"""A repeated run, of which GitHub gives the first commit, after its branch has moved on."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from github import GithubException
from support.actions import ActionPlace

from lukhas_notion.action import repeats

APPLY, REPAIR = {"mode": "apply"}, {"mode": "verify", "repair": "true"}


def moved_on(action: ActionPlace, *paths: str, previous: str | None = None) -> None:
    """Let the branch change files after the run's commit."""
    files = [SimpleNamespace(filename=path, previous_filename=previous) for path in paths]
    compared = Mock(return_value=SimpleNamespace(files=files))
    action.repository.compare = compared  # type: ignore[method-assign]
    action.environ["GITHUB_RUN_ATTEMPT"] = "2"


@pytest.mark.parametrize("inputs", [APPLY, REPAIR], ids=["apply", "repair"])
@pytest.mark.parametrize(
    "path",
    ["alpha/module.manifest.json", "new/module.manifest.json", "vocab/tags.json", ".gitattributes"],
)
@pytest.mark.parametrize("event", ["push", "schedule"])
def test_it_writes_no_older_state(
    action: ActionPlace, event: str, path: str, inputs: dict[str, str]
) -> None:
    """It is refused once the branch has changed a file that such a run reads."""
    action.place.edit("alpha", description="It was like this.")
    moved_on(action, "README.md", path)
    writes = action.place.writes

    ran = action.run(event, **inputs)

    assert ran.code == 2, ran.log
    assert f"is about {'c' * 12}, and main has changed {path} since" in ran.log
    assert action.place.writes == writes


def test_a_manifest_that_was_moved_away_counts(action: ActionPlace) -> None:
    """Its old path is one that the run reads."""
    moved_on(action, "attic/alpha.json", previous="alpha/module.manifest.json")
    assert "has changed alpha/module.manifest.json since" in action.run("push", **APPLY).log


def test_a_page_body_counts(action: ActionPlace) -> None:
    """A file with the name of the pages' bodies is a part of the state, too."""
    root = action.place.root
    (root / "lukhas-notion.toml").write_text('[page]\nbody = { file = "README.md" }\n')
    moved_on(action, "alpha/README.md")
    assert "has changed alpha/README.md since" in action.run("push", **APPLY).log


def test_a_hostile_path_is_no_workflow_command(action: ActionPlace) -> None:
    """The name of a file that somebody committed is escaped in the log."""
    moved_on(action, "a\n::add-mask::x\n\x1b[2J/module.manifest.json")
    ran = action.run("push", **APPLY)
    assert ran.code == 2
    assert not any(line.startswith("::add-mask::x") for line in ran.log.splitlines())
    assert "\x1b" not in ran.log


def test_many_files_count(action: ActionPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub does not list all of them, and one of the others may be a manifest."""
    monkeypatch.setattr(repeats, "_MOST_FILES", 2)
    moved_on(action, "docs/a.md", "docs/b.md")
    assert "has changed many files since" in action.run("push", **APPLY).log


@pytest.mark.parametrize("paths", [(), ("README.md", "manifests/.ledger/notion_sync.ndjson")])
def test_it_goes_on_where_nothing_that_it_reads_has_changed(
    action: ActionPlace, paths: tuple[str, ...]
) -> None:
    """A ledger that a workflow commits after each run is no newer state."""
    action.place.edit("alpha", description="It finds.")
    moved_on(action, *paths)

    ran = action.run("push", **APPLY)

    assert (ran.code, ran.outputs["updated"]) == (0, "1")


def test_it_goes_on_where_github_does_not_answer(action: ActionPlace) -> None:
    """Whether there is a newer state is not known then, and the log says so."""
    action.place.edit("alpha", description="It finds.")
    moved_on(action)
    refused = GithubException(403, {"message": "no"}, {})
    action.repository.compare = Mock(side_effect=refused)  # type: ignore[method-assign]

    ran = action.run("push", **APPLY)

    assert (ran.code, ran.outputs["updated"]) == (0, "1")
    assert "Whether main has newer manifests is not known" in ran.log


def test_a_first_run_does_not_ask(action: ActionPlace) -> None:
    """GitHub starts it for the newest commit."""
    moved_on(action, "alpha/module.manifest.json")
    action.environ["GITHUB_RUN_ATTEMPT"] = "1"
    assert action.run("push", **APPLY).code == 0
