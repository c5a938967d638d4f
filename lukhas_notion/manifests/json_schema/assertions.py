"""The keywords of JSON Schema that check a value alone, and the formats of texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address
from operator import ge, gt, le, lt
from typing import Any
from urllib.parse import quote as percent_encode

from lukhas_notion.manifests.json_schema.evaluation import (
    Errors,
    Rules,
    Run,
    Seen,
    Table,
    add_error,
)
from lukhas_notion.manifests.json_values import quote, show

#: Longer text has none of these formats, because a check may take the square of the length.
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


def format_checks(
    formats: Iterable[str], compile_regex: Callable[[str], object]
) -> dict[str, Check]:
    """Return a check of texts for each of these formats; unknown formats are left out.

    Args:
        formats: their names.
        compile_regex: raises ValueError for a text that is not a regular expression.
    """
    known = {name: _CHECKS.get(name) or _library_check(name) for name in formats}
    result = {name: bounded(check) for name, check in known.items() if check is not None}
    if "regex" in known:
        result["regex"] = _accepted_by(compile_regex)
    return result


def _library_check(name: str) -> Check | None:
    # It takes a tenth of a second to import, which only some formats need.
    from jsonschema import Draft202012Validator

    found = Draft202012Validator.FORMAT_CHECKER.checkers.get(name)
    return found[0] if found else None


def bounded(check: Check) -> Check:
    """Return a check that refuses text beyond the limits, and raises nothing."""

    def bounded(value: str) -> bool:
        # Several of the library's expressions ignore a line break at the end.
        if len(value) > LONGEST or value.endswith("\n"):
            return False
        try:
            return bool(check(value))
        except Exception:
            return False

    return bounded


def _accepted_by(compile_regex: Callable[[str], object]) -> Check:
    def check(value: str) -> bool:
        try:
            compile_regex(value)
        except ValueError:
            return False
        return True

    return check


def _fully(pattern: re.Pattern[str]) -> Check:
    return lambda value: pattern.fullmatch(value) is not None


def _is(name: str, value: str) -> bool:
    """Return whether a text has a format of the library."""
    check = _library_check(name)
    return check is not None and bool(check(value))


def _as_uri(iri: str) -> str:
    """Return the URI that an IRI maps to (RFC 3987, section 3.1)."""
    return _NOT_ASCII.sub(lambda match: percent_encode(match[0]), iri)


def _is_date_time(value: str) -> bool:
    match = _DATE_TIME.fullmatch(value)
    return match is not None and _is("date", match[1]) and _is_time(match[2])


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
    """RFC 1123, section 2.1, and RFC 5891 for labels that begin with ``xn--``."""
    labels = value.split(".")
    if len(value) > 253 or not all(map(_LABEL.fullmatch, labels)):
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


_CHECKS: dict[str, Check] = {
    "date-time": _is_date_time,
    "duration": _fully(_DURATION),
    "email": _is_email,
    "hostname": _is_hostname,
    "idn-hostname": _is_idn_hostname,
    "iri": lambda value: _is("uri", _as_uri(value)),
    "iri-reference": lambda value: _is("uri-reference", _as_uri(value)),
    "json-pointer": _fully(re.compile(_POINTER)),
    "relative-json-pointer": _fully(_RELATIVE_POINTER),
    "time": _is_time,
    "uri-template": _fully(_TEMPLATE),
    "uuid": _fully(_UUID),
    "color": _is_color,
}


# --- keywords ----------------------------------------------------------------------------------

TABLE = Table()
#: Characters of a text that one step checks against a format.
_CHARACTERS = 4

Schema = Mapping[str, Any]
Holds = Callable[[Any], bool]
"""Returns whether a value satisfies a keyword."""


def _asserts(name: str, *types: type) -> Callable[[Callable[[Rules, Any, Schema], Holds]], None]:
    """Add a keyword that is explained by its argument alone."""

    def add(make: Callable[[Rules, Any, Schema], Holds]) -> None:
        def compiled(rules: Rules, argument: Any, schema: Schema) -> Run:
            holds = make(rules, argument, schema)

            def run(value: Any, _resolver: Any, _seen: Seen, errors: Errors) -> None:
                if not holds(value):
                    add_error(errors)

            return run

        TABLE.keyword(name, of=types)(compiled)

    return add


@_asserts("type")
def _type(rules: Rules, allowed: str | list[str], _: Schema) -> Holds:
    names = [allowed] if isinstance(allowed, str) else allowed
    return lambda value: any(rules.is_type(value, name) for name in names)


@_asserts("const")
def _const(rules: Rules, constant: Any, _: Schema) -> Holds:
    return lambda value: bool(rules.identity(value) == rules.identity(constant))


@_asserts("enum")
def _enum(rules: Rules, values: list[Any], _: Schema) -> Holds:
    allowed = frozenset(map(rules.identity, values))
    return lambda value: rules.identity(value) in allowed


@_asserts("format", str)
def _format(rules: Rules, name: str, _: Schema) -> Holds:
    check: Holds = rules.formats.get(name) or (lambda _: True)

    def holds(value: str) -> bool:
        rules.budget.spend(min(len(value), LONGEST) // _CHARACTERS)
        return check(value)

    return holds


@_asserts("pattern", str)
def _pattern(rules: Rules, expression: str, _: Schema) -> Holds:
    return lambda value: rules.budget.search(expression, value)


@_asserts("multipleOf", int, float)
def _multiple_of(_rules: Rules, unit: float, _: Schema) -> Holds:
    # Exact decimals, by which 0.3 is a multiple of 0.1.
    divisor = Fraction(str(unit))
    return lambda value: (Fraction(str(value)) / divisor).denominator == 1


def _limit(name: str, compare: Callable[[Any, Any], bool], exclusive: str = "") -> None:
    """Add a keyword that compares numbers.

    In draft 4, ``exclusiveMinimum`` and ``exclusiveMaximum`` are booleans next to the limit.
    """

    @_asserts(name, int, float)
    def _(_rules: Rules, limit: Any, schema: Schema) -> Holds:
        if isinstance(limit, bool):
            return lambda _: True
        excludes = schema.get(exclusive) is True
        return lambda value: compare(value, limit) and not (excludes and value == limit)


def _size(name: str, sized: type, compare: Callable[[int, int], bool]) -> None:
    """Add a keyword that compares the length of a type of value."""

    @_asserts(name, sized)
    def _(_rules: Rules, limit: int, _schema: Schema) -> Holds:
        return lambda value: compare(len(value), limit)


_limit("minimum", ge, "exclusiveMinimum")
_limit("maximum", le, "exclusiveMaximum")
_limit("exclusiveMinimum", gt)
_limit("exclusiveMaximum", lt)
for _sized, _measure in ((str, "Length"), (list, "Items"), (dict, "Properties")):
    _size(f"min{_measure}", _sized, ge)
    _size(f"max{_measure}", _sized, le)


@TABLE.keyword("required", of=(dict,))
def _required(rules: Rules, names: list[str], _: Schema) -> Run:
    def run(value: Any, _resolver: Any, _seen: Seen, errors: Errors) -> None:
        rules.look_at(len(names))
        for name in names:
            if name not in value:
                add_error(errors, f"the key {quote(name)} is missing")

    return run


@TABLE.keyword("uniqueItems", of=(list,))
def _unique_items(rules: Rules, is_unique: bool, _: Schema) -> Run:
    def run(value: Any, _resolver: Any, _seen: Seen, errors: Errors) -> None:
        if not is_unique:
            return
        rules.look_at(len(value))
        first: dict[object, int] = {}
        for index, item in enumerate(value):
            if first.setdefault(rules.identity(item), index) != index:
                # One error, at the first repeated item.
                add_error(errors, f"{show(item)} is in the list twice", path=(index,))
                return

    return run
