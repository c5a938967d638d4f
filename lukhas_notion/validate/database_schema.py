"""Check, before anything is written, that the database has the properties and options needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import write_vocabulary
from lukhas_notion.config.properties import entry_for
from lukhas_notion.config.toml_lines import toml_string
from lukhas_notion.manifests.manifest import Manifest, Violation
from lukhas_notion.plan.database import (
    MissingOption,
    OptionChange,
    PropertyAddition,
    PropertySchema,
    Schema,
)
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.property_types import kind_of, options
from lukhas_notion.plan.values import MAX_OPTIONS, PropertyType
from lukhas_notion.util.errors import SetupError
from lukhas_notion.util.text import difference, first_of, fold, nearest
from lukhas_notion.validate.gates import violation_at

#: How to add a missing property by hand.
HOW_TO_ADD = (
    "By hand: in Notion, open the database, click + at the right of the header row, choose the "
    "type, and write the name exactly so: it is case-sensitive."
)
#: Options listed in one notice.
_MAX_IN_NOTICE = 20
_INIT = "`lukhas-notion init` does it, or a sync with `--add-properties`."


@dataclass(frozen=True, slots=True)
class SchemaMismatch:
    """A mapped property that the database does not have, or has with another type.

    Args:
        name: the name of the property.
        found: the type that it has in Notion, as Notion names it; "" if it does not exist.
        fact: what is wrong, as a sentence.
        remedy: what to do about it.
        stand_in: a property of the database that may be the same by another name, or "".
        can_be_added: whether the property can be added to the database.
        instead: how to use ``stand_in`` instead: a verb phrase.
    """

    name: str
    found: str
    fact: str
    remedy: str
    stand_in: str = ""
    can_be_added: bool = False
    instead: str = ""

    @property
    def message(self) -> str:
        """The fact and the remedy."""
        return f"{self.fact} {self.remedy}"


def schema_mismatches(mapping: PropertyMapping, schema: Schema) -> list[SchemaMismatch]:
    """Return every required property that is missing, has another type, or is mapped twice."""
    return [
        _schema_mismatch(spec, mapping, schema)
        for spec in mapping.properties
        if spec.required and not _fits(spec, schema)
    ] + [*_other_sides(mapping, schema), *_own_targets(mapping, schema)]


def left_out(mapping: PropertyMapping, schema: Schema) -> list[SchemaMismatch]:
    """Return every optional property that is missing or has another type: it is not written."""
    return [
        _schema_mismatch(spec, mapping, schema)
        for spec in mapping.properties
        if not spec.required and not _fits(spec, schema)
    ]


def _fits(spec: PropertySpec, schema: Schema) -> bool:
    """Return whether the database has the property with this type, and with this target."""
    found = schema.properties.get(spec.name)
    if found is None or found.type != spec.type.stored_as:
        return False
    is_relation = spec.type is PropertyType.RELATION
    return not is_relation or (spec.target or schema.data_source_id) in found.related


def _other_sides(mapping: PropertyMapping, schema: Schema) -> Iterator[SchemaMismatch]:
    """Yield the mapped relations that are the other side of a mapped one: Notion fills them."""
    names = {p.name for p in mapping.properties if p.names_modules}
    for name in sorted(names & schema.properties.keys()):
        other = schema.properties[name].synced
        if other in names and name < other:
            fact = f"'{name}' and '{other}' are the two sides of one relation."
            remedy = f"Map one of them: take [properties.{toml_string(other)}] out."
            yield SchemaMismatch(other, PropertyType.RELATION.value, fact, remedy)


def _own_targets(mapping: PropertyMapping, schema: Schema) -> Iterator[SchemaMismatch]:
    """Yield the relations that name this database by its id, and so its pages by title."""
    for spec in mapping.properties:
        if spec.target in (schema.database_id, schema.data_source_id):
            fact = f"'{spec.name}' names this database as its target."
            entry = f"[properties.{toml_string(spec.name)}]"
            remedy = f'Write target = "self" in lukhas-notion.toml, under {entry}.'
            yield SchemaMismatch(spec.name, PropertyType.RELATION.value, fact, remedy)


def _schema_mismatch(
    spec: PropertySpec, mapping: PropertyMapping, schema: Schema
) -> SchemaMismatch:
    found = schema.properties.get(spec.name)
    if found is None:
        return missing_property(spec, mapping, schema)
    if found.type == spec.type.stored_as:
        target = " in ".join(filter(None, found.related))
        fact = f"Property '{spec.name}' is a relation to another data source: {target}."
        entry = f"[properties.{toml_string(spec.name)}]"
        remedy = f"Name that one as its target in lukhas-notion.toml, under {entry}."
        return SchemaMismatch(spec.name, found.type, fact, remedy)
    wanted = f"{kind_of(spec.type).label} ({spec.type.stored_as})"
    fact = f"Property '{spec.name}' has the type {found.type} in the database: it must be {wanted}."
    return SchemaMismatch(spec.name, found.type, fact, _retype(spec, found.type, schema))


def _retype(spec: PropertySpec, found: str, schema: Schema) -> str:
    """Return the remedy for a property with another type; ``init`` does not convert any."""
    if spec.type is PropertyType.TITLE:
        title = _title_of(schema)
        return (
            f"Rename '{spec.name}' to something else in Notion, and the title property '{title}' "
            f"to '{spec.name}'. Or {entry_for(spec, title)}."
        )
    change = f"Change its type to {kind_of(spec.type).label} in Notion"
    is_fed = not (spec.is_sha or spec.is_now or spec.constant is not None)
    if is_fed and found in kind_of(spec.type).instead:
        entry = toml_string(spec.name)
        return (
            f"{change}, or map it as what it is in lukhas-notion.toml: under "
            f'[properties.{entry}], write type = "{found}".'
        )
    other = f"{spec.name} (manifest)"
    return (
        f"{change}. Or map another property: add one of that type to the database, such as "
        f"'{other}', and {entry_for(spec, other)}."
    )


def _title_of(schema: Schema) -> str:
    """Return the name of the title property; every database has one."""
    title = PropertyType.TITLE
    return next((name for name, found in schema.properties.items() if found.type == title), "")


def missing_property(
    spec: PropertySpec, mapping: PropertyMapping, schema: Schema
) -> SchemaMismatch:
    """Return the mismatch for a property that the database does not have.

    Most often the property was renamed. Adding another one would leave the values of all pages in
    the old one, so this is proposed last. It is not proposed if the two names differ only by case
    or spaces, nor for a title, of which a database has exactly one.
    """
    name, fact = spec.name, f"Property '{spec.name}' not found in database"
    add = f"a property of type {kind_of(spec.type).label} with exactly this name: {_INIT}"
    if other := _respelled(name, schema):
        apart = difference(name, other)
        fact += f": there is '{other}', which differs from it only by case or spaces"
        fact += f" ({apart})." if apart else "."
        return SchemaMismatch(name, "", fact, f"{_upper(_instead(spec, other))}.", other)
    if spec.type is PropertyType.TITLE:
        title = _title_of(schema)
        fact += f": the title property is called '{title}', and a database has one."
        return SchemaMismatch(name, "", fact, f"{_upper(_instead(spec, title))}.", title)
    free = _free(spec, mapping, schema)
    if other := nearest(name, free):
        fact += f": there is '{other}', of the same type and with a name like it."
        instead = _instead(spec, other)
        remedy = f"If it is the same, {instead}. If it is not, add {add}"
        return SchemaMismatch(name, "", fact, remedy, other, can_be_added=True, instead=instead)
    if len(free) == 1:
        fact += f": there is '{free[0]}', of the same type, to which nothing is mapped."
        remedy = f"If it is the same, {_instead(spec, free[0])}. If it is not, add {add}"
        return SchemaMismatch(name, "", fact, remedy, can_be_added=True)
    return SchemaMismatch(name, "", f"{fact}.", f"Add {add}", can_be_added=True)


def _instead(spec: PropertySpec, other: str) -> str:
    return f"rename it to '{spec.name}' in Notion, or {entry_for(spec, other)}"


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


@dataclass(frozen=True, slots=True)
class Fit:
    """The part of a mapping that a database can store.

    Args:
        mapping: the mapping without the optional properties that :func:`left_out` returns.
        columns: the properties that must be added to the database.
        doubts: a sentence for each of them that may exist by another name.
    """

    mapping: PropertyMapping
    columns: tuple[PropertyAddition, ...] = ()
    doubts: tuple[str, ...] = ()

    def schema_with(self, schema: Schema) -> Schema:
        """Return the schema of the database after the properties are added."""
        own = schema.data_source_id
        added = {
            c.name: PropertySchema(
                "", c.name, c.type.value, related=(c.spec.target or own,) if c.is_relation else ()
            )
            for c in self.columns
        }
        return replace(schema, properties={**schema.properties, **added}) if added else schema


def fit(mapping: PropertyMapping, schema: Schema, *, may_add: bool = False) -> Fit:
    """Return the part of the mapping that the database can store.

    Args:
        mapping: the whole mapping.
        schema: the database.
        may_add: whether missing properties are added, optional ones included.

    Raises:
        SetupError: required properties are missing or have another type; it names all of them.
    """
    found, optional = schema_mismatches(mapping, schema), left_out(mapping, schema)
    added = [mismatch for mismatch in (*found, *optional) if may_add and mismatch.can_be_added]
    if problems := [mismatch for mismatch in found if mismatch not in added]:
        adds = any(problem.can_be_added for problem in problems)
        remedy = HOW_TO_ADD if adds else "Check it all: `lukhas-notion doctor`."
        raise SetupError("\n".join(problem.message for problem in problems), remedy)
    names = {mismatch.name for mismatch in added}
    return Fit(
        mapping.without({mismatch.name for mismatch in optional} - names),
        tuple(PropertyAddition(p) for p in mapping.properties if p.name in names),
        tuple(
            f"'{mismatch.name}' is added next to '{mismatch.stand_in}', which has the same type "
            "and a similar name."
            for mismatch in added
            if mismatch.stand_in
        ),
    )


def _respelled(name: str, schema: Schema) -> str:
    folded = fold(name, case=True)
    return next((p for p in schema.properties if fold(p, case=True) == folded and p != name), "")


def _free(spec: PropertySpec, mapping: PropertyMapping, schema: Schema) -> list[str]:
    """Return the properties of the same type that nothing is mapped to."""
    mapped = {other.name for other in mapping.properties}
    return [
        name
        for name, found in schema.properties.items()
        if found.type == spec.type.stored_as and name not in mapped
    ]


def missing_option(
    config: Config, missing: MissingOption, mapping: PropertyMapping, schema: Schema
) -> Violation:
    """Return the violation for an option that the property does not have, at its place."""
    spec = next(p for p in mapping.properties if p.name == missing.property_name)

    def pointer(manifest: Manifest) -> str:
        names = options(spec, manifest.value)
        return next((place for place, name in names if name == missing.name), "")

    near = ""
    if missing.near:
        how = _apart(missing.name, missing.near)
        near = f" (Notion has '{missing.near}', which {how})"
    return violation_at(
        config,
        missing.path,
        pointer,
        "notion.option",
        f"Option '{missing.name}' does not exist in '{missing.property_name}'{near}",
        option_remedy(config, schema, missing),
    )


def _apart(name: str, near: str) -> str:
    """Return a verb phrase: how two names differ that Notion or a reader takes for one."""
    apart = difference(name, near)
    return f"looks the same: {apart}" if apart else "differs by case"


#: The remedy for the names of :func:`not_added`.
BY_HAND = "In Notion, rename the existing options, and add the missing ones by hand."


def not_added(
    names: Mapping[str, Sequence[str]], changes: Iterable[OptionChange], schema: Schema
) -> Iterator[str]:
    """Yield a sentence with the names of each vocabulary that a backfill does not add.

    It adds no option next to one that looks the same, and to a status only as many as one request
    takes, because a page adds none to it. Without this it would seem complete.
    """
    for change in changes:
        property_name = change.property_name
        have = {option.name for option in schema.properties[property_name].options}
        have -= {removal.name for removal in change.remove}
        by_look = {fold(option, case=True): option for option in sorted(have)}
        skipped = [
            f"'{name}' (Notion has '{near}', which {_apart(name, near)})"
            for name in names[property_name]
            if name not in have and (near := by_look.get(fold(name, case=True)))
        ]
        if skipped:
            yield f"Not added to '{property_name}': {first_of(skipped, _MAX_IN_NOTICE)}."
        brought = [name for name, _ in change.add] + [*change.by_pages, *change.waiting]
        coming = by_look.keys() | {fold(name, case=True) for name in brought}
        left = [f"'{name}'" for name in names[property_name] if fold(name, case=True) not in coming]
        if left:
            why = f"the API adds at most {MAX_OPTIONS} options to a status"
            yield f"Not added to '{property_name}': {first_of(left, _MAX_IN_NOTICE)}: {why}."


def option_remedy(config: Config, schema: Schema, missing: MissingOption) -> str:
    """Return the remedy for a missing option."""
    name = missing.property_name
    if missing.near:
        # Notion treats both spellings as one option, so the other cannot be added.
        return (
            f"Rename the option '{missing.near}' to '{missing.name}' in Notion, or write it so in "
            "the repository."
        )
    if schema.properties[name].type == PropertyType.STATUS and _is_full(schema, name):
        return f"Add the option in Notion by hand: the API adds at most {MAX_OPTIONS} to a status."
    if name in config.backfilled and _is_full(schema, name):
        return (
            f"Sync with --backfill: the property has {MAX_OPTIONS} options or more, and then only "
            "the page that uses a new one can bring it."
        )
    if name in config.backfilled:
        return f"Run `{backfill_command(schema, name)}` first, or sync with --backfill."
    return f"Add the option in Notion. Or: {write_vocabulary(name)}."


def backfill_command(schema: Schema, name: str) -> str:
    """Return the command that adds the missing options of a property's vocabulary."""
    if _is_full(schema, name):
        return "lukhas-notion sync --all --backfill"
    flag = {"Features": "--features", "Tags": "--tags"}.get(name, f'--property "{name}"')
    return f"lukhas-notion backfill {flag} --apply"


def _is_full(schema: Schema, name: str) -> bool:
    """Return whether the property has too many options for a request: only a page can add one."""
    return len(schema.properties[name].options) >= MAX_OPTIONS


def deferred_options(missing: Iterable[MissingOption], schema: Schema) -> Iterator[str]:
    """Yield a notice for each property that needs a backfill before the sync."""
    names: dict[str, set[str]] = defaultdict(set)
    for option in missing:
        names[option.property_name].add(option.name)
    for name, lacking in names.items():
        listed = first_of([f"'{option}'" for option in sorted(lacking)], _MAX_IN_NOTICE)
        what = f"Option {listed} does" if len(lacking) == 1 else f"Options {listed} do"
        yield (
            f"{what} not exist in '{name}': the sync needs a backfill first: "
            f"`{backfill_command(schema, name)}`"
        )
