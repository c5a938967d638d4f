"""Single settings: a flag beats the environment, the environment beats the file.

Values of the file have their types and ranges from its schema; the same ranges are checked here for
flags and variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from lukhas_notion.config.document import Document
from lukhas_notion.plan.source import check_form, named_repository
from lukhas_notion.plan.values import is_finite
from lukhas_notion.util.errors import ConfigError, ending_id

DEFAULT_API_URL = "https://api.notion.com"
DEFAULT_RATE = 3.0
#: To what `auto` raises it at the most: what Notion allows on its largest plans.
AUTOMATIC_RATE = 10.0
DEFAULT_CONCURRENCY = 10
DEFAULT_RETRIES = 6


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line said; None where it said nothing.

    Without a root it is the folder that the command runs in. In the Action ``workspace`` is the
    folder that the root is relative to.
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
        """Return how an error calls a setting: the flag, or the input of the Action."""
        return f"The input {input_name or key}" if self.workspace else f"--{key}"


class Settings(NamedTuple):
    """Reads one setting a method; each raises ConfigError, naming where the value was set."""

    flags: Flags
    environ: Mapping[str, str]
    document: Document

    def _filed(self, *path: str) -> _Setting:
        return _Setting(self.document.get(*path), self.document.place(*path))

    def target(self) -> tuple[str, str]:
        """Return the ids of the database and of the data source, "" where none is named.

        Where a flag or a variable names either, the file's ``database`` does not count: whoever can
        change the file could have another database written. The file's ``data_source`` counts
        beside a named database, to choose among its data sources; whether it is one of them, Notion
        is asked (:func:`lukhas_notion.notion.query.data_source_of`).
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
        for key, each in named.items():
            setting = _first(each, filed[key])
            ids.append(notion_id(str(setting.value or ""), setting.source, key.replace("_", " ")))
        return ids[0], ids[1]

    def _variable(self, name: str) -> _Setting:
        return _Setting(self.environ.get(name), name)

    def api_url(self) -> str:
        """Return where Notion is: the flag's, the environment's, or Notion's own address."""
        setting = _first(
            _Setting(self.flags.api_url, "--api-url"), self._variable("NOTION_API_URL")
        )
        url = str(setting.value or DEFAULT_API_URL).rstrip("/")
        try:
            parts = urlsplit(url)
            good = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            good = False
        if not good:
            raise ConfigError(
                f"{setting.source} is {url!r}, which is not an address.",
                f"Write it as {DEFAULT_API_URL}, or leave it out.",
            )
        return url

    def source(self) -> str:
        """Return the repository that the flag or the Action's input names, or "".

        A file cannot name it, because whoever may write to the file could claim others' pages.
        """
        named = (self.flags.source or "").strip()
        if named:
            server = self.environ.get("GITHUB_SERVER_URL", "").strip()
            named_repository(named, server, "--source")
        return named

    def source_form(self) -> str:
        """Return the form of a manifest's address, "" for the host's own."""
        form = self.document.text("source", "url")
        if form and (wrong := check_form(form)):
            remedy = "Write it as https://HOST/…/{commit}/{path}."
            raise self.document.error(("source", "url"), wrong, remedy)
        return form

    # A value of the file has its range from the schema; these are for flags and variables too.

    def rate(self) -> tuple[float, float]:
        """Return the operations per second, and to what they may rise by themselves."""
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
        """Return how many requests travel at once."""
        return self._whole("concurrency", least=1) or DEFAULT_CONCURRENCY

    def max_retries(self) -> int | None:
        """Return how often a request may be repeated, None where nobody has set it."""
        return self._whole("max_retries", least=0)

    def _whole(self, key: str, *, least: int) -> int | None:
        """Return a whole number from ``least`` to 100, None where nobody has set it."""
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
                f"{setting.source} is {setting.value}: it is a number of seconds above 0.",
                "Leave it out for no deadline.",
            )
        return seconds


class _Setting(NamedTuple):
    """What was said somewhere, and where that was, for an error."""

    value: str | float | None
    source: str


_NOT_SET = _Setting(None, "")


def _first(*settings: _Setting) -> _Setting:
    """Return the first that is set; blanks, as CI passes them for unset inputs, are not."""
    for each in settings:
        if isinstance(each.value, str):
            if each.value.strip():
                return _Setting(each.value.strip(), each.source)
        elif each.value is not None:
            return each
    return _NOT_SET


def _flag(key: str) -> str:
    return f"--{key.replace('_', '-')}"


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
