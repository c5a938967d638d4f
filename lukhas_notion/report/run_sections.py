"""The counts and the sections of a run, the most important section first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lukhas_notion.manifests.manifest import file_of
from lukhas_notion.plan.database import OptionChange
from lukhas_notion.plan.differences import Cause, PropertyChange
from lukhas_notion.plan.make_plan import GONE
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.plan.values import MAX_OPTIONS
from lukhas_notion.report.sections import (
    Accent,
    Name,
    Option,
    Row,
    Section,
    Topic,
)
from lukhas_notion.report.violations import group_violations
from lukhas_notion.sync.result import OptionOutcome, Outcome, RunResult, Status
from lukhas_notion.util.text import counted

#: The name of each kind of change in the report's details and on a terminal.
ACTIONS = {kind: kind.value for kind in ChangeKind} | {ChangeKind.SKIP: "skip(sha-match)"}
_ACCENTS = {
    ChangeKind.CREATE: Accent.CREATE,
    ChangeKind.UPDATE: Accent.UPDATE,
    ChangeKind.ADOPT: Accent.QUIET,
    ChangeKind.RESTORE: Accent.CREATE,
    ChangeKind.ARCHIVE: Accent.ARCHIVE,
    ChangeKind.DRIFT: Accent.DRIFT,
    ChangeKind.CONFLICT: Accent.BLOCKED,
}
#: The maximum number of names in a row.
_NAMES = 20
#: The maximum number of remedies listed: most failures of a run share their cause.
_MOST_REMEDIES = 5


class Legend(StrEnum):
    """What is left and right of an arrow between two values."""

    PLAN = "in Notion now → after applying"
    APPLIED = "Notion had → now"
    EDIT = "in the manifest → in Notion"
    CHANGE = "in Notion → in the manifest"


@dataclass(frozen=True, slots=True)
class Count:
    """A number of a run, done or planned.

    Args:
        label: its name in the report.
        words: its name elsewhere, after the number.
        always: whether it is shown when it is 0.
    """

    label: str
    count: int
    words: str
    always: bool = False
    accent: Accent = Accent.PLAIN


def counts(run: RunResult) -> list[Count]:
    """Return the counts in the report's order, without those that are 0 and not always shown."""

    def of(kind: ChangeKind, label: str, to: str, done: str, *, always: bool = False) -> Count:
        words = to if run.dry_run else done
        return Count(label, run.done(kind), words, always, _ACCENTS.get(kind, Accent.PLAIN))

    def parts(label: str, noun: str, count: int, verb: str, done: str) -> Count:
        nouns = noun if count == 1 else noun.replace("option", "options").replace("ty", "ties")
        return Count(label, count, f"{nouns} {verb if run.dry_run else done}")

    conflicts = len(run.of(ChangeKind.CONFLICT))
    violations = len(run.violations)
    others = run.plan.others if run.plan else 0
    # In a dry run only conflicts are not applied, and they have their own count.
    unapplied = 0 if run.dry_run else run.unapplied
    every = [
        of(ChangeKind.CREATE, "Created", "to create", "created", always=True),
        of(ChangeKind.UPDATE, "Updated", "to update", "updated", always=True),
        Count("Over an edit", _overwritten(run), "of them over an edit made in Notion"),
        of(ChangeKind.ADOPT, "Adopted", "to get a record", "given a record"),
        of(ChangeKind.RESTORE, "Restored", "to restore from the trash", "restored from the trash"),
        of(ChangeKind.ARCHIVE, "Archived", "to move to the trash", "moved to the trash"),
        Count(
            "To archive with --apply", len(run.held_removals), "to move to the trash with --apply"
        ),
        of(ChangeKind.SKIP, "Skipped", "unchanged", "unchanged", always=True),
        Count("Not applied", unapplied, "not applied", accent=Accent.ERROR),
        of(ChangeKind.DRIFT, "Drift", "edited in Notion", "edited in Notion"),
        of(ChangeKind.ARCHIVED, "Archived in Notion", "archived in Notion", "archived in Notion"),
        of(ChangeKind.ORPHAN, "Orphans", "without a manifest", "without a manifest"),
        of(ChangeKind.UNMANAGED, "Unmanaged", "unmanaged", "unmanaged"),
        Count("Of other repositories", others, "of other repositories"),
        Count("Conflicts", conflicts, "in conflict", accent=Accent.ERROR),
        Count("Violations", violations, f"violation{'s' * (violations != 1)}", accent=Accent.ERROR),
        parts("Properties added", "property", run.properties_added, "to add", "added"),
        parts("Options added", "option", run.options_added, "to add", "added"),
        parts("Options removed", "option", run.options_removed, "to remove", "removed"),
    ]
    return [count for count in every if count.count or count.always]


def _overwritten(run: RunResult) -> int:
    """Return the number of pages with an edit that was overwritten; in a dry run, would be."""
    changes = run.plan.writes if run.plan and run.dry_run else ()
    if run.result is not None:
        changes = tuple(o.change for o in run.result.outcomes if o.status is Status.SUCCESS)
    edits = (Cause.OVERWRITE, Cause.REPAIR)
    return sum(any(p.cause in edits for p in change.properties) for change in changes)


def totals(run: RunResult) -> str:
    """Return the counts of a plan as a sentence without its full stop."""
    parts = [f"{count.count:,} {count.words}" for count in counts(run) if count.count]
    return ", ".join(parts) or "nothing to do"


def sections(run: RunResult, touched: Collection[str] | None = None) -> list[Section]:
    """Return all sections of a run, the most important first.

    Args:
        run: the run.
        touched: the manifests that a pull request changes; None where there is no pull request, or
            where they are not known. The pages of other manifests have their own section.
    """
    order = list(Topic)
    every = [*ending(run), *planned(run, touched)]
    return sorted(every, key=lambda section: order.index(section.topic))


# --- errors, notices, failures ----------------------------------------------------------------


def ending(run: RunResult) -> Iterator[Section]:
    """Yield errors, notices, failures and violations, each with what to do."""
    if run.error is not None:
        rows = [Row((line,)) for line in run.error.message.splitlines()]
        rows += [Row((run.error.remedy,))] if run.error.remedy else []
        yield Section(Topic.ERROR, "What is wrong", rows, Accent.ERROR)
    if run.notices:
        yield Section(Topic.NOTICES, rows=[Row((notice,), "note:") for notice in run.notices])
    if run.refusal is not None:
        intro = list(filter(None, [run.refusal.message, run.refusal.remedy]))
        rows = [Row((Name(line),)) for line in run.refusal.details]
        yield Section(Topic.STOP, "Refused", rows, Accent.ERROR, intro)
    yield from _failures(run)
    if run.held_removals:
        pages = counted(len(run.held_removals), "page")
        how = f"{pages} to move to the trash. Add `--apply` to move them."
        yield from _pages(run, Topic.HELD, "Planned, not done", run.held_removals, how)
    if run.violations:
        title = f"Violations ({len(run.violations):,})"
        groups = group_violations(run.violations)
        yield Section(Topic.VIOLATIONS, title, accent=Accent.ERROR, groups=groups)


def _failures(run: RunResult) -> Iterator[Section]:
    """Yield the failed changes and the conflicts, with each remedy once."""
    conflicts = run.of(ChangeKind.CONFLICT)
    failed: list[Outcome | OptionOutcome] = [*run.option_failures, *run.failures]
    if not (failed or conflicts or run.stopped or run.unrecorded):
        return
    rows = [
        Row(("options of ", Name(o.change.property_name), f": {o.error}"), accent=Accent.ERROR)
        for o in run.option_failures
    ]
    for outcome in run.failures:
        may = " (it may have been done)" if outcome.status is Status.UNKNOWN else ""
        error = f" {outcome.change.kind}{may}: {outcome.error}"
        rows.append(Row((_page(outcome.change), error), accent=Accent.ERROR))
    rows += page_rows(run, conflicts)
    intro = []
    if run.stopped is not None:
        intro.append(f"The run ended early: {run.stopped.message}")
        listed = {"", *(outcome.remedy for outcome in failed)}
        intro += [run.stopped.remedy] if run.stopped.remedy not in listed else []
    if run.unrecorded:
        intro.append(
            f"Written to Notion, but not recorded in the ledger: {', '.join(run.unrecorded)}"
        )
    intro += remedies(failed)
    title, accent = "Not applied", Accent.ERROR
    if run.dry_run:
        title, accent = "Conflicts", Accent.BLOCKED
    yield Section(Topic.FAILURES, f"{title} ({run.unapplied:,})", rows, accent, intro)


def remedies(outcomes: Iterable[Outcome | OptionOutcome]) -> list[str]:
    """Return the five most frequent remedies of failed changes.

    Where there are several, each has the number of its changes.
    """
    counts = Counter(outcome.remedy for outcome in outcomes if outcome.remedy)
    listed = counts.most_common(_MOST_REMEDIES)
    if len(listed) == 1:
        return [f"What to do: {listed[0][0]}"]
    return [f"What to do for {counted(count, 'change')}: {remedy}" for remedy, count in listed]


# --- the plan ---------------------------------------------------------------------------------


def planned(run: RunResult, touched: Collection[str] | None = None) -> Iterator[Section]:
    """Yield what a run changes, or would change, in Notion, and what it leaves alone."""
    if run.plan is None:
        return
    to_add = "" if run.result else " to add"
    if run.plan.columns:
        rows = [
            Row((Name(column.name), f" ({column.type}){to_add}"), "column", Accent.CREATE)
            for column in run.plan.columns
        ]
        yield Section(Topic.COLUMNS, f"Columns{to_add}", rows)
    if options := [row for change in run.plan.options for row in option_rows(change)]:
        yield Section(Topic.OPTIONS, "Options", options)
    yield from _written(run, touched)
    yield from _left_alone(run)


def option_rows(change: OptionChange) -> Iterator[Row]:
    """Yield the added and removed options of one property, up to twenty names in a row."""
    name = Name(change.property_name)
    by_pages = " (without a colour, by the pages that use them)"
    added = [((Option(option, color),), "") for option, color in change.add]
    brought = [((Name(option),), by_pages) for option in change.by_pages]
    gone = [
        ((Name(removal.name), f" (used by {counted(removal.pages, 'page')})"), "")
        for removal in change.remove
    ]
    for sign, accent, names in (
        ("+", Accent.CREATE, added),
        ("+", Accent.CREATE, brought),
        ("−", Accent.ARCHIVE, gone),
    ):
        for start in range(0, len(names), _NAMES):
            part = names[start : start + _NAMES]
            spans = [span for text, _ in part for span in (", ", *text)][1:]
            yield Row((name, f" {sign} ", *spans, part[0][1]), "option", accent)
    if change.waiting:
        yield Row((name, f": {waiting(change)}"), "option")


def waiting(change: OptionChange) -> str:
    """Return when the names of a vocabulary are added that no request has room for."""
    count = len(change.waiting)
    names, comes = ("name", "comes") if count == 1 else ("names", "come")
    return (
        f"{count:,} more {names} of the vocabulary {comes} with the first page that uses them "
        f"(Notion accepts {MAX_OPTIONS} options in a request)"
    )


def visible_values(change: Change) -> tuple[PropertyChange, ...]:
    """Return the property changes to show: without the SHA and the module's own name."""
    return tuple(
        value
        for value in change.properties
        if value.after != change.sha and (value.before or value.after != change.module)
    )


def _written(run: RunResult, touched: Collection[str] | None) -> Iterator[Section]:
    """Yield the pages that are written or moved to the trash."""
    archives = [change for change in run.of(ChangeKind.ARCHIVE) if change not in run.held_removals]
    moved = "Moved to the trash" if run.result else "To the trash"
    yield from _pages(
        run, Topic.TRASH, moved, archives, "Pages can be restored from Notion's trash."
    )
    kinds = (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.RESTORE)
    changes = [change for kind in kinds for change in run.of(kind)]
    shown = [change for change in changes if not _is_hidden(change)]
    shown.sort(key=lambda change: not change.overwrites)
    if touched is None:
        yield from _pages(run, Topic.PAGES, "Pages", shown)
    else:
        mine = [change for change in shown if file_of(change.path) in touched]
        yield from _pages(run, Topic.PAGES, "Pages of this pull request", mine)
        others = [change for change in shown if file_of(change.path) not in touched]
        yield from _pages(run, Topic.OTHER_PAGES, "Pages of other manifests", others)
    hidden = [change for change in changes if _is_hidden(change)]
    have = "has" if len(hidden) == 1 else "have"
    title = f"{counted(len(hidden), 'page')} {have} no visible change"
    yield from _pages(run, Topic.HIDDEN_CHANGES, title, hidden, folded=True)
    adopted = run.of(ChangeKind.ADOPT)
    title = f"{counted(len(adopted), 'page')} to get a record of the manifest"
    yield from _pages(run, Topic.RECORDS, title, adopted, folded=True)


def _is_hidden(change: Change) -> bool:
    """Return whether a page gets another SHA and no other visible change."""
    quiet = change.kind is ChangeKind.UPDATE and not change.reason
    return quiet and not visible_values(change)


def _left_alone(run: RunResult) -> Iterator[Section]:
    """Yield the pages that are not written."""
    drifted = run.plan.drifted if run.plan else ()
    how = "Left as they are; `--repair-drift` writes the manifest's values over them."
    yield from _pages(run, Topic.DRIFT, "Edited in Notion", drifted, how)
    archived = run.of(ChangeKind.ARCHIVED)
    yield from _pages(run, Topic.ARCHIVED, "Archived in Notion, and left alone", archived)
    for kind, words in (
        (ChangeKind.ORPHAN, "without a manifest"),
        (ChangeKind.UNMANAGED, "unmanaged"),
    ):
        changes = run.of(kind)
        title = f"{counted(len(changes), 'page')} {words}, left alone"
        can_go = any(change.reason.startswith(GONE) for change in changes)
        how = "To plan their move to the trash: `--archive-removed`." if can_go else ""
        yield from _pages(run, Topic.LEFT_ALONE, title, changes, how, folded=True)
    skipped = run.of(ChangeKind.SKIP)
    yield from _pages(run, Topic.UNCHANGED, f"{len(skipped):,} unchanged", skipped, folded=True)


def _pages(
    run: RunResult,
    topic: Topic,
    title: str,
    changes: Sequence[Change],
    intro: str = "",
    *,
    folded: bool = False,
) -> Iterator[Section]:
    """Yield a section of pages, if there are any; a folded section has the number in its title."""
    if not changes:
        return
    title = title if folded else f"{title} ({len(changes):,})"
    rows = page_rows(run, changes, drift=topic is Topic.DRIFT)
    legend = Legend.APPLIED if run.result else Legend.PLAN
    legend = Legend.EDIT if topic is Topic.DRIFT else legend
    yield Section(topic, title, rows, intro=[intro] if intro else [], legend=legend, folded=folded)


def page_rows(run: RunResult, changes: Iterable[Change], *, drift: bool = False) -> list[Row]:
    """Return a row for each change, with ``drift`` for the edits in Notion that stay."""
    outcomes = {id(o.change): o for o in run.result.outcomes} if run.result else {}
    rows = []
    for change in changes:
        outcome = outcomes.get(id(change))
        mark = ""
        if outcome is not None and outcome.status is not Status.SUCCESS:
            mark = outcome.status.replace("_", " ")
        kind = ChangeKind.DRIFT if drift else change.kind
        row = Row(
            (Name(change.module, (outcome.url if outcome else "") or change.url),),
            ACTIONS[kind],
            _ACCENTS.get(kind, Accent.PLAIN),
            values=[value.as_edited for value in change.drift] if drift else visible_values(change),
            change=change,
            mark=mark,
        )
        rows.append(row)
    return rows


def _page(change: Change) -> Name:
    return Name(change.module, change.url)
