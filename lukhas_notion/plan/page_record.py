"""The record of a page in the link of its provenance SHA: manifest, last-written values, body."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from lukhas_notion.plan.property_types import comparable
from lukhas_notion.plan.source import WEAK_HOST, ManifestPlace, Source, place_of
from lukhas_notion.plan.values import KEY_BYTES, MAX_URL, PropertyType, Value, sha256

_BYTES = 8


_PENDING = b"?"


@dataclass(frozen=True, slots=True)
class DesiredBody:
    """The source of a page's body.

    Args:
        path: its file, relative to the root.
        source: the hash of the file's path and of its text.
    """

    path: str
    source: bytes


@dataclass(frozen=True, slots=True)
class BodyTexts:
    """The two texts of a body that may have to be written.

    Args:
        wanted: the body in Notion's Markdown.
        held: the body that Notion answers; "" for an empty body or a page that does not exist.
    """

    wanted: str
    held: str = ""

    @property
    def are_alike(self) -> bool:
        """Whether both have the same letters and digits; Notion changes the form of a body."""
        wanted, held = ("".join(filter(str.isalnum, text)) for text in (self.wanted, self.held))
        return wanted == held


@dataclass(frozen=True, slots=True)
class BodyRecord:
    """The body's part of a page's record.

    Args:
        source: the hash of the source from which the body was written, or is being written.
        given: the hash of Notion's answer to the last write; empty if that is not known.
        is_pending: whether a write has begun, and its outcome is not known.
    """

    source: bytes
    given: bytes = b""
    is_pending: bool = False

    def written(self, given: str) -> BodyRecord:
        """Return the record after a write that Notion answered with ``given``."""
        return BodyRecord(self.source, given_hash(given))

    def pack(self) -> bytes:
        """Return its bytes in a page's record."""
        return self.source + self.given + (_PENDING if self.is_pending else b"")

    @classmethod
    def unpack(cls, data: bytes) -> BodyRecord | None:
        """Parse the bytes of a page's record, None if they are not a body's."""
        is_pending = len(data) % _BYTES == 1 and data.endswith(_PENDING)
        hashes = data[:-1] if is_pending else data
        if len(hashes) != 2 * _BYTES and not (is_pending and len(hashes) == _BYTES):
            return None
        return cls(hashes[:_BYTES], hashes[_BYTES:], is_pending)


def source_hash(path: str, text: str) -> bytes:
    """Return the hash of a body's source; a moved file has other links, so the path counts.

    Git checks the same file out with other line ends on Windows.
    """
    return sha256(json.dumps([path, text.replace("\r\n", "\n")]))[:_BYTES]


def given_hash(markdown: str) -> bytes:
    """Return the hash of a body in an answer of Notion.

    Answers to reads and to writes may end differently, so line feeds at the end are ignored.
    """
    return sha256(markdown.rstrip("\n"))[:_BYTES]


def is_edited(record: BodyRecord | None, texts: BodyTexts) -> bool:
    """Return whether a page's body is not the one that this tool wrote, or was about to write.

    Notion changes the form of a body, so a body that was about to be written, or whose record was
    lost, is recognized by its letters and digits.
    """
    held = texts.held
    known = record.given if record else b""
    if given_hash(held) == known or not (known or held.strip()):
        return False
    if record is None or record.is_pending:
        return not texts.are_alike
    return True


VERSION = 1
_MARK = "lukhas-notion="
_NAME_BYTES, _VALUE_BYTES = 3, 4
_ENTRY_BYTES = _NAME_BYTES + _VALUE_BYTES
_FRAGMENT = re.compile(r"lukhas-notion=([0-9]{1,6})(?:\.(.*))?", re.DOTALL)
_PART = re.compile(r"[A-Za-z0-9_-]*")
#: Property hash → value hash of the values at the last write.
Applied = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page's record.

    Args:
        place: the repository and the manifest's path.
        key: the hash of the module's key, "" if unknown.
        values: the encoded hashes of the values at the last write, "" if unknown.
        body: the body's part, None if this tool did not write the body.
        version: the version of the record's form.
    """

    place: ManifestPlace
    key: str = ""
    values: str = ""
    body: BodyRecord | None = None
    version: int = VERSION

    @property
    def applied(self) -> Applied | None:
        """The hashes of the values at the last write, None if unknown.

        Two properties whose names have the same hash are both left out.
        """
        packed = _decoded(self.values) if self.values else b""
        if not packed or len(packed) % _ENTRY_BYTES:
            return None
        entries = [
            (packed[at : at + _NAME_BYTES], packed[at + _NAME_BYTES : at + _ENTRY_BYTES])
            for at in range(0, len(packed), _ENTRY_BYTES)
        ]
        uses = Counter(name for name, _ in entries)
        return {name: value for name, value in entries if uses[name] == 1}


def name_hash(name: str) -> bytes:
    """Return the short hash of a property's name."""
    return sha256(name)[:_NAME_BYTES]


def value_hash(kind: PropertyType, value: Value) -> bytes:
    """Return the hash of a value, which is the same for all values that Notion shows alike."""
    form = json.dumps([kind.value, comparable(kind, value)], ensure_ascii=True)
    return sha256(form)[:_VALUE_BYTES]


def write_record(
    link: str,
    place: ManifestPlace,
    key: str,
    applied: Applied | None,
    body: BodyRecord | None = None,
) -> str:
    """Return a link with the record in its fragment, at most 2,000 characters long.

    Parts without room are left out: first the values, then the key, and at last the link itself.

    Args:
        link: the manifest's address, without a fragment.
        place: the manifest's repository and path; recorded unless the address implies them.
        key: the hash of the module's key.
        applied: the hashes of the values at the last write, None if unknown.
        body: the body's part.
    """
    ending = ""
    if place_of(link) != place:
        text = f"{place.repository}\n{place.path}"
        ending = "." + _encoded(text.encode("utf-8", "surrogateescape"))
    if body is not None:
        ending = f"{ending or '.'}.{_encoded(body.pack())}"
    packed = b"".join(name + value for name, value in sorted((applied or {}).items()))
    for parts in (f"{key}.{_encoded(packed)}", f"{key}.", "."):
        whole = f"{link}#{_MARK}{VERSION}.{parts}{ending}"
        if len(whole) <= MAX_URL:
            return whole
    return ""


@lru_cache(maxsize=1 << 15)
def read_record(link: str) -> PageRecord | None:
    """Return the record in a link, None without one that can be read."""
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
    key, values, recorded, body = (*parts, "", "")[:4]
    place = _recorded_place(recorded) if recorded else place_of(address)
    if place is None or (key and len(_decoded(key)) != KEY_BYTES):
        return None
    return PageRecord(place, key, values, BodyRecord.unpack(_decoded(body)))


def _recorded_place(part: str) -> ManifestPlace | None:
    text = _decoded(part).decode("utf-8", "surrogateescape")
    repository, _, path = text.partition("\n")
    return ManifestPlace(repository, path) if repository and path else None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    """Return the bytes of a part, empty if it is not base64url."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""


class Standing(StrEnum):
    """The owner of a page by its record: unknown, this configuration, another one, or others."""

    LOOSE = "loose"
    OURS = "ours"
    ELSEWHERE = "elsewhere"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of pages in this run: a repository, and the paths that the configuration includes.

    Args:
        source: the repository.
        includes: returns whether the configuration includes a path relative to its root.
        former: repositories whose pages are taken over, as records name them.
        writes_records: whether pages get records.
        is_by_hand: whether a user runs it in a terminal. A workflow's log may have readers who must
            not learn of other repositories, so conflicts do not name them there.
    """

    source: Source = field(default_factory=lambda: Source(f"https://{WEAK_HOST}/root"))
    includes: Callable[[str], bool] = lambda _: True
    former: frozenset[str] = frozenset()
    writes_records: bool = True
    is_by_hand: bool = True

    def is_included(self, path: str) -> bool:
        """Return whether the configuration includes a path of the repository."""
        prefix = self.source.prefix
        return path.startswith(prefix) and self.includes(path.removeprefix(prefix))

    def is_former(self, repository: str) -> bool:
        """Return whether the pages of a repository, other than this one, are taken over."""
        return repository in self.former and repository != self.source.repository

    def standing(self, record: PageRecord | None, paths: Collection[str] = ()) -> Standing:
        """Return the owner of a page; ``paths`` of the repository are known to be included."""
        if record is None or record.place.is_weak:
            return Standing.LOOSE
        if self.is_former(record.place.repository):
            return Standing.OURS
        if self.source.is_weak or record.place.repository != self.source.repository:
            return Standing.OTHERS
        path = record.place.path
        return Standing.OURS if path in paths or self.is_included(path) else Standing.ELSEWHERE
