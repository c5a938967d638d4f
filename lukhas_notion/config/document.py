"""Reading ``lukhas-notion.toml``: parsing, validation by its JSON Schema, errors with their lines.

``lukhas-notion.schema.json`` has the tables, the keys, their types, ranges and defaults. Editors
complete the file by it, the tables of the documentation are generated from it, and this module
validates by it. What a schema cannot express (a path that leads out of the repository, two
properties with the same title) is checked where the value is read. All errors are collected, and
:meth:`Document.finish` raises them together.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import TYPE_CHECKING, Any, TypeVar

from lukhas_notion.config.toml_lines import MOST_NAMES, Path, lines_of, long_key
from lukhas_notion.manifests.json_values import any_of, quote, show
from lukhas_notion.manifests.source_text import recognise
from lukhas_notion.plan.values import is_finite
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.read_files import configuration_schema
from lukhas_notion.util.text import difference, nearest, shortened

if TYPE_CHECKING:
    from lukhas_notion.manifests.json_schema.evaluation import SchemaError

Result = TypeVar("Result")

#: The configuration, at the root of the repository.
FILE_NAME = "lukhas-notion.toml"
#: Characters of a key in a message.
_SHOWN = 60
#: Errors that one message reports.
_MOST_ERRORS = 50


class Document:
    """The content of one configuration file.

    Args:
        content: the parsed file, ``{}`` without a file.
        file: its name in messages.
        lines: the line of each table's heading and of each key.
    """

    def __init__(self, content: dict[str, Any], file: str, lines: Mapping[Path, int]) -> None:
        self._file = file
        self._lines = lines
        self._errors: list[ConfigError] = []
        #: The keys, or whole tables, that were taken out because of an error.
        self._wrong: set[Path] = set()
        self._content: dict[str, Any] = self._as_json(content, ())
        if self._content:
            self._check_shape()

    @classmethod
    def parse(cls, text: str, file: str) -> Document:
        """Parse a file and validate it; ``file`` is its name in messages.

        Raises:
            ConfigError: it is not TOML. Errors of the validation are raised by :meth:`finish`.
        """
        if line := long_key(text):
            message = f"{file}:{line}: this key has more than {MOST_NAMES} names between dots."
            raise ConfigError(message, "Remove it: no setting has such a key.")
        try:
            return cls(tomllib.loads(text), file, lines_of(text))
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            line = int(place[1]) if place else text.count("\n") + 1
            kind = recognise(text)
            if kind is not None and kind.is_gits:
                raise ConfigError(f"{file}:{line}: this is {kind.name}.", kind.remedy) from None
            raise ConfigError(
                f"{file}:{line}: this is not TOML: {error}.", "See https://toml.io for the syntax."
            ) from None
        except (RecursionError, ValueError) as error:
            is_deep = isinstance(error, RecursionError)
            reason = "it is nested too deeply" if is_deep else "a number has thousands of digits"
            raise ConfigError(f"{file}:1: this cannot be read: {reason}.", "Simplify it.") from None

    def get(self, *path: str, default: Any = None) -> Any:
        """Return the value of a key, which has the type in the schema, or ``default``."""
        value: Any = self._content
        for name in path:
            if not isinstance(value, dict) or name not in value:
                return default
            value = value[name]
        return value

    def has(self, *path: str) -> bool:
        """Return whether the file has a valid value for the key."""
        return self.get(*path) is not None

    def text(self, *path: str) -> str:
        """Return a text without surrounding white space, "" without a value."""
        return str(self.get(*path, default="")).strip()

    def table(self, *path: str) -> Mapping[str, Any]:
        """Return a table, an empty one without a value."""
        table: Mapping[str, Any] = self.get(*path, default={})
        return table

    def texts(self, *path: str) -> tuple[str, ...]:
        """Return a text or a list of texts as a tuple, an empty one without a value."""
        value = self.get(*path, default=())
        return (value,) if isinstance(value, str) else tuple(value)

    def place(self, *path: str) -> str:
        """Return ``file:line: name`` of a key; the line of its table where the key is missing."""
        return f"{self._file}:{self._line(path)}: {_dotted(path)}"

    def _line(self, path: Path) -> int:
        for length in range(len(path), 0, -1):
            for place, line in self._lines.items():
                if place[:length] == path[:length]:
                    return line
        return 1

    def error(self, path: Path, message: str, remedy: str) -> ConfigError:
        """Return the error of one key, with its file and line."""
        return ConfigError(f"{self.place(*path)} {message}.", remedy)

    def collect(self, read: Callable[[], Result], otherwise: Result) -> Result:
        """Return the result of ``read``; keep its ConfigError, and return ``otherwise``."""
        try:
            return read()
        except ConfigError as error:
            self._errors.append(error)
            return otherwise

    def is_whole(self, *tables: str) -> bool:
        """Return whether these tables are without an error."""
        return not any(path[0] in tables for path in self._wrong)

    def finish(self) -> None:
        """Raise the errors.

        Raises:
            ConfigError: there are errors; the message has all of them, in the order of the lines.
        """
        if not self._errors:
            return
        if len(self._errors) == 1:
            raise self._errors[0]
        errors = sorted(self._errors, key=self._line_of)
        lines = [error.in_one for error in errors[:_MOST_ERRORS]]
        if more := len(errors) - len(lines):
            lines.append(f"{more} more are not shown.")
        raise ConfigError("\n".join([f"The configuration has {len(errors)} errors.", *lines]))

    def _line_of(self, error: ConfigError) -> int:
        """Return the line in an error's message, 0 for the error of a flag or variable."""
        place = re.match(rf"{re.escape(self._file)}:(\d+): ", error.message)
        return int(place[1]) if place else 0

    def refuse(self, path: Path, message: str, remedy: str) -> None:
        """Keep an error of a key, which takes out the key of a table, or the whole table."""
        self._errors.append(self.error(path, message, remedy))
        self._wrong.add(path[:2])

    def _as_json(self, value: Any, path: Path) -> Any:
        """Return a TOML value as a JSON value: a date becomes a text, and a number is finite."""
        if isinstance(value, dict):
            return {key: self._as_json(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._as_json(item, path) for item in value]
        if isinstance(value, date | time):
            return value.isoformat()
        if isinstance(value, bool | str):
            return value
        # The integers of TOML have 64 bits; Python reads longer ones.
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            self.refuse(path, "has an integer of more than 64 bits", "Shorten it.")
        elif not is_finite(value):
            self.refuse(path, f"is {value}, which is not a finite number", "Write a number.")
        return value

    def _check_shape(self) -> None:
        """Keep the errors of the validation, and take out the keys that have errors."""
        before = set(self._wrong)
        for error in _shape_errors(self._content):
            path = tuple(name for name in error.absolute_path if isinstance(name, str))
            if path[:2] not in before:
                message, remedy = _words(error, path)
                self._errors.append(ConfigError(f"{self.place(*path)}{message}.", remedy))
                self._wrong.add(path[:2])
        for table, *key in self._wrong:
            if not key:
                self._content.pop(table, None)
            elif table in self._content:
                self._content[table].pop(key[0], None)


def shape() -> dict[str, Any]:
    """Return the JSON Schema of the configuration."""
    loaded: dict[str, Any] = json.loads(configuration_schema())
    return loaded


def _shape_errors(content: Any) -> list[SchemaError]:
    """Validate the content and return the errors.

    Raises:
        ConfigError: there is too much content to validate.
    """
    # A run without a configuration file does not need the validator.
    from lukhas_notion.manifests.json_schema.budget import Budget, ExhaustedError
    from lukhas_notion.manifests.json_schema.evaluation import Draft, Rules, is_json_type
    from lukhas_notion.manifests.json_schema.keywords import TABLE

    schema = shape()

    class OwnPatterns(Budget):
        """Patterns without a time limit, since the schema belongs to this package."""

        def search(self, pattern: str, text: str) -> bool:
            return re.search(pattern, text) is not None

    budget = OwnPatterns()
    budget.start(0)
    targets = {f"#/$defs/{name}": part for name, part in schema["$defs"].items()}
    # The schema of this package refers only to itself, and contains no other resource.
    draft = Draft(frozenset(TABLE), is_json_type, lambda _: None)
    rules = Rules(TABLE, draft, budget, {}, targets)
    errors: list[SchemaError] = []
    try:
        rules.errors(content, schema, None, errors)
    except ExhaustedError:
        raise ConfigError(f"{FILE_NAME} is too large to be checked.", "Shorten it.") from None
    return errors


def _words(error: SchemaError, path: Path) -> tuple[str, str]:
    """Return the message of an error, which follows the name of the key, and its remedy."""
    from lukhas_notion.manifests.json_schema.explain import Explainer

    schema: Any = error.schema
    if error.keyword == "additionalProperties":
        known = [key for key, each in schema["properties"].items() if "not" not in each]
        return " is not a known key", _nearest_key(path[-1], known)
    if error.keyword == "not":
        return " is not read from this file", schema["description"]
    if error.keyword == "pattern":
        what = schema["title"].partition(",")[0]
        return f" has {show(error.instance)}, which is not a {what}", schema["description"]
    if reason := schema.get("x-refused", {}).get(str(error.instance)):
        # A property type that only Notion itself can set.
        return f" is {show(error.instance)}: {reason}", _expected(path)
    message, remedy = Explainer().explain(error)
    # An object of JSON is a table in TOML.
    return f": {message.replace('an object', 'a table')}", remedy or _expected(path)


def _expected(path: Path) -> str:
    """Return the values, the description and the default of a key in the schema."""
    part = key_schema(path)
    expected = f"Expected: {kind_of(part)}. {part['description']}"
    if "default" in part:
        expected += f" The default is {json.dumps(part['default'], ensure_ascii=False)}."
    return expected


def key_schema(path: Path) -> dict[str, Any]:
    """Return the schema of a key or table, with its reference resolved."""
    whole = shape()
    part = whole
    for name in path:
        inside = part.get("properties", {})
        part = inside[name] if name in inside else part["additionalProperties"]
        if reference := part.get("$ref"):
            part = {**whole["$defs"][reference.rpartition("/")[2]], **part}
    return part


def kind_of(part: Mapping[str, Any]) -> str:
    """Return the values of a key in a few words: ``whole number, 1 to 100``."""
    if "title" in part:
        return str(part["title"])
    if "enum" in part:
        return any_of(part["enum"], show)
    words = _KINDS[part["type"]]
    if "exclusiveMinimum" in part:
        words += f" above {part['exclusiveMinimum']}"
    return f"{words}, {part['minimum']} to {part['maximum']}" if "maximum" in part else words


#: The types of JSON Schema, in the terms of TOML.
_KINDS = {
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "table",
    "string": "text",
}


def _nearest_key(key: str, known: list[str]) -> str:
    near = nearest(key, known)
    if not near:
        return f"Known keys: {any_of(sorted(known))}."
    remedy = f"Did you mean {quote(near)}?"
    if apart := difference(key, near):
        remedy += f" The two look the same: {apart}."
    return remedy


def _dotted(path: Path) -> str:
    shown = [(name, shortened(name, _SHOWN)) for name in path]
    return ".".join(
        short if re.fullmatch(r"[\w-]+", name) else json.dumps(short, ensure_ascii=False)
        for name, short in shown
    )
