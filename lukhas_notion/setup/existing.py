"""Which database a set-up is about: one that is configured, one that an earlier run made, or none.

It only reads, so that a connection which refuses writes is enough.

A create is on the ledger before it is sent, and again when it is answered. A run that finds only
the first line does not create another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lukhas_notion.config.config import Config
from lukhas_notion.ledger.state import LedgerState
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.notion.reader import Reader
from lukhas_notion.plan.database import Page, Schema
from lukhas_notion.plan.values import MAX_TEXT_UNITS
from lukhas_notion.setup.result import SetupOptions
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidToken,
    OutcomeUnknown,
    SetupError,
)

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
        recorded: what the ledger records.
        notices: what a person should know about the choice.
    """

    config: Config
    reader: Reader
    options: SetupOptions
    recorded: LedgerState
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
            self.recorded.require_readable(config.ledger)
            earlier = self.recorded.created_below(options.parent)
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
