"""Which database a set-up is about: one that is configured, one that an earlier run made, or none.

It only reads, so that a connection which refuses writes is enough.

A database has no key to look it up by: its title is nobody's, and Notion's search is neither
complete nor up to date. So the create is on the ledger before it is sent, and again when it is
answered; a run that finds only the first line does not create another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lukhas_notion.config.config import Config
from lukhas_notion.ledger.file import Record, read
from lukhas_notion.ledger.records import BEGUN, DATABASE_CREATE
from lukhas_notion.manifests.wording import quote
from lukhas_notion.notion.reader import Reader
from lukhas_notion.plan.notion_limits import MAX_TEXT_UNITS
from lukhas_notion.plan.snapshot import Page, Schema
from lukhas_notion.setup.result import SetupOptions
from lukhas_notion.sync.outcome import Status
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidToken,
    OutcomeUnknown,
    SetupError,
)
from lukhas_notion.util.notion_ids import is_notion_id

_UNSETTLED = (BEGUN, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The newest attempt to make a database below a page.

    Args:
        database: its id, "" where it is not known whether it was made.
        title: what it was to be called.
        ts: when the ledger was told, UTC, ISO 8601.
    """

    database: str
    title: str
    ts: str


def earlier_create(ledger: Path, parent: str, within: Path | None = None) -> Earlier | None:
    """Return the newest attempt below ``parent``, None where there is none that could matter.

    A ledger is a file that anybody may have changed, so what it calls a database and is no Notion
    id proves nothing.

    Raises:
        LedgerError: a line before the last is not a record.
    """
    made: Earlier | None = None
    in_doubt: Earlier | None = None
    for record in _records(ledger, within):
        if record.get("action") != DATABASE_CREATE or record.get("parent_id") != parent:
            continue
        named = record.get("database_id")
        if named and not is_notion_id(named):
            continue
        database = str(named or "")
        told = Earlier(database, str(record.get("title") or ""), str(record.get("ts") or ""))
        unsettled = record.get("status") in _UNSETTLED
        made = told if database else made
        in_doubt = told if unsettled and not database else None
    return in_doubt or made


def _records(ledger: Path, within: Path | None) -> Iterator[Record]:
    with suppress(FileNotFoundError):
        yield from read(ledger, within)


#: What a time of the ledger takes; a longer one is none.
_TIME = 32
#: How to get a database in the place of the one that is named.
_ANOTHER = "run `lukhas-notion init --parent PAGE --again`."


@dataclass(slots=True)
class Lookup:
    """Finds the database, or the page that a new one goes under.

    Args:
        config: which database is configured, and where the ledger is.
        reader: reads Notion.
        options: the page, and whether to make another database whatever the ledger says.
        notices: what a person should know about the choice.
    """

    config: Config
    reader: Reader
    options: SetupOptions
    notices: list[str] = field(default_factory=list)

    def find(self) -> Schema | None:
        """Return the database to complete; None when one is to be made, and can be.

        Raises:
            SetupError: the token, the database or the page is not as it has to be.
            OutcomeUnknown: an earlier run may have made one, and nobody has said what became of it.
        """
        try:
            return self._find()
        except (InvalidToken, Forbidden) as error:
            raise SetupError(error.message, error.remedy) from error

    def _find(self) -> Schema | None:
        config, options = self.config, self.options
        if (config.database or config.data_source) and options.again:
            if not options.parent:
                raise SetupError(
                    "--again makes another database, and no page is named to make it under.",
                    "Name the page with --parent.",
                )
        elif config.database or config.data_source:
            if options.parent:
                self.notices.append(
                    "A database is configured already. It is completed, and no other one is made; "
                    f"for another one, {_ANOTHER}"
                )
            try:
                return read_schema(self.reader, config.database, config.data_source)
            except SetupError as error:
                remedy = f"{error.remedy} Or, to make another database, {_ANOTHER}"
                raise SetupError(error.message, remedy) from error
        earlier = None
        if not options.again:
            earlier = earlier_create(config.ledger, options.parent, config.ledger_within)
        if earlier is None:
            self._parent()
            return None
        if not earlier.database:
            raise OutcomeUnknown(
                "An earlier run began to make a database here and was never answered "
                f"({quote(earlier.ts[:_TIME])}): {self._parent().url}",
                how_to_settle(earlier.title),
            )
        self.notices.append(f"An earlier run made the database {earlier.database} here.")
        try:
            return read_schema(self.reader, earlier.database)
        except SetupError as error:
            remedy = f"{error.remedy} To make another database, pass --again."
            raise SetupError(error.message, remedy) from error

    def _parent(self) -> Page:
        """Return the page below which the database is to be made."""
        parent = self.options.parent
        page = self.reader.parent_page(parent)
        where = "in the trash" if page.in_trash else "archived" if page.is_archived else ""
        if where:
            remedy = "Restore it in Notion, or name another page."
            raise SetupError(f"Page {parent} is {where}.", remedy)
        return page


def read_schema(reader: Reader, database: str, data_source: str = "") -> Schema:
    """Read a database's only data source, or the one that is named.

    Raises:
        SetupError: there is none, or there are several and none is named.
    """
    return reader.schema(reader.data_source_id(database, data_source))


def how_to_settle(title: str) -> str:
    """Return what to do about a create of which nobody knows what became."""
    named = quote(title, MAX_TEXT_UNITS)
    return (
        f"Open the page in Notion and look for a database called {named}. If it is there, go on "
        "with `lukhas-notion init --database ID`, its id or its link in the place of ID. If it is "
        "not, run this again with --again."
    )
