"""No token gets into anything that is printed, written or posted, whatever comes back."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import httpx
import pytest
from support.clock import FakeClock
from support.workplace import Workplace, workplace

from lukhas_notion.cli import main
from lukhas_notion.cli.context import Context
from lukhas_notion.emulator import Emulator
from lukhas_notion.util.runtime import Runtime

Answer = Callable[[str, httpx.Response], httpx.Response]


def refusal(said: str, answer: httpx.Response) -> httpx.Response:
    """Return Notion's error with the header in all that a message is made of."""
    body = {
        "object": "error",
        "code": said,
        "message": "x" * 270 + said,
        "request_id": said,
        "additional_data": {"committed_resource_id": said},
    }
    return httpx.Response(answer.status_code, json=body, headers={"x-notion-request-id": said})


def page_of_a_proxy(said: str, answer: httpx.Response) -> httpx.Response:
    """Return what is no JSON, with the header in it and in a redirect."""
    headers = {"location": f"https://elsewhere/{said}", "retry-after": "0", "cf-ray": said}
    return httpx.Response(answer.status_code, html=f"<pre>{said}</pre>", headers=headers)


def no_answer(said: str, answer: httpx.Response) -> httpx.Response:
    """Fail as the HTTP library does, with the header in its message."""
    raise httpx.RemoteProtocolError(f"Illegal header value {said!r}")


def own_bug(said: str, answer: httpx.Response) -> httpx.Response:
    """Fail as a bug in this tool would."""
    raise KeyError(said)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda said: base64.b64encode(said.encode()).decode(),
    "percent": lambda said: "".join(f"%{byte:02X}" for byte in said.encode()),
}


class Echo(httpx.BaseTransport):
    """A Notion whose writes come back with the header that they were sent with."""

    def __init__(self, inner: httpx.BaseTransport, answer: Answer, spelling: str, status: int):
        self.inner, self.answer, self.status = inner, answer, status
        self.spell = SPELLINGS[spelling]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let reads pass, and answer what writes with an error."""
        if request.method == "GET" or request.url.path.endswith("/query"):
            return self.inner.handle_request(request)
        said = self.spell(request.headers["authorization"])
        return self.answer(said, httpx.Response(self.status))


class EchoingNotion:
    """An emulator behind such a transport."""

    def __init__(self, notion: Emulator, transport: Callable[[], httpx.BaseTransport]) -> None:
        self.notion, self.transport = notion, transport

    def __getattr__(self, name: str) -> object:
        return getattr(self.notion, name)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """Make a repository with two modules that are not in Notion."""
    made = workplace(tmp_path / "repository")
    for name in ("alpha", "beta"):
        made.write(name, {"module": name, "description": f"What {name} does."})
    made.environ |= {"NOTION_TOKEN": made.notion.token}
    with closing(made.notion):
        yield made


def echoing(place: Workplace, transport: Callable[[], httpx.BaseTransport]) -> Workplace:
    """Return the place with another way to Notion."""
    notion = cast("Emulator", EchoingNotion(place.notion, transport))
    return Workplace(place.root, notion, place.environ, clock=FakeClock())


def holds(token: str, text: str) -> bool:
    """Return whether a text has the token, or the middle of it, in any spelling of these tests."""
    middle = token[4:-2]
    return any(spell(part) in text for spell in SPELLINGS.values() for part in (token, middle)) or (
        base64.b64encode(f"Bearer {token}".encode()).decode()[12:-8] in text
    )


def everything(root: Path) -> str:
    """Return all that is on disk."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (refusal, 400),
        (refusal, 401),
        (refusal, 503),
        (page_of_a_proxy, 302),
        (page_of_a_proxy, 403),
        (page_of_a_proxy, 502),
        (no_answer, 0),
        (own_bug, 0),
    ],
)
def test_what_a_server_sends_back_is_in_nothing(
    place: Workplace, answer: Answer, status: int, spelling: str
) -> None:
    """Not in output, ledger, report or JSON, as it is and as a proxy may encode it."""
    inner = place.notion.transport
    echo = echoing(place, lambda: Echo(inner(), answer, spelling, status))
    report = str(place.root / "report.json")

    ended = echo.run(
        *("sync", "--all", "--debug", "--max-retries", "0", "--json"),
        *("--report-md", "--report-json", report),
    )

    assert ended.code == 1
    assert not holds(place.notion.token, ended.out + ended.err + everything(place.root))


def test_a_page_that_holds_the_token_is_read_without_it(place: Workplace) -> None:
    """What is in an answer that succeeds reaches no plan either."""
    token = place.notion.token
    assert place.run("sync", "--all").code == 0

    class Titled(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = place.notion.transport().handle_request(request)
            body = answer.read().decode().replace("What alpha does.", f"What {token} does.")
            return httpx.Response(answer.status_code, content=body.encode())

    ended = echoing(place, Titled).run("sync", "--all", "--dry-run", "--json", "--report-md")

    assert "***" in ended.out
    assert token not in ended.out + ended.err + everything(place.root)


def test_a_bug_of_ours_is_told_without_the_token(place: Workplace) -> None:
    """Its traceback is for a report to the maintainers, which is public."""

    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise RuntimeError(f"Authorization: Bearer {place.notion.token}")

    err = io.StringIO()
    context = Context(Runtime(place.environ), Broken(), err)

    assert main(["validate", "--all", "--root", str(place.root)], context) == 1
    assert re.search(r"RuntimeError: Authorization: (Bearer )?\*\*\*", err.getvalue())
    assert place.notion.token not in err.getvalue()
    assert "A bug in lukhas-notion" in err.getvalue()


def test_json_of_an_error_is_json(place: Workplace) -> None:
    """Taking a secret out leaves the document whole."""
    inner = place.notion.transport
    echo = echoing(place, lambda: Echo(inner(), refusal, "plain", 400))
    document = echo.run("sync", "--all", "--json").document
    assert json.dumps(document).count("***") >= 2
