"""Questions that look like writes and can change nothing: whether the token may update and insert.

Notion says what a token may do only by refusing (403 ``restricted_resource``). So two requests ask
for it in a way that leaves no trace, whatever Notion answers:

- ``PATCH`` of the data source with no property at all, a recorded 200 that changes nothing;
- ``POST`` of a page without any value below the nil id, which is nothing's id: what has no parent
  cannot be made. Recorded is the 404 for that id. Whether Notion looks at the capability before it
  looks for the parent is not known, so a 404 says that inserting was not refused, and no more.

:func:`is_probe` is what a connection lets through that otherwise refuses every write.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import httpx

from lukhas_notion.util.errors import Forbidden, NotFound, NotionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from notion_client import Client


#: The nil id of RFC 9562, which is never given to anything.
NOWHERE = "00000000-0000-0000-0000-000000000000"

_NOTHING: dict[str, Any] = {"properties": {}}
_PAGE_NOWHERE: dict[str, Any] = {
    "parent": {"type": "data_source_id", "data_source_id": NOWHERE},
    "properties": {},
}
_DATA_SOURCE = re.compile(r"/v1/data_sources/[0-9a-fA-F-]{32,36}")


class Answered(Enum):
    """What a probe came to."""

    ALLOWED = "allowed"
    NOT_REFUSED = "not refused"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe came to, and the error that said so, if one did."""

    answered: Answered
    error: NotionError | None = None


def is_probe(request: httpx.Request) -> bool:
    """Whether a request is one of the two probes: their methods, paths and bodies, no other."""
    try:
        body = json.loads(request.read())
    except ValueError:
        return False
    path = request.url.path
    if request.method == "PATCH":
        at_source = _DATA_SOURCE.search(path)
        return bool(at_source and at_source.end() == len(path) and body == _NOTHING)
    return request.method == "POST" and path.endswith("/v1/pages") and body == _PAGE_NOWHERE


def may_update(client: Client, data_source_id: str) -> Probed:
    """Ask whether the token may update content, by an update of nothing."""
    return _ask(lambda: client.data_sources.update(data_source_id, **_NOTHING))


def may_insert(client: Client) -> Probed:
    """Ask whether the token may insert content, by a page that cannot be made."""
    return _ask(lambda: client.pages.create(**_PAGE_NOWHERE))


def _ask(send: Callable[[], object]) -> Probed:
    try:
        send()
    except Forbidden as error:
        return Probed(Answered.REFUSED, error)
    except NotFound as error:
        return Probed(Answered.NOT_REFUSED, error)
    except NotionError as error:
        return Probed(Answered.UNKNOWN, error)
    return Probed(Answered.ALLOWED)
