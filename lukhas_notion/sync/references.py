"""Resolve the people and the related pages that modules name to ids of Notion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.manifest import Manifest, Violation, read_manifest
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.options import PropertyAddition
from lukhas_notion.plan.page_record import read_record
from lukhas_notion.plan.people import Directory, People
from lukhas_notion.plan.property_spec import Feed, PropertySpec, sources
from lukhas_notion.plan.relations import Targets
from lukhas_notion.plan.snapshot import Page, Schema
from lukhas_notion.plan.values import PropertyType, key_hash, names_of
from lukhas_notion.sync.prefetch import Prefetch
from lukhas_notion.util.errors import Forbidden, NotFound, SetupError
from lukhas_notion.util.text import counted
from lukhas_notion.validate.module_names import unusable_name

UNKNOWN = "people.unknown"
#: How an integration comes to see the users and their addresses.
CAPABILITY = (
    "In the integration's settings in Notion, under Capabilities, choose the user information "
    "that includes email addresses."
)
_KIND = People()


@dataclass(slots=True)
class PeopleTargets:
    """Whom the properties of a plan name.

    Args:
        config: the manifests.
        mapping: the properties.
        desired: the modules that are planned.

    Attributes:
        refused: names that nobody in the workspace has.
        notices: what a person should know.
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
        """Read the users if any property names some, and give each person one name.

        Raises:
            SetupError: the integration may not read users.
        """
        if not self.specs:
            return
        try:
            self._directory = prefetch.directory()
        except Forbidden as error:
            names = " and ".join(f"'{spec.name}'" for spec in self.specs)
            said = f"{names} cannot be compared: Notion does not show the users ({error.message})."
            raise SetupError(said, CAPABILITY) from None
        for spec in self.specs:
            self._resolve(spec, self._directory)

    def added_to(self, targets: Targets) -> Targets:
        """Return what relations name, with the people."""
        ids = dict.fromkeys([spec.name for spec in self.specs], self._directory.ids)
        return replace(
            targets,
            others={**targets.others, **ids},
            titles={**targets.titles, **self._directory.names},
        )

    def _resolve(self, spec: PropertySpec, directory: Directory) -> None:
        """Give each person one name, and split off the modules that name nobody."""
        kept = []
        for want in self.desired:
            named = names_of(want.values.get(spec.name))
            found = {name: directory.canonical(name) for name in named}
            lost = [name for name, known in found.items() if known is None]
            if lost and not spec.leaves_out:
                said = [self._unknown(want.path, spec, name, directory) for name in lost]
                self.refused += said
                continue
            if lost:
                self.notices.append(
                    f"{want.module}: '{spec.name}' leaves out {', '.join(lost)}: nobody in the "
                    "workspace has this address or id."
                )
            left = want.leaving_out(spec.name, lost) if lost else want
            people = tuple(dict.fromkeys(filter(None, found.values())))
            kept.append(replace(left, values={**left.values, spec.name: people}))
        self.desired = kept

    def _unknown(self, path: str, spec: PropertySpec, name: str, directory: Directory) -> Violation:
        line, column, pointer = 1, 1, ""
        manifest = read_manifest(self.config.root, path, self.config.form)
        if isinstance(manifest, Manifest):
            named = _KIND.names(spec, sources(spec, Feed(manifest.value)))
            pointer = next((place for place, each in named if each == name), "")
            line, column = manifest.place(pointer)
        said = f"{spec.name}: nobody in the workspace is known as {name!r}"
        remedy = (
            "Invite the person to the workspace, or correct the name. To leave such names out, "
            f'write missing = "leave-out" under [properties."{spec.name}"] in lukhas-notion.toml.'
        )
        if not directory.shows_addresses:
            said += ", and Notion shows nobody's e-mail address"
            remedy = CAPABILITY
        return Violation(path, line, column, pointer, UNKNOWN, said, remedy).in_file()


#: Pages that are read by their ids, one request each, to tell what a relation held; of more than
#: these the ids alone are shown.
_MOST_READ = 100


@dataclass(slots=True)
class RelationTargets:
    """What relations name, for one plan.

    Args:
        config: the manifests.
        prefetch: what reads Notion.
        schema: the database.
        mapping: the properties that it has or gets.
        desired: the modules that are planned.
        pages: their pages.

    Attributes:
        targets: what :func:`lukhas_notion.plan.make_plan.make_plan` is given.
        refused: names that another database does not have, or has twice.
        notices: what a person should know.
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
    _found: dict[str, dict[str, str]] = field(default_factory=dict)
    _created: dict[str, str] = field(default_factory=dict)

    @property
    def specs(self) -> list[PropertySpec]:
        """The relations."""
        return [p for p in self.mapping.properties if p.type is PropertyType.RELATION]

    def resolve(self) -> None:
        """Ask other databases for what is named there, and split off what they do not have."""
        for spec in self.specs:
            if spec.target and (made := self._other(spec)) is not None:
                self._found[spec.name] = made

    def read(self, known: Iterable[Page], titles: Mapping[str, str], *, assumes: bool) -> None:
        """Read what the relations of the desired modules and of their pages name.

        Args:
            known: the pages of the database that were read.
            titles: the keys of modules that are not planned, and their names.
            assumes: whether modules that are not planned count as having a page.
        """
        if not self.specs:
            return
        self._complete()
        found = self._found
        shown = {page.id: page for page in known}
        more = self._own(shown, titles, assumes=assumes)
        self.targets = Targets(
            list(more.values()),
            found,
            self._titles({page_id for made in found.values() for page_id in made.values()}, found),
            self._created,
            exists=lambda _: assumes,
        )
        self._leave_unreadable({*shown, *more, *self.targets.titles})

    def _complete(self) -> None:
        """Read the relations whole of which a page shows the first 25 pages alone."""
        short = [page for page in self.pages.values() if page.shortened]
        for page in self.prefetch.completed(short):
            self.pages[page.id] = page

    # --- another database -------------------------------------------------------------------

    def _other(self, spec: PropertySpec) -> dict[str, str] | None:
        """Return title → id of the pages of another database; None where it is not to be had."""
        wanted = list(dict.fromkeys(n for want in self.desired for n in _names(want, spec)))
        there = self.schema.properties.get(spec.name)
        try:
            source = there.related[0] if there else self.prefetch.source_of(spec.target)
            rows = self.prefetch.titled(source, wanted)
        except NotFound:
            self.mapping = self.mapping.without({spec.name})
            self.notices.append(
                f"'{spec.name}' is neither compared nor written: the database {spec.target} is not "
                "shared with the integration. In Notion, open it, choose ··· > Connections, and "
                "add the integration."
            )
            return None
        count = Counter(row.title for row in rows)
        found = {row.title: row.id for row in rows if count[row.title] == 1}
        self._created |= {row.id: row.created for row in rows}
        self._refuse(spec, {n: count[n] for n in wanted if count[n] != 1})
        return found

    def _refuse(self, spec: PropertySpec, wrong: Mapping[str, int]) -> None:
        """Split off the modules that name what the other database has not, or has twice."""
        kept = []
        for want in self.desired:
            bad = [name for name in _names(want, spec) if name in wrong]
            if bad and spec.leaves_out and not any(wrong[name] for name in bad):
                self.notices.append(
                    f"{want.module}: '{spec.name}' leaves out {', '.join(bad)}: no page of the "
                    "other database has this title."
                )
                kept.append(want.leaving_out(spec.name, bad))
            elif bad:
                self.refused += [
                    unusable_name(self.config, want.path, spec, name, wrong[name]) for name in bad
                ]
            else:
                kept.append(want)
        self.desired = kept

    def _titles(self, known: set[str], found: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Return the titles of the pages of other databases that relations name or hold."""
        titles = {page_id: title for made in found.values() for title, page_id in made.items()}
        held = {i for page in self.pages.values() for name in found for i in _ids(page, name)}
        return titles | self.prefetch.titles_of(sorted(held - known)[:_MOST_READ])

    # --- this database ----------------------------------------------------------------------

    def _own(
        self, shown: Mapping[str, Page], titles: Mapping[str, str], *, assumes: bool
    ) -> dict[str, Page]:
        """Return the pages of this database that relations name and that were not read yet."""
        own = [spec.name for spec in self.specs if not spec.target]
        planned = {want.key for want in self.desired}
        wanted = {
            n
            for spec in self.specs
            if not spec.target
            for want in self.desired
            for n in _names(want, spec)
        } - planned
        more: dict[str, Page] = {}
        if asked := sorted({titles[name] for name in wanted if name in titles}):
            more |= {page.id: page for page in self.prefetch.by_title(asked, self.mapping)}
            if not assumes and not wanted <= self._keys([*shown.values(), *more.values()], titles):
                more |= {page.id: page for page in self.prefetch.every_page(self.mapping)}
        held = {i for page in self.pages.values() for name in own for i in _ids(page, name)}
        unread = sorted(held - shown.keys() - more.keys())[:_MOST_READ]
        read = self.prefetch.by_id(unread, self.mapping) if unread else {}
        return more | {i: page for i, page in read.items() if page is not None}

    def _keys(self, pages: Iterable[Page], titles: Mapping[str, str]) -> set[str]:
        """Return the keys among those of ``titles`` that a page has."""
        hashes = {record.key for page in pages if (record := read_record(page.link))}
        named = {page.values.get(self.mapping.title.name) for page in pages}
        return {key for key, title in titles.items() if key_hash(key) in hashes or title in named}

    def _leave_unreadable(self, known: set[str]) -> None:
        """Leave out of the comparison what relations hold and nobody may read."""
        lost = {
            spec.name: {i for page in self.pages.values() for i in _ids(page, spec.name)} - known
            for spec in self.specs
        }
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
    """Return properties to add, each relation with the data source that it leads to.

    Raises:
        SetupError: the database that one leads to is not there, or not shared.
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
