"""The Action on a pull request, as the runner starts it, before a GitHub that answers at once."""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks import repository
from benchmarks.measure import Sample, measure
from benchmarks.rig import Rig

_NAME = "octo/manifests"
_LOGIN = "github-actions[bot]"
_HEAD, _BASE, _MERGE = "a" * 40, "b" * 40, "c" * 40


def preview(rig: Rig, modules: int, changed: Sequence[int]) -> Sample:
    """Measure ``mode: dry-run`` on a pull request that changes some of the manifests."""
    root = rig.repository(modules, changed)
    folder = rig.scratch("action")
    folder.mkdir()
    pull = _pull(len(changed))
    files = [repository.path(number) for number in changed]
    base = rig.repository(modules)
    with _github(pull, files, base) as api, rig.notion(modules, pages=True) as running:
        environ = preview_environ(folder, root, api, len(changed))
        environ |= {
            "NOTION_API_URL": running.settings["NOTION_API_URL"],
            "INPUT_NOTION-TOKEN": running.settings["NOTION_TOKEN"],
            "INPUT_NOTION-DATABASE-ID": running.settings["NOTION_DATABASE_ID"],
        }
        # Isolated and without bytecode, as action.yml and composite/action.yml start it.
        command = [sys.executable, "-I", "-B", str(repository.ROOT / "entrypoint.py")]
        return running.counted(measure(command, cwd=root, environ=environ))


def preview_environ(folder: Path, root: Path, api: str, changed: int) -> dict[str, str]:
    """Return what a runner gives the Action for a pull request; its files are in a folder."""
    event = {"repository": {"default_branch": "main"}, "pull_request": _pull(changed)}
    (folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
    for name in ("output", "summary"):
        (folder / name).touch()
    return {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_REPOSITORY": _NAME,
        "GITHUB_SHA": _MERGE,
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_RUN_ID": "1",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_WORKSPACE": str(root),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_API_URL": api,
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "RUNNER_TEMP": str(folder),
        "INPUT_GITHUB-TOKEN": "ghs_token_of_the_benchmark",
        "INPUT_LEDGER-PATH": "benchmark-ledger.ndjson",
    }


def _pull(changed: int) -> dict[str, Any]:
    repo = {"full_name": _NAME}
    return {
        "number": 7,
        "changed_files": changed,
        "head": {"sha": _HEAD, "ref": "topic", "repo": repo},
        "base": {"sha": _BASE, "ref": "main", "repo": repo},
    }


@contextmanager
def _github(pull: dict[str, Any], files: Sequence[str], base: Path) -> Iterator[str]:
    """Serve one pull request, its comments and its base branch; yield the API's address."""
    comments: list[dict[str, Any]] = []
    listed = [{"filename": name, "status": "modified"} for name in files]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            path = self.path.split("?", maxsplit=1)[0]
            found: dict[str, Any] = {
                f"/repos/{_NAME}/pulls/7": {**pull, "issue_url": f"{api}/repos/{_NAME}/issues/7"},
                f"/repos/{_NAME}/pulls/7/files": listed,
                f"/repos/{_NAME}/issues/7/comments": comments,
            }
            named = path.removeprefix(f"/repos/{_NAME}/contents/")
            if named in files:
                content = base64.b64encode((base / named).read_bytes()).decode()
                found[path] = {"type": "file", "encoding": "base64", "content": content}
            # A workflow's own token may not ask whose it is here, and asks GraphQL.
            missing = (403, {"message": "Resource not accessible by integration"})
            self._answer(*((200, found[path]) if path in found else missing))

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path.endswith("/graphql"):
                self._answer(200, {"data": {"viewer": {"login": _LOGIN}}})
                return
            made = {
                "id": 100 + len(comments),
                "user": {"login": _LOGIN},
                "body": sent["body"],
                "html_url": f"https://github.example/comment/{100 + len(comments)}",
            }
            comments.append(made)
            self._answer(201, made)

        def _answer(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
