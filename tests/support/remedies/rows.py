"""A row that follows one remedy, and what rows break and do."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lukhas_notion.cli import main
from lukhas_notion.cli.context import Context
from lukhas_notion.util.runtime import Runtime
from support.workplace import Ended, Workplace

NOWHERE = "0f0e0d0c-0b0a-4908-8706-050403020100"
Step = Callable[[Workplace], Any]


@dataclass(frozen=True)
class Row:
    """One remedy, and how it is followed.

    Args:
        name: what is wrong.
        broken: makes it so.
        words: the command, or what is run in its place.
        advice: the remedy as the source has it, or a part of it; ``{}`` for what is put in.
        follow: does what it says, given what was found of it.
        then: what the next run says instead of succeeding.
        find: finds what ``follow`` needs, where the holes of ``advice`` are not enough.
        warns: the command succeeds, and only says what is to be done; followed, it says no more.
    """

    name: str
    broken: Step
    words: str | Callable[[Workplace], Ended]
    advice: str
    follow: Callable[[Workplace, re.Match[str]], Any]
    then: str = ""
    find: str = ""
    warns: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds the advice in what was said; a hole is a group."""
        if self.find:
            return re.compile(self.find)
        parts = [re.escape(part) for part in self.advice.split("{}")]
        if self.advice.endswith("{}"):
            return re.compile("(.+?)".join(parts[:-1]) + r"(\S+)")
        return re.compile("(.+?)".join(parts))


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


def replace_in(place: Workplace, path: str, old: str, new: str, count: int = -1) -> None:
    """Replace text in a file, everywhere or so many times."""
    target = place.root / path
    assert old in target.read_text()
    target.write_text(target.read_text().replace(old, new, count))


def forget_database(place: Workplace) -> str:
    """Take the database out of the environment and return it."""
    return place.environ.pop("NOTION_DATABASE_ID")


def retype(place: Workplace, name: str, kind: str) -> None:
    """Give a property another type, as a person does."""
    if name in {p.name for p in place.notion.workspace.store.data_sources[place.source].properties}:
        place.notion.remove_property(name)
    place.notion.add_property(name, kind)


def made_by_init(place: Workplace) -> None:
    """Have init make a database while a configuration is there that has no place for its id."""
    forget_database(place)
    toml(place, "notion = {}\n[run]\nconcurrency = 2\n")
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


def in_text(
    name: str, path: str, before: str | bytes, advice: str, after: str | None, words: str = ""
) -> Row:
    """Return a row for a file that has to say something else, or that is to be deleted."""

    def put(place: Workplace, content: str | bytes | None) -> None:
        target = place.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            target.unlink()
        else:
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    return Row(
        name,
        lambda place: put(place, before),
        words or "validate --all",
        advice,
        lambda place, _: put(place, after),
    )


def in_manifest(name: str, before: str | bytes, advice: str, after: str | None) -> Row:
    """Return a row for the text of a manifest."""
    return in_text(name, "alpha/module.manifest.json", before, advice, after)


def in_schema(name: str, schema: Any, before: Any, advice: str, after: Any) -> Row:
    """Return a row for a manifest's member ``x`` that a schema does not allow; None is none."""

    def broken(place: Workplace) -> None:
        whole = {"type": "object", "properties": {"x": schema}}
        file(place, "schemas/module.manifest.schema.json", json.dumps(whole))
        place.edit("alpha", x=before)

    return Row(name, broken, "validate --all", advice, lambda p, _: p.edit("alpha", x=after))


def in_toml(name: str, before: str, advice: str, after: str, words: str = "") -> Row:
    """Return a row for the text of the configuration."""
    return in_text(name, "lukhas-notion.toml", before, advice, after, words)


def in_folder(place: Workplace, folder: str, *words: str) -> Ended:
    """Validate everything from within a folder, without naming the root."""
    out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
    os.chdir(place.root / folder)
    try:
        code = main(["validate", "--all", *words], Context(Runtime(place.environ), out, err))
    finally:
        os.chdir(before)
    return Ended(code, out.getvalue(), err.getvalue())


def run(place: Workplace, row: Row) -> Ended:
    """Run a row's command, with what following the advice has changed in it."""
    if callable(row.words):
        return row.words(place)
    named = {
        "PAGE": place.notion.root_page_id,
        "alhpa": place.environ.get("MODULE", "alhpa"),
        "plan.json": str(place.root / "plan.json"),
    }
    words = place.environ.get("INSTEAD", row.words)
    split = [named.get(word, word) for word in words.split()]
    split += place.environ.get("MORE", "").split()
    if "CAPABILITIES" in place.environ:
        allowed = frozenset(place.environ["CAPABILITIES"].split(","))
        object.__setattr__(place.notion.workspace, "capabilities", allowed)
    return place.run(*split)
