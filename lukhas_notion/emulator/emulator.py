"""The emulator itself: one workspace, one integration, one token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lukhas_notion.emulator import app, limits, routes, serving, web
from lukhas_notion.emulator.app import RequestRecord
from lukhas_notion.emulator.clock import Clock, SystemClock
from lukhas_notion.emulator.errors import ApiError, unauthorized
from lukhas_notion.emulator.faults import FaultPlan, Injected, Injector
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.limits import ALL, checked
from lukhas_notion.emulator.person import DatabaseIds, Person
from lukhas_notion.emulator.store import Store
from lukhas_notion.emulator.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

DEFAULT_TOKEN = "ntn_local_emulator"  # noqa: S105 - opens nothing but the emulator
DEFAULT_PROPERTIES = {
    "Module": "title",
    "Description": "rich_text",
    "Features": "multi_select",
    "APIs": "rich_text",
    "SLA p95": "number",
    "Coverage": "number",
    "Provenance SHA": "rich_text",
    "Updated At": "date",
    "Tags": "multi_select",
}


class Emulator(Person):
    """A local Notion, as strict as the real one, at API version 2026-03-11.

    It is also a person at work in that workspace: the methods of :class:`Person` change it
    behind the API's back.

    Args:
        token: the one bearer token that is accepted.
        clock: what time it is; the machine's clock when left out.
        requests_per_minute: the rate limit, None for none. Notion's is 180, or 600 on its
            Business and Enterprise plans.
        latency: seconds from a request to its answer; concurrent requests wait side by side.
        state_path: a file to keep the workspace in; in memory when left out.
        faults: what is to go wrong.
        query_cap: how many results one query gives in all.
        seed: what all ids are made from.
        schema_limit_bytes: how large a data source's schema may grow, as JSON.
        capabilities: what the integration may do, of ``read``, ``insert``, ``update``, ``users``
            and ``emails``; all when left out.

    Attributes:
        token: the token.
        root_page_id: the page below which databases may be made.
        app: the ASGI application.
    """

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        clock: Clock | None = None,
        requests_per_minute: int | None = 180,
        latency: float = 0.0,
        state_path: str | Path | None = None,
        faults: FaultPlan | None = None,
        query_cap: int = 10_000,
        seed: int = 0,
        schema_limit_bytes: int = 1_500_000,
        capabilities: Iterable[str] = ALL,
    ) -> None:
        clock = clock or SystemClock()
        plan = faults or FaultPlan()
        ids = Ids(seed)
        path = Path(state_path) if state_path is not None else None
        store = Store(ids, clock, path, plan.query_lag_seconds)
        allowed = checked(capabilities)
        workspace = Workspace(store, ids, clock, query_cap, schema_limit_bytes, allowed)
        super().__init__(workspace)
        self.token = token
        self.workspace = workspace
        self.root_page_id = workspace.root_page_id
        workspace.ensure_root()
        _assume(workspace, plan)
        self._clock = clock
        self._rate = limits.RateLimit(requests_per_minute)
        self.app = app.Application(
            routes.routes(workspace, self._admit, lambda: self.requests),
            clock,
            latency,
            Injector(plan),
            ids.for_request,
        )

    @property
    def requests(self) -> list[RequestRecord]:
        """The requests so far, in the order they were answered."""
        return self.app.requests

    @property
    def injected(self) -> list[Injected]:
        """The faults that struck so far."""
        return self.app.injected

    def break_by(self, plan: FaultPlan) -> None:
        """Let other faults strike from now on; how far queries lag stays as it was."""
        self.app.injector = Injector(plan)
        _assume(self.workspace, plan)

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.break_by(FaultPlan())

    def count(self, kind: str) -> int:
        """Return how many requests of a kind, such as ``pages.create``, there were."""
        return sum(record.kind == kind for record in self.requests)

    def transport(self) -> httpx.BaseTransport:
        """Return an ``httpx`` transport that reaches this emulator without a socket."""
        from lukhas_notion.emulator.transport import InProcessTransport

        return InProcessTransport(self.app)

    def html(self) -> str:
        """Return the first table as one HTML file that stands alone, without links in it."""
        return web.index(self.workspace, None, alone=True).html

    def close(self) -> None:
        """Close the state file, if there is one."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _admit(self, token: str) -> ApiError | None:
        if token != self.token:
            return unauthorized("API token is invalid.")
        return self._rate.refusal(self._clock.monotonic())


def _assume(workspace: Workspace, plan: FaultPlan) -> None:
    workspace.assumed.links = plan.links
    workspace.assumed.two_way_self = plan.two_way_self


def default_database(emulator: Emulator, title: str = "Modules") -> DatabaseIds:
    """Make the default database of nine properties, without any options, and return its ids."""
    return emulator.create_database(title, DEFAULT_PROPERTIES)


@contextmanager
def serve(emulator: Emulator, port: int = 0) -> Iterator[str]:
    """Serve over HTTP on 127.0.0.1 while the block runs, and yield the address."""
    with serving.serving(emulator.app, port) as address:
        yield address


def run(emulator: Emulator, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve over HTTP on 127.0.0.1 until Ctrl-C or SIGTERM.

    Args:
        emulator: what to serve.
        port: where; 0 for a free port.
        on_ready: called with the address once connections are accepted.

    Raises:
        OSError: the port is taken.
    """
    serving.run(emulator.app, port, on_ready)
