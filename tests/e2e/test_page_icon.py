"""The icon of a page, as a user configures it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from support.setup import Newcomer, newcomer

TIERS = '[page]\nicon = { from = "/tier", values = { "1" = "🔴", "2" = "🟡" } }\n'


@pytest.fixture
def place(tmp_path: Path) -> Newcomer:
    """Return two modules with the icons of their tiers, synced once."""
    here = newcomer(
        tmp_path / "repository", {"module": "alpha", "tier": 1}, {"module": "beta", "tier": 2}
    )
    (here.root / "lukhas-notion.toml").write_text(TIERS, encoding="utf-8")
    (here.root / "schemas").mkdir()
    schema = here.root / "schemas/module.manifest.schema.json"
    schema.write_text('{"required": ["module"]}', encoding="utf-8")
    assert here.init().code == 0
    [here.environ["NOTION_DATABASE_ID"]] = here.databases
    ended = here.run("sync", "--all")
    assert ended.code == 0, ended.out + ended.err
    return here


def icons(place: Newcomer) -> dict[str, str | None]:
    """Return the icon of each module's page."""
    return {page["Module"]: place.notion.icon(page["id"]) for page in place.notion.pages()}


def of(place: Newcomer, module: str) -> str:
    """Return the id of a module's page."""
    return str(place.pages()[module]["id"])


def test_a_page_is_made_with_its_icon_and_left_alone(place: Newcomer) -> None:
    """The icon comes with the page's create, and a second run asks for nothing more."""
    assert icons(place) == {"alpha": "🔴", "beta": "🟡"}
    assert place.requests("pages.update") == 0
    writes, asked = place.writes, len(place.notion.requests)

    assert "2 unchanged" in place.run("sync", "--all").out

    assert place.writes == writes
    assert len(place.notion.requests) - asked == 3
    assert place.run("verify").code == 0


def test_a_changed_value_changes_the_icon_alone(place: Newcomer) -> None:
    """The plan shows both icons, and one request changes icon and SHA."""
    place.edit("alpha", tier=2)

    planned = place.run("sync", "--all", "--dry-run")
    assert "Page icon: 🔴 → 🟡" in planned.out
    assert place.run("sync", "--all").code == 0
    assert icons(place)["alpha"] == "🟡"
    [sent] = [r.body for r in place.notion.requests if r.kind == "pages.update"]
    assert isinstance(sent, dict)
    assert sent["icon"] == {"type": "emoji", "emoji": "🟡"}
    machine: Any = place.run("sync", "--all", "--dry-run", "--json").document
    assert machine["dry_run"]


def test_an_icon_that_a_person_chose_is_drift(place: Newcomer) -> None:
    """It stays, is reported, and only a repair overwrites it; verify names it."""
    place.notion.set_icon(of(place, "alpha"), "🎉")

    drifted = place.run("sync", "--all")
    assert "Page icon" in drifted.out
    assert icons(place)["alpha"] == "🎉"
    verified = place.run("verify")
    assert verified.code == 1
    assert "Page icon" in verified.out
    assert place.run("sync", "--all", "--repair-drift").code == 0
    assert icons(place)["alpha"] == "🔴"


def test_an_icon_of_notions_own_is_no_drift(place: Newcomer) -> None:
    """An address of Notion's icons comes back as a name and a colour, which is the same."""
    own = "https://www.notion.so/icons/snake_purple.svg"
    (place.root / "lukhas-notion.toml").write_text(f'[page]\nicon = "{own}"\n', encoding="utf-8")
    assert place.run("sync", "--all").code == 0
    assert icons(place) == {"alpha": "snake", "beta": "snake"}
    writes = place.writes
    assert "2 unchanged" in place.run("sync", "--all").out
    assert place.writes == writes


def test_an_icon_that_leaves_the_manifest_is_taken_away(place: Newcomer) -> None:
    """A module without a tier has no icon, as a property would be empty."""
    place.edit("alpha", tier=None)
    assert place.run("sync", "--all").code == 0
    assert icons(place)["alpha"] is None


def test_a_write_of_the_icon_that_was_not_done_is_told(place: Newcomer) -> None:
    """Where Notion answers with another icon, the run does not end as if it were written."""

    def keep(request: httpx.Request, answer: Any) -> Any:
        if request.method == "PATCH" and "/pages/" in request.url.path:
            return {**answer, "icon": None}
        return answer

    place.alter = keep
    place.edit("alpha", tier=2)

    ended = place.run("sync", "--all")

    assert ended.code == 1
    assert "Page icon" in ended.out + ended.err


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('icon = "box"', "neither one emoji nor a web address"),
        ("icon = 5", "icon"),
        ('icon = { values = { "1" = "🔴" } }', "from"),
        ('icon = { from = "/tier", values = { "1" = "red" } }', "neither one emoji"),
        ('icon = { from = "tier" }', "JSON pointer"),
        ('icon = "📦"\n[properties."Page icon"]\ntype = "url"\nfrom = "/x"', "has that name"),
    ],
)
def test_what_is_no_icon_is_an_error_of_the_configuration(
    place: Newcomer, toml: str, said: str
) -> None:
    """It is reported with file and line before anything is read."""
    (place.root / "lukhas-notion.toml").write_text(f"[page]\n{toml}\n", encoding="utf-8")

    ended = place.run("validate", "--all")

    assert ended.code == 2
    assert said in ended.err
    assert "lukhas-notion.toml:2" in ended.err


def test_a_tier_without_an_icon_is_a_violation(place: Newcomer) -> None:
    """The manifest's line is reported, and nothing is written."""
    place.edit("alpha", tier=7)

    ended = place.run("validate", "--all")

    assert ended.code == 1
    assert "mapping.icon" in ended.out or "has no icon" in ended.out
