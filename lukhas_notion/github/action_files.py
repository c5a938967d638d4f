"""The parts of action.yml, composite/action.yml and the pages that are made from the data."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from lukhas_notion.github.event import BEHAVIOUR
from lukhas_notion.github.inputs import INPUTS, InputSpec
from lukhas_notion.github.outputs import FAILURE_REASONS, OUTPUTS


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
