"""Every exception that a caller of this package may see, drawn as one tree.

.. code-block:: text

    LukhasNotionError                  message, remedy, exit code
    ├── UsageError                     exit 2: asked for something that cannot be done as asked
    │   ├── ConfigError                a setting or a configured file, with its place
    │   └── SetupError                 Notion is not set up for this: token, database, properties
    ├── NotReviewed                    exit 1: the plan that was reviewed cannot be had
    ├── LedgerError                    exit 1: the ledger cannot be written or is not whole
    ├── RunStopped                     exit 1, 130 or 143: deadline, Ctrl-C or SIGTERM
    └── NotionError                    exit 1: what a request to Notion came to
        ├── NotSent                    the request never left this machine: nothing was done
        ├── Refused                    Notion said no, finally: nothing was done
        │   ├── InvalidToken           401
        │   ├── Forbidden              403
        │   ├── NotFound               404
        │   └── InvalidRequest         400, 413 and the other 4xx
        ├── Unavailable                a request that is safe to repeat was repeated in vain
        └── OutcomeUnknown             a create was sent, and whether it was done is not known

A violation of a gate is no exception: all of them are collected
(:class:`lukhas_notion.manifests.violation.Violation`), because a user wants to see every one at
once.
"""

from __future__ import annotations

from lukhas_notion.util.redaction import redact


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
