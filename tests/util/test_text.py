"""What a reader sees of a text, and which names look the same."""

from __future__ import annotations

import ast
import sys
import unicodedata
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from support.growth import LINEAR, growth

import lukhas_notion
from lukhas_notion.util import sanitize as escape
from lukhas_notion.util.text import (
    MOST_MARKS,
    code_points,
    counted,
    difference,
    fold,
    is_hidden,
    is_unseen,
    looks_like,
    name_problem,
    normalized,
    spell_hidden,
)


def test_every_ignorable_character_is_hidden() -> None:
    """What Unicode calls ignorable by default is hidden, whatever its category."""
    ignorable = regex.compile(r"\p{Default_Ignorable_Code_Point}")
    every = (chr(code) for code in range(sys.maxunicode + 1))

    assert [f"{ord(c):x}" for c in every if ignorable.match(c) and not is_hidden(c)] == []


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
def test_no_category_without_a_glyph_is_seen(category: str) -> None:
    """Controls, format characters, surrogates, private use, unassigned and separators."""
    every = (chr(code) for code in range(sys.maxunicode + 1))
    those = [c for c in every if unicodedata.category(c) == category]

    assert those
    assert all(is_hidden(c) for c in those)


@pytest.mark.parametrize(
    "char",
    [
        "\u2800",
        "\u3164",
        "\u115f",
        "\u1160",
        "\uffa0",
        "\U00016fe4",
        "\U0001d159",
        "\u034f",
        "\u17b4",
        "\ufe00",
        "\U000e0100",
        "\U000e0041",
        "\u180b",
        "\ue000",
    ],
)
def test_blank_ignorable_and_selecting_characters_are_spelt_out(char: str) -> None:
    """A character without a glyph is spelled out."""
    assert spell_hidden(f"a{char}b") == f"a\\u{{{ord(char):x}}}b"
    assert escape.markdown_suggestion(f'"a{char}b"') is None


@pytest.mark.parametrize(
    "text",
    [
        "café",
        "cafe\u0301",
        "שָׁלוֹם",
        "नमस्ते",
        "한국어",
        "日本語",
        "85\u00a0%",
        "⚠\ufe0f",
        "1\ufe0f\u20e3",
        "👩🏽\u200d🚀",
        "🏳\ufe0f\u200d🌈",
        "می\u200cخواهم",
        "क्\u200dष",
        "→ ✓ ✗ …",
    ],
)
def test_what_is_written_in_the_languages_of_the_world_stays(text: str) -> None:
    """A character that shapes its neighbours is not hidden."""
    assert spell_hidden(text) == text
    assert escape.markdown_suggestion(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "é\u200dé",
        "a\ufe0f",
        "⚠\ufe0f\ufe0f",
        "👩\u200d\u200d🚀",
        "👩\u200d",
        "\u200c",
        "core\u200cmemory",
        "日\u200d本",
    ],
)
def test_a_joiner_or_a_selector_that_changes_nothing_is_hidden_text(text: str) -> None:
    """The characters that shape their neighbours are kept only where they do."""
    assert spell_hidden(text) != text
    assert escape.markdown_suggestion(text) is None


@pytest.mark.parametrize("text", ["", " ", "\u00a0\u2003", "\u200b", "\u3164\u2800", "\U000e0041"])
def test_a_name_of_spaces_and_hidden_characters_is_unseen(text: str) -> None:
    """A name of only spaces and hidden characters is recognised."""
    assert is_unseen(text)
    assert not is_unseen(f"{text}a")


def test_lines_and_tabs_are_kept_in_a_block_alone() -> None:
    """A line break is hidden in a line, and not in a block of lines."""
    assert spell_hidden("a\n\tb") == r"a\u{a}\u{9}b"
    assert spell_hidden("a\n\tb\r", keep="\n\t") == "a\n\tb\\u{d}"


FORMS = ("NFC", "NFD", "NFKD")


@given(st.sampled_from(FORMS), st.text(max_size=200))
def test_it_is_the_librarys_normal_form(form: str, text: str) -> None:
    """Text as languages have it has the normal form of the library."""
    assert normalized(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["\u0327\u0301", "a" + "\u0301\u0327" * (MOST_MARKS // 2)])
def test_marks_without_end_take_no_square_of_their_number(form: str, text: str) -> None:
    """The time grows with the length of the text, even for a million combining marks."""
    taken = growth(lambda n: normalized(form, text * n), 20_000 // len(text))  # type: ignore[arg-type]
    assert taken < LINEAR


def test_what_no_language_has_stays_as_it_is() -> None:
    """A text with more marks in a row than the limit is not normalized."""
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
        if isinstance(node, ast.Attribute | ast.ImportFrom)
        and ast.unparse(node).startswith(
            ("unicodedata.normalize", "unicodedata.is_normalized", "from unicodedata")
        )
    }
    assert asking == {"util/text.py"}


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
    """Hidden characters are named by their code points."""
    assert name_problem(name) == said


def test_the_difference_is_the_part_that_differs() -> None:
    """The difference has only the code points of the parts that differ."""
    said = "the first has U+00E9 where the second has U+0065 U+0301"
    assert difference("café.zone", "cafe\u0301.zone") == said
    said = "the first has nothing where the second has U+0020"
    assert difference("core.a", "core.a ") == said
    assert difference("core.a", "core.b") == ""


def test_code_points_of_a_long_text_are_cut() -> None:
    """A message stays short, whatever a name holds."""
    assert code_points("\u200b" * 9) == " ".join(["U+200B"] * 8) + " …"


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1221, "1,221 files")]
)
def test_one_thing_has_no_plural(number: int, said: str) -> None:
    """One is singular, everything else plural, and thousands are set apart."""
    assert counted(number, "file") == said
