"""The workspace in a browser. Filled in by page and style of :mod:`web_style`."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_notion.emulator.workspace import Workspace


@dataclass(frozen=True)
class WebPage:
    """A page and its status."""

    status: int
    html: str


def index(workspace: Workspace, source_id: str | None) -> str:
    """Return the overview."""
    return "<!doctype html>"


def detail(workspace: Workspace, page_id: str) -> WebPage:
    """Return one page."""
    return WebPage(200, "<!doctype html>")
