"""``[properties]`` of the configuration → the mapping, on top of the default one.

An entry changes the default property of its name. One of another name that has the source of a
default property takes that one's place, and everything but its source is taken over from it: this
is how a property that was renamed in Notion is mapped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from lukhas_notion.config.toml_table import Table, in_file
from lukhas_notion.manifests.wording import why_one
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import NOW, SHA, ConversionError, LineTemplate, PropertySpec
from lukhas_notion.plan.property_types import convert, empty, kind_of
from lukhas_notion.plan.values import PropertyType, Value
from lukhas_notion.util.fold import fold

#: One line of the default property APIs.
API_LINE = "- {@key} ({module})  import:{import_verified:check}  docs:{doc_ok:check}"

DEFAULT_PROPERTIES = (
    PropertySpec("Module", PropertyType.TITLE, ("/module",)),
    PropertySpec("Description", PropertyType.RICH_TEXT, ("/description",)),
    PropertySpec("Features", PropertyType.MULTI_SELECT, ("/features",)),
    PropertySpec("APIs", PropertyType.RICH_TEXT, ("/apis",), each=LineTemplate(API_LINE)),
    PropertySpec("SLA p95", PropertyType.NUMBER, ("/performance/sla_targets/latency_p95_ms",)),
    PropertySpec("Coverage", PropertyType.NUMBER, ("/testing/coverage_observed",)),
    PropertySpec("Provenance SHA", PropertyType.RICH_TEXT, (SHA,)),
    PropertySpec("Updated At", PropertyType.DATE, (NOW,)),
    PropertySpec("Tags", PropertyType.MULTI_SELECT, ("/tags",), required=False),
)

#: Pointers of one property, and characters of `each` and `join`, which every item repeats.
MAX_POINTERS = 20
MAX_BETWEEN = 500
_BAD_ESCAPE = re.compile("~(?![01])")
#: Properties of a database (notion.com/help/optimize-database-load-times-and-performance).
MAX_PROPERTIES = 500
#: What to do about something that should be a pointer.
POINTER_REMEDY = "Begin it with a slash: /performance/coverage."


def read_mapping(top: Table) -> PropertyMapping:
    """Return the mapping that a configuration makes.

    Raises:
        ConfigError: a property cannot be mapped as it says.
    """
    settings = top.table("mapping")
    specs = {p.name: p for p in DEFAULT_PROPERTIES} if settings.flag("defaults", True) else {}
    key = settings.one_or_more("key") if settings.has("key") else ()
    for pointer in key:
        if not pointer.startswith("/"):
            said = f"has {pointer!r}, which is no JSON pointer"
            raise settings.error("key", said, POINTER_REMEDY)
    settings.no_more()
    properties = top.table("properties")
    if len(properties.names()) > MAX_PROPERTIES:
        said = f"is one more than the {MAX_PROPERTIES} properties that a Notion database can have"
        raise properties.error(properties.names()[MAX_PROPERTIES], said, "Take some out.")
    _require_apart(properties)
    for name in properties.names():
        table = properties.table(name)
        specs = _renamed(specs, name, table.raw("from"), kept=properties)
        specs[name] = _property(name, table, specs.get(name))
        table.no_more()
    titles = [p.name for p in specs.values() if p.type is PropertyType.TITLE]
    if len(titles) > 1 and "Module" in titles and not properties.has("Module"):
        # A title of the user's own stands in for the default one: a database has one title.
        del specs["Module"]
        titles.remove("Module")
    hashes = [p.name for p in specs.values() if p.is_sha]
    times = [p.name for p in specs.values() if p.is_now]
    _count(properties, titles, 'type = "title"', least=1)
    _count(properties, hashes, f'from = "{SHA}"', least=1)
    _count(properties, times, f'from = "{NOW}"', least=0)
    return PropertyMapping(tuple(specs.values()), key)


def _require_apart(properties: Table) -> None:
    """Check that no two entries are for names that people or Notion take for one."""
    first: dict[str, str] = {}
    for name in properties.names():
        other = first.setdefault(fold(name, case=True), name)
        if other != name:
            raise properties.error(
                name, f"and '{other}' {why_one(name, other)}", "Keep one of the two."
            )


def _renamed(
    specs: Mapping[str, PropertySpec], name: str, source: object, *, kept: Table
) -> dict[str, PropertySpec]:
    """Return the specs with the one that an entry is about under the entry's name.

    That is the one whose name looks the same (so an entry for ``SLA p95`` as Notion spells it, with
    a no-break space, is for that default), or else the default one that has the entry's source. A
    default property that the file has an entry for is meant to stay as well.
    """
    folded = fold(name, case=True)
    alike = (old for old in specs if fold(old, case=True) == folded)
    fed = (old for old, spec in specs.items() if _is_fed(spec, source) and not kept.has(old))
    old = next(alike, None) or next(fed, None)
    if old in (None, name):
        return dict(specs)
    renamed = (
        replace(spec, name=name, replaces=spec.default_name) if each == old else spec
        for each, spec in specs.items()
    )
    return {spec.name: spec for spec in renamed}


def _is_fed(spec: PropertySpec, source: object) -> bool:
    """Whether a default property has the source that stands behind ``from``."""
    return spec in DEFAULT_PROPERTIES and source in (*spec.pointers, list(spec.pointers))


def entry_for(spec: PropertySpec, name: str) -> str:
    """Return how the file says that a property goes by another name in Notion.

    The sentence is neither begun nor ended.
    """
    quoted = in_file(name)
    if spec not in DEFAULT_PROPERTIES:
        entry = in_file(spec.name)
        return f"rename [properties.{entry}] to [properties.{quoted}] in lukhas-notion.toml"
    source = json.dumps(spec.pointers[0])
    return f"map '{name}' in lukhas-notion.toml: under [properties.{quoted}], write from = {source}"


def _count(properties: Table, names: Sequence[str], what: str, *, least: int) -> None:
    if not least <= len(names) <= 1:
        said = " and ".join(names) if names else "none"
        wanted = "exactly one" if least else "at most one"
        raise properties.error(
            "", f"has {said} with {what}", f"Give {wanted} property the line {what}."
        )


_SOURCES = ("from", "from_all", "constant")


def _property(name: str, table: Table, default: PropertySpec | None) -> PropertySpec:
    kind = _type(table, default)
    given = [key for key in _SOURCES if table.has(key)]
    if len(given) > 1:
        raise table.error(given[1], f"and {given[0]} exclude each other", "Keep one of them.")
    if not given and default is None:
        raise table.error("", "has no source", f"Add one of {', '.join(_SOURCES)}.")
    spec = replace(default, type=kind) if default is not None else PropertySpec(name, kind)
    if given:
        spec = _sourced(spec, table, given[0])
    _check_pointers(table, spec, given[0] if given else "type")
    _require_settings_of(kind, table)
    spec = _formatted(spec, table)
    gated = table.flag("vocabulary", spec.gated)
    required = table.flag("required", spec.required)
    if not required and (kind is PropertyType.TITLE or spec.is_sha):
        said = "is always true for the title and the provenance SHA"
        raise table.error("required", said, "Take the line out.")
    return replace(spec, required=required, gated=gated)


def _sourced(spec: PropertySpec, table: Table, key: str) -> PropertySpec:
    """Return ``spec`` fed from the one source that the table gives."""
    if spec.type is PropertyType.TITLE and key != "from":
        raise table.error(key, "cannot feed the title, a module's own name", "Use from.")
    if key == "constant":
        return replace(spec, pointers=(), collect=False, constant=_constant(table, spec), each=None)
    pointers = table.one_or_more(key)
    if not pointers:
        raise table.error(key, "names no pointer", "Name one, such as /description.")
    if len(pointers) > MAX_POINTERS:
        raise table.error(key, f"names more than {MAX_POINTERS} pointers", "Take some out.")
    fed = replace(spec, pointers=pointers, collect=key == "from_all", constant=None)
    return fed if fed.source == spec.source else replace(fed, each=None)


def _require_settings_of(kind: PropertyType, table: Table) -> None:
    """Check that no setting is given that is for other types."""
    takers: dict[str, list[str]] = {}
    for each in PropertyType:
        for key in kind_of(each).settings:
            takers.setdefault(key, []).append(each.value)
    for key, types in takers.items():
        if table.has(key) and kind.value not in types:
            said = f"is for {' or '.join(types)}, and this is a {kind}"
            raise table.error(key, said, "Take the line out.")


def _formatted(spec: PropertySpec, table: Table) -> PropertySpec:
    """Return ``spec`` with what the table says of how text is made."""
    for key in ("each", "join"):
        if len(str(table.raw(key) or "")) > MAX_BETWEEN:
            raise table.error(key, f"is longer than {MAX_BETWEEN} characters", "Shorten it.")
    if table.has("each"):
        try:
            spec = replace(spec, each=LineTemplate(table.text("each", strip=False)))
        except ValueError as error:
            known = "Fields are {name}, {name:check}, {@key} and {@value}."
            raise table.error("each", f"is no template: {error}", known) from None
    return replace(spec, join=table.text("join", strip=False)) if table.has("join") else spec


def _type(table: Table, default: PropertySpec | None) -> PropertyType:
    named = table.text("type")
    if not named and default is not None:
        return default.type
    try:
        return PropertyType(named)
    except ValueError:
        said = f"is {named!r}, no type that can be written"
        raise table.error("type", said, f"Use one of {', '.join(PropertyType)}.") from None


def _check_pointers(table: Table, spec: PropertySpec, key: str) -> None:
    for pointer in spec.pointers:
        if pointer in (SHA, NOW):
            fits = PropertyType.RICH_TEXT if pointer == SHA else PropertyType.DATE
            if spec.type is not fits or len(spec.pointers) > 1:
                said = f"does not fit: {pointer} stands alone, in a property of type {fits}"
                raise table.error(key, said, f"Map it to a {fits} property.")
        elif not pointer.startswith("/"):
            said = f"has {pointer!r}, which is no JSON pointer"
            raise table.error(key, said, POINTER_REMEDY)
        elif "*" in pointer.split("/"):
            list_of = pointer.partition("/*")[0] or "/"
            said = f"has {pointer!r}, and * stands for nothing in a property's pointer"
            remedy = f"Name one item by its number ({pointer.replace('*', '0')}), or map {list_of}."
            raise table.error(key, said, remedy)
        elif _BAD_ESCAPE.search(pointer):
            said = f"has {pointer!r}, with a ~ that is neither ~0 nor ~1"
            raise table.error(key, said, "Write ~0 for ~ and ~1 for / within a key.")


def _constant(table: Table, spec: PropertySpec) -> Value:
    """Return a constant, held to what a manifest's own value is held to."""
    given = table.raw("constant")
    given = given.isoformat() if isinstance(given, date) else given
    if isinstance(given, list):
        given = list(table.texts("constant"))
    try:
        if not isinstance(given, str | int | float | list):
            raise ConversionError("", "mapping.type", "it is no text, number, date, flag or list")
        value = convert(replace(spec, pointers=("/it",), constant=None), {"it": given})
    except ConversionError as error:
        said = f"does not fit: {error.message}"
        raise table.error("constant", said, f"Write a value for a {spec.type}.") from None
    if value == empty(spec.type) and value is not False:
        raise table.error("constant", "is empty", "Give it a value, or take the property out.")
    return value
