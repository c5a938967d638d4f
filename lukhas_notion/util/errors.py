"""The errors of this package.

``LukhasNotionError``
  ``UsageError``: exit code 2
    ``ConfigError``: a setting, or a file that it names
    ``SetupError``: Notion is not set up for this run
  ``NotReviewed``: the plan was not reviewed
  ``LedgerError``: the ledger cannot be written, or was changed
  ``RunStopped``: deadline, Ctrl-C or SIGTERM
  ``NotionError``: a request to Notion did not succeed
    ``NotSent``: the request was not sent
    ``Refused``: repeating the request cannot help
      ``Blocked``: every request of this integration is refused
      ``InvalidToken``: 401
      ``Forbidden``: 403
      ``NotFound``: 404
      ``InvalidRequest``: any other 4xx
    ``Unavailable``: it was repeated as often as allowed
    ``OutcomeUnknown``: a create may have succeeded
"""

from __future__ import annotations

from lukhas_notion.util.sanitize import redact


class LukhasNotionError(Exception):
    """An error that a user can act on.

    Secrets are removed from message and remedy, since a server, a proxy or a library may have
    quoted a token.

    Args:
        message: one sentence: what is wrong and where (``file:line``, page, property).
        remedy: what to do next; may be empty.

    ``reason`` is one word for programs: the Action's ``failure-reason``, and a field of the
    ledger's record of a run that could not begin.
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
        """The message with a full stop, which a message of another service often lacks."""
        return self.message if self.message.endswith((".", "!", "?", ":")) else f"{self.message}."

    @property
    def in_one(self) -> str:
        """Message and remedy as running text."""
        return f"{self.sentence} {self.remedy}".strip()


class UsageError(LukhasNotionError):
    """The command cannot be carried out as it was given (exit code 2)."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting, or a file that a setting names, is wrong or cannot be read."""


class SetupError(UsageError):
    """Notion is not set up for this run: token, database, data source or properties."""


class NotReviewed(LukhasNotionError):
    """A plan that must be reviewed before it is applied was not reviewed; nothing is written."""

    reason = "plan-changed"


class LedgerError(LukhasNotionError):
    """The ledger cannot be read or written, or was changed."""

    reason = "ledger"


class RunStopped(LukhasNotionError):
    """A deadline, Ctrl-C or SIGTERM ended the run before its work was done.

    It is raised before a request is sent, never while one is in flight.
    """

    reason = "stopped"

    def __init__(self, message: str, remedy: str = "", *, exit_code: int = 1) -> None:
        super().__init__(message, remedy)
        self.exit_code = exit_code


class NotionError(LukhasNotionError):
    """A request to Notion did not get a usable answer.

    Args:
        message: as of :class:`LukhasNotionError`.
        remedy: as of :class:`LukhasNotionError`.
        status: the HTTP status, 0 without an answer.
        code: Notion's error code (``validation_error`` …), or "".
        request_id: Notion's ``request_id``, for its support, or "".
        committed_id: the id of the created object, where Notion names it
            (``additional_data.committed_resource_id`` of a 503), or "".
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
    """The connection failed before the request was sent; nothing was done."""


class Refused(NotionError):
    """Notion refused the request; repeating it cannot help."""


class Blocked(Refused):
    """Notion refuses every request of this integration."""


class InvalidToken(Refused):
    """401: the token is missing, wrong or revoked."""


class Forbidden(Refused):
    """403: a capability is missing, or the workspace's block limit is reached."""


class NotFound(Refused):
    """404: the object does not exist, or is not shared with the integration."""


class InvalidRequest(Refused):
    """400, 413 and other 4xx: Notion does not accept the request."""


class Unavailable(NotionError):
    """A request that is safe to repeat failed as often as it may be repeated."""


class OutcomeUnknown(NotionError):
    """A create was sent without a reliable answer, so it may have succeeded or not."""
