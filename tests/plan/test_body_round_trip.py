"""A page's body has the content of its file: written for Notion and read back, it is the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lukhas_notion.emulator import markdown
from lukhas_notion.plan.body import write_body


def body(source: str) -> str:
    """Return the body that a file makes."""
    return write_body(source, "R.md", lambda at: f"https://g.example/{at}", lambda _: "").text


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("*a*_b_", "*ab*"),
        ("**a**__b__", "**ab**"),
        ("**a**b*c*", "**a**b*c*"),
        ("*a***b***c*", "*a***b***c*"),
        ("***a** b*", "***a** b*"),
        ("**a `b` _c_**: d", "**a `b` *c***: d"),
        ("*a*[x](https://e.example)*b*", "*a*[x](https://e.example)*b*"),
        ("**(a)** b", "**(a)** b"),
        ("**a&#32;<!-- -->** b", "**a**  b"),
        ("**a:**<!-- -->b", "a:b"),
        ("*a*<!-- -->*b*", "*ab*"),
        ("`a`<!-- -->`b`", "`ab`"),
        ("http://e.example`b`", "`http://e.exampleb`"),
        ("\\``b`", "\\``b`"),
        ("_[x](http://e.example)_:", "*x*:"),
        ("x*a&nbsp;*", "xa\xa0"),
    ],
)
def test_emphasis_that_meets(source: str, written: str) -> None:
    """Neighbouring marks become one, and every written mark is read back as a mark."""
    assert body(source) == written


Seen = tuple[str, frozenset[str], str]


def seen(text: str) -> Iterator[Seen]:
    """Yield each character that a reader of CommonMark sees, with its marks and its link."""
    parser = MarkdownIt("commonmark").enable("strikethrough")
    marks, link = list[str](), ""
    for token in parser.parseInline(text)[0].children or []:
        if token.type == "link_open":
            link = str(token.attrs["href"])
        elif token.type == "link_close":
            link = ""
        elif token.nesting == 1:
            marks.append(token.tag)
        elif token.nesting == -1:
            marks.remove(token.tag)
        elif token.type != "html_inline":
            shows_code = token.type == "code_inline" and not link and "`" not in token.content
            is_code = {"code"} if shows_code else set[str]()
            for char in token.content.replace("_", "\u203f"):
                if not char.isspace():
                    yield char, frozenset(marks) | is_code, link


PIECES = r"""
* ** *** _ __ ~~ ~ a b . : ( ) ! \* \_ \\ `c` `*` &amp; &#42; &nbsp; <!--x--> é “ [ ] $ {} &#32;
[l](https://e.example/x) [*m*](https://e.example/y(z))
"""
INLINE = st.lists(st.sampled_from([*PIECES.split(), " "]), max_size=14).map("".join)
TEXTS = INLINE.filter(lambda text: "![" not in text)  # an image within a text becomes a link


@example("**a:**<!--x-->b")
@example("*a*__b__*c*")
@example("`c`<!--x-->`c`")
@example("*_<!--x-->_")
@given(TEXTS)
def test_a_text_is_read_back_as_it_was(source: str) -> None:
    """Every letter, link and mark is read back; if one mark is lost, the text has no marks."""
    given_ = list(seen(f"x{source}"))
    written = body(f"x{source}")
    back = list(seen(written.replace("_", "\u203f")))

    emphasis = {"em", "strong", "s"}
    plain = [(char, marks - emphasis, _unquoted(link)) for char, marks, link in given_]
    whole = [(char, marks, _unquoted(link)) for char, marks, link in given_]
    assert [(char, marks, link) for char, marks, link in back] in (plain, whole)


def _unquoted(link: str) -> str:
    return link.replace("(", "%28").replace(")", "%29")


#: A block of a file: what begins its line, its text, and the blocks below it. A paragraph right
#: after that of a quote is the quote's own.
Tree = tuple[str, str, list["Tree"]]
KINDS = {
    "- ": "bullet",
    "1. ": "number",
    "- [ ] ": "task",
    "- [x] ": "task",
    "> ": "quote",
}
LEAVES = {"# ": "heading", "": "paragraph", "```": "code", "***": "divider"}
LEAF = st.tuples(st.sampled_from(sorted(LEAVES)), st.sampled_from("abc"), st.just(list[Tree]()))
TREES = st.lists(
    st.recursive(
        LEAF,
        lambda below: st.tuples(
            st.sampled_from(sorted(KINDS)), st.sampled_from("abc"), st.lists(below, max_size=3)
        ).filter(lambda each: each[0] != "> " or not each[2] or each[2][0][0] != ""),
        max_leaves=12,
    ),
    max_size=4,
)


def written_file(trees: list[Tree], indent: str = "") -> str:
    """Return a file with blank lines between blocks, and a comment between lists."""
    lines: list[str] = []
    for begin, text, below in trees:
        if begin in LEAVES:
            block = f"```\n{text}\n```" if begin == "```" else "***" if begin == "***" else ""
            lines += [f"{indent}{line}" for line in (block or begin + text).split("\n")]
        else:
            inner = "> " if begin == "> " else " " * (3 if begin == "1. " else 2)
            lines += [f"{indent}{begin}{text}", f"{indent}{inner}".rstrip()]
            lines += written_file(below, indent + inner).split("\n") if below else []
        lines += [indent.rstrip(), f"{indent}<!-- -->", indent.rstrip()]
    return "\n".join(lines)


def expected(trees: list[Tree], depth: int = 0) -> Iterator[tuple[str, str, int]]:
    """Yield what Notion has to have: kind, text and depth of each block."""
    for begin, text, below in trees:
        yield (LEAVES | KINDS)[begin], "" if begin == "***" else text, depth
        yield from expected(below, depth + 1)


@example([("> ", "a", [("# ", "b", []), ("- [ ] ", "c", [("- [x] ", "a", [])])])])
@example([("1. ", "a", [("```", "b", []), ("- ", "c", [("```", "a", [])])])])
@given(TREES)
def test_blocks_are_read_back_as_they_were(trees: list[Tree]) -> None:
    """Each block has its kind, its text and its depth, below lists, tasks and quotes."""
    found = markdown.blocks(body(written_file(trees)))

    assert [(each.kind, each.text, each.depth) for each in found] == list(expected(trees))
