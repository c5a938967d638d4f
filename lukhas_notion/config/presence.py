"""Gates that are missing: a gate without its file is closed, not open.

Two rules. A default schema or vocabulary file that an earlier commit has, and that the checkout
lacks, was taken away: nothing is planned. A manifest that names values for a property without a
vocabulary is held back, because nothing says which names are allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lukhas_notion.manifests.violation import Violation
from lukhas_notion.util.plural import counted

#: The rule of files that are gone, and of names that nothing allows.
REMOVED = "gate.removed"
NO_VOCABULARY = "gate.vocabulary"


def no_earlier_files(_paths: Sequence[str]) -> Mapping[str, str]:
    """Return nothing: where there is no earlier commit, or nobody to ask."""
    return {}


@dataclass(frozen=True, slots=True)
class GateFile:
    """A file by its default path, which makes a gate where it is there.

    Args:
        path: relative to the root, with forward slashes.
        purpose: what it is: ``the schema`` or ``the vocabulary of Features``.
        without: what to write into the configuration to do without it.
    """

    path: str
    purpose: str
    without: str


def removed(
    expected: Iterable[GateFile], present: Collection[str], earlier: Mapping[str, str]
) -> list[Violation]:
    """Return a violation for each gate that somebody took away.

    Args:
        expected: the files that the configuration expects by their default paths.
        present: the paths that the checkout has.
        earlier: path → who has the file: ``the last commit`` or ``the base branch``.
    """
    return [
        Violation(
            file.path,
            1,
            1,
            "",
            REMOVED,
            f"{file.purpose} is missing here, and {earlier[file.path]} has it",
            f"Restore {file.path}, or {file.without}.",
        )
        for file in expected
        if file.path not in present and file.path in earlier
    ]


def blocks(violations: Iterable[Violation]) -> bool:
    """Return whether nothing may be planned, not even for manifests without a violation."""
    return any(v.rule == REMOVED for v in violations)


def headlines(violations: Iterable[Violation]) -> list[str]:
    """Return a line for each gate that is missing; reports begin with them."""
    removed, ungated = list[str](), dict[str, set[str]]()
    for v in violations:
        if v.rule == REMOVED:
            removed.append(f"{v.path}: {v.message}")
        elif v.rule == NO_VOCABULARY:
            ungated.setdefault(v.message, set()).add(v.path)
    return removed + [
        f"{said} ({counted(len(paths), 'manifest')})" for said, paths in ungated.items()
    ]
