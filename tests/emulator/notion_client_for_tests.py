"""A few words for talking to an emulator in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from lukhas_notion.emulator import DatabaseIds, Emulator, default_database


class SteppedClock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 6, 27, 17, 4, 48, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000)


class Talk:
    """A client of one emulator, which holds the default database."""

    def __init__(self, emulator: Emulator | None = None, url: str | None = None) -> None:
        self.emulator = emulator or Emulator(requests_per_minute=None)
        store = self.emulator.workspace.store
        if store.data_sources:
            source = next(iter(store.data_sources.values()))
            self.ids = DatabaseIds(source.database_id, source.id)
        else:
            self.ids = default_database(self.emulator)
        self.client = httpx.Client(
            transport=None if url else self.emulator.transport(),
            base_url=url or "http://notion",
            headers={
                "authorization": f"Bearer {self.emulator.token}",
                "notion-version": "2026-03-11",
            },
            timeout=60,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()

    @property
    def source(self) -> str:
        return f"/v1/data_sources/{self.ids.data_source_id}"

    def create(self, properties: dict[str, Any]) -> httpx.Response:
        """Create a page in the default database."""
        parent = {"type": "data_source_id", "data_source_id": self.ids.data_source_id}
        return self.client.post("/v1/pages", json={"parent": parent, "properties": properties})

    def module(self, name: str, **properties: Any) -> str:
        """Create a page by its title and return its id."""
        answer = self.create({"Module": title(name), **properties})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def query(self, **body: Any) -> httpx.Response:
        """Query the default database."""
        return self.client.post(f"{self.source}/query", json=body)

    def names(self, **body: Any) -> list[str]:
        """Query the default database and return the titles found."""
        answer = self.query(**body)
        assert answer.status_code == 200, answer.text
        return [titled(page) for page in answer.json()["results"]]

    def options(self, name: str, options: list[dict[str, Any]]) -> httpx.Response:
        """Replace the options of a multi-select."""
        body = {"properties": {name: {"multi_select": {"options": options}}}}
        return self.client.patch(self.source, json=body)


def text(content: str) -> list[dict[str, Any]]:
    """Return rich text to send."""
    return [{"text": {"content": content}}]


def title(content: str) -> dict[str, Any]:
    """Return a title to send."""
    return {"title": text(content)}


def titled(page: dict[str, Any]) -> str:
    """Return a page's title."""
    return "".join(part["plain_text"] for part in page["properties"]["Module"]["title"])


def message(answer: httpx.Response) -> str:
    """Return the text of a 400 ``validation_error``."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "validation_error"), body
    return str(body["message"])
