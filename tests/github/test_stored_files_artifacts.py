"""The artifact of another run is found, downloaded and opened within bounds."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from lukhas_notion.github.errors import GitHubError, GitHubUnavailable
from lukhas_notion.github.stored_files import MAX_ARCHIVE, artifact_id, download, file_in

TOKEN = "ghs_token_of_the_test"


class Storage:
    """A local GitHub that redirects to its storage, and records which paths got a token."""

    def __init__(self) -> None:
        self.content = b"stored"
        self.status = 302
        self.place = ""
        self.tokens: list[str | None] = []
        storage = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Redirect from GitHub's address, and return the content at the storage's."""
                storage.tokens.append(self.headers.get("Authorization"))
                first = self.path == "/zip"
                self.send_response(storage.status if first else 200)
                if first:
                    self.send_header("Location", storage.place or f"{storage.url}/stored")
                self.send_header("Content-Length", str(0 if first else len(storage.content)))
                self.end_headers()
                if not first:
                    try:
                        self.wfile.write(storage.content)
                    except OSError:
                        return  # whoever has read enough hangs up

            def log_message(self, *args: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        """End serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def storage() -> Iterator[Storage]:
    """Serve while the test runs."""
    made = Storage()
    yield made
    made.close()


def test_the_storage_is_not_shown_the_token(storage: Storage) -> None:
    """GitHub gets the token, and the storage that it redirects to does not."""
    assert download(f"{storage.url}/zip", TOKEN, 100) == b"stored"
    assert storage.tokens == [f"Bearer {TOKEN}", None]


def test_no_more_is_read_than_asked_for(storage: Storage) -> None:
    """A larger content than the limit is an error, whatever size was listed."""
    storage.content = b"x" * 10_000_000
    with pytest.raises(GitHubError, match="more than 1,000 bytes"):
        download(f"{storage.url}/zip", TOKEN, 1_000)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, GitHubError), (403, GitHubError), (502, GitHubUnavailable)]
)
def test_what_github_refuses_is_an_error(
    storage: Storage, status: int, kind: type[Exception]
) -> None:
    """The error names the permission that it takes."""
    storage.status = status
    with pytest.raises(kind, match=f"GitHub responded with {status}"):
        download(f"{storage.url}/zip", TOKEN, 100)


@pytest.mark.parametrize("place", ["file:///etc/passwd", "/stored", "javascript:x"])
def test_a_redirect_leads_to_a_server(storage: Storage, place: str) -> None:
    """Only a redirect to a server's URL is followed."""
    storage.place = place
    with pytest.raises(GitHubError):
        download(f"{storage.url}/zip", TOKEN, 100)


def test_nobody_at_the_address_is_an_error(storage: Storage) -> None:
    """An address without a server raises GitHubUnavailable."""
    storage.place = "http://127.0.0.1:9/stored"
    with pytest.raises(GitHubUnavailable, match="could not be downloaded"):
        download(f"{storage.url}/zip", TOKEN, 100)


def listing(answer: Any) -> Any:
    """Return a repository whose run has these artifacts."""
    asked = SimpleNamespace(requestJsonAndCheck=lambda *_, **__: ({}, answer))
    return SimpleNamespace(url="/repos/octo/manifests", requester=asked)


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ([{"id": 4, "name": "notion-comment", "size_in_bytes": 10}], 4),
        ([{"id": 3, "name": "other", "size_in_bytes": 10}], None),
        ([{"id": 4, "name": "notion-comment", "size_in_bytes": MAX_ARCHIVE + 1}], None),
        ([{"id": 4, "name": "notion-comment", "size_in_bytes": 1, "expired": True}], None),
        ([{"id": "4/../5", "name": "notion-comment", "size_in_bytes": 1}], None),
        ([None, "x", {}], None),
        (None, None),
    ],
)
def test_an_artifact_is_found_by_its_name(rows: Any, number: int | None) -> None:
    """An artifact that is too large, expired or malformed is not found."""
    assert artifact_id(listing({"artifacts": rows}), 77, "notion-comment") == number


@pytest.mark.parametrize("answer", [[], None, "x", {}])
def test_a_listing_of_another_shape_has_none(answer: Any) -> None:
    """A listing of another shape has no artifacts."""
    assert artifact_id(listing(answer), 77, "notion-comment") is None


def zipped(method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of one file with a thousand bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a.json", b"x" * 1_000)
    return stream.getvalue()


def test_a_file_is_read_by_its_name() -> None:
    """A file is read completely, up to its limit."""
    assert file_in(zipped(), "a.json", 1_000) == b"x" * 1_000
    assert file_in(zipped(), "b.json", 1_000) is None
    with pytest.raises(ValueError, match="more than 999 bytes"):
        file_in(zipped(), "a.json", 999)


def test_a_broken_archive_is_an_error_in_words() -> None:
    """A cut or changed archive gives a ValueError, None, or the file."""
    whole = zipped()
    for end in range(0, len(whole), 7):
        with pytest.raises(ValueError, match="not an archive that can be read"):
            file_in(whole[:end], "a.json", 1_000)
    found = set()
    for place in range(0, len(whole), 3):
        changed = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        with suppress(ValueError):
            found.add(file_in(changed, "a.json", 1_000))
    assert found <= {None, b"x" * 1_000}
