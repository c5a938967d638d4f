"""The record that a page keeps of its manifest: key, last-written values, and its body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from lukhas_notion.plan.property_types import comparable
from lukhas_notion.plan.source import WEAK_HOST, Place, Source, place_of
from lukhas_notion.plan.values import KEY_BYTES, MAX_URL, PropertyType, Value

_BYTES = 8


_PENDING = b"?"


@dataclass(frozen=True, slots=True)
class DesiredBody:
    """What a page's body is to be made from.

    Args:
        path: the file that it is in, relative to the root.
        source: the hash of the file's path and of the text.
    """

    path: str
    source: bytes


@dataclass(frozen=True, slots=True)
class BodyTexts:
    """A body that is to be written, or may be.

    Args:
        wanted: the body in Notion's Markdown.
        held: the page's body as Notion gives it; "" for an empty one, or a page that is not there.
    """

    wanted: str
    held: str = ""


@dataclass(frozen=True, slots=True)
class BodyRecord:
    """What a page's record says of its body.

    Args:
        source: the hash of what the body was, or is being, written from.
        given: the hash of the body as Notion gave it back when it was written last; empty where
            that is not known.
        is_pending: whether another one was to be written, and nobody knows whether it was.
    """

    source: bytes
    given: bytes = b""
    is_pending: bool = False

    def written(self, given: str) -> BodyRecord:
        """Return the record of a body that was written, and that Notion gave back like this."""
        return BodyRecord(self.source, given_hash(given))

    def pack(self) -> bytes:
        """Return the bytes that stand for it in a record."""
        return self.source + self.given + (_PENDING if self.is_pending else b"")

    @classmethod
    def unpack(cls, data: bytes) -> BodyRecord | None:
        """Return what bytes of a record stand for, None where that cannot be told."""
        is_pending = len(data) % _BYTES == 1 and data.endswith(_PENDING)
        hashes = data[:-1] if is_pending else data
        if len(hashes) != 2 * _BYTES and not (is_pending and len(hashes) == _BYTES):
            return None
        return cls(hashes[:_BYTES], hashes[_BYTES:], is_pending)


def source_hash(path: str, text: str) -> bytes:
    """Return the hash of a body's source: a file that moved has other links."""
    return _hash(json.dumps([path, text], ensure_ascii=True))


def given_hash(markdown: str) -> bytes:
    """Return the hash of a body as Notion gives it back.

    Reads and answers to writes may end differently, so line feeds at the end do not count.
    """
    return _hash(markdown.rstrip("\n"))


def is_edited(record: BodyRecord | None, texts: BodyTexts) -> bool:
    """Whether a page's body is another one than this tool wrote, or was about to write.

    What Notion makes of a body is not known before it is read, so one that was about to be written
    is known by its letters and digits.
    """
    held = texts.held
    known = record.given if record else b""
    if given_hash(held) == known or not (known or held.strip()):
        return False
    if record is not None and record.is_pending:
        return _letters(held) != _letters(texts.wanted)
    return True


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_BYTES]


VERSION = 1
_MARK = "lukhas-notion="
_NAME_BYTES, _VALUE_BYTES = 3, 4
_ENTRY_BYTES = _NAME_BYTES + _VALUE_BYTES
_FRAGMENT = re.compile(r"lukhas-notion=([0-9]{1,6})(?:\.(.*))?", re.DOTALL)
_PART = re.compile(r"[A-Za-z0-9_-]*")
#: Property hash → value hash, of the values that were last sent.
Applied = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page's record.

    Args:
        place: the repository and the manifest's path there.
        key: the hash of the module's key, "" where it is not known.
        values: the hashes of the values that were last sent, encoded; "" where they are not known.
        body: what the body was written from; None where this tool did not write it.
        version: the version of its form.
    """

    place: Place
    key: str = ""
    values: str = ""
    body: BodyRecord | None = None
    version: int = VERSION

    @property
    def applied(self) -> Applied | None:
        """The hash of each value that was last sent, by its property's; None where unknown.

        Two properties whose names have one hash are both left out.
        """
        packed = _decoded(self.values) if self.values else b""
        if not packed or len(packed) % _ENTRY_BYTES:
            return None
        found: dict[bytes, bytes] = {}
        twice: set[bytes] = set()
        for at in range(0, len(packed), _ENTRY_BYTES):
            name = packed[at : at + _NAME_BYTES]
            if name in found:
                twice.add(name)
            found[name] = packed[at + _NAME_BYTES : at + _ENTRY_BYTES]
        return {name: value for name, value in found.items() if name not in twice}


def name_hash(name: str) -> bytes:
    """Return the short hash of a property's name."""
    return _sha(name)[:_NAME_BYTES]


def value_hash(kind: PropertyType, value: Value) -> bytes:
    """Return the hash of a value: the same for all values that Notion shows alike."""
    form = json.dumps([kind.value, comparable(kind, value)], ensure_ascii=True)
    return _sha(form)[:_VALUE_BYTES]


def write_record(
    link: str, place: Place, key: str, applied: Applied | None, body: BodyRecord | None = None
) -> str:
    """Return a link with the record in its fragment, at most 2,000 characters long.

    What has no room is left out: first the values, then the key, and at last the link itself.

    Args:
        link: the manifest's address, without a fragment.
        place: the manifest's repository and path; written down unless the address says them.
        key: the hash of the module's key.
        applied: the hashes of the values that were last sent; None where they are not known.
        body: what the body was written from.
    """
    said = ""
    if place_of(link) != place:
        text = f"{place.repository}\n{place.path}"
        said = "." + _encoded(text.encode("utf-8", "surrogateescape"))
    if body is not None:
        said = f"{said or '.'}.{_encoded(body.pack())}"
    packed = b"".join(name + value for name, value in sorted((applied or {}).items()))
    for parts in (f"{key}.{_encoded(packed)}", f"{key}.", "."):
        whole = f"{link}#{_MARK}{VERSION}.{parts}{said}"
        if len(whole) <= MAX_URL:
            return whole
    return ""


@lru_cache(maxsize=1 << 15)
def read_record(link: str) -> PageRecord | None:
    """Return the record in a link, None where there is none that can be read."""
    address, _, fragment = link.partition("#")
    found = _FRAGMENT.fullmatch(fragment)
    if found is None:
        return None
    version, rest = int(found[1]), found[2] or ""
    if version != VERSION:
        place = place_of(address)
        return PageRecord(place, version=version) if place else None
    parts = rest.split(".")
    if not 2 <= len(parts) <= 4 or not all(_PART.fullmatch(part) for part in parts):
        return None
    key, values, said, body = (*parts, "", "")[:4]
    place = _said_place(said) if said else place_of(address)
    if place is None or (key and len(_decoded(key)) != KEY_BYTES):
        return None
    return PageRecord(place, key, values, BodyRecord.unpack(_decoded(body)))


def _said_place(part: str) -> Place | None:
    text = _decoded(part).decode("utf-8", "surrogateescape")
    repository, _, path = text.partition("\n")
    return Place(repository, path) if repository and path else None


def _sha(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    """Return the bytes of a part; none where it is no base64url."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""


class Standing(StrEnum):
    """Whose a page is, by its record."""

    LOOSE = "loose"
    OURS = "ours"
    ELSEWHERE = "elsewhere"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who this run is: a repository, and the paths of it that the configuration includes.

    Args:
        source: the repository.
        includes: whether the configuration includes a path relative to its root.
        former: repositories whose pages are taken over, as records name them.
        writes_records: whether pages get records.
        is_by_hand: whether a person runs it. The log of a workflow may be read by people who must
            not learn of other repositories, so conflicts do not name them there.
    """

    source: Source = field(default_factory=lambda: Source(f"https://{WEAK_HOST}/root"))
    includes: Callable[[str], bool] = lambda _: True
    former: frozenset[str] = frozenset()
    writes_records: bool = True
    is_by_hand: bool = True

    def is_included(self, path: str) -> bool:
        """Whether the configuration includes a path of the repository."""
        prefix = self.source.prefix
        return path.startswith(prefix) and self.includes(path.removeprefix(prefix))

    def is_former(self, repository: str) -> bool:
        """Whether pages of a repository are taken over, which is not this one itself."""
        return repository in self.former and repository != self.source.repository

    def standing(self, record: PageRecord | None, paths: Collection[str] = ()) -> Standing:
        """Return whose a page is; ``paths`` of the repository are known to be included."""
        if record is None or record.place.is_weak:
            return Standing.LOOSE
        if self.is_former(record.place.repository):
            return Standing.OURS
        if self.source.is_weak or record.place.repository != self.source.repository:
            return Standing.OTHERS
        path = record.place.path
        return Standing.OURS if path in paths or self.is_included(path) else Standing.ELSEWHERE
