"""A JSON Schema file: read, checked, and its references resolved inside the repository.

References are resolved when the schema is loaded, so that one that leads nowhere, or out of the
repository, is an error of the configuration and not of some manifest. Nothing is fetched over the
network.
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
from lukhas_notion.manifests.json_schema.assertions import format_checks
from lukhas_notion.manifests.json_schema.budget import Budget, ExhaustedError, TooDeepError
from lukhas_notion.manifests.json_schema.evaluation import Draft, Errors, Rules
from lukhas_notion.manifests.json_schema.explain import Explainer
from lukhas_notion.manifests.json_schema.keywords import TABLE
from lukhas_notion.manifests.json_values import any_of, join_pointer, quote
from lukhas_notion.manifests.source_text import MAX_TEXT_BYTES, TextError, decode
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.read_files import (
    PACKAGED_SCHEMA,
    RefusedFileError,
    packaged_schema,
    read_regular,
)

_REFERENCES = {"$ref", "$dynamicRef", "$recursiveRef"}


def _of(validator: Any, specification: Any, id_keyword: str = "$id") -> Draft:
    """Return a version of JSON Schema by the libraries' classes."""
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
    """One schema document and the documents that it refers to.

    Args:
        shown: the name of the file in messages.
        text: its text.
        contents: its content. :func:`load` removes every ``$schema``, with which the library would
            change to another draft, without our keywords, in the middle of a check.
        draft: the version of JSON Schema that ``$schema`` names.
        registry: the documents by which references are resolved.
        formats: every format that the documents name.
        files: every file that was read.
        targets: ``$ref`` → schema where all references are within one document and mean the same
            everywhere in it; otherwise None.
    """

    shown: str
    text: str
    contents: Any
    draft: Draft
    registry: Registry[Any] = field(default_factory=Registry)
    formats: set[str] = field(default_factory=set)
    files: set[Path] = field(default_factory=set)
    targets: dict[str, Any] | None = field(default_factory=dict)

    def error(self, pointer: str, message: str, remedy: str = "") -> ConfigError:
        """Return an error at a place in the file."""
        line = json_places(self.text).nearest(pointer).line
        return ConfigError(f"{self.shown}:{line}: {message}", remedy)


def load_schema_file(path: Path | None, root: Path, budget: Budget) -> SchemaFile:
    """Read a schema file, or the packaged schema where ``path`` is None, and resolve references.

    Raises:
        ConfigError: the file, or one that it refers to, cannot be read or is not a JSON Schema.
    """
    library = _Library(root, budget)
    if path is None:
        # A test checks it against the meta-schema, so that no run needs to.
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
    file.files = library.files
    return file


class _Library:
    """The schema documents of the repository; all others are refused."""

    def __init__(self, root: Path, budget: Budget) -> None:
        self.budget = budget
        self.refusal: ConfigError | None = None
        self.files: set[Path] = set()
        self._root = root
        self._resources: dict[str, Resource[Any]] = {}

    def retrieve(self, uri: str) -> Resource[Any]:
        """Return the document of a ``file:`` URI, or keep the error in ``refusal`` and raise it.

        Each is read once, so that manifests are checked against the checked content.
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
        return self._resources.setdefault(uri, file.draft.create_resource(file.contents))

    def read(self, path: Path) -> SchemaFile:
        """Read and check one document."""
        self.files.add(path)
        inside = path.is_relative_to(self._root)
        shown = path.relative_to(self._root).as_posix() if inside else str(path)
        try:
            data = read_regular(path, MAX_TEXT_BYTES, root=self._root)
        except RefusedFileError as error:
            raise ConfigError(f"{shown}:1: {error.message}", error.remedy) from None
        file = self.parse(data, shown)
        self.check(file, file.contents)
        return file

    def parse(self, data: bytes, shown: str) -> SchemaFile:
        """Parse one document, which may not be a valid schema."""
        try:
            text = decode(data)
            contents = parse_text(text)
        except TextError as error:
            place = f"{shown}:{error.line}:{error.column}"
            raise ConfigError(f"{place}: {error.message}", error.remedy) from None
        self.budget.start(len(data))
        file = SchemaFile(shown, text, contents, DRAFTS[DEFAULT_DRAFT])
        if isinstance(contents, dict) and "$schema" in contents:
            name = contents["$schema"]
            if not isinstance(name, str) or name.rstrip("#") not in DRAFTS:
                remedy = f"Name one of: {any_of(DRAFTS)}."
                raise file.error("/$schema", "$schema names no known version", remedy)
            file.draft = DRAFTS[name.rstrip("#")]
        return file

    def check(self, file: SchemaFile, contents: Any) -> None:
        """Raise ConfigError where ``contents``, a part of ``file``, is not a valid schema."""
        draft, checks = file.draft, format_checks({"regex"}, self.budget.compile)
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
            outermost = min(errors, key=lambda error: len(error.path))
            message, remedy = Explainer().explain(outermost)
            pointer = join_pointer(outermost.absolute_path) if contents is file.contents else ""
            raise file.error(pointer, f"not a valid JSON Schema: {message}", remedy)


class _Walk:
    """Visits a schema and everything that it refers to, each part once."""

    def __init__(self, file: SchemaFile, library: _Library) -> None:
        self._file = file
        self._library = library
        self._seen: set[int] = set()
        self._references: list[tuple[str, Any]] = []
        self._targets: dict[str, Any] = {}
        #: Whether references mean the same everywhere.
        self._is_plain = True

    def run(self) -> None:
        """Set the ``formats`` and ``targets`` of the file."""
        create = self._file.draft.create_resource
        resource = create(self._file.contents)
        self._visit_all(resource, self._file.registry.resolver_with_root(resource))
        while self._references:
            reference, resolver = self._references.pop()
            resolved = self._resolve(reference, resolver)
            self._targets[reference] = resolved.contents
            if id(resolved.contents) not in self._seen:
                self._library.check(self._file, resolved.contents)
                self._visit_all(create(resolved.contents), resolved.resolver)
        self._file.targets = self._targets if self._is_plain else None

    def _visit_all(self, resource: Resource[Any], resolver: Any) -> None:
        """Visit a schema and the schemas inside it."""
        waiting = [(resource, resolver)]
        while waiting:
            outer, outer_resolver = waiting.pop()
            if not isinstance(outer.contents, dict) or id(outer.contents) in self._seen:
                continue
            self._seen.add(id(outer.contents))
            self._visit(outer.contents, outer_resolver)
            for inner in outer.subresources():
                if inner.id() is not None:
                    self._is_plain = False
                waiting.append((inner, outer_resolver.in_subresource(inner)))

    def _visit(self, schema: dict[str, Any], resolver: Any) -> None:
        schema.pop("$schema", None)
        if isinstance(name := schema.get("format"), str):
            self._file.formats.add(name)
        for keyword in _REFERENCES & schema.keys():
            reference = str(schema[keyword])
            self._is_plain &= keyword == "$ref" and reference.startswith("#")
            self._references.append((reference, resolver))
        for pattern in [schema.get("pattern"), *schema.get("patternProperties", ())]:
            if isinstance(pattern, str):
                self._compile(pattern)

    def _compile(self, pattern: str) -> None:
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
            reason = refusal.message if refusal else "there is no such schema"
            message = f"$ref {quote(reference)}: {reason}"
            pointer = _pointer_to(self._file.text, reference)
            raise self._file.error(pointer, message, refusal.remedy if refusal else "") from None


def _pointer_to(text: str, reference: str) -> str:
    """Return the pointer of a ``$ref`` in the text, or "" if it is in another document."""
    for pointer, span in json_places(text).every():
        is_reference = pointer.rpartition("/")[2] in _REFERENCES
        if is_reference and parse_text(text[span.start : span.end]) == reference:
            return pointer
    return ""
