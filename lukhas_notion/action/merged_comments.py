"""After an apply: the comment of every pull request that it carried out says what became of it.

What was applied stays on record. A later run replaces the text only when it changed Notion, or when
the run before it had failed; otherwise it adds a line below the text. So a comment keeps two hidden
lines (:mod:`lukhas_notion.github.comment_text`): ``runs``, of which the first is the run that the
text is about, and ``plan``, the plan that the last preview showed. The plan is what an apply is
compared with: by its digest in the comment's marker, and where that differs by its operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lukhas_notion.github.comment_text import (
    COMMENT,
    FINAL,
    Limit,
    Marker,
    Section,
    fit,
    hidden_line,
    hide,
    reveal,
    visible,
)
from lukhas_notion.github.errors import GitHubError
from lukhas_notion.github.managed import Found, find_comment
from lukhas_notion.github.pulls import left_waiting, others_of_push
from lukhas_notion.plan.plan import digest_of
from lukhas_notion.report.markdown import address
from lukhas_notion.sync.options import Reviewed
from lukhas_notion.util.errors import NotReviewed
from lukhas_notion.util.sanitize import markdown_inline

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext

#: Characters, so that the comment keeps most of its room; a larger plan is known by digest alone.
MAX_PLAN = 16_000
_MOST_RUNS = 10
_LONGEST = 200
#: What a new text leaves free of a comment, so that the lines of later runs fit below it.
_RESERVED = 9_000
_REVIEW = (
    "Let the preview run on a pull request, review its comment and merge; or give the digest that "
    "was reviewed as `require-reviewed-plan`."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One run: its verdict as plain text, and its address."""

    said: str
    url: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What an apply reports to a pull request.

    Args:
        sections: the text.
        entry: the same in one line.
        wrote: whether the run changed Notion.
        failed: whether something is left to do.
    """

    sections: Sequence[Section]
    entry: Entry
    wrote: bool
    failed: bool


class MergedComments:
    """The comments of the pull requests that one apply carried out."""

    def __init__(self, github: GitHubContext) -> None:
        self._github = github
        self._known: dict[int, Found | None] = {}

    @cached_property
    def reviewed(self) -> Reviewed:
        """The plan in the comment on the pull request that the push's last commit merged.

        Raises:
            NotReviewed: there is no pull request, no comment, no plan in it, or it is about
                another commit than the one that was merged.
            GitHubError: GitHub cannot be asked.
        """
        pull = self._github.merged
        if pull is None:
            sha = self._github.event.sha[:12]
            raise NotReviewed(f"No merged pull request brought the commit {sha}.", _REVIEW)
        found, number, head = self._found(pull), pull.number, pull.head.sha
        if found is None:
            raise NotReviewed(f"Pull request #{number} has no comment with a plan.", _REVIEW)
        if (about := _previewed_sha(found)) != head:
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

    def finish(self, ending: Ending, marker: Marker, *, create: bool, waiting: bool) -> str:
        """Bring every pull request's comment to its end; return the address of the first.

        Each is updated on its own. What GitHub refuses is a warning.

        Args:
            ending: what to report.
            marker: of this run.
            create: whether a pull request that this push merged gets a comment where it has none.
            waiting: whether pull requests whose own apply was dropped are looked for.
        """
        urls = []
        done: set[int] = set()
        for pull, pushed in self._pulls(waiting=waiting):
            if pull.number in done:
                continue
            done.add(pull.number)
            with self._github.reporting(f"comment on #{pull.number}"):
                urls.append(self._finish(pull, ending, marker, create=create and pushed))
        return next(filter(None, urls), "")

    def _finish(self, pull: PullRequest, ending: Ending, marker: Marker, *, create: bool) -> str:
        found = self._found(pull)
        body, state = ("", "") if found is None else (found.body, found.marker.state)
        sections, state, limit = continued(body, state, ending)
        marker = replace(marker, state=state)
        if found is not None:
            # What was reviewed stays what was reviewed, whatever became of it.
            reviewed = _previewed_sha(found)
            marker = replace(marker, digest=found.marker.digest, reviewed_sha=reviewed)
        hidden = [hidden_line("plan", body)]
        text = fit(sections, *limit, first=marker.render(), hidden=hidden)
        return self._github.keep_comment(pull, text, marker, create=create, final=())

    def _pulls(self, *, waiting: bool) -> Iterator[tuple[PullRequest, bool]]:
        """Yield the pull requests, and whether each was merged by this push."""
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
            # This is on behalf of another run, and a schedule's token need not have the right.
            github.commands.log(f"dropped runs were not looked for: {error.message}")

    def _is_final(self, pull: PullRequest) -> bool | None:
        found = self._found(pull)
        return None if found is None else found.marker.state == "applied"

    def _found(self, pull: PullRequest) -> Found | None:
        """Return the comment as it was before this run changed it."""
        if pull.number not in self._known:
            github = self._github
            found = find_comment(pull, github.inputs.comment_id, github.login)
            self._known[pull.number] = found
        return self._known[pull.number]


def hide_plan(operations: Iterable[Mapping[str, Any]]) -> str:
    """Return the hidden line for a plan's operations, "" where it would be too long."""
    line = hide("plan", list(operations), packed=True)
    return line if len(line) <= MAX_PLAN else ""


def plan_in(body: str, digest: str) -> list[dict[str, Any]] | None:
    """Return the operations hidden in a comment, None where they are not those of ``digest``."""
    operations: list[dict[str, Any]] | None = reveal("plan", body)
    try:
        known = operations is not None and digest_of(operations) == digest
        return operations if known else None
    except (ValueError, TypeError, RecursionError):
        return None


def _previewed_sha(found: Found) -> str:
    """Return the commit whose preview a comment remembers."""
    preview = found.marker.state == "preview"
    return found.marker.head_sha if preview else found.marker.reviewed_sha


def continued(body: str, state: str, ending: Ending) -> tuple[list[Section], str, Limit]:
    """Return a comment's new text, its state, and what it may measure.

    Args:
        body: the comment as it is, without its marker; "" when there is none.
        state: the state that its marker has.
        ending: the run to report.
    """
    earlier = _entries(body) if state in FINAL else []
    if state == "applied" and not ending.wrote:
        others = [each for each in earlier[1:] if each != ending.entry]
        kept = [*(earlier[:1] or [Entry("", "")]), *others, ending.entry]
        return [Section(visible(body)), _runs(kept)], state, COMMENT
    others = [each for each in earlier if each != ending.entry]
    limit = Limit(COMMENT.size - _RESERVED, COMMENT.measure)
    sections = [*ending.sections, _runs([ending.entry, *others])]
    return sections, "failed" if ending.failed else "applied", limit


def _entries(body: str) -> list[Entry]:
    """Return the runs in a comment; a line that this tool does not write counts as none."""
    try:
        entries = [Entry(str(e["said"]), str(e["url"])) for e in reveal("runs", body) or ()]
    except (TypeError, KeyError):
        return []
    return [each for each in entries if max(len(each.said), len(each.url)) <= _LONGEST]


def _runs(entries: Sequence[Entry]) -> Section:
    """Return the runs as a section: the hidden line, and all but the first as a list."""
    kept = [entries[0], *entries[1:][-(_MOST_RUNS - 1) :]]
    short = [Entry(each.said[:_LONGEST], each.url[:_LONGEST]) for each in kept]
    hidden = hide("runs", [asdict(each) for each in short])
    rows = [f"- {markdown_inline(each.said)} ([run]({address(each.url)}))" for each in short[1:]]
    return Section(f"{hidden}\n\n**Other runs**\n" if rows else hidden, rows)
