"""Propose a property of the database for a field of the files, judged by its values."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lukhas_notion.plan.property_spec import (
    ConversionError,
    LineTemplate,
    PropertySpec,
    ReferencePattern,
)
from lukhas_notion.plan.property_types import convert, shown
from lukhas_notion.plan.values import PropertyType, option_problem
from lukhas_notion.setup.observe import ObservedPlace, is_date, is_email, is_url
from lukhas_notion.util.text import counted, fold, shortened

#: Forms of a reference: the name itself, and ``kind:namespace/name`` with optional parts.
_PATTERNS = ("", "(?:[^:/]+:)?(?:[^/]+/)?(.+)")
#: The least share of values that refer to a file; with a smaller one, they name other things.
_LEADING = 0.8


#: Samples of a column, and the most characters of one.
SAMPLES, _SAMPLE = 3, 40
#: A vocabulary has at most so many names, of at most so many characters, each used so often on
#: average. A few names are a vocabulary however often they are used.
_MOST_NAMES, _LONGEST_NAME, _USES, _FEW = 100, 60, 2, 5
#: A value in less than one of so many files is too rare for a column; so is one in a single file
#: of several.
_RARE, _SEVERAL = 100, 10
#: The most fields in the line of an object, and the share of entries that must have a field: one
#: of so many.
_MOST_FIELDS, _RAREST = 4, 4
#: Keys that name a thing and keys that identify it, the best first.
NAMING = ("name", "title", "display_name", "module", "service", "component", "package", "domain")
IDENTIFYING = ("id", "uuid", "key", "slug", "domain", "identifier", "code")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
#: A version, which a release changes: it is no name of a vocabulary.
_VERSION = re.compile(r"[v^~<>= ]*[0-9]+\.[0-9]+\.[0-9]+")
#: The reason for a column of addresses, which may be those of people in the workspace.
ADDRESSES = "e-mail addresses"


@dataclass(frozen=True, slots=True)
class Column:
    """One proposed property.

    Args:
        spec: the property.
        reason: the reason for its type.
        files: how many files have a value.
        samples: up to three values, as text.
    """

    spec: PropertySpec
    reason: str
    files: int = 0
    samples: tuple[str, ...] = ()


def key_word(place: ObservedPlace) -> str:
    """Return the last key of a place in small letters: ``generatedAt`` → ``generated_at``."""
    return "_".join(filter(None, _WORDS.split(place.path[-1]))).lower()


def rank(place: ObservedPlace, words: Sequence[str]) -> int:
    """Return how good the last key of a place is: the higher the better, -1 for other words."""
    word = key_word(place)
    return len(words) - words.index(word) if word in words else -1


def relation(place: ObservedPlace, names: Mapping[int, str]) -> Column | None:
    """Return a relation where the values of a place refer to other files, None where they do not.

    Args:
        place: the place.
        names: number of a file → its name.
    """
    texts, known = _texts(place), set(names.values())
    for pattern in _PATTERNS:
        leading = [(n, name) for n, text in texts if (name := _name(pattern, text)) in known]
        others = [name for number, name in leading if names[number] != name]
        # A file's own name is not a reference, and neither is one name in all files.
        if 2 * len(others) < len(leading) or len(set(others)) < 2:
            continue
        if len(leading) >= _LEADING * len(texts):
            is_partial = len(leading) < len(texts)
            spec = replace(
                spec_of(place, PropertyType.RELATION),
                pattern=ReferencePattern(pattern) if pattern else None,
                leaves_out=is_partial,
            )
            share = f", {len(leading)} of {len(texts)}" if is_partial else ""
            return Column(spec, f"names of other manifests{share}")
    return None


def best_names(
    choices: Iterable[ObservedPlace], places: Collection[ObservedPlace]
) -> Mapping[int, str]:
    """Return the names of the files, from the place that most relations refer to."""
    named = [{number: str(value) for number, value in choice.leaves} for choice in choices]
    return max(named, key=lambda names: sum(relation(place, names) is not None for place in places))


def _texts(place: ObservedPlace) -> list[tuple[int, str]]:
    """Return (number of the file, text) for a place that has only texts, [] for any other."""
    items = [
        (number, item)
        for number, value in place.values
        for item in (value if isinstance(value, list) else [value])
    ]
    return items if all(isinstance(item, str) for _, item in items) else []


def _name(pattern: str, text: str) -> str | None:
    if not pattern:
        return text
    found = re.fullmatch(pattern, text)
    return found[1] if found else None


def propose_column(
    place: ObservedPlace,
    files: Sequence[Mapping[str, Any]],
    names: Mapping[int, str] | None = None,
) -> Column | str:
    """Return the property for a place, or the reason for none; ``names`` are the files' names."""
    values = [value for _, value in place.values]
    if unwanted := _unwanted(values, len(files)):
        return unwanted
    chosen = relation(place, names or {}) or _typed(place, values)
    if isinstance(chosen, str):
        return chosen
    samples = _samples(chosen.spec, files)
    if isinstance(samples, str) and chosen.spec.type is not PropertyType.RICH_TEXT:
        chosen = Column(spec_of(place, PropertyType.RICH_TEXT), samples)
        samples = _samples(chosen.spec, files)
    if isinstance(samples, str):
        return samples
    return replace(chosen, files=len(values), samples=samples)


def _unwanted(values: Sequence[Any], files: int) -> str:
    """Return the reason to leave a place out, "" for none."""
    one = len({repr(value) for value in values}) == 1
    if one and len(values) == files > 1:
        return f"the same in every manifest: {_sample(values[0])}"
    # A flag is off in the files that do not have it.
    if one and not isinstance(values[0], bool) and _USES * len(values) > files > 1:
        return f"the same wherever it is: {_sample(values[0])}"
    if len(values) * _RARE < files or (len(values) == 1 and files >= _SEVERAL):
        return f"in {len(values):,} of {files:,} manifests only"
    return ""


def _typed(place: ObservedPlace, values: Sequence[Any]) -> Column | str:
    """Return the property for the values, or the reason for none."""
    if all(isinstance(value, bool) for value in values):
        return Column(spec_of(place, PropertyType.CHECKBOX), "true or false")
    if all(_is_number(value) for value in values):
        return Column(spec_of(place, PropertyType.NUMBER), "numbers")
    if all(isinstance(value, Mapping) for value in values):
        return _lines(place, [list(value.values()) for value in values], of_map=True)
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    is_list = any(isinstance(value, list) for value in values)
    if any(isinstance(item, Mapping) for item in items):
        if any(isinstance(value, Mapping) for value in values):
            return "an object in some manifests, and other values in others"
        return _lines(place, [v if isinstance(v, list) else [v] for v in values], of_map=False)
    if any(isinstance(item, list) for item in items):
        return "lists within lists"
    texts = [str(item) for item in items if isinstance(item, str)]
    if not texts:
        return Column(spec_of(place, PropertyType.RICH_TEXT), "a list of numbers")
    return _text(place, texts, is_list=is_list, is_mixed=len(texts) < len(items))


def _text(place: ObservedPlace, texts: Sequence[str], *, is_list: bool, is_mixed: bool) -> Column:
    """Return the property for text, or for lists of it."""
    if not is_mixed and not is_list:
        for kind, holds, reason in _FORMS:
            if all(map(holds, texts)):
                return Column(spec_of(place, kind), reason)
    used = Counter(texts)
    kind, reason = PropertyType.RICH_TEXT, "a list of many different texts" if is_list else "text"
    if not is_mixed and _are_names(used):
        kind = PropertyType.MULTI_SELECT if is_list else PropertyType.SELECT
        reason = f"{counted(len(used), 'name')}, used {len(texts)} times"
    if not is_mixed and all(map(is_email, used)):
        reason = ADDRESSES
    return Column(spec_of(place, kind), reason)


#: (type, test of a text, reason).
_FORMS: tuple[tuple[PropertyType, Callable[[str], bool], str], ...] = (
    (PropertyType.URL, is_url, "addresses on the web"),
    (PropertyType.EMAIL, is_email, ADDRESSES),
    (PropertyType.DATE, is_date, "dates"),
)


def _are_names(used: Counter[str]) -> bool:
    """Return whether texts are names of a vocabulary: short, few, and used several times."""
    if len(used) > _MOST_NAMES or len({fold(name, case=True) for name in used}) < len(used):
        return False
    if any(len(name) > _LONGEST_NAME or "\n" in name or option_problem(name) for name in used):
        return False
    if all(map(_VERSION.match, used)):
        return False
    uses = sum(used.values())
    return uses >= _USES * len(used) or (len(used) <= _FEW and uses > len(used))


def _lines(place: ObservedPlace, values: Sequence[Sequence[Any]], *, of_map: bool) -> Column:
    """Return a text with a line for each entry of an object, or for each item of a list."""
    entries = [entry for value in values for entry in value]
    first, common, rare = _fields(entries)
    lead, reason = "{@key}: " if of_map else "", "a line for each object"
    if not first:
        template, reason = "{@value}", "a line for each entry, as it is"
    elif of_map:
        template = ", ".join((first, *common, *rare))
    else:
        # Fields that some entries lack are last, where they do not leave a gap.
        template = " ".join((first, *([f"({', '.join(common)})"] if common else []), *rare))
    spec = replace(spec_of(place, PropertyType.RICH_TEXT), each=LineTemplate(lead + template))
    return Column(spec, reason)


def _fields(entries: Sequence[Any]) -> tuple[str, list[str], list[str]]:
    """Return the fields of a template for objects: the first one, common and rare ones.

    The first one is "" where no text or number is in all entries: nothing would identify a line.
    """
    by_key: dict[str, list[Any]] = {}
    for entry in entries:
        for key, value in entry.items() if isinstance(entry, Mapping) else ():
            if value not in (None, "") and not re.search(r"[{}:@]", key):
                by_key.setdefault(key, []).append(value)
    many, fields = len(entries), []
    for key, values in by_key.items():
        if _RAREST * len(values) < many or not all(map(_is_scalar, values)):
            continue
        is_flag = all(isinstance(value, bool) for value in values)
        leads = len(values) == many and not is_flag
        key_rank = rank(ObservedPlace((key,)), (*NAMING, *IDENTIFYING))
        written = f"{key}: {{{key}:check}}" if is_flag else f"{{{key}}}"
        fields.append(((not leads, is_flag, -key_rank, -len(values)), written))
    fields = sorted(fields, key=lambda each: each[0])[:_MOST_FIELDS]
    if not fields or fields[0][0][0]:
        return "", [], []
    full = [written for (*_, count), written in fields[1:] if -count == many]
    rest = [written for (*_, count), written in fields[1:] if -count < many]
    return fields[0][1], full, rest


def _samples(spec: PropertySpec, files: Iterable[Mapping[str, Any]]) -> tuple[str, ...] | str:
    """Return up to three values as the property shows them, or why it cannot hold one."""
    samples: dict[str, None] = {}
    for value in files:
        try:
            converted = convert(spec, value)
        except ConversionError as error:
            reason = error.message.removeprefix(spec.name).removeprefix(": ").strip()
            return f"Notion cannot hold a value: {reason}"
        if len(samples) < SAMPLES and (text := shown(spec.type, converted)):
            samples[_shortened(text)] = None
    return tuple(samples)


def spec_of(place: ObservedPlace, kind: PropertyType) -> PropertySpec:
    """Return a property for a place; its name is the pointer."""
    return PropertySpec(place.pointer, kind, (place.pointer,))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _sample(value: Any) -> str:
    return _shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _shortened(text: str) -> str:
    """Return the beginning of a text, on one line."""
    return shortened(" ".join(text.split()), _SAMPLE)
