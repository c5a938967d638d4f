"""Names that people see as one, and names that nobody can see."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.util.fold import (
    code_points,
    difference,
    fold,
    looks_like,
    name_problem,
)

ALIKE = {
    "Unicode form": ("café.zone", "cafe\u0301.zone"),
    "space at the end": ("core.a", "core.a "),
    "white space at the start": ("core.a", "\u3000core.a"),
    "doubled space": ("core a", "core  a"),
    "no-break space": ("SLA p95", "SLA\u00a0p95"),
    "narrow no-break space": ("SLA p95", "SLA\u202fp95"),
    "tab": ("SLA p95", "SLA\tp95"),
    "zero-width space": ("core.a", "core\u200b.a"),
    "byte order mark": ("core.a", "\ufeffcore.a"),
    "soft hyphen": ("core.a", "co\u00adre.a"),
    "word joiner": ("core.a", "core.\u2060a"),
    "direction mark": ("core.a", "core.a\u200e"),
    "direction override": ("core.a", "\u202dcore.a\u202c"),
    "variation selector": ("\u2764 care", "\u2764\ufe0f care"),
    "tag characters": ("core.a", "core.a\U000e0061"),
    "control character": ("core.a", "core\x07.a"),
    "mark kept apart": ("café", "cafe\u200b\u0301"),
    "filler for a space": ("core a", "core\u3164a"),
    "Braille blank": ("core a", "core\u2800a"),
    "singleton": ("10 k\u03a9", "10 k\u2126"),
}


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE)
def test_what_looks_the_same_folds_alike(one: str, other: str) -> None:
    """Two spellings that a reader cannot tell apart are one name, and their difference is named."""
    assert fold(one) == fold(other)
    assert looks_like(one, other)
    assert "U+" in difference(one, other)
    assert difference(one, one) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("core a", "corea"), ("core.a", "core-a"), ("résumé", "resume"), ("a", "\u0430"), ("1", "l")],
)
def test_what_looks_different_stays_apart(one: str, other: str) -> None:
    """Separators, accents and letters of other scripts are seen."""
    assert fold(one, case=True) != fold(other, case=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [("API", "api"), ("Straße", "STRASSE"), ("ΣΑΣ", "σας"), ("É", "e\u0301")],
)
def test_case_is_folded_on_demand(one: str, other: str) -> None:
    """Options that differ by case are one; modules and messages keep them apart."""
    assert fold(one, case=True) == fold(other, case=True)
    assert fold(one) != fold(other)
    assert not looks_like(one, other)


@given(st.text(max_size=20), st.booleans())
def test_folding_twice_changes_nothing(name: str, case: bool) -> None:
    """A folded name is its own fold, whatever the text, so that folds can be compared."""
    once = fold(name, case=case)
    assert fold(once, case=case) == once
    assert fold(unicodedata.normalize("NFD", name), case=case) == once


def test_a_newer_emoji_is_seen() -> None:
    """What this Python's Unicode data does not know yet may have a glyph on other machines."""
    assert fold("\U0001fae9 tired") != fold("tired")
    assert name_problem("\U0001fae9 tired") == ""


@pytest.mark.parametrize(
    "name",
    [
        "core.a",
        "a b",
        "a  b",
        "❤️ care",
        "👨\u200d👩\u200d👧",
        "می\u200cخواهم",
        "café",
        "cafe\u0301",
    ],
)
def test_a_name_that_can_be_read_has_no_problem(name: str) -> None:
    """Joiners that emoji and scripts need are part of a name, and so are accents in any form."""
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is empty"),
        ("   ", "is empty: it is only white space (U+0020 U+0020 U+0020)"),
        ("\u200b", "cannot be seen: it is U+200B"),
        ("\u3164", "cannot be seen: it is U+3164"),
        ("\u2800\u00a0", "cannot be seen: it is U+2800 U+00A0"),
        ("core.a ", "ends with white space (U+0020)"),
        ("\u00a0core.a", "begins with white space (U+00A0)"),
        ("core.a\u200b", "has a character that cannot be seen: U+200B"),
        ("co\u200dre", "has a character that cannot be seen: U+200D"),
        ("core\n.a", "has a control character: U+000A"),
        ("\u202ecore", "has a character that cannot be seen: U+202E"),
    ],
)
def test_a_name_that_cannot_be_read_has_one(name: str, said: str) -> None:
    """What nobody sees is named by its code point."""
    assert name_problem(name) == said


def test_the_difference_is_the_part_that_differs() -> None:
    """The two sides are named by their code points, and by nothing else of the names."""
    said = "the first has U+00E9 where the second has U+0065 U+0301"
    assert difference("café.zone", "cafe\u0301.zone") == said
    said = "the first has nothing where the second has U+0020"
    assert difference("core.a", "core.a ") == said
    assert difference("core.a", "core.b") == ""


def test_code_points_of_a_long_text_are_cut() -> None:
    """A message stays short, whatever a name holds."""
    assert code_points("\u200b" * 9) == " ".join(["U+200B"] * 8) + " …"
