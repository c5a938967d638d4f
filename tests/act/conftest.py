"""A repository on GitHub with two modules in Notion, and its workflows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import act as support_act
from support import docker as support_docker
from support import github as support_github
from support.act import Workflows
from support.github import GitHubStandIn
from support.project import Project

from lukhas_notion.emulator import Emulator, default_database, serve


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install once what the composite action installs, by its own script."""
    if why := support_act.missing():
        pytest.skip(why)
    return support_act.install(tmp_path_factory.getbasetemp() / "runner-temp")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """Return how to make a project; what it needs is stopped in the end."""
    if why := support_act.missing() or support_github.missing():
        pytest.skip(why)
    folders = {name: tmp_path / name for name in ("github", "workflows")}
    for folder in folders.values():
        folder.mkdir()
    notion = Emulator(requests_per_minute=None)
    database = default_database(notion).database_id
    with GitHubStandIn(folders["github"]) as github, serve(notion) as address:

        def made(**options: Any) -> Project:
            secrets = {
                "GITHUB_TOKEN": github.actions_token,
                "NOTION_TOKEN": notion.token,
                "NOTION_DATABASE_ID": database,
            }
            workflows = Workflows(folders["workflows"], github.base_url, secrets, **options)
            workflows.environ["NOTION_API_URL"] = address
            project = Project(github, notion, workflows)
            vocabulary = json.dumps({"search": {}})
            (workflows.checkout / "vocab").mkdir()
            (workflows.checkout / "vocab" / "features.json").write_text(vocabulary)
            github.commit_files("main", {"vocab/features.json": vocabulary})
            project.commit("main", "alpha", "What alpha does.")
            return project

        yield made
    notion.close()


@pytest.fixture
def project(make: Callable[..., Project], installed: Path) -> Project:
    """Make a project whose workflows use the composite action, on this machine."""
    return make(action=support_act.COMPOSITE, installed=installed)


@pytest.fixture
def installing_project(make: Callable[..., Project]) -> Project:
    """Make the same, where each job installs what it needs."""
    return make(action=support_act.COMPOSITE)


@pytest.fixture
def docker_project(make: Callable[..., Project]) -> Project:
    """Make a project whose workflows use the Docker action, in a job's container."""
    if why := support_docker.missing():
        pytest.skip(why)
    return make(
        options=(
            *("-P", f"ubuntu-latest={support_docker.BASE}"),
            *("--pull=false", "--network", "host"),
        )
    )
