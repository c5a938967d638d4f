"""Every remedy works: what a message advises is done, word for word, and the next run goes on.

Each row breaks something, runs a command, finds the advice in what it says, follows it, and runs
the same command again: it must succeed. Where ``then`` is set, the next run says just that. No
remedy of the source is without a row, but for those that no test can follow.
"""

from __future__ import annotations

import pytest
from support.remedies import ROWS, UNFOLLOWED
from support.remedies.inventory import Remedy, inventory
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
    followed = {remedy.text for row in ROWS for remedy in claimed(row.advice)}
    remedies, _ = inventory()
    missing = [
        f"{remedy.places[0]}: {remedy.text!r}"
        for remedy in remedies
        if remedy.text not in followed and not any(text in remedy.text for text in UNFOLLOWED)
    ]
    assert missing == []


def test_what_is_not_followed_is_still_said() -> None:
    """An exception for a remedy that is gone, or that a row follows, is taken out."""
    followed = {remedy.text for row in ROWS for remedy in claimed(row.advice)}
    for text in UNFOLLOWED:
        assert [remedy for remedy in claimed(text) if remedy.text not in followed], text
