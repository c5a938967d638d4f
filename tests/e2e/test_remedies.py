"""Every remedy works: what a message advises is done, word for word, and the next run goes on.

Each row breaks something, runs a command, finds the advice in what it says, follows it, and runs
the same command again: it must succeed. Where ``then`` is set, the next run says just that. No
remedy of the source is without a row, but for those that no test can follow.
"""

from __future__ import annotations

import pytest
from support.remedies import ROWS, UNFOLLOWED
from support.remedies.inventory import PACKAGE, Reader, Remedy, inventory, read_module
from support.remedies.rows import Row, run
from support.workplace import Workplace


def claimed(advice: str) -> list[Remedy]:
    """Return the remedies that a row's advice is, or else is a part of."""
    remedies, _ = inventory()
    same = [remedy for remedy in remedies if remedy.text.strip() == advice]
    return same or [remedy for remedy in remedies if advice in remedy.text]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_a_message_advises_works(small: Workplace, row: Row) -> None:
    """The advice is there, is followed, and the next run succeeds or says something else."""
    row.broken(small)
    ended = run(small, row)
    said = ended.out + ended.err
    assert (ended.code == 0) == row.warns, said
    found = row.pattern.search(said)
    assert found, said
    assert any(remedy.pattern.search(said) for remedy in claimed(row.advice)), said

    row.follow(small, found)

    after = run(small, row)
    if row.then:
        assert row.then in after.out + after.err
    else:
        assert after.code == 0, after.out + after.err
    if row.then or row.warns:
        assert not row.pattern.search(after.out + after.err)


def test_every_row_has_its_own_name() -> None:
    """A row that hides another one tests nothing."""
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_every_remedy_is_found() -> None:
    """Each expression that reaches a remedy is followed back to its texts."""
    _, not_followed = inventory()
    assert not_followed == ()


def test_every_row_follows_a_remedy_of_the_source() -> None:
    """A row whose words are gone from the source follows nothing."""
    assert [row.name for row in ROWS if not claimed(row.advice)] == []


def test_every_remedy_is_followed() -> None:
    """A new remedy comes with a row, or with the reason why no test can follow it."""
    texts = [*(row.advice for row in ROWS), *UNFOLLOWED]
    known = {remedy.text for text in texts for remedy in claimed(text)}
    remedies, _ = inventory()
    missing = [
        f"{remedy.places[0]}: {remedy.text!r}" for remedy in remedies if remedy.text not in known
    ]
    assert missing == []


def test_what_is_not_followed_is_still_there() -> None:
    """An exception for a remedy that is gone, or that a row follows, is taken out."""
    followed = {remedy.text for row in ROWS for remedy in claimed(row.advice)}
    for text in UNFOLLOWED:
        assert [remedy for remedy in claimed(text) if remedy.text not in followed], text


def test_the_tests_of_exceptions_exist() -> None:
    """An exception names a test that shows the remedy, or says why there is none."""
    named = [why.split("::") for why in UNFOLLOWED.values() if why.startswith("tests/")]
    assert named
    for path, test in named:
        assert f"def {test}(" in (PACKAGE.parent / path).read_text(encoding="utf-8")


def test_what_is_put_together_is_followed() -> None:
    """Names, conditions, tables, functions and methods lead to their texts, with holes."""
    source = """
_TEXT = "Wait."
_TABLE = {1: "Add it.", 2: "Drop it."}
def place(name): return f"at {name} or so"
class Problem(Exception):
    def __init__(self, message, remedy=""): ...
def raises(kind, name):
    said, remedy = "x", _TABLE.get(kind, "")
    if kind:
        raise Problem(said, remedy)
    remedy = "Stop" if name else _TEXT
    remedy += f" {place(name)}."
    raise Problem(said, remedy)
"""
    module = read_module(PACKAGE / "made.py", source)
    reader = Reader({module.name: module})
    assert [remedy.text for remedy in reader.remedies()] == [
        " at {} or so.",
        "Add it.",
        "Drop it.",
        "Stop",
        "Wait.",
    ]
    assert reader.not_followed == []


def test_what_cannot_be_followed_is_reported() -> None:
    """A remedy that only running the package could tell is no remedy unseen."""
    source = """
class Problem(Exception):
    def __init__(self, message, remedy=""): ...
def raises(): raise Problem("x", open("remedy").read())
"""
    module = read_module(PACKAGE / "made.py", source)
    reader = Reader({module.name: module})
    assert reader.remedies() == []
    assert len(reader.not_followed) == 1
