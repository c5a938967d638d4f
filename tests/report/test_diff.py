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
from lukhas_notion.report.diff import ValueDiff, diff

WORDS = [f"word{n}" for n in range(60)]
LONG = " ".join(WORDS)


def text_diff(before: str, after: str) -> ValueDiff:
    """Return the difference of two texts."""
    return diff(PropertyChange("Description", PropertyType.RICH_TEXT, before, after))


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
    assert diff(PropertyChange("P", kind, before, after)) == ValueDiff(*said)


def test_options_are_told_as_lost_and_new() -> None:
    """Of a multi-select only what changes is marked; what stays is not repeated."""
    change = PropertyChange("T", PropertyType.MULTI_SELECT, ("a", "b", "c"), ("d", "b"))
    found = diff(change)
    assert found.lines == ("-a  -c  +d",)
    assert found.segments == (("-", "a"), ("-", "c"), ("+", "d"))
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
    assert diff(change).lines == ()


def test_a_word_in_a_long_text_is_marked_where_it_stands() -> None:
    """A change of one word is that word, with some words around it."""
    found = text_diff(LONG, LONG.replace("word30 ", "other "))
    (line,) = found.lines
    assert "word29 [-word30-]{+other+} word31" in line
    assert line.startswith("…")
    assert line.endswith("…")
    assert len(line) < 200


def test_words_at_both_ends_are_marked() -> None:
    """Where the first or last word changes there is no sign of more text."""
    (line,) = text_diff(f"a {LONG} z", f"b {LONG} y").lines
    assert line.startswith("[-a-]{+b+} word0 ")
    assert line.endswith(" word59 [-z-]{+y+}")
    assert "…" in line


def test_unchanged_text_between_changes_is_kept_or_shortened_with_a_sign() -> None:
    """Near changes keep what is between them; of far ones the middle is left out."""
    near = text_diff(LONG, LONG.replace("word10", "x").replace("word12", "y")).lines[0]
    assert "[-word10-]{+x+} word11 [-word12-]{+y+}" in near
    text = LONG.replace("word30", "word30…")
    far = text_diff(text, text.replace("word5 ", "x ").replace("word55", "y")).lines[0]
    assert far.count("…") == 1
    assert "word20" not in far


def test_a_text_that_begins_or_ends_to_be_is_an_excerpt_with_its_length() -> None:
    """A new long text is shown by its beginning, and how long it is: nothing is cut unsaid."""
    found = text_diff("", LONG)
    assert found.after == f"{' '.join(WORDS[:15])} … ({len(LONG)} characters)"
    assert (found.before, found.lines) == ("", ())
    assert text_diff(LONG, "") == ValueDiff(found.after, "")
    assert text_diff("", "one\ntwo").after == "one … (7 characters)"
    assert text_diff("", "x" * 1_500).after.endswith("x … (1,500 characters)")


def test_lines_are_compared_line_by_line() -> None:
    """Text of several lines is a unified diff, numbered as in the text, without file names."""
    lines = [f"line {n}" for n in range(1, 21)]
    new = [*lines]
    new[9] = "other"
    assert text_diff("\n".join(lines), "\n".join(new)).lines == (
        "@@ -9,3 +9,3 @@",
        " line 9",
        "-line 10",
        "+other",
        " line 11",
    )
    assert text_diff("one", "one\ntwo").lines == ("@@ -1 +1,2 @@", " one", "+two")
    far = [*lines]
    far[2], far[15] = "x", "y"
    hunks = [n for n in text_diff("\n".join(lines), "\n".join(far)).lines if n.startswith("@@")]
    assert hunks == ["@@ -2,3 +2,3 @@", "@@ -15,3 +15,3 @@"]


def test_lines_that_look_like_a_diffs_own_are_shown() -> None:
    """A removed line of dashes, or an added one of plus signs, is not taken for a file's name."""
    found = text_diff("a\n-- rule\nb", "a\n++ plus\nb").lines
    assert found[1:] == (" a", "--- rule", "+++ plus", " b")


@given(
    st.lists(st.sampled_from(["a", "b", "--", "++ x", "@@ -1 +1 @@", ""]), max_size=12),
    st.lists(st.sampled_from(["a", "b", "--", "++ x", "@@ -1 +1 @@", ""]), max_size=12),
)
def test_no_changed_line_is_lost(old: list[str], new: list[str]) -> None:
    """The removed and added lines account for all the difference."""
    before, after = "\n".join([*old, "end"]), "\n".join([*new, "end"])
    found = text_diff(before, after)
    if before == after or not found.lines:
        return
    signs = [line[0] for line in found.lines]
    assert signs.count("-") - signs.count("+") == len(old) - len(new)


SENTENCES = st.lists(st.sampled_from(["one ", "two, ", "three. ", "é ", "— "]), min_size=30)


@given(SENTENCES, SENTENCES)
def test_the_marks_tell_both_texts(old: list[str], new: list[str]) -> None:
    """What is taken away stands in the old text in order, and what is added in the new one."""
    before, after = "".join(old), "".join(new)
    segments = text_diff(before, after).segments
    for sign, text in (("-", before), ("+", after)):
        at = 0
        for piece in (piece for mark, piece in segments if mark == sign):
            assert piece in text[at:]
            at = text.index(piece, at) + len(piece)


def test_a_long_text_that_is_changed_here_and_there_is_compared_by_sentences() -> None:
    """Where words would be too many, the sentences that changed are marked."""
    old = [f"Sentence {n} says {n * 7} things about module {n}. " for n in range(400)]
    new = [s.replace("says", "tells of") if n % 100 == 50 else s for n, s in enumerate(old)]
    (line,) = text_diff("".join(old), "".join(new)).lines
    assert line.count("[-Sentence") == 4
    assert "[-Sentence 150 says 1050 things about module 150. -]" in line
    assert len(line) < 2_500


@pytest.mark.parametrize("joined", [" ", ". "])
def test_what_is_too_much_to_compare_is_summed_up(joined: str) -> None:
    """Two quite different long texts are told by their lengths."""
    old, new = (joined.join(f"{w}{n}" for n in range(4_000)) for w in "ab")
    found = "".join(text_diff(old, new).lines)
    if joined == " ":  # one sentence: it is shown whole
        assert found == f"[-{old}-]{{+{new}+}}"
    else:
        assert re.fullmatch(r"\[-[\d,]+ characters-\]\{\+[\d,]+ characters\+\}", found)


def test_many_changed_lines_are_summed_up() -> None:
    """Two quite different texts of many lines are told by their numbers of lines."""
    old, new = ("\n".join(["same", *(f"{w}{n}" for n in range(5_000))]) for w in "ab")
    assert text_diff(old, new).lines == ("-5,000 lines", "+5,000 lines")


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
        assert text_diff(*HOSTILE[name](size)).lines

    assert growth(compare, 25_000) < LINEAR


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 49, "b a b b " * 24),
        ("\n".join(WORDS * 8), "\n".join(WORDS[::-1] * 8)),
    ],
)
def test_only_short_texts_are_compared_piece_by_piece(before: str, after: str) -> None:
    """What takes the square of the pieces is done for a thousand of them at most."""
    assert len(before.split()) + len(after.split()) <= 1_000
    assert text_diff(before, after).lines
