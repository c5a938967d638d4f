"""The short form of ``python tests/faults/fuzz.py``."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILES = 120


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    """Return the command as a module."""
    spec = importlib.util.spec_from_file_location("fuzz", Path(__file__).with_name("fuzz.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["manifest", "configuration", "vocabulary", "schema"])
def test_a_short_fuzz_finds_nothing(fuzz: ModuleType, name: str, tmp_path: Path) -> None:
    """Mutated files of every kind that a stranger may commit end in an answer or an error."""
    assert fuzz.failures(name, fuzz.Kinds().all[name], 1, FILES, tmp_path) == []


def test_the_schemas_are_not_all_refused(fuzz: ModuleType, tmp_path: Path) -> None:
    """Many reach the keywords, and the references among them."""
    schema, chance, loaded = fuzz.Kinds().all["schema"], random.Random(1), 0
    for _ in range(FILES):
        (tmp_path / "s.json").write_bytes(schema.whole(chance))
        try:
            fuzz.SchemaGate.load(tmp_path / "s.json", root=tmp_path)
            loaded += 1
        except fuzz.LukhasNotionError:
            continue
    assert loaded > FILES // 4


def test_what_breaks_is_told_with_the_file(fuzz: ModuleType, tmp_path: Path) -> None:
    """A run that finds something says which file it was and how to make it again."""

    def break_at_braces(folder: Path, content: bytes) -> str:
        if content.startswith(b"{"):
            raise ValueError("a brace")
        return ""

    kind = fuzz.Kind([b"{}"], [b"x"], lambda _: b"{}", break_at_braces)

    found = fuzz.failures("x", kind, 7, 3, tmp_path)

    assert found[0].startswith("x 0 of seed 7: ValueError: a brace: b'{")
