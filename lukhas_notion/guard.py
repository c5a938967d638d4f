"""Whether a plan takes away so much that somebody has to say that it is meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lukhas_notion.plan import Change, ChangeKind, Plan
from lukhas_notion.refusal import Refusal
from lukhas_notion.words import counted

if TYPE_CHECKING:
    from lukhas_notion.option_plan import OptionChange

GUARD = "guard"
#: Per cent: of the pages that bear a provenance SHA, and of one property's options.
MOST = 30
_NAMED = 20


def too_much(
    plan: Plan, *, bearing: int, manifests: int | None, force: int | None
) -> Refusal | None:
    """Return why a plan is refused, or None where it takes little away, or just what was forced.

    Args:
        plan: what would be done.
        bearing: how many pages of the database bear a provenance SHA.
        manifests: how many manifests there are; None where pages are not synced.
        force: how many pages and options, together, may go.
    """
    archives = [c for c in plan.changes if c.kind is ChangeKind.ARCHIVE]
    options = [option for option in plan.options if option.remove]
    causes = [*_pages(archives, bearing, manifests), *_options(options)]
    gone = len(archives) + sum(len(option.remove) for option in options)
    if not causes or force == gone:
        return None
    named = "" if force is None else f" {force} was forced, and it is {gone}."
    return Refusal(
        GUARD,
        f"This plan takes away more than is usual: {'; '.join(causes)}.{named}",
        f"If that is meant, say how many pages and options go: --force {gone}, in the Action the "
        f"input `force: {gone}`. If not, look where the manifests or the names have gone.",
        tuple(_named(archives, options)),
    )


def _pages(archives: Sequence[Change], bearing: int, manifests: int | None) -> Iterator[str]:
    if not archives:
        return
    if manifests == 0:
        yield (
            f"no manifest was found, and {counted(len(archives), 'page')} would go to the trash "
            "(--archive-removed)"
        )
    elif 100 * len(archives) > MOST * bearing:
        yield (
            f"{len(archives)} of the {counted(bearing, 'page')} with a provenance SHA would go to "
            f"the trash (--archive-removed), more than {MOST} %"
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


def _named(archives: Sequence[Change], options: Sequence[OptionChange]) -> Iterator[str]:
    lines = [f"archive {change.module}" for change in archives]
    lines += [f"remove {o.property_name}: {each.name}" for o in options for each in o.remove]
    yield from lines[:_NAMED]
    if len(lines) > _NAMED:
        yield f"… and {len(lines) - _NAMED:,} more"
