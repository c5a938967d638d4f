"""From nothing to pages: ``init`` by hand over HTTP, then the workflows that it has written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import act as support_act
from support import github as support_github
from support.act import COMPOSITE, Workflows
from support.github import GitHubStandIn
from support.project import Project

from lukhas_notion.emulator import Emulator, FaultPlan, serve

pytestmark = pytest.mark.slow


@pytest.fixture
def newcomer(tmp_path: Path, installed: Path) -> Iterator[tuple[Project, Callable[..., str]]]:
    """Return a repository with one manifest and an empty workspace, and how to run ``init``."""
    if why := support_act.missing() or support_github.missing():
        pytest.skip(why)
    folders = {name: tmp_path / name for name in ("github", "workflows")}
    for folder in folders.values():
        folder.mkdir()
    with (
        Emulator(requests_per_minute=None) as notion,
        GitHubStandIn(folders["github"]) as github,
        serve(notion) as address,
    ):
        secrets = {"GITHUB_TOKEN": github.actions_token, "NOTION_TOKEN": notion.token}
        workflows = Workflows(
            folders["workflows"],
            github.base_url,
            secrets,
            action=COMPOSITE,
            installed=installed,
        )
        workflows.environ["NOTION_API_URL"] = address
        project = Project(github, notion, workflows)
        project.commit("main", "alpha", "What alpha does.")
        environ = {"NOTION_TOKEN": notion.token, "NOTION_API_URL": address}

        def init(*words: str) -> str:
            ran = subprocess.run(
                [
                    *(sys.executable, "-m", "lukhas_notion", "init"),
                    *("--root", str(workflows.checkout), *words),
                ],
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, ran.stdout + ran.stderr
            return ran.stdout

        yield project, init


def test_from_nothing_to_pages(newcomer: tuple[Project, Callable[..., str]]) -> None:
    """One database under faults, a doctor that finds nothing wrong, and then a page."""
    project, init = newcomer
    notion, github = project.notion, project.github
    rules = [
        {"on": "databases.create", "fault": "503_committed", "nth": 1, "when": "after"},
        {"on": "pages.retrieve", "fault": "502_html", "nth": 1},
        {"on": "data_sources.retrieve", "fault": "drop", "nth": 1},
    ]
    notion.break_by(FaultPlan.from_json({"rules": rules}))
    init("--parent", notion.root_page_id)
    init()
    assert len(notion.workspace.store.databases) == 1
    assert list(notion.options("Features")) == ["search"]

    notion.break_by(FaultPlan.from_json({"rules": [{"on": "any", "fault": "500", "nth": [1, 4]}]}))
    examined = project.doctor()
    assert examined.code == 0, examined.log
    assert examined.output("findings") == "0"
    assert project.modules() == {}

    applied = project.apply(github.head("main"))
    assert applied.code == 0, applied.log
    assert project.modules() == {"alpha": "What alpha does."}

    notion.remove_property("Coverage")
    wrong = project.doctor()
    assert wrong.code == 1, wrong.log
    assert wrong.output("failure-reason") == "set-up"
    assert "Property 'Coverage' not found in database" in wrong.log
