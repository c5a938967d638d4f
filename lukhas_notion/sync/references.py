"""Resolve the people and the related pages that modules name to ids of Notion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.manifests.manifest import Manifest, Violation
from lukhas_notion.plan.database import Page, PropertyAddition, Schema
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import read_record
from lukhas_notion.plan.property_spec import Feed, PropertySpec, sources
from lukhas_notion.plan.reference_kinds import Directory, People
from lukhas_notion.plan.relations import Targets, left_out
from lukhas_notion.plan.values import PropertyType, key_hash, names_of
from lukhas_notion.sync.prefetch import Prefetch
from lukhas_notion.util.errors import Forbidden, NotFound, SetupError
from lukhas_notion.util.text import counted
from lukhas_notion.validate.gates import violation_at
from lukhas_notion.validate.module_names import leave_out, unusable_name

UNKNOWN = "people.unknown"
#: How an integration comes to see the users and their addresses.
CAPABILITY = (
    "In the integration's settings in Notion, under Capabilities, choose the user information "
    "that includes email addresses."
)
_KIND = People()


@dataclass(slots=True)
class PeopleTargets:
    """The people that the properties of a plan name.

    Args:
        config: where the manifests are.
        mapping: the properties.
        desired: the modules that are planned.

    Attributes:
        refused: names that no one in the workspace has, as violations.
        notices: notices for the user.
    """

    config: Config
    mapping: PropertyMapping
    desired: list[Desired]
    refused: list[Violation] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    _directory: Directory = field(default_factory=Directory)

    @property
    def specs(self) -> list[PropertySpec]:
        """The properties that name people."""
        return [p for p in self.mapping.properties if p.type is PropertyType.PEOPLE]

    def resolve(self, prefetch: Prefetch) -> None:
        """Read the users if a property names people, and give each person one name.

        Raises:
            SetupError: the integration is not allowed to read users.
        """
        if not self.specs:
            return
        try:
            self._directory = prefetch.directory()
        except Forbidden as error:
            names = " and ".join(f"'{spec.name}'" for spec in self.specs)
            message = f"{names} cannot be compared: Notion does not show the users"
            raise SetupError(f"{message} ({error.message}).", CAPABILITY) from None
        for spec in self.specs:
            self._resolve(spec)

    def added_to(self, targets: Targets) -> Targets:
        """Return the targets of relations together with the people."""
        ids = dict.fromkeys([spec.name for spec in self.specs], self._directory.ids)
        return replace(
            targets,
            others={**targets.others, **ids},
            titles={**targets.titles, **self._directory.names},
        )

    def _resolve(self, spec: PropertySpec) -> None:
        """Give each person one name, and split off the modules that name an unknown person."""
        kept = []
        left: dict[str, list[str]] = {}
        for want in self.desired:
            named = names_of(want.values.get(spec.name))
            people = {name: self._directory.canonical(name) for name in named}
            lost = [name for name, person in people.items() if person is None]
            if lost and not spec.leaves_out:
                self.refused += [self._unknown(want.path, spec, name) for name in lost]
                continue
            if lost:
                left[want.module] = lost
                want = want.leaving_out(spec.name, lost)  # noqa: PLW2901
            unique = tuple(dict.fromkeys(filter(None, people.values())))
            kept.append(replace(want, values={**want.values, spec.name: unique}))
        self.desired = kept
        why = ": nobody in the workspace has this address or id"
        self.notices += left_out(spec.name, left, why)

    def _unknown(self, path: str, spec: PropertySpec, name: str) -> Violation:
        def pointer(manifest: Manifest) -> str:
            named = _KIND.names(spec, sources(spec, Feed(manifest.value)))
            return next((place for place, value in named if value == name), "")

        message = f"{spec.name}: nobody in the workspace is known as {quote(name)}"
        remedy = f"Invite the person to the workspace, or correct the name. {leave_out(spec)}"
        if not self._directory.shows_addresses:
            message += ", and Notion shows nobody's e-mail address"
            remedy = CAPABILITY
        return violation_at(self.config, path, pointer, UNKNOWN, message, remedy)


#: Pages that are read by id, one request each, to show the names that a relation held; for further
#: pages the ids are shown.
_MOST_READ = 100


@dataclass(slots=True)
class RelationTargets:
    """The pages that the relations of a plan name.

    Args:
        config: where the manifests are.
        prefetch: reads Notion.
        schema: the database.
        mapping: the properties that it has or gets.
        desired: the modules that are planned.
        pages: their pages.

    Attributes:
        targets: an argument of :func:`lukhas_notion.plan.make_plan.make_plan`.
        refused: names that another database does not have, or has twice, as violations.
        notices: notices for the user.
    """

    config: Config
    prefetch: Prefetch
    schema: Schema
    mapping: PropertyMapping
    desired: list[Desired]
    pages: dict[str, Page]
    targets: Targets = field(default_factory=Targets)
    refused: list[Violation] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    _others: dict[str, dict[str, str]] = field(default_factory=dict)
    _created: dict[str, str] = field(default_factory=dict)

    @property
    def specs(self) -> list[PropertySpec]:
        """The relations."""
        return [p for p in self.mapping.properties if p.type is PropertyType.RELATION]

    def resolve(self) -> None:
        """Query other databases, and split off the modules that name what they do not have."""
        for spec in self.specs:
            if spec.target and (ids := self._other(spec)) is not None:
                self._others[spec.name] = ids

    def read(self, known: Iterable[Page], titles: Mapping[str, str], *, assumes: bool) -> None:
        """Read the pages that the relations of the planned modules and of their pages name.

        Args:
            known: the pages of the database that were read.
            titles: the keys of modules that are not planned, and their names.
            assumes: whether modules that are not planned count as having a page.
        """
        if not self.specs:
            return
        # A page shows only the first 25 pages of a relation.
        short = [page for page in self.pages.values() if page.shortened]
        self.pages |= {page.id: page for page in self.prefetch.reader.completed(short)}
        shown = {page.id: page for page in known}
        more = self._own(shown, titles, assumes=assumes)
        self.targets = Targets(
            list(more.values()),
            self._others,
            self._titles(),
            self._created,
            exists=lambda _: assumes,
        )
        self._leave_unreadable({*shown, *more, *self.targets.titles})

    # --- another database -------------------------------------------------------------------

    def _other(self, spec: PropertySpec) -> dict[str, str] | None:
        """Return title → id of the named pages of another database; None if it is not shared."""
        wanted = list(dict.fromkeys(n for want in self.desired for n in _names(want, spec)))
        column = self.schema.properties.get(spec.name)
        try:
            source = column.related[0] if column else self.prefetch.source_of(spec.target)
            rows = self.prefetch.reader.titled(source, wanted)
        except NotFound:
            self.mapping = self.mapping.without({spec.name})
            self.notices.append(
                f"'{spec.name}' is neither compared nor written: the database {spec.target} is not "
                "shared with the integration. In Notion, open it, choose ··· > Connections, and "
                "add the integration."
            )
            return None
        count = Counter(row.title for row in rows)
        self._created |= {row.id: row.created for row in rows}
        self._refuse(spec, {n: count[n] for n in wanted if count[n] != 1})
        return {row.title: row.id for row in rows if count[row.title] == 1}

    def _refuse(self, spec: PropertySpec, wrong: Mapping[str, int]) -> None:
        """Split off the modules that name what the other database does not have, or has twice."""
        kept = []
        left: dict[str, list[str]] = {}
        for want in self.desired:
            bad = [name for name in _names(want, spec) if name in wrong]
            if bad and spec.leaves_out and not any(wrong[name] for name in bad):
                left[want.module] = bad
                kept.append(want.leaving_out(spec.name, bad))
            elif bad:
                self.refused += [
                    unusable_name(self.config, want.path, spec, name, wrong[name]) for name in bad
                ]
            else:
                kept.append(want)
        self.desired = kept
        why = ": no page of the other database has this title"
        self.notices += left_out(spec.name, left, why)

    def _titles(self) -> dict[str, str]:
        """Return the titles of the pages of other databases that relations name or hold."""
        titles = {page_id: title for ids in self._others.values() for title, page_id in ids.items()}
        unread = sorted(self._held(self._others) - titles.keys())
        return titles | self.prefetch.reader.titles_of(unread[:_MOST_READ])

    def _held(self, names: Collection[str]) -> set[str]:
        """Return the ids of the pages that these relations hold."""
        return {i for page in self.pages.values() for name in names for i in _ids(page, name)}

    # --- this database ----------------------------------------------------------------------

    def _own(
        self, shown: Mapping[str, Page], titles: Mapping[str, str], *, assumes: bool
    ) -> dict[str, Page]:
        """Return the pages of this database that relations name and that were not read yet."""
        own = [spec for spec in self.specs if not spec.target]
        planned = {want.key for want in self.desired}
        wanted = {n for spec in own for want in self.desired for n in _names(want, spec)} - planned
        more: dict[str, Page] = {}
        if asked := sorted({titles[name] for name in wanted if name in titles}):
            more |= {page.id: page for page in self.prefetch.by_title(asked, self.mapping)}
            if not assumes and not wanted <= self._keys([*shown.values(), *more.values()], titles):
                more |= {page.id: page for page in self.prefetch.every_page(self.mapping)}
        held = self._held([spec.name for spec in own])
        unread = sorted(held - shown.keys() - more.keys())[:_MOST_READ]
        read = self.prefetch.reader.pages_by_id(unread, self.mapping) if unread else {}
        return more | {i: page for i, page in read.items() if page is not None}

    def _keys(self, pages: Collection[Page], titles: Mapping[str, str]) -> set[str]:
        """Return the keys of ``titles`` that a page has."""
        hashes = {record.key for page in pages if (record := read_record(page.link))}
        named = {page.values.get(self.mapping.title.name) for page in pages}
        return {key for key, title in titles.items() if key_hash(key) in hashes or title in named}

    def _leave_unreadable(self, known: set[str]) -> None:
        """Ignore the pages in relations that cannot be read."""
        lost = {spec.name: self._held([spec.name]) - known for spec in self.specs}
        for name, ids in lost.items():
            if ids:
                many = counted(len(ids), "page")
                self.notices.append(f"'{name}' holds {many} that cannot be read: left alone.")
        for page_id, page in self.pages.items():
            kept = {
                name: tuple(i for i in _ids(page, name) if i not in ids)
                for name, ids in lost.items()
                if ids and name in page.values
            }
            if kept:
                self.pages[page_id] = replace(page, values={**page.values, **kept})


def with_sources(
    columns: Sequence[PropertyAddition], schema: Schema, prefetch: Prefetch
) -> tuple[PropertyAddition, ...]:
    """Return properties to add, each relation with the data source of its target.

    Raises:
        SetupError: the target does not exist, or is not shared.
    """
    return tuple(
        replace(
            column,
            related=prefetch.source_of(column.spec.target)
            if column.spec.target
            else schema.data_source_id,
        )
        if column.type is PropertyType.RELATION
        else column
        for column in columns
    )


def _names(want: Desired, spec: PropertySpec) -> tuple[str, ...]:
    return names_of(want.values.get(spec.name))


def _ids(page: Page, name: str) -> tuple[str, ...]:
    return names_of(page.values.get(name))
