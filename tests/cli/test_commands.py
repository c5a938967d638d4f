"""The parser: what each command takes, and that it leads to code."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from importlib import import_module

import pytest

from lukhas_notion.cli.arguments import Parser
from lukhas_notion.cli.commands import CAPABILITIES, COMMANDS, parser


def leaves(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield every parser that has no commands below it."""
    below = [each for each in top._actions if isinstance(each, argparse._SubParsersAction)]
    if not below:
        yield top
    for action in below:
        for each in action.choices.values():
            yield from leaves(each)


LEAVES = list(leaves(parser()))


@pytest.mark.parametrize("command", LEAVES, ids=lambda command: command.prog)
def test_each_command_leads_to_a_function(command: argparse.ArgumentParser) -> None:
    """Each command names a function in cli that takes the arguments and the context."""
    module, function = command.get_default("run").split(":")
    run = getattr(import_module(f"lukhas_notion.cli.{module}"), function)
    assert run.__code__.co_varnames[: run.__code__.co_argcount] == ("args", "context")


@pytest.mark.parametrize("command", LEAVES, ids=lambda command: command.prog)
def test_each_example_can_be_typed(command: argparse.ArgumentParser) -> None:
    """The parser accepts the example in the help of each command."""
    program, *words = shlex.split(str(command.epilog).removeprefix("example: "))
    assert program == "lukhas-notion"
    assert parser().parse_args(words).run == command.get_default("run")


def test_the_help_lists_every_command_in_order() -> None:
    """The function in the table adds the command with that name."""
    listed = parser().format_help().partition("COMMAND\n")[2].split("options:")[0]
    names = [line.split()[0] for line in listed.splitlines() if line.startswith("    ")]
    assert [name for name in names if name in COMMANDS] == list(COMMANDS)


def test_values_that_may_be_repeated_are_collected() -> None:
    """Repeated arguments are collected, and are an empty list if none is given."""
    assert parser().parse_args(["sync", "--all"]).module == []
    words = ["sync", "--module", "a", "--module", "b"]
    assert parser().parse_args(words).module == ["a", "b"]


def test_the_emulator_may_do_everything_that_it_knows() -> None:
    """The default names every capability."""
    assert parser().parse_args(["emulator"]).capabilities.split(",") == list(CAPABILITIES)


def test_a_message_quotes_an_argument_safely(capsys: pytest.CaptureFixture[str]) -> None:
    """A message escapes a quoted argument: a shell's pattern may have inserted any file name."""
    with pytest.raises(SystemExit):
        Parser(prog="x").parse_args(["--a\u001b[31m\n::error::b"])
    said = capsys.readouterr().err
    assert "\u001b" not in said
    assert "\n::error" not in said
