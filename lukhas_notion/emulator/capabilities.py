"""What the integration may do, each allowed on its own.

It may read, insert and update content, read users, and read their e-mail addresses.

Notion documents reading for what retrieves and queries, inserting for the creation of pages, and
updating for changes of pages and data sources; ``users.me`` works with any of them. What else a
request takes is not known, so here it takes more: an answer shows content, so what is answered
with an object takes reading as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lukhas_notion.emulator.errors import restricted_resource

READ, INSERT, UPDATE = "read", "insert", "update"
USERS, EMAILS = "users", "emails"
ALL = frozenset({READ, INSERT, UPDATE, USERS, EMAILS})

NEEDS: dict[str, tuple[str, ...]] = {
    "users.me": (),
    "users.list": (USERS,),
    # Without the capability it finds no user, instead of being refused (recorded).
    "users.retrieve": (),
    "databases.retrieve": (READ,),
    "databases.create": (READ, INSERT),
    "databases.update": (READ, UPDATE),
    "data_sources.retrieve": (READ,),
    # It makes something new inside something that is there.
    "data_sources.create": (READ, INSERT, UPDATE),
    "data_sources.update": (READ, UPDATE),
    "data_sources.query": (READ,),
    "views.list": (READ,),
    "views.retrieve": (READ,),
    "views.create": (READ, INSERT, UPDATE),
    "pages.create": (READ, INSERT),
    "pages.retrieve": (READ,),
    "pages.update": (READ, UPDATE),
    "pages.property": (READ,),
    "pages.retrieve_markdown": (READ,),
    # Replacing a body makes blocks.
    "pages.update_markdown": (READ, INSERT, UPDATE),
}
"""The capabilities that each kind of request takes."""


def checked(named: Iterable[str]) -> frozenset[str]:
    """Return capabilities by their names.

    Raises:
        ValueError: one is none of them.
    """
    found = frozenset(named)
    if unknown := sorted(found - ALL):
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(sorted(ALL))}")
    return found


def require(allowed: Collection[str], kind: str) -> None:
    """Refuse a request that takes a capability which the integration has not (403)."""
    if not set(NEEDS[kind]) <= set(allowed):
        raise restricted_resource()
