"""Every escape: the text comes out as it went in, and as nothing else."""

from __future__ import annotations

import html as python_html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lukhas_notion import escape

NASTY = st.text(
    st.one_of(
        st.sampled_from("`*_[]()<>|~#@:!\\/&$-+=.0123456789abcdef \n\t'\"{}^"),
        st.characters(),
    ),
    max_size=60,
)
RENDERER = MarkdownIt("gfm-like")
#: What GitHub's Markdown makes a link of its own accord (GFM, "Autolinks"). This renderer does it
#: for every domain's name as well, for `module.al` too.
_AUTOLINK = re.compile(r"(?i)www\.|[a-z][a-z0-9+.-]*:|[^@]+@")


def tokens(markdown: str) -> list[Token]:
    """Return all tokens, inline ones included, but for links that GitHub would not make."""
    found: list[Token] = []
    for token in RENDERER.parse(markdown):
        found.append(token)
        found.extend(_as_github(token.children or []))
    return found


def _as_github(children: list[Token]) -> list[Token]:
    """Return inline tokens without the links that are made of a bare domain."""
    kept: list[Token] = []
    bare = False
    for index, token in enumerate(children):
        if token.type == "link_open":
            text = children[index + 1].content
            bare = token.markup == "linkify" and not _AUTOLINK.match(text)
        if not (bare and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


def shown(markdown: str) -> str:
    """Return the plain text that a reader sees."""
    return "".join(t.content for t in tokens(markdown) if t.type in ("text", "code_inline"))


def plain(text: str) -> str:
    """Return the text as it is meant to be seen."""
    return escape.visible(text).strip()


@given(NASTY)
def test_markdown_inline_shows_the_text_and_nothing_else(text: str) -> None:
    """In a paragraph, the text is text: no other kind of token comes of it."""
    rendered = tokens(f"x {escape.markdown_inline(text)}")

    assert {t.type for t in rendered} <= {"paragraph_open", "paragraph_close", "inline", "text"}
    seen = shown(f"x {escape.markdown_inline(text)}").replace("\u200b", "")
    assert seen.removeprefix("x").strip() == plain(text).replace("\u200b", "")


@pytest.mark.parametrize(
    ("markdown", "links"),
    [("0.al", 0), ("www.example.org", 1), ("https://example.org", 1), ("a@example.org", 1)],
)
def test_a_link_is_seen_where_github_makes_one(markdown: str, links: int) -> None:
    """The renderer of these tests finds GitHub's autolinks, and no others."""
    assert sum(t.type == "link_open" for t in tokens(markdown)) == links


@given(NASTY)
@example("0.AL")
def test_markdown_inline_begins_no_block(text: str) -> None:
    """At the beginning of a line it is a paragraph, or nothing."""
    rendered = tokens(escape.markdown_inline(text))

    assert {t.type for t in rendered} <= {"paragraph_open", "paragraph_close", "inline", "text"}


@given(NASTY)
def test_markdown_inline_stays_in_its_table_cell(text: str) -> None:
    """A table keeps its two cells whatever is in the first."""
    table = f"| a | b |\n| --- | --- |\n| {escape.markdown_inline(text)} | end |"

    cells = [t for t in tokens(table) if t.type == "td_open"]

    assert len(cells) == 2


@pytest.mark.parametrize(
    "text",
    [
        "@octocat",
        "a@example.org",
        "#12",
        "octo/repo#12",
        "GH-12",
        "https://evil.example",
        "www.evil.example",
        "mailto:a@b.example",
        ":tada:",
        "deadbeef",
        "0123456789abcdef0123456789abcdef01234567",
    ],
)
def test_what_github_would_link_is_broken(text: str) -> None:
    """Mentions, references, hashes, addresses and emoji are no longer in one piece."""
    seen = shown(f"x {escape.markdown_inline(text)}")

    assert text not in seen
    assert seen.replace("\u200b", "") == f"x {text}"


@given(NASTY)
def test_markdown_html_shows_the_text_in_html(text: str) -> None:
    """Inside an HTML element the text is text, and what GitHub would link is broken."""
    escaped = escape.markdown_html(text)

    assert python_html.unescape(escaped).replace("\u200b", "") == escape.visible(text)
    assert not set("<>\"'\n") & set(escaped)


@pytest.mark.parametrize("text", ["@octocat", "#12", "https://x.example", ":tada:", "deadbeef"])
def test_markdown_html_breaks_links_too(text: str) -> None:
    """HTML in a comment is looked through for mentions as well."""
    assert text not in python_html.unescape(escape.markdown_html(f"x {text}"))


def test_ordinary_prose_stays_readable() -> None:
    """Names and sentences are not turned into a soup of references."""
    for text in ("core.memory-v2 (lane: L2), 97.5 % of it.", "Was it renamed? Yes; twice!"):
        assert escape.markdown_inline(text) == text


@given(NASTY)
def test_markdown_code_shows_the_text(text: str) -> None:
    """Inline code shows the text, also in a table cell."""
    code = escape.markdown_code(text)
    table = f"| a | b |\n| --- | --- |\n| {code} | end |"

    assert len([t for t in tokens(table) if t.type == "td_open"]) == 2
    assert "\n" not in code
    if "<code>" in code:
        inside = re.fullmatch(r"<code>(.*)</code>", code)
        assert inside
        assert python_html.unescape(inside[1]) == escape.visible(text)
    else:
        spans = [t.content for t in tokens(f"x {code} y") if t.type == "code_inline"]
        assert spans == [escape.visible(text)]


@given(NASTY)
def test_a_fence_holds_its_content(text: str) -> None:
    """Nothing in it closes a fence."""
    rendered = RENDERER.parse(escape.markdown_fence(text, "diff"))

    assert [t.type for t in rendered] == ["fence"]


@given(st.text())
def test_html_round_trips(text: str) -> None:
    """HTML shows the text and opens no tag."""
    escaped = escape.html(text)

    assert python_html.unescape(escaped) == escape.visible_block(text)
    assert not set("<>\"'") & set(escaped)


@given(st.text())
def test_terminal_is_one_harmless_line(text: str) -> None:
    """No control, bidirectional or invisible character, and no command, is printed."""
    line = escape.terminal(text)

    assert "##[" not in line
    assert not line.lstrip().startswith("::")
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u061c\ufeff\x00-\x1f\x7f-\x9f]", line)


@given(st.text())
def test_a_block_keeps_its_lines_and_none_is_a_command(text: str) -> None:
    """Lines stay lines, and none of them begins a workflow command."""
    block = escape.terminal_block(text)

    assert block.count("\n") == text.count("\n")
    for line in block.split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def decode_data(text: str) -> str:
    """Undo the escape of a command's message, in the runner's order (ActionCommand.cs)."""
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def decode_property(text: str) -> str:
    """Undo the escape of a command's property, in the runner's order."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


@given(st.text())
def test_workflow_commands_round_trip(text: str) -> None:
    """The runner reads what was written, and sees no delimiter of its own in it."""
    assert decode_data(escape.workflow_data(text)) == text
    assert decode_property(escape.workflow_property(text)) == text
    assert not set("\r\n") & set(escape.workflow_data(text))
    assert not set("\r\n:,") & set(escape.workflow_property(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb", r"a\u{202e}b"),
        ("a\x1b[31m", r"a\u{1b}[31m"),
        ("a\u200db", r"a\u{200d}b"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\ud800", r"\u{d800}"),
        ("a\nb", r"a\u{a}b"),
        ("سلام", "سلام"),
    ],
)
def test_hidden_characters_are_made_visible(text: str, expected: str) -> None:
    """What hides or reorders is spelt out; what writing needs is kept."""
    assert escape.visible(text) == expected
