"""What a user of the Action has: a repository on GitHub, its workflows, a Notion database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lukhas_notion.emulator import Emulator
from support.act import Ended, Workflows
from support.github import GitHubStandIn


@dataclass
class Project:
    """What a user of the Action has: a repository, its workflows, a Notion database."""

    github: GitHubStandIn
    notion: Emulator
    workflows: Workflows

    def commit(
        self, branch: str, name: str, description: str, features: Sequence[str] = ("search",)
    ) -> str:
        """Write a module's manifest on a branch and in the checkout; return the commit."""
        manifest = {"module": name, "description": description, "features": list(features)}
        return self.save(branch, f"{name}/module.manifest.json", json.dumps(manifest, indent=2))

    def save(self, branch: str, path: str, text: str) -> str:
        """Write a file on a branch and in the checkout; return the commit."""
        file = self.workflows.checkout / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return self.github.commit_files(branch, {path: text})

    def remove(self, branch: str, name: str) -> str:
        """Delete a module's manifest on a branch and in the checkout; return the commit."""
        path = f"{name}/module.manifest.json"
        (self.workflows.checkout / path).unlink()
        return self.github.commit_files(branch, {path: None})

    def pull_payload(self, number: int, owner: str = "octo") -> dict[str, Any]:
        """Return the event's payload for a pull request as it is now."""
        pull = self.github.pull(number)
        home = {"full_name": "octo/manifests", "default_branch": "main"}
        return {
            "number": number,
            "action": "synchronize",
            "repository": home,
            "pull_request": {
                "number": number,
                "changed_files": pull.changed_files,
                "head": {
                    "sha": pull.head.sha,
                    "ref": pull.head.ref,
                    "repo": {"full_name": f"{owner}/manifests"},
                },
                "base": {"sha": pull.base.sha, "ref": "main", "repo": home},
            },
        }

    def push_payload(self, sha: str) -> dict[str, Any]:
        """Return the event's payload for a push of a commit to the default branch."""
        return {
            "ref": "refs/heads/main",
            "after": sha,
            "repository": {"full_name": "octo/manifests", "default_branch": "main"},
        }

    def preview(self, number: int) -> Ended:
        """Run the preview workflow on a pull request."""
        payload = self.pull_payload(number)
        return self.workflows.run("notion-preview.yml", "pull_request", payload)

    def apply(self, sha: str) -> Ended:
        """Run the apply workflow on a push of a commit to the default branch."""
        # act takes the commit from its own checkout, unless SHA_REF says otherwise.
        payload = self.push_payload(sha)
        return self.workflows.run("notion-apply.yml", "push", payload, SHA_REF=sha)

    def verify(self) -> Ended:
        """Run the verify workflow as its schedule does."""
        payload = {"repository": {"full_name": "octo/manifests", "default_branch": "main"}}
        return self.workflows.run("notion-verify.yml", "schedule", payload)

    def doctor(self) -> Ended:
        """Run the doctor workflow by hand on the default branch."""
        payload = {
            "ref": "refs/heads/main",
            "repository": {"full_name": "octo/manifests", "default_branch": "main"},
        }
        return self.workflows.run("notion-doctor.yml", "workflow_dispatch", payload)

    def issues(self) -> list[tuple[str, str, str]]:
        """Return the issues that are no pull requests: state, title, body; the oldest first."""
        listed = self.github.repo().get_issues(state="all", sort="created", direction="asc")
        return [(i.state, i.title, i.body) for i in listed if i.pull_request is None]

    def comments(self, number: int) -> list[tuple[int, str, str]]:
        """Return the comments on a pull request: id, author, body."""
        found = self.github.repo().get_issue(number).get_comments()
        return [(comment.id, comment.user.login, comment.body) for comment in found]

    def modules(self) -> dict[str, str]:
        """Return the pages in Notion: module → description."""
        return {page["Module"]: page["Description"] for page in self.notion.pages()}
