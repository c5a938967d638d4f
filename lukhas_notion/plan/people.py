"""People: e-mail addresses, user ids and aliases in manifests, ids in Notion. Pure.

A value is a set of names. A name is an e-mail address in lower case, or the id of a user whom
Notion shows without one. Which user has which address only Notion knows; :class:`Directory` has
what it answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lukhas_notion.manifests.json_values import Found, quote
from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.property_spec import ConversionError, Feed, Kind, PropertySpec, items
from lukhas_notion.plan.scalar_kinds import EMAIL
from lukhas_notion.plan.values import PropertyType, Value, one_copy
from lukhas_notion.util.errors import (
    Where,
    normalize_id,
    require_list,
    require_object,
    require_text,
)
from lukhas_notion.util.text import nearest


class People(Kind):
    """Users of the workspace."""

    type = PropertyType.PEOPLE
    label = "Person"
    noun = "people"
    takes = "e-mail addresses, Notion user ids, or aliases of them"
    empty: ClassVar[Value] = ()
    settings = ("aliases", "missing")

    def convert(self, spec: PropertySpec, found: list[Found], _feed: Feed, /) -> Value:
        """Return the people that a manifest names, each once."""
        unique = tuple(dict.fromkeys(name for _, name in self.names(spec, found)))
        if len(unique) > limits.MAX_PEOPLE:
            said = f"{spec.name} names {len(unique)} people"
            limit = f"Notion shows {limits.MAX_PEOPLE} of a page at most"
            raise ConversionError(found[0][0], "limit.people", f"{said}; {limit}")
        return unique

    def names(self, spec: PropertySpec, found: list[Found]) -> list[tuple[str, str]]:
        """Return (pointer, name) for each person that a manifest names.

        Raises:
            ConversionError: something there names nobody, unless such names are left out.
        """
        there = [(pointer, item) for pointer, item in items(found) if item not in (None, "")]
        return [
            (pointer, name) for pointer, item in there for name in self._names(spec, pointer, item)
        ]

    def _names(self, spec: PropertySpec, pointer: str, item: Any) -> Iterator[str]:
        if not isinstance(item, str):
            raise self.mistyped(spec, pointer, item)
        written = item.strip()
        for each in spec.aliases.get(written.casefold(), (written,)):
            name = person_name(each) or (each if spec.leaves_out else "")
            if not name:
                raise self._unknown(spec, pointer, each)
            yield name

    def _unknown(self, spec: PropertySpec, pointer: str, name: str) -> ConversionError:
        said = f"{spec.name}: {quote(name)} is no e-mail address, user id or alias"
        near = nearest(name.casefold(), spec.aliases)
        said += f"; the nearest alias is {quote(near[0])}" if near else ""
        return ConversionError(pointer, "mapping.people", said)

    def encode(self, value: Value) -> Any:
        """Return the users by id; the value has ids."""
        ids = value if isinstance(value, tuple) else ()
        return [{"object": "user", "id": user_id} for user_id in ids]

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the ids of the users that the answer shows."""
        users = enumerate(require_list(inner, where))
        return one_copy(
            tuple(
                require_text(require_object(each, (where, n)).get("id"), ((where, n), "id"))
                for n, each in users
            )
        )


def person_name(text: str) -> str:
    """Return an e-mail address or a user id in the form in which they compare; "" for neither."""
    return normalize_id(text) or (text.casefold() if EMAIL.fullmatch(text) else "")


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot of the workspace; ``email`` is "" where Notion does not say it.

    ``is_own`` is whether it is the integration itself: Notion tells the owner of no other bot.
    """

    id: str
    name: str
    email: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """The users of the workspace, by their names.

    Args:
        ids: name → user id; a user is known by the id, and by the address where there is one.
        names: user id → the name that stands for the user.
        shows_addresses: whether any address was told.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    shows_addresses: bool = False

    @classmethod
    def of(cls, users: Iterable[User]) -> Directory:
        """Return the directory of what Notion answered."""
        listed = list(users)
        names = {each.id: each.email.casefold() or each.id for each in listed}
        ids = {each.id: each.id for each in listed}
        ids |= {name: user_id for user_id, name in names.items()}
        return cls(ids, names, any(each.email for each in listed))

    def canonical(self, name: str) -> str | None:
        """Return the name by which a user compares, None for nobody."""
        user_id = self.ids.get(name)
        return None if user_id is None else self.names[user_id]


def aliased(specs: Iterable[PropertySpec]) -> list[str]:
    """Return the addresses and ids that the aliases of properties mean, each once."""
    meant = (names for spec in specs for names in spec.aliases.values())
    return list(dict.fromkeys(name for names in meant for name in names))
