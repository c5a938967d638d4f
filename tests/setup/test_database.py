"""Which database a set-up is about, and what is written to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock

from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.emulator import Emulator
from lukhas_notion.ledger.file import Ledger
from lukhas_notion.ledger.state import LedgerState
from lukhas_notion.notion.connection import Connection
from lukhas_notion.setup.database import DatabaseWork
from lukhas_notion.setup.result import SetupOptions, how_to_settle, plan_setup
from lukhas_notion.setup.run import Lookup
from lukhas_notion.sync.run import new_info
from lukhas_notion.util.errors import SetupError
from lukhas_notion.util.runtime import Runtime


class Scene:
    """A repository, an embedded Notion and a connection to it."""

    def __init__(self, root: Path, **emulated: Any) -> None:
        self.notion = Emulator(requests_per_minute=None, **emulated)
        environ = {"NOTION_TOKEN": self.notion.token}
        self.runtime = Runtime(environ, clock=FakeClock(), transport=self.notion.transport)
        self.config: Config = load(Flags(root=str(root)), environ)

    def find(self, **options: Any) -> tuple[Any, list[str]]:
        """Look for the database; return it and the notices."""
        with Connection.open(self.config, self.runtime, read_only=True) as connection:
            lookup = Lookup(self.config, connection.reader, SetupOptions(**options), LedgerState())
            return lookup.find(), lookup.notices

    def work(self, schema: Any = None) -> tuple[Any, list[str]]:
        """Make the database, or complete the one that is there."""
        info = new_info(self.config, self.runtime)
        options = SetupOptions(parent=self.notion.root_page_id, title="Ours")
        with (
            Ledger(self.config.ledger, self.runtime.clock, info) as ledger,
            Connection.open(self.config, self.runtime, read_only=False) as connection,
        ):
            plan = plan_setup(self.config.mapping, {"Tags": ("a", "b")}, schema)
            work = DatabaseWork(plan, options, self.config, self.runtime, connection, ledger)
            return work.carry_out()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Make an empty workspace and an empty repository."""
    return Scene(tmp_path)


def test_a_database_is_made_and_read_back(scene: Scene) -> None:
    """A new database has every property of the mapping and every option."""
    schema, lacking = scene.work()
    assert lacking == []
    assert schema.title == "Ours"
    assert set(schema.properties) == set(scene.config.mapping.types) | {"Updated At"}
    assert [option.name for option in schema.properties["Tags"].options] == ["a", "b"]


def test_a_database_that_is_there_is_completed(scene: Scene) -> None:
    """Existing properties stay, and missing ones are added."""
    ids = scene.notion.create_database("By hand", {"Module": "title", "Notes": "rich_text"})
    scene.config = replace(scene.config, database=ids.database_id)
    found, notices = scene.find()
    assert (found.database_id, notices) == (ids.database_id, [])
    schema, lacking = scene.work(found)
    assert lacking == []
    assert {"Notes", "Coverage", "Tags"} <= set(schema.properties)


def test_a_page_beside_a_named_database_makes_no_other_one(scene: Scene) -> None:
    """The notice says how to get another database; ``--again`` allows one."""
    ids = scene.notion.create_database("By hand", {"Module": "title"})
    scene.config = replace(scene.config, database=ids.database_id)
    page = scene.notion.root_page_id
    found, [notice] = scene.find(parent=page)
    assert found.database_id == ids.database_id
    assert "init --parent PAGE --again" in notice
    assert scene.find(parent=page, again=True) == (None, [])
    with pytest.raises(SetupError, match="no page is named"):
        scene.find(again=True)


def test_a_database_that_is_gone_is_told_with_both_ways_out(scene: Scene) -> None:
    """The remedy is to restore it or to create another one."""
    ids = scene.notion.create_database("By hand", {"Module": "title"})
    scene.notion.trash_database(ids.database_id)
    scene.config = replace(scene.config, database=ids.database_id)
    with pytest.raises(SetupError, match="trash") as caught:
        scene.find()
    assert "--again" in caught.value.remedy


def test_how_to_settle_names_the_database() -> None:
    """The advice contains the database's title."""
    assert 'called "Ours"' in how_to_settle("Ours")
