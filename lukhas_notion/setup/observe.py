"""Describe a set of parsed files: places with their values, names for them, and a JSON Schema.

A *place* is a JSON pointer. An object whose keys differ from file to file, such as dependencies by
name, is one place, not one for each key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import NoneType
from typing import Any
from urllib.parse import urlsplit

from lukhas_notion.manifests.json_values import join_pointer
from lukhas_notion.plan.values import moment
from lukhas_notion.util.text import fold

#: An object with at least so many keys is one place if a key is, on average, in less than this
#: share of the objects.
_MANY_KEYS, _SHARED = 5, 0.5
#: The deepest nesting of objects that are described.
_DEEPEST = 12
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")


@dataclass
class ObservedPlace:
    """One place of the files.

    Args:
        path: the keys that lead to it.
        leaves: (number of the file, value) for each value that is not an object.
        objects: (number of the file, object).
        inside: the places in the objects, by key.
        own: the source of a value that is not in the file, such as ``@folder``.
    """

    path: tuple[str, ...] = ()
    leaves: list[tuple[int, Any]] = field(default_factory=list)
    objects: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    inside: dict[str, ObservedPlace] = field(default_factory=dict)
    own: str = ""

    @property
    def pointer(self) -> str:
        """The JSON pointer, or the source."""
        return self.own or join_pointer(self.path)

    @cached_property
    def is_map(self) -> bool:
        """Whether its objects have names as keys, not fields."""
        if not self.path or len(self.inside) < _MANY_KEYS:
            return False
        seen = sum(len(each.leaves) + len(each.objects) for each in self.inside.values())
        return seen / len(self.inside) < _SHARED * len(self.objects)

    @cached_property
    def values(self) -> list[tuple[int, Any]]:
        """(Number of the file, value), without null and empty values."""
        return [(n, v) for n, v in (*self.leaves, *self.objects) if v not in (None, "", [], {})]

    def places(self) -> Iterator[ObservedPlace]:
        """Yield every place with values other than fields, in the order of the files."""
        if self.leaves or self.is_map:
            yield self
        if not self.is_map:
            for each in self.inside.values():
                yield from each.places()


def observe(files: Iterable[Mapping[str, Any]]) -> ObservedPlace:
    """Return the place of the files themselves, with all places in it."""
    top = ObservedPlace()
    for number, value in enumerate(files):
        _add(top, number, value)
    return top


def _add(place: ObservedPlace, number: int, value: Any) -> None:
    if not isinstance(value, Mapping) or len(place.path) == _DEEPEST:
        place.leaves.append((number, value))
        return
    place.objects.append((number, value))
    for key, item in value.items():
        inside = place.inside.get(key)
        if inside is None:
            inside = place.inside[key] = ObservedPlace((*place.path, key))
        _add(inside, number, item)


# --- names ---------------------------------------------------------------------------------

#: The spelling of words with capital letters.
_WRITTEN = {
    word.lower(): word
    for text in (
        "AI API APIs AWS BSD CD CI CIDR CLI CPU CSV CVE DB DHCP DNS DOI FQDN GCP GDPR GPU HTML",
        "HTTP HTTPS IAM ID IDs IO IoT IP IPs ISO JSON JVM KPI LLM MAC ML MQTT OIDC OKR OS PCI PDF",
        "PHP PII QA RBAC RFC RPC SaaS SDK SHA SLA SLAs SLI SLO SLOs SMS SQL SSDP SSH SSL SSO TLS",
        "TTL UI UID URI URL URLs USB UUID UX VM VPN XML YAML GitHub GitLab npm PagerDuty Jira",
    )
    for word in text.split(" ")
}
#: Words that are written as one in files and as two in prose.
_COMPOUNDS = {"codeowners": "code owners", "homepage": "home page"}
_PARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^\w]+|_+")
#: Keys of objects that add nothing to a name.
_EMPTY = frozenset({"spec", "metadata", "meta", "data", "properties", "attributes", "info"})


def column_name(path: Sequence[str]) -> str:
    """Return a name for a place from its last keys; "" where no key has a word.

    Of a key such as ``backstage.io/techdocs-ref`` only the part after the slash is used.
    """
    keys = [key for key in path[:-1] if key.lower() not in _EMPTY] + [path[-1]]
    parts = [part for key in keys for part in _words(key)]
    words = [word for part in parts for word in _COMPOUNDS.get(part.lower(), part).split(" ")]
    if not words:
        return ""
    words = [word for n, word in enumerate(words) if not n or word.lower() != words[n - 1].lower()]
    first, *others = (_WRITTEN.get(word.lower(), word.lower()) for word in words)
    head = first if first != first.lower() or first == "npm" else first[:1].upper() + first[1:]
    return " ".join((head, *others))[:60].strip()


def _words(key: str) -> list[str]:
    last = key.rstrip("/").rpartition("/")[2] or key
    return [word for word in _PARTS.split(last) if word and fold(word)]


# --- kinds of text ---------------------------------------------------------------------------


def is_url(text: str) -> bool:
    """Return whether a text is an address on the web."""
    if not text.startswith(("https://", "http://")) or re.search(r"\s", text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def is_email(text: str) -> bool:
    """Return whether a text is an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Return whether a text is a date, or a date and a time (ISO 8601)."""
    try:
        moment(text)
    except ValueError:
        return False
    return True


# --- a schema --------------------------------------------------------------------------------

#: Formats that the schema requires where all texts of a place have it, if there are enough texts.
_FORMATS = ("uri", "email", "date", "date-time")
_ENOUGH = 3
#: JSON Schema's name of each type of a parsed value that is not an object.
_TYPES: dict[type, str] = {
    bool: "boolean",
    str: "string",
    int: "integer",
    float: "number",
    NoneType: "null",
    list: "array",
}


def infer_schema(top: ObservedPlace) -> dict[str, Any]:
    """Return a JSON Schema that all the files pass.

    It requires the types of the values, and the keys that every object of a place has. Other keys
    are allowed.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_schema([value for _, value in top.objects], top),
    }


def _schema(values: Sequence[Any], place: ObservedPlace | None = None) -> dict[str, Any]:
    objects = [value for value in values if isinstance(value, Mapping)]
    lists = [value for value in values if isinstance(value, list)]
    texts = [value for value in values if isinstance(value, str)]
    types = sorted({_TYPES.get(type(value), "object") for value in values})
    if "number" in types and "integer" in types:
        types.remove("integer")
    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types} if types else {}
    if objects:
        schema |= _object(objects, place)
    if items := [item for each in lists for item in each]:
        schema["items"] = _schema(items)
    if len(texts) >= _ENOUGH:
        schema |= _format(texts)
    return schema


def _format(texts: Sequence[str]) -> dict[str, str]:
    from lukhas_notion.manifests.json_schema.assertions import format_checks

    for name, holds in format_checks(_FORMATS, re.compile).items():
        if all(map(holds, texts)):
            # Only addresses on the web: "a:b" is a URI, too.
            return {"format": name} if name != "uri" or all(map(is_url, texts)) else {}
    return {}


def _object(objects: Sequence[Mapping[str, Any]], place: ObservedPlace | None) -> dict[str, Any]:
    if place is None:
        # The objects of a list have no place yet.
        place = ObservedPlace(("*",))
        for number, value in enumerate(objects):
            _add(place, number, value)
    if place.is_map:
        return {"additionalProperties": _schema([v for each in objects for v in each.values()])}
    values: dict[str, list[Any]] = {}
    for each in objects:
        for key, value in each.items():
            values.setdefault(key, []).append(value)
    schema: dict[str, Any] = {
        "properties": {key: _schema(v, place.inside.get(key)) for key, v in values.items()}
    }
    if required := [key for key, v in values.items() if len(v) == len(objects)]:
        schema["required"] = required
    return schema
