"""The database as Notion has it: schema, options, pages, editors; and the options it lacks. Pure.

Notion replaces a property's list of options by the one that a request names, and takes at most 100
names there. As long as all names fit into 100, options are added by a request, with their colours.
Beyond that the list is never sent again, since Notion would drop the options that it does not name:
a page's write adds the options that the page uses, uncoloured, and leaves all others alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType, Value, names_of
from lukhas_notion.util.text import fold


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a select, multi-select or status property."""

    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class PropertySchema:
    """One property of the data source, as Notion describes it.

    ``type`` is Notion's own word for it, which may be a type that this tool does not write.
    ``number_format`` says how Notion shows numbers (``number``, ``percent`` …); "" for other types.
    ``related`` has the ids of the data source and the database that a relation leads to, and
    ``synced`` the name of its other side, "" for a one-way relation.
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
    """The data source that pages live in, without its pages."""

    database_id: str
    data_source_id: str
    title: str
    url: str
    properties: Mapping[str, PropertySchema] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """A rough size of the schema: what its names and options weigh as JSON."""
        return sum(
            len(p.name.encode()) + 80 + sum(option_bytes(o.name) for o in p.options)
            for p in self.properties.values()
        )


def option_bytes(name: str) -> int:
    """Return roughly what an option weighs as JSON: its name, and its id, colour and keys."""
    return len(name.encode("utf-8", "replace")) + 90


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the data source, reduced to the mapped properties.

    Args:
        id: its id.
        url: its address in Notion.
        values: its values, by property.
        author: the id of the user, or integration, that created it; "" where Notion does not say.
        editor: the id of whoever edited it last.
        in_trash: whether it is in the trash. No query shows such a page; it is read by its id.
        source: the data source that it is a row of, "" for none: a page can be moved.
        link: the link of its provenance SHA, which holds the page's record; "" for none.
        created: when it was created, to the minute, ISO 8601.
        is_archived: whether it is archived, which is not the trash. Such pages are queried apart.
        shortened: the relations of which the answer shows the first 25 pages alone, by the
            property's name: its id.
        edited: when it was edited last, in the form of ``created``.
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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The schema and the pages, as they were at one reading.

    Args:
        schema: the data source.
        pages: the pages that queries show.
        complete: whether every such page is here, or those of selected modules alone.
        hidden: pages that queries do not show: archived ones, and some of those in the trash.
    """

    schema: Schema
    pages: Sequence[Page]
    complete: bool
    hidden: Sequence[Page] = ()


THIS_INTEGRATION = "this integration"
#: No name says more about who it is than so many characters.
_LONGEST = 60


class Editor(NamedTuple):
    """Who edited a page: the id, and the name where it is known; both "" for nobody."""

    id: str = ""
    name: str = ""

    @property
    def told(self) -> str:
        """Return ``last edited by NAME``; "" for nobody."""
        return f"last edited by {self.name or f'user {self.id[:8]}'}" if self.id else ""


NOBODY = Editor()


@dataclass(frozen=True, slots=True)
class Editors:
    """The users that edited pages.

    Args:
        names: the known names by user id; :data:`THIS_INTEGRATION` for the integration itself.
        notices: why some names are unknown.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def of(self, user_id: str) -> Editor:
        """Return one user."""
        name = " ".join(self.names.get(user_id, "").split())
        return Editor(user_id, name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…")


#: Notion's colours for options, less ``default``, which is what an option gets that nobody chose.
COLORS = ("blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "yellow")
#: Notion's API: ``multi_select.options`` of a data source's PATCH has at most 100 items.
MAX_LISTED = 100
#: What Notion recommends a data source's schema to weigh at most, in bytes.
SCHEMA_BUDGET = 50_000
#: What to do about a schema beyond that.
BUDGET_REMEDY = "Remove names that nothing uses, or split the vocabulary over properties."


@dataclass(frozen=True, slots=True)
class OptionRemoval:
    """An option that goes, and the number of pages in the snapshot that use it."""

    name: str
    pages: int


@dataclass(frozen=True, slots=True)
class OptionChange:
    """What becomes of the options of one property.

    Args:
        property_name: the property.
        type: its type.
        add: (name, colour) of those that one request adds, in the vocabulary's order.
        remove: those that the same request removes.
        keep: how many stay.
        by_pages: those that the plan's page writes add, because no request has room for them.
        waiting: names of the vocabulary that come with the first page that uses them.
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
        """How many options the property has in Notion now."""
        return self.keep + len(self.remove)

    @property
    def total(self) -> int:
        """How many options the property has afterwards."""
        return self.keep + len(self.add) + len(self.by_pages)

    @property
    def sends(self) -> bool:
        """Whether it takes a request of its own."""
        return bool(self.add or self.remove)

    @property
    def says_something(self) -> bool:
        """Whether there is anything to tell a person about it."""
        return self.sends or bool(self.by_pages or self.waiting)

    @property
    def is_possible(self) -> bool:
        """Whether one request can do it: what stays must fit into the list that replaces it."""
        return not self.sends or self.keep + len(self.add) <= MAX_LISTED

    def used_by(self, names: Iterable[str]) -> OptionChange:
        """Return the same with the waiting names among ``names`` brought by pages."""
        used = set(names)
        brought = tuple(name for name in self.waiting if name in used)
        left = tuple(name for name in self.waiting if name not in used)
        return replace(self, by_pages=self.by_pages + brought, waiting=left)


@dataclass(frozen=True, slots=True)
class PropertyAddition:
    """A property that the database lacks.

    Args:
        spec: how it is fed, which says of what type it is and how it is set up.
        options: (name, colour) of the options that it begins with, at most 100.
        waiting: names of the vocabulary for which the request has no room; they come with pages.
        related: the data source that a relation leads to.
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
        """Whether it leads to a database, which has to be there."""
        return self.type is PropertyType.RELATION


@dataclass(frozen=True, slots=True)
class MissingOption:
    """An option that a manifest wants and that neither Notion has nor the plan adds.

    ``near`` is another one that Notion or people take for it, or "".
    """

    property_name: str
    name: str
    module: str
    path: str
    near: str = ""


def color_of(name: str) -> str:
    """Return the colour of a new option: a stable hash of its name, the same on any machine."""
    first = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[0]
    return COLORS[first % len(COLORS)]


def plan_options(
    schema: Schema,
    vocabularies: Mapping[str, Sequence[str]],
    *,
    pages: Iterable[Page] = (),
    prune: bool = False,
) -> tuple[OptionChange, ...]:
    """Return what the database's options lack of the vocabularies, one entry a property.

    Args:
        schema: what Notion has; a vocabulary whose property it has not is passed over.
        vocabularies: property name → canonical names, in order.
        pages: where ``prune`` counts the uses of what it removes.
        prune: also remove the options outside the vocabulary.
    """
    uses: dict[str, Counter[str]] = defaultdict(Counter)
    if prune:
        for page in pages:
            for name in vocabularies:
                held = page.values.get(name)
                uses[name].update(names_of(held))
    planned = []
    for name, names in vocabularies.items():
        found = schema.properties.get(name)
        if found is None:
            continue
        canonical = set(names)
        keep = [o.name for o in found.options if not prune or o.name in canonical]
        gone = [o.name for o in found.options if prune and o.name not in canonical]
        # Notion takes names that differ by case for one option, and people those that look alike.
        folded = {fold(kept, case=True) for kept in keep}
        new = [n for n in names if fold(n, case=True) not in folded]
        room = max(0, MAX_LISTED - len(keep))
        add = tuple((n, color_of(n)) for n in new[:room])
        remove = tuple(OptionRemoval(n, uses[name][n]) for n in gone)
        kind = PropertyType(found.type)
        # A page's write adds no status: what the request has no room for never comes.
        waiting = tuple(new[room:]) if kind is not PropertyType.STATUS else ()
        planned.append(OptionChange(name, kind, add, remove, len(keep), waiting=waiting))
    return tuple(planned)


def missing_options(
    desired: Iterable[Desired],
    schema: Schema,
    mapping: PropertyMapping,
    options: Sequence[OptionChange],
) -> list[MissingOption]:
    """Return every option that a manifest wants and that would not be there.

    Notion would create such an option by itself, in grey, when the page is written: that is how
    a controlled vocabulary decays, so it is refused.
    """
    there: dict[str, set[str]] = {}
    for spec in mapping.properties:
        if spec.type.has_options and spec.name in schema.properties:
            there[spec.name] = {o.name for o in schema.properties[spec.name].options}
    for option in options:
        have = there.setdefault(option.property_name, set())
        have |= {*(name for name, _ in option.add), *option.by_pages, *option.waiting}
        have -= {removal.name for removal in option.remove}
    missing = []
    for want in desired:
        for name, have in there.items():
            for wanted in names_of(want.values.get(name)):
                if wanted not in have:
                    folded = fold(wanted, case=True)
                    near = next((h for h in sorted(have) if fold(h, case=True) == folded), "")
                    missing.append(MissingOption(name, wanted, want.module, want.path, near))
    return missing


def budget_notice(schema: Schema, options: Iterable[OptionChange]) -> str:
    """Return a warning when the plan leaves the schema larger than Notion recommends, else ""."""
    said = over_budget(schema, options)
    return f"{said} {BUDGET_REMEDY}" if said else ""


def over_budget(schema: Schema, options: Iterable[OptionChange]) -> str:
    """Return a sentence on how far the schema would be beyond what Notion recommends, or ""."""
    added = [
        name for o in options for name in (*(name for name, _ in o.add), *o.by_pages, *o.waiting)
    ]
    size = schema.size_bytes + sum(option_bytes(name) for name in added)
    if size <= SCHEMA_BUDGET:
        return ""
    return (
        f"With every name of the vocabularies the database's schema weighs about "
        f"{size / 1000:.0f} KB; Notion recommends {SCHEMA_BUDGET // 1000} KB at most, and may "
        "refuse more."
    )
