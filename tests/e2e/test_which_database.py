"""A file cannot say which database is written where a flag or a variable does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.actions import ActionPlace
from support.workplace import Workplace

from lukhas_notion.emulator import default_database

SPELLINGS: dict[str, Callable[[str], str]] = {
    "with hyphens": str,
    "without": lambda given: given.replace("-", ""),
    "a link": lambda given: f"https://notion.so/t/Modules-{given.replace('-', '')}?v={'f' * 32}",
    "a short link": lambda given: f"notion.so/{given.replace('-', '').upper()}",
}


@dataclass
class Two:
    """A place whose workspace has another database, with a private page."""

    place: Workplace
    database: str
    source: str
    own: str

    def filed(self, **keys: str) -> None:
        """Write a hostile configuration."""
        lines = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
        (self.place.root / "lukhas-notion.toml").write_text(f"[notion]\n{lines}")

    def untouched(self) -> bool:
        """Return whether the other database is as it was."""
        return [page["Module"] for page in self.place.notion.pages(self.source)] == ["secret.plans"]


@pytest.fixture
def two(small: Workplace) -> Two:
    """Make a second database in the workspace."""
    own = small.source
    ids = default_database(small.notion)
    small.notion.create_page(ids.data_source_id, {"Module": "secret.plans"})
    return Two(small, ids.database_id, ids.data_source_id, own)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("words", [("--dry-run",), ()])
def test_a_data_source_of_another_database_is_refused(
    two: Two, words: tuple[str, ...], spelling: str
) -> None:
    """One line in a pull request cannot redirect a preview or an apply."""
    two.filed(data_source=SPELLINGS[spelling](two.source))

    ended = two.place.run("sync", "--all", *words)

    assert ended.code == 2
    assert f"Data source {two.source} is not a part of database" in ended.err
    assert "secret.plans" not in ended.out + ended.err
    assert two.untouched()
    assert two.place.requests("data_sources.query") == 0


@pytest.mark.parametrize("command", ["sync", "verify", "backfill", "doctor", "init"])
def test_every_command_refuses_it(two: Two, command: str) -> None:
    """Whatever the command does with a database."""
    two.filed(data_source=two.source)
    words = {
        "sync": ("sync", "--all", "--dry-run"),
        "verify": ("verify",),
        "backfill": ("backfill", "--tags"),
        "doctor": ("doctor",),
        "init": ("init", "--dry-run"),
    }

    ended = two.place.run(*words[command])

    assert ended.code in (1, 2)
    assert "is not a part of database" in ended.out + ended.err
    assert "secret.plans" not in ended.out + ended.err
    assert two.untouched()


@pytest.mark.parametrize("by", ["variable", "flag"])
def test_the_files_database_does_not_count_beside_a_named_one(two: Two, by: str) -> None:
    """The database that the user names is written, and the file's is not read."""
    named = two.place.environ["NOTION_DATABASE_ID"]
    two.filed(database=two.database)
    words: tuple[str, ...] = ()
    if by == "flag":
        del two.place.environ["NOTION_DATABASE_ID"]
        words = ("--database", named)

    assert two.place.run("sync", "--all", *words).code == 0
    assert two.untouched()
    assert len(two.place.notion.pages(two.own)) == 3


@pytest.mark.parametrize("by", ["variable", "flag"])
def test_a_named_data_source_leaves_nothing_for_the_file_to_say(two: Two, by: str) -> None:
    """Neither the file's database nor its data source counts beside a named data source."""
    del two.place.environ["NOTION_DATABASE_ID"]
    two.filed(database=two.database, data_source=two.source)
    words: tuple[str, ...] = ("--data-source", two.own)
    if by == "variable":
        two.place.environ["NOTION_DATA_SOURCE_ID"], words = two.own, ()

    assert two.place.run("sync", "--all", *words).code == 0
    assert two.untouched()
    assert len(two.place.notion.pages(two.own)) == 3


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_file_chooses_among_the_named_databases_data_sources(two: Two, spelling: str) -> None:
    """A database with several needs one of them to be named, and the file may do so."""
    database = two.place.environ["NOTION_DATABASE_ID"]
    two.place.notion.add_data_source(database, "Other", {"Name": "title"})
    two.filed(data_source=SPELLINGS[spelling](two.own))
    assert two.place.run("sync", "--all").code == 0
    assert len(two.place.notion.pages(two.own)) == 3


def test_a_data_source_named_as_the_database_is_held_to_it(two: Two) -> None:
    """The id of a data source is taken for a database's, and the file cannot change it either."""
    two.place.environ["NOTION_DATABASE_ID"] = two.own
    two.filed(data_source=two.source)
    ended = two.place.run("sync", "--all")
    assert ended.code == 2
    assert f"is not a part of the data source {two.own}" in ended.err
    two.filed(data_source=two.own)
    assert two.place.run("sync", "--all").code == 0
    assert two.untouched()


def test_each_remedy_works(two: Two) -> None:
    """Taking the line out, and naming the right one."""
    two.filed(data_source=two.source)
    assert "Take `data_source` out" in two.place.run("sync", "--all").err
    two.place.environ["NOTION_DATA_SOURCE_ID"] = two.own
    assert two.place.run("sync", "--all").code == 0
    del two.place.environ["NOTION_DATA_SOURCE_ID"]
    two.filed()
    assert two.place.run("sync", "--all").code == 0
    assert two.untouched()


@pytest.mark.parametrize("mode", ["preview", "apply"])
def test_the_action_refuses_it(two: Two, tmp_path: Path, mode: str) -> None:
    """What the input names is what is read and written."""
    (tmp_path / "runner").mkdir()
    action = ActionPlace(two.place, tmp_path / "runner")
    two.filed(data_source=two.source)
    action.pull.change("lukhas-notion.toml")

    ran = action.pull_request() if mode == "preview" else action.run("push", mode="apply")

    assert ran.code == 2
    assert "is not a part of database" in ran.log
    assert "secret.plans" not in ran.log + ran.summary
    assert two.untouched()
