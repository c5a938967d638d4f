"""The order in which pages are written whose relations name each other. Pure.

A page can name another one only when that is there. So pages are written in an order in which
those that they name come first. Of pages that name each other in a ring one is written twice: its
relation follows when the others are there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from graphlib import TopologicalSorter

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
    early = _Rings(needs).broken()
    order = TopologicalSorter({n: () if n in early else named for n, named in needs.items()})
    order.prepare()
    return order


class _Rings:
    """Walks from page to named page, and breaks each ring at the page that most others wait for.

    A page is settled once it can be written: all that it names is settled, or a ring was broken
    there. Nothing is walked twice but the pages of a ring beyond the one at which it was broken.
    """

    def __init__(self, needs: Mapping[int, set[int]]) -> None:
        self._needs = needs
        self._wanted = Counter(each for named in needs.values() for each in named)
        self._open = {page: len(named) for page, named in needs.items()}
        self._left = {page: list(named) for page, named in needs.items()}
        self._namers: dict[int, list[int]] = defaultdict(list)
        for page, named in needs.items():
            for each in named:
                self._namers[each].append(page)
        self._settled: set[int] = set()

    def broken(self) -> set[int]:
        """Return the pages that are written before what they name."""
        early = set()
        for page in [page for page, count in self._open.items() if not count]:
            self._settle(page)
        for start in self._needs:
            while start not in self._settled:
                early |= self._walk(start)
        return early

    def _walk(self, start: int) -> set[int]:
        """Walk until the way back is at its start; return where rings were broken."""
        early, way, places = set(), [start], {start: 0}
        while way:
            page = self._next(way[-1])
            if page is None:
                del places[way.pop()]
            elif page not in places:
                places[page] = len(way)
                way.append(page)
            else:
                ring = way[places[page] :]
                most = max(ring, key=lambda each: (self._wanted[each], -each))
                early.add(most)
                self._settle(most)
                for each in way[places[most] :]:
                    del places[each]
                del way[len(places) :]
        return early

    def _next(self, page: int) -> int | None:
        """Return a page that has to be settled before this one, None where none has."""
        left = self._left[page]
        while left and left[-1] in self._settled:
            left.pop()
        return left[-1] if left and page not in self._settled else None

    def _settle(self, page: int) -> None:
        """Settle a page, and with it those that waited for nothing else."""
        ready = [page]
        while ready:
            settled = ready.pop()
            if settled in self._settled:
                continue
            self._settled.add(settled)
            self._wanted.subtract(self._needs[settled])
            for namer in self._namers[settled]:
                self._open[namer] -= 1
                if not self._open[namer]:
                    ready.append(namer)
