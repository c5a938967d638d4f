"""A version of JSON Schema, and the errors that values have by it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any


class SchemaError:
    """One error of a value by a schema.

    Attributes:
        message: what is wrong, where the keyword has to say more than its name.
        keyword: the keyword that fails; "false" where the schema is false.
        argument: what the keyword is given in the schema.
        instance: the value that fails.
        schema: the schema that the keyword stands in.
        path: the way to the value from where the check, or the choice around it, began.
        schema_path: the way to the keyword, likewise.
        context: of a choice, the errors of what could be chosen.
        around: the error of the choice whose context this is in.
    """

    __slots__ = (
        *("argument", "around", "context", "instance", "keyword", "message", "path", "schema"),
        "schema_path",
    )

    def __init__(
        self,
        message: str = "",
        *,
        keyword: str = "",
        instance: Any = None,
        schema: Any = None,
        path: Iterable[str | int] = (),
        context: Iterable[SchemaError] = (),
    ) -> None:
        self.message = message
        self.keyword = keyword
        self.argument: Any = None
        self.instance = instance
        self.schema = schema
        self.path = deque(path)
        self.schema_path: deque[str | int] = deque()
        self.context = list(context)
        self.around: SchemaError | None = None
        for error in self.context:
            error.around = self

    @property
    def absolute_path(self) -> tuple[str | int, ...]:
        """The way to the value from the document's top."""
        return (*(self.around.absolute_path if self.around else ()), *self.path)

    @property
    def absolute_schema_path(self) -> tuple[str | int, ...]:
        """The way to the keyword from the schema's top."""
        return (*(self.around.absolute_schema_path if self.around else ()), *self.schema_path)


Errors = list[SchemaError]


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of JSON Schema.

    Args:
        keywords: the names of those that it has.
        is_type: whether a value is of a type, by the type's name.
        create_resource: makes of a schema what references are looked up in.
        id_keyword: what names a schema.
        meta_schema: the schema of its schemas.
    """

    keywords: Collection[str]
    is_type: Callable[[Any, str], bool]
    create_resource: Callable[[Any], Any]
    id_keyword: str = "$id"
    meta_schema: Any = True


def is_json_type(value: Any, name: str) -> bool:
    """Whether a value is of a type, as drafts from 6 on have them: 1.0 is an integer."""
    if isinstance(value, bool) or value is None:
        return name == ("null" if value is None else "boolean")
    if isinstance(value, int | float):
        return name == "number" or (name == "integer" and value == value // 1)
    return isinstance(value, {"string": str, "array": list, "object": dict}.get(name, ()))
