"""Secrets taken out of whatever is about to be said."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Iterable
from urllib.parse import quote

#: Shorter secrets would black out ordinary words.
_SHORTEST = 6


class Redactor:
    """Replaces secrets by ``***``, as they are and as URLs, JSON and base64 spell them.

    Space around a secret is no part of it: a file's last line break often comes along, and what
    is sent has none.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in (s.strip() for s in secrets):
            if len(secret) >= _SHORTEST:
                encoded = base64.b64encode(secret.encode()).decode()
                forms |= {secret, encoded, encoded.rstrip("=")}
                forms |= {quote(secret), quote(secret, safe="")}
                forms |= {json.dumps(secret, ensure_ascii=ascii_)[1:-1] for ascii_ in (True, False)}
        # The longest first, so that no form leaves the rest of a longer one behind.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return ``text`` without any secret."""
        for form in self._forms:
            text = text.replace(form, "***")
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._forms)} forms)"


class RedactingFilter(logging.Filter):
    """Takes secrets out of a log record: message, arguments, traceback and stack.

    It belongs on a handler: a logger's filters do not see what its children log.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; it always passes."""
        record.msg = self._redactor(record.getMessage())
        record.args = None
        if record.exc_info:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self._redactor(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redactor(record.stack_info)
        return True
