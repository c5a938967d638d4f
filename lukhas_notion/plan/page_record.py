"""What a page knows of its manifest: the record in the link of its provenance SHA. Pure.

The text of the provenance SHA is 64 hexadecimal digits. Its link is the address of the manifest
at the commit that was written, and the link's fragment is the record::

    https://github.com/OWNER/REPO/blob/COMMIT/PATH#lukhas-notion=1.KEY.VALUES[.PLACE[.BODY]]

=========== =================================================================================
``1``       the version of this form
``KEY``     96 bits of the SHA-256 of the module's key; empty where the link had no room for it
``VALUES``  for each mapped property 24 bits of its name's hash and 32 bits of its value's, in
            the order of the names' hashes; empty where the link had no room for them
``PLACE``   repository and path, only where the link's own form does not say them
``BODY``    64 bits of the hash of the body's source, and 64 of the body as Notion gave it back,
            where it was written; see :class:`lukhas_notion.plan.body_record.BodyRecord`
=========== =================================================================================

Each part is base64url without padding, so that the fragment consists of unreserved characters. A
value is hashed in the form in which values are compared
(:func:`lukhas_notion.plan.values.comparable`), so that what Notion gives back has the hash of what
was sent.

A record is read tolerantly: one that cannot be read is none, and one of an unknown version tells
the repository and the path, and nothing of values.
"""

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

from lukhas_notion.plan.body_record import BodyRecord
from lukhas_notion.plan.notion_limits import MAX_URL
from lukhas_notion.plan.property_types import comparable
from lukhas_notion.plan.source import WEAK_HOST, Place, Source, place_of
from lukhas_notion.plan.values import KEY_BYTES, PropertyType, Value

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
