"""A page as a reader wants it, through the example workflows: relations, people, body and icon."""

from __future__ import annotations

import json

import pytest
from support.project import Project

pytestmark = pytest.mark.slow

CONFIG = """
[page]
icon = { from = "/tier", values = { "1" = "🔴", "2" = "🟡" } }
body = { file = "README.md" }

[properties."Depends on"]
type = "relation"
from = "/needs"
synced = "Used by"
required = false

[properties."Owner"]
type = "people"
from = "/owner"
required = false

[properties."Stage"]
type = "status"
from = "/stage"
vocabulary = false
required = false
"""


def test_a_pull_request_brings_a_page_in_full(project: Project) -> None:
    """Columns, relation, owner, status, icon and body are shown before and there afterwards.

    A changed README alone is a pull request of its own.
    """
    project.notion.add_user("Ada", "ada@example.org")
    project.github.create_branch("topic")
    project.save("topic", "lukhas-notion.toml", CONFIG)
    manifest = {"module": "beta", "needs": ["alpha"], "owner": "Ada@example.org", "tier": 1}
    project.save("topic", "beta/module.manifest.json", json.dumps(manifest))
    project.save("topic", "beta/README.md", "# Beta\n\nFor riders, see [alpha](../alpha/).\n")
    number = project.github.open_pull("topic")

    shown = project.preview(number)
    assert shown.code == 0, shown.log
    [(_, _, body)] = project.comments(number)
    for said in ("Depends on", "Owner", "Page body", "🔴"):
        assert said in body

    applied = project.apply(project.github.merge(number))
    assert applied.code == 0, applied.log
    pages = {page["Module"]: page for page in project.notion.pages()}
    beta = pages["beta"]
    assert beta["Depends on"] == ["alpha"]
    assert beta["Owner"] == ["ada@example.org"]
    assert project.notion.icon(beta["id"]) == "🔴"
    assert project.notion.body(beta["id"]).startswith("# Beta\nFor riders, see [alpha](https://")

    project.github.create_branch("readme")
    project.save("readme", "beta/README.md", "# Beta\n\nFor everybody.\n")
    number = project.github.open_pull("readme")
    shown = project.preview(number)
    assert shown.code == 0, shown.log
    assert "Page body" in project.comments(number)[0][2]
    applied = project.apply(project.github.merge(number))
    assert applied.code == 0, applied.log
    assert project.notion.body(beta["id"]) == "# Beta\nFor everybody."
