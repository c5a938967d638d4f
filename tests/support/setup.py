"""An empty workspace in Notion, and a repository that has not been set up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lukhas_notion.emulator import Emulator, FaultPlan, FaultRule
from support.clock import FakeClock
from support.workplace import Ended, Workplace

FILES = (
    "lukhas-notion.toml",
    "schemas/module.manifest.schema.json",
    "vocab/features.json",
    "vocab/tags.json",
    ".github/workflows/notion-preview.yml",
    ".github/workflows/notion-apply.yml",
)


class Newcomer(Workplace):
    """Somebody with a token, a page that is shared, and nothing else."""

    @property
    def page(self) -> str:
        """The page below which databases may be made."""
        return self.notion.root_page_id

    def init(self, *words: str) -> Ended:
        """Run ``init`` below the page."""
        return self.run("init", "--parent", self.page, *words)

    @property
    def databases(self) -> list[str]:
        """The databases that there are, oldest first."""
        return list(self.notion.workspace.store.databases)

    @property
    def properties(self) -> dict[str, str]:
        """The types of the first data source's properties, by name."""
        source = next(iter(self.notion.workspace.store.data_sources.values()))
        return {each.name: each.type for each in source.properties}

    @property
    def asked(self) -> list[str]:
        """The kinds of all requests so far, in order."""
        return [record.kind for record in self.notion.requests]

    def files(self) -> dict[str, bytes]:
        """Return every file of the repository, the ledger and its lock aside."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".ledger" not in path.parts
        }

    def told(self) -> list[tuple[str, str]]:
        """Return the ledger's records of databases: action and status."""
        told = [(r["action"], r["status"]) for r in self.ledger() if "module" not in r]
        return [each for each in told if each[0] != "view-create"]

    def breaks(self, *rules: FaultRule) -> None:
        """Let these faults strike from now on."""
        self.notion.break_by(FaultPlan(rules))


def newcomer(root: Path, *modules: dict[str, Any], **emulated: Any) -> Newcomer:
    """Return a repository with these manifests before an empty workspace."""
    root.mkdir(exist_ok=True)
    notion = Emulator(requests_per_minute=None, **emulated)
    environ = {"NOTION_TOKEN": notion.token, "NOTION_RATE_LIMIT": "100"}
    place = Newcomer(root, notion, environ, clock=FakeClock())
    for module in modules:
        place.write(str(module["module"]), module)
    return place


def alpha() -> dict[str, Any]:
    """Return a small manifest."""
    named: dict[str, Any] = json.loads(
        '{"module": "alpha", "features": ["search", "export"], "tags": ["tier:1"]}'
    )
    return named
