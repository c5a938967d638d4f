"""What every workflow of this project keeps to: the repository's own, the examples, the pages'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from lukhas_notion.github.inputs import INPUTS

OURS = ("lukhas-notion/lukhas-notion@v1", "lukhas-notion/lukhas-notion/composite@v1")
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the steps of a workflow or of a composite action."""
    for job in document.get("jobs", {"": document.get("runs", {})}).values():
        yield from job.get("steps", ())


def scripts_with_expressions(document: dict[str, Any]) -> list[str]:
    """Return the scripts that an expression is part of; a variable is how a value reaches one."""
    return [step["run"] for step in steps(document) if "${{" in step.get("run", "")]


def loosely_pinned(text: str) -> list[str]:
    """Return the uses of others' actions that are not a full SHA with the version beside it."""
    loose = []
    for used in re.findall(r"uses: (.+)", text):
        reference, _, comment = used.partition(" # ")
        if reference in OURS or reference.startswith("./"):
            continue
        if not (_PINNED.fullmatch(reference) and re.fullmatch(r"v\d+\.\d+\.\d+", comment)):
            loose.append(used)
    return loose


def grants_too_much(document: dict[str, Any]) -> bool:
    """Whether a workflow has permissions that no job names, or a job that names none."""
    jobs = document["jobs"].values()
    return document.get("permissions") != {} or not all(job.get("permissions") for job in jobs)


def keeps_credentials(document: dict[str, Any]) -> bool:
    """Whether a checkout keeps the token where a later step could read it."""
    return any(
        (step.get("with") or {}).get("persist-credentials") is not False
        for step in steps(document)
        if step.get("uses", "").startswith("actions/checkout@")
    )


def wrong_inputs(document: dict[str, Any]) -> list[str]:
    """Return what is set for this Action and is no input of it, or no choice of the input."""
    known = {spec.name: spec for spec in INPUTS}
    wrong = []
    for step in steps(document):
        if step.get("uses") in OURS:
            for name, value in step.get("with", {}).items():
                said = str(value).lower() if isinstance(value, bool) else str(value)
                choices = known[name].choices if name in known else ()
                if name not in known or (choices and said not in choices):
                    wrong.append(f"{name}: {said}")
    return wrong


def problems(text: str) -> list[str]:
    """Return everything that is wrong with a workflow, or with a list of steps."""
    found = yaml.safe_load(text)
    whole = isinstance(found, dict) and "jobs" in found
    document = found if whole else {"runs": {"steps": found}}
    if not whole and not (isinstance(found, list) and all(isinstance(s, dict) for s in found)):
        return ["this is neither a workflow nor a list of steps"]
    said = [f"has an expression in a script: {s}" for s in scripts_with_expressions(document)]
    said += [f"is not pinned: {used}" for used in loosely_pinned(text)]
    said += [f"is no input of the Action: {name}" for name in wrong_inputs(document)]
    if whole and grants_too_much(document):
        said.append("grants what no job names")
    if keeps_credentials(document):
        said.append("keeps the checkout's credentials")
    return said
