"""Single settings: flags come before the environment, and the environment before the file.

The schema checks types and ranges of the values in the file; this module checks the same ranges
for flags and variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from lukhas_notion.config.document import Document
from lukhas_notion.plan.notion_json import ending_id
from lukhas_notion.plan.source import check_form, named_repository
from lukhas_notion.plan.values import is_finite
from lukhas_notion.util.errors import ConfigError

DEFAULT_API_URL = "https://api.notion.com"
DEFAULT_RATE = 3.0
#: The limit of the rate `auto`: what Notion allows on its largest plans.
AUTOMATIC_RATE = 10.0
DEFAULT_CONCURRENCY = 10
DEFAULT_RETRIES = 6


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of the command line; None for a flag that is not given.

    The default of ``root`` is the current folder. In the Action it is relative to ``workspace``.
    """

    root: str | None = None
    config: str | None = None
    database: str | None = None
    data_source: str | None = None
    api_url: str | None = None
    rate_limit: str | float | None = None
    concurrency: int | None = None
    max_retries: int | None = None
    deadline: float | None = None
    ledger: str | None = None
    report: str | None = None
    source: str | None = None
    adopt_from: tuple[str, ...] = ()
    workspace: str | None = None

    def label(self, key: str, input_name: str = "") -> str:
        """Return the name of a setting in errors: the flag, or the input of the Action."""
        return f"The input {input_name or key}" if self.workspace else f"--{key}"


class Settings(NamedTuple):
    """Reads one setting per method; each raises ConfigError with the place of the value."""

    flags: Flags
    environ: Mapping[str, str]
    document: Document

    def _filed(self, *path: str) -> _Setting:
        return _Setting(self.document.get(*path), self.document.place(*path))

    def target(self) -> tuple[str, str]:
        """Return the ids of the database and of the data source, "" where none is named.

        Where a flag or a variable names either of them, ``database`` in the file is ignored, since
        an untrusted change of the file could redirect the writes. ``data_source`` in the file still
        selects one of the named database's data sources; Notion confirms that it is one of them
        (:func:`lukhas_notion.notion.query.data_source_of`).
        """
        named = {
            key: _first(_Setting(flag, _flag(key)), self._variable(f"NOTION_{key.upper()}_ID"))
            for key, flag in (
                ("database", self.flags.database),
                ("data_source", self.flags.data_source),
            )
        }
        filed = {key: self._filed("notion", key) for key in named}
        if any(setting.value for setting in named.values()):
            filed["database"] = _NOT_SET
        ids = []
        for key, given in named.items():
            setting = _first(given, filed[key])
            ids.append(notion_id(str(setting.value or ""), setting.source, key.replace("_", " ")))
        return ids[0], ids[1]

    def _variable(self, name: str) -> _Setting:
        return _Setting(self.environ.get(name), name)

    def api_url(self) -> str:
        """Return the address of Notion's API: by the flag, the environment, or the default."""
        setting = _first(
            _Setting(self.flags.api_url, "--api-url"), self._variable("NOTION_API_URL")
        )
        url = str(setting.value or DEFAULT_API_URL).rstrip("/")
        try:
            parts = urlsplit(url)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            is_address = False
        if not is_address:
            raise ConfigError(
                f"{setting.source} is {url!r}, which is not an address.",
                f"Write it as {DEFAULT_API_URL}, or leave it out.",
            )
        return url

    def source(self) -> str:
        """Return the repository that the flag or the Action's input names, or "".

        The file cannot name it, since an untrusted change could claim the pages of another one.
        """
        named = (self.flags.source or "").strip()
        if named:
            server = self.environ.get("GITHUB_SERVER_URL", "").strip()
            named_repository(named, server, "--source")
        return named

    def source_form(self) -> str:
        """Return the form of a manifest's address, "" for the form of its host."""
        form = self.document.text("source", "url")
        if form and (problem := check_form(form)):
            remedy = "Write it as https://HOST/…/{commit}/{path}."
            raise self.document.error(("source", "url"), problem, remedy)
        return form

    def rate(self) -> tuple[float, float]:
        """Return the operations per second, and the largest rate that the run may reach."""
        setting = _first(
            _Setting(self.flags.rate_limit, "--rate-limit"),
            self._variable("NOTION_RATE_LIMIT"),
            self._filed("notion", "rate_limit"),
            _Setting(DEFAULT_RATE, ""),
        )
        if str(setting.value).strip() == "auto":
            return DEFAULT_RATE, AUTOMATIC_RATE
        try:
            rate = float(setting.value or 0)
        except ValueError:
            rate = 0
        if not 0.02 <= rate <= 100:
            raise ConfigError(
                f"{setting.source} is {setting.value!r}: it must be from 0.02 to 100 operations "
                'per second, or "auto".',
                "Leave it out for 3, which is what Notion allows on most plans.",
            )
        return rate, rate

    def concurrency(self) -> int:
        """Return the number of requests that are sent at the same time."""
        return self._whole("concurrency", least=1) or DEFAULT_CONCURRENCY

    def max_retries(self) -> int | None:
        """Return how often a request may be repeated, None where it is not set."""
        return self._whole("max_retries", least=0)

    def _whole(self, key: str, *, least: int) -> int | None:
        """Return a whole number from ``least`` to 100, None where it is not set."""
        flag = _Setting(getattr(self.flags, key), _flag(key))
        setting = _first(flag, self._filed("run", key))
        if setting.value is None:
            return None
        if setting.value not in range(least, 101):
            raise ConfigError(
                f"{setting.source} is {setting.value}: it must be a whole number from {least} to "
                "100.",
                "Leave it out for the default.",
            )
        return int(setting.value)

    def deadline(self) -> float | None:
        """Return the seconds that a run may take, or None."""
        setting = _first(
            _Setting(self.flags.deadline, "--deadline"), self._filed("run", "deadline")
        )
        if setting.value is None:
            return None
        seconds = float(setting.value)
        if not (is_finite(seconds) and seconds > 0):
            raise ConfigError(
                f"{setting.source} is {setting.value}: it must be a number of seconds above 0.",
                "Leave it out for no deadline.",
            )
        return seconds


class _Setting(NamedTuple):
    """A value, and its place for errors."""

    value: str | float | None
    source: str


_NOT_SET = _Setting(None, "")


def _first(*settings: _Setting) -> _Setting:
    """Return the first setting that has a value; a blank one, as CI passes it, does not."""
    for value, source in settings:
        stripped = value.strip() if isinstance(value, str) else value
        if stripped not in (None, ""):
            return _Setting(stripped, source)
    return _NOT_SET


def _flag(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def notion_id(given: str, setting: str, kind: str = "database") -> str:
    """Return the id in a text, with hyphens: an id with or without hyphens, or a Notion URL.

    In a URL it is the last id of the path; the id after ``?`` belongs to a view.

    Args:
        given: the text; "" is returned as it is.
        setting: the place of the text, for errors.
        kind: the kind of the object: a database, a data source or a page.

    Raises:
        ConfigError: the text has no id.
    """
    if not given:
        return ""
    path = given.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    ids = list(filter(None, map(ending_id, path.split("/"))))
    if not ids:
        raise ConfigError(
            f"{setting} does not contain a Notion id.",
            f"Give the 32-digit id, with or without hyphens, or the {kind}'s URL.",
        )
    return ids[-1]
