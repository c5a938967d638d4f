"""Whether the database has what the mapping and the manifests need, before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lukhas_notion.config.config import Config
from lukhas_notion.config.document import in_file
from lukhas_notion.config.gates import write_vocabulary
from lukhas_notion.config.properties import entry_for
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import (
    MAX_LISTED,
    MissingOption,
    OptionChange,
    PropertyAddition,
    PropertySchema,
    Schema,
)
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.property_types import kind_of, options
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import SetupError
from lukhas_notion.util.text import difference, fold, nearest

#: How a property that is missing is added by hand.
HOW_TO_ADD = (
    "By hand: in Notion, open the database, click + at the right of the header row, choose the "
    "type, and write the name exactly so: it is case-sensitive."
)
#: How many options a note names.
_NAMED = 20
_INIT = "`lukhas-notion init` does it, or a sync with `--add-properties`."


@dataclass(frozen=True, slots=True)
class SchemaMismatch:
    """A property that the database does not have as the mapping needs it.

    Args:
        name: the property's.
        found: the type that it has instead, by Notion's own word, "" where it is not there.
        fact: what is wrong, in a sentence.
        remedy: what to do about it.
        stand_in: a property of the database that may be this one by another name, or "".
        can_be_added: whether it may be added beside what is there.
        instead: how ``stand_in`` is used in its place; the sentence is neither begun nor ended.
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
        """What is wrong and what to do about it."""
        return f"{self.fact} {self.remedy}"


def schema_mismatches(mapping: PropertyMapping, schema: Schema) -> list[SchemaMismatch]:
    """Return every required property that is missing, of another type, or mapped twice."""
    return [
        _schema_mismatch(spec, mapping, schema)
        for spec in mapping.properties
        if spec.required and not _is_there(spec, schema)
    ] + list(_other_sides(mapping, schema))


def left_out(mapping: PropertyMapping, schema: Schema) -> list[SchemaMismatch]:
    """Return every optional property that is missing or of another type, and so not written."""
    return [
        _schema_mismatch(spec, mapping, schema)
        for spec in mapping.properties
        if not spec.required and not _is_there(spec, schema)
    ]


def _is_there(spec: PropertySpec, schema: Schema) -> bool:
    found = schema.properties.get(spec.name)
    if found is None or found.type != spec.type.stored_as:
        return False
    return _leads_there(spec, found, schema)


def _leads_there(spec: PropertySpec, found: PropertySchema, schema: Schema) -> bool:
    """Whether a relation leads where the mapping says; what is no relation leads nowhere."""
    if spec.type is not PropertyType.RELATION:
        return True
    return (spec.target or schema.data_source_id) in found.related


def _other_sides(mapping: PropertyMapping, schema: Schema) -> Iterator[SchemaMismatch]:
    """Yield the relations that show another mapped one from its other side: Notion fills them."""
    names = {p.name for p in mapping.properties if p.names_modules}
    for name in sorted(names & schema.properties.keys()):
        other = schema.properties[name].synced
        if other in names and name < other:
            said = f"'{name}' and '{other}' are the two sides of one relation."
            remedy = f"Map one of them: take [properties.{in_file(other)}] out."
            yield SchemaMismatch(other, PropertyType.RELATION.value, said, remedy)


def _schema_mismatch(
    spec: PropertySpec, mapping: PropertyMapping, schema: Schema
) -> SchemaMismatch:
    found = schema.properties.get(spec.name)
    if found is None:
        return missing_property(spec, mapping, schema)
    if found.type == spec.type.stored_as:
        there = " in ".join(filter(None, found.related))
        said = f"Property '{spec.name}' is a relation to another data source: {there}."
        entry = f"[properties.{in_file(spec.name)}]"
        remedy = f"Name that one as its target in lukhas-notion.toml, under {entry}."
        return SchemaMismatch(spec.name, found.type, said, remedy)
    wanted = f"{kind_of(spec.type).label} ({spec.type.stored_as})"
    said = f"Property '{spec.name}' has the type {found.type} in the database: it must be {wanted}."
    return SchemaMismatch(spec.name, found.type, said, _retype(spec, found.type, schema))


def _retype(spec: PropertySpec, found: str, schema: Schema) -> str:
    """Return what to do about a property of another type; `init` converts none."""
    if spec.type is PropertyType.TITLE:
        title = _title_of(schema)
        return (
            f"Rename '{spec.name}' to something else in Notion, and the title property '{title}' "
            f"to '{spec.name}'. Or {entry_for(spec, title)}."
        )
    change = f"Change its type to {kind_of(spec.type).label} in Notion"
    is_fed = not (spec.is_sha or spec.is_now or spec.constant is not None)
    if is_fed and found in kind_of(spec.type).instead:
        entry = in_file(spec.name)
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
    """Return the name of the title property, which every database has."""
    title = PropertyType.TITLE
    return next((name for name, found in schema.properties.items() if found.type == title), "")


def missing_property(
    spec: PropertySpec, mapping: PropertyMapping, schema: Schema
) -> SchemaMismatch:
    """Return what to say of a property that the database has not.

    Most often it was renamed. Adding another one would leave the values of all pages in
    the old one, so that is proposed last; and not at all where the two differ by case or spaces
    alone, where nobody wants both, or for a title, of which a database has one.
    """
    name, fact = spec.name, f"Property '{spec.name}' not found in database"
    add = f"a property of type {kind_of(spec.type).label} with exactly this name: {_INIT}"
    if other := _respelled(name, schema):
        apart = difference(name, other)
        said = f"{fact}: there is '{other}', which differs from it by case or spaces alone"
        said += f" ({apart})." if apart else "."
        return SchemaMismatch(name, "", said, f"{_upper(_instead(spec, other))}.", other)
    if spec.type is PropertyType.TITLE:
        title = _title_of(schema)
        said = f"{fact}: the title property is called '{title}', and a database has one."
        return SchemaMismatch(name, "", said, f"{_upper(_instead(spec, title))}.", title)
    free = _free(spec, mapping, schema)
    if other := next(iter(nearest(name, free)), ""):
        said = f"{fact}: there is '{other}', of the same type and with a name like it."
        instead = _instead(spec, other)
        remedy = f"If it is the same, {instead}. If it is not, add {add}"
        return SchemaMismatch(name, "", said, remedy, other, can_be_added=True, instead=instead)
    if len(free) == 1:
        said = f"{fact}: there is '{free[0]}', of the same type, to which nothing is mapped."
        remedy = f"If it is the same, {_instead(spec, free[0])}. If it is not, add {add}"
        return SchemaMismatch(name, "", said, remedy, can_be_added=True)
    return SchemaMismatch(name, "", f"{fact}.", f"Add {add}", can_be_added=True)


def _instead(spec: PropertySpec, other: str) -> str:
    return f"rename it back to '{spec.name}' in Notion, or {entry_for(spec, other)}"


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


@dataclass(frozen=True, slots=True)
class Fit:
    """What of a mapping a database can hold.

    Args:
        mapping: without the optional properties that :func:`left_out` names.
        columns: the properties that are to be added to it.
        doubts: a sentence for each of them that may be there by another name.
    """

    mapping: PropertyMapping
    columns: tuple[PropertyAddition, ...] = ()
    doubts: tuple[str, ...] = ()

    def schema_with(self, schema: Schema) -> Schema:
        """Return a database as it is once the properties are added."""
        own = schema.data_source_id
        added = {
            c.name: PropertySchema(
                "", c.name, c.type.value, related=(c.spec.target or own,) if c.is_relation else ()
            )
            for c in self.columns
        }
        return replace(schema, properties={**schema.properties, **added}) if added else schema


def fit(mapping: PropertyMapping, schema: Schema, *, may_add: bool = False) -> Fit:
    """Return what of the mapping the database can hold.

    Args:
        mapping: what is to be written.
        schema: the database.
        may_add: whether properties that are missing are to be added, optional ones included.

    Raises:
        SetupError: a required property is missing, or is of another type; all of them are named
            at once.
    """
    found, optional = schema_mismatches(mapping, schema), left_out(mapping, schema)
    added = [each for each in (*found, *optional) if may_add and each.can_be_added]
    if problems := [each for each in found if each not in added]:
        adds = any(problem.can_be_added for problem in problems)
        remedy = HOW_TO_ADD if adds else "Check it all: `lukhas-notion doctor`."
        raise SetupError("\n".join(problem.message for problem in problems), remedy)
    names = {each.name for each in added}
    return Fit(
        mapping.without({each.name for each in optional} - names),
        tuple(PropertyAddition(p) for p in mapping.properties if p.name in names),
        tuple(
            f"'{each.name}' is added beside '{each.stand_in}', which has the same type and a "
            "similar name."
            for each in added
            if each.stand_in
        ),
    )


def _respelled(name: str, schema: Schema) -> str:
    folded = fold(name, case=True)
    return next((p for p in schema.properties if fold(p, case=True) == folded and p != name), "")


def _free(spec: PropertySpec, mapping: PropertyMapping, schema: Schema) -> list[str]:
    """Return the properties of the same type that nothing is mapped to."""
    taken = {each.name for each in mapping.properties}
    return [
        there
        for there, found in schema.properties.items()
        if found.type == spec.type.stored_as and there not in taken
    ]


def missing_option(
    config: Config, missing: MissingOption, mapping: PropertyMapping, schema: Schema
) -> Violation:
    """Return what is to be said of an option that Notion would have to make up, at its place."""
    from lukhas_notion.manifests.manifest import Manifest, read_manifest

    line, column, pointer = 1, 1, ""
    manifest = read_manifest(config.root, missing.path, config.form)
    spec = next(p for p in mapping.properties if p.name == missing.property_name)
    if isinstance(manifest, Manifest):
        named = options(spec, manifest.value)
        pointer = next((place for place, name in named if name == missing.name), "")
        line, column = manifest.place(pointer)
    near = ""
    if missing.near:
        how = _apart(missing.name, missing.near)
        near = f" (Notion has '{missing.near}', which {how})"
    found = Violation(
        missing.path,
        line,
        column,
        pointer,
        "notion.option",
        f"Option '{missing.name}' does not exist in '{missing.property_name}'{near}",
        option_remedy(config, schema, missing),
    )
    return found.in_file()


def _apart(name: str, near: str) -> str:
    """Return how two names that Notion or people take for one differ: a verb phrase."""
    said = difference(name, near)
    return f"looks the same: {said}" if said else "differs by case"


def other_spellings(
    names: Mapping[str, Sequence[str]], changes: Iterable[OptionChange], schema: Schema
) -> Iterator[str]:
    """Yield a note for each property that has options of the vocabulary's in other spellings.

    They are not added beside what looks the same, and a backfill that says nothing of them would
    seem to have done everything.
    """
    for change in changes:
        property_name = change.property_name
        have = {option.name for option in schema.properties[property_name].options}
        have -= {removal.name for removal in change.remove}
        by_look = {fold(each, case=True): each for each in sorted(have)}
        found = [
            f"'{name}' (Notion has '{near}', which {_apart(name, near)})"
            for name in names[property_name]
            if name not in have and (near := by_look.get(fold(name, case=True)))
        ]
        if found:
            listed = ", ".join(found[:_NAMED])
            if more := found[_NAMED:]:
                listed += f" and {len(more):,} more"
            yield f"Not added to '{property_name}': {listed}. Rename in Notion what is there."


def option_remedy(config: Config, schema: Schema, missing: MissingOption) -> str:
    """Return what to do about an option that is missing."""
    name = missing.property_name
    if missing.near:
        # Notion takes two spellings of one name for one option, so the other cannot be added.
        return (
            f"Rename the option '{missing.near}' to '{missing.name}' in Notion, or write it so in "
            "the repository."
        )
    if name in config.backfilled and _is_full(schema, name):
        return (
            f"Sync with --backfill: the property has {MAX_LISTED} options or more, and then only "
            "the page that uses a new one can bring it."
        )
    if name in config.backfilled:
        return f"Run `{backfill_command(schema, name)}` first, or sync with --backfill."
    return f"Add the option in Notion. Or: {write_vocabulary(name)}."


def backfill_command(schema: Schema, name: str) -> str:
    """Return the command that adds what a property's options lack of its vocabulary."""
    if _is_full(schema, name):
        return "lukhas-notion sync --all --backfill"
    flag = {"Features": "--features", "Tags": "--tags"}.get(name, f'--property "{name}"')
    return f"lukhas-notion backfill {flag} --apply"


def _is_full(schema: Schema, name: str) -> bool:
    """Whether no request has room for another option, so that only a page can bring it."""
    return len(schema.properties[name].options) >= MAX_LISTED


def deferred_options(missing: Iterable[MissingOption], schema: Schema) -> Iterator[str]:
    """Yield a note for each property whose options a backfill has to add before the sync."""
    names: dict[str, set[str]] = defaultdict(set)
    for option in missing:
        names[option.property_name].add(option.name)
    for name, lacking in names.items():
        quoted = [f"'{each}'" for each in sorted(lacking)]
        listed = ", ".join(quoted[:_NAMED])
        if more := quoted[_NAMED:]:
            listed += f" and {len(more):,} more"
        what = f"Option {listed} does" if len(quoted) == 1 else f"Options {listed} do"
        yield (
            f"{what} not exist in '{name}': the sync needs a backfill first: "
            f"`{backfill_command(schema, name)}`"
        )
