"""Propose a mapping for a set of files: title, key, properties and body.

Every type is judged by the values (:mod:`lukhas_notion.setup.columns`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lukhas_notion.manifests.json_values import WILDCARD, join_pointer
from lukhas_notion.manifests.manifest import ManifestForm
from lukhas_notion.plan.property_spec import (
    FOLDER,
    NOW,
    SHA,
    PropertySpec,
)
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.setup.columns import (
    IDENTIFYING,
    NAMING,
    SAMPLES,
    Column,
    best_names,
    key_word,
    propose_column,
    rank,
    spec_of,
)
from lukhas_notion.setup.observe import ObservedPlace, column_name, is_date, is_url, observe
from lukhas_notion.util.text import fold, name_problem

#: The most properties of a proposal; of more, those that most files have.
MOST_PROPERTIES = 30
#: The file next to a manifest that becomes the body of its page.
README = "README.md"
#: The least average number of characters of texts that become bodies.
_LONG = 400
#: The most characters of a title.
_LONGEST_TITLE = 100
#: Keys of the kind of a manifest.
_KINDS = ("kind", "type")
#: Keys of times that a tool writes at each run, although nothing else changes.
_TOOL_WORD = re.compile(
    r"(^|_)(generated|extracted|exported|scanned|synced|fetched|scraped|crawled|collected|built"
    r"|build_time|last_run|last_scan|last_seen|last_checked|timestamp)(_|$)"
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping for a set of files.

    Args:
        files: how many files it is for.
        columns: the properties, the title first; without those that this tool sets itself.
        key: the pointer of the value that identifies a file through renames; "" for the title.
        volatile: the pointers of values that change by themselves.
        left_out: (pointer, reason) of every other place.
        top: the place of the files themselves.
        body: the pointer of the text that becomes the page's body, or :data:`README`; "" for none.
    """

    files: int
    columns: tuple[Column, ...]
    key: str
    volatile: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    top: ObservedPlace = field(repr=False)
    body: str = ""

    @property
    def specs(self) -> tuple[PropertySpec, ...]:
        """Every property, including those that this tool sets itself."""
        names = {column.spec.name for column in self.columns}
        own = (
            PropertySpec(_free("Provenance SHA", names), PropertyType.RICH_TEXT, (SHA,)),
            PropertySpec(_free("Updated At", names), PropertyType.DATE, (NOW,)),
        )
        return (*(column.spec for column in self.columns), *own)


def propose(
    files: Sequence[Mapping[str, Any]], readmes: int = 0, folders: Sequence[str] = ()
) -> Proposal | None:
    """Return a mapping for the files; None where no value identifies each file.

    Args:
        files: their parsed values.
        readmes: how many of them have a README in their folder.
        folders: the folder of each, which is the title where no value can be.
    """
    top = observe(files)
    everything = [place for place in top.places() if place.values]
    places = [place for place in everything if not _is_a_tools(place)]
    titles = _unique(places, len(files))
    title = max(titles, key=_naming_rank) if titles else _folders(folders)
    if title is None:
        return None
    keys = [each for each in titles if each is not title and rank(each, IDENTIFYING) >= 0]
    key = max(keys, key=lambda each: rank(each, IDENTIFYING), default=title)
    # The key is what other files refer to, because a relation names keys.
    choices = sorted(titles or [title], key=lambda each: (each is not key, each is not title))
    names = best_names(choices, places)
    key = next(each for each in choices if each.leaves[0][1] == names[0])
    left_out = list(dict.fromkeys(_tool_keys(everything)))
    candidates = [_title_column(title)]
    for place in places:
        if place is title:
            continue
        if _changes_by_itself(place):
            left_out.append((place.pointer, "changes by itself; the provenance SHA leaves it out"))
            continue
        column = propose_column(place, files, names)
        if isinstance(column, Column):
            candidates.append(column)
        else:
            left_out.append((place.pointer, column))
    body = README if 2 * readmes > len(files) else ""
    if not body and (longest := _longest_text(candidates, {p.pointer: p for p in places})):
        candidates.remove(longest)
        body = longest.spec.pointers[0]
    columns, surplus = _most_used(candidates)
    left_out += surplus
    return Proposal(
        len(files),
        tuple(_named(columns, {p.pointer: p for p in (title, *places)})),
        key.pointer if key is not title else "",
        tuple(_collapsed(place for place in everything if _changes_by_itself(place))),
        tuple(left_out),
        top,
        body,
    )


# --- the title -------------------------------------------------------------------------------


def _unique(places: Iterable[ObservedPlace], files: int) -> list[ObservedPlace]:
    """Return the places with a different short text in every file."""
    return [
        place
        for place in places
        if _is_in_all(place, files)
        and len({fold(value, case=True) for _, value in place.leaves}) == files
    ]


def _is_in_all(place: ObservedPlace, files: int) -> bool:
    """Return whether every file has a text there that can be a title."""

    def is_title(value: object) -> bool:
        is_short = isinstance(value, str) and len(value) <= _LONGEST_TITLE and "\n" not in value
        return is_short and not (name_problem(str(value)) or is_url(str(value)))

    return len(place.leaves) == files and all(is_title(value) for _, value in place.leaves)


def repeated_name(files: Sequence[Mapping[str, Any]]) -> tuple[str, int, int] | None:
    """Return the place that would be the title, were its values all different.

    Returns:
        (pointer, number of the first file, number of the second file with the same value); None
        where no short text is in all files.
    """
    places = [place for place in observe(files).places() if not _is_a_tools(place)]
    named = [place for place in places if _is_in_all(place, len(files))]
    if not named:
        return None
    best = max(named, key=_naming_rank)
    first: dict[str, int] = {}
    for number, value in best.leaves:
        other = first.setdefault(fold(value, case=True), number)
        if other != number:
            return best.pointer, other, number
    return None


def form_of(files: Sequence[Mapping[str, Any]]) -> ManifestForm:
    """Return which values of the files should be manifests.

    It is one kind of them, if manifests of different kinds share names, as a Component and an API
    of Backstage may. It is the entries of a list, if the list is all that a single file has.
    """
    for key in _KINDS if repeated_name(files) else ():
        kinds = Counter(kind for each in files if isinstance(kind := each.get(key), str))
        if sum(kinds.values()) == len(files):
            [(kind, count)] = kinds.most_common(1)
            chosen = [each for each in files if each[key] == kind]
            if count > 1 and repeated_name(chosen) is None:
                return ManifestForm(where={join_pointer([key]): (kind,)})
    if len(files) == 1 and not files[0].keys() & {*NAMING, *IDENTIFYING}:
        nested = [(key, value) for key, value in files[0].items() if isinstance(value, list | dict)]
        if len(nested) == 1 and _is_list_of_objects(nested[0][1]):
            return ManifestForm(items=join_pointer([nested[0][0], WILDCARD]))
    return ManifestForm()


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(i, Mapping) for i in value)


def _folders(folders: Sequence[str]) -> ObservedPlace | None:
    """Return the folders as a place, None where two files share one or a file is in none."""
    place = ObservedPlace(("folder",), list(enumerate(folders)), own=FOLDER)
    return place if folders and _unique([place], len(folders)) else None


def _title_column(title: ObservedPlace) -> Column:
    """Return the column of the title."""
    values = [str(value) for _, value in title.leaves]
    spec = spec_of(title, PropertyType.TITLE)
    return Column(spec, "names each manifest", len(values), tuple(values[:SAMPLES]))


def _naming_rank(place: ObservedPlace) -> tuple[int, int, int]:
    """Return how good a place is as a title, by its key, its depth and its length."""
    length = sum(len(value) for _, value in place.leaves)
    return rank(place, (*NAMING, *IDENTIFYING)), -len(place.path), -length


# --- what tools write ------------------------------------------------------------------------


def _is_a_tools(place: ObservedPlace) -> bool:
    """Return whether a key in the path is one that tools write for themselves."""
    return any(key.startswith(("_", "$")) for key in place.path)


def _tool_keys(places: Iterable[ObservedPlace]) -> Iterator[tuple[str, str]]:
    """Yield (pointer, reason) for each key that tools write for themselves."""
    for place in filter(_is_a_tools, places):
        depth = next(n for n, key in enumerate(place.path, 1) if key.startswith(("_", "$")))
        yield join_pointer(place.path[:depth]), "its key is one that tools write for themselves"


def _collapsed(places: Iterable[ObservedPlace]) -> Iterator[str]:
    """Yield the pointers of places; those that differ only in the last key but one become ``*``."""
    together: dict[tuple[tuple[str, ...], str], list[ObservedPlace]] = {}
    for place in places:
        together.setdefault((place.path[:-2], place.path[-1]), []).append(place)
    for (above, last), alike in together.items():
        alone = len(alike) == 1
        yield alike[0].pointer if alone else f"{join_pointer(above)}/*{join_pointer((last,))}"


def _changes_by_itself(place: ObservedPlace) -> bool:
    dates = (isinstance(value, str) and is_date(value) for _, value in place.values)
    return bool(_TOOL_WORD.search(key_word(place))) and all(dates)


# --- all columns -----------------------------------------------------------------------------


def _longest_text(columns: Iterable[Column], places: Mapping[str, ObservedPlace]) -> Column | None:
    """Return the column of long texts of several lines, which becomes the page's body."""

    def length(column: Column) -> float:
        values = [value for _, value in places[column.spec.pointers[0]].values]
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) < len(values) or 2 * sum("\n" in text for text in texts) < len(texts):
            return 0
        return sum(map(len, texts)) / len(texts)

    texts = [column for column in columns if column.spec.type is PropertyType.RICH_TEXT]
    longest = max(texts, key=length, default=None)
    return longest if longest and length(longest) >= _LONG else None


def _most_used(columns: Sequence[Column]) -> tuple[list[Column], list[tuple[str, str]]]:
    """Return the columns that most files have, in order, and (pointer, reason) of the others."""
    ranked = sorted(columns, key=lambda column: -column.files)
    kept = {column.spec.pointers for column in ranked[:MOST_PROPERTIES]}
    why = f"{MOST_PROPERTIES} properties that more files have come first"
    return (
        [column for column in columns if column.spec.pointers in kept],
        [(c.spec.pointers[0], why) for c in columns if c.spec.pointers not in kept],
    )


def _named(columns: Sequence[Column], places: Mapping[str, ObservedPlace]) -> Iterator[Column]:
    """Yield the columns with readable names, no two alike."""
    taken: set[str] = set()
    for column in columns:
        path = places[column.spec.pointers[0]].path
        # A key such as "." has no word, and is named by the keys above it.
        wanted = (column_name(path[-length:]) for length in range(1, len(path) + 1))
        name = next((n for n in wanted if n and fold(n, case=True) not in taken), None)
        name = name or _free(column_name(path) or "Value", taken)
        taken.add(fold(name, case=True))
        yield replace(column, spec=replace(column.spec, name=name))


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken, with a number if necessary."""
    folded = {fold(each, case=True) for each in taken}
    numbered = (f"{name} {n}" if n > 1 else name for n in range(1, len(folded) + 2))
    return next(each for each in numbered if fold(each, case=True) not in folded)
