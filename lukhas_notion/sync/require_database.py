"""That a database is named, and what to do where none is."""

from __future__ import annotations

from contextlib import suppress

from lukhas_notion.config.config import HOW_TO_NAME, Config
from lukhas_notion.ledger.file import read
from lukhas_notion.ledger.records import DATABASE_CREATE
from lukhas_notion.util.errors import LedgerError, SetupError
from lukhas_notion.util.notion_ids import is_notion_id


def require_database(config: Config) -> None:
    """Check that there is a token and a database.

    Raises:
        SetupError: one of them is missing, with the setting's name.
    """
    if config.token and not (config.database or config.data_source):
        raise SetupError("NOTION_DATABASE_ID is not set.", how_to_name(config))
    config.require_notion()


def how_to_name(config: Config) -> str:
    """Return what to do where no database is named.

    Where `init` has made one, to make one is no advice: `init` completes that one again, and does
    not write over the configuration.
    """
    if not (made := _newest_database(config)):
        return HOW_TO_NAME
    return (
        f"`lukhas-notion init` has made the database {made}. Name it: in NOTION_DATABASE_ID, with "
        f'--database, or in lukhas-notion.toml under [notion] as database = "{made}".'
    )


def _newest_database(config: Config) -> str:
    """Return the id of the database that the ledger says was made last, "" for none."""
    made = ""
    with suppress(LedgerError, OSError):
        for record in read(config.ledger, config.ledger_within):
            named = record.get("database_id")
            if record.get("action") == DATABASE_CREATE and is_notion_id(named):
                made = str(named)
    return made
