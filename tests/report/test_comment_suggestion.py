"""The text of a suggestion: what is accepted is what is read, and nothing in it can break out."""

from __future__ import annotations

import json

import pytest
from markdown_it import MarkdownIt
from support.json import edit

from lukhas_notion.manifests.edits import blocks
from lukhas_notion.report.comment import suggestion


def body(text: str, texts: dict[str, str]) -> str | None:
    """Return the comment for the one block that an edit makes."""
    [block] = blocks(text, edit(text, json.loads(text), texts)[1])
    return suggestion(block)


def test_it_says_what_is_meant_and_offers_the_whole_line() -> None:
    """The line keeps its indentation and its comma."""
    assert body('[\n  "find",\n  "b"\n]', {"/0": "search"}) == (
        '- `find` is `search` in the vocabulary.\n\n```suggestion\n  "search",\n```'
    )


def test_a_removal_says_why() -> None:
    """A synonym of a listed name is removed, and so is a name that an earlier synonym becomes."""
    said = body('[\n"search",\n"find"\n]', {"/1": "search"})
    assert said == (
        "- `find` is `search` in the vocabulary, which is there already.\n\n"
        '```suggestion\n"search"\n```'
    )
    said = body('["find", "search"]', {"/0": "search"})
    assert said == (
        "- `find` is `search` in the vocabulary.\n- `search` is there already.\n\n"
        '```suggestion\n["search"]\n```'
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "```",
        "`````\n".strip(),
        "~~~",
        "</details>",
        "<!-- lukhas-notion {} -->",
        "@octo",
        "````suggestion",
    ],
)
def test_nothing_in_a_line_ends_the_block(hostile: str) -> None:
    """The fence is longer than any run of backticks: what is offered is the line, whole."""
    line = json.dumps([hostile, "find"])
    said = body(line, {"/1": "search"})
    assert said is not None
    tokens = [t for t in MarkdownIt("commonmark").parse(said) if t.level == 0 and not t.hidden]
    assert [t.type for t in tokens] == ["bullet_list_open", "bullet_list_close", "fence"]
    assert tokens[-1].info == "suggestion"
    assert tokens[-1].content == json.dumps([hostile, "search"]) + "\n"


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x9b", "\r", "\ufeff"])
def test_what_a_reviewer_cannot_see_is_not_offered(hidden: str) -> None:
    """Accepting would write it; it is left to the command."""
    assert (
        body(
            f'["a", "find"{hidden}]' if hidden == "\r" else f'["{hidden}", "find"]',
            {"/1": "search"},
        )
        is None
    )


@pytest.mark.parametrize("hidden", ["\u200b", "\u2800", "\u3164", "\ufe0f", "\U000e0041"])
def test_a_line_that_carries_hidden_text_gets_no_suggestion(hidden: str) -> None:
    """Not even one that removes the hidden text: a reader cannot see what it replaces."""
    assert body(json.dumps(["find"], ensure_ascii=False), {"/0": "search"}) is not None
    line = json.dumps([f"fi{hidden}nd"], ensure_ascii=False)
    assert body(line, {"/0": "search"}) is None


def test_a_file_on_one_long_line_is_not_offered() -> None:
    """Nobody reads ten thousand characters in a comment."""
    assert body(json.dumps(["x" * 10_000, "find"]), {"/1": "search"}) is None


def test_many_names_on_one_line_are_counted() -> None:
    """Ten are named, and it is said how many more there are."""
    said = body(json.dumps(["find"] * 14), {f"/{n}": f"s{n}" for n in range(14)})
    assert said is not None
    assert said.count("in the vocabulary") == 10
    assert "- … and 4 more\n" in said
