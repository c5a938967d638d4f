"""Relations: names in plans and ids in Notion, and the order in which pages are written. Pure.

A plan has names, so that reviewers can read it, and so that it is the same before and after the
pages that it names are created. Within this database a name is a module's key, and means the
module's page whatever its title is; in another database a name is a page's title.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from itertools import chain

from lukhas_notion.plan.database import Page, oldest
from lukhas_notion.plan.identity import Matches
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import Owner, read_record
from lukhas_notion.plan.values import PageName, identity_of, key_hash, names_of
from lukhas_notion.util.text import counted, first_of

#: Modules with a sentence each about names that are left out, and names in a sentence about more.
_FEW, _NAMED = 5, 10


@dataclass(frozen=True, slots=True)
class Targets:
    """The pages that relations name, other than those of the planned modules.

    Args:
        pages: more pages of this database.
        others: pages of other databases, and people: property → title or name → id.
        titles: the titles of pages of other databases, and the names of people, by their ids.
        created: the creation times of pages of other databases, by their ids.
        exists: returns whether a module's page counts as existing although it was not read: in a
            preview it exists, or the apply creates it.
        by_name: whether the pages' relations have names already instead of ids.
    """

    pages: Sequence[Page] = ()
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    created: Mapping[str, str] = field(default_factory=dict)
    exists: Callable[[str], bool] = lambda _: False
    by_name: bool = False


class References:
    """The page, or the user, for each name of a relation, and the name for each id.

    Args:
        mapping: the properties, of which some are relations or people.

    Attributes:
        own: the relations within this database.
        all: all relations, and the people properties.
    """

    def __init__(self, mapping: PropertyMapping) -> None:
        specs = [p for p in mapping.properties if p.type.has_references]
        self.all = frozenset(p.name for p in specs)
        self.own = frozenset(p.name for p in specs if p.names_modules)
        self._ids: dict[str, dict[str, str]] = {name: {} for name in ("", *self.all - self.own)}
        self._names: dict[str, PageName] = {}
        self._exists: Callable[[str], bool] = lambda _: False
        self._by_name = False
        self._doomed: frozenset[str] = frozenset()
        self._created: dict[str, str] = {}
        self._brought: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        modules: Sequence[Desired],
        pages: Mapping[str, Page],
        shown: Sequence[Page],
        mapping: PropertyMapping,
        owner: Owner,
        targets: Targets | None,
        matches: Matches,
    ) -> References:
        """Return the references of a plan.

        If several pages may belong to a module, each of them has the module's name, and the oldest
        gets new references. So the conflict does not look like an edit of a relation.

        Args:
            modules: the planned modules.
            pages: module → its page. One in the trash can be named when it is restored.
            shown: the pages that queries return.
            mapping: the properties, of which some are relations.
            owner: the owner of the records with keys of this repository.
            targets: the other pages that were read, if any.
            matches: the conflicts, and the pages that the plan moves to the trash, which relations
                do not show then.
        """
        references, targets = cls(mapping), targets or Targets()
        if not references.all:
            return references
        references._exists, references._by_name = targets.exists, targets.by_name
        references._brought = _brought_by(modules, pages, matches)
        references._created = {page.id: page.created for page in (*shown, *targets.pages)}
        references._created |= targets.created
        for desired in modules:
            name = PageName(desired.key, key_hash(desired.key))
            if page := pages.get(desired.module):
                references._names[page.id] = name
                if not page.in_trash:
                    references.add(name.identity, page.id)
            elif (conflict := matches.conflicts.get(desired.module)) and not conflict.owner:
                references._names |= {page.id: name for page in conflict.pages}
                references.add(name.identity, oldest(conflict.pages).id)
        for page in (*shown, *targets.pages):
            if page.id not in references._names:
                name = _name_of(page, mapping, owner)
                # A copy of a module's page is not the module's page.
                if references._ids[""].setdefault(name.identity, page.id) != page.id:
                    name = PageName(name, page.id)
                references._names[page.id] = name
        references._doomed = frozenset(page.id for page, _ in matches.twins)
        for property_name, titles in targets.others.items():
            references._ids[property_name] = {key_hash(t): page_id for t, page_id in titles.items()}
        references._names |= {
            i: PageName(title, key_hash(title)) for i, title in targets.titles.items()
        }
        return references

    def add(self, identity: str, page_id: str) -> None:
        """Add the page of a module of this database."""
        self._ids[""][identity] = page_id
        self._names.setdefault(page_id, PageName(page_id, identity))

    def ids(self, property_name: str, names: Iterable[str]) -> dict[str, str | None]:
        """Return name → page id; None for a name without a page."""
        known = self._ids.get("" if property_name in self.own else property_name, {})
        return {name: known.get(identity_of(name)) for name in names}

    def named(self, page: Page) -> Page:
        """Return a page with names in its relations; an unknown id stays."""
        relations = [name for name in self.all if name in page.values]
        if self._by_name or not relations:
            return page
        named = {
            name: tuple(
                self._names.get(i) or PageName(i, i)
                for i in names_of(page.values[name])
                if i not in self._doomed
            )
            for name in relations
        }
        return replace(page, values={**page.values, **named})

    def is_new(self, property_name: str, identity: str, page: Page) -> bool:
        """Return whether a page could not name another page when it was edited last.

        The other page is created or restored by this plan, or was created later. Times are whole
        minutes, and a page of the same minute does not count as later.

        Args:
            property_name: the relation.
            identity: the identity of the other page.
            page: the page with the relation.
        """
        if property_name in self.own and identity in self._brought:
            return True
        known = self._ids.get("" if property_name in self.own else property_name, {})
        return "" < page.edited < self._created.get(known.get(identity, ""), "")

    def reachable(self, desired: Desired) -> tuple[Desired, dict[str, list[str]]]:
        """Return a module without the names that have no page, and these names by property."""
        lost: dict[str, list[str]] = {}
        for name in self.all & desired.values.keys():
            known = self.ids(name, names_of(desired.values[name]))
            unknown = [n for n, page_id in known.items() if page_id is None]
            if gone := [n for n in unknown if not self._is_coming(name, n)]:
                lost[name] = gone
        if not lost:
            return desired, {}
        kept = {
            name: tuple(n for n in names_of(desired.values[name]) if n not in gone)
            for name, gone in lost.items()
        }
        return replace(desired, values={**desired.values, **kept}), lost

    def _is_coming(self, property_name: str, name: str) -> bool:
        if self._by_name or property_name not in self.own:
            return self._by_name
        return identity_of(name) in self._brought or self._exists(name)


def _brought_by(
    modules: Iterable[Desired], pages: Mapping[str, Page], matches: Matches
) -> frozenset[str]:
    """Return the identities of the modules whose pages relations can name only after this plan.

    It creates or restores their pages, or moves the second page of two concurrent runs to the
    trash.
    """
    stay = {page.id for _, page in matches.twins}
    return frozenset(
        key_hash(desired.key)
        for desired in modules
        if desired.module not in matches.conflicts
        and ((page := pages.get(desired.module)) is None or page.in_trash or page.id in stay)
    )


def all_reachable(
    modules: Iterable[Desired], references: References
) -> tuple[list[Desired], list[str]]:
    """Return the modules without the names that have no page, and a notice for each of these."""
    kept = []
    left: dict[str, dict[str, Sequence[str]]] = {}
    for desired in modules:
        reachable, lost = references.reachable(desired)
        kept.append(reachable)
        for name, names in lost.items():
            left.setdefault(name, {})[desired.module] = names
    notices = (left_out(name, left[name], ", which has no page as yet") for name in sorted(left))
    return kept, list(chain.from_iterable(notices))


def left_out(
    name: str, lost: Mapping[str, Sequence[str]], why: str, noun: str = "module"
) -> Iterator[str]:
    """Yield what a property leaves out: a sentence for each of a few modules, else one in all.

    Args:
        name: the property.
        lost: the names of each module, or of each place.
        why: the reason, with the punctuation before it.
        noun: what the keys of ``lost`` are.
    """
    if len(lost) <= _FEW:
        yield from (
            f"{key}: '{name}' leaves out {', '.join(names)}{why}." for key, names in lost.items()
        )
        return
    named = list(dict.fromkeys(chain.from_iterable(lost.values())))
    yield f"'{name}' leaves out {first_of(named, _NAMED)} in {counted(len(lost), noun)}{why}."


def _name_of(page: Page, mapping: PropertyMapping, owner: Owner) -> PageName:
    """Return the name of a page that belongs to no planned module."""
    title = str(page.values.get(mapping.title.name, ""))
    record = read_record(page.link)
    if record is None or not record.key:
        return PageName(title, key_hash(title))
    repository = record.place.repository
    if repository == owner.source.repository or owner.is_former(repository):
        return PageName(title, record.key)
    return PageName(title, f"{repository}:{record.key}")


def write_order(needs: Mapping[int, set[int]]) -> TopologicalSorter[int]:
    """Return the order of writes, in which few pages come before a page that they name.

    Args:
        needs: page → the pages that it names and that must be created first.
    """
    early = _written_early(needs)
    order = TopologicalSorter({n: () if n in early else named for n, named in needs.items()})
    order.prepare()
    return order


def _written_early(needs: Mapping[int, set[int]]) -> set[int]:
    """Return few pages, with at least one of each ring, that are written before what they name.

    A page that names no other page, or that no other page names, is in no ring and is removed. If
    every page that is left names some and is named, the one that does both most is taken and
    removed, because it is probably in many rings.
    """
    named = {page: set(others) for page, others in needs.items()}
    namers: dict[int, set[int]] = {page: set() for page in needs}
    for page, others in needs.items():
        for other in others:
            namers[other].add(page)

    def remove(page: int) -> None:
        """Remove a page, and all that are in no ring without it."""
        ends = [page]
        while ends:
            end = ends.pop()
            for links, back in ((named, namers), (namers, named)):
                for other in links.pop(end, ()):
                    back[other].discard(end)
                    if not back[other]:
                        ends.append(other)

    def rank(page: int) -> tuple[int, int, int, int]:
        # A page between two rings is named by many and names one, or the other way round.
        names, is_named = len(named[page]), len(namers[page])
        return -min(names, is_named), -names, -is_named, page

    for page in needs:
        if page in named and not (named[page] and namers[page]):
            remove(page)
    early = set()
    ranks = sorted(map(rank, named))
    while ranks:
        first = heappop(ranks)
        page = first[-1]
        if page in named and rank(page) != first:
            heappush(ranks, rank(page))  # it had more links when it was ranked
        elif page in named:
            early.add(page)
            remove(page)
    return early
