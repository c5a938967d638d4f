"""The types that refer to something elsewhere: files, pages and people. Pure.

A relation or a people property holds a set of names in a plan, and ids in Notion. The name of a
person is an e-mail address in lower case, or the id of a user without an address;
:class:`Directory` has the addresses that Notion answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from lukhas_notion.manifests.json_values import PointedValue, quote
from lukhas_notion.plan.kinds import EMAIL, Kind, items, members, name_of, web_address
from lukhas_notion.plan.notion_json import (
    Where,
    normalize_id,
    optional_text,
    require_list,
    require_object,
    require_text,
)
from lukhas_notion.plan.property_spec import ConversionError, Feed, PropertySpec
from lukhas_notion.plan.values import (
    MAX_FILES,
    MAX_PEOPLE,
    MAX_RELATED,
    Comparable,
    PropertyType,
    Value,
    file_name_problem,
    identity_of,
    one_copy,
)
from lukhas_notion.util.text import fold, is_unseen, nearest


class Files(Kind):
    """Files on the web, each a name and an address: ``NAME <ADDRESS>``."""

    type = PropertyType.FILES
    label = "Files & media"
    noun = "a list of web addresses"
    takes = "a web address, or a list of them; or objects with `url` and `name`"
    empty: ClassVar[Value] = ()
    settings = ("name",)

    def convert(self, spec: PropertySpec, found: list[PointedValue], feed: Feed, /) -> Value:
        """Return each file once, with its name."""
        listed = items(found)
        named = _given_names(spec, feed)
        files = [
            self._file(spec, pointer, item, named[number] if number < len(named) else "")
            for number, (pointer, item) in enumerate(listed)
        ]
        if len(named) > 1 and len(named) != len(listed):
            message = f"{spec.name} has {len(listed)} files and {len(named)} names"
            raise ConversionError(spec.file_name, "mapping.files", message)
        files = list(dict.fromkeys(files))
        if len(files) > MAX_FILES:
            message = f"{spec.name} has {len(files)} files; Notion accepts {MAX_FILES}"
            raise ConversionError(found[0][0], "limit.files", message)
        return tuple(files)

    def _file(self, spec: PropertySpec, pointer: str, item: Any, name: str) -> str:
        if isinstance(item, Mapping):
            name = item["name"] if isinstance(item.get("name"), str) else name
            pointer, item = f"{pointer}/url", item.get("url")
        if not isinstance(item, str):
            raise self.mistyped(spec, pointer, item)
        item = web_address(spec, pointer, item, "mapping.files")
        name = " ".join((name or _last_part(item)).split())
        if problem := file_name_problem(name):
            message = f"{spec.name}: a file's name, {quote(name)}, {problem}"
            raise ConversionError(pointer, "limit.files", message)
        return f"{name} <{item}>"

    def encode(self, value: Value) -> Any:
        """Return external files."""
        parts = (each[:-1].rpartition(" <") for each in value) if isinstance(value, tuple) else ()
        return [
            {"type": "external", "name": name, "external": {"url": url}} for name, _, url in parts
        ]

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the files; one that Notion stores has a name only, since its address expires."""
        found = []
        for index, each in enumerate(require_list(inner, where)):
            file = require_object(each, (where, index))
            name = require_text(file.get("name"), ((where, index), "name"))
            url = optional_text(file.get("external"), "url")
            found.append(f"{name} <{url}>" if url else name)
        return one_copy(tuple(found))


def _given_names(spec: PropertySpec, feed: Feed) -> list[str]:
    """Return the configured names of files: one for all of them, or one for each."""
    if not spec.file_name.startswith("/"):
        return [spec.file_name] if spec.file_name else []
    named = items(feed.find(spec.file_name))
    return [name if isinstance(name, str) else "" for _, name in named]


def _last_part(address: str) -> str:
    """Return the last part of an address's path, or its host if that is invisible."""
    parts = urlsplit(address)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return parts.netloc if is_unseen(last) else last


class Relation(Kind):
    """Pages of this database or of another one.

    Notion's answer has the first 25 ids only; :mod:`lukhas_notion.plan.relations` replaces them by
    names.
    """

    type = PropertyType.RELATION
    label = "Relation"
    takes = "the key of a module, or a list of keys; of another database, the titles of pages"
    empty: ClassVar[Value] = ()
    settings = ("target", "match", "missing", "synced", "pattern")
    instead = (PropertyType.RICH_TEXT, PropertyType.MULTI_SELECT)

    def names(self, spec: PropertySpec, found: list[PointedValue]) -> list[tuple[str, str]]:
        """Return (pointer, name) for each reference; null is skipped.

        Raises:
            ConversionError: a value is not a reference, or has no name.
        """
        present = [each for each in items(found) if each[1] is not None]
        return [(pointer, self._name(spec, pointer, item)) for pointer, item in present]

    def _name(self, spec: PropertySpec, pointer: str, item: object) -> str:
        reference = name_of(spec, pointer, item)
        name: str | None = reference
        if spec.pattern is not None:
            try:
                name = spec.pattern.name_in(reference)
            except TimeoutError:
                message = (
                    f"{spec.name}: matching {quote(reference)} with its pattern takes too long"
                )
                raise ConversionError(pointer, "relation.pattern", message) from None
        if name is None:
            message = f"{spec.name}: {quote(reference)} does not match its pattern"
            raise ConversionError(pointer, "relation.pattern", message)
        if not fold(name):
            raise ConversionError(pointer, "relation.name", f"{spec.name}: a name is empty")
        return name

    def convert(self, spec: PropertySpec, found: list[PointedValue], _manifest: object, /) -> Value:
        """Return the names, each once."""
        named = self.names(spec, found)
        names = tuple(dict.fromkeys(name for _, name in named))
        if len(names) > MAX_RELATED:
            message = f"{spec.name} would name {len(names)} pages"
            limit = f"Notion accepts {MAX_RELATED} in a request"
            raise ConversionError(named[0][0], "limit.relation", f"{message}; {limit}")
        return names

    def encode(self, value: Value) -> Any:
        """Return the pages by id; ``value`` has ids."""
        return [{"id": page_id} for page_id in value] if isinstance(value, tuple) else []

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the ids of the pages in the answer."""
        return members(inner, where, "id")

    def comparable(self, value: Value) -> Comparable:
        """Return the identities of the names, since a page may have several names."""
        return sorted(set(map(identity_of, value))) if isinstance(value, tuple) else []

    def configuration(self, spec: PropertySpec, /) -> dict[str, Any]:
        """Return a two-way relation; the writer adds the id of its data source."""
        return {"data_source_id": spec.target, "type": "dual_property", "dual_property": {}}


class People(Kind):
    """Users of the workspace."""

    type = PropertyType.PEOPLE
    label = "Person"
    noun = "a list of people"
    takes = "e-mail addresses, Notion user ids, or aliases of them"
    empty: ClassVar[Value] = ()
    settings = ("aliases", "missing")

    def convert(self, spec: PropertySpec, found: list[PointedValue], _feed: Feed, /) -> Value:
        """Return the people in a manifest, each once."""
        unique = tuple(dict.fromkeys(name for _, name in self.names(spec, found)))
        if len(unique) > MAX_PEOPLE:
            message = f"{spec.name} names {len(unique)} people"
            limit = f"Notion shows {MAX_PEOPLE} of a page at most"
            raise ConversionError(found[0][0], "limit.people", f"{message}; {limit}")
        return unique

    def names(self, spec: PropertySpec, found: list[PointedValue]) -> list[tuple[str, str]]:
        """Return (pointer, name) for each person in a manifest.

        Raises:
            ConversionError: a value is not a person's name, unless such names are left out.
        """
        return [
            (pointer, name)
            for pointer, item in items(found)
            if item not in (None, "")
            for name in self._names(spec, pointer, item)
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
        message = f"{spec.name}: {quote(name)} is not an e-mail address, user id or alias"
        near = nearest(name.casefold(), spec.aliases)
        message += f"; the nearest alias is {quote(near)}" if near else ""
        return ConversionError(pointer, "mapping.people", message)

    def encode(self, value: Value) -> Any:
        """Return the users by id; ``value`` has ids."""
        ids = value if isinstance(value, tuple) else ()
        return [{"object": "user", "id": user_id} for user_id in ids]

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the ids of the users in the answer."""
        return one_copy(members(inner, where, "id"))


def person_name(text: str) -> str:
    """Return the comparable form of an e-mail address or a user id, "" for any other text."""
    return normalize_id(text) or (text.casefold() if EMAIL.fullmatch(text) else "")


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot of the workspace; ``email`` is "" if Notion does not answer it.

    ``is_own`` is whether it is the integration itself: Notion answers the owner of no other bot.
    """

    id: str
    name: str
    email: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """The users of the workspace, by their names.

    Args:
        ids: name → user id; a user's names are the id and the address, if it is known.
        names: user id → the name that compares.
        shows_addresses: whether any address is known.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    shows_addresses: bool = False

    @classmethod
    def of(cls, users: Iterable[User]) -> Directory:
        """Return the directory of users."""
        listed = list(users)
        names = {each.id: each.email.casefold() or each.id for each in listed}
        ids = {each.id: each.id for each in listed}
        ids |= {name: user_id for user_id, name in names.items()}
        return cls(ids, names, any(each.email for each in listed))

    def canonical(self, name: str) -> str | None:
        """Return the name of a user that compares, None for an unknown user."""
        user_id = self.ids.get(name)
        return None if user_id is None else self.names[user_id]


def aliased(specs: Iterable[PropertySpec]) -> list[str]:
    """Return the addresses and ids of all aliases, each once."""
    aliases = (names for spec in specs for names in spec.aliases.values())
    return list(dict.fromkeys(name for names in aliases for name in names))
