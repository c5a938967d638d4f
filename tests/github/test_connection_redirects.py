"""A redirect from GitHub is an error, and the token is not sent elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lukhas_notion.github.connection import open_repository
from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.github.pulls import changed_files


@dataclass
class Redirecting:
    """A server that answers every request with a redirect, and records the requests."""

    status: int
    location: str
    seen: list[str] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Redirecting:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                outer.seen.append(self.path)
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(outer.status)
                self.send_header("Location", outer.location.format(url=outer.url))
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815 - their names

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def elsewhere() -> Iterator[Redirecting]:
    """Serve a second address, which must get no request."""
    with Redirecting(307, "{url}/") as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["elsewhere", "same host", "itself", "https", "login", "empty"])
def test_no_redirect_is_followed(elsewhere: Redirecting, status: int, to: str) -> None:
    """A redirect to another host, another path or itself is an error after one request."""
    location = {
        "elsewhere": f"{elsewhere.url}/repositories/1",
        "same host": "{url}/repositories/1",
        "itself": "{url}/repos/octo/manifests/pulls/7",
        "https": "https://github.example/repositories/1",
        "login": "https://user:secret@login.example/?next=/",
        "empty": "",
    }[to]
    with Redirecting(status, location) as github:
        repository = open_repository(
            "ghs_token", api_url=github.url, repository="octo/manifests", pause=0
        )
        for _ in range(2):
            with pytest.raises(GitHubError) as caught, asked("read the pull request"):
                changed_files(repository.get_pull(7))
            assert caught.value.status == status
            assert f"GitHub responded with {status}" in caught.value.message
            assert "a redirect to" in caught.value.message
            assert "secret" not in caught.value.message
            assert "Redirects are not followed" in caught.value.remedy
        assert len(github.seen) == 2
    assert elsewhere.seen == []


@pytest.mark.parametrize("status", [301, 307])
def test_a_write_is_not_carried_elsewhere(elsewhere: Redirecting, status: int) -> None:
    """A comment is not posted to the target of a redirect."""
    with Redirecting(status, f"{elsewhere.url}/x") as github:
        repository = open_repository(
            "ghs_token", api_url=github.url, repository="octo/manifests", pause=0
        )
        with pytest.raises(GitHubError, match="a redirect to"), asked("post a comment"):
            repository.get_issue(1).create_comment("text")
        assert len(github.seen) == 1
    assert elsewhere.seen == []
