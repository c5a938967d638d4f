"""Every command with its arguments.

A command names its function as ``module:function``. The module is imported when the command runs,
so that ``--help`` and usage errors import nothing that only one command needs.
"""

from __future__ import annotations

import argparse
from functools import cache

from lukhas_notion import __version__
from lukhas_notion.cli.arguments import (
    AGAIN,
    Commands,
    Parser,
    add_command,
    add_common,
    add_flag,
    add_force,
    add_identity,
    add_ledger,
    add_notion,
    add_repeated,
    add_reports,
    add_verbose,
)
from lukhas_notion.plan.finding import FindingKind

#: The capabilities of an integration in Notion.
CAPABILITIES = ("read", "insert", "update", "users", "emails")


@cache
def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = Parser(
        prog="lukhas-notion",
        description="Sync a repository's module manifests to a Notion database, one way.",
        epilog="example: lukhas-notion sync --all --dry-run",
    )
    top.add_argument("--version", action="version", version=f"lukhas-notion {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in COMMANDS.values():
        add(commands)
    return top


def _init(commands: Commands) -> None:
    command = add_command(
        commands,
        "init",
        "setup:init",
        "set up the database and the repository",
        "Create the database under a page, or complete the configured one, and write the missing "
        "configuration, schema, vocabularies and workflows. It only adds: nothing is renamed, "
        "converted, removed, recoloured or overwritten. With --from it first reads your files and "
        "proposes a mapping for them; without --parent it then writes the files and stops.",
        "init --from 'services/*/service.json' --dry-run",
    )
    command.add_argument(
        "--from",
        dest="patterns",
        nargs="+",
        metavar="PATTERN",
        help="the files to propose a mapping for: a folder, or quoted patterns from the root",
    )
    command.add_argument(
        "--parent", metavar="PAGE", help="the page to create a database under: its id or URL"
    )
    command.add_argument(
        "--title", metavar="TEXT", help="title of a new database (default: Modules)"
    )
    add_flag(command, "--dry-run", "show what is missing; no write")
    add_flag(
        command,
        "--again",
        "create another database although one is configured or an earlier run created one here",
    )
    add_common(command)
    add_notion(command)


def _doctor(commands: Commands) -> None:
    command = add_command(
        commands,
        "doctor",
        "setup:doctor",
        "check the set-up",
        "Check token, sharing, capabilities, properties, options, rate, schema, vocabularies, "
        "manifests and workflows. Every problem comes with a remedy. Nothing is written, neither "
        "to Notion nor to a file.",
        "doctor",
    )
    add_flag(command, "--offline", "send no request to Notion")
    add_flag(command, "--read-only", "the token is for previews: do not require insert and update")
    add_common(command)
    add_notion(command)


def _validate(commands: Commands) -> None:
    command = add_command(
        commands,
        "validate",
        "repository:validate",
        "check manifests against schema and vocabularies",
        "Check manifests against the JSON Schema and the vocabularies, without Notion. With --fix, "
        "synonyms and other spellings of a vocabulary's names are replaced by those names; nothing "
        "else in a file changes.",
        "validate --all",
    )
    command.add_argument("paths", nargs="*", metavar="PATH", help="manifests to check")
    add_flag(command, "--all", "check every manifest")
    add_repeated(command, "--module", "NAME", "check one module")
    add_flag(command, "--fix", "replace synonyms by the vocabulary's names")
    add_flag(command, "--diff", "with --fix: show what would change, write nothing")
    add_verbose(command)
    add_common(command)


def _vocabulary(commands: Commands) -> None:
    command = add_command(
        commands,
        "vocabulary",
        "",
        "add the names that manifests use",
        "Change the vocabulary files.",
        "vocabulary add --from-manifests",
    )
    group = command.add_subparsers(dest="vocabulary_command", required=True, metavar="COMMAND")
    adding = add_command(
        group,
        "add",
        "setup:add_names",
        "add names",
        "Add names to the vocabulary files, sorted; the rest of a file stays byte for byte the "
        "same. Without NAME and --all it lists the names that can be added, with the number of "
        "manifests and the name that each may be a misspelling of.",
        "vocabulary add --from-manifests lane:research --property Tags",
    )
    adding.add_argument("names", nargs="*", metavar="NAME", help="a name to add")
    adding.add_argument(
        "--from-manifests",
        action="store_true",
        required=True,
        help="choose from the names that a manifest uses and its vocabulary does not have",
    )
    add_flag(adding, "--all", "add all of them")
    add_repeated(adding, "--property", "NAME", "only for this property")
    add_flag(adding, "--dry-run", "show the names; no write")
    add_common(adding)


def _backfill(commands: Commands) -> None:
    command = add_command(
        commands,
        "backfill",
        "sync:backfill",
        "add missing options to multi-select properties",
        "Add the vocabularies' missing options, with stable colours. Shows the plan unless --apply "
        "is given; removes nothing unless --prune is given as well.",
        "backfill --features --tags --apply",
    )
    add_flag(command, "--features", "the property Features")
    add_flag(command, "--tags", "the property Tags")
    add_repeated(command, "--property", "NAME", "another property")
    add_flag(command, "--apply", "write to Notion")
    add_flag(command, "--dry-run", "write nothing (the default)")
    add_flag(command, "--prune", "also remove options outside the vocabulary")
    add_force(command)
    add_reports(command)
    add_verbose(command)
    add_common(command)
    add_notion(command)


def _sync(commands: Commands) -> None:
    command = add_command(
        commands,
        "sync",
        "sync:sync",
        "write manifests to Notion",
        "Validate, plan and apply. Nothing is sent for a page that is up to date.",
        "sync --all --dry-run",
    )
    add_flag(command, "--all", "every manifest of the repository")
    add_repeated(
        command,
        "--module",
        "NAME",
        "one module by its name; by its folder if none has that name",
    )
    add_flag(command, "--dry-run", "show what would change; no write")
    add_flag(command, "--backfill", "first add the vocabularies' missing options")
    add_flag(
        command,
        "--add-properties",
        "first add the mapped properties that are missing",
    )
    add_flag(command, "--repair-drift", "overwrite what was edited in Notion")
    add_flag(
        command,
        "--skip-invalid",
        "sync the valid manifests if others are invalid; still exits 1",
    )
    group = command.add_argument_group(
        "removed modules", "pages whose manifests are gone; by default they are listed and stay"
    )
    add_flag(
        group,
        "--archive-removed",
        "plan to move the managed ones to the trash; needs --all",
    )
    add_flag(
        group,
        "--apply",
        "with --archive-removed: move them; otherwise they are only shown, and the rest is applied",
    )
    add_force(group)
    group = command.add_argument_group(
        "review", "apply exactly the reviewed plan, or nothing (exit 1)"
    )
    group.add_argument(
        "--expect-digest", metavar="DIGEST", help="the digest of the reviewed plan, 64 digits"
    )
    group.add_argument(
        "--expect-plan", metavar="FILE", help="the reviewed dry run's --report-json file"
    )
    add_reports(command)
    add_verbose(command, "page and every violation")
    add_identity(command)
    add_common(command)
    add_notion(command)


def _verify(commands: Commands) -> None:
    command = add_command(
        commands,
        "verify",
        "sync:verify",
        "check that repository, Notion and ledger agree",
        "Compare repository, Notion and ledger, and report for each module which one disagrees. "
        "Writes nothing to Notion unless --repair is given.",
        "verify",
    )
    command.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="KIND",
        choices=[kind.value for kind in FindingKind],
        help="a kind of finding that does not fail the command" + AGAIN,
    )
    add_flag(command, "--bodies", "also read the bodies of all pages: one request for each page")
    group = command.add_argument_group(
        "repair", "restore the repository's state in Notion by a sync, and verify again"
    )
    add_flag(group, "--repair", "sync if something disagrees")
    add_flag(
        group,
        "--archive-removed",
        "with --repair: also move managed pages of removed modules to the trash",
    )
    add_flag(group, "--prune", "with --repair: also remove options outside the vocabulary")
    add_force(group)
    add_reports(command)
    add_verbose(command, "finding")
    add_identity(command)
    add_common(command)
    add_notion(command)


def _ledger(commands: Commands) -> None:
    command = add_command(
        commands,
        "ledger",
        "",
        "show every attempt, or check that no record was changed",
        "Read the append-only ledger of every attempt.",
        "ledger show --since 2026-10-01",
    )
    group = command.add_subparsers(dest="ledger_command", required=True, metavar="COMMAND")
    check = add_command(
        group,
        "verify",
        "repository:ledger_verify",
        "check the chain of hashes",
        "Check that no line before the last one was changed, removed or inserted.",
        "ledger verify",
    )
    show = add_command(
        group,
        "show",
        "repository:ledger_show",
        "print every attempt and its result",
        "Print a table of every attempt and its result, oldest first.",
        "ledger show --since 2026-10-01",
    )
    show.add_argument("--since", metavar="DATE", help="only records from this day or time on, UTC")
    show.add_argument("--module", metavar="NAME", help="one module's history")
    show.add_argument(
        "--run", dest="run_id", metavar="ID", help="one run, by the first digits of its id"
    )
    for command in (check, show):
        add_common(command)
        add_ledger(command)


def _emulator(commands: Commands) -> None:
    command = add_command(
        commands,
        "emulator",
        "emulator:serve",
        "run a local Notion",
        "Run a local Notion on 127.0.0.1, as strict as the real one. Open its address in a browser "
        "to see the database. Ctrl-C stops it.",
        "emulator --port 8377 --state notion.ndjson",
    )
    command.add_argument("--port", type=int, default=8377, metavar="N", help="default: 8377")
    command.add_argument(
        "--state", metavar="FILE", help="keep everything in this file (default: in memory)"
    )
    command.add_argument(
        "--latency",
        type=float,
        default=0.0,
        metavar="MS",
        help="milliseconds between a request and its response",
    )
    command.add_argument(
        "--requests-per-minute",
        type=int,
        default=180,
        metavar="N",
        help="respond with 429 to more than N requests per minute (default: 180; 0: never)",
    )
    command.add_argument("--faults", metavar="FILE", help="a fault plan (JSON)")
    command.add_argument(
        "--capabilities",
        default=",".join(CAPABILITIES),
        metavar="LIST",
        help=f"the integration's capabilities (default: {','.join(CAPABILITIES)})",
    )
    add_flag(command, "--empty", "start without a database, so that `init` creates one")
    command.add_argument(
        "--root", metavar="DIR", help="create the database for this repository's mapping"
    )
    command.add_argument("--config", metavar="FILE", help="its configuration")
    add_flag(command, "--json", "print the settings as JSON")


def _demo(commands: Commands) -> None:
    command = add_command(
        commands,
        "demo",
        "demo:demo",
        "try everything, without an account",
        "Run every step on an example repository against the embedded Notion: validate, backfill, "
        "dry run, apply, apply again, edit, diff, apply. Another demo deletes the folder and "
        "starts over; if you have edited its manifests, only with --again.",
        "demo --folder my-demo",
    )
    command.add_argument(
        "--folder", default="demo", metavar="DIR", help="the folder to create (default: ./demo)"
    )
    add_flag(command, "--again", "also delete an earlier demo with edited manifests")
    add_flag(command, "--json", "print the result as JSON")


#: Command → the function that adds it, in the order of ``--help``.
COMMANDS = {
    "init": _init,
    "doctor": _doctor,
    "validate": _validate,
    "vocabulary": _vocabulary,
    "backfill": _backfill,
    "sync": _sync,
    "verify": _verify,
    "ledger": _ledger,
    "emulator": _emulator,
    "demo": _demo,
}
