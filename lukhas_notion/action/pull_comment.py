"""The comment on an open pull request: its preview, or the preview of a run that cannot comment.

A stranger's run has a token that cannot write, so it leaves its preview as data in an artifact.
``mode: comment`` posts that afterwards, on the default branch, with a token that can write. There
nothing is checked out, and Notion is not asked. Which pull request, commit and run are meant is
what GitHub says: the artifact is data about a preview, and about nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lukhas_notion.action.merged_comments import Ending, Entry, MergedComments, hide_plan
from lukhas_notion.action.scope import read_base_manifests
from lukhas_notion.github.comment_text import COMMENT, Marker, Section, fit
from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.github.stored_files import MAX_ARCHIVE, artifact_id, file_in
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.report import comment as body
from lukhas_notion.report import comment_data
from lukhas_notion.report.markdown import address
from lukhas_notion.sync.result import Status
from lukhas_notion.util.errors import ConfigError, LukhasNotionError
from lukhas_notion.util.sanitize import html, json_document, markdown_message, redact
from lukhas_notion.util.write_files import write_text

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.scope import Scope
    from lukhas_notion.github.event import Activity, WorkflowRun
    from lukhas_notion.sync.options import Reviewed
    from lukhas_notion.sync.result import RunResult

#: The comment as data, where it could not be posted: see :mod:`lukhas_notion.report.comment_data`.
COMMENT_FILE = "notion_sync_comment.json"
#: What the preview's workflow calls its artifact; with a comment-id, ``notion-comment-ID``.
ARTIFACT = "notion-comment"


class PullComment:
    """The comment of one run: on the event's pull request, or after a merge on the merged ones."""

    def __init__(self, github: GitHubContext) -> None:
        self._github = github
        self._merged = MergedComments(github)

    def context(self, result: RunResult, scope: Scope, against_base: bool) -> body.CommentContext:
        """Return what comment and summary say beside the result itself."""
        github = self._github
        requests, seconds = _estimate(result, github.config.rate, github.config.concurrency)
        event, pull = github.event, github.event.pull
        moved = [
            body.Moved(path, module=self._base_module(path) if against_base else "")
            for path in scope.removed
        ]
        moved += [body.Moved(old, new) for old, new in scope.renamed]
        whole = scope.paths is None
        elsewhere = pull is not None and pull.base_ref not in ("", event.default_branch)
        # The page of a pull request's checks is the same for every run, so that a comment with
        # nothing new to say is left alone.
        checks = f"{event.server_url}/{event.repository}/pull/{pull.number}/checks" if pull else ""
        return body.CommentContext(
            server_url=event.server_url,
            repository=event.repository,
            head_sha=pull.head_sha if pull else event.sha,
            run_url=checks or event.run_url,
            comment_id=github.inputs.comment_id,
            prefix=github.prefix,
            whole=whole,
            why=scope.why if pull is not None else "",
            touched=scope.touched if pull is not None and whole and scope.known else None,
            archives=github.inputs.archive_removed,
            moved=moved,
            compared_with_base=against_base,
            requests=requests,
            seconds=seconds,
            base=pull.base_ref if pull and elsewhere else "",
            applied_branch=event.default_branch if elsewhere else "",
        )

    def update(self, result: RunResult, activity: Activity, context: body.CommentContext) -> str:
        """Post or update the comments and return the address of one, "" where there is none.

        Args:
            result: what to report.
            activity: what the run does.
            context: what the text says beside the result.
        """
        if not self._wanted(activity):
            return ""
        create = not (self._github.inputs.comment == "changes-only" and _is_quiet(result, context))
        if not activity.writes:
            return self._preview(result, context, create=create)
        ending = Ending(
            body.sections(result, context),
            Entry(body.headline(result, context), self._attempt_url()),
            wrote=_wrote(result),
            failed=bool(result.verdict().reason),
        )
        return self._merged.finish(ending, self._marker(), create=create, waiting=True)

    def failed(self, error: Exception, activity: Activity) -> None:
        """Report that the run ended in an error, before there was a result.

        The old verdict is no longer true of the commit, and a pull request without a comment gets
        one that says why: nothing else on the pull request says it.
        """
        if not self._wanted(activity):
            return
        pull, url = self._github.event.pull, self._attempt_url()
        if activity.writes:
            said = "❌ Nothing was carried to Notion"
            ending = Ending(
                _explained(said, error, url), Entry(said, url), wrote=False, failed=True
            )
            self._merged.finish(ending, self._marker(), create=True, waiting=False)
        elif pull is not None:
            commit = f"<code>{html(pull.head_sha[:12])}</code>"
            said = f"⚠️ The preview could not be computed for {commit}"
            create = self._github.inputs.comment == "true"
            text = fit(_explained(said, error, url), *COMMENT)
            marker = self._marker(state="uncomputed")
            self._github.keep_comment(self._github.first_pull, text, marker, create=create)

    def reviewed(self) -> Reviewed:
        """Return the plan that the merged pull request's comment shows.

        Raises:
            NotReviewed: there is none that counts, with why.
            GitHubError: GitHub cannot be asked.
        """
        return self._merged.reviewed

    def _wanted(self, activity: Activity) -> bool:
        return activity.comment and self._github.inputs.comment != "false"

    def _preview(self, result: RunResult, context: body.CommentContext, *, create: bool) -> str:
        """Post a preview with its plan hidden in it, and return its address.

        A plan against the base branch is not what Notion would get, so it is not remembered. A
        comment that GitHub refuses goes into a file as data, and the run does not fail by it.
        """
        github, digest, plan = self._github, "", ""
        if result.plan is not None and not context.compared_with_base:
            digest, plan = result.plan.digest, hide_plan(result.plan.operations())
        marker = self._marker(digest, "preview")
        text = body.comment(result, context, first=marker.render(), hidden=[plan])
        try:
            return github.keep_comment(github.first_pull, text, marker, create=create)
        except GitHubError as error:
            file = github.config.report.with_name(COMMENT_FILE)
            document = json_document(comment_data.document(result, context))
            write_text(file, f"{redact(document)}\n", within=github.config.within(file))
            github.commands.warning(
                f"The comment could not be posted: {error.sentence} Its data is in "
                f"{github.relative(file)}, for a workflow with `mode: comment`.",
                title="comment",
            )
            return ""

    def _attempt_url(self) -> str:
        event = self._github.event
        attempt = f"/attempts/{event.run_attempt}" if event.run_attempt > 1 else ""
        return f"{event.run_url}{attempt}"

    def _base_module(self, path: str) -> str:
        """Return the modules that a file of the base branch names, "" where they are not known."""
        try:
            base = read_base_manifests(self._github.config, path, self._github.read_base)
        except LukhasNotionError:
            return ""
        return ", ".join(each.module for each in base)

    def _marker(self, digest: str = "", state: str = "") -> Marker:
        event, pull = self._github.event, self._github.event.pull
        return Marker(
            self._github.inputs.comment_id,
            pull.head_sha if pull else event.sha,
            event.run_id,
            event.run_attempt,
            digest=digest,
            state=state,
        )


def explained(error: Exception) -> str:
    """Return an error as Markdown: what is wrong, and what to do."""
    said = [f"A bug in lukhas-notion: {type(error).__name__}. Please report it."]
    if isinstance(error, LukhasNotionError):
        said = [error.message, error.remedy]
    return "\n\n".join(markdown_message(each) for each in said if each)


def _explained(said: str, error: Exception, url: str) -> list[Section]:
    foot = f"---\n<sub>[run]({address(url)})</sub>"
    return [Section(f"## {said}"), Section(explained(error)), Section(foot)]


def _is_quiet(result: RunResult, context: body.CommentContext) -> bool:
    """Return whether there is nothing that a reviewer has to know."""
    empty = not result.violations and (result.plan is None or result.plan.is_empty)
    return empty and not (result.unapplied or context.moved or result.refusal)


def _wrote(result: RunResult) -> bool:
    """Return whether a run changed Notion."""
    if result.result is None:
        return False
    ended = [each.status for each in result.result.outcomes]
    ended += [each.status for each in result.result.options if each.change.sends]
    return any(status in (Status.SUCCESS, Status.UNKNOWN) for status in ended)


def _estimate(result: RunResult, rate: float, concurrency: int) -> tuple[int, int]:
    """Return about how many requests, and seconds, an apply of the plan would cost.

    Bursts are free until the minute's window is full, and there are none below Notion's own rate;
    an answer takes about a third of a second.
    """
    if result.plan is None or result.plan.is_empty:
        return 0, 0
    from lukhas_notion.notion.policy import spacing_for

    pages = len(result.plan.changes) - result.plan.count(ChangeKind.CREATE)
    options = sum(o.sends for o in result.plan.options)
    requests = 2 + -(-max(pages, 1) // 100) + 3 * options + len(result.plan.writes)
    window = 1 if spacing_for(rate) else int(60 * rate)
    seconds = 0.35 * requests / concurrency + 2
    if requests > window:
        seconds = (requests - window) / rate
    return requests, max(1, round(seconds))


# --- mode: comment ------------------------------------------------------------------------------


def post_for_run(github: GitHubContext, outputs: Callable[[Mapping[str, str]], None]) -> None:
    """Post the preview of the event's run, where it left one.

    Args:
        github: the run of ``mode: comment``.
        outputs: sets outputs of the step.

    Raises:
        ConfigError: the event names no run.
        GitHubError: GitHub cannot be asked, or does not take the comment.
    """
    run = github.event.run
    if run is None:
        raise ConfigError("The event's payload has no workflow run.")
    outputs(comment_outputs(""))
    pull = _open_pull(github, run)
    if pull is None:
        github.commands.log(f"No open pull request has the head {run.head_sha}: nothing to do.")
        return
    data = _preview_of(github, run)
    if data is not None:
        url = _post(github, run, pull, data)
        outputs(comment_outputs(url))


def comment_outputs(url: str) -> dict[str, str]:
    """Return the outputs that name a comment, and say whether there is one."""
    return {"comment-url": url, "comment-posted": "true" if url else "false"}


def _open_pull(github: GitHubContext, run: WorkflowRun) -> PullRequest | None:
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


def _preview_of(github: GitHubContext, run: WorkflowRun) -> dict[str, Any] | None:
    """Return the data in a run's artifact, None where there is none that can be used."""
    event, comment_id = github.event, github.inputs.comment_id
    name = f"{ARTIFACT}-{comment_id}" if comment_id else ARTIFACT
    number = artifact_id(github.repository, run.id, name)
    if number is None:
        github.commands.log(f"Run {run.id} left no artifact {name}: it posted its own comment.")
        return None
    home = f"{event.api_url.rstrip('/')}/repos/{event.repository}"
    place = f"{home}/actions/artifacts/{number}/zip"
    archive = github.action_runtime.download(place, github.inputs.github_token, MAX_ARCHIVE)
    try:
        content = file_in(archive, COMMENT_FILE, comment_data.MAX_BYTES)
        if content is not None:
            return comment_data.parse(content)
        github.commands.log(f"The artifact {name} holds no {COMMENT_FILE}.")
    except ValueError as error:
        # A stranger can bring this about, and it says nothing about this repository.
        github.commands.warning(f"The artifact {name} is not used: {error}.", title="comment")
    return None


def _post(github: GitHubContext, run: WorkflowRun, pull: PullRequest, data: dict[str, Any]) -> str:
    event = github.event
    marker = Marker(github.inputs.comment_id, run.head_sha, run.id, run.attempt, state="unverified")
    run_url = f"{event.server_url}/{event.repository}/actions/runs/{run.id}"
    sections = comment_data.sections(data, run_url=run_url, head_sha=run.head_sha)
    url = github.keep_comment(pull, fit(sections, *COMMENT, first=marker.render()), marker)
    github.commands.log(f"comment: {url}")
    return url
