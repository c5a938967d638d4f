"""The parser, and the arguments that several commands share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

from lukhas_notion.config.config import DEFAULT_REPORT
from lukhas_notion.util.runtime import SafeStream
from lukhas_notion.util.sanitize import terminal_block

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

AGAIN = " (may be repeated)"


class Parser(argparse.ArgumentParser):
    """A parser that names the argument that may be meant, and the command it belongs to.

    Its messages are escaped: they quote arguments, such as file names from ``*``. An argument is
    not abbreviated: a new one could make the short form of another ambiguous.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the arguments of this command; one that it does not know is an error here.

        Without this, the top parser reports the unknown arguments of all commands, with its own
        usage.
        """
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            near = _near(unknown[0].partition("=")[0], self._option_string_actions)
            self.error(
                f"unrecognized arguments: {' '.join(unknown)}{near}\n"
                f"  `{self.prog} --help` lists all arguments."
            )
        return found, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            error.message += _near(str(value), map(str, action.choices or ()))
            raise

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        stream = cast("IO[str] | None", sys.stderr if file is None else file)
        SafeStream(stream).write(terminal_block(message))


def _near(given: str, known: Iterable[str]) -> str:
    """Return a question with the known word that may be meant, "" without a good guess."""
    from lukhas_notion.util.text import nearest

    # The hyphens are no part of a name: with them, short ones seem similar.
    names = {word.lstrip("-"): word for word in known}
    short = given.lstrip("-")
    near = nearest(short, names) or next((name for name in names if name.startswith(short)), "")
    return f"; did you mean {names[near]}?" if near else ""


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
Container: TypeAlias = argparse._ActionsContainer


def add_command(
    commands: Commands, name: str, runs: str, summary: str, description: str, example: str
) -> Parser:
    """Add a command and return its parser.

    Args:
        commands: the group of commands that it belongs to.
        name: the name of the command.
        runs: the function to call, as ``module:function``; "" for a group of commands.
        summary: one line for the list of commands.
        description: the full description.
        example: an example, without the program's name.
    """
    command = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"example: lukhas-notion {example}",
    )
    command.set_defaults(run=runs)
    return command


def add_flag(to: Container, name: str, text: str) -> None:
    """Add an argument without a value."""
    to.add_argument(name, action="store_true", help=text)


def add_repeated(to: Container, name: str, metavar: str, text: str) -> None:
    """Add an argument that may be repeated."""
    to.add_argument(name, action="append", default=[], metavar=metavar, help=text + AGAIN)


def add_common(to: Parser) -> None:
    """Add the arguments of every command."""
    group = to.add_argument_group("repository")
    group.add_argument("--root", metavar="DIR", help="the repository (default: .)")
    group.add_argument(
        "--config",
        metavar="FILE",
        help="the configuration (default: lukhas-notion.toml in the root, if it exists)",
    )
    add_flag(group, "--json", "print JSON")
    add_flag(group, "--debug", "log every request to stderr")


def add_verbose(to: Parser, what: str = "violation") -> None:
    """Add the flag that lists every violation instead of one for each kind."""
    add_flag(to, "--verbose", f"list every {what}, however many there are")


def add_notion(to: Parser) -> None:
    """Add the arguments of every command that sends requests to Notion."""
    group = to.add_argument_group("Notion", "the token is read from NOTION_TOKEN only")
    group.add_argument("--database", metavar="ID", help="id or URL (NOTION_DATABASE_ID)")
    group.add_argument("--data-source", metavar="ID", help="id (NOTION_DATA_SOURCE_ID)")
    group.add_argument("--api-url", metavar="URL", help="address of Notion's API (NOTION_API_URL)")
    group.add_argument(
        "--rate-limit",
        metavar="N",
        help="operations per second, averaged over a minute; below 3 they are spread evenly; auto "
        "finds out how many Notion allows (NOTION_RATE_LIMIT, default 3)",
    )
    group.add_argument("--concurrency", type=int, metavar="N", help="requests at once")
    group.add_argument(
        "--max-retries", type=int, metavar="N", help="repeats of one request, 429s among them"
    )
    group.add_argument(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help="end the run after this time, with a report",
    )
    add_ledger(group)


def add_ledger(to: Container) -> None:
    """Add the path of the ledger."""
    to.add_argument("--ledger", metavar="FILE", help="the ledger's file")


def add_identity(to: Parser) -> None:
    """Add the arguments that determine which pages this repository manages."""
    group = to.add_argument_group(
        "managed pages", "each managed page has a record that names its repository"
    )
    group.add_argument(
        "--source",
        metavar="REPOSITORY",
        help="OWNER/REPO or URL in the records (default: the origin of the checkout)",
    )
    add_repeated(
        group,
        "--adopt-from",
        "REPOSITORY",
        "take over the pages of a repository that was renamed, transferred or split",
    )


def add_force(to: Container) -> None:
    """Add the argument that allows a plan that removes many pages or options."""
    to.add_argument(
        "--force",
        type=int,
        metavar="N",
        help="allow a plan that removes or restores more than usual, if it is exactly N pages and "
        "options",
    )


def add_reports(to: Parser) -> None:
    """Add the reports of a run."""
    to.add_argument(
        "--report-md",
        nargs="?",
        const="",
        metavar="FILE",
        help=f"write the Markdown report; - prints it (default: {DEFAULT_REPORT})",
    )
    to.add_argument("--report-json", metavar="FILE", help="write the report as JSON; - prints it")
