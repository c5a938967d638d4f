"""What GitHub has of workflow artifacts, in front of a stand-in that has none of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from support.github_proxy import Proxy, Reply, json_reply


class _Files(SimpleHTTPRequestHandler):
    """The storage that downloads are redirected to: it must not be shown the token."""

    def do_GET(self) -> None:
        """Answer with a file, or refuse somebody who brings GitHub's token along."""
        if self.headers.get("Authorization"):
            self.send_error(400, "the token of another host")
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep quiet."""


class ArtifactProxy(Proxy):
    """Answers for one artifact, and hands everything else on.

    Args:
        archive: the artifact as a zip file; where it does not exist, the run has none.
        storage: where its folder is served.
    """

    def __init__(self, archive: Path, storage: str) -> None:
        super().__init__("")
        self._archive = archive
        self._storage = storage
        #: What the listing says of the size, None for the truth.
        self.size: int | None = None

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """Return the answer to a request."""
        path = urlsplit(target).path
        if re.fullmatch(r".*/actions/runs/\d+/artifacts", path):
            found = []
            if self._archive.exists():
                size = self._archive.stat().st_size if self.size is None else self.size
                found = [{"id": 4, "name": "notion-comment", "size_in_bytes": size}]
            return json_reply(200, {"total_count": len(found), "artifacts": found})
        if path.endswith("/actions/artifacts/4/zip"):
            return Reply(302, b"", {"Location": f"{self._storage}/{self._archive.name}"})
        reply = self.forward(method, target, headers, body)
        # One GitHub has one address, also in the links of its answers.
        behind = f"http://127.0.0.1:{self.upstream_port}".encode()
        reply.body = reply.body.replace(behind, self.base_url.encode())
        return reply


@contextmanager
def artifacts(archive: Path, github_url: str) -> Iterator[ArtifactProxy]:
    """Serve GitHub's API with one artifact in it while the block runs."""
    archive.parent.mkdir(exist_ok=True)
    handler = partial(_Files, directory=str(archive.parent))
    storage = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    storage.daemon_threads = True
    thread = threading.Thread(target=storage.serve_forever, args=(0.05,))
    thread.start()
    proxy = ArtifactProxy(archive, f"http://localhost:{storage.server_port}")
    proxy.start(urlsplit(github_url).port or 0)
    try:
        yield proxy
    finally:
        proxy.stop()
        storage.shutdown()
        thread.join()
        storage.server_close()
