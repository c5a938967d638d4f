"""A property of each type: what a manifest says of it before and after, and what may go wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from support.setup import Newcomer, newcomer

#: The names that the properties with options may take.
NAMES = ("One", "Two", "Three")


class Row(NamedTuple):
    """A property of one type.

    Attributes:
        kind: its type in the configuration, ``+`` and more for a second property of the type.
        values: what the manifest says before and after.
        held: what the page shows then.
        by_hand: what a person sets.
        bad: what the manifest may not say.
        refused: the message about that, after the name of the property.
        shown: the change on the console.
        comment: the change in a comment and in a report, where it differs.
        lines: what its entry in the configuration says beside type and source.
        other: another type, which its column may have in Notion.
    """

    kind: str
    values: tuple[Any, Any]
    held: tuple[Any, Any]
    by_hand: Any
    bad: Any
    refused: str
    shown: str
    comment: str = ""
    lines: str = ""
    other: str = "checkbox"

    @property
    def type(self) -> str:
        """The type in the configuration."""
        return self.kind.partition("+")[0]

    @property
    def name(self) -> str:
        """The name of the property."""
        return f"My {self.kind}"

    @property
    def entry(self) -> str:
        """The entry of the configuration."""
        source = f'type = "{self.type}"\nfrom = "/{self.kind}"\n'
        return f'[properties."{self.name}"]\n{source}{self.lines}\n'

    @property
    def has_options(self) -> bool:
        """Whether its names come out of a vocabulary."""
        return self.type in ("select", "multi_select", "status")


def _link(number: int) -> list[dict[str, str]]:
    return [{"name": "Guide", "url": f"https://a.example/{number}"}]


def _file(name: str) -> str:
    return f"https://a.example/{name}.pdf"


ROWS = (
    Row(
        "rich_text",
        *(("Rides.", "Walks."), ("Rides.", "Walks."), "Flies."),
        *({"a": 1}, "is text and an object is here"),
        "Rides. → Walks.",
    ),
    Row(
        "rich_text+link",
        *((_link(1), _link(2)), ("Guide", "Guide"), ("Guide", "https://c.example/")),
        *([{"name": "Guide", "url": "ftp://a"}], "links to addresses that begin with https://"),
        "Guide <https://a.example/1> → Guide <https://a.example/2>",
        "Guide &lt;https:&#8203;//a.example/1&gt; → Guide &lt;https:&#8203;//a.example/2&gt;",
        lines='each = "{name}"\nlink = "/url"',
    ),
    Row(
        "number",
        *((5, 7), (5, 7), 6, "many", "is a number, not text", "5 → 7"),
    ),
    Row(
        "number+percent",
        *((88.5, 90), (0.885, 0.9), 0.5, True, "is a number, not true or false", "88.5 → 90"),
        lines='format = "percent"\nscale = 0.01',
    ),
    Row(
        "multi_select",
        *((["One"], ["Two", "One"]), (["One"], ["Two", "One"]), ["Three"]),
        *("Oen", ': "Oen" is not in the vocabulary', "+Two", "➕ `Two`"),
    ),
    Row(
        "select",
        *(("One", "Two"), ("One", "Two"), "Three"),
        *("Oen", ': "Oen" is not in the vocabulary', "One → Two"),
    ),
    Row(
        "status",
        *(("One", "Two"), ("One", "Two"), "Three"),
        *("Oen", ': "Oen" is not in the vocabulary', "One → Two"),
    ),
    Row(
        "date",
        *(("2026-01-31", "2026-02-01"), ("2026-01-31", "2026-02-01"), "2026-03-01"),
        *("31.1.2026", "is a date: write it as 2026-01-31", "2026-01-31 → 2026-02-01"),
    ),
    Row(
        "date+end",
        *(("2026-01-31", "2026-02-01"), ("2026-01-31/2026-02-02", "2026-02-01/2026-02-02")),
        *("2026-01-31/2026-02-03", 2026, "is a date: write it as 2026-01-31"),
        "2026-01-31/2026-02-02 → 2026-02-01/2026-02-02",
        lines='end = "/ends"',
    ),
    Row(
        "checkbox",
        *((True, False), (True, False), False, "yes", "is a checkbox, not text", "yes → no"),
        other="number",
    ),
    Row(
        "url",
        *(("https://a.example/1", "https://a.example/2"),) * 2,
        *("https://c.example", 5, "is a URL, not a number"),
        "https://a.example/1 → https://a.example/2",
        "https:&#8203;//a.example/1 → https:&#8203;//a.example/2",
    ),
    Row(
        "email",
        *(("a@example.org", "b@example.org"),) * 2,
        *("c@example.org", "nobody", 'takes e-mail addresses, and "nobody" is not one'),
        "a@example.org → b@example.org",
        "a@&#8203;example.org → b@&#8203;example.org",
    ),
    Row(
        "phone_number",
        *(("+44 20 7946 0000", "112"),) * 2,
        *("999", "call us", 'takes phone numbers, and "call us" is not one'),
        "+44 20 7946 0000 → 112",
    ),
    Row(
        "files",
        *(([_file("plan")], [_file("map")]),) * 2,
        *([("Own", "https://c.example/own")], "plan.pdf", "links to addresses that begin with"),
        f"-plan.pdf <{_file('plan')}>  +map.pdf <{_file('map')}>",
        f"➖ `plan.pdf <{_file('plan')}>` ➕ `map.pdf <{_file('map')}>`",
    ),
    Row(
        "relation",
        *((["beta"], ["beta", "gamma"]), (["beta"], ["beta", "gamma"]), ["gamma"]),
        *("bete", ': no manifest has the key "bete"; the nearest is "beta"'),
        *("+gamma", "➕ `gamma`"),
        lines='synced = "Used by"',
    ),
    Row(
        "people",
        *(("Ada@example.org", ["ben@example.org"]), (["ada@example.org"], ["ben@example.org"])),
        *(["cy@example.org"], "eve@example.org", ': nobody in the workspace is known as "eve@'),
        "-ada@example.org  +ben@example.org",
        "➖ `ada@example.org` ➕ `ben@example.org`",
    ),
)


def mapped_by(root: Path, *rows: Row) -> Newcomer:
    """Return three modules, the first with these properties as they are before, and no database.

    A manifest has a line for each member: the module, what ends its dates, and then each row.
    """
    place = newcomer(root, {"module": "beta"}, {"module": "gamma"})
    say(place, {row.kind: row.values[0] for row in rows})
    lists = "".join(f'"{row.name}" = "vocab/names.json"\n' for row in rows if row.has_options)
    toml = f"[vocabularies]\n{lists}\n" + "\n".join(row.entry for row in rows)
    for name, text in (
        ("lukhas-notion.toml", toml),
        ("vocab/names.json", json.dumps({"allowed": NAMES})),
        ("schemas/module.manifest.schema.json", '{"required": ["module"]}'),
    ):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for name in ("Ada", "Ben", "Cy"):
        place.notion.add_user(name, f"{name.lower()}@example.org")
    return place


def say(place: Newcomer, values: dict[str, Any]) -> None:
    """Let the first module's manifest say these values."""
    members = {"module": "alpha", "ends": "2026-02-02", **values}
    lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members.items())
    place.write("alpha", "{\n" + ",\n".join(lines) + "\n}\n")
