"""Every remedy works: what a message advises is done, word for word, and the next run goes on.

Each row breaks something, runs a command, finds the advice in what it says, follows it, and runs
the same command again: it must succeed. Where ``then`` is set, the next run says just that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from support.workplace import Workplace

NOWHERE = "0f0e0d0c-0b0a-4908-8706-050403020100"
Step = Callable[[Workplace], Any]


@dataclass(frozen=True)
class Row:
    """One remedy.

    Args:
        name: what is wrong.
        broken: makes it so.
        words: the command.
        advice: what it says, as a pattern.
        follow: does what it says, given what the pattern found.
        then: what the next run says instead of succeeding.
    """

    name: str
    broken: Step
    words: str
    advice: str
    follow: Callable[[Workplace, re.Match[str]], Any]
    then: str = ""


def toml(place: Workplace, text: str) -> None:
    """Write the configuration."""
    (place.root / "lukhas-notion.toml").write_text(text)


def file(place: Workplace, path: str, text: str) -> None:
    """Write a file of the repository."""
    target = place.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def env(place: Workplace, **values: str | None) -> None:
    """Set variables of the environment; None takes one away."""
    for name, value in values.items():
        if value is None:
            place.environ.pop(name, None)
        else:
            place.environ[name] = value


def replace_in(place: Workplace, path: str, old: str, new: str) -> None:
    """Replace text in a file."""
    target = place.root / path
    assert old in target.read_text()
    target.write_text(target.read_text().replace(old, new))


def forget_database(place: Workplace) -> str:
    """Take the database out of the environment and return it."""
    return place.environ.pop("NOTION_DATABASE_ID")


def retype(place: Workplace, name: str, kind: str) -> None:
    """Give a property another type, as a person does."""
    if name in {p.name for p in place.notion.workspace.store.data_sources[place.source].properties}:
        place.notion.remove_property(name)
    place.notion.add_property(name, kind)


def made_by_init(place: Workplace) -> None:
    """Have init make a database while a configuration is there that names none."""
    forget_database(place)
    toml(place, "[run]\nconcurrency = 2\n")
    assert place.run("init", "--parent", place.notion.root_page_id).code == 0


def named_and_trashed(place: Workplace) -> None:
    """Have the configuration name a database that is in the trash."""
    database = forget_database(place)
    toml(place, f'[notion]\ndatabase = "{database}"\n')
    place.notion.trash_database(database)


def synced(place: Workplace) -> Workplace:
    """Sync everything."""
    assert place.run("sync", "--all").code == 0
    return place


def stray_option(place: Workplace) -> None:
    """Add an option that the vocabulary has not, one of so many that it may go without force."""
    file(place, "vocab/tags.json", json.dumps([f"tier:{number}" for number in range(1, 10)]))
    assert place.run("sync", "--all", "--backfill").code == 0
    place.notion.add_option("Tags", "stray")


def other_database(place: Workplace) -> None:
    """Sync, then name another database that has the same properties."""
    synced(place)
    env(place, NOTION_DATABASE_ID=None)
    toml(place, "")
    done = place.run("init", "--parent", place.notion.root_page_id, "--json")
    env(place, NOTION_DATABASE_ID=done.document["database_id"])


def other_source(place: Workplace) -> str:
    """Return the data source of another database."""
    return place.notion.create_database("Other", {"Name": "title"}).data_source_id


def planned(place: Workplace, flag: str) -> None:
    """Write the report of a dry run to where the plan is expected."""
    report = place.root / "plan.json"
    report.unlink()
    assert place.run("sync", "--all", "--dry-run", flag, str(report)).code == 0


def second_source(place: Workplace) -> None:
    """Add a data source to the database."""
    database = place.environ["NOTION_DATABASE_ID"]
    place.notion.add_data_source(database, "Other", {"Name": "title"})


def many_gone(place: Workplace) -> None:
    """Write many pages, then remove most of their manifests."""
    for number in range(30):
        place.write(f"many/{number}", {"module": f"m{number}", "features": ["search"]})
    assert place.run("sync", "--all").code == 0
    for name in ("Tags", "Features"):
        for option in range(12):
            place.notion.add_option(name, f"stray {option}")


def as_option(place: Workplace, found: re.Match[str], *, by: str) -> None:
    """Add the option that the advice names, in Notion or by its command."""
    if by == "command":
        assert place.run(*found[1].removeprefix("lukhas-notion ").split()).code == 0
    else:
        place.notion.add_option("Tags", "tier:2")


ROWS = [
    # --- settings -------------------------------------------------------------------------------
    Row(
        "no token",
        lambda p: env(p, NOTION_TOKEN=None),
        "sync --all",
        "put its token into the environment variable NOTION_TOKEN",
        lambda p, _: env(p, NOTION_TOKEN=p.notion.token),
    ),
    Row(
        "a token with a name",
        lambda p: env(p, NOTION_TOKEN=f"NOTION_TOKEN={p.notion.token}"),
        "sync --all",
        "Put in only what stands after the =",
        lambda p, _: env(p, NOTION_TOKEN=p.environ["NOTION_TOKEN"].partition("=")[2]),
    ),
    Row(
        "a token in quotes",
        lambda p: env(p, NOTION_TOKEN=f'"{p.notion.token}"'),
        "sync --all",
        "Take them away",
        lambda p, _: env(p, NOTION_TOKEN=p.environ["NOTION_TOKEN"].strip('"')),
    ),
    Row(
        "a bearer token",
        lambda p: env(p, NOTION_TOKEN=f"Bearer {p.notion.token}"),
        "sync --all",
        "Put in only what stands after it",
        lambda p, _: env(p, NOTION_TOKEN=p.environ["NOTION_TOKEN"].split()[1]),
    ),
    Row(
        "no database",
        forget_database,
        "sync --all",
        "Make one with `lukhas-notion (init --parent) PAGE`",
        lambda p, found: p.run(*found[1].split(), p.notion.root_page_id),
    ),
    Row(
        "no database right after init",
        made_by_init,
        "sync --all",
        r"in NOTION_DATABASE_ID.*under \[notion\] as (database = \"[0-9a-f-]+\")",
        lambda p, found: toml(p, f"[notion]\n{found[1]}\n"),
    ),
    Row(
        "no database right after init, by its id",
        made_by_init,
        "verify",
        "has made the database ([0-9a-f-]+).*NOTION_DATABASE_ID",
        lambda p, found: env(p, NOTION_DATABASE_ID=found[1]),
        then="It has no page",
    ),
    Row(
        "init --again while a database is named",
        lambda p: toml(p, f'[notion]\ndatabase = "{forget_database(p)}"\n'),
        "init --parent PAGE --again",
        "Take `database` and `data_source` out of lukhas-notion.toml",
        lambda p, _: toml(p, ""),
    ),
    Row(
        "a database in the trash, at init",
        named_and_trashed,
        "init --parent PAGE --again",
        "Take `database` and `data_source` out of lukhas-notion.toml",
        lambda p, _: toml(p, ""),
    ),
    Row(
        "a database in the trash that is completed",
        named_and_trashed,
        "init",
        r"to make another database: Take `database`.*run `lukhas-notion (init --parent) PAGE",
        lambda p, _: toml(p, ""),
        then="Name the page with --parent",
    ),
    Row(
        "an id that is none",
        lambda p: env(p, NOTION_DATABASE_ID="modules", KEPT=p.environ["NOTION_DATABASE_ID"]),
        "sync --all",
        "Give the 32-digit id, with or without hyphens, or the database's URL",
        lambda p, _: env(
            p, NOTION_DATABASE_ID=f"https://app.notion.com/p/M-{p.environ['KEPT'].replace('-', '')}"
        ),
    ),
    Row(
        "two data sources",
        second_source,
        "sync --all",
        r"data sources: ([0-9a-f-]+) .*\n.*NOTION_DATA_SOURCE_ID",
        lambda p, found: env(p, NOTION_DATA_SOURCE_ID=found[1]),
    ),
    Row(
        "a database as data source",
        lambda p: env(p, NOTION_DATA_SOURCE_ID=forget_database(p)),
        "sync --all",
        r"([0-9a-f-]+) is a database.*\n.*Name it in NOTION_DATABASE_ID",
        lambda p, found: env(p, NOTION_DATA_SOURCE_ID=None, NOTION_DATABASE_ID=found[1]),
    ),
    Row(
        "a page as database",
        lambda p: env(p, NOTION_DATABASE_ID=p.notion.create_page(p.source, {"Module": "x"})),
        "sync --all",
        "name ([0-9a-f-]+) instead",
        lambda p, found: env(p, NOTION_DATABASE_ID=found[1]),
    ),
    Row(
        "an address that is none",
        lambda p: env(p, NOTION_API_URL="notion"),
        "sync --all",
        r"Write it as (https://\S+), or leave it out",
        lambda p, found: env(p, NOTION_API_URL=found[1]),
    ),
    Row(
        "an address in the file",
        lambda p: toml(p, '[notion]\napi_url = "https://api.notion.com"\n'),
        "sync --all",
        "Set NOTION_API_URL, or pass --api-url",
        lambda p, _: (toml(p, ""), env(p, NOTION_API_URL="https://api.notion.com")),
    ),
    Row(
        "a rate that is none",
        lambda p: env(p, NOTION_RATE_LIMIT="fast"),
        "sync --all",
        "Leave it out for 3",
        lambda p, _: env(p, NOTION_RATE_LIMIT=None),
    ),
    Row(
        "a deadline that is none",
        lambda p: toml(p, "[run]\ndeadline = 0\n"),
        "sync --all",
        "Without it there is no deadline",
        lambda p, _: toml(p, "[run]\n"),
    ),
    Row(
        "certificates that are none",
        lambda p: env(p, REQUESTS_CA_BUNDLE=str(p.root / "missing.pem")),
        "sync --all",
        "unset (REQUESTS_CA_BUNDLE) to trust what the system trusts",
        lambda p, found: env(p, **{found[1]: None}),
    ),
    # --- the configuration's file ---------------------------------------------------------------
    Row(
        "a mapping without a source",
        lambda p: toml(p, '[properties.Owner]\ntype = "rich_text"\n'),
        "validate --all",
        "Add one of (from), from_all, constant",
        lambda p, found: toml(
            p, f'[properties.Owner]\ntype = "rich_text"\n{found[1]} = "/description"\n'
        ),
    ),
    Row(
        "a pointer without a slash",
        lambda p: toml(p, '[properties.Owner]\ntype = "rich_text"\nfrom = "owner"\n'),
        "validate --all",
        "Begin it with a slash",
        lambda p, _: replace_in(p, "lukhas-notion.toml", '"owner"', '"/owner"'),
    ),
    Row(
        "a type that is not written",
        lambda p: toml(p, '[properties.Owner]\ntype = "people"\nfrom = "/description"\n'),
        "validate --all",
        'Expected: "title", "(rich_text)"',
        lambda p, found: replace_in(p, "lukhas-notion.toml", "people", found[1]),
    ),
    Row(
        "the SHA in a number",
        lambda p: toml(p, '[properties."Provenance SHA"]\ntype = "number"\n'),
        "validate --all",
        "Map it to a (rich_text) property",
        lambda p, found: replace_in(p, "lukhas-notion.toml", "number", found[1]),
    ),
    Row(
        "two titles",
        lambda p: toml(
            p, '[properties.Module]\n[properties.Name]\ntype = "title"\nfrom = "/description"\n'
        ),
        "validate --all",
        'Give exactly one property the line (type = "title")',
        lambda p, found: replace_in(p, "lukhas-notion.toml", found[1], 'type = "rich_text"'),
    ),
    Row(
        "a constant for the title",
        lambda p: toml(p, '[properties.Module]\nconstant = "x"\n'),
        "validate --all",
        "Use (from)",
        lambda p, found: toml(p, f'[properties.Module]\n{found[1]} = "/module"\n'),
    ),
    Row(
        "an unknown kind of finding",
        lambda p: toml(p, '[verify]\nignore = ["page-edit"]\n'),
        "validate --all",
        r'Did you mean "([a-z-]+)"\?',
        lambda p, found: replace_in(p, "lukhas-notion.toml", "page-edit", found[1]),
    ),
    Row(
        "a configuration that is not there",
        lambda p: None,
        "validate --all --config missing.toml",
        "Name a TOML file",
        lambda p, _: file(p, "missing.toml", ""),
    ),
    Row(
        "a schema that is not there",
        lambda p: toml(p, '[schema]\npath = "schemas/mine.json"\n'),
        "validate --all",
        "Write the schema",
        lambda p, _: file(p, "schemas/mine.json", '{"type": "object"}'),
    ),
    Row(
        "a vocabulary that is not there",
        lambda p: toml(p, '[vocabularies]\nTags = "vocab/labels.json"\n'),
        "validate --all",
        "Check that it exists",
        lambda p, _: file(p, "vocab/labels.json", '["tier:1"]'),
    ),
    Row(
        "an empty vocabulary",
        lambda p: file(p, "vocab/tags.json", ""),
        "validate --all",
        r'Write a vocabulary: .*"allowed"',
        lambda p, _: file(p, "vocab/tags.json", '{"allowed": ["tier:1"]}'),
    ),
    Row(
        "an empty schema",
        lambda p: file(p, "schemas/module.manifest.schema.json", ""),
        "validate --all",
        r"Write a JSON object into it\.",
        lambda p, _: file(p, "schemas/module.manifest.schema.json", "{}"),
    ),
    Row(
        "no vocabulary",
        lambda p: (p.root / "vocab/tags.json").unlink(),
        "validate --all",
        r"List the allowed names in (\S+) \(",
        lambda p, found: file(p, found[1], '["tier:1"]'),
    ),
    Row(
        "no vocabulary, and none wanted",
        lambda p: (p.root / "vocab/tags.json").unlink(),
        "validate --all",
        r"write `(vocabulary = false)` under (\[properties\.\"Tags\"\])",
        lambda p, found: toml(p, f"{found[2]}\n{found[1]}\n"),
    ),
    # --- manifests ------------------------------------------------------------------------------
    Row(
        "a synonym",
        lambda p: p.edit("alpha", features=["find"]),
        "validate --all",
        r'Use "(\w+)"',
        lambda p, found: p.edit("alpha", features=[found[1]]),
    ),
    Row(
        "an unknown name",
        lambda p: p.edit("alpha", tags=["something else"]),
        "validate --all",
        r"Use a name of \S+, or add .* to that file",
        lambda p, _: file(
            p, "vocab/tags.json", json.dumps({"allowed": ["tier:1", "something else"]})
        ),
    ),
    Row(
        "a comma too much",
        lambda p: p.write("alpha", '{"module": "alpha", "features": ["search"],}'),
        "validate --all",
        "Delete the comma",
        lambda p, _: p.write("alpha", '{"module": "alpha", "features": ["search"]}'),
    ),
    Row(
        "a key twice",
        lambda p: p.write("alpha", '{"module": "alpha", "features": [], "features": []}'),
        "validate --all",
        "Delete one of the two",
        lambda p, _: p.write("alpha", '{"module": "alpha", "features": []}'),
    ),
    Row(
        "an empty file",
        lambda p: p.write("alpha", ""),
        "validate --all",
        "Write a JSON object into it, or delete it",
        lambda p, _: p.manifest("alpha").unlink(),
    ),
    Row(
        "a manifest that is a list",
        lambda p: p.write("alpha", '["alpha"]'),
        "validate --all",
        "Write {…} around it",
        lambda p, _: p.write("alpha", '{"module": "alpha", "features": []}'),
    ),
    Row(
        "one module twice",
        lambda p: p.write("alpha2", {"module": "alpha", "features": []}),
        "validate --all",
        "rename one of the two",
        lambda p, _: p.edit("alpha2", module="alpha2"),
    ),
    Row(
        "a module that is misspelled",
        lambda p: None,
        "sync --module alhpa",
        r"Did you mean '(\w+)'\?",
        lambda p, found: p.environ.update(MODULE=found[1]),
    ),
    Row(
        "no manifest",
        lambda p: toml(p, '[manifests]\ninclude = ["**/module.json"]\n'),
        "validate --all",
        r"\[manifests\] include and exclude in lukhas-notion.toml",
        lambda p, _: toml(p, '[manifests]\ninclude = ["**/module.manifest.json"]\n'),
    ),
    # --- the database ---------------------------------------------------------------------------
    Row(
        "a property that is missing",
        lambda p: p.notion.remove_property("Coverage"),
        "sync --all",
        "Add a property of type (Number) with exactly this name: `lukhas-notion (init)` does it",
        lambda p, found: p.run(found[2]),
    ),
    Row(
        "a property that is missing, while syncing",
        lambda p: p.notion.remove_property("Coverage"),
        "sync --all",
        "or a sync with `(--add-properties)`",
        lambda p, found: p.environ.update(MORE=found[1]),
    ),
    Row(
        "a property that is missing, by hand",
        lambda p: p.notion.remove_property("Coverage"),
        "sync --all",
        "click [+] at the right of the header row, choose the type, and write the name exactly so",
        lambda p, _: p.notion.add_property("Coverage", "number"),
    ),
    Row(
        "a property that was renamed",
        lambda p: p.notion.rename_property("Coverage", "Coverages"),
        "sync --all",
        "rename it back to '(Coverage)' in Notion",
        lambda p, found: p.notion.rename_property("Coverages", found[1]),
    ),
    Row(
        "a property of another type",
        lambda p: retype(p, "Coverage", "checkbox"),
        "sync --all",
        "Change its type to (Number) in Notion",
        lambda p, found: retype(p, "Coverage", found[1].lower()),
    ),
    Row(
        "an option that is missing",
        lambda p: (
            p.edit("alpha", tags=["tier:1", "tier:2"]) or p.notion.remove_option("Tags", "tier:2")
        ),
        "sync --all",
        "Run `(.*?)` first",
        lambda p, found: as_option(p, found, by="command"),
    ),
    Row(
        "an option that is missing, while syncing",
        lambda p: (
            p.edit("alpha", tags=["tier:1", "tier:2"]) or p.notion.remove_option("Tags", "tier:2")
        ),
        "sync --all",
        "or sync with (--backfill)",
        lambda p, found: p.environ.update(MORE=found[1]),
    ),
    Row(
        "a capability that is missing",
        lambda p: p.environ.update(CAPABILITIES="read,update"),
        "doctor",
        "allow it to (insert|read, insert and update) content",
        lambda p, _: p.environ.update(CAPABILITIES="read,insert,update"),
    ),
    Row(
        "so many options that go",
        many_gone,
        "backfill --tags --apply --prune",
        r"say how many pages and options it is about: (--force \d+)",
        lambda p, found: p.environ.update(MORE=found[1]),
    ),
    # --- what a verification finds ---------------------------------------------------------------
    Row(
        "a page that was edited",
        lambda p: synced(p).notion.edit_page(p.pages()["alpha"]["id"], {"Description": "edited"}),
        "verify",
        "write over it: verify with (--repair)",
        lambda p, found: p.run("verify", found[1]),
    ),
    Row(
        "an option outside the vocabulary",
        stray_option,
        "verify",
        "remove it: verify with (--repair) (--prune)",
        lambda p, found: p.run("verify", found[1], found[2]),
    ),
    Row(
        "an option that the vocabulary has",
        lambda p: synced(p).notion.remove_option("Tags", "tier:2"),
        "verify",
        "Run `lukhas-notion backfill (--property) NAME (--apply)`",
        lambda p, found: p.run("backfill", found[1], "Tags", found[2]),
    ),
    Row(
        "a page by hand",
        lambda p: synced(p).notion.create_page(p.source, {"Module": "alpha"}),
        "verify",
        "or delete it in Notion",
        lambda p, _: p.notion.trash_page(p.notion.pages()[-1]["id"]),
    ),
    Row(
        "a page in the trash",
        lambda p: synced(p).notion.trash_page(p.pages()["alpha"]["id"]),
        "verify",
        "(Sync), which restores it",
        lambda p, _: synced(p),
    ),
    # --- commands -------------------------------------------------------------------------------
    Row(
        "no ledger",
        lambda p: (p.root / "manifests/.ledger/notion_sync.ndjson").unlink(),
        "ledger verify",
        "Name it with --ledger if it is in another place",
        lambda p, _: (
            p.run("sync", "--all", "--ledger", str(p.root / "other.ndjson"))
            and p.environ.update(MORE=f"--ledger {p.root / 'other.ndjson'}")
        ),
    ),
    Row(
        "an alert that needs another flag",
        lambda p: None,
        "verify --prune",
        "Add (--repair)",
        lambda p, found: p.environ.update(MORE=found[1]),
    ),
    Row(
        "a repair by another database's ledger",
        other_database,
        "verify --repair",
        "Name another file with (--ledger)",
        lambda p, found: p.environ.update(MORE=f"{found[1]} {p.root / 'other.ndjson'}"),
    ),
    Row(
        "no property to backfill",
        lambda p: None,
        "backfill",
        "Choose --features, (--tags) or --property NAME",
        lambda p, found: p.environ.update(MORE=found[1]),
    ),
    Row(
        "one module of those that are gone",
        lambda p: None,
        "sync --module alpha --archive-removed",
        r"needs (--all)",
        lambda p, found: p.environ.update(INSTEAD=f"sync {found[1]} --archive-removed"),
    ),
    Row(
        "a difference without a fix",
        lambda p: None,
        "validate --all --diff",
        "Write (--fix) --diff",
        lambda p, found: p.environ.update(MORE=found[1]),
    ),
    Row(
        "a plan that is none",
        lambda p: file(p, "plan.json", "{}"),
        "sync --all --expect-plan plan.json",
        "Name the file that a dry run wrote with (--report-json)",
        lambda p, found: planned(p, found[1]),
    ),
    Row(
        "a page and a database for init",
        lambda p: None,
        f"init --parent PAGE --database {NOWHERE}",
        "Leave out one of the two",
        lambda p, _: (forget_database(p), p.environ.update(INSTEAD="init --parent PAGE")),
    ),
    Row(
        "a data source of another database",
        lambda p: env(p, NOTION_DATA_SOURCE_ID=other_source(p)),
        "sync --all",
        "name the right one in NOTION_DATA_SOURCE_ID",
        lambda p, _: env(p, NOTION_DATA_SOURCE_ID=p.source),
    ),
    Row(
        "a path that is not there",
        lambda p: None,
        "validate nowhere/module.manifest.json",
        "Check the path, or check (--all)",
        lambda p, found: p.environ.update(INSTEAD=f"validate {found[1]}"),
    ),
    Row(
        "a plan's digest that is cut",
        lambda p: None,
        "sync --all --expect-digest abcdef",
        "Give all 64 digits; a dry run's report",
        lambda p, _: p.environ.update(
            INSTEAD="sync --all --expect-digest "
            + p.run("sync", "--all", "--dry-run", "--json").document["plan"]["digest"]
        ),
    ),
]


def run(place: Workplace, words: str) -> Any:
    """Run a row's command, with what following the advice has changed in it."""
    named = {
        "PAGE": place.notion.root_page_id,
        "alhpa": place.environ.get("MODULE", "alhpa"),
        "plan.json": str(place.root / "plan.json"),
    }
    words = place.environ.get("INSTEAD", words)
    split = [named.get(word, word) for word in words.split()]
    split += place.environ.get("MORE", "").split()
    if "CAPABILITIES" in place.environ:
        allowed = frozenset(place.environ["CAPABILITIES"].split(","))
        object.__setattr__(place.notion.workspace, "capabilities", allowed)
    return place.run(*split)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_a_message_advises_works(small: Workplace, row: Row) -> None:
    """The advice is there, is followed, and the next run succeeds or says something else."""
    row.broken(small)
    ended = run(small, row.words)
    said = ended.out + ended.err
    assert ended.code != 0, said
    found = re.search(row.advice, said)
    assert found, said

    row.follow(small, found)

    after = run(small, row.words)
    if row.then:
        assert row.then in after.out + after.err
        assert not re.search(row.advice, after.out + after.err)
    else:
        assert after.code == 0, after.out + after.err


def test_every_row_has_its_own_name() -> None:
    """A row that hides another one tests nothing."""
    assert len({row.name for row in ROWS}) == len(ROWS)
