"""Notion's errors: status, code and text, and the problems of a request in Notion's words."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any

PUBLISHED_VERSIONS = (
    "2021-05-11",
    "2021-05-13",
    "2021-08-16",
    "2022-02-22",
    "2022-06-28",
    "2025-09-03",
    "2026-03-11",
)
API_VERSION = "2026-03-11"

ARCHIVED = "Can't edit block that is archived. You must unarchive the block before editing."
BAD_BEARER = 'Authorization header must use the format "Bearer <token>".'
RESTRICTED = "API token does not have access to this resource."
RATE_LIMITED = "You have been rate limited. Please try again in a few minutes."
SCHEMA_TOO_LARGE = "Database schema has exceeded the maximum size"


class ApiError(Exception):
    """A request is refused.

    Args:
        status: the HTTP status.
        code: Notion's error code, such as ``validation_error``.
        message: Notion's text.
        additional_data: Notion's further data for clients.
        headers: additional headers of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        additional_data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.additional_data = additional_data
        self.headers = headers or {}

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the body of the answer, in Notion's order of keys."""
        body: dict[str, Any] = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }
        if self.additional_data is not None:
            body["additional_data"] = self.additional_data
        body["request_id"] = request_id
        return body


class PayloadTooLargeError(Exception):
    """The body is over 512,000 bytes. The API's gateway answers, in a different shape."""


def validation(message: str) -> ApiError:
    """400 ``validation_error``: the request is not valid."""
    return ApiError(400, "validation_error", message)


def invalid_json() -> ApiError:
    """400 ``invalid_json``: the body does not parse."""
    return ApiError(400, "invalid_json", "Error parsing JSON body.")


def invalid_request_url() -> ApiError:
    """400 ``invalid_request_url``: Notion does not have this path, or not with this method.

    The path is checked before the token (recorded).
    """
    return ApiError(400, "invalid_request_url", "Invalid request URL.")


def unauthorized(message: str) -> ApiError:
    """401 ``unauthorized``: the bearer token is missing or unknown."""
    return ApiError(401, "unauthorized", message)


def restricted_resource() -> ApiError:
    """403 ``restricted_resource``: the integration lacks a capability (documented text)."""
    return ApiError(403, "restricted_resource", RESTRICTED)


def missing_version(sent: str | None, quoted: str) -> ApiError:
    """400 ``missing_version``: it is missing, unknown, or a published one that is not emulated."""
    prefix = "Notion-Version header failed validation: Notion-Version header should be"
    if sent is None:
        return ApiError(400, "missing_version", f"{prefix} defined, instead was `undefined`.")
    known = (API_VERSION,) if sent in PUBLISHED_VERSIONS else PUBLISHED_VERSIONS
    listed = [f'`"{version}"`' for version in known]
    choices = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])}, or {listed[-1]}"
    return ApiError(400, "missing_version", f"{prefix} {choices}, instead was `{quoted}`.")


def not_found(what: str, object_id: str, integration: str, integration_id: str) -> ApiError:
    """404 ``object_not_found``: it does not exist or is not shared; Notion does not say which.

    Args:
        what: ``page``, ``view`` or ``database``, which Notion also says for a data source.
        object_id: the requested id, with hyphens.
        integration: the integration's name.
        integration_id: the integration's id.
    """
    message = (
        f"Could not find {what} with ID: {object_id}. Make sure the relevant pages and "
        f'databases are shared with your integration "{integration}".'
    )
    return ApiError(
        404,
        "object_not_found",
        message,
        additional_data={"integration_id": integration_id},
    )


def rate_limited(
    retry_after: int | float | None, reason: str = "public_api_request_rate_limit"
) -> ApiError:
    """429 ``rate_limited``; ``retry_after``, in seconds, is in a header and in the body."""
    data = {"rate_limit_reason": reason}
    headers = {}
    if retry_after is not None:
        data["retry_after"] = headers["retry-after"] = f"{retry_after:g}"
    return ApiError(429, "rate_limited", RATE_LIMITED, additional_data=data, headers=headers)


def invalid_cursor(cursor: str) -> ApiError:
    """400 ``validation_error`` for a cursor that does not belong to this request."""
    return validation(f"The start_cursor provided is invalid: {cursor}")


MISSING: Any = object()
"""The value of a member that was not sent; Notion's messages call it ``undefined``."""

_QUOTE_LIMIT = 55
_WEB_ADDRESS = re.compile(
    r"https?://(?:[^\s/?#<>\"\[\]]*@)?[^\s/?#<>\"\[\]:@]+(?::[0-9]{0,5})?(?:[/?#][^\s<>\"]*)?",
    re.IGNORECASE,
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Characters of other categories that are blank, too: U+2800, U+3164, variation selectors …
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, as Notion counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def quoted(value: Any) -> str:
    """Return a value as Notion's messages quote it: JSON, cut after 55 UTF-16 units."""
    if value is MISSING:
        return "undefined"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) <= 2 * _QUOTE_LIMIT:
        return text
    return encoded[: 2 * _QUOTE_LIMIT].decode("utf-16-le", "surrogatepass") + "..."


def choices(values: Iterable[str]) -> str:
    """Return the list of the expected values: ``"a"``, ``"b"``, or ``"c"``, in backticks."""
    listed = [f'`"{value}"`' for value in values]
    if len(listed) <= 2:
        return " or ".join(listed)
    return f"{', '.join(listed[:-1])}, or {listed[-1]}"


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ" and not _BLANK.match(char)


class Problems:
    """The problems of one part of a request, which is refused if it has any.

    The methods ``is_…`` and :meth:`at_most` return whether the value is valid, and add a problem if
    it is not.

    Args:
        root: the part, ``body`` or ``query``; every path begins with it.
    """

    def __init__(self, root: str = "body") -> None:
        self.root = root
        self.lines: list[str] = []

    def add(self, path: str, should_be: str, was: Any = MISSING) -> None:
        """Add a problem: the value at ``path`` is not what it should be."""
        self.lines.append(f"{path} should be {should_be}, instead was `{quoted(was)}`.")

    def raise_any(self) -> None:
        """Raise the :class:`ApiError` for the problems, if the request has any."""
        if len(self.lines) == 1:
            raise validation(f"{self.root} failed validation: {self.lines[0]}")
        if self.lines:
            listed = "\n".join(self.lines)
            raise validation(f"{self.root} failed validation. Fix one:\n{listed}")

    def is_object(self, value: Any, path: str) -> bool:
        """Check for an object."""
        return self._is(isinstance(value, dict), value, path, "an object")

    def is_array(self, value: Any, path: str, longest: int | None = None) -> bool:
        """Check for an array of at most ``longest`` items."""
        if not self._is(isinstance(value, list), value, path, "an array"):
            return False
        return longest is None or self.at_most(len(value), longest, f"{path}.length")

    def is_string(self, value: Any, path: str, longest: int | None = None) -> bool:
        """Check for a string of at most ``longest`` UTF-16 units."""
        if not self._is(isinstance(value, str), value, path, "a string"):
            return False
        return longest is None or self.at_most(units(value), longest, f"{path}.length")

    def is_filled(self, value: Any, path: str, longest: int) -> bool:
        """Check for one line of at most ``longest`` UTF-16 units with a visible character."""
        if not self.is_string(value, path, longest):
            return False
        if not any(map(_is_visible, value)):
            self.add(path, "a populated string", value)
            return False
        return self._is(not _CONTROL.search(value), value, path, "without control characters")

    def is_address(self, value: Any, path: str, longest: int) -> bool:
        """Check for a filled string without a percent-encoded NUL character."""
        if not self.is_filled(value, path, longest):
            return False
        return self._is("%00" not in value, value, path, "a valid URL")

    def is_web_address(self, value: Any, path: str, longest: int) -> bool:
        """Check for an address that begins with ``http://`` or ``https://``."""
        if not self.is_address(value, path, longest):
            return False
        return self._is(_WEB_ADDRESS.fullmatch(value) is not None, value, path, "a valid URL")

    def is_boolean(self, value: Any, path: str) -> bool:
        """Check for true or false."""
        return self._is(isinstance(value, bool), value, path, "a boolean")

    def is_number(self, value: Any, path: str) -> bool:
        """Check for a number."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return self._is(number, value, path, "a number")

    def is_one_of(self, value: Any, path: str, allowed: Collection[str]) -> bool:
        """Check for one of the allowed strings."""
        one = isinstance(value, str) and value in allowed
        return self._is(one, value, path, choices(allowed))

    def at_most(self, value: int, limit: int, path: str) -> bool:
        """Check that a length is within its limit."""
        return self._is(value <= limit, value, path, f"≤ `{limit}`")

    def only_one(self, value: dict[str, Any], members: Collection[str], path: str) -> str:
        """Return the only member of these that an object has; if ``type`` is sent, it must match.

        Otherwise add problems and return "".
        """
        sent = [member for member in members if member in value]
        if len(sent) == 1 and value.get("type", sent[0]) == sent[0]:
            return sent[0]
        for member in members:
            self.add(f"{path}.{member}", "defined")
        return ""

    def only(self, value: dict[str, Any], allowed: Collection[str], path: str) -> None:
        """Add a problem for each member that is not allowed."""
        for key, member in value.items():
            if key not in allowed:
                self.add(f"{path}.{key}", "not present", member)

    def _is(self, valid: bool, value: Any, path: str, should_be: str) -> bool:
        if not valid:
            self.add(path, "defined" if value is MISSING else should_be, value)
        return valid
