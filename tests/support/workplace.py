"""A repository of manifests, an embedded Notion, and the command line between them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from lukhas_notion.cli import main
from lukhas_notion.cli.context import Context
from lukhas_notion.cli.emulator import create_database
from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import Emulator, default_database
from lukhas_notion.util.git import Absence
from lukhas_notion.util.runtime import Clock, Runtime
from support.clock import JumpingClock
from support.threads import settled

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "modules"


@dataclass
class Ended:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it printed for a machine."""
        return json.loads(self.out)


def gone_from_disk(root: Path, paths: Collection[str]) -> Absence:
    """Say what git would, in a checkout without uncommitted changes."""
    return Absence(frozenset(path for path in paths if not (root / path).exists()))


@dataclass
class Workplace:
    """A repository and a Notion, with the command line as a user has it."""

    root: Path
    notion: Emulator
    environ: dict[str, str] = field(default_factory=dict)
    commit: Callable[[str], str] = lambda _: ""
    origin: str = "https://github.com/octo/modules"
    absent: Callable[[Path, Collection[str]], Absence] = gone_from_disk
    committed: Callable[[Path, Sequence[str]], Collection[str]] = lambda _root, _paths: ()
    clock: Clock = field(default_factory=JumpingClock)
    alter: Callable[[httpx.Request, Any], Any] | None = None
    """Changes the JSON of an answer on its way from Notion, given the request; or replaces it."""
    instead: Callable[[httpx.Request], httpx.Response | None] | None = None
    """Answers in Notion's place, which does not see the request then; None lets it pass."""

    def transport(self) -> httpx.BaseTransport:
        """Return the way to Notion."""
        inner = self.notion.transport()
        if self.alter is None and self.instead is None:
            return inner
        return _Altering(inner, self.alter or (lambda _, answer: answer), self.instead)

    def run(self, *words: str) -> Ended:
        """Run one command in this repository; a usage error of argparse is its exit code."""
        out, err = io.StringIO(), io.StringIO()
        runtime = Runtime(
            self.environ,
            clock=self.clock,
            transport=self.transport,
            commit=self.commit,
            origin=lambda _: self.origin,
            absent=self.absent,
            committed=self.committed,
        )
        words = (*words, "--root", str(self.root)) if "--root" not in words else words
        try:
            with settled():
                code = main(words, Context(runtime, out, err))
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Ended(code, out.getvalue(), err.getvalue())

    def manifest(self, path: str) -> Path:
        """Return the manifest in a folder."""
        return self.root / path / "module.manifest.json"

    def write(self, path: str, content: Any) -> Path:
        """Write a manifest; text and bytes as they are, anything else as JSON."""
        file = self.manifest(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            file.write_text(text, encoding="utf-8")
        return file

    def edit(self, path: str, **values: Any) -> None:
        """Change values of a manifest; None takes one away."""
        file = self.manifest(path)
        manifest = json.loads(file.read_text(encoding="utf-8"))
        for name, value in values.items():
            if value is None:
                manifest.pop(name, None)
            else:
                manifest[name] = value
        self.write(path, manifest)

    def pages(self) -> dict[str, dict[str, Any]]:
        """Return the pages in Notion by their module."""
        return {page["Module"]: page for page in self.notion.pages()}

    def ledger(self) -> list[dict[str, Any]]:
        """Return the ledger's records."""
        file = self.root / "manifests/.ledger/notion_sync.ndjson"
        if not file.exists():
            return []
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    def requests(self, kind: str) -> int:
        """Return how many requests of a kind Notion has had."""
        return self.notion.count(kind)

    @property
    def source(self) -> str:
        """The id of the first data source."""
        return next(iter(self.notion.workspace.store.data_sources))

    @property
    def writes(self) -> int:
        """How many requests could have changed something."""
        return sum(
            self.requests(k) for k in ("pages.create", "pages.update", "data_sources.update")
        )


def refused_page(module: str) -> Callable[[httpx.Request], httpx.Response | None]:
    """Return what refuses to create the page of a module, and lets everything else pass."""

    def instead(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or not request.url.path.endswith("/pages"):
            return None
        [title] = json.loads(request.content)["properties"]["Module"]["title"]
        if title["text"]["content"] != module:
            return None
        said = {"object": "error", "status": 400, "code": "validation_error", "message": "no"}
        return httpx.Response(400, json=said)

    return instead


class _Altering(httpx.BaseTransport):
    """A transport that changes what successful answers say."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        alter: Callable[[httpx.Request, Any], Any],
        instead: Callable[[httpx.Request], httpx.Response | None] | None,
    ) -> None:
        self._inner = inner
        self._alter = alter
        self._instead = instead

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and change its answer."""
        if self._instead is not None and (refusal := self._instead(request)) is not None:
            return refusal
        answer = self._inner.handle_request(request)
        if answer.status_code != 200:
            return answer
        altered = self._alter(request, json.loads(answer.read()))
        if isinstance(altered, httpx.Response):
            return altered
        return httpx.Response(200, json=altered)

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()


def workplace(root: Path, *, mapped: bool = False, clock: Clock | None = None) -> Workplace:
    """Return a workplace around a folder, with nothing in its database.

    That has the default properties; those that the folder's configuration maps if ``mapped``.
    With a ``clock``, Notion and the command line share it.
    """
    notion = Emulator(requests_per_minute=None, clock=clock)
    if mapped:
        database = create_database(notion, load(Flags(root=str(root)), {}))
    else:
        database = default_database(notion).database_id
    environ = {"NOTION_TOKEN": notion.token, "NOTION_DATABASE_ID": database}
    environ["NOTION_RATE_LIMIT"] = "100"
    return Workplace(root, notion, environ, clock=clock or JumpingClock())
