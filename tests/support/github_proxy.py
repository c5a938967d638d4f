"""A reverse proxy that gives the GitHub stand-in what it lacks and breaks what a test wants.

It answers a pull request's files, its reviews and a commit's pull requests from what the stand-in
does have, holds comments to GitHub's limit, refuses ``GET /user`` to a workflow's token, and
injects faults.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.github_pulls import Ask, PullRequests, encode
from support.github_reviews import Reviews, placed, with_patches

#: The longest comment that GitHub takes, in characters.
BODY_LIMIT = 65_536
_HANDED_ON = ("Authorization", "Accept", "Content-Type", "User-Agent", "X-GitHub-Api-Version")
_REPO = r"(?P<repo>/repos/[^/]+/[^/]+)"
_PULLS = re.compile(_REPO + r"/pulls")
_PULL = re.compile(_REPO + r"/pulls/(?P<number>\d+)")
_MERGE = re.compile(_REPO + r"/pulls/(?P<number>\d+)/merge")
_FILES = re.compile(_REPO + r"/pulls/(?P<number>\d+)/files")
_REVIEWED = re.compile(_REPO + r"/pulls/(?P<number>\d+)/(reviews|comments(/\d+/replies)?)")
_COMMIT_PULLS = re.compile(_REPO + r"/commits/(?P<sha>[0-9a-f]{40})/pulls")
_COMMENT = re.compile(_REPO + r"/issues/(\d+/comments|comments/\d+)")


@dataclass
class Fault:
    """What goes wrong for the next requests that match.

    Args:
        method: ``GET``, ``POST`` …
        path: a regular expression that the whole path has to match, without the query.
        status: the answer's; 0 drops the connection without one.
        message: GitHub's message in it.
        headers: further headers of it, such as ``Retry-After``.
        after: whether the request is carried out first, so that only its answer is lost.
        times: how many requests it is for.
        token: only requests with this token, "" for all.
        delay: seconds before the answer.
    """

    method: str
    path: str
    status: int
    message: str = "Server Error"
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    times: int = 1
    token: str = ""
    delay: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request that came in, and what it was answered."""

    method: str
    path: str
    query: str
    sent: Any
    status: int
    answer: Any


@dataclass
class Reply:
    """An answer on its way out."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def document(self) -> Any:
        """Return the body as JSON, None for an empty one."""
        return json.loads(self.body) if self.body else None


def json_reply(status: int, document: Any, **headers: str) -> Reply:
    """Return a reply as GitHub's API gives it."""
    return Reply(
        status,
        json.dumps(document).encode(),
        {"Content-Type": "application/json; charset=utf-8", **headers},
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that closed the connection."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Proxy:
    """The proxy's state; :meth:`start` serves it on a free port of this machine.

    Args:
        app_tokens: the tokens of GitHub Apps, a workflow's own among them.
    """

    def __init__(self, *app_tokens: str) -> None:
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.pulls = PullRequests()
        self.reviews = Reviews()
        self.upstream_port = 0
        self._app_tokens = app_tokens
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def start(self, upstream_port: int) -> None:
        """Serve, in front of a stand-in on a port of this machine."""
        self.upstream_port = upstream_port
        self._thread.start()

    def stop(self) -> None:
        """End serving and give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fault_for(self, method: str, path: str, token: str) -> Fault | None:
        """Take one use of the first fault that matches."""
        with self._lock:
            for fault in self.faults:
                if (
                    fault.times > 0
                    and fault.method == method
                    and re.fullmatch(fault.path, path)
                    and fault.token in ("", token)
                ):
                    fault.times -= 1
                    return fault
        return None

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """Return the answer to a request, faults aside."""
        path = urlsplit(target).path
        token = token_of(headers)
        if method == "GET" and path == "/user" and token in self._app_tokens:
            return json_reply(403, {"message": "Resource not accessible by integration"})
        if method == "POST" and path == "/graphql":
            return self._viewer(headers)
        if method in ("POST", "PATCH") and _COMMENT.fullmatch(path):
            text = json.loads(body).get("body", "")
            if len(text) > BODY_LIMIT:
                return too_long()
        about_pulls = self._about_pulls(method, target, headers, body)
        return about_pulls or self.forward(method, target, headers, body)

    def _viewer(self, headers: dict[str, str]) -> Reply:
        """Say whose token it is, which every kind of token may ask GraphQL."""
        login = self.forward("GET", "/user", headers).document["login"]
        return json_reply(200, {"data": {"viewer": {"login": login}}})

    def forward(
        self, method: str, target: str, headers: dict[str, str], body: bytes = b""
    ) -> Reply:
        """Return the stand-in's own answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream_port, timeout=60)
        try:
            host = {"Host": urlsplit(self.base_url).netloc}  # the stand-in links to it
            connection.request(method, target, body or None, {**headers, **host})
            response = connection.getresponse()
            kept = {
                name: value
                for name, value in response.getheaders()
                if name.lower() in ("content-type", "link", "location")
                or name.lower().startswith("x-ratelimit")
            }
            return Reply(response.status, response.read(), kept)
        finally:
            connection.close()

    def _ask(self, headers: dict[str, str]) -> Ask:
        """Return how this request's owner asks the stand-in for something else."""

        def ask(method: str, path: str, document: Any) -> Any:
            reply = self.forward(method, path, headers, encode(document))
            return reply.document if reply.status < 400 else None

        return ask

    def _pull(self, found: re.Match[str], headers: dict[str, str]) -> dict[str, Any] | None:
        """Return a pull request as it is now, None where there is none."""
        ask, repo = self._ask(headers), found["repo"]
        pull = ask("GET", f"{repo}/pulls/{found['number']}", None)
        if pull is None:
            return None
        pull = self.pulls.current(pull, repo, ask)
        count = self.pulls.changed_files
        if count is None:
            count = len(self.pulls.files(pull, repo, ask))
        comments = self.reviews.count(repo, int(found["number"]))
        return {**pull, "changed_files": count, "review_comments": comments}

    def _about_pulls(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Reply | None:
        """Answer what is about pull requests, None for anything else."""
        path, ask = urlsplit(target).path, self._ask(headers)
        if method == "PUT" and (found := _MERGE.fullmatch(path)):
            pull = self._pull(found, headers)
            if pull is None or pull["state"] != "open":
                return json_reply(405, {"message": "Pull Request is not mergeable"})
            wanted = json.loads(body or b"{}").get("merge_method", "merge")
            return json_reply(200, self.pulls.merge(pull, found["repo"], wanted, ask))
        if (reply := self._about_reviews(method, target, headers, body)) is not None:
            return reply
        if method != "GET":
            return None
        if found := _PULL.fullmatch(path):
            pull = self._pull(found, headers)
            return json_reply(200, pull) if pull else self.forward(method, target, headers)
        if found := _FILES.fullmatch(path):
            return self._files(found, target, headers)
        if found := _PULLS.fullmatch(path):
            return self._listed(found["repo"], target, headers)
        if found := _COMMIT_PULLS.fullmatch(path):
            every = self._listed(found["repo"], f"{found['repo']}/pulls?state=all", headers)
            sha = found["sha"]
            return json_reply(
                200,
                [p for p in every.document if sha in (p["merge_commit_sha"], p["head"]["sha"])],
            )
        return None

    def _listed(self, repo: str, target: str, headers: dict[str, str]) -> Reply:
        reply = self.forward("GET", target, headers)
        if reply.status == 200:
            ask = self._ask(headers)
            shown = [self.pulls.current(pull, repo, ask) for pull in reply.document]
            reply.body = json.dumps(shown).encode()
        return reply

    def _files(self, found: re.Match[str], target: str, headers: dict[str, str]) -> Reply:
        pull = self._pull(found, headers)
        if pull is None:
            return self.forward("GET", target, headers)
        return self._paged(target, self._files_of(pull, found["repo"], headers))

    def _files_of(
        self, pull: dict[str, Any], repo: str, headers: dict[str, str]
    ) -> list[dict[str, Any]]:
        ask = self._ask(headers)
        files = self.pulls.files(pull, repo, ask)
        return with_patches(files, repo, pull["base"]["sha"], pull["head"]["sha"], ask)

    def _about_reviews(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Reply | None:
        """Answer what is about reviews, None for anything else."""
        path, pull = urlsplit(target).path, None
        if found := _REVIEWED.fullmatch(path):
            pull = self._pull(found, headers)
            if pull is not None:
                pull["files"] = self._files_of(pull, found["repo"], headers)
        sent = json.loads(body) if body else {}
        answer = self.reviews.answer(method, path, sent, pull, self._ask(headers))
        if answer is None:
            return None
        status, document = answer
        document = placed(document, self.base_url)
        if isinstance(document, list):
            return self._paged(target, document)
        return Reply(status) if document is None else json_reply(status, document)

    def _paged(self, target: str, items: list[Any]) -> Reply:
        query = parse_qs(urlsplit(target).query)
        page, size = (int(query.get(n, [d])[0]) for n, d in (("page", "1"), ("per_page", "30")))
        more = {}
        if page * size < len(items):
            link = f"{self.base_url}{urlsplit(target).path}?per_page={size}&page={page + 1}"
            more["Link"] = f'<{link}>; rel="next"'
        return json_reply(200, items[(page - 1) * size : page * size], **more)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *args: object) -> None:
                """Keep quiet: :attr:`Proxy.seen` is the log."""

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {n: v for n in _HANDED_ON if (v := self.headers.get(n))}
                parts = urlsplit(self.path)
                fault = proxy.fault_for(self.command, parts.path, token_of(headers))
                reply = Reply(0)
                if fault is None or fault.after:
                    reply = proxy.answer(self.command, self.path, headers, body)
                if fault is not None:
                    time.sleep(fault.delay)
                    reply = json_reply(fault.status, {"message": fault.message}, **fault.headers)
                sent = json.loads(body) if body else None
                proxy.seen.append(
                    Seen(self.command, parts.path, parts.query, sent, reply.status, reply.document)
                )
                if reply.status == 0:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815

        return Handler


def token_of(headers: dict[str, str]) -> str:
    """Return the token a request carries."""
    return headers.get("Authorization", "").rpartition(" ")[2]


def too_long() -> Reply:
    """Return GitHub's refusal of a comment that is too long."""
    return json_reply(
        422,
        {
            "message": "Validation Failed",
            "errors": [
                {
                    "resource": "IssueComment",
                    "code": "unprocessable",
                    "field": "data",
                    "message": f"Body is too long (maximum is {BODY_LIMIT} characters)",
                }
            ],
        },
    )
