"""The errors of this package, and checks of the shape of data from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from uuid import UUID

from lukhas_notion.util.sanitize import redact


class LukhasNotionError(Exception):
    """What went wrong and what to do next, in words meant for a person.

    A server, a proxy or a library may have quoted a token in what becomes the message. It is taken
    out here, so that nothing made from an error can hold it.

    Args:
        message: one sentence: what happened and where (``file:line``, page, property).
        remedy: what to do next; may be empty.

    ``reason`` is the same as a word for a machine: the Action's ``failure-reason``, and the field
    of the ledger's record of a run that could not begin.
    """

    exit_code = 1
    reason = "configuration"

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = redact(message)
        self.remedy = redact(remedy)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message

    @property
    def sentence(self) -> str:
        """The message with a full stop, which another service's words at its end often lack."""
        return self.message if self.message.endswith((".", "!", "?", ":")) else f"{self.message}."

    @property
    def in_one(self) -> str:
        """Message and remedy as running text, for a place that has one line."""
        return f"{self.sentence} {self.remedy}".strip()


class UsageError(LukhasNotionError):
    """What was asked for cannot be done as it was asked (exit code 2)."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting, or a file that a setting names, is wrong or cannot be read."""


class SetupError(UsageError):
    """Notion is not set up for this run: token, database, data source or properties."""


class NotReviewed(LukhasNotionError):
    """Only a reviewed plan may be applied, and there is none: nothing is written."""

    reason = "plan-changed"


class LedgerError(LukhasNotionError):
    """The ledger cannot be written, or is not what was written."""

    reason = "ledger"


class RunStopped(LukhasNotionError):
    """The run ended before its work did: deadline, Ctrl-C or SIGTERM.

    Raised before a request is sent, never while one is in flight.
    """

    reason = "stopped"

    def __init__(self, message: str, remedy: str = "", *, exit_code: int = 1) -> None:
        super().__init__(message, remedy)
        self.exit_code = exit_code


class NotionError(LukhasNotionError):
    """What a request to Notion came to, when it did not come to a usable answer.

    Args:
        status: the HTTP status, or 0 when there was no answer.
        code: Notion's error code (``validation_error`` …), or "".
        request_id: Notion's ``request_id``, to quote to its support, or "".
        committed_id: the id of what was created, when Notion named it
            (``additional_data.committed_resource_id`` of a 503), else "".
    """

    reason = "notion"

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        status: int = 0,
        code: str = "",
        request_id: str = "",
        committed_id: str = "",
    ) -> None:
        super().__init__(message, remedy)
        self.status = status
        self.code = redact(code)
        self.request_id = redact(request_id)
        self.committed_id = redact(committed_id)


class NotSent(NotionError):
    """The connection failed before the request left: nothing was done."""


class Refused(NotionError):
    """Notion refused for good: repeating the same request cannot help."""


class Blocked(Refused):
    """Notion refuses whatever this integration asks for."""


class InvalidToken(Refused):
    """401: the token is missing, wrong or revoked."""


class Forbidden(Refused):
    """403: a capability is missing, or the workspace's block limit is reached."""


class NotFound(Refused):
    """404: it does not exist, or it is not shared with the integration."""


class InvalidRequest(Refused):
    """400, 413 and the rest of 4xx: Notion does not accept what was sent."""


class Unavailable(NotionError):
    """A request that is safe to repeat was repeated as often as allowed, in vain."""


class OutcomeUnknown(NotionError):
    """A create was sent and no trustworthy answer came: it may have been done, or not."""


Object = Mapping[str, Any]
Where = str | tuple["Where", str | int]

_REPORT = (
    "Run again. If it happens again, report it together with this message: "
    "https://status.notion.com shows whether Notion has an incident."
)


def require_object(value: object, where: Where) -> Object:
    """Return an object, or raise :class:`Unavailable`."""
    # Parsed JSON has no other mapping, and to ask for any takes several times longer.
    if type(value) is not dict and not isinstance(value, Mapping):
        misfit(where, "an object", value)
    return value


def require_list(value: object, where: Where) -> Sequence[Any]:
    """Return a list, or raise :class:`Unavailable`."""
    if not isinstance(value, list):
        misfit(where, "a list", value)
    return value


def require_text(value: object, where: Where) -> str:
    """Return a text, or raise :class:`Unavailable`."""
    if not isinstance(value, str):
        misfit(where, "a text", value)
    return value


def require_flag(value: object, where: Where) -> bool:
    """Return true or false, or raise :class:`Unavailable`."""
    if not isinstance(value, bool):
        misfit(where, "true or false", value)
    return value


def plain_text(value: object, where: Where) -> str:
    """Return a list of rich text objects as text, or raise :class:`Unavailable`.

    Notion merges and splits text objects as it likes, so only their join means something.
    """
    return "".join(
        require_text(
            require_object(part, (where, index)).get("plain_text"), ((where, index), "plain_text")
        )
        for index, part in enumerate(require_list(value, where))
    )


def optional_text(found: object, member: str) -> str:
    """Return a member that is a text, "" where it is anything else or missing."""
    value = found.get(member) if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else ""


def misfit(where: Where, expected: str, value: object) -> NoReturn:
    """Raise :class:`Unavailable` for a value that is not what it should be.

    What it is instead is named by its kind alone: an answer may hold anything, at any length.
    """
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a flag"}
    held = "missing" if value is None else kinds.get(type(value), "a number")
    raise Unavailable(
        f"Notion's answer has another form than its API promises: {_spelled(where)} is {held} and "
        f"should be {expected}.",
        _REPORT,
    )


def _spelled(where: Where) -> str:
    if isinstance(where, str):
        return where
    around, inner = where
    return _spelled(around) + (f"[{inner}]" if isinstance(inner, int) else f".{inner}")


_ID = re.compile(r"[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)
_ENDING = re.compile(rf"(?<![0-9A-Za-z]){_ID.pattern}\Z", re.IGNORECASE)


def is_notion_id(value: object) -> bool:
    """Whether this is an id by itself: 32 hexadecimal digits, with all hyphens or none.

    Nothing else out of a file may become part of an address.
    """
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def normalize_id(value: object) -> str:
    """Return an id with hyphens and in lower case, as answers have it; "" for what is not an id."""
    if not is_notion_id(value):
        return ""
    return str(UUID(str(value)))


def ending_id(text: str) -> str:
    """Return the id that a text ends with, as Notion writes it; "" where it ends with none.

    A title may stand before it, as in a URL's path, but no other letter or digit: of a number that
    has one digit too many the rest is no id.
    """
    found = _ENDING.search(text)
    return normalize_id(found[0]) if found else ""
