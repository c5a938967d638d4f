"""What docs/generate.py writes: it is up to date, and nothing beside it changes."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from support.docs import PROJECT


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """Load docs/generate.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("generate", PROJECT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
    """A text without markers is returned unchanged."""
    text = "# A heading\n\nSome text.\n"
    assert generate.render(text, {"inputs": lambda: "made"}) == text


def test_a_part_replaces_what_was_between_its_markers(generate: ModuleType) -> None:
    """Only the text between the two lines changes, and a second replacement changes nothing."""
    text = "a\n<!-- generated: x -->\nold\n<!-- end: x -->\nb\n"
    made = generate.render(text, {"x": lambda: "new\n"})
    assert made == "a\n<!-- generated: x -->\nnew\n<!-- end: x -->\nb\n"
    assert generate.render(made, {"x": lambda: "new\n"}) == made


def test_a_part_that_nobody_makes_is_an_error(generate: ModuleType) -> None:
    """A misspelt name is not passed over."""
    with pytest.raises(KeyError):
        generate.render("# generated: y\n# end: y\n", {"x": lambda: "new"})


def test_every_file_asks_for_the_parts_that_are_made_for_it(generate: ModuleType) -> None:
    """No part is made that no page shows, and none is lost by a marker that was deleted."""
    for name, parts in generate.FILES.items():
        text = (PROJECT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"generated: ([a-z-]+)", text)) == set(parts), name
