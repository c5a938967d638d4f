"""The embedded Notion as older versions of the API show it: for the peers alone.

One old request is one new request, so latency, rate limit and counting are the embedded Notion's:

- 2022-06-28: the schema is the database's, and so are queries and the parent of a page;
- 2025-09-03: data sources; a database may still be named as a page's parent;
- both: ``archived`` for ``in_trash``.

Usage: ``python benchmarks/old_api.py --state FILE [--latency MS] …``; it prints the same
settings as ``lukhas-notion emulator --json``.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lukhas_notion.emulator import Emulator, serving
from lukhas_notion.emulator.app import (
    Message,
    Receive,
    Scope,
    Send,
)
from lukhas_notion.emulator.errors import API_VERSION

OLDEST = "2022-06-28"
VERSIONS = (OLDEST, "2025-09-03")
TOKEN = "ntn_" + "0" * 46
"""As long as Notion's own: one of the tools looks at that."""
_DATABASE = re.compile(r"/v1/databases/(?P<id>[^/]+)(?P<query>/query)?")


class OldApi:
    """An ASGI application around the embedded Notion's.

    Args:
        local: the embedded Notion; each of its databases has one data source.
    """

    def __init__(self, local: Emulator) -> None:
        self._app = local.app
        sources = local.workspace.store.data_sources.values()
        self._sources = {_bare(each.database_id): each.id for each in sources}
        self._databases = {each.id: each.database_id for each in sources}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        version = dict(scope.get("headers", ())).get(b"notion-version", b"").decode()
        if scope["type"] != "http" or version not in VERSIONS:
            await self._app(scope, receive, send)
            return
        raw = await _read(receive)
        body = json.loads(raw) if raw else None
        path = self._path(scope["path"], oldest=version == OLDEST)
        content = b"" if body is None else json.dumps(self._request(body)).encode()

        async def replay() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        started: Message = {}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                parts.append(message.get("body", b""))

        asked = {
            **scope,
            "path": path,
            "raw_path": path.encode(),
            "headers": _headers(scope["headers"], b"notion-version", API_VERSION.encode()),
        }
        await self._app(asked, replay, keep)
        answer = self._answer(json.loads(b"".join(parts)), oldest=version == OLDEST)
        told = json.dumps(answer).encode()
        headers = _headers(started["headers"], b"content-length", str(len(told)).encode())
        await send({**started, "headers": headers})
        await send({"type": "http.response.body", "body": told})

    def _path(self, path: str, *, oldest: bool) -> str:
        found = _DATABASE.fullmatch(path) if oldest else None
        if found is None or _bare(found["id"]) not in self._sources:
            return path
        return f"/v1/data_sources/{self._sources[_bare(found['id'])]}{found['query'] or ''}"

    def _request(self, body: dict[str, Any]) -> dict[str, Any]:
        body = dict(body)
        if "archived" in body:
            body["in_trash"] = body.pop("archived")
        parent = body.get("parent", {})
        source = self._sources.get(_bare(str(parent.get("database_id", ""))))
        if source is not None:
            body["parent"] = {"type": "data_source_id", "data_source_id": source}
        return body

    def _answer(self, answer: Any, *, oldest: bool) -> Any:
        if not isinstance(answer, dict):
            return answer
        told = dict(answer)
        if isinstance(told.get("results"), list):
            told["results"] = [self._answer(each, oldest=oldest) for each in told["results"]]
        if "in_trash" in told:
            told["archived"] = told["in_trash"]
        if oldest and told.get("object") == "data_source":
            told |= {"object": "database", "id": self._databases[told["id"]]}
        if oldest and told.get("object") == "page":
            named = told["parent"].get("database_id")
            told["parent"] = {"type": "database_id", "database_id": named}
        return told


def _bare(object_id: str) -> str:
    return object_id.replace("-", "").lower()


def _headers(headers: Any, name: bytes, value: bytes) -> list[tuple[bytes, bytes]]:
    """Return headers with another value of one; the body's length is what it is then."""
    gone = (name, b"content-length")
    return [*((k, v) for k, v in headers if k.lower() not in gone), (name, value)]


async def _read(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def main(words: Sequence[str]) -> int:
    """Serve until Ctrl-C; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True, metavar="FILE")
    parser.add_argument("--latency", type=float, default=0, metavar="MS")
    parser.add_argument("--requests-per-minute", type=int, default=180, metavar="N")
    args = parser.parse_args(words)
    with Emulator(
        token=TOKEN,
        state_path=args.state,
        latency=args.latency / 1000,
        requests_per_minute=args.requests_per_minute or None,
    ) as local:
        gc.freeze()  # as the embedded Notion's own command does
        settings = {
            "NOTION_TOKEN": local.token,
            "NOTION_DATABASE_ID": next(iter(local.workspace.store.databases)),
        }

        def ready(url: str) -> None:
            print(json.dumps({"NOTION_API_URL": url, **settings}, indent=2), flush=True)

        serving.run(OldApi(local), 0, ready)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
