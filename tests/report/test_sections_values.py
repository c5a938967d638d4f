"""How one value became another, in words a reviewer reads."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import LINEAR, growth

from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.values import PropertyType, Value
from lukhas_notion.report.sections import Form, Piece, ValueDiff, diff, excerpt

WORDS = [f"word{n}" for n in range(60)]
LONG = " ".join(WORDS)


def text_diff(before: str, after: str) -> ValueDiff:
    """Return the difference of two texts."""
    return diff(PropertyChange("Description", PropertyType.RICH_TEXT, before, after))


def words(found: ValueDiff) -> str:
    """Return words with what went in ``[-…-]`` and what is new in ``{+…+}``."""
    marks = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    assert found.form is Form.WORDS
    return "".join(marks[sign].format(text) for sign, text in found.pieces)


def lines(found: ValueDiff) -> list[str]:
    """Return lines, each with its sign."""
    assert found.form is Form.LINES
    return [f"{sign}{text}" for sign, text in found.pieces]


@pytest.mark.parametrize(
    ("kind", "before", "after", "said"),
    [
        (PropertyType.NUMBER, 85, 90.5, ("85", "90.5")),
        (PropertyType.NUMBER, None, 0, ("", "0")),
        (PropertyType.CHECKBOX, False, True, ("no", "yes")),
        (PropertyType.SELECT, "a", None, ("a", "")),
        (PropertyType.RICH_TEXT, "old", "new", ("old", "new")),
        (PropertyType.RICH_TEXT, "", "new", ("", "new")),
        (PropertyType.MULTI_SELECT, (), ("a", "b"), ("", "a, b")),
        (PropertyType.URL, "https://a/" + "x" * 200, None, ("https://a/" + "x" * 200, "")),
    ],
)
def test_short_values_are_shown_whole(
    kind: PropertyType, before: Value, after: Value, said: tuple[str, str]
) -> None:
    """What fits on a line is shown before and after, without marks."""
    assert diff(PropertyChange("P", kind, before, after)) == ValueDiff(Form.WHOLE, *said)


def test_options_are_told_as_lost_and_new() -> None:
    """Of a multi-select only what changes is marked; what stays is not repeated."""
    change = PropertyChange("T", PropertyType.MULTI_SELECT, ("a", "b", "c"), ("d", "b"))
    found = diff(change)
    assert found.pieces == (Piece("-", "a"), Piece("-", "c"), Piece("+", "d"))
    assert (found.before, found.after) == ("a, b, c", "d, b")


def test_values_that_look_the_same_are_told_apart_by_code_points() -> None:
    """A line such as "café → café" says how the two differ, for text and for options."""
    text, several = PropertyType.RICH_TEXT, PropertyType.MULTI_SELECT
    said = "the first has U+00E9 where the second has U+0065 U+0301"
    assert diff(PropertyChange("P", text, "caf\u00e9", "cafe\u0301")).apart == said
    options = PropertyChange("P", several, ("x", "caf\u00e9"), ("cafe\u0301", "y"))
    assert diff(options).apart == said
    assert diff(PropertyChange("P", several, ("x", "b"), ("y", "b"))).apart == ""
    assert diff(PropertyChange("P", text, "a", "b")).apart == ""


def test_an_order_that_notion_does_not_keep_is_no_line() -> None:
    """The same options in another order have nothing to show."""
    change = PropertyChange("T", PropertyType.MULTI_SELECT, ("a", "b"), ("b", "a"))
    assert diff(change).pieces == ()


def test_a_word_in_a_long_text_is_marked_where_it_stands() -> None:
    """A change of one word is that word, with some words around it."""
    line = words(text_diff(LONG, LONG.replace("word30 ", "other ")))
    assert "word29 [-word30-]{+other+} word31" in line
    assert line.startswith("…")
    assert line.endswith("…")
    assert len(line) < 200


def test_words_at_both_ends_are_marked() -> None:
    """There is no sign of more text where the first or last word changes."""
    line = words(text_diff(f"a {LONG} z", f"b {LONG} y"))
    assert line.startswith("[-a-]{+b+} word0 ")
    assert line.endswith(" word59 [-z-]{+y+}")
    assert "…" in line


def test_unchanged_text_between_changes_is_kept_or_shortened_with_a_sign() -> None:
    """Text between near changes is shown; between far ones its middle is left out."""
    near = words(text_diff(LONG, LONG.replace("word10", "x").replace("word12", "y")))
    assert "[-word10-]{+x+} word11 [-word12-]{+y+}" in near
    text = LONG.replace("word30", "word30…")
    far = words(text_diff(text, text.replace("word5 ", "x ").replace("word55", "y")))
    assert far.count("…") == 1
    assert "word20" not in far


def test_changes_with_little_between_them_are_one() -> None:
    """Where nearly every word differs, no single word is left between two changes."""
    old, new = "It reads what people write", "It writes what others read"
    assert words(text_diff(f"{LONG} {old}", f"{LONG} {new}")).endswith(
        "It [-reads what people write-]{+writes what others read+}"
    )


def test_a_text_that_begins_or_ends_to_be_is_whole() -> None:
    """There is nothing to compare it with; its excerpt says how long it is."""
    assert text_diff("", LONG) == ValueDiff(Form.WHOLE, "", LONG)
    assert text_diff(LONG, "") == ValueDiff(Form.WHOLE, LONG, "")
    assert excerpt(LONG) == f"{' '.join(WORDS[:15])} … ({len(LONG)} characters)"
    assert excerpt("one\ntwo") == "one … (7 characters)"
    assert excerpt("x" * 1_500).endswith("x … (1,500 characters)")
    assert excerpt("short") == "short"


def test_lines_are_compared_line_by_line() -> None:
    """A text of several lines shows the changed lines with one line of context."""
    old = [f"line {n}" for n in range(1, 21)]
    new = [*old]
    new[9] = "other"
    assert lines(text_diff("\n".join(old), "\n".join(new))) == [
        "=line 9",
        "-line 10",
        "+other",
        "=line 11",
    ]
    assert lines(text_diff("one", "one\ntwo")) == ["=one", "+two"]
    far = [*old]
    far[2], far[15] = "x", "y"
    assert lines(text_diff("\n".join(old), "\n".join(far))).count("…") == 1


@given(
    st.lists(st.sampled_from(["a", "b", "--", "++ x", "@@ -1 +1 @@", ""]), max_size=12),
    st.lists(st.sampled_from(["a", "b", "--", "++ x", "@@ -1 +1 @@", ""]), max_size=12),
)
def test_no_changed_line_is_lost(old: list[str], new: list[str]) -> None:
    """The removed and added lines account for all the difference."""
    before, after = "\n".join([*old, "end"]), "\n".join([*new, "end"])
    found = text_diff(before, after)
    signs = [sign for sign, _ in found.pieces]
    if before == after or found.form is not Form.LINES:
        return
    assert signs.count("-") - signs.count("+") == len(old) - len(new)


SENTENCES = st.lists(st.sampled_from(["one ", "two, ", "three. ", "é ", "— "]), min_size=30)


@given(SENTENCES, SENTENCES)
def test_the_marks_tell_both_texts(old: list[str], new: list[str]) -> None:
    """Removed pieces are in the old text in order, and added pieces in the new one."""
    before, after = "".join(old), "".join(new)
    pieces = text_diff(before, after).pieces
    for sign, text in (("-", before), ("+", after)):
        at = 0
        for piece in (piece for mark, piece in pieces if mark == sign):
            assert piece in text[at:]
            at = text.index(piece, at) + len(piece)


def test_a_long_text_that_is_changed_here_and_there_is_compared_by_sentences() -> None:
    """Where words would be too many, the sentences that changed are marked."""
    old = [f"Sentence {n} says {n * 7} things about module {n}. " for n in range(400)]
    new = [s.replace("says", "tells of") if n % 100 == 50 else s for n, s in enumerate(old)]
    line = words(text_diff("".join(old), "".join(new)))
    assert line.count("[-Sentence") == 4
    assert "[-Sentence 150 says 1050 things about module 150. -]" in line
    assert len(line) < 2_500


@pytest.mark.parametrize("joined", [" ", ". "])
def test_what_is_too_much_to_compare_is_summed_up(joined: str) -> None:
    """Two quite different long texts are shown by their lengths."""
    old, new = (joined.join(f"{w}{n}" for n in range(4_000)) for w in "ab")
    found = words(text_diff(old, new))
    if joined == " ":  # one sentence: it is shown whole
        assert found == f"[-{old}-]{{+{new}+}}"
    else:
        assert re.fullmatch(r"\[-[\d,]+ characters-\]\{\+[\d,]+ characters\+\}", found)


def test_many_changed_lines_are_summed_up() -> None:
    """Two quite different texts of many lines are shown by their numbers of lines."""
    old, new = ("\n".join(["same", *(f"{w}{n}" for n in range(5_000))]) for w in "ab")
    assert lines(text_diff(old, new)) == ["-5,000 lines", "+5,000 lines"]


HOSTILE: dict[str, Callable[[int], tuple[str, str]]] = {
    "words": lambda n: (" ".join(WORDS * (n // 400)), " ".join(WORDS[::-1] * (n // 400))),
    "one word changed": lambda n: ("x " * n, "x " * (n // 2) + "y " + "x " * (n // 2)),
    "two letters": lambda n: ("a b " * (n // 4), "b a b b " * (n // 8)),
    "one word": lambda n: ("a" * n, "b" * n),
    "no word": lambda n: ("." * n, "!" * n),
    "lines": lambda n: ("a\nb\n" * (n // 4), "b\nb\na\n" * (n // 6)),
    "empty lines": lambda n: ("\n" * n, "\n" * (n - 1) + "x"),
    "sentences": lambda n: ("Ab cd. " * (n // 7), "Cd. Ab. " * (n // 8)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_comparing_takes_linear_time(name: str) -> None:
    """Texts that are made to be hard to compare take eight times as long when as much longer."""

    def compare(size: int) -> None:
        assert text_diff(*HOSTILE[name](size)).pieces

    assert growth(compare, 25_000) < LINEAR


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 49, "b a b b " * 24),
        ("\n".join(WORDS * 8), "\n".join(WORDS[::-1] * 8)),
    ],
)
def test_only_short_texts_are_compared_piece_by_piece(before: str, after: str) -> None:
    """At most a thousand pieces are compared, because the time grows with their square."""
    assert len(before.split()) + len(after.split()) <= 1_000
    assert text_diff(before, after).pieces
