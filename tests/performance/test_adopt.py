"""Repositories of other shapes, adopted with no edit: every type, every page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from benchmarks.adopt import adopt, main, table  # noqa: E402 - the path comes first
from benchmarks.shapes import SHAPES, Shape  # noqa: E402


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.slow
def test_a_repository_is_adopted_with_no_edit(tmp_path: Path, shape: Shape) -> None:
    """The types are those of the table written by hand, and the pages say what the files say."""
    found = adopt(shape, tmp_path)
    if found is None:
        pytest.skip("the files of this shape are not here")
    assert (found.wrong, found.differences[:5], found.violations) == ([], [], 0)
    assert found.pages == found.files
    assert found.is_right
    assert f"| {found.shape} | {found.files:,} |" in table([found])


def test_what_came_out_otherwise_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong type is named, and the exit code is 1."""
    [shape] = [each for each in SHAPES if each.name == "40 services"]
    wrong = Shape(shape.name, shape.pattern, {**shape.expected, "Tier": "select"}, shape.write)
    monkeypatch.setattr("benchmarks.adopt.SHAPES", [wrong])
    page = tmp_path / "page.md"
    page.write_text("<!-- generated: adoption -->\nold\n<!-- end: adoption -->\n")
    assert main(["--shape", "40 services", "--markdown", str(page)]) == 1
    said = capsys.readouterr()
    assert "40 services: Tier: number, expected select" in said.err
    assert "| 40 services | 40 | 15 | 1 | 0 | 40 |" in said.out
    assert "| 40 services | 40 | 15 | 1 | 0 | 40 |" in page.read_text()
