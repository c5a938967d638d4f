"""A page's body: read and written as Notion does, and nothing lost by it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from emulator.notion_client_for_tests import Talk, message, title

from lukhas_notion.emulator import markdown
from lukhas_notion.emulator.errors import ApiError
from lukhas_notion.emulator.web_body import html


@pytest.fixture
def talk() -> Iterator[Talk]:
    """Return a client of the default database."""
    with Talk() as here:
        yield here


def replace(talk: Talk, page_id: str, text: str) -> httpx.Response:
    """Replace a page's body."""
    body = {"type": "replace_content", "replace_content": {"new_str": text}}
    return talk.client.patch(f"/v1/pages/{page_id}/markdown", json=body)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("one\n\n\ntwo\n", "one\ntwo"),
        ("3. a\n7. b\n\t9. c\ntext\n5. d", "1. a\n2. b\n\t1. c\ntext\n1. d"),
        ("* a\n+ b\n- [X] c", "- a\n- b\n- [x] c"),
        ("###### deep", "#### deep"),
        (
            "```python\nif a < b:\n\n    {x}\n```\nafter",
            "```python\nif a < b:\n\n    {x}\n```\nafter",
        ),
        ("***", "---"),
        ("> one\n> two", "> one\n> two"),
        ("see https://example.com/a.", "see [https://example.com/a](https://example.com/a)."),
        ("| a | b |\n| - | - |\n| 1 | `2` |", None),
        (r"\<page\> \{x\} `<page>`", r"\<page\> \{x\} `<page>`"),
    ],
)
def test_what_is_read_back(sent: str, kept: str | None) -> None:
    """A body comes back as Notion writes it, and from then on it stays as it is."""
    if kept is None:
        rows = "<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n<tr>\n<td>1</td>\n<td>`2`</td>\n</tr>"
        kept = f'<table header-row="true">\n{rows}\n</table>'

    assert markdown.normalised(sent) == kept
    assert markdown.normalised(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        '<page url="https://app.notion.com/p/1">Moved</page>',
        '<mention-user url="user://1"/>',
        "<columns>",
        "</callout>",
        "text {toggle}",
        "$$E=mc^2$$",
        "$`x`$",
        "a [^1] b",
        "  - indented by spaces",
        "| a | b |\n|---|---|\n| x | y \\| z |",
        "<table>\n<tr>\n<td>a</td>\n</tr>",
        "<!-- hidden -->",
        "[a](https://e.example/%00)",
    ],
)
def test_the_rest_of_the_dialect_is_refused(text: str) -> None:
    """What moves pages, mentions, embeds or loses text is refused, unless it is escaped."""
    with pytest.raises(ApiError, match="not emulated here"):
        markdown.normalised(text)


def test_a_thousand_blocks_and_no_more(talk: Talk) -> None:
    """A body of more blocks than a request may bring is refused, and nothing is changed."""
    page_id = talk.module("a")

    assert replace(talk, page_id, "line\n" * 1000).status_code == 200
    assert "1000" in message(replace(talk, page_id, "line\n" * 1001))
    assert talk.emulator.body(page_id).count("line") == 1000


def test_a_page_is_made_with_its_body(talk: Talk) -> None:
    """With a title of its own the whole text is the body, its first heading as well."""
    parent = {"data_source_id": talk.ids.data_source_id}
    body = {"parent": parent, "properties": {"Module": title("a")}, "markdown": "# One\n\ntwo"}

    made = talk.client.post("/v1/pages", json=body).json()

    shown = talk.client.get(f"/v1/pages/{made['id']}/markdown").json()
    assert shown["markdown"] == "# One\ntwo"
    assert message(talk.client.post("/v1/pages", json={**body, "children": []}))


def test_what_is_below_a_page_is_never_deleted(talk: Talk) -> None:
    """A page below is shown at the end of the body, and keeps it from being replaced."""
    page_id = talk.module("a")
    talk.emulator.add_subpage(page_id, "Notes")

    assert talk.emulator.body(page_id).endswith(">Notes</page>")
    assert "would delete child pages" in message(replace(talk, page_id, "new"))


def test_a_body_in_the_trash_is_not_replaced(talk: Talk) -> None:
    """A page in the trash keeps its body, and an unknown page has none."""
    page_id = talk.module("a")
    talk.emulator.edit_body(page_id, "kept")
    talk.emulator.trash_page(page_id)

    assert "archived" in message(replace(talk, page_id, "new"))
    assert talk.emulator.body(page_id) == "kept"
    missing = "/v1/pages/00000000-0000-4000-8000-000000000000/markdown"
    assert talk.client.get(missing).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "update_content", "update_content": {"content_updates": []}},
        {"type": "replace_content"},
        {"type": "replace_content", "replace_content": {"new_str": 1}},
        {
            "type": "replace_content",
            "replace_content": {"new_str": "x", "allow_deleting_content": True},
        },
        {"type": "replace_content", "replace_content": {"new_str": "x"}, "insert_content": {}},
        {"type": "replace_content", "replace_content": {"new_str": "x"}, "allow_async": True},
    ],
)
def test_other_changes_are_refused(talk: Talk, body: dict[str, object]) -> None:
    """Only the changes of a body that were recorded are taken."""
    page_id = talk.module("a")

    assert message(talk.client.patch(f"/v1/pages/{page_id}/markdown", json=body))


def test_a_body_is_shown_with_all_its_text_escaped() -> None:
    """Blocks become HTML, children go inside their parents, and no text is read as HTML."""
    text = (
        "# One **bold**\n- a\n\t- b `<i>`\n- [x] done\n1. first\n> quote\n"
        "```html\n<script>\n```\n---\n[link](https://example.com/?a=1&b=2) ![pic](https://x.example/)\n"
        "[bad](javascript:alert(1))\\<b\\> **bold <br>two**\n| h |\n| - |\n| *c* |"
    )

    shown = html(markdown.normalised(text))

    assert "<h2><bdi>One <strong>bold</strong></bdi></h2>" in shown
    assert "<li><bdi>a</bdi><ul><li><bdi>b <code>&lt;i&gt;</code></bdi></li></ul></li>" in shown
    assert "<ol><li>" in shown
    assert "<blockquote>" in shown
    assert "<hr>" in shown
    assert "<code>&lt;script&gt;</code>" in shown
    assert 'href="https://example.com/?a=1&amp;b=2"' in shown
    assert "<em>c</em>" in shown
    assert "javascript:" not in shown.replace("[bad](javascript:alert(1))", "")
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;b&gt;" in shown
