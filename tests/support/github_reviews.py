"""Reviews as GitHub has them: comments on lines of the diff, which the stand-in has by position.

A review is taken whole or not at all: for the head commit alone, and with every line in the diff.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from support.github_diffs import moved, patch, right_side
from support.github_pulls import Ask

_PULL = r"(?P<repo>/repos/[^/]+/[^/]+)/pulls/(?P<number>\d+)"
_REVIEWS = re.compile(_PULL + r"/reviews")
_COMMENTS = re.compile(_PULL + r"/comments")
_REPLIES = re.compile(_PULL + r"/comments/(?P<id>\d+)/replies")
_COMMENT = re.compile(r"(?P<repo>/repos/[^/]+/[^/]+)/pulls/comments/(?P<id>\d+)")
_NOW = "2026-01-31T12:00:00Z"
_MOST_PATCHES = 30

#: (status, document) of an answer.
Answer = tuple[int, Any]


@dataclass
class Reviews:
    """The reviews of every pull request: what was sent, in the order in which it came."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(7001))

    def count(self, repo: str, number: int) -> int:
        """Return how many comments the lines of a pull request have."""
        return sum((row["repo"], row["number"]) == (repo, number) for row in self.rows)

    def answer(
        self,
        method: str,
        path: str,
        sent: Mapping[str, Any],
        pull: Mapping[str, Any] | None,
        ask: Ask,
    ) -> Answer | None:
        """Answer what is about reviews, None for anything else.

        Args:
            method: ``GET``, ``POST`` or ``DELETE``.
            path: without the query.
            sent: the request's body.
            pull: the pull request that the path names, as it is now; with its files.
            ask: asks the stand-in, as whoever sent the request.
        """
        if found := _COMMENT.fullmatch(path):
            return self._one(method, int(found["id"]), ask)
        found = next((f for p in (_REVIEWS, _COMMENTS, _REPLIES) if (f := p.fullmatch(path))), None)
        if found is None:
            return None
        if pull is None:
            return 404, {"message": "Not Found"}
        repo, number = found["repo"], int(found["number"])
        if method == "GET" and path.endswith("/comments"):
            rows = [r for r in self.rows if (r["repo"], r["number"]) == (repo, number)]
            return 200, [self._shown(row, pull, ask) for row in rows]
        if method == "POST" and path.endswith("/reviews"):
            return self._review(repo, number, sent, pull, ask)
        if method == "POST" and path.endswith("/replies"):
            [row] = [r for r in self.rows if r["id"] == int(found["id"])]
            return 201, self._shown(self._add({**row, "reply": row["id"]}, sent, ask), pull, ask)
        return None

    def _one(self, method: str, identity: int, ask: Ask) -> Answer | None:
        row = next((row for row in self.rows if row["id"] == identity), None)
        if row is None:
            return 404, {"message": "Not Found"}
        if method == "DELETE":
            self.rows.remove(row)
            return 204, None
        return 200, self._shown(row, None, ask)

    def _review(
        self, repo: str, number: int, sent: Mapping[str, Any], pull: Mapping[str, Any], ask: Ask
    ) -> Answer:
        head = pull["head"]["sha"]
        wrong = _wrong(sent, pull)
        if wrong:
            return 422, {"message": "Unprocessable Entity", "errors": [wrong]}
        review, place = next(self._ids), {"repo": repo, "number": number, "commit": head}
        for comment in sent.get("comments", ()):
            content = content_of(repo, comment["path"], head, ask)
            self._add({**comment, **place, "content": content, "review": review}, comment, ask)
        url = f"{pull['html_url']}#pullrequestreview-{review}"
        links = {"html": {"href": url}, "pull_request": {"href": pull["url"]}}
        return 200, {
            "id": review,
            "node_id": f"PRR_{review}",
            "user": ask("GET", "/user", None),
            "body": sent.get("body", ""),
            "state": "COMMENTED",
            "commit_id": head,
            "html_url": url,
            "pull_request_url": pull["url"],
            "_links": links,
            "author_association": "NONE",
            "submitted_at": _NOW,
        }

    def _add(self, row: dict[str, Any], sent: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
        made = {
            **row,
            "id": next(self._ids),
            "body": sent["body"],
            "user": ask("GET", "/user", None),
        }
        self.rows.append(made)
        return made

    def _shown(self, row: dict[str, Any], pull: Mapping[str, Any] | None, ask: Ask) -> Any:
        """Return a comment as GitHub lists it: its lines are null once they have changed."""
        first, last = row.get("start_line"), row["line"]
        shift = self._moved(row, pull, ask) if pull else 0
        url = f"{row['repo']}/pulls/comments/{row['id']}"
        pull_url = f"{row['repo']}/pulls/{row['number']}"
        links = {"self": url, "html": url, "pull_request": pull_url}
        return {
            "id": row["id"],
            "node_id": f"PRRC_{row['id']}",
            "user": row["user"],
            "url": f"{{base}}{url}",
            "html_url": f"{{base}}{url}",
            "pull_request_url": f"{{base}}{pull_url}",
            "pull_request_review_id": row["review"],
            "path": row["path"],
            "body": row["body"],
            "diff_hunk": "@@",
            "commit_id": row["commit"],
            "original_commit_id": row["commit"],
            "created_at": _NOW,
            "updated_at": _NOW,
            "author_association": "NONE",
            "side": "RIGHT",
            "start_side": "RIGHT" if first else None,
            "subject_type": "line",
            "original_line": last,
            "original_start_line": first,
            "line": None if shift is None else last + shift,
            "start_line": first + shift if first and shift is not None else None,
            "_links": {name: {"href": f"{{base}}{href}"} for name, href in links.items()},
            **({"in_reply_to_id": row["reply"]} if "reply" in row else {}),
        }

    def _moved(self, row: dict[str, Any], pull: Mapping[str, Any], ask: Ask) -> int | None:
        now = content_of(row["repo"], row["path"], pull["head"]["sha"], ask)
        first = row.get("start_line") or row["line"]
        shift = moved(row["content"], now, first, row["line"])
        hunks = _hunks(pull, row["path"])
        if shift is None or not any(first + shift in h and row["line"] + shift in h for h in hunks):
            return None
        return shift


def _wrong(sent: Mapping[str, Any], pull: Mapping[str, Any]) -> str:
    """Return why GitHub does not take a review, "" where it does."""
    if sent.get("event") != "COMMENT":
        return "Event is not one that this stand-in knows"
    if sent.get("commit_id", pull["head"]["sha"]) != pull["head"]["sha"]:
        return "Commit is not part of the pull request"
    for comment in sent.get("comments", ()):
        last = comment["line"]
        first = comment.get("start_line", last)
        if "start_line" in comment and not first < last:
            return "Start line must precede the end line"
        if not any(first in hunk and last in hunk for hunk in _hunks(pull, comment["path"])):
            return "Line could not be resolved"
        if len(comment["body"]) > 65_536:
            return "Body is too long (maximum is 65536 characters)"
    return ""


def _hunks(pull: Mapping[str, Any], path: str) -> Sequence[range]:
    file = next((f for f in pull["files"] if f["filename"] == path), {})
    return right_side(file.get("patch", ""))


def content_of(repo: str, path: str, commit: str, ask: Ask) -> bytes:
    """Return a file at a commit, nothing where it is not there."""
    found = ask("GET", f"{repo}/contents/{path}?ref={commit}", None)
    return base64.b64decode(found["content"]) if found else b""


def with_patches(
    files: Sequence[dict[str, Any]], repo: str, base: str, head: str, ask: Ask
) -> list[dict[str, Any]]:
    """Return changed files with their hunks; as on GitHub, not where there is too much."""
    files = [{key: value for key, value in file.items() if key != "patch"} for file in files]
    if len(files) > _MOST_PATCHES:
        return files
    shown = []
    for file in files:
        before = content_of(repo, file.get("previous_filename") or file["filename"], base, ask)
        made = patch(before, content_of(repo, file["filename"], head, ask))
        shown.append({**file, "patch": made} if made else file)
    return shown


def placed(document: Any, base_url: str) -> Any:
    """Return a document whose addresses lead to a server."""
    return json.loads(json.dumps(document).replace("{base}", base_url))
