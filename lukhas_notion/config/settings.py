"""Single settings: a flag beats the environment, the environment beats the file.

Every function raises ConfigError, naming where the value was said, when it is out of range.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from lukhas_notion.config.toml_table import Table
from lukhas_notion.plan.source import check_form, named_repository
from lukhas_notion.plan.values import is_finite
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.notion_ids import ending_id

DEFAULT_API_URL = "https://api.notion.com"
DEFAULT_RATE = 3.0
DEFAULT_RETRIES = 6


class Said(NamedTuple):
    """A setting and where it was said, for an error."""

    value: str | float | None
    source: str


def first(*said: Said) -> Said:
    """Return the first that says something; blanks, as CI passes them for unset inputs, do not."""
    for each in said:
        if isinstance(each.value, str):
            if each.value.strip():
                return Said(each.value.strip(), each.source)
        elif each.value is not None:
            return each
    return Said(None, "")


def _flag(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def read_target(
    database: str | None, data_source: str | None, environ: Mapping[str, str], notion: Table
) -> tuple[str, str]:
    """Return the ids of the database and of the data source, "" where none is named.

    Where a flag or a variable names either, the file's ``database`` does not count: whoever can
    change the file could have another database written. The file's ``data_source`` counts beside
    a named database, to choose among its data sources; whether it is one of them, Notion is asked
    (:func:`lukhas_notion.notion.lookup.data_source_of`).
    """
    named = {
        key: first(Said(flag, _flag(key)), Said(environ.get(setting), setting))
        for key, flag in (("database", database), ("data_source", data_source))
        for setting in [f"NOTION_{key.upper()}_ID"]
    }
    filed = {key: Said(notion.text(key), notion.place(key)) for key in named}
    if any(said.value for said in named.values()):
        filed["database"] = Said(None, "")
    ids = []
    for key, each in named.items():
        said = first(each, filed[key])
        ids.append(notion_id(str(said.value or ""), said.source, key.replace("_", " ")))
    return ids[0], ids[1]


def read_api_url(flag: str | None, environ: Mapping[str, str], notion: Table) -> str:
    """Return where Notion is: the flag's, the environment's, or Notion's own address."""
    if notion.has("api_url"):
        raise notion.error(
            "api_url",
            "is not taken from a file: the token is sent there",
            "Set NOTION_API_URL, or pass --api-url.",
        )
    said = first(
        Said(flag, "--api-url"),
        Said(environ.get("NOTION_API_URL"), "NOTION_API_URL"),
        Said(DEFAULT_API_URL, ""),
    )
    url = str(said.value).rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise ConfigError(
            f"{said.source} is {url!r}, which is no address.",
            f"Write it as {DEFAULT_API_URL}, or leave it out.",
        )
    return url


def read_source(flag: str | None, environ: Mapping[str, str]) -> str:
    """Return the repository that the flag or the Action's input names, or "".

    A file cannot name it, because whoever may write to the file could claim others' pages.

    Raises:
        ConfigError: it names none.
    """
    named = (flag or "").strip()
    if named:
        named_repository(named, environ.get("GITHUB_SERVER_URL", "").strip(), "--source")
    return named


def read_form(table: Table) -> str:
    """Return the form of a manifest's address, "" for the host's own."""
    form = table.text("url")
    if form and (wrong := check_form(form)):
        raise table.error("url", wrong, "Write it as https://HOST/…/{commit}/{path}.")
    return form


def read_records(table: Table) -> bool:
    """Return whether pages get records of their manifests."""
    if not table.has("record"):
        return True
    said = table.text("record")
    if said not in ("on", "off"):
        raise table.error("record", f"is {said!r}", 'Write record = "on" or record = "off".')
    return said == "on"


def notion_id(given: str, setting: str, kind: str = "database") -> str:
    """Return the id in ``given``, with hyphens: an id with or without them, or any Notion URL.

    In a URL the id is the last one of the path; what stands after ``?`` is the view's.

    Args:
        given: the text.
        setting: where it was said, for an error.
        kind: what is named: a database, a data source or a page.

    Raises:
        ConfigError: there is none.
    """
    if not given:
        return ""
    path = given.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    found = list(filter(None, map(ending_id, path.split("/"))))
    if not found:
        raise ConfigError(
            f"{setting} holds no Notion id.",
            f"Give the 32-digit id, with or without hyphens, or the {kind}'s URL.",
        )
    return found[-1]


def read_rate(flag: float | None, environ: Mapping[str, str], notion: Table) -> float:
    """Return the operations per second."""
    said = first(
        Said(flag, "--rate-limit"),
        Said(environ.get("NOTION_RATE_LIMIT"), "NOTION_RATE_LIMIT"),
        Said(notion.number("rate_limit"), notion.place("rate_limit")),
        Said(DEFAULT_RATE, ""),
    )
    try:
        rate = float(said.value or 0)
    except ValueError:
        rate = 0
    if not 0.02 <= rate <= 100:
        raise ConfigError(
            f"{said.source} is {said.value!r}: it must be from 0.02 to 100 operations per second.",
            "Leave it out for 3, which is what Notion allows on most plans.",
        )
    return rate


def read_whole(key: str, flag: int | None, run: Table, default: int, *, least: int) -> int:
    """Return a whole number from ``least`` to 100."""
    said = first(Said(flag, _flag(key)), Said(run.number(key), run.place(key)), Said(default, ""))
    value = said.value
    if not (is_finite(value) and value in range(least, 101)):
        raise ConfigError(
            f"{said.source} is {value}: it must be a whole number from {least} to 100.",
            f"Leave it out for {default}.",
        )
    return int(value or 0)


def read_retries(flag: int | None, run: Table) -> int | None:
    """Return how often a request may be repeated, None where nobody has set it."""
    if flag is None and run.number("max_retries") is None:
        return None
    return read_whole("max_retries", flag, run, DEFAULT_RETRIES, least=0)


def read_deadline(flag: float | None, run: Table) -> float | None:
    """Return the seconds that a run may take, or None."""
    said = first(Said(flag, "--deadline"), Said(run.number("deadline"), run.place("deadline")))
    if said.value is None:
        return None
    seconds = float(said.value)
    if not (is_finite(seconds) and seconds > 0):
        raise ConfigError(
            f"{said.source} is {said.value}: it is a number of seconds above 0.",
            "Leave it out for no deadline.",
        )
    return seconds
