"""The comments of one run: on the open pull request, or on those that an apply carried out.

An applied result stays on record: a later run replaces the text only where it changed Notion or the
run before it failed, and otherwise adds a line below the text. A comment has two hidden lines
(:mod:`lukhas_notion.github.comment_text`): ``runs``, with the run of the text first, and ``plan``,
the plan of the last preview. An apply is compared with that plan: by the digest in the comment's
marker, and where the digest differs by the operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lukhas_notion.action.comment_history import (
    Ending,
    Entry,
    continued,
    hide_plan,
    plan_in,
    previewed_sha,
)
from lukhas_notion.action.untrusted_preview import COMMENT_FILE
from lukhas_notion.action.untrusted_preview import document as preview_document
from lukhas_notion.github.comment_text import (
    COMMENT,
    Marker,
    Part,
    fit,
    hidden_line,
)
from lukhas_notion.github.errors import GitHubError
from lukhas_notion.github.managed import ManagedPost, find_comment
from lukhas_notion.github.pulls import left_waiting, others_of_push
from lukhas_notion.report import comment as body
from lukhas_notion.report.markdown import address
from lukhas_notion.sync.options import Reviewed
from lukhas_notion.sync.result import Status
from lukhas_notion.util.errors import LukhasNotionError, NotReviewed
from lukhas_notion.util.sanitize import (
    html,
    json_document,
    markdown_message,
    redact,
)
from lukhas_notion.util.write_files import write_file

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.github.event import Activity
    from lukhas_notion.sync.result import RunResult

_REVIEW = (
    "Run the preview on a pull request, review its comment and merge; or pass the reviewed digest "
    "as `require-reviewed-plan`."
)


class Comments:
    """The comments of one run."""

    def __init__(self, github: GitHubContext) -> None:
        self._github = github
        self._known: dict[int, ManagedPost | None] = {}

    def reviewed(self) -> Reviewed:
        """Return the plan in the comment on the pull request that the push's last commit merged.

        Raises:
            NotReviewed: there is no pull request, no comment or no plan in it, or the plan is of
                another commit than the merged one.
            GitHubError: GitHub cannot be asked.
        """
        pull = self._github.merged
        if pull is None:
            sha = self._github.event.sha[:12]
            raise NotReviewed(f"No merged pull request contains the commit {sha}.", _REVIEW)
        found, number, head = self._found(pull), pull.number, pull.head.sha
        if found is None:
            raise NotReviewed(f"Pull request #{number} has no comment with a plan.", _REVIEW)
        if (about := previewed_sha(found)) != head:
            raise NotReviewed(
                f"The plan in the comment on pull request #{number} is about the commit "
                f"{about[:12] or '(none)'}, and {head[:12]} was merged.",
                _REVIEW,
            )
        if not found.marker.digest:
            raise NotReviewed(
                f"The comment on pull request #{number} shows no plan for Notion: there were "
                "violations, or it was compared with the base branch.",
                _REVIEW,
            )
        return Reviewed(found.marker.digest, plan_in(found.body, found.marker.digest))

    def update(self, result: RunResult, activity: Activity, context: body.CommentContext) -> str:
        """Post or update the comments; return the address of the first, "" where there is none.

        Args:
            result: the result to report.
            activity: what the run does.
            context: what the text says in addition to the result.
        """
        if not self._is_wanted(activity):
            return ""
        create = not (self._github.inputs.comment == "changes-only" and _is_quiet(result, context))
        if not activity.writes:
            return self._preview(result, context, create=create)
        ending = Ending(
            body.comment_parts(result, context),
            Entry(body.headline(result, context), self._attempt_url()),
            wrote=_wrote(result),
            failed=bool(result.verdict().reason),
        )
        return self._finish_all(ending, create=create, waiting=True)

    def failed(self, error: Exception, activity: Activity) -> None:
        """Report that the run ended in an error before there was a result.

        The earlier verdict does not hold for the commit. A pull request without a comment gets one,
        because nothing else on it reports the error.
        """
        if not self._is_wanted(activity):
            return
        pull, url = self._github.event.pull, self._attempt_url()
        if activity.writes:
            title = "❌ Nothing was written to Notion"
            parts = _error_parts(title, error, url)
            ending = Ending(parts, Entry(title, url), wrote=False, failed=True)
            self._finish_all(ending, create=True, waiting=False)
        elif pull is not None:
            commit = f"<code>{html(pull.head_sha[:12])}</code>"
            title = f"⚠️ The preview could not be computed for {commit}"
            self._github.keep_comment(
                self._github.first_pull,
                fit(_error_parts(title, error, url), *COMMENT),
                self._marker(state="uncomputed"),
                create=self._github.inputs.comment == "true",
            )

    def _is_wanted(self, activity: Activity) -> bool:
        return activity.comment and self._github.inputs.comment != "false"

    def _preview(self, result: RunResult, context: body.CommentContext, *, create: bool) -> str:
        """Post a preview with its plan in a hidden line, and return its address.

        A plan against the base branch is not kept, because an apply makes another one. Where GitHub
        refuses the comment, its data goes into a file and the run does not fail.
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
            document = json_document(preview_document(result, context))
            write_file(file, f"{redact(document)}\n", within=github.config.within(file))
            github.commands.warning(
                f"The comment could not be posted: {error.sentence} Its data is in "
                f"{github.relative(file)}, for a workflow with `mode: comment`.",
                title="comment",
            )
            return ""

    # --- after an apply -------------------------------------------------------------------

    def _finish_all(self, ending: Ending, *, create: bool, waiting: bool) -> str:
        """Write the end of every pull request's comment; return the address of the first.

        Each comment is updated on its own: what GitHub refuses is a warning.

        Args:
            ending: the end to report.
            create: whether a pull request that this push merged gets a comment if it has none.
            waiting: whether to look for pull requests whose own apply was dropped.
        """
        urls = []
        done: set[int] = set()
        for pull, pushed in self._pulls(waiting=waiting):
            if pull.number in done:
                continue
            done.add(pull.number)
            with self._github.reporting(f"comment on #{pull.number}"):
                urls.append(self._finish(pull, ending, create=create and pushed))
        return next(filter(None, urls), "")

    def _finish(self, pull: PullRequest, ending: Ending, *, create: bool) -> str:
        found = self._found(pull)
        old, state = ("", "") if found is None else (found.body, found.marker.state)
        parts, state, limit = continued(old, state, ending)
        marker = self._marker(state=state)
        if found is not None:
            # The reviewed plan stays the reviewed plan, whatever its result.
            reviewed = previewed_sha(found)
            marker = replace(marker, digest=found.marker.digest, reviewed_sha=reviewed)
        hidden = [hidden_line("plan", old)]
        text = fit(parts, *limit, first=marker.render(), hidden=hidden)
        return self._github.keep_comment(pull, text, marker, create=create, final=())

    def _pulls(self, *, waiting: bool) -> Iterator[tuple[PullRequest, bool]]:
        """Yield the pull requests, and whether this push merged each."""
        github, event = self._github, self._github.event
        if event.name == "push":
            with github.reporting("merged pull request's comment"):
                if github.merged is not None:
                    yield github.merged, True
                for pull in others_of_push(github.repository, event.before, event.sha):
                    yield pull, True
        if not waiting:
            return
        try:
            branch = event.default_branch
            for pull in left_waiting(github.repository, branch, event.sha, self._is_final):
                yield pull, False
        except GitHubError as error:
            # Not a warning: the token of a schedule need not have the right.
            github.commands.log(f"dropped runs were not looked for: {error.message}")

    def _is_final(self, pull: PullRequest) -> bool | None:
        found = self._found(pull)
        return None if found is None else found.marker.state == "applied"

    def _found(self, pull: PullRequest) -> ManagedPost | None:
        """Return the comment as it was before this run changed it."""
        if pull.number not in self._known:
            github = self._github
            found = find_comment(pull, github.inputs.comment_id, lambda: github.login)
            self._known[pull.number] = found
        return self._known[pull.number]

    def _attempt_url(self) -> str:
        event = self._github.event
        attempt = f"/attempts/{event.run_attempt}" if event.run_attempt > 1 else ""
        return f"{event.run_url}{attempt}"

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
    """Return an error's message and remedy as Markdown."""
    texts = [f"A bug in lukhas-notion: {type(error).__name__}. Please report it."]
    if isinstance(error, LukhasNotionError):
        texts = [error.message, error.remedy]
    return "\n\n".join(markdown_message(text) for text in texts if text)


def _error_parts(title: str, error: Exception, url: str) -> list[Part]:
    foot = f"---\n<sub>[run]({address(url)})</sub>"
    return [Part(f"## {title}"), Part(explained(error)), Part(foot)]


def _is_quiet(result: RunResult, context: body.CommentContext) -> bool:
    """Return whether a result has nothing that a reviewer has to know."""
    empty = not result.violations and (result.plan is None or result.plan.is_empty)
    return empty and not (result.unapplied or context.moved or result.refusal)


def _wrote(result: RunResult) -> bool:
    """Return whether a run changed Notion."""
    if result.result is None:
        return False
    statuses = [outcome.status for outcome in result.result.outcomes]
    statuses += [outcome.status for outcome in result.result.options if outcome.change.sends]
    return any(status in (Status.SUCCESS, Status.UNKNOWN) for status in statuses)
