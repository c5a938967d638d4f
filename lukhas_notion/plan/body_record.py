"""What a page knows of its body, and what becomes of the body therefore. Pure.

What Notion gives back is not what was sent, letter for letter. So the record keeps two hashes: of
the source that the body was written from, and of the body as Notion gave it back then. A body is
written in three steps, of which each leaves a truthful record if the next one never comes: the
page gets a record that says *pending*, then its body, then its record.

=========================== ==================================================================
of the record and the page  what becomes of the body
=========================== ==================================================================
pending: a run was cut off  written; announced, where the body is neither the one that was
                            written before nor the one that was about to be
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
_PENDING = b"?"


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
