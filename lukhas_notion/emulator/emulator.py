"""The emulator: one workspace with one integration and one token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lukhas_notion.emulator import app, routes, serving, web
from lukhas_notion.emulator.app import RequestRecord
from lukhas_notion.emulator.dates import Clock, SystemClock
from lukhas_notion.emulator.errors import ApiError, unauthorized
from lukhas_notion.emulator.faults import FaultPlan, Injected, Injector
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.person import DatabaseIds, Person
from lukhas_notion.emulator.store import Store
from lukhas_notion.emulator.workspace import ALL, RateLimit, Workspace, named_capabilities

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
    """A local Notion at API version 2026-03-11, at least as strict as the real one.

    It is also a person who works in the workspace: the methods of :class:`Person` change it without
    using the API.

    Args:
        token: the only bearer token that is accepted.
        clock: the clock; by default that of the machine.
        requests_per_minute: the rate limit; None for no limit. Notion's is 180, or 600 on its
            Business and Enterprise plans.
        latency: seconds from a request to its answer; concurrent requests wait in parallel.
        state_path: the file that stores the workspace; by default it is only in memory.
        faults: the faults to inject.
        query_cap: the largest number of results of a query, over all its pages.
        seed: the seed of all ids.
        schema_limit_bytes: the largest size of a data source's schema, in bytes of JSON.
        capabilities: the integration's capabilities: ``read``, ``insert``, ``update``, ``users``
            and ``emails``; by default all.

    Attributes:
        token: the token.
        root_page_id: the id of the page below which databases can be created.
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
        allowed = named_capabilities(capabilities)
        workspace = Workspace(store, ids, clock, query_cap, schema_limit_bytes, allowed)
        super().__init__(workspace)
        self.token = token
        self.workspace = workspace
        self.root_page_id = workspace.root_page_id
        workspace.ensure_root()
        _assume(workspace, plan)
        self._clock = clock
        self._rate = RateLimit(requests_per_minute)
        self.app = app.Application(
            routes.routes(workspace, self._admit, lambda: self.requests),
            clock,
            latency,
            Injector(plan),
            ids.for_request,
        )

    @property
    def requests(self) -> list[RequestRecord]:
        """The requests so far, in the order of their answers."""
        return self.app.requests

    @property
    def injected(self) -> list[Injected]:
        """The faults that were injected so far."""
        return self.app.injected

    def break_by(self, plan: FaultPlan) -> None:
        """Inject the faults of another plan from now on; the lag of queries does not change."""
        self.app.injector = Injector(plan)
        _assume(self.workspace, plan)

    def heal(self) -> None:
        """Inject no more faults."""
        self.break_by(FaultPlan())

    def count(self, kind: str) -> int:
        """Return the number of requests of a kind, such as ``pages.create``."""
        return sum(record.kind == kind for record in self.requests)

    def transport(self) -> httpx.BaseTransport:
        """Return an ``httpx`` transport that calls this emulator without a socket."""
        from lukhas_notion.emulator.transport import InProcessTransport

        return InProcessTransport(self.app)

    def html(self) -> str:
        """Return the first table as a self-contained HTML file without links."""
        return web.index(self.workspace, None, standalone=True).html

    def close(self) -> None:
        """Close the state file, if it has one."""
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
    """Create the default database, of nine properties without options, and return its ids."""
    return emulator.create_database(title, DEFAULT_PROPERTIES)


@contextmanager
def serve(emulator: Emulator, port: int = 0) -> Iterator[str]:
    """Serve over HTTP on 127.0.0.1 while the block runs, and yield the address."""
    with serving.serving(emulator.app, port) as address:
        yield address


def run(emulator: Emulator, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve over HTTP on 127.0.0.1 until Ctrl-C or SIGTERM.

    Args:
        emulator: the emulator.
        port: the port; 0 for any free port.
        on_ready: called with the address when connections are accepted.

    Raises:
        OSError: the port is in use.
    """
    serving.run(emulator.app, port, on_ready)
