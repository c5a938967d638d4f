"""Of pages that two runs created at the same time, the oldest stays."""

from __future__ import annotations

import pytest
from support.core import MAPPING

from lukhas_notion.plan.database import Page
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.sync.races import twins
from lukhas_notion.sync.result import Outcome, Status

LINK = "https://github.com/octo/modules/blob/HEAD/a/module.manifest.json#lukhas-notion=1.."
OTHER = LINK.replace("octo", "else")
MADE = {
    "b": Outcome(Change(ChangeKind.CREATE, "a", "a/module.manifest.json", "f"), Status.SUCCESS, "b")
}


def page(page_id: str, author: str = "me", link: str = LINK, sha: str = "f") -> Page:
    """Return a page of the module, created in the same minute as the others."""
    values = {MAPPING.title.name: "a", MAPPING.sha.name: sha}
    return Page(page_id, "", values, link=link, author=author, created="2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("other", "mine", "goes"),
    [
        (page("a"), page("b"), True),
        (page("c"), page("b"), False),
        (page("a", author="a person"), page("b"), False),
        (page("a", link=OTHER), page("b"), False),
        (page("a", link=""), page("b"), False),
        (page("a", link=""), page("b", link=""), True),
        (page("a", link="", sha="e"), page("b", link=""), False),
        (page("a", author="", link=""), page("b", author="", link=""), False),
    ],
    ids=[
        "the older stays",
        "the younger goes by itself",
        "a person's copy",
        "another repository",
        "no record",
        "no records at all",
        "another SHA",
        "nobody knows who",
    ],
)
def test_a_page_goes_only_for_another_runs_of_the_same_module(
    other: Page, mine: Page, goes: bool
) -> None:
    """The other page has the same author and the same record or, without records, the same SHA."""
    assert twins(MADE, [mine, other], MAPPING) == ({"b": other} if goes else {})
