"""Remedies for relations and people: what a manifest names beyond itself."""

from __future__ import annotations

import json
from typing import Any

from support.remedies.rows import Row, file, in_toml, replace_in, toml
from support.workplace import Workplace, refused_page

NEEDS = '[properties.Needs]\ntype = "relation"\nfrom = "/needs"\n'
OWNERS = '[properties.Owners]\ntype = "people"\nfrom = "/owners"\n'
ALIASES = f'{OWNERS}aliases = "vocab/people.json"\n'
SYNC = "sync --all --add-properties"


def needing(place: Workplace, *needs: str, more: str = "") -> None:
    """Let a module need others."""
    toml(place, NEEDS + more)
    place.edit("alpha", needs=list(needs))


def owned(place: Workplace, *owners: str, text: str = OWNERS) -> None:
    """Let a module have owners."""
    toml(place, text)
    place.edit("alpha", owners=list(owners))


def teams(place: Workplace, *titles: str) -> str:
    """Make another database with some pages, and let a module need one; return its data source."""
    made = place.notion.create_database("Teams", {"Name": "title"})
    for title in titles:
        place.notion.create_page(made.data_source_id, {"Name": title})
    needing(place, "core", more=f'target = "{made.data_source_id}"\n')
    return made.data_source_id


def elsewhere(place: Workplace) -> None:
    """Let a property be a relation to another database than the mapping says."""
    made = place.notion.create_database("Teams", {"Name": "title"})
    settings = {"data_source_id": made.data_source_id, "single_property": {}}
    place.notion.add_property("Needs", "relation", settings=settings)
    needing(place)


def two_sides(place: Workplace) -> None:
    """Map both sides of one relation."""
    toml(place, f'{NEEDS}synced = "Used by"\n')
    assert place.run(*SYNC.split()).code == 0
    toml(place, f'{NEEDS}[properties."Used by"]\ntype = "relation"\nfrom = "/x"\n')


def newest(place: Workplace, title: str) -> Any:
    """Return the id of the newest page of a title in any database."""
    for source in place.notion.workspace.store.data_sources:
        for each in reversed(place.notion.pages(source)):
            if title in each.values():
                return each["id"]
    raise KeyError(title)


ROWS = [
    Row(
        "a module that no manifest is",
        lambda p: needing(p, "betta"),
        SYNC,
        "Write {}, or add its manifest. To leave such names out, write",
        lambda p, _: p.edit("alpha", needs=["beta"]),
    ),
    Row(
        "a module that no manifest is, and is left out",
        lambda p: needing(p, "betta"),
        SYNC,
        'To leave such names out, write missing = "leave-out" under [properties.{}] in',
        lambda p, _: needing(p, "betta", more='missing = "leave-out"\n'),
    ),
    Row(
        "a page that another database has not",
        teams,
        SYNC,
        "Add the page in Notion, or correct the name.",
        lambda p, _: p.notion.create_page(
            list(p.notion.workspace.store.data_sources)[-1], {"Name": "core"}
        ),
    ),
    Row(
        "a page that another database has twice",
        lambda p: teams(p, "core", "core"),
        SYNC,
        "Give each of them a different title in Notion.",
        lambda p, _: p.notion.edit_page(newest(p, "core"), {"Name": "core two"}),
    ),
    Row(
        "a relation to another database",
        elsewhere,
        "sync --all",
        "Name that one as its target in lukhas-notion.toml, under {}.",
        lambda p, found: toml(p, f'{NEEDS}target = "{found[1].rstrip(".")}"\n'),
        find=r"another data source: (\S+)",
    ),
    Row(
        "a relation whose two sides are mapped",
        two_sides,
        "sync --all",
        "Map one of them: take [properties.{}] out.",
        lambda p, _: toml(p, NEEDS),
    ),
    Row(
        "a relation that names its own database",
        lambda p: toml(p, f'{NEEDS}target = "{p.environ["NOTION_DATABASE_ID"]}"\n'),
        SYNC,
        'Write target = "self" in lukhas-notion.toml, under {}.',
        lambda p, _: toml(p, f'{NEEDS}target = "self"\n'),
    ),
    Row(
        "a page that was not made",
        lambda p: (needing(p, "beta"), setattr(p, "instead", refused_page("beta"))),
        SYNC,
        "Run again when that page can be created.",
        lambda p, _: setattr(p, "instead", None),
    ),
    in_toml(
        "a relation whose other side is a property",
        f'{NEEDS}synced = "Coverage"\n',
        "Take [properties.{}] out, or choose another name.",
        f'{NEEDS}synced = "Used by"\n',
    ),
    in_toml(
        "a match within the database itself",
        f'{NEEDS}match = "title"\n',
        "Remove the line, or name a target.",
        NEEDS,
    ),
    in_toml(
        "a pattern of references that has no group",
        f'{NEEDS}pattern = "x"\n',
        "The name is its first group, such as component:(?:default/)?(.+).",
        f'{NEEDS}pattern = "x(.+)"\n',
    ),
    # --- people ---------------------------------------------------------------------------------
    Row(
        "somebody who is not in the workspace",
        lambda p: owned(p, "a@example.org"),
        SYNC,
        "Invite the person to the workspace, or correct the name.",
        lambda p, _: p.notion.add_user("A", "a@example.org"),
    ),
    Row(
        "an alias of somebody who is not in the workspace",
        lambda p: (
            file(p, "vocab/people.json", json.dumps({"@org/a": "a@example.org"})),
            owned(p, text=ALIASES),
            p.run("init"),
            p.notion.add_property("Owners", "people"),
            p.notion.add_user("B", "b@example.org"),
        ),
        "doctor",
        "Invite them, or correct the file that aliases names.",
        lambda p, _: p.notion.add_user("A", "a@example.org"),
        warns=True,
    ),
    Row(
        "a token that sees no addresses",
        lambda p: (
            p.notion.add_user("A", "a@example.org"),
            owned(p, "a@example.org"),
            p.environ.update(CAPABILITIES="read,insert,update,users"),
        ),
        SYNC,
        "under Capabilities, choose the user information that includes email addresses.",
        lambda p, _: p.environ.update(CAPABILITIES="read,insert,update,users,emails"),
    ),
    Row(
        "aliases that are a list",
        lambda p: (file(p, "vocab/people.json", "[]"), owned(p, text=ALIASES)),
        "validate --all",
        'Write an object, such as {"@org/team": "team@example.org"}.',
        lambda p, _: file(p, "vocab/people.json", '{"@org/team": "team@example.org"}'),
    ),
    # --- pointers -------------------------------------------------------------------------------
    Row(
        "several values for one",
        lambda p: (
            toml(p, '[properties.Rank]\ntype = "number"\nfrom = "/ranks/*"\n'),
            p.edit("alpha", ranks=[1, 2]),
        ),
        "validate --all",
        "Name one of them by its number in place of the *.",
        lambda p, _: replace_in(p, "lukhas-notion.toml", "/ranks/*", "/ranks/0"),
    ),
    Row(
        "a value that is asked for",
        lambda p: toml(
            p, '[properties.Rank]\ntype = "number"\nfrom = "/rank"\nrequired_from = true\n'
        ),
        "validate --all",
        "Add it: [properties] asks for it with `required_from`.",
        lambda p, _: [p.edit(name, rank=1) for name in ("alpha", "beta", "gamma")],
    ),
    in_toml(
        "a link to several places",
        '[properties.A]\ntype = "rich_text"\nfrom = "/x"\nlink = "/homes/*"\n',
        "Name one place, without a *.",
        '[properties.A]\ntype = "rich_text"\nfrom = "/x"\nlink = "/homes/0"\n',
    ),
    in_toml(
        "a key that is no pointer",
        '[mapping]\nkey = "module"\n',
        "Begin it with a slash, such as /id, and write ~0 for ~ and ~1 for / within a key.",
        '[mapping]\nkey = "/module"\n',
    ),
]
