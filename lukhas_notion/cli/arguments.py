"""What arguments are made of, and those that several commands take."""

from __future__ import annotations

import argparse
import sys
from typing import IO, TYPE_CHECKING, TypeAlias, cast

from lukhas_notion.config.config import DEFAULT_REPORT
from lukhas_notion.util.runtime import SafeStream
from lukhas_notion.util.sanitize import terminal_block

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

AGAIN = " (may be repeated)"


class Parser(argparse.ArgumentParser):
    """A parser whose messages quote an argument safely: a shell's ``*`` may have put it there."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        stream = cast("IO[str] | None", sys.stderr if file is None else file)
        SafeStream(stream).write(terminal_block(message))


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
Container: TypeAlias = argparse._ActionsContainer


def add_command(
    commands: Commands, name: str, runs: str, summary: str, description: str, example: str
) -> Parser:
    """Add a command and return its parser.

    Args:
        commands: the commands above it.
        name: its name.
        runs: what it runs, as ``module:function``; "" where a command below it does.
        summary: one line for the list of commands.
        description: what it does.
        example: its arguments, without the program's name.
    """
    made = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"example: lukhas-notion {example}",
    )
    made.set_defaults(run=runs)
    return made


def add_flag(to: Container, name: str, text: str) -> None:
    """Add an argument that is given or not."""
    to.add_argument(name, action="store_true", help=text)


def add_repeated(to: Container, name: str, metavar: str, text: str) -> None:
    """Add an argument whose values are collected."""
    to.add_argument(name, action="append", default=[], metavar=metavar, help=text + AGAIN)


# --- what several commands take ---------------------------------------------------------------


def add_common(to: Parser) -> None:
    """Add what every command takes."""
    group = to.add_argument_group("repository")
    group.add_argument("--root", metavar="DIR", help="the repository (default: .)")
    group.add_argument(
        "--config",
        metavar="FILE",
        help="the configuration (default: lukhas-notion.toml under the root, if there)",
    )
    add_flag(group, "--json", "print JSON for a machine")
    add_flag(group, "--debug", "log every request to stderr")


def add_verbose(to: Parser, what: str = "violation") -> None:
    """Add what lists every violation, where many of a kind are reported as one."""
    add_flag(to, "--verbose", f"list every {what}, however many there are")


def add_notion(to: Parser) -> None:
    """Add what every command takes that asks Notion."""
    group = to.add_argument_group("Notion", "the token comes from NOTION_TOKEN alone")
    group.add_argument("--database", metavar="ID", help="id or URL (NOTION_DATABASE_ID)")
    group.add_argument("--data-source", metavar="ID", help="id (NOTION_DATA_SOURCE_ID)")
    group.add_argument("--api-url", metavar="URL", help="where Notion is (NOTION_API_URL)")
    group.add_argument(
        "--rate-limit",
        metavar="N",
        help="operations per second, as an average over a minute, below 3 spread evenly; auto "
        "finds out how many Notion allows (NOTION_RATE_LIMIT, default 3)",
    )
    group.add_argument("--concurrency", type=int, metavar="N", help="requests at once")
    group.add_argument(
        "--max-retries", type=int, metavar="N", help="repeats of one request, 429s among them"
    )
    group.add_argument(
        "--deadline", type=float, metavar="SECONDS", help="end the run by then, with a report"
    )
    add_ledger(group)


def add_ledger(to: Container) -> None:
    """Add where the ledger is."""
    to.add_argument("--ledger", metavar="FILE", help="the ledger's file")


def add_identity(to: Parser) -> None:
    """Add what says which pages are this repository's."""
    group = to.add_argument_group(
        "repository's pages", "pages are known by the record that this tool leaves on each"
    )
    group.add_argument(
        "--source",
        metavar="REPOSITORY",
        help="OWNER/REPO or URL that records name (default: the checkout's origin)",
    )
    add_repeated(
        group,
        "--adopt-from",
        "REPOSITORY",
        "take over the pages of a repository that was renamed, transferred or split",
    )


def add_force(to: Container) -> None:
    """Add what allows a plan that removes much."""
    to.add_argument(
        "--force",
        type=int,
        metavar="N",
        help="allow a plan that removes or restores more than is usual, if it is just N pages and "
        "options",
    )


def add_reports(to: Parser) -> None:
    """Add the reports that a run can write."""
    to.add_argument(
        "--report-md",
        nargs="?",
        const="",
        metavar="FILE",
        help=f"write the Markdown report; - prints it (default: {DEFAULT_REPORT})",
    )
    to.add_argument(
        "--report-json", metavar="FILE", help="write the same content as JSON; - prints it"
    )
