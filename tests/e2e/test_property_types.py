"""Each type of property, from a manifest to a page and back, as a user maps it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from support.setup import Newcomer, newcomer

CONFIGURATION = """
[properties.State]
type = "status"
from = "/state"
vocabulary = false

[properties.Contact]
type = "email"
from = "/contact"

[properties.Phone]
type = "phone_number"
from = "/phone"

[properties.Documents]
type = "files"
from = "/documents"

[properties.Share]
type = "number"
from = "/share"
format = "percent"
scale = 0.01

[properties.Window]
type = "date"
from = "/begins"
end = "/ends"

[properties.Runbook]
type = "rich_text"
from = "/runbook/title"
link = "/runbook/url"

[properties.Services]
type = "rich_text"
from = "/services"
each = "{@key}: {tier}"
link = "/url"

[properties.Folder]
type = "rich_text"
from = "@folder"
link = "@source"

[properties.Source]
type = "url"
from = "@source"

[properties.Path]
type = "rich_text"
from = "@path"
"""

MODULE: dict[str, Any] = {
    "module": "alpha",
    "state": "Live",
    "contact": "team@example.org",
    "phone": "+44 20 7946 0000",
    "documents": ["https://docs.example/plan.pdf", {"url": "https://docs.example/x", "name": "X"}],
    "share": 88.5,
    "begins": "2026-01-31",
    "ends": "2026-02-02",
    "runbook": {"title": "On call", "url": "https://wiki.example/on-call?x=1#top"},
    "services": {"b": {"tier": 1, "url": "https://b.example"}, "a": {"tier": 2}},
}
HELD: dict[str, Any] = {
    "State": "Live",
    "Contact": "team@example.org",
    "Phone": "+44 20 7946 0000",
    "Documents": ["https://docs.example/plan.pdf", "https://docs.example/x"],
    "Share": 0.885,
    "Window": "2026-01-31/2026-02-02",
    "Runbook": "On call",
    "Services": "a: 2\nb: 1",
    "Folder": "alpha",
    "Source": "https://github.com/octo/modules/blob/HEAD/alpha/module.manifest.json",
    "Path": "alpha/module.manifest.json",
}


@pytest.fixture
def place(tmp_path: Path) -> Newcomer:
    """Return a repository with every type mapped, set up and synced once."""
    here = newcomer(tmp_path / "repository", MODULE)
    (here.root / "lukhas-notion.toml").write_text(CONFIGURATION, encoding="utf-8")
    (here.root / "schemas").mkdir()
    schema = here.root / "schemas/module.manifest.schema.json"
    schema.write_text('{"required": ["module"]}', encoding="utf-8")
    ended = here.init()
    assert ended.code == 0, ended.out + ended.err
    [database] = here.databases
    here.environ["NOTION_DATABASE_ID"] = database
    here.notion.add_option("State", "Draft")
    here.notion.add_option("State", "Live")
    synced = here.run("sync", "--all")
    assert synced.code == 0, synced.out + synced.err
    return here


def test_every_type_reaches_its_page_and_stays_there(place: Newcomer) -> None:
    """A first sync writes every value, a second one nothing, and verify agrees."""
    alpha = place.pages()["alpha"]
    assert {name: alpha[name] for name in HELD} == HELD
    writes = place.writes

    assert "1 unchanged" in place.run("sync", "--all").out
    verified = place.run("verify")

    assert place.writes == writes
    assert verified.code == 0, verified.out


def test_the_link_of_a_text_counts_as_well(place: Newcomer) -> None:
    """Another address is a change, and one that a person set is drift, with the text as it was."""
    [page] = place.notion.pages()
    assert place.notion.link(page["id"], "Runbook") == "https://wiki.example/on-call?x=1#top"
    assert place.notion.link(page["id"], "Services") == "https://b.example"
    assert place.notion.link(page["id"], "Folder").endswith("/blob/HEAD/alpha/module.manifest.json")
    place.edit("alpha", runbook={"title": "On call", "url": "https://wiki.example/2"})

    planned = place.run("sync", "--all", "--dry-run")
    assert "On call <https://wiki.example/2>" in planned.out
    assert place.run("sync", "--all").code == 0
    assert place.notion.link(page["id"], "Runbook") == "https://wiki.example/2"
    place.notion.edit_page(page["id"], {"Runbook": ("On call", "https://elsewhere.example/")})
    drifted = place.run("sync", "--all")
    assert "elsewhere.example" in drifted.out
    assert place.notion.link(page["id"], "Runbook") == "https://elsewhere.example/"
    assert place.run("verify").code == 1
    place.notion.edit_page(page["id"], {"Description": ("", None)})
    assert place.run("sync", "--all", "--repair-drift").code == 0
    assert place.notion.link(page["id"], "Runbook") == "https://wiki.example/2"


def test_a_manifest_that_moves_takes_its_places_along(place: Newcomer) -> None:
    """Path, folder and address are shown before and after, and change on the same page."""
    page = place.pages()["alpha"]["id"]
    (place.root / "teams").mkdir()
    (place.root / "alpha").rename(place.root / "teams/alpha")

    planned = place.run("sync", "--all", "--dry-run").out
    assert "    Path: alpha/module.manifest.json → teams/alpha/module.manifest.json\n" in planned
    assert "    Source: https://github.com/octo/modules/blob/HEAD/alpha/" in planned
    assert place.run("sync", "--all").code == 0

    alpha = place.pages()["alpha"]
    assert (alpha["id"], alpha["Path"]) == (page, "teams/alpha/module.manifest.json")
    assert alpha["Folder"] == "teams/alpha"
    assert alpha["Source"].endswith("/blob/HEAD/teams/alpha/module.manifest.json")
    assert place.notion.link(page, "Folder") == alpha["Source"]
    place.notion.edit_page(page, {"Folder": "elsewhere", "Source": None})
    assert place.run("verify").code == 1
    assert place.run("sync", "--all", "--repair-drift").code == 0
    assert place.pages()["alpha"]["Folder"] == "teams/alpha"
    assert place.run("verify").code == 0


def test_another_commit_changes_no_address(place: Newcomer) -> None:
    """The address is that of the default branch, so a commit alone writes nothing."""
    place.commit = lambda _: "b" * 40
    writes = place.writes
    assert "1 unchanged" in place.run("sync", "--all").out
    assert place.writes == writes
    place.origin = ""
    ended = place.run("sync", "--all")
    assert ended.code == 2
    assert "--source OWNER/REPO" in ended.err


def test_a_status_that_notion_lacks_is_refused_before_anything_is_written(place: Newcomer) -> None:
    """A page's write would be refused, so the manifest is held back with what to do."""
    place.edit("alpha", state="Gone")
    writes = place.writes

    ended = place.run("sync", "--all")

    assert ended.code == 1
    assert "'Gone'" in ended.out + ended.err
    assert place.writes == writes


def test_columns_are_added_with_their_settings(place: Newcomer) -> None:
    """--add-properties makes the types with the format that the configuration says."""
    more = CONFIGURATION + '[properties.Cost]\ntype = "number"\nfrom = "/cost"\nformat = "euro"\n'
    more += '[properties.Stage]\ntype = "status"\nfrom = "/stage"\n'
    more += '[vocabularies]\nStage = "vocab/stage.json"\n'
    (place.root / "lukhas-notion.toml").write_text(more, encoding="utf-8")
    (place.root / "vocab/stage.json").write_text('{"allowed": ["one", "two"]}')
    place.edit("alpha", cost=5, stage="two")

    ended = place.run("sync", "--all", "--add-properties", "--backfill")

    assert ended.code == 0, ended.out + ended.err
    source = next(iter(place.notion.workspace.store.data_sources.values()))
    cost = source.find("Cost")
    assert cost is not None
    assert cost.number_format == "euro"
    assert list(place.notion.options("Stage")) == ["one", "two"]
    assert place.pages()["alpha"]["Stage"] == "two"


def test_options_of_a_status_come_by_backfill(place: Newcomer) -> None:
    """A vocabulary's names are added to a status as to a select, and keep what is there."""
    toml = CONFIGURATION.replace("vocabulary = false", "")
    toml += '[vocabularies]\nState = "vocab/state.json"\n'
    (place.root / "lukhas-notion.toml").write_text(toml, encoding="utf-8")
    names = ["Live", "Draft", "Retired"]
    (place.root / "vocab/state.json").write_text(str({"allowed": names}).replace("'", '"'))
    place.edit("alpha", state="Retired")

    backfilled = place.run("backfill", "--property", "State", "--apply")

    assert backfilled.code == 0, backfilled.out + backfilled.err
    assert set(place.notion.options("State")) == set(names)
    assert place.run("sync", "--all").code == 0
    assert place.pages()["alpha"]["State"] == "Retired"
    place.edit("alpha", state="retired")
    assert place.run("validate", "--all").code == 1


def test_the_doctor_tells_a_format_that_does_not_go_with_the_scale(place: Newcomer) -> None:
    """A scale for percent is reported only if Notion shows a plain number."""
    assert "multiplied" not in place.run("doctor").out
    source = next(iter(place.notion.workspace.store.data_sources.values()))
    path, body = f"/v1/data_sources/{source.id}", {"Share": {"number": {"format": "number"}}}
    headers = {"authorization": f"Bearer {place.notion.token}", "notion-version": "2026-03-11"}
    with httpx.Client(transport=place.notion.transport(), base_url="http://notion") as client:
        assert client.patch(path, headers=headers, json={"properties": body}).status_code == 200

    assert "is multiplied by 0.01, and Notion shows it as number" in place.run("doctor").out


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('type = "formula"\nfrom = "/x"', "Notion computes a formula"),
        ('type = "unique_id"\nfrom = "/x"', "Notion numbers pages itself"),
        ('type = "number"\nfrom = "/x"\nend = "/y"', "is for date"),
        ('type = "date"\nfrom = "/x"\nscale = 2', "is for number"),
        ('type = "number"\nfrom = "/x"\nscale = 0', "makes every number 0"),
        ('type = "email"\nconstant = "nobody"', "does not fit"),
        ('type = "number"\nfrom = "/x"\nformat = "gold"', "format"),
        ('type = "select"\nfrom = "@folder"', "goes into a property of type rich_text"),
        ('type = "url"\nfrom = "@path"', "goes into a property of type rich_text"),
        ('type = "url"\nfrom = "/x"\nlink = "/y"', "is for rich_text"),
        ('type = "rich_text"\nfrom = "/x"\nlink = "https://x.example"', "is not a JSON pointer"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_the_reason(
    place: Newcomer, entry: str, said: str
) -> None:
    """What Notion alone sets, and what is for other types, is an error of the configuration."""
    toml = f"{CONFIGURATION}\n[properties.Other]\n{entry}\n"
    (place.root / "lukhas-notion.toml").write_text(toml, encoding="utf-8")

    ended = place.run("validate", "--all")

    assert ended.code == 2
    assert said in ended.err
