"""Pages in Notion whose titles look like those of modules."""

from __future__ import annotations

import pytest
from support.workplace import Workplace


@pytest.mark.parametrize("words", [["--all"], ["--module", "módulo.búsqueda"]])
def test_a_title_in_another_unicode_form_is_the_modules_page(
    small: Workplace, words: list[str]
) -> None:
    """No second page is made, and none is left over: the page gets the manifest's spelling."""
    small.write("search", {"module": "módulo.búsqueda"})
    small.notion.create_page(small.source, {"Module": "mo\u0301dulo.bu\u0301squeda"})

    ended = small.run("sync", *words)

    assert ended.code == 0, ended.out + ended.err
    titles = [page["Module"] for page in small.notion.pages()]
    assert [title for title in titles if "dulo" in title] == ["módulo.búsqueda"]
    assert "unmanaged" not in ended.out


@pytest.mark.parametrize("title", ["alpha ", "al\u200bpha", "\u00a0alpha"])
def test_a_title_that_looks_the_same_is_the_modules_page(small: Workplace, title: str) -> None:
    """Different white space and invisible characters do not make another page."""
    small.notion.create_page(small.source, {"Module": title})

    ended = small.run("sync", "--all")

    assert ended.code == 0, ended.out + ended.err
    assert sorted(page["Module"] for page in small.notion.pages()) == ["alpha", "beta", "gamma"]


def test_the_same_title_comes_before_one_that_looks_so(small: Workplace) -> None:
    """The page that has exactly the module's title is its page; the other one is reported."""
    small.notion.create_page(small.source, {"Module": "alpha\u200b"})
    small.notion.create_page(small.source, {"Module": "alpha"})

    ended = small.run("sync", "--all")

    assert ended.code == 0, ended.out + ended.err
    assert sorted(page["Module"] for page in small.notion.pages()) == [
        "alpha",
        "alpha\u200b",
        "beta",
        "gamma",
    ]
