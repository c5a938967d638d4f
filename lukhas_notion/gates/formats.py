"""The ``format`` keyword as an assertion.

The checks are the ``jsonschema`` library's, by the libraries for each format; here are those that
it leaves out or does too loosely, and none of them fails otherwise than by saying no.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker

from lukhas_notion.gates.patterns import compile_pattern

# Longer text is none of these formats: a check may take the square of the length.
_LONGEST = 8_192
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf'(?:{_ATOM}(?:\.{_ATOM})*+|"[^"\\\r\n]*+")@(.+)', re.DOTALL)

_RELATIVE_POINTER = re.compile(r"(?:0|[1-9][0-9]*+)(?:#|(?:/(?:[^~/]|~[01])*+)*+)")

Check = Callable[[object], bool]


def checker(formats: Iterable[str]) -> FormatChecker:
    """Return a checker for these formats; those that nobody knows hold for any value."""
    made = FormatChecker(formats=())
    for name in formats:
        check = _own().get(name) or _theirs(name)
        if check is not None:
            made.checks(name, raises=Exception)(_bounded(check))
    return made


def _theirs(name: str) -> Check | None:
    found = Draft202012Validator.FORMAT_CHECKER.checkers.get(name)
    return found[0] if found else None


def _own() -> dict[str, Check]:
    return {
        "email": _is_email,
        "regex": _is_regex,
        "iri": lambda value: _holds("uri", _as_uri(str(value))),
        "iri-reference": lambda value: _holds("uri-reference", _as_uri(str(value))),
        "relative-json-pointer": lambda value: _RELATIVE_POINTER.fullmatch(str(value)) is not None,
        "color": _is_color,
    }


def _bounded(check: Check) -> Check:
    def bounded(value: object) -> bool:
        if not isinstance(value, str):
            return True
        return len(value) <= _LONGEST and bool(check(value))

    return bounded


def _holds(name: str, value: str) -> bool:
    check = _theirs(name)
    return check is not None and bool(check(value))


def _as_uri(iri: str) -> str:
    """Return the URI that an IRI maps to (RFC 3987, section 3.1)."""
    return _NOT_ASCII.sub(lambda match: quote(match[0]), iri)


def _is_email(value: object) -> bool:
    match = _EMAIL.fullmatch(str(value))
    return match is not None and _holds("hostname", match[1])


def _is_regex(value: object) -> bool:
    return compile_pattern(str(value)) is not None


def _is_color(value: object) -> bool:
    import webcolors  # type: ignore[import-untyped]

    if str(value).startswith("#"):
        return bool(webcolors.normalize_hex(str(value)))
    return bool(webcolors.name_to_hex(str(value)))
