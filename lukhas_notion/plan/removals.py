"""Pages without a manifest: what happens to them, and when a plan would remove too much. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lukhas_notion.plan.identity import Lookups, Matches
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.options import MAX_LISTED, OptionChange
from lukhas_notion.plan.page_record import read_record
from lukhas_notion.plan.plan import MADE_TWICE, Change, ChangeKind, Plan
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.util.text import counted, fold

#: Why a page has no manifest any more; its path follows.
GONE = "its manifest was"
#: Why a page belongs to nobody that is known.
NO_RECORD = "no manifest has this name, and it has no record of this repository"
#: Why a page with this repository's record is not touched.
COPY = "a copy that somebody made of this repository's page"


def without_modules(
    found: Matches,
    mapping: PropertyMapping,
    lookups: Lookups,
    other_modules: Collection[str] | None,
    *,
    whole: bool,
    archive: bool,
) -> Iterator[Change]:
    """Yield the changes of pages that are no module's.

    Args:
        found: what each page is.
        mapping: the names of the title and the provenance SHA.
        lookups: what is asked only where it is needed.
        other_modules: modules that have a manifest and are not planned; None where it cannot be
            known whose pages are left over.
        whole: whether every page was read, so that some can be called gone.
        archive: move the pages to the trash whose manifests are gone.
    """
    pages = _Pages(mapping, lookups)
    for page, stays in found.twins:
        yield pages.change(ChangeKind.ARCHIVE, page, f"{MADE_TWICE}; {stays.id} stays")
    if whole:
        yield from pages.gone(found.gone, archive=archive)
        for page in found.copies:
            yield pages.change(ChangeKind.UNMANAGED, page, COPY)
    if other_modules is not None:
        yield from pages.unmanaged(found.loose, other_modules)


@dataclass(frozen=True, slots=True)
class _Pages:
    mapping: PropertyMapping
    lookups: Lookups

    def gone(self, pages: Sequence[Page], *, archive: bool) -> Iterator[Change]:
        """Yield what becomes of this repository's pages that no module is left for."""
        paths = {page.id: path for page in pages if (path := self._gone_path(page))}
        missing = set(self.lookups.missing(set(paths.values()))) if paths else set()
        for page in (page for page in pages if page.id in paths):
            path = paths[page.id]
            kind = ChangeKind.ORPHAN
            if path not in missing:
                unknown = f"{path} is not known to be gone: commit its removal"
                reason = f"no manifest has its key, and {unknown}"
            else:
                kind = ChangeKind.ARCHIVE if archive else kind
                reason = f"{GONE} {path}"
            yield self.change(kind, page, reason)

    def _gone_path(self, page: Page) -> str:
        """Return where a page's manifest was, "" where it is there and not looked at."""
        record = read_record(page.link)
        others = self.lookups.other_paths() if record else ()
        if record is None or record.place.path in others or record.place.file.path in others:
            return ""
        return "" if record.key in self.lookups.other_keys() else record.place.path

    def unmanaged(self, pages: Iterable[Page], others: Collection[str]) -> Iterator[Change]:
        """Yield the pages that nothing tells the owner of."""
        looks = set(map(fold, others))
        for page in pages:
            if fold(self._title(page)) not in looks:
                yield self.change(ChangeKind.UNMANAGED, page, NO_RECORD)

    def change(self, kind: ChangeKind, page: Page, reason: str) -> Change:
        """Return the change of a page without a manifest."""
        sha = str(page.values.get(self.mapping.sha.name, ""))
        return Change(kind, self._title(page), "", sha, page.id, page.url, reason=reason)

    def _title(self, page: Page) -> str:
        return str(page.values.get(self.mapping.title.name, ""))


@dataclass(frozen=True, slots=True)
class SafetyStop:
    """Why a plan that could have been applied was not; nothing of it was written.

    Args:
        reason: a word for a machine, as the Action's ``failure-reason`` has it.
        message: why, with the numbers.
        remedy: what to do next.
        details: a line each, in plain text.
    """

    reason: str
    message: str
    remedy: str
    details: tuple[str, ...] = ()


GUARD = "guard"
#: Per cent: of this repository's pages, and of one property's options.
MOST = 30
#: So many pages come back from the trash without being asked about, however few pages there are.
FEW = 4
_NAMED = 20


def too_much(plan: Plan, *, manifests: int | None, force: int | None) -> SafetyStop | None:
    """Return why a plan is refused, or None where it undoes little, or just what was forced.

    A page that two runs made at once beside another one takes nothing away, and is not counted.

    Args:
        plan: what would be done.
        manifests: how many manifests there are; None where pages are not synced.
        force: how many pages and options, together, may go.
    """
    archives = [c for c in plan.changes if c.removes_module]
    restores = [c for c in plan.changes if c.kind is ChangeKind.RESTORE]
    options = [option for option in plan.options if option.remove]
    causes = [
        *_pages(archives, plan.managed, manifests),
        *_restores(restores, plan.managed),
        *_options(options),
    ]
    gone = len(archives) + len(restores) + sum(len(option.remove) for option in options)
    if not causes or force == gone:
        return None
    named = "" if force is None else f" {force} was forced, and it is {gone}."
    return SafetyStop(
        GUARD,
        f"This plan removes or restores more than is usual: {'; '.join(causes)}.{named}",
        f"If that is meant, say how many pages and options it is about: --force {gone}, in the "
        f"Action the input `force: {gone}`. If not, look where the manifests, the pages or the "
        "names have gone.",
        tuple(_named([*archives, *restores], options)),
    )


def unlisted(options: Iterable[OptionChange]) -> SafetyStop | None:
    """Return why options cannot be removed as asked, or None when they can.

    What stays must fit into the request that removes the others.
    """
    stuck = [option for option in options if not option.is_possible]
    if not stuck:
        return None
    names = ", ".join(f"'{option.property_name}'" for option in stuck)
    return SafetyStop(
        "options",
        f"The options of {names} cannot be removed: more than {MAX_LISTED} would stay, and Notion "
        "drops what a request does not name.",
        "Remove them in Notion by hand, or run without --prune.",
        tuple(
            f"{option.property_name}: {option.keep} options stay, {len(option.remove)} were to go"
            for option in stuck
        ),
    )


def _pages(archives: Sequence[Change], managed: int, manifests: int | None) -> Iterator[str]:
    if not archives:
        return
    if manifests == 0:
        yield (
            f"no manifest was found, and {counted(len(archives), 'page')} would go to the trash "
            "(--archive-removed)"
        )
    elif 100 * len(archives) > MOST * managed:
        yield (
            f"{len(archives)} of this repository's {counted(managed, 'page')} would go to the "
            f"trash (--archive-removed), more than {MOST} %"
        )


def _restores(restores: Sequence[Change], managed: int) -> Iterator[str]:
    if len(restores) > FEW and 100 * len(restores) > MOST * managed:
        yield (
            f"{len(restores)} of this repository's {counted(managed, 'page')} would come back "
            f"from the trash, more than {MOST} %"
        )


def _options(options: Sequence[OptionChange]) -> Iterator[str]:
    for option in options:
        lost, there = len(option.remove), option.keep + len(option.remove)
        if not option.total:
            yield (
                f"{option.property_name} would lose every option (--prune): its vocabulary is empty"
            )
        elif 100 * lost > MOST * there:
            yield (
                f"{option.property_name} would lose {lost} of its {counted(there, 'option')} "
                f"(--prune), more than {MOST} %"
            )


def _named(changes: Sequence[Change], options: Sequence[OptionChange]) -> Iterator[str]:
    lines = [f"{change.kind} {change.module}" for change in changes]
    lines += [f"remove {o.property_name}: {each.name}" for o in options for each in o.remove]
    yield from lines[:_NAMED]
    if len(lines) > _NAMED:
        yield f"… and {len(lines) - _NAMED:,} more"
