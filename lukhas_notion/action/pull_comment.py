"""The pull request's comment: what it says, and the plan that it remembers for the merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lukhas_notion.action import hidden_plan
from lukhas_notion.action.comment_record import Ending, Entry
from lukhas_notion.action.merged_comments import MergedComments
from lukhas_notion.github.errors import GitHubError
from lukhas_notion.github.fit_text import COMMENT, Section, fit
from lukhas_notion.github.managed import keep_comment
from lukhas_notion.github.marker import FINAL, Marker
from lukhas_notion.notion.pacing import spacing_for
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.report import comment as body
from lukhas_notion.report import comment_data
from lukhas_notion.report.pages import address
from lukhas_notion.sync.outcome import Status
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.redaction import redact
from lukhas_notion.util.sanitize import html, json_document, markdown_message
from lukhas_notion.util.write_files import write_text

if TYPE_CHECKING:
    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.scope import Scope
    from lukhas_notion.github.event import Activity
    from lukhas_notion.sync.expected_plan import Reviewed
    from lukhas_notion.sync.result import RunResult

#: The comment as data, where it could not be posted: see :mod:`lukhas_notion.report.comment_data`.
COMMENT_FILE = "notion_sync_comment.json"


class PullComment:
    """The comment of one run: on the event's pull request, or after a merge on the merged ones."""

    def __init__(self, github: GitHubContext) -> None:
        self._github = github
        self._merged = MergedComments(github)

    def context(
        self, result: RunResult, activity: Activity, scope: Scope, against_base: bool
    ) -> body.CommentContext:
        """Return what comment and summary say beside the result itself."""
        github = self._github
        requests, seconds = _estimate(result, github.config.rate, github.config.concurrency)
        event, pull = github.event, github.event.pull
        moved = [
            body.Moved(path, module=self._base_module(path) if against_base else "")
            for path in scope.removed
        ]
        moved += [body.Moved(old, new) for old, new in scope.renamed]
        elsewhere = pull is not None and pull.base_ref not in ("", event.default_branch)
        return body.CommentContext(
            server_url=event.server_url,
            repository=event.repository,
            head_sha=pull.head_sha if pull else event.sha,
            run_url=self._address(),
            comment_id=github.inputs.comment_id,
            prefix=github.prefix,
            applied=activity.writes,
            whole=scope.paths is None,
            archives=github.inputs.archive_removed,
            moved=moved,
            compared_with_base=against_base,
            requests=requests,
            seconds=seconds,
            base=pull.base_ref if pull and elsewhere else "",
            applied_branch=event.default_branch if elsewhere else "",
        )

    def tell(
        self, result: RunResult, activity: Activity, context: body.CommentContext
    ) -> dict[str, str]:
        """Post or update the comments and return the outputs that name them.

        Args:
            result: what to report.
            activity: what the run does.
            context: what the text says beside the result.
        """
        if not self._wanted(activity):
            return _outputs("")
        create = not (self._github.inputs.comment == "changes-only" and _is_quiet(result, context))
        if not activity.writes:
            return _outputs(self._preview(result, context, create=create))
        entry = Entry(body.headline(result, context), self._attempt_url())
        sections = body.sections(result, context)
        failed = bool(result.verdict().reason)
        ending = Ending(sections, entry, wrote=_wrote(result), failed=failed)
        marker = self._marker("", "")
        return _outputs(self._merged.finish(ending, marker, create=create, waiting=True))

    def failed(self, error: Exception, activity: Activity) -> None:
        """Report that the run ended in an error, before there was a result.

        The old verdict is no longer true of the commit, and a pull request without a comment gets
        one that says why: whoever looks there has no other place that tells.
        """
        if not self._wanted(activity):
            return
        event = self._github.event
        if activity.writes:
            said = "❌ Nothing was carried to Notion"
            sections = _explained(said, error, self._attempt_url())
            entry = Entry(said, self._attempt_url())
            ending = Ending(sections, entry, wrote=False, failed=True)
            self._merged.finish(ending, self._marker("", ""), create=True, waiting=False)
        elif event.pull is not None:
            commit = f"<code>{html(event.pull.head_sha[:12])}</code>"
            said = f"⚠️ The preview could not be computed for {commit}"
            sections = _explained(said, error, self._attempt_url())
            create = self._github.inputs.comment == "true"
            self._upsert(fit(sections, *COMMENT), self._marker("", "uncomputed"), create=create)

    def reviewed(self) -> Reviewed:
        """Return the plan that the merged pull request's comment shows.

        Raises:
            NotReviewed: there is none that counts, with why.
            GitHubError: GitHub cannot be asked.
        """
        github = self._github
        return hidden_plan.reviewed(github.merged, self._merged.reviewed, github.event)

    def _wanted(self, activity: Activity) -> bool:
        return activity.comment and self._github.inputs.comment != "false"

    def _preview(self, result: RunResult, context: body.CommentContext, *, create: bool) -> str:
        """Post a preview with its plan hidden in it, and return its address.

        A plan against the base branch is not what Notion would get, so it is not remembered. A
        comment that GitHub refuses goes into a file as data, and is no failure.
        """
        github, digest, plan = self._github, "", ""
        if result.plan is not None and not context.compared_with_base:
            digest, plan = result.plan.digest, hidden_plan.render(result.plan.operations())
        marker = self._marker(digest, "preview")
        first = marker.render()
        text = body.comment(result, context, first=first, hidden=[plan])
        try:
            return self._upsert(text.removeprefix(f"{first}\n"), marker, create=create)
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

    def _upsert(self, text: str, marker: Marker, *, create: bool) -> str:
        github = self._github
        pull = github.pull()
        return keep_comment(
            pull,
            redact(text),
            marker,
            login=github.login,
            create=create,
            sleep=github.sleep,
            final=FINAL,
        ).url

    def _address(self) -> str:
        """Return where the run is to be seen.

        For a pull request it is the page of its checks: the same for every run, so that a comment
        with nothing new to say is left alone.
        """
        event = self._github.event
        if event.pull is None:
            return event.run_url
        return f"{event.server_url}/{event.repository}/pull/{event.pull.number}/checks"

    def _attempt_url(self) -> str:
        event = self._github.event
        attempt = f"/attempts/{event.run_attempt}" if event.run_attempt > 1 else ""
        return f"{event.run_url}{attempt}"

    def _base_module(self, path: str) -> str:
        """Return the module that a manifest of the base branch names, "" where it is not known."""
        from lukhas_notion.action.base_preview import read_base_manifest

        try:
            base = read_base_manifest(self._github.config, path, self._github.read_base)
        except LukhasNotionError:
            return ""
        return base.desired.module if base.desired else ""

    def _marker(self, digest: str, state: str) -> Marker:
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
    remedy = error.remedy if isinstance(error, LukhasNotionError) else ""
    return "\n\n".join(markdown_message(said) for said in (_message(error), remedy) if said)


def _explained(said: str, error: Exception, url: str) -> list[Section]:
    foot = f"---\n<sub>[run]({address(url)})</sub>"
    return [Section(f"## {said}"), Section(explained(error)), Section(foot)]


def _message(error: Exception) -> str:
    if isinstance(error, LukhasNotionError):
        return error.message
    return f"A bug in lukhas-notion: {type(error).__name__}. Please report it."


def _outputs(url: str) -> dict[str, str]:
    return {"comment-url": url, "comment-posted": "true" if url else "false"}


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
    pages = len(result.plan.changes) - result.plan.count(ChangeKind.CREATE)
    options = sum(o.sends for o in result.plan.options)
    requests = 2 + -(-max(pages, 1) // 100) + 3 * options + len(result.plan.writes)
    window = 1 if spacing_for(rate) else int(60 * rate)
    seconds = 0.35 * requests / concurrency + 2
    if requests > window:
        seconds = (requests - window) / rate
    return requests, max(1, round(seconds))
