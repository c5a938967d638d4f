"""What the Action's parts share: where the root is, and reporting that cannot fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.actions import ActionPlace, pull_payload, said
from support.fake_github import BOT

from lukhas_notion.github.comment_text import Marker
from lukhas_notion.github.errors import GitHubDenied
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.git import Absence


def test_the_prefix_is_the_way_from_the_checkouts_top_to_the_root(action: ActionPlace) -> None:
    """Paths of GitHub begin at the top, those of manifests at the root."""
    (action.place.root / ".git").mkdir()
    assert action.context().prefix == ""
    nested = action.context(root="alpha")
    assert nested.prefix == "alpha/"
    assert nested.top == action.place.root.resolve()


def test_a_path_is_named_as_a_later_step_can_use_it(action: ActionPlace) -> None:
    """Relative to the workspace; what is outside of it stays as it is."""
    github = action.context()
    assert github.relative(action.place.root.resolve() / "reports/r.md") == "reports/r.md"
    assert github.relative(Path("/elsewhere/r.md")) == "/elsewhere/r.md"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (LukhasNotionError("It is full.", "Empty it."), "could not be written: It is full. Empty"),
        (OSError(28, "No space left"), "No space left"),
        (ZeroDivisionError(), "ZeroDivisionError, a bug in lukhas-notion"),
    ],
)
def test_an_audience_that_cannot_be_reached_is_a_warning(
    action: ActionPlace, error: Exception, words: str
) -> None:
    """It names the audience, and the next one is reported to."""
    github = action.context()
    with github.reporting("summary"):
        raise error
    log = said(github.action_runtime)
    assert "::warning title=summary::The summary" in log
    assert words in log


def test_without_a_token_github_is_not_asked(action: ActionPlace) -> None:
    """The error says how to have one."""
    github = action.context(github_token="")
    # An empty input is one that is not set, and its default is the runner's to fill in.
    with pytest.raises(GitHubDenied, match="github-token is empty"):
        _ = github.repository


def test_only_a_push_has_a_merged_pull_request(action: ActionPlace) -> None:
    """A schedule is about no merge."""
    action.repository.merge(action.pull, "c" * 40)
    assert action.context("push").merged is action.pull
    assert action.context("schedule").merged is None


def test_the_base_branch_is_read_at_its_commit(action: ActionPlace) -> None:
    """By paths below the root; what is not there is None."""
    github = action.context("pull_request", pull_payload())
    assert github.read_base("alpha/module.manifest.json")
    assert github.read_base("nobody/module.manifest.json") is None
    with pytest.raises(RuntimeError, match="no pull request"):
        action.context("push").read_base("x")


def test_github_is_asked_for_files_where_the_checkout_cannot_tell(action: ActionPlace) -> None:
    """GitHub is not asked for what the checkout knows, and not at all without a token."""
    known, gap = Absence(frozenset({"a"})), Absence(gap="no git")
    github = action.context()
    assert github.or_ask_github(lambda *_: known)(Path(), ["a"]) is known
    without = action.context(github_token="")
    assert without.or_ask_github(lambda *_: gap)(Path(), ["a"]) is gap


def test_a_comment_is_kept_without_secrets_and_with_one_marker(action: ActionPlace) -> None:
    """Whether or not the text brings the marker along."""
    github = action.context("pull_request", pull_payload())
    marker = Marker("", "a" * 40, 1, 1)
    secret = action.place.environ["NOTION_TOKEN"]
    from lukhas_notion.util.sanitize import register

    register(secret)
    url = github.keep_comment(github.pull(), f"{marker.render()}\ntext {secret}", marker)
    [comment] = action.pull.comments
    assert (comment.login, comment.html_url) == (BOT, url)
    assert comment.body is not None
    assert comment.body.startswith(f"{marker.render()}\ntext ")
    assert secret not in comment.body
    assert comment.body.count("<!--") == 1
