"""What a command may import: start-up is imports, and names do not depend on the machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.workplace import EXAMPLE

from lukhas_notion.cli.commands import COMMANDS

#: Each takes a tenth of a second or more, or is for one command alone.
HEAVY = frozenset(
    {
        "github",
        "httpx",
        "jsonschema",
        "notion_client",
        "regex",
        "rich",
        "starlette",
        "uvicorn",
        "yaml",
    }
)
MANIFEST = "platform/feature-flags/module.manifest.json"
NOTION = ["--database", "0" * 32, "--api-url", "http://127.0.0.1:9", "--max-retries", "0"]
CODE = """
import sys
from lukhas_notion.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print("\\n" + " ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""


def imported(*words: str) -> set[str]:
    """Return the heavy packages that a command has imported, in a process of its own."""
    bytecode = os.environ.get("PYTHONPYCACHEPREFIX", "")
    environ = {"NOTION_TOKEN": "ntn_x", "PATH": "", "PYTHONPYCACHEPREFIX": bytecode}
    command = [sys.executable, "-c", CODE, *words]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    names = done.stdout.splitlines()[-1].split()
    assert "lukhas_notion" in names, done.stderr
    return HEAVY & set(names)


@pytest.mark.parametrize("words", [("--help",), *((name, "--help") for name in COMMANDS)])
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    """Help costs only the start of Python and of this tool."""
    assert imported(*words) == set()


def test_a_misspelt_command_imports_nothing_heavy() -> None:
    """A usage error is as quick as the help."""
    assert imported("sinc") == set()


def test_validating_imports_the_gates_alone() -> None:
    """The gates need neither Notion nor GitHub."""
    assert imported("validate", MANIFEST, "--root", str(EXAMPLE)) == {"jsonschema", "regex"}


def test_an_examination_offline_imports_no_notion() -> None:
    """The gates, and the reader of workflows where there are any to be read."""
    words = ["doctor", "--offline", "--root", str(EXAMPLE)]
    assert imported(*words) <= {"jsonschema", "regex", "yaml"}


def test_a_set_up_imports_no_gate_for_schemas_and_no_workflow_reader() -> None:
    """It looks at names, and asks Notion."""
    words = ["init", "--dry-run", "--root", str(EXAMPLE), *NOTION]
    assert imported(*words) - {"rich"} == {"httpx", "notion_client"}


def test_a_sync_imports_no_github_and_no_server() -> None:
    """By hand there is no GitHub; the imports of httpx itself do not count."""
    words = ["sync", "--all", "--dry-run", "--root", str(EXAMPLE), *NOTION]
    assert imported(*words) - {"rich"} == {"httpx", "jsonschema", "notion_client", "regex"}


def test_the_action_starts_without_anything_heavy() -> None:
    """What a mode needs is imported when it is needed: validating sends no request to Notion."""
    code = "import sys, lukhas_notion.action.main; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names = set(done.stdout.split())
    assert "lukhas_notion.action.main" in names
    assert HEAVY & names == set()
