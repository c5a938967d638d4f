"""The action files, their reference and the data that they are made from are one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lukhas_notion.github.inputs import INPUTS
from lukhas_notion.github.runner import FAILURE_REASONS, OUTPUTS

PROJECT = Path(__file__).resolve().parents[2]
FILES = ("action.yml", "composite/action.yml")


def action(name: str) -> dict[str, Any]:
    """Read an action file."""
    found = yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", FILES)
def test_inputs_are_those_the_code_reads(name: str) -> None:
    """Both action files declare the data's inputs, with its defaults, and none is required."""
    inputs = action(name)["inputs"]
    assert {key: value["default"] for key, value in inputs.items()} == {
        spec.name: spec.default for spec in INPUTS
    }
    assert not any(value["required"] for value in inputs.values())
    assert all(value["description"] for value in inputs.values())


@pytest.mark.parametrize("name", FILES)
def test_outputs_are_those_the_code_writes(name: str) -> None:
    """Both action files declare the data's outputs, with its descriptions."""
    outputs = action(name)["outputs"]
    assert {key: value["description"] for key, value in outputs.items()} == OUTPUTS


def test_both_doors_have_the_same_inputs() -> None:
    """The composite's inputs are the Docker action's, word for word."""
    assert action(FILES[0])["inputs"] == action(FILES[1])["inputs"]


def test_the_composite_hands_every_input_over() -> None:
    """Its last step has a variable for each input, for the interpreter and its bytecode."""
    environ = dict(action("composite/action.yml")["runs"]["steps"][-1]["env"])
    for name in ("LUKHAS_NOTION_PYTHON", "LUKHAS_NOTION_PYCACHE"):
        assert environ.pop(name).startswith("${{ steps.")
    assert environ == {
        f"INPUT_{spec.name.upper().replace('-', '_')}": f"${{{{ inputs.{spec.name} }}}}"
        for spec in INPUTS
    }


def test_the_composite_hands_every_output_back() -> None:
    """Each output comes from the step that runs the Action."""
    composite = action("composite/action.yml")
    assert composite["runs"]["steps"][-1]["id"] == "run"
    assert {key: value["value"] for key, value in composite["outputs"].items()} == {
        name: f"${{{{ steps.run.outputs.{name} }}}}" for name in OUTPUTS
    }


@pytest.mark.parametrize("name", ["args", "entrypoint"])
def test_no_input_has_a_name_the_runner_takes_for_itself(name: str) -> None:
    """Without runs.args the runner would take these inputs for the container's command line."""
    assert name not in action("action.yml")["inputs"]


def test_the_marketplace_gets_what_it_asks_for() -> None:
    """Name, description and branding are there, and the description fits its 125 characters."""
    found = action("action.yml")
    assert found["name"]
    assert 0 < len(found["description"]) <= 125
    assert set(found["branding"]) == {"icon", "color"}


def test_the_reference_has_every_table() -> None:
    """The reference has every input, output and failure reason, in generated parts."""
    text = (PROJECT / "docs/reference/action.md").read_text(encoding="utf-8")
    parts = dict(
        re.findall(r"<!-- generated: ([a-z-]+) -->\n(.*?)\n<!-- end: \1 -->", text, re.DOTALL)
    )
    assert set(parts) == {"inputs", "outputs", "failure-reasons", "events"}
    assert all(f"| `{spec.name}` |" in parts["inputs"] for spec in INPUTS)
    assert all(f"| `{name}` |" in parts["outputs"] for name in OUTPUTS)
    assert all(f"| `{name}` |" in parts["failure-reasons"] for name in FAILURE_REASONS if name)
