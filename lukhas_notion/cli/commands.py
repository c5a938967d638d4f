"""Every command with its arguments, and no command's code.

``--help`` and a usage error import nothing that only one command needs: a command names what it
runs as ``module:function``, and that module is imported when it runs.
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

#: What an integration may do in Notion.
CAPABILITIES = ("read", "insert", "update", "users", "emails")


@cache
def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; a process makes it once."""
    top = Parser(
        prog="lukhas-notion",
        description="Carry a repository's module manifests into a Notion database, one way.",
        epilog="example: lukhas-notion sync --all --dry-run",
    )
    top.add_argument("--version", action="version", version=f"lukhas-notion {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in COMMANDS.values():
        add(commands)
    return top


def _init(commands: Commands) -> None:
    made = add_command(
        commands,
        "init",
        "setup:init",
        "set up the database and the repository",
        "Make the database below a page, or complete the one that is configured, and write the "
        "configuration, schema, vocabularies and workflows that are missing. It only adds: nothing "
        "is renamed, converted, removed, recoloured or overwritten. With --from it reads your own "
        "files first, and proposes a mapping for them; without --parent it then writes the files "
        "and stops.",
        "init --from 'services/*/service.json' --dry-run",
    )
    made.add_argument(
        "--from",
        dest="patterns",
        nargs="+",
        metavar="PATTERN",
        help="the files to propose a mapping for: a folder, or quoted patterns from the root",
    )
    made.add_argument(
        "--parent", metavar="PAGE", help="the page to make a database under, its id or its URL"
    )
    made.add_argument("--title", metavar="TEXT", help="a new database's title (default: Modules)")
    add_flag(made, "--dry-run", "show what is missing; no write")
    add_flag(
        made,
        "--again",
        "make another database, although one is named, or an earlier run made one here",
    )
    add_common(made)
    add_notion(made)


def _doctor(commands: Commands) -> None:
    made = add_command(
        commands,
        "doctor",
        "setup:doctor",
        "check the set-up",
        "Check token, sharing, capabilities, properties, options, rate, schema, vocabularies, "
        "manifests and workflows. Everything that is wrong comes with what to do; nothing is "
        "written, neither to Notion nor to any file.",
        "doctor",
    )
    add_flag(made, "--offline", "do not ask Notion")
    add_flag(made, "--read-only", "the token is for previews: it need not insert and update")
    add_common(made)
    add_notion(made)


def _validate(commands: Commands) -> None:
    made = add_command(
        commands,
        "validate",
        "repository:validate",
        "check manifests against schema and vocabularies",
        "Check manifests against JSON Schema and vocabularies. Needs no Notion. With --fix, "
        "synonyms and other spellings of a vocabulary's names become those names; nothing else in "
        "a file changes.",
        "validate --all",
    )
    made.add_argument("paths", nargs="*", metavar="PATH", help="manifests to check")
    add_flag(made, "--all", "check every manifest")
    add_repeated(made, "--module", "NAME", "check one module")
    add_flag(made, "--fix", "write the vocabulary's names in the place of synonyms")
    add_flag(made, "--diff", "with --fix: show what would change, write nothing")
    add_verbose(made)
    add_common(made)


def _vocabulary(commands: Commands) -> None:
    made = add_command(
        commands,
        "vocabulary",
        "",
        "add the names that manifests use",
        "Change the vocabulary files.",
        "vocabulary add --from-manifests",
    )
    below = made.add_subparsers(dest="vocabulary_command", required=True, metavar="COMMAND")
    adding = add_command(
        below,
        "add",
        "setup:add_names",
        "add names",
        "Add names to the vocabulary files, sorted. Everything else in a file stays as it is, byte "
        "for byte. Without NAME and --all it lists the names that can be added, how many manifests "
        "use each, and which name of the vocabulary it may be a misspelling of.",
        "vocabulary add --from-manifests lane:research --property Tags",
    )
    adding.add_argument("names", nargs="*", metavar="NAME", help="a name to add")
    adding.add_argument(
        "--from-manifests",
        action="store_true",
        required=True,
        help="from the names that a manifest uses and its vocabulary lacks",
    )
    add_flag(adding, "--all", "add every one of them")
    add_repeated(adding, "--property", "NAME", "for this property only")
    add_flag(adding, "--dry-run", "show the names; no write")
    add_common(adding)


def _backfill(commands: Commands) -> None:
    made = add_command(
        commands,
        "backfill",
        "sync:backfill",
        "add missing options to multi-select properties",
        "Add the vocabularies' missing options, with stable colours. Shows what it would do unless "
        "--apply is given; removes nothing unless --prune is given as well.",
        "backfill --features --tags --apply",
    )
    add_flag(made, "--features", "the property Features")
    add_flag(made, "--tags", "the property Tags")
    add_repeated(made, "--property", "NAME", "another property")
    add_flag(made, "--apply", "write to Notion")
    add_flag(made, "--dry-run", "write nothing (the default)")
    add_flag(made, "--prune", "also remove options outside the vocabulary")
    add_force(made)
    add_reports(made)
    add_verbose(made)
    add_common(made)
    add_notion(made)


def _sync(commands: Commands) -> None:
    made = add_command(
        commands,
        "sync",
        "sync:sync",
        "carry manifests into Notion",
        "Validate, plan and apply. A page that is up to date is left alone.",
        "sync --all --dry-run",
    )
    add_flag(made, "--all", "every manifest of the repository")
    add_repeated(
        made, "--module", "NAME", "one module by its name, or by its folder's where none bears it"
    )
    add_flag(made, "--dry-run", "show what would change; no write")
    add_flag(made, "--backfill", "first add the vocabularies' missing options")
    add_flag(made, "--add-properties", "first add the mapped properties that the database lacks")
    add_flag(made, "--repair-drift", "write over what was edited in Notion")
    add_flag(
        made, "--skip-invalid", "sync the valid manifests although others are not; still exits 1"
    )
    group = made.add_argument_group(
        "removed modules", "pages whose manifests are gone; without this they are listed, and stay"
    )
    add_flag(
        group,
        "--archive-removed",
        "plan to move those that this repository manages to the trash; needs --all",
    )
    add_flag(
        group,
        "--apply",
        "with --archive-removed: move them; without it they are shown, and all else is done",
    )
    add_force(group)
    group = made.add_argument_group(
        "review", "apply exactly the plan that was reviewed, or nothing (exit 1)"
    )
    group.add_argument(
        "--expect-digest", metavar="DIGEST", help="the digest of the reviewed plan, 64 digits"
    )
    group.add_argument(
        "--expect-plan", metavar="FILE", help="the reviewed dry run's --report-json file"
    )
    add_reports(made)
    add_verbose(made, "page and every violation")
    add_identity(made)
    add_common(made)
    add_notion(made)


def _verify(commands: Commands) -> None:
    made = add_command(
        commands,
        "verify",
        "sync:verify",
        "say whether repository, Notion and ledger agree",
        "Compare repository, Notion and ledger, and name for each module which one disagrees. "
        "Writes nothing to Notion unless --repair is given.",
        "verify",
    )
    made.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="KIND",
        choices=[kind.value for kind in FindingKind],
        help="a kind of finding that does not count" + AGAIN,
    )
    add_flag(made, "--bodies", "read the bodies of all pages, too: one request a page")
    group = made.add_argument_group(
        "repair", "bring Notion back to the repository's state, by a sync, and verify again"
    )
    add_flag(group, "--repair", "sync where something disagrees")
    add_flag(
        group,
        "--archive-removed",
        "with it also move pages of removed modules to the trash, if they are managed",
    )
    add_flag(group, "--prune", "with it also remove options outside the vocabulary")
    add_force(group)
    add_reports(made)
    add_verbose(made, "finding")
    add_identity(made)
    add_common(made)
    add_notion(made)


def _ledger(commands: Commands) -> None:
    made = add_command(
        commands,
        "ledger",
        "",
        "show what was attempted, or prove that nothing was changed",
        "Read the append-only ledger of every attempt.",
        "ledger show --since 2026-10-01",
    )
    below = made.add_subparsers(dest="ledger_command", required=True, metavar="COMMAND")
    check = add_command(
        below,
        "verify",
        "repository:ledger_verify",
        "check the chain of hashes",
        "Check that no line before the last was changed, removed or inserted.",
        "ledger verify",
    )
    show = add_command(
        below,
        "show",
        "repository:ledger_show",
        "print what was attempted, and what it came to",
        "Print a table of what was attempted, oldest first, and what it came to.",
        "ledger show --since 2026-10-01",
    )
    show.add_argument("--since", metavar="DATE", help="from this day or time on, UTC")
    show.add_argument("--module", metavar="NAME", help="one module's history")
    show.add_argument(
        "--run", dest="run_id", metavar="ID", help="one run, by the first digits of its id"
    )
    for each in (check, show):
        add_common(each)
        add_ledger(each)


def _emulator(commands: Commands) -> None:
    made = add_command(
        commands,
        "emulator",
        "emulator:serve",
        "run a local Notion",
        "Run a local Notion on 127.0.0.1, as strict as the real one. Open its address in a browser "
        "to see the database. Ctrl-C stops it.",
        "emulator --port 8377 --state notion.ndjson",
    )
    made.add_argument("--port", type=int, default=8377, metavar="N", help="default: 8377")
    made.add_argument(
        "--state", metavar="FILE", help="keep everything in this file (default: in memory)"
    )
    made.add_argument(
        "--latency",
        type=float,
        default=0.0,
        metavar="MS",
        help="milliseconds from a request to its answer",
    )
    made.add_argument(
        "--requests-per-minute",
        type=int,
        default=180,
        metavar="N",
        help="answer 429 beyond so many a minute (default: 180; 0: never)",
    )
    made.add_argument("--faults", metavar="FILE", help="a fault plan (JSON) to carry out")
    made.add_argument(
        "--capabilities",
        default=",".join(CAPABILITIES),
        metavar="LIST",
        help=f"what the integration may do (default: {','.join(CAPABILITIES)})",
    )
    add_flag(made, "--empty", "begin without a database, for `init` to make one")
    made.add_argument(
        "--root", metavar="DIR", help="shape the database by this repository's mapping"
    )
    made.add_argument("--config", metavar="FILE", help="its configuration")
    add_flag(made, "--json", "print the settings as JSON")


def _demo(commands: Commands) -> None:
    made = add_command(
        commands,
        "demo",
        "demo:demo",
        "see it all work, with no account",
        "Run the whole story on an example repository against the embedded Notion: validate, "
        "backfill, dry run, apply, again, edit, diff, apply. A second demo deletes the folder and "
        "begins anew; where you have edited its manifests, only with --again.",
        "demo --folder my-demo",
    )
    made.add_argument(
        "--folder", default="demo", metavar="DIR", help="where to put it all (default: ./demo)"
    )
    add_flag(made, "--again", "also delete what was edited in an earlier demo")
    add_flag(made, "--json", "print the outcome as JSON")


#: Each command and what adds it, in the order of the help.
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
