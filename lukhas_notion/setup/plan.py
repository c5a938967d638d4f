"""Mapping × vocabularies × schema, or none → what a database lacks, as a plan. Pure.

A set-up only adds: properties that are missing, and options that are missing. What is there keeps
its name, its type and its colour; what stands in the way is a problem for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.options import OptionChange, PropertyAddition, plan_options
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.snapshot import PropertySchema, Schema
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import SetupError
from lukhas_notion.util.text import fold
from lukhas_notion.validate.require_schema import left_out, missing_property, schema_mismatches

_REMEDY = "Nothing was changed: a property that is there is neither renamed nor converted."


@dataclass(frozen=True, slots=True)
class ViewAddition:
    """A view of a new database.

    Args:
        name: what it is called.
        type: Notion's word for it: ``table`` or ``board``.
        property: what a table is sorted by, and a board grouped by.
    """

    name: str
    type: str
    property: str


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """What is added to a database, or what a new one has.

    Args:
        schema: the database that is there; None when one is to be made.
        additions: the properties that it lacks, in the mapping's order; of a new one all.
        options: what the options of the properties that are there lack; of each with a vocabulary.
        problems: a sentence for each property that stands in the way.
        doubts: a sentence for each property that is added and may be there by another name, and for
            each optional one that has another type.
        views: those that a new database gets beside its own; where one fails, the rest is done.
    """

    schema: Schema | None
    additions: tuple[PropertyAddition, ...]
    options: tuple[OptionChange, ...] = ()
    problems: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    views: tuple[ViewAddition, ...] = ()

    @property
    def creates(self) -> bool:
        """Whether a database is to be made."""
        return self.schema is None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.creates or self.additions or any(o.sends for o in self.options))

    @property
    def waiting(self) -> dict[str, tuple[str, ...]]:
        """The names that come with the pages that use them, by property."""
        found = [(a.name, a.waiting) for a in self.additions]
        found += [(o.property_name, o.waiting) for o in self.options]
        return {name: names for name, names in found if names}

    def require_possible(self) -> None:
        """Check that nothing stands in the way.

        Raises:
            SetupError: something does; all of it is named at once.
        """
        if self.problems:
            raise SetupError("\n".join(self.problems), _REMEDY)

    def lacking(self, found: Schema) -> list[str]:
        """Return a sentence for each thing that the plan adds and that ``found`` does not have."""
        return [
            *(said for each in self.additions for said in _lacking(each, found)),
            *(said for each in self.options for said in _lacking_options(each, found)),
        ]


def wanted_views(mapping: PropertyMapping) -> Iterator[ViewAddition]:
    """Yield the views that most people want of a mapping's database."""
    yield ViewAddition(f"By {mapping.title.name}", "table", mapping.title.name)
    if board := board_property(mapping):
        yield ViewAddition(f"By {board}", "board", board)


def board_property(mapping: PropertyMapping) -> str:
    """Return the property that a board is grouped by: the first status or select; "" for none."""
    kinds = (PropertyType.STATUS, PropertyType.SELECT)
    return next((p.name for kind in kinds for p in mapping.properties if p.type is kind), "")


def plan_setup(
    mapping: PropertyMapping,
    vocabularies: Mapping[str, Sequence[str]],
    schema: Schema | None = None,
) -> SetupPlan:
    """Return what a database lacks of the mapping and the vocabularies.

    Args:
        mapping: every property that is written; the optional ones are added too.
        vocabularies: property name → the names that its options are to have, in order.
        schema: the database that is there; None to make one.
    """
    there = schema.properties if schema else {}
    missing = [spec for spec in mapping.properties if spec.name not in there]
    blank = {p.name: PropertySchema("", p.name, p.type.stored_as.value) for p in missing}
    fresh = {
        change.property_name: change
        for change in plan_options(Schema("", "", "", "", blank), vocabularies)
    }
    additions = tuple(_addition(spec, fresh.get(spec.name)) for spec in missing)
    if schema is None:
        return SetupPlan(None, additions, views=tuple(wanted_views(mapping)))
    problems = [each for each in schema_mismatches(mapping, schema) if each.found]
    optional = [each for each in left_out(mapping, schema) if each.found]
    mistyped = {each.name for each in (*problems, *optional)}
    gone = [missing_property(spec, mapping, schema) for spec in missing]
    return SetupPlan(
        schema,
        additions,
        plan_options(
            schema, {n: listed for n, listed in vocabularies.items() if n not in mistyped}
        ),
        problems=tuple(
            each.message for each in (*problems, *gone) if each.found or not each.can_be_added
        ),
        doubts=(
            *(
                f"'{each.name}' is added beside '{each.stand_in}', which is of the same type and "
                f"has a name like it. If it is the same, {each.instead}, and nothing is added."
                for each in gone
                if each.can_be_added and each.stand_in
            ),
            *(f"{each.fact} It is optional, and not written." for each in optional),
        ),
    )


def _addition(spec: PropertySpec, change: OptionChange | None) -> PropertyAddition:
    if change is None:
        return PropertyAddition(spec)
    return PropertyAddition(spec, change.add, change.waiting)


def _lacking(addition: PropertyAddition, schema: Schema) -> Iterator[str]:
    found = schema.properties.get(addition.name)
    if found is None:
        yield f"Property '{addition.name}' is not in the database."
        return
    if found.type != addition.type:
        yield f"Property '{addition.name}' has the type {found.type}, not {addition.type}."
    held = {option.name: option.color for option in found.options}
    for name, color in addition.options:
        if held.get(name) != color:
            yield f"Option '{name}' ({color}) is not in '{addition.name}'."


def _lacking_options(change: OptionChange, schema: Schema) -> Iterator[str]:
    found = schema.properties.get(change.property_name)
    # Somebody's other spelling of it stands for it, as it does for the writer.
    held = {fold(option.name, case=True) for option in found.options} if found else set()
    for name, _ in change.add:
        if fold(name, case=True) not in held:
            yield f"Option '{name}' is not in '{change.property_name}'."
