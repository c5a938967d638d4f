"""Write vocabularies from the names that manifests use: new files, and names that one lacks.

Names are added in alphabetical order; every other byte of the file stays.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import VocabularyFile
from lukhas_notion.manifests.discovery import find_manifests
from lukhas_notion.manifests.document import json_places, parse_text
from lukhas_notion.manifests.json_values import JsonValue, join_pointer, quote
from lukhas_notion.manifests.manifest import Manifest, read_file
from lukhas_notion.manifests.source_text import MAX_TEXT_BYTES, Span, decode
from lukhas_notion.plan.property_spec import Feed, PropertySpec, sources
from lukhas_notion.plan.values import option_problem
from lukhas_notion.util.errors import ConfigError, LukhasNotionError
from lukhas_notion.util.read_files import read_regular
from lukhas_notion.util.text import fold
from lukhas_notion.util.write_files import replace_bytes
from lukhas_notion.validate.vocabulary import (
    Vocabulary,
    container_of,
    require_vocabularies,
    spelling,
)


@dataclass(frozen=True, slots=True)
class Starter:
    """The content of one new vocabulary file.

    Args:
        properties: the properties that use the vocabulary.
        names: sorted; Notion can hold each, and no two look the same.
        left_out: the other names that manifests use.
        counts: how many manifests use each of all these names.
    """

    properties: tuple[str, ...]
    names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def text(self) -> str:
        """The file's text."""
        origin = (
            "Made by `lukhas-notion init` from the names that the manifests used."
            if self.names
            else "Made by `lukhas-notion init`; no manifest used a name, so it is empty."
        )
        properties = " and ".join(self.properties)
        comment = f"The names that {properties} may take. {origin} Add, remove and rename freely."
        content = {"$comment": comment, "allowed": list(self.names)}
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Starters:
    """The new vocabularies of a repository.

    Args:
        by_path: path of a vocabulary → its content.
        manifests: how many manifests there are.
        unreadable: how many of them could not be read, so that their names are not known.
    """

    by_path: Mapping[str, Starter] = field(default_factory=dict)
    manifests: int = 0
    unreadable: int = 0

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names that each property may take, where its vocabulary must be written."""
        return {name: each.names for each in self.by_path.values() for name in each.properties}


def gather(config: Config, missing: Mapping[str, Sequence[str]]) -> Starters:
    """Return the names that all manifests use.

    Args:
        config: where the manifests are, and how they are mapped.
        missing: path of a vocabulary → the properties that use it.

    Raises:
        ConfigError: a folder cannot be listed.
    """
    places = {name: path for path, names in missing.items() for name in names}
    wanted = [spec for spec in config.mapping.properties if spec.name in places]
    used: dict[str, Counter[str]] = {path: Counter() for path in missing}
    paths = find_manifests(config.root, config.include, config.exclude)
    unreadable = 0
    for path in paths if wanted else ():
        read = read_file(config.root, path, config.form)
        manifests = [each for each in read if isinstance(each, Manifest)]
        unreadable += len(read) - len(manifests)
        for manifest in manifests:
            here = {(places[spec.name], name) for spec in wanted for name in _names(spec, manifest)}
            for place, name in here:
                used[place][name] += 1
    found = {path: _starter(tuple(missing[path]), names) for path, names in used.items()}
    return Starters(found, len(paths), unreadable)


def _names(spec: PropertySpec, manifest: Manifest) -> Iterator[str]:
    """Yield the names of one manifest; the gates report every other value."""
    for _, value in sources(spec, Feed(manifest.value)):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                yield item
            elif isinstance(item, int | float) and not isinstance(item, bool):
                yield json.dumps(item)


def _starter(properties: tuple[str, ...], names: Mapping[str, int]) -> Starter:
    kept: dict[str, str] = {}
    for name in sorted(names):
        if not option_problem(name):
            # To Notion, names that differ only by case are one option.
            kept.setdefault(fold(name, case=True), name)
    left_out = tuple(sorted(names.keys() - set(kept.values())))
    return Starter(properties, tuple(kept.values()), left_out, names)


# --- adding to a file ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LackingName:
    """A name that manifests use and a vocabulary does not have.

    Args:
        name: the name.
        manifests: how many use it.
        near: similar names of the vocabulary, the best first.
    """

    name: str
    manifests: int
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Growth:
    """The names that one vocabulary file lacks.

    Args:
        file: the file.
        properties: the properties that use the vocabulary.
        lacking: the names that can be added, sorted.
        skipped: (name, reason) for each other name that the file does not have.
        before: the file's text.
    """

    file: VocabularyFile
    properties: tuple[str, ...]
    lacking: tuple[LackingName, ...]
    skipped: tuple[tuple[str, str], ...]
    before: str = field(repr=False)

    def only(self, names: Collection[str]) -> Growth:
        """Return the growth with these names only."""
        return replace(self, lacking=tuple(each for each in self.lacking if each.name in names))


def plan_growth(config: Config, properties: Collection[str] = ()) -> list[Growth]:
    """Return the names that manifests use and vocabularies lack.

    Args:
        config: where the manifests and the vocabularies are.
        properties: the selected properties; () for all.

    Raises:
        ConfigError: a file or a folder cannot be read, or a selected property has no vocabulary.
    """
    gated = {spec.name for spec in config.mapping.properties if spec.takes_names}
    require_vocabularies(config, properties)
    shared: dict[str, list[str]] = {}
    for name, file in config.vocabularies.items():
        if name in gated:
            shared.setdefault(file.display, []).append(name)
    wanted = {
        path: names for path, names in shared.items() if not properties or {*names} & {*properties}
    }
    starters = gather(config, wanted)
    return [_growth(config, names, starters.by_path[path]) for path, names in wanted.items()]


def _growth(config: Config, properties: Sequence[str], used: Starter) -> Growth:
    file = config.vocabularies[properties[0]]
    vocabulary = Vocabulary.load(properties[0], file.path, file.display)
    lacking: list[LackingName] = []
    skipped: list[tuple[str, str]] = []
    for name in sorted({*used.names, *used.left_out} - {*vocabulary.names}):
        if canonical := vocabulary.certain(name):
            skipped.append((name, f"means {quote(canonical)}; `validate --fix` writes that"))
        elif spelling(name) in vocabulary.unclear:
            skipped.append((name, "is a synonym of two names, or spelled like two"))
        elif name not in used.names:
            skipped.append((name, option_problem(name) or "differs only by case from another one"))
        else:
            lacking.append(LackingName(name, used.counts[name], vocabulary.suggestions(name)))
    text = decode(read_regular(file.path, MAX_TEXT_BYTES))
    return Growth(file, tuple(properties), tuple(lacking), tuple(skipped), text)


def write_growth(config: Config, growth: Growth) -> None:
    """Add the lacking names to the file.

    Raises:
        ConfigError: the file is a link, is read-only, has changed since, or cannot be written.
    """
    path = growth.file.path
    root = config.within(path) or path.parent
    after = with_names(growth.before, [each.name for each in growth.lacking])
    try:
        replace_bytes(path, growth.before.encode(), after.encode(), root=root)
    except LukhasNotionError as error:
        raise ConfigError(f"{growth.file.display}: {error.message}.", error.remedy) from error


def with_names(text: str, names: Sequence[str]) -> str:
    """Return a vocabulary's text with more names, each in alphabetical order.

    In a file that is not sorted they are added at the end, sorted. Indentation, line ends and
    everything else stay.

    Args:
        text: the text of a vocabulary.
        names: names that it does not have.
    """
    if not names:
        return text
    pointer, container = container_of(parse_text(text))
    is_list = isinstance(container, list)
    # (name, start, end) of each item in the text, also of keys that are not names.
    items: list[tuple[str, int, int]] = []
    for name, token in _held(container):
        place = pointer + join_pointer([token])
        span = json_places(text).value(place)
        items.append(
            (name, span.start if is_list else json_places(text).key(place).start, span.end)
        )
    written = {
        name: json.dumps(name, ensure_ascii=False) + ("" if is_list else ": {}")
        for name in sorted(names)
    }
    if not items:
        return _filled(text, json_places(text).value(pointer), written.values())
    order = [name for name, *_ in items if name]
    is_sorted = all(one <= other for one, other in pairwise(order))
    first = text[json_places(text).value(pointer).start + 1 : items[0][1]]
    between = [text[one[2] : other[1]] for one, other in pairwise(items)] or [f",{first or ' '}"]
    inserts: list[tuple[int, str]] = []
    for name, new in written.items():
        after = next((i for i, (n, *_) in enumerate(items) if is_sorted and n > name), None)
        if after is None:
            inserts.append((items[-1][2], between[-1] + new))
        else:
            inserts.append((items[after][1], new + between[max(after - 1, 0)]))
    for offset, new in reversed(inserts):
        text = text[:offset] + new + text[offset:]
    return text


def _held(container: JsonValue) -> Iterator[tuple[str, str | int]]:
    """Yield the name and the key or index of each item; "" for a key that is not a name."""
    if isinstance(container, dict):
        yield from (("" if key.startswith("$") else key, key) for key in container)
    elif isinstance(container, list):
        for index, item in enumerate(container):
            yield (str(item.get("name")) if isinstance(item, dict) else str(item)), index


def _filled(text: str, place: Span, written: Iterable[str]) -> str:
    """Return the text with these items in the empty list or object at ``place``, one a line."""
    line = text[text.rfind("\n", 0, place.start) + 1 : place.start]
    indent = line[: len(line) - len(line.lstrip())]
    end = "\r\n" if "\r\n" in text else "\n"
    inside = f",{end}{indent}  ".join(written)
    opening, closing = text[place.start], text[place.end - 1]
    filled = f"{opening}{end}{indent}  {inside}{end}{indent}{closing}"
    return text[: place.start] + filled + text[place.end :]
