"""A JSON Schema file: read, checked, and everything it refers to found inside the repository.

References are followed when the schema is loaded, so that one that leads nowhere, or out of the
repository, is an error of the configuration and not of some manifest. Nothing is ever fetched
over the network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

import jsonschema
import jsonschema_specifications  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing import jsonschema as dialects
from referencing.exceptions import Unresolvable

from lukhas_notion.manifests.document import json_places, parse_text
from lukhas_notion.manifests.json_schema import assertions as formats
from lukhas_notion.manifests.json_schema.budget import Budget, ExhaustedError, TooDeepError
from lukhas_notion.manifests.json_schema.evaluation import Draft, Errors, Rules
from lukhas_notion.manifests.json_schema.explain import Explainer
from lukhas_notion.manifests.json_schema.keywords import TABLE
from lukhas_notion.manifests.json_values import JsonValue, any_of, join_pointer, quote
from lukhas_notion.manifests.source_text import MAX_BYTES, TextError, decode
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.read_files import (
    PACKAGED_SCHEMA,
    RefusedFileError,
    packaged_schema,
    read_regular,
)

_REFERENCES = {"$ref", "$dynamicRef", "$recursiveRef"}


def _of(validator: Any, specification: Any, id_keyword: str = "$id") -> Draft:
    """Return a version of JSON Schema as the libraries have it."""
    return Draft(
        frozenset(validator.VALIDATORS),
        validator.TYPE_CHECKER.is_type,
        specification.create_resource,
        id_keyword,
        validator.META_SCHEMA,
    )


DEFAULT_DRAFT = "https://json-schema.org/draft/2020-12/schema"
DRAFTS = {
    DEFAULT_DRAFT: _of(jsonschema.Draft202012Validator, dialects.DRAFT202012),
    "https://json-schema.org/draft/2019-09/schema": _of(
        jsonschema.Draft201909Validator, dialects.DRAFT201909
    ),
    "http://json-schema.org/draft-07/schema": _of(jsonschema.Draft7Validator, dialects.DRAFT7),
    "http://json-schema.org/draft-06/schema": _of(jsonschema.Draft6Validator, dialects.DRAFT6),
    "http://json-schema.org/draft-04/schema": _of(
        jsonschema.Draft4Validator, dialects.DRAFT4, "id"
    ),
}


@dataclass(slots=True)
class SchemaFile:
    """One schema document and what it refers to.

    Args:
        shown: the file as messages name it.
        text: the file itself.
        contents: what it says; :func:`load` takes every ``$schema`` out of it, since the library
            would change to another draft, without our keywords, in the middle of a check.
        draft: the version that ``$schema`` names.
        registry: what references resolve against.
        formats: every format that is named in it, or in what it refers to.
        targets: ``$ref`` → schema where all references are within the one document and mean the
            same from everywhere; None where they are not.
    """

    shown: str
    text: str
    contents: Any
    draft: Draft
    registry: Registry[Any] = field(default_factory=Registry)
    formats: set[str] = field(default_factory=set)
    targets: dict[str, Any] | None = field(default_factory=dict)

    def error(self, pointer: str, message: str, remedy: str = "") -> ConfigError:
        """Return the error that names a place in the file."""
        line = json_places(self.text).nearest(pointer).line
        return ConfigError(f"{self.shown}:{line}: {message}", remedy)


def load(path: Path | None, root: Path, budget: Budget) -> SchemaFile:
    """Read a schema file, or the packaged schema where ``path`` is None, and follow it.

    Raises:
        ConfigError: it, or something that it refers to, cannot be read or is not a JSON Schema.
    """
    library = _Library(root, budget)
    if path is None:
        # It is our own: a test, and no run, checks it against the schema of schemas.
        file = library.parse(packaged_schema(), f"lukhas_notion/{PACKAGED_SCHEMA}")
    else:
        file = library.read(path)
    if isinstance(file.contents, dict):
        if path is not None:
            given = file.contents.get(file.draft.id_keyword, "")
            file.contents[file.draft.id_keyword] = urljoin(path.absolute().as_uri(), given)
        retrieving = Registry(retrieve=library.retrieve)  # type: ignore[call-arg]
        file.registry = jsonschema_specifications.REGISTRY.combine(retrieving)
        _Walk(file, library).run()
    return file


class _Library:
    """Reads schema documents of the repository, and refuses all others."""

    def __init__(self, root: Path, budget: Budget) -> None:
        self.budget = budget
        self.refusal: ConfigError | None = None
        self._root = root
        self._resources: dict[str, Resource[Any]] = {}

    def retrieve(self, uri: str) -> Resource[Any]:
        """Return the document of a ``file:`` URI; what is wrong is kept in ``refusal``.

        Each is read once: what was checked is what manifests are checked against.
        """
        known = self._resources.get(uri)
        if known is not None:
            return known
        parts = urlsplit(uri)
        try:
            if parts.scheme != "file" or parts.netloc:
                raise ConfigError(
                    f"refuses to fetch {quote(uri)}",
                    "Put the schema into the repository, and refer to it by a relative path.",
                )
            file = self.read(Path(url2pathname(unquote(parts.path))))
        except ConfigError as error:
            self.refusal = error
            raise
        made = file.draft.create_resource(file.contents)
        return self._resources.setdefault(uri, made)

    def read(self, path: Path) -> SchemaFile:
        """Read one document."""
        inside = path.is_relative_to(self._root)
        shown = path.relative_to(self._root).as_posix() if inside else str(path)
        try:
            data = read_regular(path, MAX_BYTES, root=self._root)
        except RefusedFileError as error:
            raise ConfigError(f"{shown}:1: {error.message}", error.remedy) from None
        file = self.parse(data, shown)
        self.check(file, file.contents)
        return file

    def parse(self, data: bytes, shown: str) -> SchemaFile:
        """Parse one document, which may be no valid schema."""
        try:
            text = decode(data)
            contents = parse_text(text)
        except TextError as error:
            place = f"{shown}:{error.line}:{error.column}"
            raise ConfigError(f"{place}: {error.message}", error.remedy) from None
        self.budget.start(len(data))
        file = SchemaFile(shown, text, contents, DRAFTS[DEFAULT_DRAFT])
        file.draft = _draft(file, contents)
        return file

    def check(self, file: SchemaFile, contents: Any) -> None:
        """Raise ConfigError when ``contents``, a part of ``file``, is not a valid schema."""
        draft, checks = file.draft, formats.checks({"regex"}, self.budget.compile)
        rules = Rules(TABLE, draft, self.budget, checks)
        meta_schema = draft.meta_schema
        resource = draft.create_resource(meta_schema)
        resolver = jsonschema_specifications.REGISTRY.resolver_with_root(resource)
        errors: Errors = []
        try:
            rules.errors(contents, meta_schema, resolver, errors)
        except (ExhaustedError, TooDeepError, RecursionError):
            raise file.error("", "the schema is too large or too deep to check") from None
        if errors:
            found = min(errors, key=lambda error: len(error.path))
            message, remedy = Explainer().explain(found)
            pointer = join_pointer(found.absolute_path) if contents is file.contents else ""
            raise file.error(pointer, f"not a valid JSON Schema: {message}", remedy)


def _draft(file: SchemaFile, contents: JsonValue) -> Draft:
    if not isinstance(contents, dict):
        return DRAFTS[DEFAULT_DRAFT]
    named = contents.get("$schema", DEFAULT_DRAFT)
    draft = DRAFTS.get(named.rstrip("#")) if isinstance(named, str) else None
    if draft is None:
        known = any_of(DRAFTS)
        raise file.error("/$schema", "$schema names no known version", f"Name one of: {known}.")
    return draft


class _Walk:
    """Goes through a schema and everything it refers to, each part once."""

    def __init__(self, file: SchemaFile, library: _Library) -> None:
        self._file = file
        self._library = library
        self._seen: set[int] = set()
        self._references: list[tuple[str, Any]] = []
        self._targets: dict[str, Any] = {}
        self._plain = True

    def run(self) -> None:
        """Fill in ``formats`` and ``targets``."""
        create = self._file.draft.create_resource
        resource = create(self._file.contents)
        self._within(resource, self._file.registry.resolver_with_root(resource))
        while self._references:
            reference, resolver = self._references.pop()
            resolved = self._resolve(reference, resolver)
            self._targets[reference] = resolved.contents
            if id(resolved.contents) not in self._seen:
                self._library.check(self._file, resolved.contents)
                self._within(create(resolved.contents), resolved.resolver)
        self._file.targets = self._targets if self._plain else None

    def _within(self, resource: Resource[Any], resolver: Any) -> None:
        """Go through a schema and the schemas inside it."""
        waiting = [(resource, resolver)]
        while waiting:
            outer, outer_resolver = waiting.pop()
            if not isinstance(outer.contents, dict) or id(outer.contents) in self._seen:
                continue
            self._seen.add(id(outer.contents))
            self._visit(outer.contents, outer_resolver)
            for inner in outer.subresources():
                if inner.id() is not None:
                    self._plain = False
                waiting.append((inner, outer_resolver.in_subresource(inner)))

    def _visit(self, schema: dict[str, Any], resolver: Any) -> None:
        schema.pop("$schema", None)
        named = schema.get("format")
        if isinstance(named, str):
            self._file.formats.add(named)
        for keyword in _REFERENCES & schema.keys():
            reference = str(schema[keyword])
            self._plain &= keyword == "$ref" and reference.startswith("#")
            self._references.append((reference, resolver))
        for pattern in [schema.get("pattern"), *schema.get("patternProperties", ())]:
            self._compile(pattern)

    def _compile(self, pattern: object) -> None:
        if not isinstance(pattern, str):
            return
        try:
            self._library.budget.compile(pattern)
        except ExhaustedError:
            raise self._file.error("", "the schema's patterns are too many or too large") from None
        except ValueError as error:
            message = f"{quote(pattern)} is not a regular expression: {error}"
            raise self._file.error("", message) from None

    def _resolve(self, reference: str, resolver: Any) -> Any:
        try:
            return resolver.lookup(reference)
        except Unresolvable:
            refusal, self._library.refusal = self._library.refusal, None
            shown = quote(reference)
            message = refusal.message if refusal else "there is no such schema"
            pointer = _pointer_to(self._file.text, reference)
            remedy = refusal.remedy if refusal else ""
            raise self._file.error(pointer, f"$ref {shown}: {message}", remedy) from None


def _pointer_to(text: str, reference: str) -> str:
    """Return where a ``$ref`` stands in the text, or "" when it is in another document."""
    for pointer, span in json_places(text).every():
        is_reference = pointer.rpartition("/")[2] in _REFERENCES
        if is_reference and parse_text(text[span.start : span.end]) == reference:
            return pointer
    return ""
