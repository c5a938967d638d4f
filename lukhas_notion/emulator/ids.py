"""Ids: derived from a seed, and read as strictly as Notion reads them."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Collection
from urllib.parse import quote

from lukhas_notion.emulator.errors import quoted, validation

# The characters of the property ids that were recorded.
_PROPERTY_ID_ALPHABET = "".join(map(chr, range(0x3A, 0x7F)))
# A version between 1 and 8 and the RFC's variant, or all zeros, or all ones (recorded:
# 12345678-1234-1234-1234-123456789abc is refused, and the nil id is answered with 404).
_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"|0{8}-0{4}-0{4}-0{4}-0{12}|f{8}-f{4}-f{4}-f{4}-f{12}"
)
_BARE = re.compile(r"[0-9a-f]{32}")


class Ids:
    """The ids of one workspace; the same seed gives the same ids in the same order.

    Args:
        seed: the seed, which distinguishes workspaces.
        made: the number of object ids made before, if the workspace is loaded from a file.
    """

    def __init__(self, seed: int, made: int = 0) -> None:
        self._seed = seed
        self._requests = 0
        self.made = made

    def new(self) -> str:
        """Return the next object's id: a UUID of version 4, with hyphens."""
        self.made += 1
        return self.named(f"object {self.made}")

    def for_request(self) -> str:
        """Return the next request's id."""
        self._requests += 1
        return self.named(f"request {self._requests}")

    def named(self, name: str) -> str:
        """Return the id of a name in this workspace, which is the same at each call."""
        return str(uuid.UUID(bytes=self._digest(name)[:16], version=4))

    def new_property(self, taken: Collection[str]) -> str:
        """Return a property id of four characters that is not in ``taken``."""
        while True:
            self.made += 1
            digest = self._digest(f"property {self.made}")
            candidate = "".join(_PROPERTY_ID_ALPHABET[byte % 69] for byte in digest[:4])
            if candidate not in taken:
                return candidate

    def _digest(self, name: str) -> bytes:
        return hashlib.sha256(f"{self._seed}:{name}".encode()).digest()


def encode_property_id(property_id: str) -> str:
    """Return a property id as it is in answers: percent-encoded."""
    return quote(property_id, safe="-_.!~*'()")


def with_hyphens(text: str) -> str | None:
    """Return the id with hyphens, or None if Notion does not accept it as an id."""
    if _BARE.fullmatch(text):
        text = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    # An id in upper case is valid, but Notion does not fold its case, so it is never found.
    return text if _UUID.fullmatch(text.lower()) else None


def path_id(text: str, name: str) -> str:
    """Return the id in a path, with hyphens.

    Args:
        text: the part of the path.
        name: the name of the parameter, such as ``page_id``.

    Raises:
        ApiError: it is not an id (400).
    """
    object_id = with_hyphens(text)
    if object_id is None:
        raise validation(
            f"path failed validation: path.{name} should be a valid uuid, "
            f"instead was `{quoted(text)}`."
        )
    return object_id
