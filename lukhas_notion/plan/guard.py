"""Whether a plan takes away, or brings back, so much that somebody has to say it is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lukhas_notion.plan.options import MAX_LISTED, OptionChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.util.text import counted


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
