"""Parts of action.yml, composite/action.yml, the README and the reference of the Action."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from generators.tables import code, table
from lukhas_notion.github.event import BEHAVIOUR
from lukhas_notion.github.inputs import INPUTS, InputSpec
from lukhas_notion.github.runner import FAILURE_REASONS, OUTPUTS


def inputs_yaml() -> str:
    """Return the ``inputs:`` block of an action file."""
    lines = ["inputs:"]
    for spec in INPUTS:
        lines += [
            f"  {spec.name}:",
            f"    description: {json.dumps(_description(spec), ensure_ascii=False)}",
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
        f"{indent}INPUT_{spec.name.upper().replace('-', '_')}: ${{{{ inputs.{spec.name} }}}}\n"
        for spec in INPUTS
    )


def _description(spec: InputSpec) -> str:
    choices = f" One of: {', '.join(spec.choices)}." if spec.choices else ""
    return f"{spec.description}{choices}"


def inputs_table(names: Sequence[str] = ()) -> str:
    """Return the table of inputs, or of those that are named."""
    return table(
        ("Input", "What it means", "Default"),
        (
            (code(spec.name), _description(spec), code(spec.default))
            for spec in INPUTS
            if not names or spec.name in names
        ),
    )


def outputs_table() -> str:
    """Return the table of outputs."""
    rows = ((code(name), said) for name, said in OUTPUTS.items())
    return table(("Output", "What it says"), rows)


def failure_table() -> str:
    """Return the table of failure reasons."""
    rows = ((code(name) or "(empty)", said) for name, said in FAILURE_REASONS.items())
    return table((code("failure-reason"), "What it means"), rows)


def behaviour_table() -> str:
    """Return the table of events."""
    modes = (code(f"mode: {mode}") for mode in ("dry-run", "apply", "verify"))
    rows = []
    for row in BEHAVIOUR:
        cells = (each or f"refused: {row.why}" for each in (row.dry_run, row.apply, row.verify))
        rows.append((code(row.event), *cells))
    return table(("Event", *modes), rows)
