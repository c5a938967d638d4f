"""Secrets, taken out of text: where an error is made, and where text leaves this process.

A token is registered by whatever first holds it (the environment, the Action's inputs, a
connection). From then on every error of this package is made without it, every answer of Notion
is read without it, and every text that is printed, written or posted goes out without it. The
register belongs to the process, as a logger does: an error is made where nobody can hand it one.
"""

from __future__ import annotations

import base64
import json
import logging
import string
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

#: Shorter secrets would black out ordinary words.
_SHORTEST = 6
#: How many secrets are kept; the oldest is forgotten first.
_MOST = 16
#: Which characters an encoder leaves as they are: none, letters and digits, those that RFC 3986
#: calls unreserved, and the slash beside them.
_LETTERS = frozenset(string.ascii_letters + string.digits)
_KEPT: tuple[frozenset[str], ...] = (
    *(frozenset(), _LETTERS),
    *(_LETTERS | set("-._~"), _LETTERS | set("-._~/")),
)
#: How servers, proxies, logs and shells spell a character.
_SPELLINGS: tuple[Callable[[int], str], ...] = (
    "%{:02X}".format,
    "%{:02x}".format,
    "%25{:02X}".format,
    "%25{:02x}".format,
    "\\u{:04x}".format,
    "\\u{:04X}".format,
    "\\x{:02x}".format,
    "\\x{:02X}".format,
    "&#{:d};".format,
    "&#x{:x};".format,
    "&#x{:X};".format,
)
_TOKENS = (
    *("NOTION_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"),
    *("ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
)
_AROUND = " \t\"'`<>()[]{}"
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


class Redactor:
    """Replaces secrets by ``***``, in every spelling that something on the way may give them.

    Besides the secret as it is: percent-encoded (once or twice), as escapes of JSON, Python and
    HTML, with its punctuation or all of its characters spelt so, in hexadecimal, and in base64 at
    any place of a longer text, such as ``user:TOKEN``.

    Space around a secret is no part of it: a file's last line break often comes along, and what
    is sent has none.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {
            form
            for secret in (s.strip() for s in secrets)
            if len(secret) >= _SHORTEST
            for form in _forms(secret)
        }
        # The longest first, so that no form leaves the rest of a longer one behind.
        self._forms = sorted(forms, key=len, reverse=True)
        self._bytes = [form.encode("utf-8", "surrogatepass") for form in self._forms]

    def __call__(self, text: str) -> str:
        """Return ``text`` without any secret."""
        for form in self._forms:
            text = text.replace(form, "***")
        return text

    def bytes(self, content: bytes) -> bytes:
        """Return UTF-8 ``content`` without any secret."""
        for form in self._bytes:
            content = content.replace(form, b"***")
        return content

    def __repr__(self) -> str:
        return f"Redactor({len(self._forms)} forms)"


_known: dict[str, Redactor] = {}


def register(*secrets: str) -> None:
    """Make secrets known to this process; blank ones are none.

    Of one with quotes, brackets or ``NAME=`` around it, what is within is secret as well.
    """
    for secret in (part for given in secrets for part in _parts(given)):
        known = _known.pop(secret, None)
        _known[secret] = Redactor([secret]) if known is None else known
    while len(_known) > _MOST:
        del _known[next(iter(_known))]


def redact(text: str) -> str:
    """Return ``text`` without any secret that is known."""
    for redactor in _by_length():
        text = redactor(text)
    return text


def redact_bytes(content: bytes) -> bytes:
    """Return UTF-8 ``content`` without any secret that is known."""
    for redactor in _by_length():
        content = redactor.bytes(content)
    return content


def guard_tracebacks() -> None:
    """Take secrets out of the tracebacks that the interpreter itself prints, of threads too.

    For a process of its own: the interpreter's hooks are replaced.
    """

    def report(kind: type[BaseException], error: BaseException | None, where: object) -> None:
        del kind, where
        if error is not None and sys.stderr is not None:
            sys.stderr.write(redact("".join(traceback.format_exception(error))))

    sys.excepthook = report
    threading.excepthook = lambda args: report(args.exc_type, args.exc_value, args.exc_traceback)


def secrets_of(environ: Mapping[str, str]) -> list[str]:
    """Return the secrets of an environment: tokens, the Action's inputs, passwords of proxies."""
    found = []
    for name, value in environ.items():
        plain = name.upper().replace("-", "_").removeprefix("INPUT_")
        if plain in _TOKENS:
            found.append(value.strip())
        elif plain in _PROXIES:
            found.append(_password(value))
    return [secret for secret in found if secret]


def _parts(given: str) -> Iterator[str]:
    """Yield a secret's lines, each as it is and without what may have come along with it."""
    for line in given.splitlines():
        bare = line.strip()
        inner = bare.rpartition("=")[2] if "=" in bare.rstrip("=") else bare
        yield from filter(None, dict.fromkeys((bare, inner.strip(_AROUND))))


def _by_length() -> list[Redactor]:
    """Return the redactors, the longest secret's first: a shorter one may be a part of it."""
    return [_known[secret] for secret in sorted(_known, key=len, reverse=True)]


def _password(address: str) -> str:
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""


def _forms(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield from (quote(secret), quote(secret, safe=""), raw.hex(), raw.hex().upper())
    yield from (json.dumps(secret, ensure_ascii=ascii_)[1:-1] for ascii_ in (True, False))
    for spell in _SPELLINGS:
        for kept in _KEPT:
            yield "".join(char if char in kept else _spelt(char, spell) for char in secret)
    for before, begin in enumerate((0, 2, 3)):
        # A character holds six bits: those at the edges depend on what stands before and after.
        padded = b"\0" * before + raw
        encoded = base64.b64encode(padded).decode()[begin : len(padded) * 8 // 6]
        yield from (encoded, encoded.translate(str.maketrans("+/", "-_")))


def _spelt(char: str, spell: Callable[[int], str]) -> str:
    """Return a character in one spelling: of its bytes in a URL, of its number elsewhere."""
    if spell(0).startswith("%"):
        return "".join(map(spell, char.encode("utf-8", "surrogatepass")))
    return spell(ord(char))


class RedactingFilter(logging.Filter):
    """Takes secrets out of a log record: message, arguments, traceback and stack.

    It belongs on a handler: a logger's filters do not see what its children log.
    """

    def __init__(self, redactor: Callable[[str], str] = redact) -> None:
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
