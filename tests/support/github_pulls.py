"""What the stand-in gets wrong about pull requests, put right.

It keeps a pull request's head and base as they were when it was opened. On GitHub the head
follows its branch, and a merge joins what both branches are by then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: (method, path, document to send or None) → the stand-in's answer as JSON, None for an error.
Ask = Callable[[str, str, Any], Any]


@dataclass
class PullRequests:
    """The pull requests as GitHub would show them.

    Args:
        changed_files: what they say of their number of changed files; None: the truth.
    """

    changed_files: int | None = None
    _merged: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    def current(self, pull: dict[str, Any], repo: str, ask: Ask) -> dict[str, Any]:
        """Return a pull request with its head where its branch is, and merged if it was."""
        merged = self._merged.get((repo, pull["number"]))
        if merged is not None:
            head = {**pull["head"], "sha": merged["head_sha"]}
            shown = {key: merged[key] for key in ("merged", "merged_at", "merge_commit_sha")}
            return {**pull, "head": head, **shown}
        sha = head_of(repo, pull["head"]["ref"], ask) or pull["head"]["sha"]
        return {**pull, "head": {**pull["head"], "sha": sha}}

    def files(self, pull: dict[str, Any], repo: str, ask: Ask) -> list[Any]:
        """Return what a pull request changes, from where it left its base."""
        ends = f"{pull['base']['sha']}...{pull['head']['sha']}"
        return list(ask("GET", f"{repo}/compare/{ends}", None)["files"])

    def merge(self, pull: dict[str, Any], repo: str, method: str, ask: Ask) -> dict[str, Any]:
        """Put what a pull request changes on its base branch, and close it."""
        base_ref, head = pull["base"]["ref"], pull["head"]["sha"]
        base = head_of(repo, base_ref, ask)
        entries = [
            {
                "path": file["filename"],
                "mode": "100644",
                "type": "blob",
                "sha": None if file["status"] == "removed" else file["sha"],
            }
            for file in self.files(pull, repo, ask)
        ]
        entries += [
            {"path": file["previous_filename"], "mode": "100644", "type": "blob", "sha": None}
            for file in self.files(pull, repo, ask)
            if file["status"] == "renamed"
        ]
        base_tree = ask("GET", f"{repo}/git/commits/{base}", None)["tree"]["sha"]
        tree = ask("POST", f"{repo}/git/trees", {"base_tree": base_tree, "tree": entries})
        title = f"Merge pull request #{pull['number']}"
        parents = [base, head] if method == "merge" else [base]
        commit = {"message": title, "tree": tree["sha"], "parents": parents}
        sha = ask("POST", f"{repo}/git/commits", commit)["sha"]
        ask("PATCH", f"{repo}/git/refs/heads/{base_ref}", {"sha": sha})
        closed = ask("PATCH", f"{repo}/pulls/{pull['number']}", {"state": "closed"})
        self._merged[repo, pull["number"]] = {
            "head_sha": head,
            "merged": True,
            "merged_at": closed["closed_at"],
            "merge_commit_sha": sha,
        }
        return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


def head_of(repo: str, branch: str, ask: Ask) -> str:
    """Return the SHA of a branch's last commit, "" where there is no such branch."""
    found = ask("GET", f"{repo}/branches/{branch}", None)
    return str(found["commit"]["sha"]) if found else ""


def encode(document: Any) -> bytes:
    """Return a document as a request's body, nothing for None."""
    return b"" if document is None else json.dumps(document).encode()
