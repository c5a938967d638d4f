"""Messages of the package, read from its source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import lukhas_notion

PACKAGE = Path(lukhas_notion.__file__).parent
#: Help of the command line is plain text: no renderer makes Markdown of it.
PLAIN = {"cli/commands.py", "cli/arguments.py"}
COMMAND = re.compile(r"(?<=[^`])\blukhas-notion [a-z]+\b")


def texts(tree: ast.AST) -> list[str]:
    """Return the texts of a module, ``{}`` in the place of what is put in."""
    parts = [
        "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    ]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, documented)}
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return parts + [each for each in constants if isinstance(each, str) and each not in docs]


def test_commands_in_messages_are_in_backticks() -> None:
    """A command within a sentence is copied by its reader, so Markdown shows it as code."""
    found = [
        f"{path.relative_to(PACKAGE)}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).as_posix() not in PLAIN
        for text in texts(ast.parse(path.read_text(encoding="utf-8")))
        if COMMAND.search(text)
    ]
    assert found == []
