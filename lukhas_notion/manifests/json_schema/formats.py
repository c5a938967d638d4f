"""The ``format`` keyword as an assertion.

The checks are the ``jsonschema`` library's, by the libraries for each format; here are those that
it leaves out or does too loosely, and none of them fails otherwise than by saying no.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

#: Longer text is none of these formats: a check may take the square of the length.
LONGEST = 2_000
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf'(?:{_ATOM}(?:\.{_ATOM})*+|"[^"\\\r\n]*+")@(.+)', re.DOTALL)

_POINTER = r"(?:/(?:[^~/]|~[01])*+)*+"
_RELATIVE_POINTER = re.compile(rf"(?:0|[1-9][0-9]*+)(?:#|{_POINTER})")
# RFC 3339, appendix A: a unit is followed by the next smaller one, or by none.
_DATE_UNITS = r"(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)"
_TIME_UNITS = r"T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)"
_DURATION = re.compile(rf"P(?:{_DATE_UNITS}(?:{_TIME_UNITS})?|{_TIME_UNITS}|[0-9]+W)")
_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_DATE_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](.+)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_FINAL_DOTS = (".", "\u3002", "\uff0e", "\uff61")
# RFC 6570, section 2.
_CHAR = r"(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})"
_VARIABLE = rf"{_CHAR}+(?:\.{_CHAR}+)*(?::[1-9][0-9]{{0,3}}|\*)?"
_TEMPLATE = re.compile(
    rf"(?:[^\x00-\x20\x7f\"%<>\\^`{{|}}]|%[0-9A-Fa-f]{{2}}"
    rf"|\{{[+#./;?&]?{_VARIABLE}(?:,{_VARIABLE})*\}})*+"
)

Check = Callable[[str], bool]


def checks(formats: Iterable[str], compile_regex: Callable[[str], object]) -> dict[str, Check]:
    """Return what checks a text by each of these formats; unknown ones are left out.

    Args:
        formats: their names.
        compile_regex: raises ValueError for what is not a regular expression.
    """
    known = {name: _own().get(name) or _theirs(name) for name in formats}
    made = {name: bounded(check) for name, check in known.items() if check is not None}
    if "regex" in known:
        made["regex"] = _regex(compile_regex)
    return made


def _regex(compile_regex: Callable[[str], object]) -> Check:
    def check(value: str) -> bool:
        try:
            compile_regex(value)
        except ValueError:
            return False
        return True

    return check


def _theirs(name: str) -> Check | None:
    # A tenth of a second to import, which only some formats need.
    from jsonschema import Draft202012Validator

    found = Draft202012Validator.FORMAT_CHECKER.checkers.get(name)
    return found[0] if found else None


def _own() -> dict[str, Check]:
    return {
        "date-time": _is_date_time,
        "duration": _fully(_DURATION),
        "email": _is_email,
        "hostname": _is_hostname,
        "idn-hostname": _is_idn_hostname,
        "iri": lambda value: _holds("uri", _as_uri(value)),
        "iri-reference": lambda value: _holds("uri-reference", _as_uri(value)),
        "json-pointer": _fully(re.compile(_POINTER)),
        "relative-json-pointer": _fully(_RELATIVE_POINTER),
        "time": _is_time,
        "uri-template": _fully(_TEMPLATE),
        "uuid": _fully(_UUID),
        "color": _is_color,
    }


def bounded(check: Check) -> Check:
    """Return a check that holds for no text beyond the limits, and fails by saying no."""

    def within(value: str) -> bool:
        # Several of the library's expressions take a line break at the end for the end.
        if len(value) > LONGEST or value.endswith("\n"):
            return False
        try:
            return bool(check(value))
        except Exception:
            return False

    return within


def _fully(pattern: re.Pattern[str]) -> Check:
    return lambda value: pattern.fullmatch(value) is not None


def _holds(name: str, value: str) -> bool:
    check = _theirs(name)
    return check is not None and bool(check(value))


def _as_uri(iri: str) -> str:
    """Return the URI that an IRI maps to (RFC 3987, section 3.1)."""
    return _NOT_ASCII.sub(lambda match: quote(match[0]), iri)


def _is_date_time(value: str) -> bool:
    match = _DATE_TIME.fullmatch(value)
    return match is not None and _holds("date", match[1]) and _is_time(match[2])


def _is_time(value: str) -> bool:
    match = _TIME.fullmatch(value)
    if match is None:
        return False
    hour, minute, second, sign, ahead_hours, ahead_minutes = match.groups()
    if second != "60":
        return True
    # A leap second is the last one of a day in UTC (RFC 3339, section 5.7).
    ahead = int(ahead_hours or 0) * 60 + int(ahead_minutes or 0)
    local = int(hour) * 60 + int(minute)
    return (local - (-ahead if sign == "-" else ahead)) % (24 * 60) == 24 * 60 - 1


def _is_email(value: str) -> bool:
    match = _EMAIL.fullmatch(value)
    if match is None:
        return False
    domain = match[1]
    if domain.startswith("[") and domain.endswith("]"):
        return _is_address(domain[1:-1])
    return _is_hostname(domain) or (not domain.isascii() and _is_idn_hostname(domain))


def _is_address(literal: str) -> bool:
    is_six = literal.startswith("IPv6:")
    kind, text = (IPv6Address, literal[5:]) if is_six else (IPv4Address, literal)
    try:
        return "%" not in str(kind(text))
    except ValueError:
        return False


def _is_hostname(value: str) -> bool:
    """RFC 1123, section 2.1; labels that begin with ``xn--`` are held to RFC 5891 too."""
    text = value
    labels = text.split(".")
    if len(text) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return False
    return all(label[2:4] != "--" or _is_a_label(label) for label in labels)


def _is_a_label(label: str) -> bool:
    import idna

    try:
        return idna.alabel(idna.ulabel(label)).decode() == label.lower()
    except UnicodeError:
        return False


def _is_idn_hostname(value: str) -> bool:
    import idna

    return not value.endswith(_FINAL_DOTS) and bool(idna.encode(value))


def _is_color(value: str) -> bool:
    import webcolors  # type: ignore[import-untyped]

    if value.startswith("#"):
        return bool(webcolors.normalize_hex(value))
    return bool(webcolors.name_to_hex(value))
