"""The filter of a query: checks of its shape and against the schema, and the test of a page.

Text is compared without case. That is recorded for ``contains`` and assumed for the other
operators, so that a client that relies on case fails here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from lukhas_notion.emulator import dates, render, richtext
from lukhas_notion.emulator.errors import Problems, validation
from lukhas_notion.emulator.ids import with_hyphens
from lukhas_notion.emulator.model import OPTION_TYPES, DataSource, Page, Property
from lukhas_notion.emulator.workspace import Workspace

Test = Callable[[Page], bool]

MAX_COMPOUND = 100
COMPOUNDS = ("or", "and")
TIMESTAMPS = ("created_time", "last_edited_time")

_EMPTINESS = ("is_empty", "is_not_empty")
_TEXT = (
    "equals",
    "does_not_equal",
    "contains",
    "does_not_contain",
    "starts_with",
    "ends_with",
    *_EMPTINESS,
)
_RELATIVE = (
    "this_week",
    "past_week",
    "past_month",
    "past_year",
    "next_week",
    "next_month",
    "next_year",
)
_DATE = ("equals", "before", "after", "on_or_before", "on_or_after", *_RELATIVE, *_EMPTINESS)
_NUMBER = (
    "equals",
    "does_not_equal",
    "greater_than",
    "less_than",
    "greater_than_or_equal_to",
    "less_than_or_equal_to",
    *_EMPTINESS,
)
OPERATORS: dict[str, tuple[str, ...]] = {
    "title": _TEXT,
    "rich_text": _TEXT,
    "number": _NUMBER,
    "checkbox": ("equals", "does_not_equal"),
    "select": ("equals", "does_not_equal", *_EMPTINESS),
    "status": ("equals", "does_not_equal", *_EMPTINESS),
    "multi_select": ("contains", "does_not_contain", *_EMPTINESS),
    "people": ("contains", "does_not_contain", *_EMPTINESS),
    "relation": ("contains", "does_not_contain", *_EMPTINESS),
    "files": _EMPTINESS,
    "date": _DATE,
    "url": _TEXT,
    "email": _TEXT,
    "phone_number": _TEXT,
    "created_time": _DATE,
    "last_edited_time": _DATE,
}
_REFERENCES = ("people", "relation")
_TEXT_TYPES = ("title", "rich_text", "url", "email", "phone_number")


def check(value: Any, path: str, problems: Problems, depth: int = 0) -> None:
    """Add the problems in the shape of a filter; compounds can be nested two levels deep."""
    if not problems.is_object(value, path):
        return
    compounds = [key for key in COMPOUNDS if key in value] if depth < 2 else []
    for key in compounds:
        where = f"{path}.{key}"
        if problems.is_array(value[key], where, MAX_COMPOUND):
            for index, item in enumerate(value[key]):
                check(item, f"{where}[{index}]", problems, depth + 1)
    if not compounds:
        _check_condition(value, path, problems, depth)


def _check_condition(value: dict[str, Any], path: str, problems: Problems, depth: int) -> None:
    kinds = [kind for kind in OPERATORS if kind in value]
    if len(kinds) != 1:
        first = COMPOUNDS if depth == 0 else ()
        last = COMPOUNDS if depth == 1 else ()
        for kind in (*first, *OPERATORS, *last):
            problems.add(f"{path}.{kind}", "defined")
        return
    kind = kinds[0]
    subject = "timestamp" if "timestamp" in value else "property"
    problems.only(value, (kind, subject, "type"), path)
    if subject == "timestamp":
        problems.is_one_of(value["timestamp"], f"{path}.timestamp", (kind,))
        if kind not in TIMESTAMPS:
            problems.add(f"{path}.timestamp", "not present", value["timestamp"])
    elif "property" not in value:
        problems.add(f"{path}.property", "defined")
    else:
        problems.is_string(value["property"], f"{path}.property")
    if problems.is_object(value[kind], f"{path}.{kind}"):
        _check_operators(kind, value[kind], f"{path}.{kind}", problems)


def _check_operators(kind: str, condition: dict[str, Any], path: str, problems: Problems) -> None:
    problems.only(condition, OPERATORS[kind], path)
    used = [operator for operator in OPERATORS[kind] if operator in condition]
    if len(used) != 1:
        for operator in OPERATORS[kind]:
            problems.add(f"{path}.{operator}", "defined")
        return
    _check_operand(kind, used[0], condition[used[0]], f"{path}.{used[0]}", problems)


def _check_operand(kind: str, operator: str, wanted: Any, where: str, problems: Problems) -> None:
    if operator in _EMPTINESS:
        if wanted is not True:
            problems.add(where, "`true`", wanted)
    elif operator in _RELATIVE:
        if wanted != {}:
            problems.add(where, "an empty object", wanted)
    elif kind == "number":
        problems.is_number(wanted, where)
    elif kind == "checkbox":
        problems.is_boolean(wanted, where)
    elif OPERATORS[kind] is _DATE:
        if problems.is_string(wanted, where) and dates.parse(wanted) is None:
            problems.add(where, "a valid ISO 8601 date string", wanted)
    elif kind == "select" and isinstance(wanted, list):
        for index, name in enumerate(wanted):
            problems.is_string(name, f"{where}[{index}]")
    elif problems.is_string(wanted, where) and kind in _REFERENCES and not with_hyphens(wanted):
        problems.add(where, "a valid uuid", wanted)


def unknown_property(condition: dict[str, Any], source: DataSource) -> str | None:
    """Return the first property a filter names that the data source does not have."""
    for part in _conditions(condition):
        if "property" in part and source.find(part["property"]) is None:
            name: str = part["property"]
            return name
    return None


def _conditions(condition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not any(key in condition for key in COMPOUNDS):
        yield condition
    for key in ("and", "or"):
        for part in condition.get(key, []):
            yield from _conditions(part)


def compiled(workspace: Workspace, condition: dict[str, Any], source: DataSource) -> Test:
    """Return the test that pages must pass.

    Args:
        workspace: the workspace; ``this_week`` and the like are relative to its day.
        condition: a filter that :func:`check` and :func:`unknown_property` have passed.
        source: the data source of the pages.

    Raises:
        ApiError: a property has another type, or does not have the named option.
    """
    compounds = [key for key in COMPOUNDS if key in condition]
    if compounds:
        parts = []
        for key in compounds:
            titles, others = _title_tests(workspace, key, _flat(key, condition[key]), source)
            tests = [compiled(workspace, part, source) for part in others]
            parts.append(_combined(key, [*titles, *tests]))
        return _combined("and", parts)
    kind = next(kind for kind in OPERATORS if kind in condition)
    ((operator, wanted),) = condition[kind].items()
    if "timestamp" in condition:
        column = Property(kind, kind, kind)
    else:
        named = source.find(condition["property"])
        assert named is not None  # noqa: S101 - see unknown_property
        column = named
        _check_fit(column, kind, operator, wanted)
    holds = _comparison(column.type, operator, wanted, workspace.clock.now().date())
    return lambda page: holds(_comparable(workspace, page, column))


def _flat(key: str, conditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the conditions, with those of a nested compound of the same kind inlined."""
    nested = (part[key] if part.keys() == {key} else [part] for part in conditions)
    return list(itertools.chain.from_iterable(nested))


def _title_tests(
    workspace: Workspace, key: str, conditions: list[dict[str, Any]], source: DataSource
) -> tuple[list[Test], list[dict[str, Any]]]:
    """Return one test for all conditions on the title, if there are any, and the other conditions.

    Clients send many titles at once; a set is much faster than one test for each.
    """
    operator = "equals" if key == "or" else "does_not_equal"
    column = next(column for column in source.properties if column.type == "title")
    names: set[str] = set()
    others = []
    for part in conditions:
        is_title = "property" in part and source.find(part["property"]) == column
        if is_title and operator in part.get("title", {}):
            names.add(part["title"][operator].casefold())
        else:
            others.append(part)
    if not names:
        return [], others
    wanted = key == "or"
    return [
        lambda page: (_comparable(workspace, page, column).casefold() in names) is wanted
    ], others


def _combined(key: str, tests: list[Test]) -> Test:
    if key == "and":
        return lambda page: all(test(page) for test in tests)
    return lambda page: any(test(page) for test in tests)


def _check_fit(column: Property, kind: str, operator: str, wanted: Any) -> None:
    fits = column.type == kind or (kind == "rich_text" and column.type in _TEXT_TYPES)
    if not fits:
        raise validation(
            "The property type in the database does not match the property type of the filter "
            f"provided: database property {column.type} does not match filter {kind}"
        )
    if kind not in OPTION_TYPES or operator in _EMPTINESS:
        return
    for name in wanted if isinstance(wanted, list) else [wanted]:
        if column.option_named(name) is None:
            raise validation(f'{kind} option "{name}" not found for property "{column.name}".')


def _comparable(workspace: Workspace, page: Page, column: Property) -> Any:
    value = render.value(workspace, page, column)
    if column.type in ("title", "rich_text"):
        return richtext.plain(value)
    if column.type in ("select", "status"):
        return value["name"] if value else ""
    if column.type in _REFERENCES:
        return [reference["id"] for reference in value]
    if column.type == "multi_select":
        return [option["name"] for option in value]
    if column.type == "date":
        return value["start"] if value else None
    return "" if value is None and column.type in _TEXT_TYPES else value


def _comparison(kind: str, operator: str, wanted: Any, today: date) -> Callable[[Any], bool]:
    if operator in _EMPTINESS:
        wants_empty = operator == "is_empty"
        return lambda value: (value in ("", None, [])) is wants_empty
    if kind in _TEXT_TYPES:
        return _text(operator, wanted.casefold())
    if kind in ("select", "status"):
        names = {name.casefold() for name in (wanted if isinstance(wanted, list) else [wanted])}
        negated = operator == "does_not_equal"
        return lambda value: (value.casefold() in names) is not negated
    if kind == "multi_select":
        name = wanted.casefold()
        negated = operator == "does_not_contain"
        return lambda value: (name in [option.casefold() for option in value]) is not negated
    if kind in _REFERENCES:
        object_id, negated = with_hyphens(wanted), operator == "does_not_contain"
        return lambda value: (object_id in value) is not negated
    if kind in ("number", "checkbox"):
        return _number(operator, wanted)
    return _date(operator, wanted, today)


def _text(operator: str, wanted: str) -> Callable[[str], bool]:
    tests: dict[str, Callable[[str], bool]] = {
        "equals": lambda value: value == wanted,
        "does_not_equal": lambda value: value != wanted,
        "contains": lambda value: wanted in value,
        "does_not_contain": lambda value: wanted not in value,
        "starts_with": lambda value: value.startswith(wanted),
        "ends_with": lambda value: value.endswith(wanted),
    }
    test = tests[operator]
    return lambda value: test(value.casefold())


def _number(operator: str, wanted: float) -> Callable[[float | None], bool]:
    if operator == "equals":
        return lambda value: value == wanted
    if operator == "does_not_equal":
        return lambda value: value != wanted
    tests: dict[str, Callable[[float], bool]] = {
        "greater_than": lambda value: value > wanted,
        "less_than": lambda value: value < wanted,
        "greater_than_or_equal_to": lambda value: value >= wanted,
        "less_than_or_equal_to": lambda value: value <= wanted,
    }
    test = tests[operator]
    return lambda value: value is not None and test(value)


def _date(operator: str, wanted: Any, today: date) -> Callable[[str | None], bool]:
    span = dates.span(operator, today)
    if span is not None:
        first, last = span
        return lambda value: value is not None and first <= moment(value).date() <= last
    by_day = dates.is_day(wanted)
    # The operand is truncated to the minute, as values are: a row at 18:01 is not before 18:01:15
    # (recorded).
    edge = moment(wanted).replace(second=0, microsecond=0)
    tests: dict[str, Callable[[datetime], bool]] = {
        "equals": lambda value: value == edge,
        "before": lambda value: value < edge,
        "after": lambda value: value > edge,
        "on_or_before": lambda value: value <= edge,
        "on_or_after": lambda value: value >= edge,
    }
    test = tests[operator]

    def holds(value: str | None) -> bool:
        if value is None:
            return False
        begins = moment(value)
        if by_day:
            begins = begins.replace(hour=0, minute=0, second=0, microsecond=0)
        return test(begins)

    return holds


def moment(text: str) -> datetime:
    """Return the start of a checked date, in UTC."""
    parsed = dates.parse(text)
    assert parsed is not None  # noqa: S101 - checked before it was kept or compared
    return parsed.astimezone(UTC)
