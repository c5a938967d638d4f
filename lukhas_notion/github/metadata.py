"""The Action described: its outputs and reasons of failure, and what is generated from such data.

Generated are parts of action.yml, composite/action.yml, the README and the documentation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from lukhas_notion.github.event import BEHAVIOUR
from lukhas_notion.github.inputs import INPUTS, InputSpec

OUTPUTS = {
    "changes": "Whether the plan has anything to do: `true` or `false`.",
    "created": "Pages created; in a dry run, to be created.",
    "updated": "Pages updated; in a dry run, to be updated.",
    "adopted": "Pages that got a record of their manifest and nothing else; in a dry run, to get.",
    "restored": "Pages taken out of the trash; in a dry run, to be taken.",
    "archived": "Pages moved to the trash; in a dry run, to be moved.",
    "skipped": "Pages left alone, because their provenance SHA matches.",
    "drifted": "Pages that were edited in Notion.",
    "orphans": "Pages without a manifest, but for those of other repositories.",
    "violations": "Violations found.",
    "unapplied": "Planned changes that are not in Notion.",
    "findings": "With `mode: verify`: in how many things repository, Notion and ledger disagree; "
    "with `mode: doctor`: how many things are wrong.",
    "plan-digest": "SHA-256 of the plan's operations; empty without a plan.",
    "report-path": "The Markdown report, relative to the workspace.",
    "plan-path": "The same as JSON, plan and outcomes included, relative to the workspace.",
    "ledger-path": "The ledger, relative to the workspace; empty when there is none.",
    "comment-url": "The pull request's comment; empty when there is none.",
    "comment-posted": "Whether the comment is there and up to date: `true` or `false`.",
    "issue-url": "With `mode: verify`: the issue that tells what disagrees; empty without one.",
    "failure-reason": "Why the run failed; empty when it did not.",
}

FAILURE_REASONS = {
    "": "The run did not fail.",
    "configuration": "An input, the configuration, the token or the database is not right.",
    "violations": "The gates found violations; nothing was written.",
    "unapplied": "Some of what was planned is not in Notion.",
    "plan-changed": "The plan is not the reviewed one, or none was reviewed; nothing was written.",
    "options": "Options cannot be removed as asked; nothing was written.",
    "guard": "The plan removes or restores more than is usual, and `force` does not say how much.",
    "conflict": "Pages in Notion have a module's title and are not its own; it was not written.",
    "set-up": "Something of the set-up is wrong, with `mode: doctor`.",
    "out-of-sync": "Repository, Notion and ledger disagree, with `mode: verify`.",
    "drift": "Pages were edited in Notion, and `fail-on-drift` is set.",
    "notion": "Notion could not be read.",
    "github": "GitHub could not be asked, or did not answer.",
    "ledger": "The ledger could not be written or stored.",
    "stopped": "The run was cancelled, or its deadline passed.",
    "internal": "A bug of this Action; please report it.",
}


def inputs_yaml() -> str:
    """Return the ``inputs:`` block of an action file."""
    lines = ["inputs:"]
    for spec in INPUTS:
        lines += [
            f"  {spec.name}:",
            f"    description: {json.dumps(_told(spec), ensure_ascii=False)}",
            "    required: false",
            f"    default: {json.dumps(spec.default)}",
        ]
    return "\n".join(lines) + "\n"


def outputs_yaml(value: Callable[[str], str] | None = None) -> str:
    """Return the ``outputs:`` block; a composite action says where each value comes from."""
    lines = ["outputs:"]
    for name, description in OUTPUTS.items():
        lines += [f"  {name}:", f"    description: {json.dumps(description, ensure_ascii=False)}"]
        if value is not None:
            lines.append(f"    value: {value(name)}")
    return "\n".join(lines) + "\n"


def environ_yaml(indent: str) -> str:
    """Return the ``env:`` entries that hand every input to a composite action's step."""
    return "".join(
        f"{indent}{environ_name(spec)}: ${{{{ inputs.{spec.name} }}}}\n" for spec in INPUTS
    )


def environ_name(spec: InputSpec) -> str:
    """Return the variable that a composite action hands an input over in."""
    return f"INPUT_{spec.name.upper().replace('-', '_')}"


def _told(spec: InputSpec) -> str:
    return (
        f"{spec.description} One of: {', '.join(spec.choices)}."
        if spec.choices
        else (spec.description)
    )


def inputs_table(names: Sequence[str] = ()) -> str:
    """Return the table of inputs, or of those that are named."""
    rows = ["| Input | What it means | Default |", "| --- | --- | --- |"]
    rows += [
        f"| `{spec.name}` | {_told(spec)} | {f'`{spec.default}`' if spec.default else ''} |"
        for spec in INPUTS
        if not names or spec.name in names
    ]
    return "\n".join(rows)


def outputs_table() -> str:
    """Return the table of outputs."""
    rows = ["| Output | What it says |", "| --- | --- |"]
    return "\n".join(rows + [f"| `{name}` | {said} |" for name, said in OUTPUTS.items()])


def failure_table() -> str:
    """Return the table of failure reasons."""
    rows = ["| `failure-reason` | What it means |", "| --- | --- |"]
    return "\n".join(
        rows
        + [f"| {f'`{name}`' if name else '(empty)'} | {s} |" for name, s in FAILURE_REASONS.items()]
    )


def behaviour_table() -> str:
    """Return the table of events."""
    modes = " | ".join(f"`mode: {mode}`" for mode in ("dry-run", "apply", "verify"))
    rows = [f"| Event | {modes} |", "| --- | --- | --- | --- |"]
    for row in BEHAVIOUR:
        refused = f"refused: {row.why}"
        cells = (each or refused for each in (row.dry_run, row.apply, row.verify))
        rows.append(f"| `{row.event}` | {' | '.join(cells)} |")
    return "\n".join(rows)
