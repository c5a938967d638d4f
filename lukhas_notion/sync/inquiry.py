"""What one plan asks in addition to manifests and pages.

The ledger, the files of the commit and the users of Notion are asked only when the records of the
pages do not suffice, and once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from lukhas_notion.ledger.state import PageState
from lukhas_notion.manifests.manifest import file_of, is_entry
from lukhas_notion.plan.database import THIS_INTEGRATION, Editors, Page
from lukhas_notion.plan.identity import Lookups
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import BodyTexts, Owner
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.values import key_hash
from lukhas_notion.sync.prefetch import Prefetch
from lukhas_notion.util.errors import NotionError
from lukhas_notion.util.git import Absence
from lukhas_notion.util.text import counted

if TYPE_CHECKING:
    from lukhas_notion.config.config import Config
    from lukhas_notion.validate.select import Selection


#: Pages that are read for one module: the last ones that the ledger names.
_MOST_NAMED = 5
#: Pages of a ledger without data sources that are read before it is taken for another database's.
_SAMPLE = 5


@dataclass
class Inquiry:
    """Answers the questions of one plan.

    Args:
        config: how manifests are read.
        owner: the identity of this run.
        prefetch: reads Notion.
        selection: all manifests.
        desired: the modules that are planned.
        absent: returns the paths that the commit does not have.
        recorded: returns the pages that the ledger records, by id.
        every_body: whether the bodies of all pages are read.

    Attributes:
        gap: why it is unknown which manifests were removed; "" if it is known or was not asked.
        notices: notices for the user about bodies.
    """

    config: Config
    owner: Owner
    prefetch: Prefetch
    selection: Selection
    desired: Sequence[Desired]
    absent: Callable[[Collection[str]], Absence]
    recorded: Callable[[], Mapping[str, PageState]]
    every_body: bool = field(default=False, kw_only=True)
    gap: str = field(default="", init=False)
    notices: list[str] = field(default_factory=list, init=False)
    _asked: dict[str, bool] = field(default_factory=dict, init=False)

    @cached_property
    def lookups(self) -> Lookups:
        """The questions that a plan may ask."""
        return Lookups(
            missing=self._missing,
            known=self.recorded,
            me=lambda: self._me,
            other_keys=lambda: self._other_keys,
            other_paths=lambda: self._other_paths,
            bodies=self._bodies,
            every_body=self.every_body,
        )

    def named(
        self,
        modules: Sequence[Desired],
        source: str,
        shown: Sequence[Page],
        mapping: PropertyMapping,
    ) -> list[Page]:
        """Return the pages of a data source that the ledger names for modules without a page.

        They are in the trash, or queries do not show them yet.

        Args:
            modules: the modules without a page.
            source: the data source.
            shown: the pages that were read already.
            mapping: the properties that are read.
        """
        if not modules:
            return []
        known = {page.id for page in shown}
        recorded = [
            last
            for last in self.recorded().values()
            if last.source in ("", source) and last.page_id not in known
        ]
        pages = self._read(_last_named(recorded, modules), source, mapping)
        return [page for page in pages if page.source == source]

    def knows_others(
        self, modules: Sequence[Desired], pages: Mapping[str, Page], source: str
    ) -> bool:
        """Return whether the ledger names another page for a module whose page it does not know.

        The page may be a user's copy, and the module's own page may have been retitled.
        """
        unknown = [
            m for m in modules if m.module in pages and pages[m.module].id not in self.recorded()
        ]
        if not unknown:
            return False
        names, paths = {want.module for want in unknown}, {want.path for want in unknown}
        return any(
            (last.module in names or (last.path in paths and not is_entry(last.path)))
            and last.source in ("", source)
            and not last.archived
            for last in self.recorded().values()
        )

    def _read(
        self, recorded: Sequence[PageState], source: str, mapping: PropertyMapping
    ) -> list[Page]:
        """Read pages by id; only a sample if the ledger seems to be another database's."""
        ids = [last.page_id for last in recorded]
        certain = any(last.source for last in recorded)
        first = ids if certain else ids[:_SAMPLE]
        pages = self.prefetch.reader.pages_by_id(first, mapping)
        if len(first) < len(ids) and any(p and p.source == source for p in pages.values()):
            pages = {**pages, **self.prefetch.reader.pages_by_id(ids[len(first) :], mapping)}
        return [page for page in pages.values() if page is not None]

    @cached_property
    def _me(self) -> str:
        return self.prefetch.me()

    @property
    def _planned(self) -> set[str]:
        return {want.path for want in self.desired}

    @cached_property
    def _other_paths(self) -> frozenset[str]:
        """The manifests that are not planned, relative to the repository's top."""
        others = self.selection.others_than(self._planned)
        return frozenset(f"{self.owner.source.prefix}{path}" for path in others)

    @cached_property
    def _other_keys(self) -> frozenset[str]:
        from lukhas_notion.validate.select import keys_of

        keys = keys_of(self.config, self.selection, self._planned)
        return frozenset(key_hash(key) for key in keys if key)

    def _bodies(self, modules: Sequence[tuple[Desired, str]]) -> Mapping[str, BodyTexts]:
        """Return the wanted and the current bodies; pages are read concurrently."""
        from lukhas_notion.validate.bodies import Bodies

        if not modules:
            return {}
        bodies = Bodies(self.config, self.owner.source)
        wanted = {want.module: text for want, _ in modules if (text := bodies.make(want))}
        self.notices.extend(bodies.notices)
        pages = {want.module: page_id for want, page_id in modules if want.module in wanted}
        held = self.prefetch.reader.bodies([page_id for page_id in pages.values() if page_id])
        return {
            module: BodyTexts(wanted[module], held.get(page_id, ""))
            for module, page_id in pages.items()
        }

    def _missing(self, paths: Collection[str]) -> Collection[str]:
        prefix = self.owner.source.prefix
        below = {path.removeprefix(prefix) for path in paths if path.startswith(prefix)}
        gone = {f"{prefix}{path}" for path in self.selection.gone(below)}
        outside = {path for path in paths if not path.startswith(prefix)}
        files = {path: file_of(path) for path in gone | outside}
        there = {f"{prefix}{path}" for path in self.selection.paths}
        new = sorted(set(files.values()) - there - self._asked.keys())
        if new and not self.gap:
            answer = self.absent(new)
            self.gap = answer.gap
            self._asked |= {path: path in answer.missing for path in new}
        return {path for path, file in files.items() if file in there or self._asked.get(file)}


def _last_named(recorded: Sequence[PageState], modules: Sequence[Desired]) -> list[PageState]:
    """Return the last few pages that a ledger names for each module, the oldest first.

    Their number is limited because a ledger is untrusted, and each page costs a request.
    """
    names = {want.module: want.module for want in modules}
    paths = {want.path: want.module for want in modules}
    count: Counter[str] = Counter()
    named = []
    for last in reversed(recorded):
        # The place of an entry within a file may belong to another entry by now.
        by_path = None if is_entry(last.path) else paths.get(last.path)
        module = names.get(last.module) or by_path
        if module and count[module] < _MOST_NAMED:
            count[module] += 1
            named.append(last)
    return named[::-1]


def with_editors(plan: Plan, pages: Iterable[Page], prefetch: Prefetch) -> tuple[Plan, Editors]:
    """Return the plan with the editors of the pages whose edits it reports, and these editors.

    A page contains only the id of its editor, and each different editor costs a request.
    """
    edited = {change.page_id for change in plan.changes if change.drift or change.overwrites}
    by_page = {page.id: page.editor for page in pages if page.id in edited}
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
    """Return the names of users, with one request for each, and one more if Notion hides some.

    A missing name is not an error: it is reported in a notice.
    """
    asked = sorted({*user_ids} - {""})
    try:
        users = prefetch.reader.users_by_id(asked)
    except NotionError as error:
        return Editors(notices=(f"{_unnamed(asked)}: {error.message}",))
    names = {user.id: THIS_INTEGRATION if user.is_own else user.name for user in users.values()}
    hidden = [user_id for user_id in asked if not names.get(user_id)]
    if hidden and (me := prefetch.me()) in hidden:
        names[me] = THIS_INTEGRATION
        hidden.remove(me)
    if not hidden:
        return Editors(names)
    notice = (
        f"{_unnamed(hidden)}: it names members and guests, and only to an integration that may "
        "read user information (its settings, under Capabilities)."
    )
    return Editors(names, (notice,))


def _unnamed(user_ids: Sequence[str]) -> str:
    return f"Notion does not name {counted(len(user_ids), 'editor')}"
