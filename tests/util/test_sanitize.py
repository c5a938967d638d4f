"""Every escape: the text comes out as it went in, and as nothing else."""

from __future__ import annotations

import html as python_html
import json
import re
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given
from hypothesis import strategies as st

from lukhas_notion.util import sanitize as escape
from lukhas_notion.util.text import spell_hidden

NASTY = st.text(
    st.one_of(
        st.sampled_from("`*_[]()<>|~#@:!\\/&$-+=.0123456789abcdef \n\t'\"{}^"),
        st.characters(),
    ),
    max_size=60,
)
#: What GitHub makes a link of, each after a character that the renderer lets stand before one.
LINKS = st.builds(
    lambda before, link, after: f"{before}{link}{after}",
    st.sampled_from(["", " ", "_", "*", "~", "(", "a", "|", "/", "."]),
    st.sampled_from(
        [
            "www.x.example",
            "http://x.example",
            "https://x.example",
            "ftp://x.example",
            "a@x.example",
            "a@-x.example",
            "mailto:a@x.example",
            "xmpp:a@x.example/room",
            "@octocat",
            "#12",
            "octo/repo#12",
            "octo/repo@deadbeef",
            "GH-12",
            "GHSA-xxxx-yyyy-zzzz",
            "CVE-2020-1234",
            "deadbeef",
            "0123456789abcdef0123456789abcdef01234567",
            "<https://x.example>",
            "[a](https://x.example)",
            "![a](https://x.example/i.png)",
            "&lt;b&gt;&#64;octocat",
            ":tada:",
        ]
    ),
    st.sampled_from(["", " ", "_", "*", "~", ")", "|", "|x", ".", "`", "\\"]),
)
ANYTHING = st.one_of(NASTY, LINKS, st.lists(st.one_of(NASTY, LINKS)).map("".join))
#: What GitHub links in text after Markdown is done, outside code.
_REFERENCES = re.compile(
    r"@\w|#\d|\bGH-\d|\bGHSA-\w|\bCVE-\d|:[\w+-]+:|(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])"
)


class Rendered(HTMLParser):
    """What GitHub's own renderer makes of Markdown.

    ``tags`` has every element that was opened, ``text`` what is read, ``code`` the text of each
    code element, and ``prose`` the text outside of them.
    """

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = self.prose = ""
        self.code: list[str] = []
        self._in_code = False
        self.feed(
            cmarkgfm.github_flavored_markdown_to_html(
                markdown, Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
            )
        )
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        del attrs
        self.tags.append(tag)
        if tag == "code":
            self._in_code = True
            self.code.append("")
            self.prose += "\0"  # nothing is made of what stands on both sides of it

    def handle_endtag(self, tag: str) -> None:
        """Note the end of code."""
        if tag == "code":
            self._in_code = False

    def handle_data(self, data: str) -> None:
        """Note what is read."""
        self.text += data
        if self._in_code:
            self.code[-1] += data
        else:
            self.prose += data


def shown(markdown: str) -> str:
    """Return the plain text that a reader sees."""
    return Rendered(markdown).text.removesuffix("\n")


def table_of(cell: str) -> str:
    """Return a table with two cells, the first of which holds ``cell``."""
    return f"| a | b |\n| --- | --- |\n| {cell} | end |"


def plain(text: str) -> str:
    """Return the text as it is meant to be seen."""
    return spell_hidden(text).strip()


@pytest.mark.parametrize(
    "value", ["0a1b2c3d" * 8, "0a1b2c3", "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"]
)
def test_a_value_that_is_an_id_can_be_copied(value: str) -> None:
    """A hash or an id is code without a break in it; a text that contains one is inline text."""
    assert escape.markdown_value(value) == f"`{value}`"
    assert escape.markdown_value(f"{value} *x*") == escape.markdown_inline(f"{value} *x*")


@given(ANYTHING)
@example("_www.x.example")
def test_markdown_inline_shows_the_text_and_nothing_else(text: str) -> None:
    """In a paragraph, the text is text: no element comes of it, and no reference."""
    rendered = Rendered(f"x {escape.markdown_inline(text)}")

    assert rendered.tags == ["p"]
    seen = rendered.text.replace("\u200b", "").removeprefix("x").strip()
    assert seen == plain(text).replace("\u200b", "")
    assert not _REFERENCES.search(rendered.prose)


@pytest.mark.parametrize(
    ("markdown", "links"),
    [
        ("0.al", 0),
        ("www.example.org", 1),
        ("_www.example.org", 1),
        ("https://example.org", 1),
        ("a@example.org", 1),
        ("<code>a@b.example&#124;x</code>", 1),
    ],
)
def test_a_link_is_seen_where_github_makes_one(markdown: str, links: int) -> None:
    """The renderer of these tests makes GitHub's autolinks, and no others."""
    assert Rendered(markdown).tags.count("a") == links


@given(ANYTHING)
@example("0.AL")
def test_markdown_inline_begins_no_block(text: str) -> None:
    """At the beginning of a line it is a paragraph, or nothing."""
    assert Rendered(escape.markdown_inline(text)).tags in (["p"], [])


@given(ANYTHING)
def test_markdown_inline_stays_in_its_table_cell(text: str) -> None:
    """A table keeps its two cells whatever is in the first."""
    rendered = Rendered(table_of(escape.markdown_inline(text)))

    assert rendered.tags.count("td") == 2
    assert "a" not in rendered.tags


@given(ANYTHING)
@example("``x` y`")
@example("a\nb")
@example("`a``b`")
@example("- `a|b` 0f0e0d0c-0b0a-4908-8706-050403020100|www.x.example")
@example('a = "|`\\n" --no-x [properties."`]"] [page]')
def test_a_message_shows_the_text_and_code_alone(text: str) -> None:
    """Nothing comes of a message but code, in a paragraph, at its beginning and in a table."""
    message = escape.markdown_message(text)

    for markdown in (f"x {message}", message, table_of(message)):
        rendered = Rendered(markdown)
        assert set(rendered.tags) <= {"p", "code", "table", "thead", "tbody", "tr", "th", "td"}
        assert rendered.tags.count("td") == (2 if markdown == table_of(message) else 0)
        assert not _REFERENCES.search(rendered.prose)
    seen = re.sub(r"[\s`\u200b]", "", Rendered(f"x {message}").text).removeprefix("x")
    assert seen == re.sub(r"[\s`\u200b]", "", plain(text.replace("\n", " ")))


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Run `lukhas-notion backfill --apply` first.", None),
        ("Page 0f0e0d0c-0b0a-4908-8706-050403020100.", "Page `{}`."),
        ("The commit 0123456789ab.", "The commit `{}`."),
        ("Plan " + "0123456789abcdef" * 4 + ".", "Plan `{}`."),
        ("(request_id 0f0e0d0c-0b0a-4908-8706-050403020100)", "(request\\_id `{}`)"),
        (
            'Write from = "@folder" under [properties."A b"], or use --archive-removed.',
            'Write `from = "@folder"` under `[properties."A b"]`, or use `--archive-removed`.',
        ),
        (
            "under [manifests] in `x`, not [others] -- or so",
            "under `[manifests]` in `x`, not \\[others\\] -- or so",
        ),
    ],
)
def test_a_reader_can_copy_commands_settings_and_ids(text: str, markdown: str | None) -> None:
    """Commands, settings and ids in a message contain neither an escape nor a break."""
    ids = re.findall(r"[0-9a-f-]{12,}", text)
    assert escape.markdown_message(text) == (markdown or text).format(*ids)


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


@given(ANYTHING)
def test_markdown_html_shows_the_text_in_html(text: str) -> None:
    """Inside an HTML element the text is text, and what GitHub would link is broken."""
    escaped = escape.markdown_html(text)

    assert python_html.unescape(escaped).replace("\u200b", "") == spell_hidden(text)
    assert not set("<>\"'\n") & set(escaped)


@pytest.mark.parametrize("text", ["@octocat", "#12", "https://x.example", ":tada:", "deadbeef"])
def test_markdown_html_breaks_links_too(text: str) -> None:
    """HTML in a comment is looked through for mentions as well."""
    assert text not in python_html.unescape(escape.markdown_html(f"x {text}"))


def test_ordinary_prose_stays_readable() -> None:
    """Names and sentences are not turned into a soup of references."""
    for text in ("core.memory-v2 (lane: L2), 97.5 % of it.", "Was it renamed? Yes; twice!"):
        assert escape.markdown_inline(text) == text


@given(ANYTHING)
@example("a@b.example|x")
@example("|www.x.example")
def test_markdown_code_shows_the_text(text: str) -> None:
    """Inline code shows the text, in a table's cell too, and holds no link."""
    code = escape.markdown_code(text)

    assert "\n" not in code
    for markdown in (f"x {code} y", code, table_of(code)):
        rendered = Rendered(markdown)
        assert set(rendered.tags) <= {"p", "code", "table", "thead", "tbody", "tr", "th", "td"}
        assert rendered.tags.count("td") == (2 if markdown == table_of(code) else 0)
        seen = [each.replace("\u200b", "") for each in rendered.code]
        assert seen == [spell_hidden(text).replace("\u200b", "")]


@given(ANYTHING)
def test_a_fence_holds_its_content(text: str) -> None:
    """Nothing in it closes a fence."""
    rendered = Rendered(escape.markdown_fence(text, "diff"))

    assert rendered.tags == ["pre", "code"]
    assert rendered.prose.strip("\0\n") == ""


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


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from(["##[x]", "::x"])
    ),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
@example({"a\x7f##[error]": "##[##["})
def test_json_is_ascii_and_no_command(document: object) -> None:
    """A machine reads the same document; the runner and a terminal find nothing to obey."""
    text = escape.json_document(document)

    assert json.loads(text) == document
    assert text.isascii()
    assert all(line.isprintable() for line in text.split("\n"))
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))


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
    """Characters that hide or reorder text are spelled out; those that scripts need are kept."""
    assert spell_hidden(text) == expected


@pytest.mark.parametrize(
    ("text", "shown"), [("# x", r"\# x"), ("1. x", r"1\. x"), ("- x", r"\- x"), ("+ x", r"\+ x")]
)
def test_a_line_begins_no_heading_and_no_list(text: str, shown: str) -> None:
    """What Markdown reads at the beginning of a line is escaped there."""
    assert escape.markdown_inline(text) == shown


def test_what_the_runner_would_decode_is_encoded_first() -> None:
    """A text that has the code of a line feed is no line feed when the runner has decoded it."""
    assert escape.workflow_data("100%0A::error::x\r\n") == "100%250A::error::x%0D%0A"
