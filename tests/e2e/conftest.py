"""A repository of manifests before an embedded Notion."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.workplace import EXAMPLE, Workplace, workplace


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Workplace]:
    """Put the example repository before an empty database."""
    root = tmp_path / "repository"
    shutil.copytree(EXAMPLE, root)
    place = workplace(root)
    yield place
    place.notion.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Workplace]:
    """Make three small modules, their vocabularies, and a database that has the options."""
    root = tmp_path / "repository"
    (root / "vocab").mkdir(parents=True)
    features = {"search": {"synonyms": ["find", "look-up"]}, "export": {}, "import": {}}
    (root / "vocab/features.json").write_text(json.dumps(features))
    (root / "vocab/tags.json").write_text(json.dumps({"allowed": ["tier:1", "tier:2"]}))
    place = workplace(root)
    for name in ("alpha", "beta", "gamma"):
        place.write(
            name,
            {
                "module": name,
                "description": f"What {name} does.",
                "features": ["search"],
                "tags": ["tier:1"],
                "testing": {"coverage_observed": 80},
            },
        )
    assert place.run("backfill", "--features", "--tags", "--apply").code == 0
    yield place
    place.notion.close()
