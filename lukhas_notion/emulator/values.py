"""The values of a page's properties: checks of writes, and the values as pages store them.

As in Notion, a write is checked twice: first its shape, without the schema (``body failed
validation``), then against the schema (``X is not a property that exists. Y is expected to be
number.``). Each check reports all its problems at once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lukhas_notion.emulator import dates, relations, richtext, schema, users
from lukhas_notion.emulator.errors import MISSING, Problems, validation
from lukhas_notion.emulator.model import WRITABLE_TYPES, Property, find_property
from lukhas_notion.emulator.workspace import Workspace

MAX_MULTI_SELECT = 100
MAX_FILES = 100
MAX_FILE_NAME = 100
MAX_SHORT_TEXT = {"url": 2000, "email": 200, "phone_number": 200}
LARGEST_WHOLE = 1e21  # JavaScript writes this number and larger ones with an exponent


@dataclass(frozen=True)
class Written:
    """The result of a write, by property id.

    Args:
        values: the new values.
        grown: the properties that got new options.
    """

    values: dict[str, Any]
    grown: dict[str, Property]


def check(value: Any, path: str, problems: Problems) -> None:
    """Add the problems in the shape of a page's ``properties`` in a request."""
    if not problems.is_object(value, path):
        return
    for name, sent in value.items():
        where = f"{path}.{name}"
        if isinstance(sent, list):  # a title can be sent as its bare text
            richtext.check(sent, f"{where}.title", problems)
        elif problems.is_object(sent, where):
            _check_value(sent, where, problems)


def _check_value(value: dict[str, Any], path: str, problems: Problems) -> None:
    kind = problems.only_one(value, WRITABLE_TYPES, path)
    if kind:
        # A relation can be sent as it is in answers (recorded).
        more = ("has_more",) if kind == "relation" else ()
        problems.only(value, ("id", "name", "type", kind, *more), path)
        _CHECKS[kind](value[kind], f"{path}.{kind}", problems)


def _check_number(value: Any, path: str, problems: Problems) -> None:
    if value is None or not problems.is_number(value, path):
        return
    if not math.isfinite(value):
        problems.add(path, "a finite number", value)


def _check_select(value: Any, path: str, problems: Problems) -> None:
    if value is not None:
        schema.check_option(value, path, problems)


def _check_multi_select(value: Any, path: str, problems: Problems) -> None:
    if problems.is_array(value, path, MAX_MULTI_SELECT):
        for index, item in enumerate(value):
            schema.check_option(item, f"{path}[{index}]", problems)


def _check_files(value: Any, path: str, problems: Problems) -> None:
    """Add the problems of files, which must be external: uploads are not emulated."""
    if not problems.is_array(value, path, MAX_FILES):
        return
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        if not problems.is_object(item, where):
            continue
        problems.only(item, ("name", "type", "external"), where)
        problems.is_filled(item.get("name", MISSING), f"{where}.name", MAX_FILE_NAME)
        problems.is_one_of(item.get("type", "external"), f"{where}.type", ("external",))
        external = item.get("external", MISSING)
        if problems.is_object(external, f"{where}.external"):
            problems.only(external, ("url",), f"{where}.external")
            address = f"{where}.external.url"
            problems.is_web_address(external.get("url", MISSING), address, MAX_SHORT_TEXT["url"])


def _check_short_text(kind: str) -> Callable[[Any, str, Problems], None]:
    def check_text(value: Any, path: str, problems: Problems) -> None:
        if value is not None:
            check = problems.is_address if kind == "url" else problems.is_filled
            check(value, path, MAX_SHORT_TEXT[kind])

    return check_text


_CHECKS: dict[str, Callable[[Any, str, Problems], object]] = {
    "title": richtext.check,
    "rich_text": richtext.check,
    "number": _check_number,
    "select": _check_select,
    "multi_select": _check_multi_select,
    "date": dates.check,
    "checkbox": lambda value, path, problems: problems.is_boolean(value, path),
    # Clearing a status is not recorded, so it is refused.
    "status": schema.check_option,
    "relation": relations.check_references,
    "people": functools.partial(relations.check_references, also=("object",)),
    "files": _check_files,
    **{kind: _check_short_text(kind) for kind in MAX_SHORT_TEXT},
}


def written(
    workspace: Workspace, properties: tuple[Property, ...], wanted: dict[str, Any]
) -> Written:
    """Return checked values as a page stores them.

    Raises:
        ApiError: a property is unknown, has another type, or is written twice, or a value is
            refused by :func:`schema.chosen_options`, :func:`relations.written` or
            :func:`users.written`.
    """
    result = Written({}, {})
    complaints: list[str] = []
    for name, sent in wanted.items():
        known = find_property(properties, name)
        kind, value = _unwrapped(sent)
        if known is None:
            complaints.append(f"{name} is not a property that exists.")
        elif known.type != kind:
            complaints.append(f"{name} is expected to be {known.type}.")
        elif known.id in result.values:
            complaints.append(f"{name} is written more than once.")
        else:
            result.values[known.id] = value
    if complaints:
        raise validation(" ".join(complaints))
    for column in properties:
        if column.id in result.values:
            _keep(workspace, column, result)
    return result


def number(value: float | None) -> float | None:
    """Return a number as JavaScript writes it: whole numbers without a fraction."""
    if value is None:
        return None
    value = float(value)
    return int(value) if value.is_integer() and abs(value) < LARGEST_WHOLE else value


def file(name: str, url: str) -> dict[str, Any]:
    """Return an external file as answers have it."""
    return {"name": name, "type": "external", "external": {"url": url}}


def _unwrapped(sent: Any) -> tuple[str, Any]:
    if isinstance(sent, list):
        return "title", sent
    kind = next(kind for kind in WRITABLE_TYPES if kind in sent)
    return kind, sent[kind]


def _keep(workspace: Workspace, known: Property, result: Written) -> None:
    value = result.values[known.id]
    if known.type in ("title", "rich_text"):
        kept: Any = richtext.normalise(value, workspace.assumed.links)
    elif known.type == "number":
        kept = number(value)
    elif known.type == "date":
        kept = dates.normalise(value)
    elif known.type == "status":
        kept = schema.chosen_status(known, value)
    elif known.type == "relation":
        kept = relations.written(workspace, known, value)
    elif known.type == "people":
        kept = users.written(workspace, known.name, value)
    elif known.type == "files":
        kept = [file(item["name"], item["external"]["url"]) for item in value]
    elif known.type in ("select", "multi_select"):
        grown, kept = schema.chosen_options(known, value, workspace.ids)
        if grown is not known:
            result.grown[known.id] = grown
    else:
        kept = value
    result.values[known.id] = kept
