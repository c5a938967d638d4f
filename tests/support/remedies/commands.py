"""Remedies for commands."""

from __future__ import annotations

import argparse
import fcntl
import io
import json
import os
from typing import Any

from lukhas_notion.cli import emulator as emulator_command
from lukhas_notion.cli import main
from lukhas_notion.cli.context import Context
from lukhas_notion.cli.demo import STATE
from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import Emulator
from lukhas_notion.ledger.file import Ledger, RunInfo, require_whole
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.util.write_files import create_file
from support.remedies.rows import (
    NOWHERE,
    Row,
    env,
    file,
    forget_database,
    in_folder,
    other_database,
    other_source,
    planned,
    replace_in,
    synced,
    toml,
)
from support.workplace import Ended, Workplace

LEDGER = "manifests/.ledger/notion_sync.ndjson"
HELD: list[Any] = []


def open_ledger(place: Workplace) -> Ended:
    """Open the ledger as a run does, but wait for no other run."""
    info = RunInfo("run", "1", "test")
    try:
        with Ledger(place.root / LEDGER, place.clock, info, lock_timeout=0):
            return Ended(0, "", "")
    except LukhasNotionError as error:
        return Ended(error.exit_code, "", str(error))


def hold_ledger(place: Workplace) -> None:
    """Hold the ledger as another run does."""
    held = (synced(place).root / LEDGER).open("ab")
    fcntl.flock(held, fcntl.LOCK_EX)
    HELD.append(held)


def created(place: Workplace, name: str) -> Ended:
    """Make a file that is not there yet."""
    try:
        create_file(place.root / name, "ours", within=place.root)
    except LukhasNotionError as error:
        return Ended(error.exit_code, "", str(error))
    return Ended(0, "", "")


def whole(place: Workplace, name: str) -> Ended:
    """Go on with a stored ledger."""
    try:
        require_whole((place.root / name).read_bytes())
    except LukhasNotionError as error:
        return Ended(error.exit_code, "", str(error))
    return Ended(0, "", "")


def described(place: Workplace, content: Any = None) -> None:
    """Write two files that describe services."""
    forget_database(place) if "NOTION_DATABASE_ID" in place.environ else None
    for name in ("a", "b"):
        text = content or {"name": name, "team": "core"}
        file(place, f"services/{name}/service.json", json.dumps(text))


def demo(place: Workplace, folder: str, *words: str) -> Ended:
    """Run the demo."""
    out, err = io.StringIO(), io.StringIO()
    context = Context(Runtime(place.environ), out, err)
    code = main(["demo", "--folder", str(place.root / folder), *words], context)
    return Ended(code, out.getvalue(), err.getvalue())


def edited_demo(place: Workplace) -> str:
    """Return a manifest of the demo."""
    found = sorted((place.root / "demo/repository").rglob("module.manifest.json"))
    return str(found[0].relative_to(place.root))


def emulated(place: Workplace, **given: Any) -> Ended:
    """Check what the emulator is given, as far as it goes before it serves."""
    usual = {"port": 0, "latency": 0.0, "requests_per_minute": 0, "capabilities": "read"}
    args = argparse.Namespace(**{**usual, "faults": None, **given})
    try:
        emulator_command._check(args)
        emulator_command._capabilities(args.capabilities)
        emulator_command._faults(args.faults, load(Flags(root=str(place.root)), {}))
    except LukhasNotionError as error:
        return Ended(error.exit_code, "", str(error))
    return Ended(0, "", "")


ROWS = [
    Row(
        "no ledger",
        lambda p: (p.root / "manifests/.ledger/notion_sync.ndjson").unlink(),
        "ledger verify",
        "If it is elsewhere, name it with --ledger",
        lambda p, _: (
            p.run("sync", "--all", "--ledger", str(p.root / "other.ndjson"))
            and p.environ.update(MORE=f"--ledger {p.root / 'other.ndjson'}")
        ),
    ),
    Row(
        "an alert that needs another flag",
        lambda p: None,
        "verify --prune",
        "Add --repair",
        lambda p, found: p.environ.update(MORE=found[1]),
        find="Add (--repair)",
    ),
    Row(
        "a repair by another database's ledger",
        other_database,
        "verify --repair",
        "Name another file with --ledger",
        lambda p, found: p.environ.update(MORE=f"{found[1]} {p.root / 'other.ndjson'}"),
        find="Name another file with (--ledger)",
    ),
    Row(
        "no property to backfill",
        lambda p: None,
        "backfill",
        "Choose --features, --tags or --property NAME",
        lambda p, found: p.environ.update(MORE=found[1]),
        find="Choose --features, (--tags) or --property NAME",
    ),
    Row(
        "one module of those that are gone",
        lambda p: None,
        "sync --module alpha --archive-removed",
        "Only a run over all manifests can tell that one is gone.",
        lambda p, found: p.environ.update(INSTEAD=f"sync {found[1]} --archive-removed"),
        find="needs (--all)",
    ),
    Row(
        "a difference without a fix",
        lambda p: None,
        "validate --all --diff",
        "Write --fix --diff",
        lambda p, found: p.environ.update(MORE=found[1]),
        find="Write (--fix) --diff",
    ),
    Row(
        "a plan that is none",
        lambda p: file(p, "plan.json", "{}"),
        "sync --all --expect-plan plan.json",
        "Name the file that a dry run wrote with --report-json",
        lambda p, found: planned(p, found[1]),
        find="Name the file that a dry run wrote with (--report-json)",
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
        "Check the path, or check --all",
        lambda p, found: p.environ.update(INSTEAD=f"validate {found[1]}"),
        find="Check the path, or check (--all)",
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
    Row(
        "a module of very many",
        lambda p: [p.write(f"m{n}", {"module": f"m{n}", "features": []}) for n in range(40)],
        "sync --module zzzzzzzz",
        "The modules are {} and {} more.",
        lambda p, found: p.environ.update(INSTEAD=f"sync --module {found[1].split(chr(39))[1]}"),
    ),
    Row(
        "a module of manifests without names",
        lambda p: [p.write(name, {}) for name in ("alpha", "beta", "gamma")],
        "sync --module zzzzzzzz",
        "No manifest names a module: `lukhas-notion validate --all` says what they lack.",
        lambda p, _: (p.run("validate", "--all"), p.write("alpha", {"module": "zzzzzzzz"})),
    ),
    Row(
        "a module of a manifest that cannot be read",
        lambda p: p.write("alpha", '{"module": "alpah", '),
        "sync --module alpah",
        "could not be read, of which it may be {}; see `lukhas-notion validate --all`.",
        lambda p, found: (
            p.run("validate", "--all"),
            file(p, found[1], '{"module": "alpah", "features": []}'),
        ),
    ),
    Row(
        "a module that is misspelled beside a manifest that cannot be read",
        lambda p: p.write("alpha", '{"module": '),
        "sync --module betta",
        "Or did you mean {}?",
        lambda p, found: p.environ.update(INSTEAD=f"sync --module {found[1].strip(chr(39))}"),
    ),
    Row(
        "a force without a prune",
        lambda p: None,
        "backfill --tags --force 1",
        "Leave it out.",
        lambda p, _: p.environ.update(INSTEAD="backfill --tags"),
    ),
    Row(
        "two reports on standard output",
        lambda p: None,
        "sync --all --report-md - --report-json -",
        "Write - for one of --report-md and --report-json, without --json.",
        lambda p, _: p.environ.update(INSTEAD="sync --all --report-md -"),
    ),
    Row(
        "a report elsewhere",
        lambda p: None,
        "sync --all --report-md ../../report.md",
        "Write it inside, or name it by its absolute path.",
        lambda p, _: p.environ.update(INSTEAD=f"sync --all --report-md {p.root.parent / 'r.md'}"),
    ),
    Row(
        "a module that the ledger has not",
        synced,
        "ledger show --module alhpa",
        "Did you mean {}? `lukhas-notion ledger show` lists all records.",
        lambda p, _: p.environ.update(INSTEAD="ledger show --module alpha"),
    ),
    Row(
        "a ledger with a line that is no record",
        lambda p: replace_in(synced(p), LEDGER, "{", "", 1),
        "ledger show",
        "Run `lukhas-notion ledger verify`.",
        lambda p, _: p.run("ledger", "verify") and replace_in(p, LEDGER, "", "{", 1),
    ),
    Row(
        "a ledger that another run holds",
        hold_ledger,
        open_ledger,
        "Wait for it to end, or end it.",
        lambda p, _: HELD.pop().close(),
    ),
    Row(
        "a ledger that cannot be written",
        lambda p: p.environ.update(MORE="--ledger /proc/none/ledger.ndjson"),
        "sync --all",
        "Every attempt must be recorded, so nothing more is sent. Free the disk or correct the "
        "file's permissions, or name another file with --ledger.",
        lambda p, _: p.environ.update(MORE=f"--ledger {p.root / 'ledger.ndjson'}"),
    ),
    Row(
        "a report that cannot be written",
        lambda p: p.environ.update(MORE="--report-md /proc/none/report.md"),
        "sync --all",
        "Free the disk or change the permissions, or name another file.",
        lambda p, _: p.environ.update(MORE=f"--report-md {p.root / 'report.md'}"),
    ),
    Row(
        "a file in the place of the ledger's folder",
        lambda p: (file(p, "kept", "x"), toml(p, '[run]\nledger = "kept/ledger.ndjson"\n')),
        "sync --all",
        "Move that file away.",
        lambda p, _: (p.root / "kept").rename(p.root / "moved"),
    ),
    Row(
        "a link in the place of the ledger's folder",
        lambda p: (
            (p.root / "real").mkdir(),
            (p.root / "kept").symlink_to("real"),
            toml(p, '[run]\nledger = "kept/ledger.ndjson"\n'),
        ),
        "sync --all",
        "Name another folder.",
        lambda p, _: toml(p, '[run]\nledger = "real/ledger.ndjson"\n'),
    ),
    Row(
        "a link in the place of the ledger",
        lambda p: (
            file(p, "real.ndjson", ""),
            file(p, "manifests/.ledger/x", ""),
            (p.root / LEDGER).unlink(missing_ok=True),
            (p.root / LEDGER).symlink_to("../../real.ndjson"),
        ),
        "sync --all",
        "Name the file itself.",
        lambda p, _: p.environ.update(MORE=f"--ledger {p.root / 'real.ndjson'}"),
    ),
    Row(
        "a ledger of another's",
        lambda p: file(p, "notes.txt", "My notes."),
        "sync --all --ledger notes.txt",
        "Name another file.",
        lambda p, _: p.environ.update(INSTEAD="sync --all"),
    ),
    Row(
        "a plan that was changed",
        lambda p: (
            p.run("sync", "--all", "--dry-run", "--report-json", str(p.root / "plan.json")),
            replace_in(p, "plan.json", '"alpha"', '"omega"'),
        ),
        "sync --all --expect-plan plan.json",
        "Name the file as the dry run wrote it.",
        lambda p, _: replace_in(p, "plan.json", '"omega"', '"alpha"'),
    ),
    Row(
        "a plan that is another one",
        lambda p: (
            p.run("sync", "--all", "--dry-run", "--report-json", str(p.root / "plan.json")),
            p.edit("alpha", description="Changed."),
        ),
        "sync --all --expect-plan plan.json",
        "Review the current plan, and give its digest.",
        lambda p, _: planned(p, "--report-json"),
    ),
    Row(
        "a manifest by a name that is none",
        lambda p: None,
        lambda p: p.run(
            "validate", "a\x00b" if "FIXED" not in p.environ else str(p.manifest("alpha"))
        ),
        "Name a file of the repository.",
        lambda p, _: p.environ.update(FIXED="1"),
    ),
    Row(
        "a manifest of another repository by its path",
        lambda p: p.write("../other", {"module": "o", "features": []}),
        lambda p: p.run(
            "validate", str(p.manifest("../other").resolve()), *p.environ.get("MORE", "").split()
        ),
        "Name its repository with --root.",
        lambda p, _: p.environ.update(MORE=f"--root {p.root.parent}"),
    ),
    Row(
        "a name that is fixed in a link",
        lambda p: (
            p.edit("alpha", features=["find"]),
            p.manifest("alpha").rename(p.root / "real.json"),
            p.manifest("alpha").symlink_to("../real.json"),
        ),
        "validate --all --fix",
        "Fix the file that it leads to.",
        lambda p, _: replace_in(p, "real.json", "find", "search"),
    ),
    Row(
        "a name that is fixed in a file of two names",
        lambda p: (p.edit("alpha", features=["find"]), os.link(p.manifest("alpha"), p.root / "b")),
        "validate --all --fix",
        "Edit it by hand.",
        lambda p, _: p.manifest("alpha").write_text('{"module": "alpha", "features": ["search"]}'),
    ),
    Row(
        "a name that is fixed in a file that is read-only",
        lambda p: (p.edit("alpha", features=["find"]), p.manifest("alpha").chmod(0o444)),
        "validate --all --fix",
        "Make it writable.",
        lambda p, _: p.manifest("alpha").chmod(0o644),
    ),
    Row(
        "two files of init at one path",
        lambda p: toml(p, '[vocabularies]\nTags = "schemas"\n'),
        "init",
        "Give each its own path in lukhas-notion.toml.",
        lambda p, _: toml(p, '[vocabularies]\nTags = "x.json"\n'),
    ),
    Row(
        "a link in the place of a file of init",
        lambda p: (p.root / ".github").symlink_to("../elsewhere"),
        "init",
        "Delete the link.",
        lambda p, _: (p.root / ".github").unlink(),
    ),
    Row(
        "a folder of another demo",
        lambda p: file(p, "demo/notes.txt", "mine"),
        lambda p: demo(p, p.environ.get("FOLDER", "demo")),
        "Name another folder with --folder.",
        lambda p, _: p.environ.update(FOLDER="other"),
    ),
    Row(
        "a demo that was edited",
        lambda p: (demo(p, "demo"), replace_in(p, edited_demo(p), "{", "{ ", 1)),
        lambda p: demo(p, "demo", *p.environ.get("MORE", "").split()),
        "Name another folder with --folder, or delete it with --again.",
        lambda p, _: p.environ.update(MORE="--again"),
    ),
    Row(
        "a configuration of the folder above",
        lambda p: (toml(p, ""), file(p, ".git/HEAD", "x"), file(p, "part/x", "")),
        lambda p: in_folder(p, "part", *p.environ.get("MORE", "").split()),
        "Run there, or pass --root '{}'.",
        lambda p, found: p.environ.update(MORE=f"--root {found[1]}"),
    ),
    Row(
        "a fault plan that is none",
        lambda p: file(p, "faults.json", "[]"),
        lambda p: emulated(p, faults=str(p.root / "faults.json")),
        "docs/how-to/rate-limits-and-faults.md describes one.",
        lambda p, _: file(p, "faults.json", '{"rules": []}'),
    ),
    Row(
        "a file that comes while it is made",
        lambda p: file(p, "new.txt", "theirs"),
        lambda p: created(p, "new.txt"),
        "Look at it, then run again.",
        lambda p, _: (p.root / "new.txt").rename(p.root / "theirs.txt"),
    ),
    Row(
        "a stored ledger whose last line is torn",
        lambda p: file(p, "torn.ndjson", '{"ts": '),
        lambda p: whole(p, "torn.ndjson"),
        "Correct the file by hand: end the line, or remove it if it is incomplete.",
        lambda p, _: file(p, "torn.ndjson", ""),
    ),
    Row(
        "a demo that an emulator serves",
        lambda p: (
            demo(p, "demo"),
            HELD.append(Emulator(state_path=p.root / "demo" / STATE)),
        ),
        lambda p: demo(p, "demo"),
        "Stop it with Ctrl-C, or name another folder with --folder.",
        lambda p, _: HELD.pop().close(),
    ),
    Row(
        "a port that is none",
        lambda p: p.environ.update(PORT="80000"),
        lambda p: emulated(p, port=int(p.environ["PORT"])),
        "Choose one up to {}.",
        lambda p, found: p.environ.update(PORT=found[1].rstrip(".")),
    ),
    Row(
        "a capability that is none",
        lambda p: p.environ.update(ALLOWED="read,write"),
        lambda p: emulated(p, capabilities=p.environ["ALLOWED"]),
        "Choose from {}, with commas between them.",
        lambda p, found: p.environ.update(ALLOWED=found[1].replace(" ", "")),
    ),
    Row(
        "a module that the ledger has nothing like",
        synced,
        "ledger show --module zzzzzz",
        "Check the spelling. `lukhas-notion ledger show` lists all records.",
        lambda p, _: p.environ.update(INSTEAD="ledger show --module alpha"),
    ),
    Row(
        "a run that the ledger has not",
        synced,
        "ledger show --run zzzzzz",
        "`lukhas-notion ledger show` lists all records with their run.",
        lambda p, _: p.environ.update(
            INSTEAD="ledger show --run "
            + p.run("ledger", "show", "--json").document["records"][0]["run_id"]
        ),
    ),
    Row(
        "a time that is none",
        synced,
        "ledger show --since yesterday",
        "Write it as 2026-10-01 or 2026-10-01T08:30.",
        lambda p, _: p.environ.update(INSTEAD="ledger show --since 2026-10-01"),
    ),
    Row(
        "files that init is to begin with, and that are not there",
        described,
        "init --dry-run --parent PAGE --from none/*.json",
        "Write the pattern as from the repository's root, in quotes: --from ",
        lambda p, _: p.environ.update(
            INSTEAD="init --dry-run --parent PAGE --from services/*/service.json"
        ),
    ),
    Row(
        "a name to add that no manifest uses",
        synced,
        "vocabulary add --from-manifests unheard-of",
        "To list those names: `lukhas-notion vocabulary add --from-manifests`.",
        lambda p, _: p.environ.update(INSTEAD="vocabulary add --from-manifests"),
    ),
    Row(
        "a folder without descriptors that init is to begin with",
        lambda p: (described(p), file(p, "docs/README.md", "# Docs")),
        "init --dry-run --parent PAGE --from docs",
        "Name the folder of your files, or write their pattern, in quotes: ",
        lambda p, _: p.environ.update(INSTEAD="init --dry-run --parent PAGE --from services/"),
    ),
    Row(
        "files that the shell has listed for init",
        described,
        "init --dry-run --parent PAGE --from services/a/service.json services/b/service.json",
        "Put the pattern in quotes, so that the shell leaves it: --from 'services/*/service.json'.",
        lambda p, _: p.environ.update(
            INSTEAD="init --dry-run --parent PAGE --from services/*/service.json"
        ),
    ),
    Row(
        "files without a name of their own",
        lambda p: (
            [file(p, f"services/{name}.json", '{"team": "core"}') for name in ("a", "b")]
            and forget_database(p)
        ),
        "init --dry-run --parent PAGE --from services/*.json",
        "Give every manifest a name of its own, such as /name, or a folder of its own.",
        lambda p, _: [
            file(p, f"services/{name}.json", f'{{"name": "{name}"}}') for name in ("a", "b")
        ],
    ),
    Row(
        "init from files beside a configuration",
        lambda p: (described(p), toml(p, "")),
        "init --dry-run --parent PAGE --from services/*/service.json",
        "Rename or delete it, and run again. Or edit it, and run init without --from. For another "
        "database, give its files a root of their own: --root FOLDER.",
        lambda p, _: (p.root / "lukhas-notion.toml").unlink(),
    ),
    Row(
        "files that look like descriptors",
        lambda p: (
            described(p),
            [p.manifest(name).unlink() for name in ("alpha", "beta", "gamma")],
        ),
        "init --dry-run --parent PAGE",
        "Set up from those: `{}`.",
        lambda p, found: p.environ.update(
            INSTEAD=found[1]
            .replace("lukhas-notion init", "init --dry-run --parent PAGE")
            .replace("'", "")
        ),
    ),
    Row(
        "files of another tool, and no page",
        lambda p: (
            [file(p, f"p/{name}/package.json", f'{{"name": "{name}"}}') for name in "abc"]
            and [p.manifest(name).unlink() for name in ("alpha", "beta", "gamma")]
            and forget_database(p)
        ),
        "init",
        "To set up from those: `{}`.",
        lambda p, found: p.environ.update(
            INSTEAD=found[1].replace("lukhas-notion init", "init --dry-run").replace("'", "")
        ),
    ),
]
