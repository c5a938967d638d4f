"""A page's body: Markdown of a repository, written anew for Notion."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lukhas_notion.emulator import markdown
from lukhas_notion.plan import body_text
from lukhas_notion.plan.body import MAX_BODY_BYTES, Body, BodyError, write_body
from lukhas_notion.plan.body_text import BodyLinks


def body(source: str, path: str = "services/pay/README.md") -> Body:
    """Return the body that a file of the repository makes."""
    return write_body(
        source,
        path,
        lambda at: f"https://git.example/blob/HEAD/{quote(at)}",
        lambda at: f"https://git.example/raw/HEAD/{quote(at)}",
    )


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("one\ntwo\n\nthree", "one two\nthree"),
        ("one  \ntwo", "one<br>two"),
        ("# A\n\n#\n\n###### F", "# A\n#### F"),
        ("see https://x.example/a_b_.", "see [https://x.example/a_b](https://x.example/a_b)_."),
        ("[`list[int]`](https://x.example)", r"[list\[int\]](https://x.example)"),
        ("Hi!<https://x.example>", r"Hi\![https://x.example](https://x.example)"),
        (r"\![x](https://x.example/t.png)", r"\![x](https://x.example/t.png)"),
        ("http://x.example", "`http://x.example`"),
        (
            "(https://x.example/a_(b)) https://x.example/a(b",
            (
                "([https://x.example/a_(b)](https://x.example/a_%28b%29)) "
                "[https://x.example/a(b](https://x.example/a%28b)"
            ),
        ),
        ("a[^1]\n\n[^1]: Note\n[b]: c", r"a\[\^1\]" + "\n" + r"\[\^1\]: Note \[b\]: c"),
        ("Title\n===", "# Title"),
        ("**a** *b* ~~c~~ `d`", "**a** *b* ~~c~~ `d`"),
        ("- a\n  - b\n\n    more\n- c", "- a\n\t- b\n\t\tmore\n- c"),
        ("3. a\n4. b", "1. a\n2. b"),
        ("1. a\n   1. b\n\n<!-- -->\n\n1. c\n1) d", "1. a\n\t1. b\n2. c\n3. d"),
        ("1. a\n- b\n1. c", "1. a\n- b\n1. c"),
        ("- [ ] open\n- [x] done\n- [X] done too", "- [ ] open\n- [x] done\n- [x] done too"),
        ("> a\n> b\n>\n> c\n> - d", "> a b<br>c\n\t- d"),
        ("```py\nx = {1}\n\n<b>\n```", "```py\nx = {1}\n\n<b>\n```"),
        ("    a\n    b", "```\na\nb\n```"),
        ("***", "---"),
        (
            "|a|b|\n|-|-|\n|*1*|x \\| y|",
            (
                '<table header-row="true">\n\t<tr>\n\t\t<td>a</td>\n\t\t<td>b</td>\n\t</tr>\n'
                "\t<tr>\n\t\t<td>*1*</td>\n\t\t<td>x \\| y</td>\n\t</tr>\n</table>"
            ),
        ),
        ("[a](https://x.example/y)", "[a](https://x.example/y)"),
        ("<https://x.example>", "[https://x.example](https://x.example)"),
        (
            "see [b][1]\n\n[1]: ../x.md#at",
            "see [b](https://git.example/blob/HEAD/services/x.md#at)",
        ),
        ("[top](/docs/a b.md)", r"\[top\](/docs/a b.md)"),
        ("[top](</docs/a b.md>)", "[top](https://git.example/blob/HEAD/docs/a%20b.md)"),
        ("[here](#usage)", "[here](https://git.example/blob/HEAD/services/pay/README.md#usage)"),
        ("![A *b*](img/a.png)", "![A b](https://git.example/raw/HEAD/services/pay/img/a.png)"),
        (
            "![A](https://x.example/a.png) ![B](https://x.example/b.png)",
            "![A](https://x.example/a.png)\n![B](https://x.example/b.png)",
        ),
        (
            "text ![A](https://x.example/a.png)",
            "text [A](https://x.example/a.png)",
        ),
        ("[![build](https://x.example/b.svg)](https://x.example)", "[build](https://x.example)"),
        (
            "[<https://x.example> <b>](https://y.example)",
            r"[https://x.example \<b\>](https://y.example)",
        ),
        ("[**![b](https://x.example/b.svg)**](https://x.example)", "[**b**](https://x.example)"),
        ("<!-- toc -->\na <!-- b -->c", "a c"),
        ("snake_case __init__", "snake_case **init**"),
        ("", ""),
    ],
)
def test_what_the_file_says_is_on_the_page(source: str, written: str) -> None:
    """Each form of CommonMark and of GitHub's tables and tasks is written as Notion reads it."""
    assert body(source).text == written


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ('<page url="n/1">x</page>', r'\<page url="n/1"\>x\</page\>'),
        ('a <mention-user url="u"/>', r'a \<mention-user url="u"/\>'),
        ("<synced_block>\nx\n</synced_block>", r"\<synced_block\>"),
        ("::: callout", r"\::: callout"),
        ('x {color="red"}', r'x \{color="red"\}'),
        ('# T {toggle="true"}', r'# T \{toggle="true"\}'),
        ("$x^2$", r"\$x\^2\$"),
        ("[^1]", r"\[\^1\]"),
        ("&lt;page&gt; &amp;lt;page&gt;", r"\<page\> \&lt;page\>"),
        ('`<page url="x">`', r'\<page url="x"\>'),
        ("````\n```\n<page>\n````", r"\`\`\`<br>\<page\>"),
        ("[a](https://x.example/$x$)", "[a](https://x.example/%24x%24)"),
        ("1\\. of", r"1\. of"),
        (r"\_\_\_", r"\___"),
        ("https://x.example/<page>", r"[https://x.example/](https://x.example/)\<page\>"),
        ("[`a](javascript:x)`](https://x.example)", r"[a\](javascript:x)](https://x.example)"),
        ("\\# no", r"\# no"),
        ("\\- no", r"\- no"),
        ("a\u2028<page>", r"a \<page\>"),
        ("|a|\n|-|\n|`</td>`|", r"<td>\</td\></td>"),
        ("[a](javascript:x)", "a"),
        ("[a](http://x.example)", "a"),
        ("[a](//x.example/y)", "a"),
        ("![a](data:image/png;base64,x)", "a"),
        ("[a](https://x.example/\\)<page>)", "[a](https://x.example/%29%3Cpage%3E)"),
    ],
)
def test_the_dialect_of_notion_is_text(source: str, written: str) -> None:
    """What only Notion's dialect gives a meaning to is shown letter for letter."""
    assert written in body(source).text


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ('<p><img src="{}"></p>', r'\<p\>\<img src="{}"\>\</p\>'),
        ('a <img src="{}">', r'a \<img src="{}"\>'),
        ("`<{}>`", r"\<{}\>"),
        ("````\n```\n{}<b>\n````", r"\`\`\`<br>{}\<b\>"),
        ("[{}<b>](http://x.example)", r"{}\<b\>"),
        ("![{}<b>](http://x.example)", r"{}\<b\>"),
        ("a ![{}<b>](http://x.example)", r"a {}\<b\>"),
        ("{}\\<b>", r"{}\<b\>"),
    ],
)
@pytest.mark.parametrize(
    "address", ["https://n.example/1", "HTTPS://n.example", "http://n.example"]
)
def test_an_address_ends_where_the_file_ends_it(source: str, written: str, address: str) -> None:
    """Wherever it is, Notion cannot take the escape after it into a link that it makes of it."""
    shown = f"`{address}`" if address.startswith("http:") else f"[{address}]({address})"

    made = body(source.format(address)).text

    assert made == written.format(shown)
    assert markdown.normalised(made) == made


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("../../../etc/passwd", "leaves the repository"),
        ("/../x", "leaves the repository"),
        ("%2e%2e/%2e%2e/%2e%2e/x", "leaves the repository"),
        ("http://x.example", "is not an https address"),
        ("mailto:a@x.example", "is not an https address"),
        ("https://x.example/" + "a" * 2_000, "is longer than 2,000 characters"),
        ("https://x.example/%00", "is not a web address"),
        ("a%00b.md", "is not a web address"),
        ("#%00", "is not a web address"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(target: str, why: str) -> None:
    """A target that the page cannot have is left out and named with its reason."""
    made = body(f"[text]({target})")

    assert made.text == "text"
    assert [reason for _, reason in made.left_out] == [why]


@pytest.mark.parametrize(
    ("text", "written"),
    [("1. of many", r"1\. of many"), ("- so", r"\- so"), ("::: x", r"\::: x"), ("a - b", "a - b")],
)
def test_a_text_begins_no_block_of_another_kind(text: str, written: str) -> None:
    """What would be a list, a heading or a callout at the start of a line is kept a text."""
    assert body_text.not_a_block(text) == written


def test_each_target_that_is_left_out_is_named_once() -> None:
    """A link that a file has twice is one line of the notices."""
    links = BodyLinks("a/README.md", lambda at: f"https://x.example/{at}", lambda _: "")

    assert links.target("../b.md#c") == "https://x.example/b.md#c"
    assert [links.target("../../b.md"), links.target("../../b.md")] == ["", ""]
    assert links.target("b.png", image=True) == ""
    assert links.left_out == {"../../b.md": "leaves the repository", "b.png": "has no address"}


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("x" * (MAX_BODY_BYTES + 1), "has 200,001 bytes; a body can have 200,000"),
        ("a\n\n" * 1_001, "makes 1,001 blocks; Notion accepts 1,000"),
        (">" * 40 + "a", "is nested deeper than 30 levels"),
        ("> " * 31 + "a", "is nested deeper than 30 levels"),
        ("\n".join("  " * deep + "- a" for deep in range(40)), "is nested deeper than 30 levels"),
        ("*a " * 300 + "b*" * 300, "is nested deeper than 30 levels"),
        ("*a **b " * 20 + "c** d*" * 20, "is nested deeper than 30 levels"),
        ("![" + "*a " * 300 + "b*" * 300 + "](https://x.example)", "is nested deeper than 30"),
        ("![" * 40 + "a" + "](https://x.example/i)" * 40, "is nested deeper than 30"),
        ("|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + "|x|\n" * 60, "has tables of 12,200 cells"),
        ("*" * 60_000 + "a" + "*" * 60_000, "has thousands of brackets, tags or stars"),
        (("*_" * 100 + "a" + "_*" * 100 + "\n\n") * 450, "has thousands of brackets, tags or"),
        ("[" * 50_000, "has thousands of brackets, tags or stars in one paragraph"),
        ("<a " * 50_000, "has thousands of brackets, tags or stars in one paragraph"),
    ],
)
def test_a_body_beyond_the_limits_is_refused_whole(source: str, why: str) -> None:
    """Nothing is cut: a body that Notion cannot hold is an error with the limit."""
    with pytest.raises(BodyError, match=re.escape(why)):
        body(source)


_ALLOWED = re.compile(r'<br>|</?tr>|</?td>|<table header-row="true">|</table>')
_LINK = re.compile(r"\]\(([^)]*)\)")
#: What is escaped, and code: letters.
_LETTERS = re.compile(r"\\.|`[^`<]*`")


def assert_harmless(text: str) -> None:
    """Check with eyes of its own that a body has no syntax but what this product writes."""
    fenced = False
    for line in text.split("\n"):
        bare = line.lstrip("\t")
        if bare.startswith("```"):
            fenced = not fenced
        elif fenced:
            assert "```" not in line
        else:
            assert not re.match(r":::|={2,}", bare)
            shown = _ALLOWED.sub("", _LETTERS.sub("", bare))
            assert not re.search(r"[<>{}$|^]", re.sub(r"^> ?", "", shown)), line
            assert all(target.startswith("https://") for target in _LINK.findall(shown)), line
    assert not fenced


#: Pieces of Markdown and of Notion's dialect.
PIECES = """
a <page </page> <br> { } {color='red'} ::: callout ``` ` ```` ~~~ | - * ** _ # > 1. [ ] ( )
[x](y) ![i](j) [x](https://e.example) \\ $ ^ & &lt; &#60; <!-- --> <table> <td> </td>
<mention-page> [^1] == --- |-| https://e.example http://e.example
<https://e.example> ](https://e.example)
"""
WORDS = st.sampled_from([*PIECES.split(), "\n", "\n\n", "\t", "\u2028", "\r"])


@example("|a|\n|-|\n|``x`y``|")
@example("- - ```\n</td>\n")
@given(st.one_of(st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join), st.text()))
def test_no_file_can_write_syntax_of_its_own(source: str) -> None:
    """Whatever a file holds, its body has no syntax but what we write, and Notion accepts it."""
    text = body(source).text
    assert_harmless(text)
    markdown.blocks(text)
