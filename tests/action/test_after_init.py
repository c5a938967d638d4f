"""The Action in a repository that ``init`` has just set up."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.actions import ActionPlace
from support.setup import alpha, newcomer


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_one_secret_is_enough(tmp_path: Path, event: str) -> None:
    """The secret of the database is not set, so GitHub passes an empty text."""
    place = newcomer(tmp_path / "repository", alpha())
    assert place.init().code == 0
    place.environ["NOTION_DATABASE_ID"] = ""
    runner = tmp_path / "runner"
    runner.mkdir()
    action = ActionPlace(place, runner)
    action.pull.change("alpha/module.manifest.json")

    ran = action.run("push", mode="apply") if event == "push" else action.pull_request()

    assert ran.code == 0, ran.log
    assert ran.outputs["created"] == "1"
    assert len(place.notion.pages()) == (1 if event == "push" else 0)
    place.notion.close()
