"""A green check is a proof: what the mapping lets pass, Notion accepts, for each kind of value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from emulator.notion_client_for_tests import Talk, message
from support.core import manifest

from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.property_spec import ICON, SHA, IconSpec, PropertySpec
from lukhas_notion.plan.property_types import PROPERTY_TYPES, configuration, encode
from lukhas_notion.plan.values import PropertyType, names_of

T = PropertyType
TYPES = (*PROPERTY_TYPES, T.LINKED_TEXT, T.ICON)
WEB = "https://e.example/"

HOSTILE: dict[str, Any] = {
    "nothing": "",
    "a space": " ",
    "invisible": "\u200b\u2060\u3164",
    "NUL": "a\0b",
    "a control character": "a\x01b",
    "a second control character": "a\x85b",
    "a line break": "a\nb",
    "half of a pair": "a\ud83d",
    "a comma": "a,b",
    "long": "x" * 2_001,
    "too long": "😀" * 100_001,
    "an address": WEB,
    "an address of no host": "https://?x",
    "an address of half a host": "https://[x",
    "an address of a host in brackets": "https://[::1]/",
    "an address of a port in letters": "https://e.example:http/",
    "an address of two ports": "https://e.example:80:90/",
    "an address of two names": "https://a@b@e.example/",
    "an address of a space": WEB + "%20",
    "an address with a NUL": WEB + "\0",
    "an address with a NUL, quoted": WEB + "a%00b",
    "an address with a control character": WEB + "\x01",
    "an address with another one": WEB + "\x9f",
    "an address with a quote": WEB + '"',
    "an address that ends early": WEB + ")<x>",
    "a long address": WEB + "x" * 2_000,
    "a text that links too far": f"see <{WEB}{'x' * 2_000}>",
    "a text that links to a NUL": f"see <{WEB}%00>",
    "an e-mail address": "a@e.example",
    "an e-mail address with a control character": "a\x01@e.example",
    "a long e-mail address": "a" * 200 + "@e.example",
    "a phone number": "+49 30 1234",
    "a phone number with a control character": "+49 30\x01 1234",
    "a long phone number": "1" * 201,
    "a file": {"url": WEB + "a", "name": "A"},
    "a file without a name": {"url": WEB + "%20", "name": ""},
    "a file named by a space": {"url": WEB + "a", "name": " "},
    "a file with an invisible name": {"url": WEB + "a", "name": "\u200b"},
    "a file with a control character": {"url": WEB + "a", "name": "a\x01"},
    "a file whose address names a control character": {"url": WEB + "a%01b"},
    "a file whose address is no text": {"url": WEB + "%ED%A0%80"},
    "a file with a long name": {"url": WEB + "a", "name": "x" * 101},
    "a large number": 1e308,
    "a day": "2026-01-31",
    "a day in other digits": "２０２６-01-31",
    "no day": "2026-02-30",
    "the year nought": "0000-01-01",
    "a moment before all": "0001-01-01T00:00+01:00",
    "an offset of no place": "2026-01-31T10:00+23:59",
    "an offset of 99 minutes": "2026-01-31T10:00+05:99",
    "an emoji": "📦",
    "an emoji and marks": "📦" + "\u0301" * 500,
    "an emoji and selectors": "📦" + "\ufe0f" * 15,
    "an emoji and a joiner": "📦\u200d",
    "an emoji in many tones": "👩" + "\U0001f3fb" * 9,
    "an emoji and tags": "📦" + "\U000e0061" * 9,
    "a flag without an end": "🏴\U000e0067\U000e0062",
    "two emoji": "📦📦",
    "a sign that is no emoji": "°",
    "many names": [f"n{number}" for number in range(101)],
    "long names": ["x" * 101],
    "many addresses": [f"{WEB}{number}" for number in range(101)],
    "deep": [[["a"]]],
}


class _Database:
    """A database with a property of each type, and the mapping that fills one of them."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        settings = {
            each.name: configuration(each)
            for each in map(self.spec, TYPES)
            if each.type not in (T.TITLE, T.ICON, T.RELATION, T.LINKED_TEXT)
        }
        self.change(settings)

    @staticmethod
    def spec(type_: PropertyType) -> PropertySpec:
        """Return the property of a type, fed from the manifest's ``it``."""
        if type_ is T.TITLE:
            return PropertySpec("Module", type_, ("/it",))
        name = "rich_text" if type_ is T.LINKED_TEXT else type_.value
        link = "/it" if type_ is T.LINKED_TEXT else ""
        return PropertySpec(name, type_, ("/it",), link=link)

    def change(self, properties: dict[str, Any]) -> None:
        """Change the schema, which must be taken."""
        answer = self.talk.client.patch(self.talk.source, json={"properties": properties})
        assert answer.status_code == 200, answer.text

    def write(self, type_: PropertyType, want: Desired) -> int:
        """Make the page that a manifest wants, and return Notion's answer."""
        name, value = self.spec(type_).name, want.values.get(self.spec(type_).name)
        if type_ is T.ICON:
            parent = {"type": "data_source_id", "data_source_id": self.talk.ids.data_source_id}
            icon = encode(T.ICON, want.values[ICON])["icon"]
            page = {"parent": parent, "properties": {}, "icon": icon}
            return self.talk.client.post("/v1/pages", json=page).status_code
        if type_ in (T.RELATION, T.PEOPLE):  # sent as ids: what is asked for is their names
            wanted = [{"property": "Module", "title": {"equals": n}} for n in names_of(value)]
            return self.talk.query(filter={"or": wanted}).status_code if wanted else 200
        if type_ is T.STATUS and value is None:  # a page keeps the one that it has
            return 200
        if type_ is T.STATUS:
            self.change({name: {"type": "status", "status": {"options": [{"name": value}]}}})
        return self.talk.create({name: encode(type_, value)}).status_code


def mapped(type_: PropertyType) -> PropertyMapping:
    """Return a mapping of title, SHA, and one property or the icon."""
    title = PropertySpec("Module", T.TITLE, ("/it",) if type_ is T.TITLE else ("/title",))
    sha = PropertySpec("SHA", T.RICH_TEXT, (SHA,))
    more = () if type_ in (T.TITLE, T.ICON) else (_Database.spec(type_),)
    icon = IconSpec("", ("/it",)) if type_ is T.ICON else None
    return PropertyMapping((title, sha, *more), icon=icon)


@pytest.fixture(scope="module")
def database() -> Iterator[_Database]:
    """Return one database for all values."""
    with Talk() as talk:
        yield _Database(talk)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("type_", TYPES)
def test_each_value_is_a_violation_or_is_taken(
    database: _Database, type_: PropertyType, name: str
) -> None:
    """A value of any kind is refused with its line, or Notion answers 200 to it."""
    source = manifest({"title": "core", "it": HOSTILE[name]})

    want, problems = mapped(type_).desired(source)

    assert (want is None) == bool(problems)
    assert all(each.path == source.path and each.line >= 1 for each in problems)
    if want is not None:
        assert database.write(type_, want) == 200


RAW = {
    "a blank file name": ("files", [{"name": " ", "external": {"url": WEB}}]),
    "an invisible file name": ("files", [{"name": "\u200b", "external": {"url": WEB}}]),
    "a file name with a control character": ("files", [{"name": "a\n", "external": {"url": WEB}}]),
    "a file at a NUL": ("files", [{"name": "a", "external": {"url": WEB + "%00"}}]),
    "a file at a control character": ("files", [{"name": "a", "external": {"url": WEB + "\x01"}}]),
    "a file at no host": ("files", [{"name": "a", "external": {"url": "https://?"}}]),
    "a file at a host in brackets": (
        "files",
        [{"name": "a", "external": {"url": "https://[::1]"}}],
    ),
    "a file at no port": ("files", [{"name": "a", "external": {"url": "https://a:b/"}}]),
    "a file at half a host": ("files", [{"name": "a", "external": {"url": "https://[x"}}]),
    "an address with a NUL": ("url", WEB + "%00"),
    "an address with a control character": ("url", WEB + "\x7f"),
    "a blank address": ("url", " "),
    "an e-mail address with a control character": ("email", "a\x01@e.example"),
    "a blank e-mail address": ("email", "\u2060"),
    "a phone number with a control character": ("phone_number", "+49\x01301234"),
    "a blank option": ("select", {"name": "\u3164"}),
    "an option with a control character": ("multi_select", [{"name": "a\x01"}]),
    "an option with a line break": ("multi_select", [{"name": "a\u2028b"}]),
    "a date in other digits": ("date", {"start": "２０２６-01-31"}),
    "a date at no place": ("date", {"start": "2026-01-31T10:00+23:59"}),
    "a link to a NUL": ("rich_text", [{"text": {"content": "a", "link": {"url": WEB + "%00"}}}]),
    "a link to a control character": (
        "rich_text",
        [{"text": {"content": "a", "link": {"url": WEB + "\x01"}}}],
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_what_is_sent_raw_is_refused(database: _Database, name: str) -> None:
    """The embedded Notion refuses each of them itself, so that the proof is one."""
    type_, value = RAW[name]

    assert "failed validation" in message(database.talk.create({type_: {type_: value}}))


@pytest.mark.parametrize(
    "icon",
    [
        *("📦" + "\u0301" * 3, "📦" + "\ufe0f" * 3, "📦\u200d", "📦📦", "🇪", "°", " ", "\u200d"),
        *("👩" + "\U0001f3fb" * 2, "📦\U000e0061", "🏴\U000e0067\U000e0062", "🇪🇺🇩🇪"),
    ],
)
def test_an_icon_that_is_no_one_emoji_is_refused(database: _Database, icon: str) -> None:
    """What people do not see as one sign is sent in vain."""
    page = database.talk.module("a")

    answer = database.talk.client.patch(f"/v1/pages/{page}", json={"icon": {"emoji": icon}})
    assert "failed validation" in message(answer)
