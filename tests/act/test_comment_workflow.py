"""The workflow that posts the comment of a preview whose own token may not."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.act import Ended
from support.artifacts import ArtifactProxy, artifacts
from support.github import Fault
from support.project import Project

pytestmark = pytest.mark.slow
DATA = json.dumps(
    {
        "format": 1,
        "checked": 3,
        "compared_with_base": True,
        "left_out": 0,
        "violations": [],
        "pages": [{"kind": "update", "module": "@beta", "path": "b", "properties": []}],
        "options": [],
        "moved": [],
    }
)


@dataclass
class Fork:
    """A pull request from a fork, and the artifact of its preview."""

    project: Project
    proxy: ArtifactProxy
    archive: Path
    number: int
    head: str

    def leave(self, **files: str) -> None:
        """Put files into the artifact."""
        with zipfile.ZipFile(self.archive, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name.replace("__", "."), content)

    def completed(self, head: str = "", event: str = "pull_request") -> Ended:
        """Run the workflow after the preview of a commit."""
        payload = {
            "action": "completed",
            "repository": {"full_name": "octo/manifests", "default_branch": "main"},
            "workflow_run": {
                "id": 77,
                "name": "Notion preview",
                "event": event,
                "html_url": "https://github.example/octo/manifests/actions/runs/77",
                "head_sha": head or self.head,
                "head_branch": "topic",
                # The stand-in has no forks; Dependabot's branches are in the repository too.
                "head_repository": {"full_name": "octo/manifests", "owner": {"login": "octo"}},
            },
        }
        ended = self.project.workflows.run(
            "notion-comment.yml", "workflow_run", payload, GITHUB_API_URL=self.proxy.base_url
        )
        assert ended.code == 0, ended.log
        return ended

    @property
    def bodies(self) -> list[str]:
        """The comments' bodies."""
        return [body for _, _, body in self.project.comments(self.number)]


@pytest.fixture
def fork(project: Project, tmp_path: Path) -> Iterator[Fork]:
    """Open a pull request and serve an artifact beside GitHub."""
    github = project.github
    github.create_branch("topic")
    head = project.commit("topic", "beta", "What beta does.")
    archive = tmp_path / "storage" / "comment.zip"
    with artifacts(archive, github.base_url) as proxy:
        yield Fork(project, proxy, archive, github.open_pull("topic"), head)


def test_a_forks_preview_is_posted_by_the_second_workflow(fork: Fork) -> None:
    """A comment that is refused is kept as an artifact, posted, and edited the next time."""
    project = fork.project
    project.github.fail(
        Fault(
            *("POST", r".*/comments", 403, "Resource not accessible by integration"),
            token=project.github.actions_token,
            times=9,
        )
    )
    secrets = dict(project.workflows.secrets)
    project.workflows.secrets = {"GITHUB_TOKEN": secrets["GITHUB_TOKEN"]}
    payload = project.pull_payload(fork.number, owner="stranger")
    ended = project.workflows.run("notion-preview.yml", "pull_request", payload)
    assert ended.code == 0, ended.log
    assert ended.output("comment-posted") == "false"
    folder = project.workflows.artifacts / "notion-comment"
    text = (folder / "notion_sync_comment.json").read_text(encoding="utf-8")
    assert fork.bodies == []

    project.github.fail()
    fork.leave(notion_sync_comment__json=text)
    fork.completed()
    [body] = fork.bodies
    assert "## Preview from the pull request's own run" in body
    assert "Notion was not read" in body
    assert "- create <code>beta</code>" in body

    fork.leave(notion_sync_comment__json=DATA)
    fork.completed()
    [body] = fork.bodies
    assert "3 manifests checked" in body
    assert "@beta" not in body


def test_a_preview_of_an_older_commit_is_not_posted(fork: Fork) -> None:
    """A preview of a commit that is no longer the head is not posted."""
    fork.leave(notion_sync_comment__json=DATA)
    ended = fork.completed(head="d" * 40)
    assert "nothing to do" in ended.log
    assert fork.bodies == []


def test_a_preview_that_posted_its_own_comment_leaves_nothing_to_do(fork: Fork) -> None:
    """Without an artifact the workflow ends well and posts nothing."""
    assert "it posted its own" in fork.completed().log
    assert fork.bodies == []


def test_only_pull_requests_are_answered(fork: Fork) -> None:
    """After a run for another event the job is skipped."""
    fork.leave(notion_sync_comment__json=DATA)
    fork.completed(event="merge_group")
    assert fork.bodies == []
