"""A token that was copied with other text is reported before it is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workplace import Workplace, workplace

from lukhas_notion.notion.access import check_token
from lukhas_notion.util.errors import SetupError

SECRET = "AbCdEf0123456789"
GOOD = f"ntn_{SECRET}"

BAD = {
    f'"{GOOD}"': "quotes, brackets",
    f"'{GOOD}'": "quotes, brackets",
    f"`{GOOD}`": "quotes, brackets",
    f"“{GOOD}”": "quotes, brackets",
    f'"{GOOD}': "quotes, brackets",
    f"{GOOD}'": "quotes, brackets",
    f"<{GOOD}>": "quotes, brackets",
    f"[{GOOD}]": "quotes, brackets",
    f"{{{GOOD}}}": "quotes, brackets",
    f"{GOOD},": "quotes, brackets",
    f"NOTION_TOKEN={GOOD}": "a name in front",
    f'NOTION_TOKEN="{GOOD}"': "quotes, brackets",
    f"export NOTION_TOKEN={GOOD}": "a name in front",
    f"token: {GOOD}": "a name in front",
    f"Bearer {GOOD}": "the word Bearer",
    "***": "is masked",
    "ntn_********": "is masked",
    "ntn_••••": "is masked",
    "${{ secrets.NOTION_TOKEN }}": "was not filled in",
    "$NOTION_TOKEN": "was not filled in",
    "${NOTION_TOKEN}": "was not filled in",
    "%NOTION_TOKEN%": "was not filled in",
    f"ntn_ {SECRET}": "a space or a line break",
    f"ntn_\n{SECRET}": "a space or a line break",
    f"{GOOD}\u200b": "U+200B",
    f"ntn_{SECRET}ä": "U+00E4",
    f"ntn_{SECRET}\0": "U+0000",
    f"ghp_{SECRET}": "a token for GitHub",
    f"github_pat_{SECRET}": "a token for GitHub",
    "": "does not contain a token",
    "==": "does not contain a token",
}


@pytest.mark.parametrize("token", BAD)
def test_what_came_along_with_a_token_is_named(token: str) -> None:
    """The message has the problem and the remedy, and no part of the token."""
    with pytest.raises(SetupError, match="NOTION_TOKEN") as caught:
        check_token(token)
    assert BAD[token] in caught.value.message
    assert caught.value.remedy
    assert SECRET not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("token", [GOOD, f"secret_{SECRET}", "a", "aZ09-._~+/==", "eyJ.e30.c2ln"])
def test_any_token_that_can_travel_is_sent(token: str) -> None:
    """Any text that a Bearer header allows is accepted as token."""
    check_token(token)


@given(st.text(max_size=40))
def test_no_text_breaks_the_check(text: str) -> None:
    """Any text is either accepted or refused with a SetupError."""
    try:
        check_token(text)
    except SetupError as error:
        refused = error.message
    else:
        refused = ""
    assert refused.startswith("NOTION_TOKEN") or (text.isascii() and text.isprintable())


@pytest.mark.parametrize("words", ["sync --all", "verify", "doctor", "init", "backfill --tags"])
@pytest.mark.parametrize("around", ['"{}"', "NOTION_TOKEN={}", "***"])
def test_no_command_sends_such_a_token(place: Workplace, words: str, around: str) -> None:
    """Every command reports it, and Notion gets no request."""
    place.environ["NOTION_TOKEN"] = around.format(place.notion.token)
    ended = place.run(*words.split())
    assert ended.code != 0
    assert "It was not sent." in ended.out + ended.err
    assert place.notion.requests == []


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Return a repository of one module before an empty database."""
    made = workplace(tmp_path_factory.mktemp("repository"))
    made.write("alpha", {"module": "alpha", "features": []})
    (made.root / "vocab").mkdir()
    (made.root / "vocab/tags.json").write_text('["tier:1"]')
    return made
