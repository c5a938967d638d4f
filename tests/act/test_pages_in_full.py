"""A page with relations, people, body and icon, through the example workflows."""

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

VALUES = """
[properties."Contact"]
type = "email"
from = "/contact"
required = false

[properties."Phone"]
type = "phone_number"
from = "/phone"
required = false

[properties."Documents"]
type = "files"
from = "/documents"
required = false

[properties."Share"]
type = "number"
from = "/share"
format = "percent"
scale = 0.01
required = false

[properties."Window"]
type = "date"
from = "/begins"
end = "/ends"
required = false

[properties."Runbook"]
type = "rich_text"
from = "/runbook/title"
link = "/runbook/url"
required = false

[properties."Path"]
type = "rich_text"
from = "@path"
required = false

[properties."Source"]
type = "url"
from = "@source"
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


def test_a_pull_request_brings_values_of_every_other_type(project: Project) -> None:
    """Addresses, files, shares, ranges, links and places are shown, written and verified."""
    project.github.create_branch("topic")
    project.save("topic", "lukhas-notion.toml", VALUES)
    manifest = {
        "module": "beta",
        "contact": "team@example.org",
        "phone": "+44 20 7946 0000",
        "documents": ["https://docs.example/plan.pdf"],
        "share": 88.5,
        "begins": "2026-01-31",
        "ends": "2026-02-02",
        "runbook": {"title": "On call", "url": "https://wiki.example/on-call"},
    }
    project.save("topic", "beta/module.manifest.json", json.dumps(manifest))
    number = project.github.open_pull("topic")

    shown = project.preview(number)
    assert shown.code == 0, shown.log
    [(_, _, body)] = project.comments(number)
    for said in ("20 7946 0000", "plan.pdf", "88.5", "2026-01-31/2026-02-02", "On call"):
        assert said in body

    applied = project.apply(project.github.merge(number))
    assert applied.code == 0, applied.log
    beta = {page["Module"]: page for page in project.notion.pages()}["beta"]
    assert beta["Contact"] == "team@example.org"
    assert beta["Phone"] == "+44 20 7946 0000"
    assert beta["Documents"] == ["https://docs.example/plan.pdf"]
    assert beta["Share"] == 0.885
    assert beta["Window"] == "2026-01-31/2026-02-02"
    assert project.notion.link(beta["id"], "Runbook") == "https://wiki.example/on-call"
    assert beta["Path"] == "beta/module.manifest.json"
    assert beta["Source"].endswith("/blob/HEAD/beta/module.manifest.json")
    verified = project.verify()
    assert verified.code == 0, verified.log
