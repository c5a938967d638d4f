"""Remedies for what a verification finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import default_database
from support.remedies.rows import (
    Row,
    replace_in,
    stray_option,
    synced,
    toml,
)
from support.workplace import Workplace

LEDGER = "manifests/.ledger/notion_sync.ndjson"


def page(place: Workplace, module: str = "alpha") -> str:
    """Return the id of a module's page, wherever it is."""
    there = [*place.notion.pages(), *place.notion.pages(in_trash=True)]
    return next(str(each["id"]) for each in there if each["Module"] == module)


def edited(place: Workplace, **values: Any) -> None:
    """Sync, and let a person edit a page."""
    place.notion.edit_page(page(synced(place)), values)


def elsewhere(place: Workplace) -> None:
    """Sync, and move a page to another database."""
    other = synced(place).notion.create_database("Other", {"Name": "title"})
    place.notion.move_page(page(place), other.data_source_id)


def made(place: Workplace, **values: Any) -> None:
    """Sync, and let a person make a page."""
    synced(place).notion.create_page(place.source, values)


def untold(place: Workplace, **values: Any) -> None:
    """Sync, let a person edit a page so that its record is gone, and lose the ledger."""
    synced(place)
    kept = place.pages()["alpha"]["Provenance SHA"]
    place.notion.edit_page(page(place), {"Provenance SHA": kept, **values})
    (place.root / LEDGER).unlink()
    toml(place, '[verify]\nignore = ["ledger-missing"]\n')


def cut_ledger(place: Workplace) -> None:
    """Sync, and lose the ledger's end; it is kept beside."""
    file = synced(place).root / LEDGER
    lines = file.read_text().splitlines(keepends=True)
    (place.root / "whole.ndjson").write_text("".join(lines))
    first = next(number for number, line in enumerate(lines) if '"create"' in line)
    file.write_text("".join(lines[: first + 1]))


def broken_ledger(place: Workplace) -> None:
    """Sync, and change a record; a copy is kept."""
    file = synced(place).root / LEDGER
    (place.root / "copy.ndjson").write_bytes(file.read_bytes())
    replace_in(place, LEDGER, '"success"', '"succes"')


def copy_back(place: Workplace) -> None:
    """Compare the ledger with its copy, as `ledger verify` names the line, and put it back."""
    assert ":2" in (said := place.run("ledger", "verify")).out + said.err or "line" in said.err
    (place.root / LEDGER).write_bytes((place.root / "copy.ndjson").read_bytes())


def twin(place: Workplace) -> None:
    """Sync, and let a second run have made and written the same page at the same time."""
    first = page(synced(place))
    store, bot = place.notion.workspace.store, place.notion.workspace.bot_id
    for each in (first, place.notion.copy_page(first)):
        store.commit(replace(store.pages[each], author=bot, editor=bot))


def trash_last(place: Workplace, title: str) -> None:
    """Move the newest page of a title to the trash."""
    ids = [each["id"] for each in place.notion.pages() if each["Module"] == title]
    place.notion.trash_page(ids[-1])


ROWS = [
    Row(
        "a page that was edited",
        lambda p: synced(p).notion.edit_page(p.pages()["alpha"]["id"], {"Description": "edited"}),
        "verify",
        "overwrite it with `lukhas-notion verify --repair`",
        lambda p, found: p.run("verify", found[1]),
        find="overwrite it with `lukhas-notion verify (--repair)`",
    ),
    Row(
        "an option outside the vocabulary",
        stray_option,
        "verify",
        "remove it with `lukhas-notion verify --repair --prune`",
        lambda p, found: p.run("verify", found[1], found[2]),
        find="remove it with `lukhas-notion verify (--repair) (--prune)`",
    ),
    Row(
        "an option that the vocabulary has",
        lambda p: synced(p).notion.remove_option("Tags", "tier:2"),
        "verify",
        "Run `lukhas-notion backfill --property NAME --apply`",
        lambda p, found: p.run("backfill", found[1], "Tags", found[2]),
        find="Run `lukhas-notion backfill (--property) NAME (--apply)`",
    ),
    Row(
        "a page by hand",
        lambda p: synced(p).notion.create_page(p.source, {"Module": "alpha"}),
        "verify",
        "Or delete it in Notion.",
        lambda p, _: p.notion.trash_page(p.notion.pages()[-1]["id"]),
    ),
    Row(
        "a page in the trash",
        lambda p: synced(p).notion.trash_page(p.pages()["alpha"]["id"]),
        "verify",
        "Sync, which restores it",
        lambda p, _: synced(p),
        find="(Sync), which restores it",
    ),
    Row(
        "a manifest that is invalid",
        lambda p: synced(p).edit("alpha", features=["serach"]),
        "verify",
        "Correct it. `lukhas-notion validate --all` lists every violation; `sync --all --dry-run` "
        "also those of people and pages that only Notion knows.",
        lambda p, _: p.edit("alpha", features=["search"]),
    ),
    Row(
        "a manifest that has changed",
        lambda p: synced(p).edit("alpha", description="Changed."),
        "verify",
        "Run `lukhas-notion sync --all` or `lukhas-notion verify --repair`.",
        lambda p, _: synced(p),
    ),
    Row(
        "a manifest that has changed, by a repair",
        lambda p: synced(p).edit("alpha", description="Changed."),
        "verify",
        "Run `lukhas-notion sync --all` or `lukhas-notion verify --repair`.",
        lambda p, _: p.run("verify", "--repair"),
    ),
    Row(
        "a manifest that is gone",
        lambda p: synced(p).manifest("alpha").unlink(),
        "verify",
        "Run `lukhas-notion verify --repair --archive-removed`, which moves the page to the trash;",
        lambda p, _: p.run("verify", "--repair", "--archive-removed", "--force", "1"),
    ),
    Row(
        "a page that was renamed",
        lambda p: edited(p, Module="other"),
        "verify",
        "Rename it back in Notion, or run `lukhas-notion verify --repair`.",
        lambda p, _: p.notion.edit_page(page(p, "other"), {"Module": "alpha"}),
    ),
    Row(
        "a page that was renamed, by a repair",
        lambda p: edited(p, Module="other"),
        "verify",
        "Rename it back in Notion, or run `lukhas-notion verify --repair`.",
        lambda p, _: p.run("verify", "--repair"),
    ),
    Row(
        "a page that is archived",
        lambda p: p.notion.archive_page(page(synced(p))),
        "verify",
        "Restore it in Notion, or remove the manifest.",
        lambda p, _: p.notion.unarchive_page(p.notion.pages(is_archived=True)[0]["id"]),
    ),
    Row(
        "a page that was moved",
        elsewhere,
        "verify",
        "Move it back in Notion; `--repair` creates a new page.",
        lambda p, _: p.run("verify", "--repair"),
    ),
    Row(
        "a page that is gone",
        lambda p: p.notion.delete_page(page(synced(p))),
        "verify",
        "Share it again in Notion; `--repair` creates a new page.",
        lambda p, _: p.run("verify", "--repair"),
    ),
    Row(
        "a page that is missing",
        lambda p: (cut_ledger(p), (p.root / LEDGER).unlink(), p.notion.delete_page(page(p))),
        "verify",
        "Look in Notion's trash; `--repair` creates a new page.",
        lambda p, _: p.run("verify", "--repair"),
    ),
    Row(
        "a page that may be the module's",
        lambda p: untold(p, Module="alpha (old)"),
        "verify",
        "Give it its title back in Notion, or clear its SHA; `--repair` leaves both alone.",
        lambda p, _: p.notion.edit_page(page(p, "alpha (old)"), {"Module": "alpha"}) or synced(p),
    ),
    Row(
        "a page that another repository wrote",
        lambda p: edited(p, **{"Provenance SHA": "e" * 64}),
        "verify",
        "for a page without a record, `--repair` overwrites it.",
        lambda p, _: p.run("verify", "--repair"),
    ),
    Row(
        "a page that is stale",
        lambda p: (p.edit("alpha", description="x"), untold(p), p.edit("alpha", description="y")),
        "verify",
        "Provide the ledger, or sync, which overwrites the page.",
        lambda p, _: synced(p),
    ),
    Row(
        "a page without a manifest",
        lambda p: made(p, **{"Module": "theirs", "Provenance SHA": "e" * 64}),
        "verify",
        "Find out who writes to it, and delete it in Notion if nobody does.",
        lambda p, _: trash_last(p, "theirs"),
    ),
    Row(
        "a page by hand that is kept",
        lambda p: made(p, Module="Ideas"),
        "verify",
        'Keep it: `ignore = ["page-by-hand"]` under [verify] in lukhas-notion.toml. Or delete '
        "it in Notion.",
        lambda p, _: toml(p, '[verify]\nignore = ["page-by-hand"]\n'),
    ),
    Row(
        "a copy of a page",
        lambda p: p.notion.copy_page(page(synced(p))),
        "verify",
        "Delete the copy, or clear its provenance SHA to keep it as a page of your own.",
        lambda p, _: trash_last(p, "alpha"),
    ),
    Row(
        "two pages of two runs",
        twin,
        "verify",
        "Sync: the older page stays, and the other one moves to the trash.",
        lambda p, _: p.run("sync", "--all", "--archive-removed", "--apply"),
    ),
    Row(
        "pages without records",
        lambda p: (toml(p, '[provenance]\nrecord = "off"\n'), synced(p), toml(p, "")),
        "verify",
        "Sync, which writes the record once; or turn records off ([provenance] record).",
        lambda p, _: synced(p),
    ),
    Row(
        "pages without records, which are turned off",
        lambda p: (toml(p, '[provenance]\nrecord = "off"\n'), synced(p), toml(p, "")),
        "verify",
        "Sync, which writes the record once; or turn records off ([provenance] record).",
        lambda p, _: toml(p, '[provenance]\nrecord = "off"\n'),
    ),
    Row(
        "two pages of one title",
        lambda p: (
            edited(p, **{"Provenance SHA": ""}),
            p.notion.create_page(p.source, {"Module": "alpha"}),
        ),
        "verify",
        "Keep one of them and delete the others.",
        lambda p, _: (trash_last(p, "alpha"), p.run("verify", "--repair")),
    ),
    Row(
        "a property that is missing, when verifying",
        lambda p: synced(p).notion.remove_property("SLA p95"),
        "verify",
        "Add it in Notion, with exactly this name.",
        lambda p, _: p.notion.add_property("SLA p95", "number"),
    ),
    Row(
        "a property of another type, when verifying",
        lambda p: (
            synced(p).notion.remove_property("SLA p95"),
            p.notion.add_property("SLA p95", "date"),
        ),
        "verify",
        "Change its type in Notion.",
        lambda p, _: (
            p.notion.remove_property("SLA p95"),
            p.notion.add_property("SLA p95", "number"),
        ),
    ),
    Row(
        "a ledger that is elsewhere",
        lambda p: synced(p) and (p.root / LEDGER).rename(p.root / "kept.ndjson"),
        "verify",
        "Name it with `--ledger`; in the Action, keep it with `ledger-branch`.",
        lambda p, _: p.environ.update(MORE=f"--ledger {p.root / 'kept.ndjson'}"),
    ),
    Row(
        "a ledger that is broken",
        broken_ledger,
        "verify",
        "Compare it with a copy: `lukhas-notion ledger verify` names the line.",
        lambda p, _: copy_back(p),
    ),
    Row(
        "a ledger that is behind",
        cut_ledger,
        "verify",
        "Provide the ledger that has it, or sync, which records the state.",
        lambda p, _: synced(p),
    ),
    Row(
        "a ledger that is behind, and is elsewhere",
        cut_ledger,
        "verify",
        "Provide the ledger that has it, or sync, which records the state.",
        lambda p, _: p.environ.update(MORE=f"--ledger {p.root / 'whole.ndjson'}"),
    ),
    Row(
        "a ledger of another database",
        lambda p: synced(p).environ.update(
            NOTION_DATABASE_ID=default_database(p.notion).database_id
        ),
        "verify",
        "Give each database its own ledger, with `--ledger`.",
        lambda p, _: (
            p.run("sync", "--all", "--backfill", "--ledger", str(p.root / "o.ndjson")),
            p.environ.update(MORE=f"--ledger {p.root / 'o.ndjson'}"),
        ),
    ),
]
