"""The editor of a page is named wherever an edit is reported, and asked for only then."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from support.actions import ActionPlace
from support.workplace import Workplace

from lukhas_notion.emulator.workspace import ALL, USERS
from lukhas_notion.plan.database import Editor, Editors


def edit(place: Workplace, module: str, editor: str = "", **values: object) -> None:
    """Edit a page by hand, as the workspace's person or as another user."""
    page = place.pages()[module]["id"]
    place.notion.edit_page(page, values or {"Description": "By hand."})
    if editor:
        store = place.notion.workspace.store
        store.commit(replace(store.pages[page], editor=editor))


def without_users(place: Workplace) -> None:
    """Take the capability to read users from the integration."""
    object.__setattr__(place.notion.workspace, "capabilities", ALL - {USERS})


def verified(place: Workplace) -> list[str]:
    """Return the output of a verification with findings."""
    ended = place.run("verify")
    assert ended.code == 1, ended.err
    return ended.out.splitlines()


def test_every_medium_names_the_person(action: ActionPlace) -> None:
    """Console, report, comment, issue and JSON of sync and verify have the name."""
    place = action.place
    edit(place, "alpha")
    place.edit("alpha", features=["export"])
    action.pull.change("alpha/module.manifest.json")
    assert action.pull_request().code == 0
    summary = next(line for line in action.comment.splitlines() if "↩️ <b>alpha" in line)
    assert summary.endswith(
        "<b>alpha</b> drift <sub>Description · last edited by Local person</sub></summary>"
    )
    sync = place.run("sync", "--all", "--dry-run", "--report-md", "-")
    assert "  - last edited by Local person" in sync.out.splitlines()
    assert "drift    alpha; last edited by Local person" in sync.err.splitlines()
    [change] = [
        each
        for each in place.run("sync", "--all", "--dry-run", "--json").document["plan"]["changes"]
        if each["drift"]
    ]
    assert change["editor_name"] == "Local person"
    assert change["editor"] == place.notion.workspace.person_id
    action.run("schedule", mode="verify")
    [issue] = action.repository.issues
    for text in (issue.body, place.run("verify", "--report-md", "-").out):
        assert ": Edited in Notion; last edited by Local person: Description." in text


def test_the_integrations_own_edit_says_so(action: ActionPlace) -> None:
    """Another run of the same integration is not a user, whether or not users can be read."""
    place = action.place
    edit(place, "alpha", place.notion.workspace.bot_id)
    said = (
        "notion      alpha: Edited in Notion; last edited by this integration: Description.  "
        "(page-edited)"
    )
    assert verified(place)[0] == said
    without_users(place)
    told = verified(place)
    assert told[0] == said
    assert not any(line.startswith("note:") for line in told)


def test_without_the_capability_the_id_stands_for_the_name(action: ActionPlace) -> None:
    """One line says why, and nothing fails because of it."""
    place = action.place
    edit(place, "alpha")
    without_users(place)
    told = verified(place)
    user = place.notion.workspace.person_id[:8]
    assert f"; last edited by user {user}: Description." in told[0]
    assert [line for line in told if line.startswith("note:")] == [
        (
            "note: Notion does not name 1 editor: it names members and guests, and only to an "
            "integration that may read user information (its settings, under Capabilities)."
        )
    ]
    synced = place.run("sync", "--all")
    assert synced.code == 0
    assert f"drift    alpha; last edited by user {user}" in synced.out.splitlines()
    assert "note: Notion does not name 1 editor: " in synced.out


def test_users_that_cannot_be_read_fail_nothing(action: ActionPlace) -> None:
    """Whatever Notion answers for a user, the findings are reported, with the reason in a note."""
    edit(action.place, "alpha")

    def odd(request: httpx.Request) -> httpx.Response | None:
        if "/users/" not in request.url.path:
            return None
        return httpx.Response(200, json={"object": "user", "id": 3})

    action.place.instead = odd
    told = verified(action.place)
    assert "last edited by user " in told[0]
    assert sum(line.startswith("note: Notion does not name 1 editor: ") for line in told) == 1


@pytest.mark.parametrize("words", [("verify",), ("sync", "--all", "--dry-run"), ("sync", "--all")])
def test_each_editor_is_asked_for_once_and_only_for_an_edit(
    action: ActionPlace, words: tuple[str, ...]
) -> None:
    """A run without edits asks for no user; three pages edited by two users take two requests."""
    place = action.place

    def asked() -> tuple[int, int]:
        return place.requests("users.retrieve"), place.requests("users.me")

    before = asked()
    assert place.run(*words).code == 0
    place.edit("gamma", description="Changed.")
    place.run(*words)
    assert place.run("sync", "--all").code == 0
    assert asked() == before
    other = place.notion.add_user("Grace Hopper")
    edit(place, "alpha")
    edit(place, "beta")
    edit(place, "gamma", other)
    place.run(*words)
    assert asked() == (before[0] + 2, before[1])


def test_a_name_is_one_line_of_bounded_length() -> None:
    """A user chooses the name: it neither breaks a line nor fills a screen."""
    editors = Editors({"a": "Ada\n\nLovelace", "b": "B" * 500})
    assert editors.of("a").phrase == "last edited by Ada Lovelace"
    assert editors.of("b").phrase == f"last edited by {'B' * 59}…"
    assert editors.of("0123456789").phrase == "last edited by user 01234567"
    assert Editor().phrase == ""
