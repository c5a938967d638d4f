"""Notion's refusals: status, code and text, and the problems of a request worded as Notion does."""

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
        additional_data: further facts for a client, as Notion sends them.
        headers: headers of the answer besides the usual ones.
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
        """Return the answer's body, in Notion's order of keys."""
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
    """The body is over 512,000 bytes; answered ahead of the API, in a shape of its own."""


def validation(message: str) -> ApiError:
    """400 ``validation_error``: what was sent is not acceptable."""
    return ApiError(400, "validation_error", message)


def invalid_json() -> ApiError:
    """400 ``invalid_json``: the body does not parse."""
    return ApiError(400, "invalid_json", "Error parsing JSON body.")


def invalid_request_url() -> ApiError:
    """400 ``invalid_request_url``: Notion has no such path, or not with this method.

    It says so before it looks at the token (recorded).
    """
    return ApiError(400, "invalid_request_url", "Invalid request URL.")


def unauthorized(message: str) -> ApiError:
    """401 ``unauthorized``: no bearer token, or one that does not resolve."""
    return ApiError(401, "unauthorized", message)


def restricted_resource() -> ApiError:
    """403 ``restricted_resource``: the integration lacks a capability (documented text)."""
    return ApiError(403, "restricted_resource", RESTRICTED)


def missing_version(sent: str | None, quoted: str) -> ApiError:
    """400 ``missing_version``: none, an unknown one, or a published one not emulated here."""
    prefix = "Notion-Version header failed validation: Notion-Version header should be"
    if sent is None:
        return ApiError(400, "missing_version", f"{prefix} defined, instead was `undefined`.")
    known = (API_VERSION,) if sent in PUBLISHED_VERSIONS else PUBLISHED_VERSIONS
    listed = [f'`"{version}"`' for version in known]
    choices = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])}, or {listed[-1]}"
    return ApiError(400, "missing_version", f"{prefix} {choices}, instead was `{quoted}`.")


def not_found(what: str, object_id: str, integration: str, integration_id: str) -> ApiError:
    """404 ``object_not_found``: missing or not shared; Notion never says which.

    Args:
        what: ``page`` or ``database`` (a missing data source is called a database as well).
        object_id: the id asked for, with hyphens.
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
    """429 ``rate_limited``; ``retry_after`` in seconds, in the header and repeated in the body."""
    data = {"rate_limit_reason": reason}
    headers = {}
    if retry_after is not None:
        data["retry_after"] = headers["retry-after"] = f"{retry_after:g}"
    return ApiError(429, "rate_limited", RATE_LIMITED, additional_data=data, headers=headers)


def invalid_cursor(cursor: str) -> ApiError:
    """400 ``validation_error`` for a cursor that this query did not hand out."""
    return validation(f"The start_cursor provided is invalid: {cursor}")


MISSING: Any = object()
"""Stands for a member that was not sent, which a refusal calls ``undefined``."""

_QUOTE_LIMIT = 55
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#<>\"\[\]]+(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Letters, marks and symbols without a glyph: U+2800, U+3164, variation selectors …
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, which is how Notion measures."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def quoted(value: Any) -> str:
    """Write a value as a refusal quotes it: JSON, cut after 55 UTF-16 units."""
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
    """List the values of which one is expected: ``"a"``, ``"b"``, or ``"c"`` in backticks."""
    listed = [f'`"{value}"`' for value in values]
    if len(listed) <= 2:
        return " or ".join(listed)
    return f"{', '.join(listed[:-1])}, or {listed[-1]}"


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ" and not _BLANK.match(char)


class Problems:
    """All that is wrong with one part of a request; nothing is accepted while there is any.

    Args:
        root: the part, ``body`` or ``query``; every path starts with it.
    """

    def __init__(self, root: str = "body") -> None:
        self.root = root
        self.lines: list[str] = []

    def add(self, path: str, should_be: str, was: Any = MISSING) -> None:
        """Note that the value at ``path`` should be something else."""
        self.lines.append(f"{path} should be {should_be}, instead was `{quoted(was)}`.")

    def raise_any(self) -> None:
        """Refuse the request if anything was noted."""
        if len(self.lines) == 1:
            raise validation(f"{self.root} failed validation: {self.lines[0]}")
        if self.lines:
            listed = "\n".join(self.lines)
            raise validation(f"{self.root} failed validation. Fix one:\n{listed}")

    def is_object(self, value: Any, path: str) -> bool:
        """Say whether the value is an object; note it if not."""
        return self._is(isinstance(value, dict), value, path, "an object")

    def is_array(self, value: Any, path: str, longest: int | None = None) -> bool:
        """Say whether the value is an array, of ``longest`` items at most; note it if not."""
        if not self._is(isinstance(value, list), value, path, "an array"):
            return False
        return longest is None or self.at_most(len(value), longest, f"{path}.length")

    def is_string(self, value: Any, path: str, longest: int | None = None) -> bool:
        """Say whether the value is a string, of ``longest`` UTF-16 units at most."""
        if not self._is(isinstance(value, str), value, path, "a string"):
            return False
        return longest is None or self.at_most(units(value), longest, f"{path}.length")

    def is_filled(self, value: Any, path: str, longest: int) -> bool:
        """Say whether the value is one line of text, not too long, in which something is seen."""
        if not self.is_string(value, path, longest):
            return False
        if not any(map(_is_seen, value)):
            self.add(path, "a populated string", value)
            return False
        return self._is(not _CONTROL.search(value), value, path, "without control characters")

    def is_address(self, value: Any, path: str, longest: int) -> bool:
        """Say whether the value is a filled string without the NUL character, quoted or not."""
        if not self.is_filled(value, path, longest):
            return False
        return self._is("%00" not in value, value, path, "a valid URL")

    def is_web_address(self, value: Any, path: str, longest: int) -> bool:
        """Say whether the value is an address that begins with ``http://`` or ``https://``."""
        if not self.is_address(value, path, longest):
            return False
        return self._is(_WEB_ADDRESS.fullmatch(value) is not None, value, path, "a valid URL")

    def is_boolean(self, value: Any, path: str) -> bool:
        """Say whether the value is true or false; note it if not."""
        return self._is(isinstance(value, bool), value, path, "a boolean")

    def is_number(self, value: Any, path: str) -> bool:
        """Say whether the value is a number; note it if not."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return self._is(number, value, path, "a number")

    def is_one_of(self, value: Any, path: str, allowed: Collection[str]) -> bool:
        """Say whether the value is one of the strings allowed; note it if not."""
        one = isinstance(value, str) and value in allowed
        return self._is(one, value, path, choices(allowed))

    def at_most(self, value: int, limit: int, path: str) -> bool:
        """Say whether a length keeps its limit; note it if not."""
        return self._is(value <= limit, value, path, f"≤ `{limit}`")

    def only(self, value: dict[str, Any], allowed: Collection[str], path: str) -> None:
        """Note each member that may not be there."""
        for key, member in value.items():
            if key not in allowed:
                self.add(f"{path}.{key}", "not present", member)

    def _is(self, holds: bool, value: Any, path: str, should_be: str) -> bool:
        if not holds:
            self.add(path, "defined" if value is MISSING else should_be, value)
        return holds
