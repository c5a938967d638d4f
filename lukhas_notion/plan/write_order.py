"""The order in which pages are written whose relations name each other. Pure.

A page can name another one only when that is there. So pages are written in an order in which
those that they name come first. Of pages that name each other in a ring one is written twice: its
relation follows when the others are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.plan.values import identity_of, names_of


def needs_of(changes: Sequence[Change], relations: Collection[str]) -> dict[int, set[int]]:
    """Return which changes make the pages that each change's relations name, by their numbers.

    Args:
        changes: what is to be written.
        relations: the relations within this database.
    """
    makers = {
        change.key: number
        for number, change in enumerate(changes)
        if change.kind in (ChangeKind.CREATE, ChangeKind.RESTORE)
    }
    return {
        number: {
            makers[identity]
            for p in change.properties
            if p.name in relations
            for identity in map(identity_of, names_of(p.after))
            if identity in makers
        }
        for number, change in enumerate(changes)
    }


def write_order(needs: Mapping[int, set[int]]) -> TopologicalSorter[int]:
    """Return the order in which to write, with as few pages before what they name as may be.

    Args:
        needs: page → the pages that it names and that are to be made first.
    """
    wanted = Counter(each for named in needs.values() for each in named)
    left = dict(needs)
    while True:
        order = TopologicalSorter(left)
        try:
            order.prepare()
        except CycleError as error:
            ring: list[int] = error.args[1]
            left[max(ring, key=lambda page: (wanted[page], -page))] = set()
        else:
            return order
