"""Match pages to modules by the pages' records, and by title without a record. Pure.

Each step is done for all modules and pages that the steps before it did not match:

1. same repository, key and path;
2. same repository and key: the file was moved;
3. same repository and path: the module was renamed; in a file with several modules, whose places
   change, the same file and provenance SHA, or the same file and title: the key was changed;
4. same title, for pages without a record, with a weak one or with one without a key; without such a
   page, a title that looks the same.

Similarity is never used. A page's record decides whether this run may write it: pages of other
repositories, and of paths that this configuration does not include, belong to others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lukhas_notion.manifests.manifest import file_of, is_entry
from lukhas_notion.plan.database import Page, oldest
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import BodyTexts, Owner, PageRecord, Standing, read_record
from lukhas_notion.plan.values import Value, key_hash
from lukhas_notion.util.text import fold


@dataclass(frozen=True, slots=True)
class Lookups:
    """Facts that are looked up only when pages and manifests alone do not decide.

    Args:
        missing: returns those paths that are certainly not in the commit's tree.
        known: returns the ids of the pages in the ledger.
        me: returns the id of this integration's own user, "" if unknown.
        other_keys: returns the hashes of the keys of manifests that are not among the modules.
        other_paths: returns the paths of these manifests in the repository.
        bodies: returns the wanted and the held body by module, for pairs of a module and the id of
            its page, "" for no page.
        every_body: whether bodies whose sources have not changed are read, too.
    """

    missing: Callable[[Collection[str]], Collection[str]] = lambda _: ()
    known: Callable[[], Collection[str]] = tuple
    me: Callable[[], str] = str
    other_keys: Callable[[], Collection[str]] = tuple
    other_paths: Callable[[], Collection[str]] = tuple
    bodies: Callable[[Sequence[tuple[Desired, str]]], Mapping[str, BodyTexts]] = lambda _: {}
    every_body: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Pages with a module's title, none of which may be taken for its page.

    ``owner`` is the repository of the pages by their records, "" if they have no record.
    """

    pages: tuple[Page, ...]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Matches:
    """The page of each module, and the remaining pages.

    Args:
        pages: module → its page.
        conflicts: module → the pages that prevent a match.
        gone: pages of this repository without a module.
        copies: pages with the record of another page, copied by a user.
        twins: pairs of pages that two concurrent runs created: the second one, and the one that
            stays.
        loose: pages without a record, or with a weak one, that match no module.
        others: the number of pages of other repositories or configurations.
    """

    pages: Mapping[str, Page]
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)
    gone: Sequence[Page] = ()
    copies: Sequence[Page] = ()
    twins: Sequence[tuple[Page, Page]] = ()
    loose: Sequence[Page] = ()
    others: int = 0


def match(
    modules: Sequence[Desired],
    pages: Iterable[Page],
    mapping: PropertyMapping,
    owner: Owner,
    lookups: Lookups | None = None,
) -> Matches:
    """Find each module's page among the pages that queries return."""
    matcher = _Matcher(modules, mapping, owner, lookups or Lookups())
    matcher.sort(pages)
    matcher.by_record()
    matcher.by_title()
    return matcher.matches()


def with_hidden(
    matches: Matches,
    modules: Iterable[Desired],
    hidden: Iterable[Page],
    mapping: PropertyMapping,
    owner: Owner,
    lookups: Lookups,
) -> Mapping[str, Page]:
    """Return the page of each module; where queries return none, one in the trash or archived.

    Such a page without a record must have a provenance SHA: a user's own page is never restored.
    """
    matched = matches.pages.keys() | matches.conflicts.keys()
    absent = [desired for desired in modules if desired.module not in matched]
    if not absent:
        return matches.pages
    matcher = _Matcher(absent, mapping, owner, lookups)
    matcher.sort(page for page in hidden if page.link or page.values.get(mapping.sha.name))
    matcher.by_record()
    matcher.by_title(one_of_several=True)
    return {**matcher.found, **matches.pages}


class _Matcher:
    """Matches pages to modules, one step after the other."""

    def __init__(
        self,
        modules: Sequence[Desired],
        mapping: PropertyMapping,
        owner: Owner,
        lookups: Lookups,
    ) -> None:
        self.found: dict[str, Page] = {}
        self._modules = modules
        self._title = mapping.title.name
        self._sha = mapping.sha.name
        self._owner = owner
        self._lookups = lookups
        self._records: dict[str, PageRecord] = {}
        self._ours: dict[str, Page] = {}
        self._elsewhere: list[Page] = []
        self._others: list[Page] = []
        self._loose: list[Page] = []
        self._conflicts: dict[str, Conflict] = {}
        self._copies: list[Page] = []
        self._twins: list[tuple[Page, Page]] = []

    def sort(self, pages: Iterable[Page]) -> None:
        """Sort pages by their owners, and set duplicates aside."""
        paths = {self._owner.source.place(desired.path).path for desired in self._modules}
        alike: dict[tuple[str, str, str], list[Page]] = defaultdict(list)
        for page in pages:
            record = read_record(page.link)
            standing = self._owner.standing(record, paths)
            if record is None or standing is Standing.LOOSE:
                self._loose.append(page)
            elif standing is Standing.OTHERS:
                self._records[page.id] = record
                self._others.append(page)
            else:
                self._records[page.id] = record
                place, title = record.place, fold(str(page.values.get(self._title, "")))
                # Without a key, only the titles distinguish the modules of one file.
                alike[place.repository, record.key or title, place.path].append(page)
                if standing is Standing.ELSEWHERE:
                    self._elsewhere.append(page)
        for same in alike.values():
            page = same[0] if len(same) == 1 else self._one_of(same)
            self._ours[page.id] = page
        self._set_aside()

    def _one_of(self, same: Sequence[Page]) -> Page:
        """Return one of several pages with the same record; the others are twins or copies."""
        me = self._lookups.me()
        twins = [page for page in same if me and page.author == page.editor == me]
        if len(twins) > 1:
            stays = oldest(twins)
            lost = {page.id for page in twins if page is not stays}
            self._twins.extend((page, stays) for page in twins if page is not stays)
            same = [page for page in same if page.id not in lost]
        ours = self._first(same)
        self._copies.extend(page for page in same if page is not ours)
        return ours

    def _first(self, pages: Sequence[Page]) -> Page:
        """Return the page that is in the ledger, else the oldest.

        Times are whole minutes; of the same minute, the page that the integration created is first.
        """
        if len(pages) == 1:
            return pages[0]
        known, me = self._lookups.known(), self._lookups.me()

        def order(page: Page) -> tuple[bool, str, bool, str]:
            return page.id not in known, page.created, page.author != me, page.id

        return min(pages, key=order)

    def _set_aside(self) -> None:
        """Leave pages of existing paths that this configuration does not include to their owner."""
        apart = {page.id for page in self._elsewhere}
        keys = {key_hash(desired.key) for desired in self._modules}
        doubtful = {
            self._records[page_id].place.path
            for page_id in self._ours.keys() & apart
            if self._records[page_id].key in keys
        }
        # A file that was moved to a path of this configuration keeps its page.
        moved = set(self._lookups.missing(doubtful)) if doubtful else set()
        for page_id in self._ours.keys() & apart:
            record = self._records[page_id]
            if record.key not in keys or record.place.path not in moved:
                self._others.append(self._ours.pop(page_id))
        self._copies = [page for page in self._copies if page.id not in apart]
        self._twins = [pair for pair in self._twins if pair[0].id not in apart]

    def by_record(self) -> None:
        """Match by key and path, then by key, then by path (steps 1 to 3)."""
        keys = {desired.module: key_hash(desired.key) for desired in self._modules}
        paths = {
            desired.module: self._owner.source.place(desired.path).path for desired in self._modules
        }
        repository = self._owner.source.repository
        exact = self._grouped(
            lambda _, record: (record.place.repository, record.key, record.place.path)
        )
        for module, key in keys.items():
            self._take(module, exact.get((repository, key, paths[module]), ()))
        by_key = self._grouped(lambda _, record: record.key)
        for module in self._open():
            self._take(module, by_key.get(keys[module], ()))
        self._by_path(paths, self._sha)
        self._by_path(paths, self._title)
        self._leave_former()

    def _leave_former(self) -> None:
        """Leave pages of a former repository that match no module to that repository."""
        taken = {self._records[page.id] for page in self.found.values()}
        identities = {(record.place, record.key) for record in taken}

        def is_left(page: Page) -> bool:
            record = self._records[page.id]
            is_former = self._owner.is_former(record.place.repository)
            return is_former and (record.place, record.key) not in identities

        alike = [*self._copies, *(page for page, _ in self._twins)]
        self._others.extend(filter(is_left, [*self._ours.values(), *alike]))
        self._ours = {page.id: page for page in self._ours.values() if not is_left(page)}
        self._copies = [page for page in self._copies if not is_left(page)]
        self._twins = [pair for pair in self._twins if not is_left(pair[0])]

    def _by_path(self, paths: Mapping[str, str], name: str) -> None:
        """Match by path; entries of a file, by file and a property with this name (step 3)."""
        by_spot = self._grouped(
            lambda page, record: _spot(record.place.path, page.values.get(name))
        )
        spots = {
            desired.module: _spot(paths[desired.module], desired.values.get(name))
            for desired in self._modules
        }
        shared = Counter(spots.values())
        candidates = {
            module: by_spot[spot][0]
            for module in self._open()
            if shared[spot := spots[module]] == 1 and len(by_spot.get(spot, ())) == 1
        }
        # A moved manifest that is not among the modules may own the page by its key.
        taken = set(self._lookups.other_keys()) if candidates else set()
        for module, page in candidates.items():
            if self._records[page.id].key not in taken:
                self._take(module, [page])

    def _grouped(self, by: Callable[[Page, PageRecord], object]) -> dict[object, list[Page]]:
        groups: dict[object, list[Page]] = defaultdict(list)
        for page in self._ours.values():
            groups[by(page, self._records[page.id])].append(page)
        groups.pop("", None)
        return groups

    def _take(self, module: str, pages: Sequence[Page]) -> None:
        if pages:
            self.found[module] = self._ours.pop(self._first(pages).id)

    def _open(self) -> list[str]:
        return [desired.module for desired in self._modules if desired.module not in self.found]

    def by_title(self, *, one_of_several: bool = False) -> None:
        """Match pages without a key by title, and find titles of pages of others (step 4).

        With ``one_of_several`` a module gets one of several pages instead of a conflict.
        """
        keyless = [page for page in self._ours.values() if not self._records[page.id].key]
        loose = self._by_their_title([*self._loose, *keyless])
        others = self._by_their_title(self._others)
        matched: set[str] = set()
        for module in self._open():
            free = self._titled(module, loose)
            owned = [page for page in self._titled(module, others) if not self._is_left(page)]
            if one_of_several and free:
                self.found[module] = self._first(free)
            elif owned:
                owners = {self._records[page.id].place.repository for page in owned}
                self._conflicts[module] = Conflict((*owned, *free), ", ".join(sorted(owners)))
            elif len(free) > 1:
                if not self._made_at_once(module, free):
                    self._conflicts[module] = Conflict(tuple(free))
            elif free:
                self.found[module] = free[0]
            matched.update(page.id for page in free)
        self._loose = [page for page in self._loose if page.id not in matched]
        self._ours = {page.id: page for page in self._ours.values() if page.id not in matched}

    def _made_at_once(self, module: str, pages: Sequence[Page]) -> bool:
        """Match the oldest of several pages without records that concurrent runs created.

        They have the same provenance SHA, and only the integration has created or edited them.
        """
        hashes = {page.values.get(self._sha) or page.id for page in pages}
        me = self._lookups.me()
        if len(hashes) > 1 or not me or any(not page.author == page.editor == me for page in pages):
            return False
        stays = self.found[module] = oldest(pages)
        self._twins.extend((page, stays) for page in pages if page is not stays)
        return True

    def _by_their_title(self, pages: Iterable[Page]) -> dict[str, list[Page]]:
        titles: dict[str, list[Page]] = defaultdict(list)
        for page in pages:
            titles[fold(str(page.values.get(self._title, "")))].append(page)
        return titles

    def _titled(self, module: str, pages: Mapping[str, Sequence[Page]]) -> Sequence[Page]:
        """Return the pages with a module's title, else those whose title looks the same."""
        alike = pages.get(fold(module), ())
        return [page for page in alike if page.values.get(self._title) == module] or alike

    def _is_left(self, page: Page) -> bool:
        """Return whether a page belonged to another configuration, and its manifest is gone."""
        place = self._records[page.id].place
        is_ours = place.repository == self._owner.source.repository
        return is_ours and place.path in self._lookups.missing([place.path])

    def matches(self) -> Matches:
        """Return the result of all steps."""
        return Matches(
            self.found,
            self._conflicts,
            tuple(self._ours.values()),
            tuple(self._copies),
            tuple(self._twins),
            tuple(self._loose),
            len(self._others),
        )


def _spot(path: str, value: Value) -> object:
    """Return what identifies a module without its key: its path, or its file and a value.

    The place of an entry within a file may belong to another entry by now.
    """
    return (file_of(path), fold(str(value or ""))) if is_entry(path) else path
