"""What a set of files has in common: places with their values, and a JSON Schema. Pure.

The files are parsed values, whatever they were written in. A *place* is a JSON pointer. An object
whose keys differ from file to file, such as the dependencies of packages by name, is one place and
not one for each key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from lukhas_notion.manifests.json_values import join_pointer
from lukhas_notion.plan.values import instant
from lukhas_notion.util.text import fold

#: An object of at least so many keys is one place where a key is, on average, in fewer than this
#: share of the objects.
_MANY_KEYS, _SHARED = 5, 0.5
#: Objects within objects that are gone through.
_DEEPEST = 12
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")


@dataclass
class Place:
    """One place of the files.

    Args:
        path: the keys that lead to it.
        leaves: (number of the file, value) where it holds no object.
        objects: (number of the file, object) where it holds one.
        inside: what is in the objects, by key.
        own: the source of what is known of each file and not in it, such as ``@folder``.
    """

    path: tuple[str, ...] = ()
    leaves: list[tuple[int, Any]] = field(default_factory=list)
    objects: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    inside: dict[str, Place] = field(default_factory=dict)
    own: str = ""

    @property
    def pointer(self) -> str:
        """The JSON pointer, or the source."""
        return self.own or join_pointer(self.path)

    @cached_property
    def is_map(self) -> bool:
        """Whether it holds objects whose keys are names of things, and not fields."""
        if not self.path or len(self.inside) < _MANY_KEYS:
            return False
        seen = sum(len(each.leaves) + len(each.objects) for each in self.inside.values())
        return seen / len(self.inside) < _SHARED * len(self.objects)

    @cached_property
    def values(self) -> list[tuple[int, Any]]:
        """(Number of the file, value), less what says nothing: null, and what is empty."""
        found = [*self.leaves, *self.objects]
        return [(n, v) for n, v in found if v is not None and v not in ("", [], {})]

    def places(self) -> Iterator[Place]:
        """Yield every place that holds something else than fields, in the order of the files."""
        if self.leaves or self.is_map:
            yield self
        if not self.is_map:
            for each in self.inside.values():
                yield from each.places()


def observe(files: Iterable[Mapping[str, Any]]) -> Place:
    """Return the place of the files themselves, with all that is in them."""
    top = Place()
    for number, value in enumerate(files):
        _add(top, number, value)
    return top


def _add(place: Place, number: int, value: Any) -> None:
    if not isinstance(value, Mapping) or len(place.path) == _DEEPEST:
        place.leaves.append((number, value))
        return
    place.objects.append((number, value))
    for key, item in value.items():
        inside = place.inside.get(key)
        if inside is None:
            inside = place.inside[key] = Place((*place.path, key))
        _add(inside, number, item)


# --- names ---------------------------------------------------------------------------------

#: Words that are not written in small letters.
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
#: Words that are written as one in files and as two elsewhere.
_COMPOUNDS = {"codeowners": "code owners", "homepage": "home page"}
_PARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^\w]+|_+")
#: Folders of fields that say nothing of their own.
_EMPTY = frozenset({"spec", "metadata", "meta", "data", "properties", "attributes", "info"})


def column_name(path: Sequence[str]) -> str:
    """Return the name for a place by the last keys that lead to it.

    Of a key such as ``backstage.io/techdocs-ref`` it is what stands behind the slash; "" where no
    key has a word.
    """
    keys = [key for key in path[:-1] if key.lower() not in _EMPTY] + [path[-1]]
    words = [word for key in keys for part in _words(key) for word in _apart(part)]
    if not words:
        return ""
    words = [word for n, word in enumerate(words) if not n or word.lower() != words[n - 1].lower()]
    first, *others = (_WRITTEN.get(word.lower(), word.lower()) for word in words)
    head = first if first != first.lower() or first == "npm" else first[:1].upper() + first[1:]
    return " ".join((head, *others))[:60].strip()


def _apart(word: str) -> list[str]:
    return _COMPOUNDS.get(word.lower(), word).split(" ")


def _words(key: str) -> list[str]:
    last = key.rstrip("/").rpartition("/")[2] or key
    return [word for word in _PARTS.split(last) if word and fold(word)]


# --- kinds of text ---------------------------------------------------------------------------


def is_url(text: str) -> bool:
    """Whether a text is the address of something on the web, and nothing else."""
    if not text.startswith(("https://", "http://")) or re.search(r"\s", text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address, and nothing else."""
    return _EMAIL.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Whether a text is a date, or a date and a time (ISO 8601)."""
    try:
        instant(text)
    except ValueError:
        return False
    return True


# --- a schema --------------------------------------------------------------------------------

#: Formats that a place is held to where all of its texts have it; as few texts as these tell none.
_FORMATS = ("uri", "email", "date", "date-time")
_TELLING = 3


def infer_schema(top: Place) -> dict[str, Any]:
    """Return a JSON Schema that all the files pass.

    It asks for the types that are there, and for the keys that every object of a place has. Keys
    that no file has are allowed.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_schema([value for _, value in top.objects], top),
    }


def _schema(values: Sequence[Any], place: Place | None = None) -> dict[str, Any]:
    objects = [value for value in values if isinstance(value, Mapping)]
    lists = [value for value in values if isinstance(value, list)]
    texts = [value for value in values if isinstance(value, str)]
    types = sorted({_type(value) for value in values})
    if "number" in types and "integer" in types:
        types.remove("integer")
    made: dict[str, Any] = {"type": types[0] if len(types) == 1 else types} if types else {}
    if objects:
        made |= _object(objects, place)
    if items := [item for each in lists for item in each]:
        made["items"] = _schema(items)
    if len(texts) >= _TELLING:
        made |= _format(texts)
    return made


def _format(texts: Sequence[str]) -> dict[str, str]:
    from lukhas_notion.manifests.json_schema.assertions import checks

    for name, holds in checks(_FORMATS, re.compile).items():
        if all(map(holds, texts)):
            # Of URIs only addresses on the web: "a:b" is one as well.
            return {"format": name} if name != "uri" or all(map(is_url, texts)) else {}
    return {}


def _object(objects: Sequence[Mapping[str, Any]], place: Place | None) -> dict[str, Any]:
    if place is None:
        # The objects of a list: whether their keys are fields is seen as anywhere else.
        place = Place(("*",))
        for number, value in enumerate(objects):
            _add(place, number, value)
    if place.is_map:
        return {"additionalProperties": _schema([v for each in objects for v in each.values()])}
    values: dict[str, list[Any]] = {}
    for each in objects:
        for key, value in each.items():
            values.setdefault(key, []).append(value)
    made: dict[str, Any] = {
        "properties": {k: _schema(held, place.inside.get(k)) for k, held in values.items()}
    }
    if required := [key for key, held in values.items() if len(held) == len(objects)]:
        made["required"] = required
    return made


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if value is None:
        return "null"
    return "array" if isinstance(value, list) else "object"
