"""Write the parts of action files, README and pages that are generated from the code's data.

Usage: ``python docs/generate.py`` writes them; with ``--check`` it only says, by its exit code and
a line for each file, which are out of date. A part stands between two lines, ``generated: NAME``
and ``end: NAME``, each in a comment of the file's kind; a file without them is left alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

# Of this checkout, and not of an installed one.
from generators import (  # noqa: E402
    action,
    command_line,
    comparison,
    configuration,
    document,
    findings,
    manifest,
    tables,
    violations,
)

Parts = Mapping[str, Callable[[], str]]

FILES: Mapping[str, Parts] = {
    "action.yml": {
        "inputs": action.inputs_yaml,
        "outputs": action.outputs_yaml,
    },
    "composite/action.yml": {
        "inputs": action.inputs_yaml,
        "outputs": lambda: action.outputs_yaml(lambda name: f"${{{{ steps.run.outputs.{name} }}}}"),
        "environ": lambda: action.environ_yaml(" " * 8),
    },
    "docs/comparison.md": {"ran": comparison.ran_table, "read": comparison.read_table},
    "docs/how-to/preview-on-pull-requests.md": {
        "workflow-preview": partial(tables.fenced, "examples/workflows/notion-preview.yml"),
    },
    "docs/how-to/apply-on-merge.md": {
        "workflow-apply": partial(tables.fenced, "examples/workflows/notion-apply.yml"),
    },
    "docs/how-to/check-the-set-up.md": {
        "workflow-doctor": partial(tables.fenced, "examples/workflows/notion-doctor.yml"),
    },
    "docs/how-to/verify.md": {
        "workflow-verify": partial(tables.fenced, "examples/workflows/notion-verify.yml"),
    },
    "docs/how-to/migrate-from-the-scripts.md": {
        "document-commands": document.commands_table,
        "document-lines": document.lines_table,
    },
    "docs/how-to/forks-and-dependabot.md": {
        "workflow-comment": partial(tables.fenced, "examples/workflows/notion-comment.yml"),
    },
    "docs/reference/action.md": {
        "inputs": action.inputs_table,
        "outputs": action.outputs_table,
        "failure-reasons": action.failure_table,
        "events": action.behaviour_table,
    },
    "docs/reference/command-line.md": {"commands": command_line.commands},
    "docs/reference/configuration.md": {
        "keys": configuration.keys,
        "property-keys": configuration.property_keys,
        "property-types": configuration.property_types,
        "default-mapping": configuration.default_mapping,
        "variables": configuration.variables,
    },
    "docs/reference/findings.md": {"findings": findings.findings_table},
    "docs/reference/manifest.md": {"members": manifest.members},
    "docs/reference/violations.md": {"rules": violations.rules_table},
}

_PART = re.compile(
    r"^(?P<begin>[ ]*(?:# |<!-- )generated: (?P<name>[a-z-]+)(?: -->)?\n)"
    r".*?"
    r"^(?P<end>[ ]*(?:# |<!-- )end: (?P=name)(?: -->)?)$",
    re.DOTALL | re.MULTILINE,
)


def render(text: str, parts: Parts) -> str:
    """Return a file's text with every part in it made anew.

    Raises:
        KeyError: the file asks for a part that nobody makes.
    """

    def replaced(found: re.Match[str]) -> str:
        return f"{found['begin']}{parts[found['name']]().rstrip()}\n{found['end']}"

    return _PART.sub(replaced, text)


def main(arguments: Sequence[str]) -> int:
    """Write every file, or with ``--check`` none; return 1 when one is out of date."""
    stale = []
    for name, parts in FILES.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        made = render(text, parts)
        if made != text:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(made, encoding="utf-8", newline="\n")
    if "--check" not in arguments:
        return 0
    for name in stale:
        sys.stderr.write(f"{name} is out of date: run python docs/generate.py\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
