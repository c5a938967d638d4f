"""People as owners of modules, from a manifest's handles to users of Notion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.setup import Newcomer, newcomer

from lukhas_notion.emulator import FaultPlan, FaultRule
from lukhas_notion.emulator.workspace import ALL

CONFIGURATION = """
[properties.Owners]
type = "people"
from = "/owners"
aliases = "vocab/people.json"
"""
ALIASES = {"@org/search": "Search@example.org", "@org/all": ["search@example.org", "b@example.org"]}


def made(root: Path, **emulated: Any) -> Newcomer:
    """Return a repository whose modules have owners, with its database."""
    here = newcomer(
        root,
        {"module": "alpha", "owners": ["@org/search"]},
        {"module": "beta", "owners": ["@org/all", "B@EXAMPLE.org"]},
        **emulated,
    )
    for folder in ("schemas", "vocab"):
        (here.root / folder).mkdir()
    configure(here, CONFIGURATION)
    (here.root / "vocab/people.json").write_text(json.dumps(ALIASES), encoding="utf-8")
    schema = here.root / "schemas/module.manifest.schema.json"
    schema.write_text('{"required": ["module"]}', encoding="utf-8")
    here.notion.add_user("Search", "search@Example.org")
    here.notion.add_user("B", "b@example.org")
    return here


def configure(place: Newcomer, toml: str) -> None:
    """Write the configuration."""
    (place.root / "lukhas-notion.toml").write_text(toml, encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Newcomer:
    """Return the repository, set up and synced once."""
    here = made(tmp_path / "repository")
    assert here.init().code == 0
    [here.environ["NOTION_DATABASE_ID"]] = here.databases
    ended = here.run("sync", "--all")
    assert ended.code == 0, ended.out + ended.err
    return here


def owners(place: Newcomer) -> dict[str, list[str]]:
    """Return the owners of each module's page, as Notion has them."""
    return {name: page["Owners"] for name, page in place.pages().items()}


def test_handles_become_users_and_stay(place: Newcomer) -> None:
    """The users are read once a run, and a run without changes writes nothing."""
    assert owners(place) == {
        "alpha": ["search@Example.org"],
        "beta": ["search@Example.org", "b@example.org"],
    }
    assert place.requests("users.list") == 1
    writes, asked = place.writes, len(place.notion.requests)

    assert "2 unchanged" in place.run("sync", "--all").out

    assert place.writes == writes
    assert place.requests("users.list") == 2
    assert len(place.notion.requests) - asked == 4
    assert place.run("verify").code == 0


def test_a_plan_shows_addresses_and_an_edit_is_drift(place: Newcomer) -> None:
    """Names are shown by their addresses, both ways, and a person's edit stays until the repair."""
    place.edit("alpha", owners=["b@example.org"])
    planned = place.run("sync", "--all", "--dry-run")
    assert "-search@example.org" in planned.out
    assert "+b@example.org" in planned.out
    assert place.run("sync", "--all").code == 0
    assert owners(place)["alpha"] == ["b@example.org"]

    alpha = place.pages()["alpha"]["id"]
    place.notion.edit_page(alpha, {"Owners": ["person@example.com"]})
    drifted = place.run("sync", "--all")
    assert "person@example.com" in drifted.out
    assert owners(place)["alpha"] == ["person@example.com"]
    assert place.run("verify").code == 1
    assert place.run("sync", "--all", "--repair-drift").code == 0
    assert owners(place)["alpha"] == ["b@example.org"]


def test_nobody_is_refused_or_left_out(place: Newcomer) -> None:
    """An address that nobody has is a violation with its line, or is left out with a notice."""
    place.edit("alpha", owners=["gone@example.org", "@org/search"])
    writes = place.writes

    refused = place.run("sync", "--all")
    assert refused.code == 1
    assert "alpha/module.manifest.json:1" in refused.out + refused.err
    assert 'nobody in the workspace is known as "gone@example.org"' in refused.out + refused.err
    assert place.writes == writes
    assert place.run("sync", "--all", "--skip-invalid").code == 1

    configure(place, f'{CONFIGURATION}missing = "leave-out"\n')
    told = place.run("sync", "--all")
    assert told.code == 0, told.out + told.err
    assert "leaves out gone@example.org" in told.out + told.err
    assert owners(place)["alpha"] == ["search@Example.org"]


def test_an_alias_that_is_none_is_told_without_notion(place: Newcomer) -> None:
    """The gate knows the aliases, and names the nearest one."""
    place.edit("alpha", owners=["@org/serch"])

    ended = place.run("validate", "--all")

    assert ended.code == 1
    assert "the nearest alias is" in ended.out
    assert "@org/search" in ended.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "this is not an object"),
        ("{", "vocab/people.json:1"),
        ('{"@a": "nobody"}', "not an e-mail address or user id"),
        ('{"@a": "a@example.org",\n"@A ": "b@example.org"}', "differ only by case or spaces"),
        (None, "not a file"),
    ],
)
def test_a_file_of_aliases_that_cannot_be_used(
    place: Newcomer, content: str | None, said: str
) -> None:
    """It is an error of the configuration with file and line, before anything is read."""
    file = place.root / "vocab/people.json"
    file.unlink() if content is None else file.write_text(content, encoding="utf-8")

    ended = place.run("validate", "--all")

    assert ended.code == 2
    assert said in ended.err


def test_a_file_of_aliases_stays_in_the_repository(place: Newcomer, tmp_path: Path) -> None:
    """Neither dots nor a link lead to another file."""
    (tmp_path / "others.json").write_text("{}")
    configure(place, CONFIGURATION.replace("vocab/people.json", "../others.json"))
    assert place.run("validate", "--all").code == 2
    configure(place, CONFIGURATION.replace("vocab/people.json", "vocab/link.json"))
    (place.root / "vocab/link.json").symlink_to(tmp_path / "others.json")
    assert place.run("validate", "--all").code == 2


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ({"users", "emails"}, "Notion does not show the users"),
        ({"emails"}, "Notion shows nobody's e-mail address"),
    ],
)
def test_a_token_that_may_not_read_users_is_explained(
    tmp_path: Path, lacking: set[str], said: str
) -> None:
    """The sync ends before anything is written, and doctor says the same with what to do."""
    place = made(tmp_path / "repository", capabilities=ALL - lacking)
    assert place.init().code == 0
    [place.environ["NOTION_DATABASE_ID"]] = place.databases
    writes = place.writes

    ended = place.run("sync", "--all")

    assert place.writes == writes
    checked = place.run("doctor")
    assert ended.code != 0
    assert said in ended.out + ended.err
    assert "user information" in ended.out + ended.err
    assert "capability users" in checked.out
    assert "user information that includes email addresses" in checked.out


def test_the_doctor_knows_whom_nobody_is(place: Newcomer) -> None:
    """Users can be read, and an alias for somebody outside the workspace is reported."""
    found = place.run("doctor", "--json").document
    passed = [check for check in found["checks"] if check["subject"] == "capability users"]
    assert [check["found"] for check in passed] == ["4 users could be read."]
    aliases = {**ALIASES, "@org/gone": "gone@example.org"}
    (place.root / "vocab/people.json").write_text(json.dumps(aliases))
    assert "gone@example.org" in place.run("doctor").out


def test_without_people_no_users_are_read(place: Newcomer) -> None:
    """A mapping without people asks for none."""
    configure(place, "")
    before = place.requests("users.list")
    assert place.run("sync", "--all").code == 0
    assert place.requests("users.list") == before


def test_many_users_are_read_in_pages(place: Newcomer) -> None:
    """A workspace of more than a hundred users takes a request for each hundred."""
    for number in range(120):
        place.notion.add_user(f"U{number}", f"u{number}@example.org")
    place.edit("alpha", owners=["u119@example.org"])
    before = place.requests("users.list")

    assert place.run("sync", "--all").code == 0

    assert place.requests("users.list") - before == 2
    assert owners(place)["alpha"] == ["u119@example.org"]


def test_users_that_cannot_be_read_end_the_run_in_order(place: Newcomer) -> None:
    """A lasting failure is reported, and nothing is written."""
    place.notion.break_by(FaultPlan((FaultRule("users.list", "503", probability=1),)))
    place.edit("alpha", owners=["b@example.org"])
    writes = place.writes

    ended = place.run("sync", "--all")

    assert ended.code != 0
    assert place.writes == writes
    place.notion.heal()
    assert place.run("sync", "--all").code == 0
    assert owners(place)["alpha"] == ["b@example.org"]


# --- somebody who leaves the workspace ----------------------------------------------------------


def leave(place: Newcomer) -> None:
    """Let the owner of alpha leave, whom beta names no more."""
    place.edit("beta", owners=["b@example.org"])
    assert place.run("sync", "--all").code == 0
    users = place.notion.workspace.store.users.values()
    place.notion.remove_user(next(user.id for user in users if user.name == "Search"))


def test_the_page_of_a_refused_manifest_is_nobodys_leftover(place: Newcomer) -> None:
    """A manifest that names somebody who left is reported, and its page has a manifest still."""
    leave(place)

    verified = place.run("verify", "--json").document
    assert [found["kind"] for found in verified["findings"]] == ["manifest-invalid"]
    assert verified["compared"] == 1

    ended = place.run("sync", "--all", "--skip-invalid", "--archive-removed")
    assert ended.code == 1
    said = ended.out + ended.err
    assert 'nobody in the workspace is known as "search@example.org"' in said
    assert "not known to be gone" not in said
    assert "Nothing is moved to the trash: not every manifest is valid." in said
    assert sorted(place.pages()) == ["alpha", "beta"]


def test_a_refused_manifest_that_was_moved_keeps_its_page(place: Newcomer) -> None:
    """The earlier name of a refused manifest does not count as gone, even if others are removed."""
    leave(place)
    (place.root / "alpha").rename(place.root / "omega")

    ended = place.run("sync", "--all", "--skip-invalid", "--archive-removed")

    assert ended.code == 1
    assert sorted(place.pages()) == ["alpha", "beta"]
    assert not place.run("sync", "--all", "--skip-invalid", "--dry-run").out.count("orphan")


def test_somebody_who_left_is_taken_out_and_told_as_that(place: Newcomer) -> None:
    """With missing = "leave-out" it is no edit made in Notion, unless there was one beside it."""
    configure(place, f'{CONFIGURATION}missing = "leave-out"\n')
    leave(place)

    planned = place.run("sync", "--all", "--dry-run")
    assert "names that are no longer there are left out: Owners" in planned.out
    assert "edit made in Notion" not in planned.out
    [found] = place.run("verify", "--json").document["findings"]
    assert found["kind"] == "mapping-changed"

    place.notion.edit_page(place.pages()["alpha"]["id"], {"Owners": ["b@example.org"]})
    edited = place.run("sync", "--all", "--dry-run")
    assert "writes over an edit made in Notion: Owners" in edited.out

    assert place.run("sync", "--all").code == 0
    assert owners(place)["alpha"] == []
    assert place.run("verify").code == 0
