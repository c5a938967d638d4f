"""What a page knows of its body, and what becomes of the body therefore. Pure.

What Notion gives back is not what was sent, letter for letter. So the record keeps two hashes: of
the source that the body was written from, and of the body as Notion gave it back then. A body is
written in three steps, of which each leaves a truthful record if the next one never comes: the
page gets a record that says *pending*, then its body, then its record.

=========================== ==================================================================
of the record and the page  what becomes of the body
=========================== ==================================================================
pending                     written: an earlier run was cut off
the source is the same      nothing, and the page's body is not read
another source, and the     written
body is as it was written
another source, and the     drift: somebody edited it; left alone
body is another one
no record of a body         written where the page is empty, else drift
=========================== ==================================================================
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

_BYTES = 8


#: What a report calls a page's body, beside the names of properties.
BODY = "Page body"


@dataclass(frozen=True, slots=True)
class BodySpec:
    """Where the bodies of pages come from, as Markdown.

    Args:
        file: the name of a file beside the manifest, "" for none.
        pointers: JSON pointers into the manifest, of which the first that is there counts.
    """

    file: str = ""
    pointers: tuple[str, ...] = ()


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
        given: the hash of the body as Notion gave it back; empty while the write is pending.
    """

    source: bytes
    given: bytes = b""

    @property
    def is_pending(self) -> bool:
        """Whether the body was to be written, and nobody knows whether it was."""
        return not self.given

    def written(self, given: str) -> BodyRecord:
        """Return the record of a body that was written, and that Notion gave back like this."""
        return BodyRecord(self.source, given_hash(given))

    def pack(self) -> bytes:
        """Return the bytes that stand for it in a record."""
        return self.source + self.given

    @classmethod
    def unpack(cls, data: bytes) -> BodyRecord | None:
        """Return what bytes of a record stand for, None where that cannot be told."""
        if len(data) not in (_BYTES, 2 * _BYTES):
            return None
        return cls(data[:_BYTES], data[_BYTES:])


def source_hash(path: str, text: str) -> bytes:
    """Return the hash of a body's source: a file that moved has other links."""
    return _hash(json.dumps([path, text], ensure_ascii=True))


def given_hash(markdown: str) -> bytes:
    """Return the hash of a body as Notion gives it back.

    Reads and answers to writes may end differently, so line feeds at the end do not count.
    """
    return _hash(markdown.rstrip("\n"))


def is_edited(record: BodyRecord | None, held: str) -> bool:
    """Whether a page's body is another one than this tool wrote.

    One that is being written is not, and neither is an empty one of which nothing is known.
    """
    if record is None:
        return bool(held.strip())
    return not record.is_pending and given_hash(held) != record.given


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_BYTES]
