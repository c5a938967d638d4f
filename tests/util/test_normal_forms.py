"""Unicode's normal forms within bounds."""

from __future__ import annotations

import ast
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import LINEAR, growth

import lukhas_notion
from lukhas_notion.util.normal_forms import MOST_MARKS, normalized

FORMS = ("NFC", "NFD", "NFKD")


@given(st.sampled_from(FORMS), st.text(max_size=200))
def test_it_is_the_librarys_normal_form(form: str, text: str) -> None:
    """What a language may have is normalized as ever."""
    assert normalized(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["\u0327\u0301", "a" + "\u0301\u0327" * (MOST_MARKS // 2)])
def test_marks_without_end_take_no_square_of_their_number(form: str, text: str) -> None:
    """The library sorts them by insertion; a stranger's name may have a million."""
    taken = growth(lambda n: normalized(form, text * n), 20_000 // len(text))  # type: ignore[arg-type]
    assert taken < LINEAR


def test_what_no_language_has_stays_as_it_is() -> None:
    """It is compared by itself alone; up to that many marks are put in their order."""
    for count, same in ((MOST_MARKS, False), (MOST_MARKS + 1, True)):
        text = "x" * 64 + "a" + "\u0301" * (count - 1) + "\u0327"
        assert (normalized("NFC", text) == text) is same


def test_text_is_normalized_in_one_module() -> None:
    """No other module asks the library, so every text is normalized within bounds."""
    package = Path(lukhas_notion.__file__).parent
    asking = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("normalize", "is_normalized")
    }
    assert asking == {"util/normal_forms.py"}
