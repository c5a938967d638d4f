"""``mode: comment``: post the preview of a run that could not comment itself.

It runs on the default branch, with a token that can write, after a run that a stranger controls. So
nothing is checked out, no Notion is asked, and which pull request, commit and run are meant is what
GitHub says: the artifact is data about a preview, and about nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lukhas_notion.action.pull_comment import COMMENT_FILE
from lukhas_notion.github.errors import asked
from lukhas_notion.github.fit_text import COMMENT, fit
from lukhas_notion.github.managed import keep_comment
from lukhas_notion.github.marker import FINAL, Marker
from lukhas_notion.github.stored_files import MAX_ARCHIVE, artifact_id, file_in
from lukhas_notion.report import comment_data
from lukhas_notion.util.errors import ConfigError

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.publish import Publisher
    from lukhas_notion.github.event import WorkflowRun

#: What the preview's workflow calls its artifact; with a comment-id, ``notion-comment-ID``.
ARTIFACT = "notion-comment"


def post(github: GitHubContext, publisher: Publisher) -> tuple[str, int]:
    """Post the preview of the event's run; return the reason of failure and the exit code.

    Raises:
        ConfigError: the event names no run.
        GitHubError: GitHub cannot be asked, or does not take the comment.
    """
    run = github.event.run
    if run is None:
        raise ConfigError("The event's payload has no workflow run.")
    publisher.outputs({"comment-url": "", "comment-posted": "false"})
    pull = _pull(github, run)
    if pull is None:
        github.commands.log(f"No open pull request has the head {run.head_sha}: nothing to do.")
        return "", 0
    comment_id = github.inputs.comment_id
    name = f"{ARTIFACT}-{comment_id}" if comment_id else ARTIFACT
    number = artifact_id(github.repository, run.id, name)
    if number is None:
        github.commands.log(f"Run {run.id} left no artifact {name}: it posted its own comment.")
        return "", 0
    home = f"{github.event.api_url.rstrip('/')}/repos/{github.event.repository}"
    address = f"{home}/actions/artifacts/{number}/zip"
    archive = github.action_runtime.download(address, github.inputs.github_token, MAX_ARCHIVE)
    try:
        content = file_in(archive, COMMENT_FILE, comment_data.MAX_BYTES)
        if content is None:
            github.commands.log(f"The artifact {name} holds no {COMMENT_FILE}.")
            return "", 0
        data = comment_data.parse(content)
    except ValueError as error:
        # A stranger can bring this about, and it says nothing about this repository.
        github.commands.warning(f"The artifact {name} is not used: {error}.", title="comment")
        return "", 0
    url = _comment(github, run, pull, data)
    publisher.outputs({"comment-url": url, "comment-posted": "true" if url else "false"})
    return "", 0


def _pull(github: GitHubContext, run: WorkflowRun) -> PullRequest | None:
    """Return the open pull request whose head the run was about, as long as it is its head."""
    if run.event != "pull_request":
        return None
    with asked("list the pull requests", needs="pull-requests: write"):
        owner = run.head_repository.partition("/")[0]
        listed = github.repository.get_pulls(state="open", head=f"{owner}:{run.head_branch}")
        for pull in listed:
            home = getattr(pull.head.repo, "full_name", "")  # null where the fork was deleted
            if pull.head.sha == run.head_sha and home == run.head_repository:
                return pull
    return None


def _comment(
    github: GitHubContext, run: WorkflowRun, pull: PullRequest, data: dict[str, Any]
) -> str:
    marker = Marker(github.inputs.comment_id, run.head_sha, run.id, run.attempt, state="unverified")
    event = github.event
    run_url = f"{event.server_url}/{event.repository}/actions/runs/{run.id}"
    first = marker.render()
    sections = comment_data.sections(data, run_url=run_url, head_sha=run.head_sha)
    done = keep_comment(
        pull,
        fit(sections, *COMMENT, first=first).removeprefix(f"{first}\n"),
        marker,
        login=github.login,
        sleep=github.sleep,
        final=FINAL,
    )
    github.commands.log(f"comment: {done.did} {done.url}".strip())
    return done.url
