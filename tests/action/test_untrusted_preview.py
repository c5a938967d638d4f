"""``mode: comment``: an untrusted preview is posted as data, in this tool's own words."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st
from support.actions import ActionPlace, Ran
from support.fake_github import BOT, HEAD, FakeComment

from lukhas_notion.action import untrusted_preview
from lukhas_notion.github.comment_text import COMMENT, fit
from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.report.comment import CommentContext
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.sanitize import json_document

FILE = "notion_sync_comment.json"
EMPTY: dict[str, Any] = {
    "format": 1,
    "checked": 1,
    "compared_with_base": True,
    "left_out": 0,
    **{name: [] for name in ("violations", "pages", "options", "moved")},
}


def page(module: str, **more: Any) -> dict[str, Any]:
    """Return a page of the data."""
    return {"kind": "update", "module": module, "path": "a.json", "properties": [], **more}


def zipped(method: int = zipfile.ZIP_DEFLATED, /, **files: str | bytes) -> bytes:
    """Return an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def leave(action: ActionPlace, data: Any, name: str = "notion-comment") -> None:
    """Let the other run leave an artifact."""
    text = data if isinstance(data, str) else json.dumps(data)
    action.repository.artifacts[name] = zipped(**{FILE.replace(".", "__"): text})


def completed(action: ActionPlace, mode: str = "comment", head: str = HEAD, **inputs: Any) -> Ran:
    """Run the Action after the preview of a fork's commit."""
    run = {
        "id": 77,
        "run_attempt": 1,
        "event": inputs.pop("event", "pull_request"),
        "head_sha": head,
        "head_branch": "topic",
        "head_repository": {"full_name": inputs.pop("fork", "stranger/manifests")},
    }
    payload = {"repository": {"default_branch": "main"}, "workflow_run": run}
    return action.run("workflow_run", payload, mode=mode, **{"notion_token": "", **inputs})


def test_a_forks_preview_is_posted(action: ActionPlace) -> None:
    """The data of the preview is rendered under a heading that names its source."""
    action.place.edit("alpha", description="It finds.")
    action.pull.change("alpha/module.manifest.json")
    action.pull.forbidden = True
    assert action.pull_request(fork=True).outputs["comment-posted"] == "false"
    action.pull.forbidden = False
    leave(action, (action.place.root / "reports" / FILE).read_text(encoding="utf-8"))

    ran = completed(action)

    assert (ran.code, ran.outputs["comment-posted"]) == (0, "true"), ran.log
    assert "## Preview from the pull request's own run" in action.comment
    assert "actions/runs/77) is controlled by the author of the pull request" in action.comment
    assert "- update <code>alpha</code> from <code>alpha&#47;" in action.comment
    assert "It finds." not in action.comment


def test_nothing_is_asked_of_the_workspace_or_of_notion(action: ActionPlace) -> None:
    """There is no checkout, and a configuration in the workspace is not read."""
    leave(action, EMPTY)
    action.environ["GITHUB_WORKSPACE"] = str(Path("/no/such/workspace"))
    before = len(action.place.notion.requests)

    ran = completed(action, root="no/such/root")

    assert (ran.code, ran.outputs["comment-posted"]) == (0, "true"), ran.log
    assert len(action.place.notion.requests) == before


def test_a_later_run_takes_the_place_of_an_earlier_one(action: ActionPlace) -> None:
    """There is one comment, and after the merge the apply finishes it."""
    leave(action, EMPTY)
    completed(action)
    leave(action, {**EMPTY, "checked": 2})
    completed(action)

    assert action.pull.writes == ["create", "edit"]
    assert "2 manifests checked" in action.comment


@pytest.mark.parametrize(
    "inputs",
    [
        {"head": "d" * 40},
        {"fork": "another/manifests"},
        {"event": "push"},
        {"event": "merge_group"},
    ],
)
def test_which_pull_request_is_meant_is_what_github_says(
    action: ActionPlace, inputs: dict[str, str]
) -> None:
    """A commit that is not a head, another fork and another event match no pull request."""
    leave(action, EMPTY)

    ran = completed(action, **inputs)

    assert ran.code == 0
    assert "nothing to do" in ran.log
    assert action.pull.comments == []


@pytest.mark.parametrize(
    "more",
    [{"pull_request": 1}, {"head_sha": "d" * 40}, {"repository": "octo/other"}, {"verdict": "✅"}],
)
def test_the_data_names_nothing_but_the_preview(action: ActionPlace, more: dict[str, Any]) -> None:
    """A number, a commit, a repository or a verdict in the data makes it invalid."""
    leave(action, {**EMPTY, **more})

    ran = completed(action)

    assert (ran.code, ran.outputs["comment-posted"]) == (0, "false")
    assert "it is not what the schema allows" in ran.log
    assert action.pull.comments == []


@pytest.mark.parametrize(
    "data",
    [
        "not json",
        "[" * 100_000,
        "[]",
        "null",
        {},
        {**EMPTY, "format": 2},
        {**EMPTY, "checked": -1},
        {**EMPTY, "checked": "9" * 100},
        {**EMPTY, "pages": [page("x" * 201)]},
        {**EMPTY, "pages": [page("x")] * 201},
        {**EMPTY, "pages": [page("x", kind="approve")]},
        {**EMPTY, "pages": [page("x", url="https://evil.example")]},
        {**EMPTY, "pages": [page("x", properties=["p"] * 31)]},
        {**EMPTY, "violations": [{"path": "a", "line": 1, "pointer": "", "rule": "LGTM @octo"}]},
        {**EMPTY, "violations": [{"path": "a", "line": 1, "pointer": "", "rule": "a.b\n/lgtm"}]},
    ],
)
def test_data_beyond_the_schema_is_not_posted(action: ActionPlace, data: Any) -> None:
    """Invalid data of an untrusted run ends in a warning that does not quote it."""
    leave(action, data)

    ran = completed(action)

    assert (ran.code, ran.outputs["failure-reason"]) == (0, ""), ran.log
    assert "::warning title=comment::The artifact notion-comment is not used" in ran.log
    assert "evil" not in ran.log
    assert action.pull.comments == []


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (b"no archive", "not an archive that can be read"),
        (zipped(other__json="{}"), "holds no notion_sync_comment.json"),
        (zipped(**{"__/__/notion_sync_comment__json": "{}"}), "holds no notion_sync_comment.json"),
        (zipped(notion_sync_comment__json="x" * 10_000_000), "more than 1,000,000 bytes"),
        (
            zipped(zipfile.ZIP_LZMA, notion_sync_comment__json="{}"),
            "compressed with an unsupported method",
        ),
        (
            zipped(zipfile.ZIP_BZIP2, notion_sync_comment__json="{}"),
            "compressed with an unsupported method",
        ),
    ],
)
def test_an_archive_is_read_within_bounds(action: ActionPlace, archive: bytes, said: str) -> None:
    """One file is read, by its exact name, and no more of it than its schema can need."""
    action.repository.artifacts["notion-comment"] = archive

    ran = completed(action)

    assert ran.code == 0
    assert said in ran.log
    assert action.pull.comments == []


def test_an_artifact_that_is_too_large_is_not_downloaded(action: ActionPlace) -> None:
    """The bound holds before anything is fetched."""
    action.repository.artifacts["notion-comment"] = b"x" * 1_000_001

    assert "left no artifact" in completed(action).log


def test_several_databases_have_an_artifact_each(action: ActionPlace) -> None:
    """With a comment-id, the artifact's name has it."""
    leave(action, EMPTY, "notion-comment-second")

    assert "left no artifact" in completed(action).log
    assert completed(action, comment_id="second").outputs["comment-posted"] == "true"


def test_the_comment_of_somebody_else_is_left_alone(action: ActionPlace) -> None:
    """A copy of the marker by a person is not replaced."""
    leave(action, EMPTY)
    completed(action)
    copied = FakeComment(action.pull, 1, "stranger", action.comment)
    action.pull.comments.insert(0, copied)
    told = copied.body
    leave(action, {**EMPTY, "checked": 3})

    completed(action)

    assert copied.body == told
    assert "3 manifests checked" in action.comment


def test_a_posted_preview_is_no_reviewed_plan(action: ActionPlace) -> None:
    """The data of an untrusted run is not a reviewed plan for the apply."""
    leave(action, EMPTY)
    completed(action)
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", "c" * 40

    ran = action.run("push", mode="apply", require_reviewed_plan="true")

    assert ran.outputs["failure-reason"] == "plan-changed"


@pytest.mark.parametrize("mode", ["validate", "dry-run", "apply", "verify", "doctor"])
@pytest.mark.parametrize(
    "tokens", [{}, {"notion_token": "ntn_x", "github_token": ""}, {"notion_token": "ntn_x"}]
)
def test_no_other_mode_has_a_token_after_a_run(
    action: ActionPlace, mode: str, tokens: dict[str, str]
) -> None:
    """On ``workflow_run`` untrusted files can be checked out."""
    ran = completed(action, mode=mode, **tokens)

    assert ran.code == 2
    assert f"`mode: {mode}` is refused for the event workflow_run" in ran.log
    assert "untrusted" in ran.log


def test_without_any_token_manifests_may_be_validated(action: ActionPlace) -> None:
    """There is nothing to take."""
    assert completed(action, mode="validate", github_token="").code == 0


@pytest.mark.parametrize("event", ["push", "schedule", "pull_request", "merge_group"])
def test_the_mode_is_refused_for_every_other_event(action: ActionPlace, event: str) -> None:
    """It posts what another workflow left, and nothing else."""
    ran = action.pull_request(mode="comment") if event == "pull_request" else None
    ran = ran or action.run(event, mode="comment")

    assert ran.code == 2
    assert "`mode: comment` is refused" in ran.log


# --- what a stranger cannot say in our name ------------------------------------------------

HOSTILE = [
    "@octocat",
    "@dependabot merge",
    "/lgtm",
    "bors r+",
    "#1",
    "octo/manifests#12",
    "![x](https://evil.example/x.png)",
    "[click](https://evil.example)",
    "<img src=https://evil.example/x.png>",
    "https://evil.example",
    "www.evil.example",
    "a@evil.example",
    "</code><h1>Approved</h1>",
    "`</code>` **bold**",
    "✅ Merging changes nothing in Notion",
    "\n## ✅ Applied: 1 page written to Notion\n",
    "\n/approve\n",
    "-->",
    "<!-- lukhas-notion-plan x -->",
    "##[error]x",
    "\u202eevil",
]


def rendered(text: str) -> str:
    """Return GitHub's Markdown as HTML, with HTML in it as GitHub takes it."""
    options = Options.CMARK_OPT_UNSAFE
    return str(cmarkgfm.github_flavored_markdown_to_html(text, options=options))


def posted(text: str) -> str:
    """Return the Markdown of a comment with untrusted text in every place."""
    data = {
        **EMPTY,
        "violations": [{"path": text, "line": 1, "pointer": text, "rule": "a.b"}],
        "pages": [page(text, path=text, properties=[text])],
        "options": [{"property": text, "add": [text], "remove": [text]}],
        "moved": [{"path": text, "new_path": text}, {"path": text, "new_path": ""}],
    }
    parsed = untrusted_preview.parse(json.dumps(data).encode())
    url = "https://github.example/octo/manifests/actions/runs/77"
    return fit(list(untrusted_preview.preview_parts(parsed, run_url=url, head_sha=HEAD)), *COMMENT)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_theirs_does_anything(text: str) -> None:
    """None of it is a link, image, mention, heading, HTML or a command for another bot."""
    markdown, plain = posted(text), posted("plain")

    assert text.strip() not in markdown
    html, like = rendered(markdown), rendered(plain)
    for tag in ("<a ", "<img", "<h1", "<h2", "<h3", "<li", "<strong", "<em", "<!--"):
        assert html.count(tag) == like.count(tag), (tag, html)
    assert markdown.count("\n") == plain.count("\n")
    assert "evil.example" not in markdown
    assert "@" not in markdown


@given(st.text(min_size=1, max_size=200))
@settings(deadline=None, max_examples=60)
def test_any_text_is_inline_code(text: str) -> None:
    """Whatever a name is, the comment has the same lines, links and elements."""
    html, like = rendered(posted(text)), rendered(posted("plain"))

    assert posted(text).count("\n") == posted("plain").count("\n")
    for tag in ("<a ", "<img", "<li", "<code", "<h"):
        assert html.count(tag) == like.count(tag)


def test_the_largest_data_fits(action: ActionPlace) -> None:
    """Data of a preview of any size is within the bounds, and its comment is cut at rows."""
    name = "\U0001f600" * 300
    violations = [Violation(name, 1, 1, name, "a.b", name)] * 5_000
    info = RunInfo("r", "1", "c")
    run = RunResult(datetime(2026, 1, 1, tzinfo=UTC), True, info, violations=violations)
    context = CommentContext("https://github.example", "o/r", HEAD, "https://github.example/run")
    leave(action, json_document(untrusted_preview.document(run, context)))

    assert completed(action).outputs["comment-posted"] == "true"
    assert len(action.comment) <= 65_536
    assert "more._" in action.comment
    assert [c.login for c in action.pull.comments] == [BOT]
