"""The workflows of a repository, as far as they use the Action."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lukhas_notion.setup.doctor.diagnosis import (
    Check,
    note,
    problem,
    warning,
)
from lukhas_notion.setup.doctor.workflow_file import (
    Budget,
    BudgetSpent,
    WorkflowError,
    read_workflow,
)
from lukhas_notion.setup.doctor.workflow_rules import use_checks
from lukhas_notion.setup.doctor.workflow_uses import MOST_USES, uses_of
from lukhas_notion.util.checkout import WORKFLOWS
from lukhas_notion.util.read_files import RefusedFileError, list_names

MOST_FILES = 200
_MENTIONS = b"lukhas-notion/lukhas-notion"


def workflow_checks(top: Path) -> Iterator[Check]:
    """Yield what there is to say of the workflows below ``top``, the top of a checkout."""
    used = False
    try:
        files = _files(top)
    except RefusedFileError as error:
        yield problem("workflows", f"{WORKFLOWS} cannot be listed: {error.message}.", error.remedy)
        return
    if len(files) > MOST_FILES:
        yield warning(
            "workflows",
            f"There are {len(files)}; the first {MOST_FILES} are looked at.",
            "Look through the others by hand.",
        )
    budget = Budget()
    for path in files[:MOST_FILES]:
        try:
            for check in _checks(path, top, budget):
                used = True
                yield check
        except BudgetSpent as error:
            used = True
            name = path.relative_to(top).as_posix()
            said = f"It is not looked into, nor is any after it: {error}."
            yield problem(name, said, "Make them smaller, or look through them by hand.")
            break
    if not used:
        yield note(
            "workflows",
            f"None in {WORKFLOWS} uses the Action.",
            "`lukhas-notion init` writes two: a preview on pull requests, an apply on merge.",
        )


def _files(top: Path) -> list[Path]:
    paths = [top / WORKFLOWS / name for name in list_names(top / WORKFLOWS, top)]
    return [path for path in paths if path.suffix in (".yml", ".yaml")]


def _checks(path: Path, top: Path, budget: Budget) -> Iterator[Check]:
    name = path.relative_to(top).as_posix()
    try:
        document = read_workflow(path, top, budget, mentions=_MENTIONS)
    except BudgetSpent:
        raise
    except WorkflowError as error:
        yield problem(name, f"It cannot be checked: {error}.", "Correct the file, or delete it.")
        return
    if document is None:
        return
    for number, use in enumerate(islice(uses_of(document), MOST_USES + 1)):
        if number == MOST_USES:
            said = f"It uses the Action more than {MOST_USES} times; the others are passed over."
            yield warning(name, said, "Look through them by hand.")
            return
        yield from use_checks(f"{name} (job {use.job})", use)
