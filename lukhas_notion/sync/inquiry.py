"""What one plan asks in addition to manifests and pages.

The ledger, the files of the commit and the users of Notion are asked only when the records of the
pages do not suffice, and once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from lukhas_notion.ledger.state import PageState
from lukhas_notion.manifests.manifest import file_of, is_entry
from lukhas_notion.plan.editors import OWN, Editors
from lukhas_notion.plan.identity import Lookups
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import BodyTexts, Owner
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.plan.values import key_hash
from lukhas_notion.sync.prefetch import Prefetch
from lukhas_notion.util.errors import NotionError
from lukhas_notion.util.git import Absence
from lukhas_notion.util.text import counted

if TYPE_CHECKING:
    from lukhas_notion.config.config import Config
    from lukhas_notion.validate.select import Selection


#: So many pages of one module are asked for, the last ones that the ledger names.
_MOST_NAMED = 5
#: So many pages are looked at before a ledger without data sources is taken for another one's.
_SAMPLE = 5


class Inquiry:
    """The questions of one plan.

    Args:
        config: how manifests are read.
        owner: who this run is.
        prefetch: what reads Notion.
        selection: every manifest that there is.
        desired: those that are in the plan.
        absent: of paths of the repository, those that the commit does not have.
        recorded: returns the pages that the ledger records, by their ids.
        every_body: whether the bodies of all pages are read.

    Attributes:
        gap: why it is not known which manifests are gone; "" where it is, or was not asked.
        notices: what a person should know of the bodies.
    """

    def __init__(
        self,
        config: Config,
        owner: Owner,
        prefetch: Prefetch,
        selection: Selection,
        desired: Sequence[Desired],
        absent: Callable[[Collection[str]], Absence],
        recorded: Callable[[], Mapping[str, PageState]],
        *,
        every_body: bool = False,
    ) -> None:
        self._every_body = every_body
        self.gap = ""
        self._config = config
        self.notices: list[str] = []
        self._source = owner.source
        self._prefix = owner.source.prefix
        self._prefetch = prefetch
        self._selection = selection
        self._absent = absent
        self._recorded = recorded
        self._planned = {want.path for want in desired}
        self._asked: dict[str, bool] = {}

    @cached_property
    def lookups(self) -> Lookups:
        """What a plan may ask."""
        return Lookups(
            missing=self._missing,
            known=self._recorded,
            me=lambda: self._me,
            other_keys=lambda: self._other_keys,
            other_paths=lambda: self._other_paths,
            bodies=self._bodies,
            every_body=self._every_body,
        )

    def named(
        self,
        modules: Sequence[Desired],
        source: str,
        shown: Sequence[Page],
        mapping: PropertyMapping,
    ) -> list[Page]:
        """Return the pages of a data source that the ledger names for modules without a page.

        They are in the trash, or a query does not show them yet.

        Args:
            modules: the modules without a page.
            source: the data source.
            shown: the pages that are known already.
            mapping: what is read of each page.
        """
        if not modules:
            return []
        known = {page.id for page in shown}
        recorded = [
            last
            for last in self._recorded().values()
            if last.source in ("", source) and last.page_id not in known
        ]
        found = self._read(_last_named(recorded, modules), source, mapping)
        return [page for page in found if page.source == source]

    def knows_others(
        self, modules: Sequence[Desired], pages: Mapping[str, Page], source: str
    ) -> bool:
        """Whether the ledger names another page for a module that has one it does not know.

        That one may be a copy that somebody made, and the module's own page be retitled.
        """
        unknown = [
            m for m in modules if m.module in pages and pages[m.module].id not in self._recorded()
        ]
        if not unknown:
            return False
        names, paths = {want.module for want in unknown}, {want.path for want in unknown}
        return any(
            (last.module in names or (last.path in paths and not is_entry(last.path)))
            and last.source in ("", source)
            and not last.archived
            for last in self._recorded().values()
        )

    def _read(
        self, recorded: Sequence[PageState], source: str, mapping: PropertyMapping
    ) -> list[Page]:
        """Read pages by their ids; not all, where a sample of them is another database's."""
        ids = [last.page_id for last in recorded]
        certain = any(last.source for last in recorded)
        first = ids if certain else ids[:_SAMPLE]
        pages = self._prefetch.by_id(first, mapping)
        if len(first) < len(ids) and any(p and p.source == source for p in pages.values()):
            pages = {**pages, **self._prefetch.by_id(ids[len(first) :], mapping)}
        return [page for page in pages.values() if page is not None]

    @cached_property
    def _me(self) -> str:
        return self._prefetch.me()

    @cached_property
    def _other_paths(self) -> frozenset[str]:
        """The manifests that are there and not in the plan, from the repository's top."""
        others = self._selection.others_than(self._planned)
        return frozenset(f"{self._prefix}{path}" for path in others)

    @cached_property
    def _other_keys(self) -> frozenset[str]:
        from lukhas_notion.validate.select import keys_of

        keys = keys_of(self._config, self._selection, self._planned)
        return frozenset(key_hash(key) for key in keys if key)

    def _bodies(self, modules: Sequence[tuple[Desired, str]]) -> Mapping[str, BodyTexts]:
        """Return the bodies that are wanted and held; pages are read at once."""
        from lukhas_notion.validate.bodies import Bodies

        if not modules:
            return {}
        bodies = Bodies(self._config, self._source)
        made = {want.module: text for want, _ in modules if (text := bodies.make(want))}
        self.notices.extend(bodies.notices)
        pages = {want.module: page_id for want, page_id in modules if want.module in made}
        held = self._prefetch.bodies([page_id for page_id in pages.values() if page_id])
        return {
            module: BodyTexts(made[module], held.get(page_id, ""))
            for module, page_id in pages.items()
        }

    def _missing(self, paths: Collection[str]) -> Collection[str]:
        prefix = self._prefix
        below = {path.removeprefix(prefix) for path in paths if path.startswith(prefix)}
        gone = {f"{prefix}{path}" for path in self._selection.gone(below)}
        outside = {path for path in paths if not path.startswith(prefix)}
        files = {path: file_of(path) for path in gone | outside}
        there = {f"{prefix}{path}" for path in self._selection.paths}
        new = sorted(set(files.values()) - there - self._asked.keys())
        if new and not self.gap:
            answer = self._absent(new)
            self.gap = answer.gap
            self._asked |= {path: path in answer.missing for path in new}
        return {path for path, file in files.items() if file in there or self._asked.get(file)}


def _last_named(recorded: Sequence[PageState], modules: Sequence[Desired]) -> list[PageState]:
    """Return the last few pages that a ledger names for each module, the oldest first.

    Anybody may have written a ledger, and each page costs a request.
    """
    names = {want.module: want.module for want in modules}
    paths = {want.path: want.module for want in modules}
    count: Counter[str] = Counter()
    found = []
    for last in reversed(recorded):
        # In an entry's place of a file, another one may stand by now.
        there = "" if is_entry(last.path) else paths.get(last.path)
        module = names.get(last.module) or there
        if module and count[module] < _MOST_NAMED:
            count[module] += 1
            found.append(last)
    return found[::-1]


def with_editors(plan: Plan, pages: Iterable[Page], prefetch: Prefetch) -> tuple[Plan, Editors]:
    """Return the plan with who edited the pages whose edits it tells, and these users."""
    told = {change.page_id for change in plan.changes if change.drift or change.overwrites}
    by_page = {page.id: page.editor for page in pages if page.id in told} if told else {}
    if not any(by_page.values()):
        return plan, Editors()
    editors = read_editors(prefetch, by_page.values())
    changes = (
        replace(change, editor=editors.of(by_page[change.page_id]))
        if change.page_id in by_page
        else change
        for change in plan.changes
    )
    return replace(plan, changes=tuple(changes)), editors


def read_editors(prefetch: Prefetch, user_ids: Iterable[str]) -> Editors:
    """Return who users are, in one request for each, and one more where Notion hides some.

    It raises nothing: that somebody has no name is no reason to fail, and is said in a notice.
    """
    asked = sorted({*user_ids} - {""})
    try:
        users = prefetch.users_by_id(asked)
    except NotionError as error:
        return Editors(notices=(f"{_unnamed(asked)}: {error.message}",))
    names = {each.id: OWN if each.is_own else each.name for each in users.values()}
    hidden = [each for each in asked if not names.get(each)]
    if hidden and (me := prefetch.me()) in hidden:
        names[me] = OWN
        hidden.remove(me)
    if not hidden:
        return Editors(names)
    said = (
        f"{_unnamed(hidden)}: it names members and guests, and only to an integration that may "
        "read user information (its settings, under Capabilities)."
    )
    return Editors(names, (said,))


def _unnamed(user_ids: Sequence[str]) -> str:
    return f"Notion does not name {counted(len(user_ids), 'editor')}"
