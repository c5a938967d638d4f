"""The workflow that posts the comment of a preview whose own token may not."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support_act import Ended
from support_artifacts import ArtifactProxy, artifacts
from support_github import Fault
from support_project import Project

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, ("jq", "curl", "unzip"))),
        reason="jq, curl or unzip is not installed",
    ),
]
BODY = "<!-- lukhas-notion {} -->\n## What merging changes\n\nIt’s *fine*.\n"


@dataclass
class Fork:
    """A pull request of a stranger's, and the artifact that its preview left."""

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
    text = (project.workflows.artifacts / "notion-comment" / "notion_sync_comment.md").read_text()
    assert "Notion was not read" in text
    assert fork.bodies == []

    project.github.fail()
    fork.leave(notion_sync_comment__md=text)
    fork.completed()
    [body] = fork.bodies
    assert body.startswith("<!-- lukhas-notion-fork -->\n*Computed by [a run](")
    assert text.partition("\n")[2].strip() in body

    fork.leave(notion_sync_comment__md=BODY)
    fork.completed()
    [body] = fork.bodies
    assert "It’s *fine*." in body


def test_a_preview_of_an_older_commit_is_not_posted(fork: Fork) -> None:
    """What was computed for a commit that is no longer the head says nothing any more."""
    fork.leave(notion_sync_comment__md=BODY)
    ended = fork.completed(head="d" * 40)
    assert "nothing to do" in ended.log
    assert fork.bodies == []


def test_a_preview_that_posted_its_own_comment_leaves_nothing_to_do(fork: Fork) -> None:
    """Without an artifact the workflow ends well and posts nothing."""
    assert "it posted its own" in fork.completed().log
    assert fork.bodies == []


@pytest.mark.parametrize("name", ["other__md", "__/__/notion_sync_comment__md"])
def test_only_the_one_file_is_read(fork: Fork, name: str) -> None:
    """An archive with other names in it, climbing ones too, holds no comment."""
    fork.leave(**{name: BODY})
    assert "holds no comment" in fork.completed().log
    assert fork.bodies == []


def test_an_artifact_that_is_too_large_is_not_fetched(fork: Fork) -> None:
    """Beyond the bound nothing is downloaded, and one that lies about its size is cut off."""
    fork.leave(notion_sync_comment__md="x\n" + "y" * 10_000_000)
    fork.proxy.size = 10_000_000
    fork.completed()
    assert fork.bodies == []
    fork.proxy.size = 1000
    fork.completed()
    [body] = fork.bodies
    assert len(body) < 65_536
    assert body.endswith("the rest is in the run.")


def test_the_text_cannot_choose_the_comment_that_it_replaces(fork: Fork) -> None:
    """A marker in the artifact is data: what others have written stays."""
    project = fork.project
    marker = "<!-- lukhas-notion-fork -->"
    theirs = f"{marker}\nA stranger wrote this."
    project.github.repo(project.github.stranger_token).get_issue(fork.number).create_comment(theirs)
    text = "$(touch pwned) `id` ${{ github.token }}"
    fork.leave(notion_sync_comment__md=f"{marker}\n{marker}\n{text}")
    fork.completed()
    bodies = fork.bodies
    assert bodies[0] == theirs
    assert text in bodies[1]


def test_only_pull_requests_are_answered(fork: Fork) -> None:
    """After a run for another event the job is skipped."""
    fork.leave(notion_sync_comment__md=BODY)
    fork.completed(event="merge_group")
    assert fork.bodies == []
