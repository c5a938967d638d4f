"""The action files, the data they are made from, and the README are one."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from lukhas_notion.github.inputs import INPUTS
from lukhas_notion.github.runner import FAILURE_REASONS, OUTPUTS

PROJECT = Path(__file__).resolve().parents[2]
FILES = ("action.yml", "composite/action.yml")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """Load docs/generate.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("generate", PROJECT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def action(name: str) -> dict[str, Any]:
    """Read an action file."""
    found = yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_every_generated_part_is_up_to_date() -> None:
    """What the script would write is what is there."""
    ran = subprocess.run(
        [sys.executable, str(PROJECT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_stale_file_is_written_or_named(
    generate: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With --check a stale file is only named and the exit code is 1; without, it is made good."""
    for name in generate.FILES:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((PROJECT / name).read_text(encoding="utf-8"), encoding="utf-8")
    stale = tmp_path / "action.yml"
    stale.write_text(stale.read_text(encoding="utf-8").replace('"dry-run"', '"apply"', 1))
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().err == "action.yml is out of date: run python docs/generate.py\n"
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert stale.read_bytes() == (PROJECT / "action.yml").read_bytes()


def test_a_file_without_markers_is_left_alone(generate: ModuleType) -> None:
    """A text that asks for no part comes back as it was."""
    text = "# A heading\n\nSome text.\n"
    assert generate.render(text, {"inputs": lambda: "made"}) == text


def test_a_part_replaces_what_was_between_its_markers(generate: ModuleType) -> None:
    """Only what stands between the two lines changes, and doing it twice changes nothing."""
    text = "a\n<!-- generated: x -->\nold\n<!-- end: x -->\nb\n"
    made = generate.render(text, {"x": lambda: "new\n"})
    assert made == "a\n<!-- generated: x -->\nnew\n<!-- end: x -->\nb\n"
    assert generate.render(made, {"x": lambda: "new\n"}) == made


def test_a_part_that_nobody_makes_is_an_error(generate: ModuleType) -> None:
    """A misspelt name is not passed over."""
    with pytest.raises(KeyError):
        generate.render("# generated: y\n# end: y\n", {"x": lambda: "new"})


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
    """The reference tells every input, output and failure reason, in generated parts."""
    text = (PROJECT / "docs/reference/action.md").read_text(encoding="utf-8")
    parts = dict(
        re.findall(r"<!-- generated: ([a-z-]+) -->\n(.*?)\n<!-- end: \1 -->", text, re.DOTALL)
    )
    assert set(parts) == {"inputs", "outputs", "failure-reasons", "events"}
    assert all(f"| `{spec.name}` |" in parts["inputs"] for spec in INPUTS)
    assert all(f"| `{name}` |" in parts["outputs"] for name in OUTPUTS)
    assert all(f"| `{name}` |" in parts["failure-reasons"] for name in FAILURE_REASONS if name)


def test_every_file_asks_for_the_parts_that_are_made_for_it(generate: ModuleType) -> None:
    """No part is made that no page shows, and none is lost by a marker that was deleted."""
    for name, parts in generate.FILES.items():
        text = (PROJECT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"generated: ([a-z-]+)", text)) == set(parts), name
