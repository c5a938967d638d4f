"""No token gets into log, outputs, summary, files, comment or issue of the Action."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from github import GithubException
from support.actions import ActionPlace, Ran

from lukhas_notion.emulator import Emulator

GITHUB_TOKEN = "ghs_token_of_the_test"


def told(action: ActionPlace, ran: Ran) -> str:
    """Return everything that a run wrote, without the commands that mask the tokens."""
    log = [line for line in ran.log.splitlines() if not line.startswith("::add-mask::")]
    files = [path for path in Path(action.place.root).rglob("*") if path.is_file()]
    texts = [path.read_text(encoding="utf-8") for path in files]
    comments = [comment.body for comment in action.pull.comments]
    issues = [issue.body for issue in action.repository.issues]
    return "\n".join([*log, *texts, *comments, *issues, ran.summary, str(ran.outputs)])


class Proxy(httpx.BaseTransport):
    """A proxy that refuses whatever writes, and sends back the headers."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let reads pass."""
        if request.method == "GET" or request.url.path.endswith("/query"):
            return self.inner.handle_request(request)
        return httpx.Response(400, json={"message": "x" * 280 + str(dict(request.headers))})

    def close(self) -> None:
        """Close the transport below."""
        self.inner.close()


class Behind:
    """An emulator behind that proxy."""

    def __init__(self, notion: Emulator) -> None:
        self.notion = notion

    def transport(self) -> httpx.BaseTransport:
        """Return the way through the proxy."""
        return Proxy(self.notion.transport())

    def __getattr__(self, name: str) -> object:
        return getattr(self.notion, name)


@pytest.mark.parametrize("mode", ["apply", "verify"])
def test_what_notion_sends_back_is_in_nothing(action: ActionPlace, mode: str) -> None:
    """All reports name a refused update, without the token."""
    token = action.place.environ["NOTION_TOKEN"]
    action.place.edit("alpha", description="It finds.")
    action.place.notion = cast("Emulator", Behind(action.place.notion))

    ran = action.run("push", mode=mode, repair="true" if mode == "verify" else "false")

    assert ran.code == 1
    assert "::add-mask::" + token in ran.log
    assert token not in told(action, ran)
    assert token[:20] not in told(action, ran)


def test_what_github_sends_back_is_in_nothing(action: ActionPlace) -> None:
    """An error of GitHub's that quotes the header, long enough to be cut within it."""

    def refuse(*_: object) -> Any:
        said = "x" * 285 + f" Authorization: token {GITHUB_TOKEN}"
        raise GithubException(422, {"message": said}, {})

    action.repository.get_pull = refuse  # type: ignore[method-assign]
    ran = action.pull_request()

    assert ran.code == 1
    assert GITHUB_TOKEN[:12] not in told(action, ran)


def test_a_bug_of_ours_is_logged_without_the_tokens(action: ActionPlace) -> None:
    """The log of a public repository is public."""
    token = action.place.environ["NOTION_TOKEN"]

    def broken(*_: object) -> Any:
        raise KeyError(f"Bearer {token} {GITHUB_TOKEN}")

    action.repository.get_pull = broken  # type: ignore[method-assign]
    ran = action.pull_request()

    assert ran.outputs["failure-reason"] == "internal"
    assert "Bearer ***" in ran.log
    assert token not in told(action, ran)
    assert GITHUB_TOKEN not in told(action, ran)
