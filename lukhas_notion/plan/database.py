"""The database as Notion has it: schema, options, pages, editors; and the options it lacks. Pure.

Notion replaces a property's list of options by the one that a request names, and takes at most 100
names there. As long as all names fit into 100, options are added by a request, with their colours.
Beyond that the list is never sent again, since Notion would drop the options that it does not name:
a page's write adds the options that the page uses, uncoloured, and leaves all others alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import MAX_OPTIONS, PropertyType, Value, names_of, sha256
from lukhas_notion.util.text import fold, shortened


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a select, multi-select or status property."""

    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class PropertySchema:
    """One property of the data source.

    Args:
        id: its id.
        name: its name.
        type: its type in Notion, which may be one that this tool does not write.
        options: the options of a select, multi-select or status.
        number_format: Notion's format of numbers (``number``, ``percent`` …), "" for other types.
        related: the ids of the data source and the database of a relation.
        synced: the name of a relation's other side, "" for a one-way relation.
    """

    id: str
    name: str
    type: str
    options: tuple[Option, ...] = ()
    number_format: str = ""
    related: tuple[str, ...] = ()
    synced: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """The data source, without its pages."""

    database_id: str
    data_source_id: str
    title: str
    url: str
    properties: Mapping[str, PropertySchema] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """The approximate size of the schema as JSON: its names and options."""
        return sum(
            len(p.name.encode()) + 80 + sum(option_bytes(o.name) for o in p.options)
            for p in self.properties.values()
        )


def option_bytes(name: str) -> int:
    """Return the approximate size of an option as JSON: its name, id, colour and keys."""
    return len(name.encode("utf-8", "replace")) + 90


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the data source, reduced to the mapped properties.

    Args:
        id: its id.
        url: its address in Notion.
        values: its values, by property.
        author: the id of the user or integration that created it, "" if unknown.
        editor: the id of the user or integration that edited it last.
        in_trash: whether it is in the trash. No query returns such a page; it is read by its id.
        source: the id of its data source, "" for none: a page can be moved.
        link: the link of its provenance SHA, which holds the page's record; "" for none.
        created: the time of its creation, to the minute, ISO 8601.
        is_archived: whether it is archived, which is not the trash. It has a query of its own.
        shortened: the relations whose answer has the first 25 pages only: property name → id.
        edited: the time of its last edit, in the form of ``created``.
    """

    id: str
    url: str
    values: Mapping[str, Value]
    author: str = ""
    editor: str = ""
    in_trash: bool = False
    source: str = ""
    link: str = ""
    created: str = ""
    is_archived: bool = False
    shortened: Mapping[str, str] = field(default_factory=dict)
    edited: str = ""


def oldest(pages: Iterable[Page]) -> Page:
    """Return the page that was created first; of the same minute, the one with the least id."""
    return min(pages, key=lambda page: (page.created, page.id))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The schema and the pages at one point in time.

    Args:
        schema: the data source.
        pages: the pages that queries return.
        complete: whether all of them were read, and not only those of selected modules.
        hidden: pages that queries do not return: archived ones, and some of those in the trash.
    """

    schema: Schema
    pages: Sequence[Page]
    complete: bool
    hidden: Sequence[Page] = ()


THIS_INTEGRATION = "this integration"
#: Characters of a user's name that are shown.
_LONGEST = 60


class Editor(NamedTuple):
    """The user who edited a page: the id, and the name if it is known; both "" for no editor."""

    id: str = ""
    name: str = ""

    @property
    def phrase(self) -> str:
        """The phrase ``last edited by NAME``; "" for no editor."""
        return f"last edited by {self.name or f'user {self.id[:8]}'}" if self.id else ""


NOBODY = Editor()


@dataclass(frozen=True, slots=True)
class Editors:
    """The users who edited pages.

    Args:
        names: the known names by user id; :data:`THIS_INTEGRATION` for the integration itself.
        notices: why some names are unknown.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def of(self, user_id: str) -> Editor:
        """Return the editor with an id."""
        name = " ".join(self.names.get(user_id, "").split())
        return Editor(user_id, shortened(name, _LONGEST))


#: Notion's colours for options, without ``default``, which an option has if no one chose one.
COLORS = ("blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "yellow")
#: The size of a data source's schema that Notion recommends at most, in bytes.
SCHEMA_BUDGET = 50_000
#: The remedy for a larger schema.
BUDGET_REMEDY = "Remove names that nothing uses, or split the vocabulary over properties."


@dataclass(frozen=True, slots=True)
class OptionRemoval:
    """An option that is removed, and the number of pages in the snapshot that use it."""

    name: str
    pages: int


@dataclass(frozen=True, slots=True)
class OptionChange:
    """The changes of one property's options.

    Args:
        property_name: the property.
        type: its type.
        add: (name, colour) of the options that one request adds, in the vocabulary's order.
        remove: the options that the same request removes.
        keep: the number of options that stay.
        by_pages: the options that page writes of this plan add, since no request has room for them.
        waiting: names of the vocabulary that the first page that uses them will add.
    """

    property_name: str
    type: PropertyType
    add: tuple[tuple[str, str], ...]
    remove: tuple[OptionRemoval, ...]
    keep: int
    by_pages: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def before(self) -> int:
        """The number of options in Notion now."""
        return self.keep + len(self.remove)

    @property
    def total(self) -> int:
        """The number of options after the change."""
        return self.keep + len(self.add) + len(self.by_pages)

    @property
    def sends(self) -> bool:
        """Whether it needs a request of its own."""
        return bool(self.add or self.remove)

    @property
    def is_possible(self) -> bool:
        """Whether one request can do it: the list that it sends must have room for all names."""
        return not self.sends or self.keep + len(self.add) <= MAX_OPTIONS

    def used_by(self, names: Iterable[str]) -> OptionChange:
        """Return the change with the waiting names among ``names`` moved to ``by_pages``."""
        used = set(names)
        brought = tuple(name for name in self.waiting if name in used)
        waiting = tuple(name for name in self.waiting if name not in used)
        return replace(self, by_pages=self.by_pages + brought, waiting=waiting)


@dataclass(frozen=True, slots=True)
class PropertyAddition:
    """A property that the database lacks.

    Args:
        spec: its configuration.
        options: (name, colour) of its first options, at most 100.
        waiting: names of the vocabulary for which the request has no room; page writes add them.
        related: the id of the data source that a relation leads to.
    """

    spec: PropertySpec
    options: tuple[tuple[str, str], ...] = ()
    waiting: tuple[str, ...] = ()
    related: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return self.spec.name

    @property
    def type(self) -> PropertyType:
        """Its type in Notion."""
        return self.spec.type.stored_as

    @property
    def is_relation(self) -> bool:
        """Whether it leads to a database, which must exist first."""
        return self.type is PropertyType.RELATION


@dataclass(frozen=True, slots=True)
class MissingOption:
    """An option that a manifest uses and that Notion does not have and the plan does not add.

    ``near`` is an existing option that Notion or a reader takes for the same, or "".
    """

    property_name: str
    name: str
    module: str
    path: str
    near: str = ""


def color_of(name: str) -> str:
    """Return the colour of a new option, which depends only on its name."""
    return COLORS[sha256(name)[0] % len(COLORS)]


def plan_options(
    schema: Schema,
    vocabularies: Mapping[str, Sequence[str]],
    *,
    pages: Iterable[Page] = (),
    prune: bool = False,
) -> tuple[OptionChange, ...]:
    """Return the changes that give each property the options of its vocabulary.

    Args:
        schema: the schema in Notion; a vocabulary without a property there is skipped.
        vocabularies: property name → canonical names, in order.
        pages: the pages in which ``prune`` counts the uses of the options that it removes.
        prune: also remove the options outside the vocabulary.
    """
    uses: dict[str, Counter[str]] = defaultdict(Counter)
    if prune:
        for page in pages:
            for name in vocabularies:
                uses[name].update(names_of(page.values.get(name)))
    planned = []
    for name, names in vocabularies.items():
        found = schema.properties.get(name)
        if found is None:
            continue
        canonical = set(names)
        keep = [o.name for o in found.options if not prune or o.name in canonical]
        gone = [o.name for o in found.options if prune and o.name not in canonical]
        # To Notion names that differ by case are equal, and to a reader names that look alike.
        folded = {fold(kept, case=True) for kept in keep}
        new = [n for n in names if fold(n, case=True) not in folded]
        room = max(0, MAX_OPTIONS - len(keep))
        add = tuple((n, color_of(n)) for n in new[:room])
        remove = tuple(OptionRemoval(n, uses[name][n]) for n in gone)
        kind = PropertyType(found.type)
        # A page's write cannot add a status, so a name without room in the request is not added.
        waiting = tuple(new[room:]) if kind is not PropertyType.STATUS else ()
        planned.append(OptionChange(name, kind, add, remove, len(keep), waiting=waiting))
    return tuple(planned)


def missing_options(
    modules: Iterable[Desired],
    schema: Schema,
    mapping: PropertyMapping,
    options: Sequence[OptionChange],
) -> list[MissingOption]:
    """Return every option that a manifest uses and the database would not have.

    Notion would create such an option by itself, in grey, when the page is written. That is how a
    controlled vocabulary decays, so it is refused.
    """
    existing: dict[str, set[str]] = {}
    for spec in mapping.properties:
        if spec.type.has_options and spec.name in schema.properties:
            existing[spec.name] = {o.name for o in schema.properties[spec.name].options}
    for option in options:
        names = existing.setdefault(option.property_name, set())
        names |= {*(name for name, _ in option.add), *option.by_pages, *option.waiting}
        names -= {removal.name for removal in option.remove}
    missing = []
    for desired in modules:
        for property_name, names in existing.items():
            for name in names_of(desired.values.get(property_name)):
                if name not in names:
                    folded = fold(name, case=True)
                    near = next((n for n in sorted(names) if fold(n, case=True) == folded), "")
                    missing.append(
                        MissingOption(property_name, name, desired.module, desired.path, near)
                    )
    return missing


def budget_notice(schema: Schema, options: Iterable[OptionChange]) -> str:
    """Return a warning if the schema becomes larger than Notion recommends, else ""."""
    message = over_budget(schema, options)
    return f"{message} {BUDGET_REMEDY}" if message else ""


def over_budget(schema: Schema, options: Iterable[OptionChange]) -> str:
    """Return a sentence with the schema's size if Notion recommends less, else ""."""
    added = [
        name for o in options for name in (*(name for name, _ in o.add), *o.by_pages, *o.waiting)
    ]
    size = schema.size_bytes + sum(option_bytes(name) for name in added)
    if size <= SCHEMA_BUDGET:
        return ""
    return (
        f"With every name of the vocabularies the database's schema has about "
        f"{size / 1000:.0f} KB; Notion recommends {SCHEMA_BUDGET // 1000} KB at most, and may "
        "refuse more."
    )
