"""A workflow file, read with bounds: on a pull request a stranger wrote it.

Everything in it is text, lists and objects: no tag makes anything else, ``on`` is the word and not
a truth value, and ``<<`` is a key like any other, which is what it is to GitHub.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.events import AliasEvent
from yaml.nodes import Node

from lukhas_notion.util.read_files import RefusedFileError, read_regular

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40
MAX_ALIASES = 100
#: Of all files together: what takes a few seconds, and a hundred times what workflows have.
MAX_TOTAL_BYTES = 2 * 1024 * 1024
MAX_TOTAL_VALUES = 60_000


class WorkflowError(Exception):
    """A file that is no workflow, or is not looked into; the text says why."""


class BudgetSpent(WorkflowError):
    """The files together hold more than is looked into; whatever comes after is not read."""


@dataclass(slots=True)
class Budget:
    """What may still be parsed, of all files of one examination together.

    Args:
        bytes: of text; the scanner looks at each.
        values: words, lists and objects, which is what takes the time.
    """

    bytes: int = MAX_TOTAL_BYTES
    values: int = MAX_TOTAL_VALUES

    def take(self, *, text: int = 0, values: int = 0) -> None:
        """Take this much.

        Raises:
            BudgetSpent: there is not so much left.
        """
        self.bytes -= text
        self.values -= values
        if self.bytes < 0:
            raise BudgetSpent(f"the workflows together are over {MAX_TOTAL_BYTES:,} bytes")
        if self.values < 0:
            raise BudgetSpent(f"the workflows together have more than {MAX_TOTAL_VALUES:,} values")


class _Loader(yaml.BaseLoader):
    """Composes a document as long as it is neither too deep, too large nor too entangled."""

    def __init__(self, stream: str, budget: Budget) -> None:
        super().__init__(stream)
        self._budget = budget
        self._depth = 0
        self._aliases = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Count what is composed."""
        self._budget.take(values=1)
        self._aliases += self.check_event(AliasEvent)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WorkflowError(f"it is nested more than {MAX_DEPTH} deep")
        if self._aliases > MAX_ALIASES:
            raise WorkflowError(f"it has more than {MAX_ALIASES} aliases")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def read_workflow(
    path: Path, root: Path, budget: Budget, *, mentions: bytes = b""
) -> dict[str, Any] | None:
    """Return what a workflow file says; None where it does not mention ``mentions`` at all.

    Args:
        path: the file.
        root: no link leads out of it.
        budget: what may be parsed yet; this file is taken from it.
        mentions: what it has to have somewhere, in small letters, to be worth parsing.

    Raises:
        BudgetSpent: it would be more than is looked into.
        WorkflowError: it cannot be read, or is no YAML object.
    """
    try:
        content = read_regular(path, MAX_BYTES, root=root)
    except RefusedFileError as error:
        raise WorkflowError(error.message) from None
    if len(content) > MAX_BYTES:
        raise WorkflowError(f"it is over {MAX_BYTES:,} bytes")
    if mentions not in content.lower():
        return None
    try:
        document = parse(content.decode("utf-8"), budget)
    except UnicodeDecodeError:
        raise WorkflowError("it is not UTF-8") from None
    return document


def parse(text: str, budget: Budget) -> dict[str, Any]:
    """Return a workflow's text as text, lists and objects.

    Raises:
        BudgetSpent: it would be more than is looked into.
        WorkflowError: it is no YAML, or no object.
    """
    budget.take(text=len(text))
    loader = None
    try:
        loader = _Loader(text, budget)
        document = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WorkflowError(f"line {line}: it is no YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WorkflowError(f"it is no YAML: {type(error).__name__}") from None
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(document, dict):
        raise WorkflowError("it is no YAML object")
    return document
