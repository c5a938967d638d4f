"""The small repository of the end-to-end tests, with GitHub around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.actions import ActionPlace
from support.workplace import workplace


@pytest.fixture
def action(tmp_path: Path) -> Iterator[ActionPlace]:
    """Make three synced modules, as they are on the default branch."""
    root = tmp_path / "repository"
    (root / "vocab").mkdir(parents=True)
    features = {"search": {"synonyms": ["find"]}, "export": {}}
    (root / "vocab/features.json").write_text(json.dumps(features))
    (root / "vocab/tags.json").write_text(json.dumps({"allowed": ["tier:1", "tier:2"]}))
    place = workplace(root)
    for name in ("alpha", "beta", "gamma"):
        place.write(
            name, {"module": name, "description": f"What {name} does.", "features": ["search"]}
        )
    assert place.run("sync", "--all", "--backfill").code == 0
    files = tmp_path / "runner"
    files.mkdir()
    made = ActionPlace(place, files)
    made.keep_base()
    yield made
    place.notion.close()
