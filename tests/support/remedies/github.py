"""Remedies for GitHub: events, inputs, permissions, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from github import GithubException
from requests import ConnectionError as NoAnswer
from requests import Request

from lukhas_notion.github.errors import asked
from lukhas_notion.util.errors import LukhasNotionError
from support.actions import MERGE, ActionPlace
from support.remedies.rows import Row, file
from support.workplace import Ended, Workplace


@dataclass
class Call:
    """What GitHub is asked, and what it answers: an error, as long as one is set."""

    error: Exception | None = None
    needs: str = "pull-requests: write"
    action: dict[str, Any] = field(default_factory=dict)


def ended(do: Callable[[], object]) -> Ended:
    """Return how something ends."""
    try:
        do()
    except LukhasNotionError as error:
        return Ended(error.exit_code, "", str(error))
    return Ended(0, "", "")


def answer(name: str, error: Exception, advice: str, *, needs: str = "contents: write") -> Row:
    """Return a row for an answer of GitHub's; followed, it is another one."""
    call = Call(needs=needs)

    def ask() -> None:
        with asked("write the comment", needs=call.needs):
            if call.error is not None:
                raise call.error

    return Row(
        name,
        lambda _: setattr(call, "error", error),
        lambda _: ended(ask),
        advice,
        lambda *_: setattr(call, "error", None),
    )


def refusal(status: int, said: str = "no") -> GithubException:
    """Return PyGithub's exception for an answer."""
    return GithubException(status, {"message": said}, {})


def untrusted() -> Exception:
    """Return the error for a certificate that nobody trusts."""
    import ssl

    error = NoAnswer("no")
    error.__cause__ = ssl.SSLCertVerificationError(1, "certificate verify failed")
    return error


def unanswered() -> Exception:
    """Return the error for a request that got no answer."""
    request = Request("GET", "https://api.github.com/x").prepare()
    return NoAnswer("no", request=request)


def action(
    name: str,
    event: str,
    inputs: dict[str, str],
    advice: str,
    instead: tuple[str, dict[str, str]],
    **environ: str,
) -> Row:
    """Return a row for a run of the Action; followed, it is another event or has other inputs."""

    def run(place: Workplace) -> Ended:
        folder = place.root.parent / "runner"
        folder.mkdir(exist_ok=True)
        followed = "FOLLOWED" in place.environ
        what, given = instead if followed else (event, inputs)
        made = ActionPlace(place, folder, environ={} if followed else environ)
        made.pull.merged_at, made.pull.merge_commit_sha = "2026-01-01", MERGE
        ran = made.pull_request(**given) if what == "pull_request" else made.run(what, **given)
        return Ended(ran.code, ran.log, ran.summary)

    return Row(
        name,
        lambda p: p.run("sync", "--all"),
        run,
        advice,
        lambda p, _: p.environ.update(FOLLOWED="1"),
    )


def changes_missing(place: Workplace) -> Ended:
    """Preview a pull request that changes a manifest, as far as the checkout has it."""
    folder = place.root.parent / "runner"
    folder.mkdir(exist_ok=True)
    made = ActionPlace(place, folder)
    made.pull.change("delta/module.manifest.json")
    ran = made.pull_request(mode="validate")
    return Ended(ran.code, ran.log, ran.summary)


def applied(place: Workplace) -> Ended:
    """Apply a merge."""
    folder = place.root.parent / "runner"
    folder.mkdir(exist_ok=True)
    ran = ActionPlace(place, folder).run("push", mode="apply", comment="false")
    return Ended(ran.code, ran.log, ran.summary)


APPLY = {"mode": "apply"}
ROWS = [
    answer("GitHub says 401", refusal(401), "The token is not valid or has expired."),
    answer(
        "GitHub says 403",
        refusal(403),
        "Give the job `{}` under `permissions:`. A pull request from a fork",
    ),
    answer(
        "GitHub says 403 for no permission", refusal(403), "The token lacks a permission.", needs=""
    ),
    answer(
        "GitHub says 404",
        refusal(404),
        "It does not exist, or the token cannot see it. Give the job `{}` under `permissions:`.",
    ),
    answer(
        "GitHub says 404 for no permission",
        refusal(404),
        "It does not exist, or the token cannot see it. The token lacks a permission.",
        needs="",
    ),
    answer("GitHub says 301", refusal(301), "Redirects are not followed with a token. Check"),
    answer("GitHub says 429", refusal(429), "Too many requests: run it again in a few minutes."),
    answer("GitHub says 500", refusal(500), "Run it again."),
    answer("GitHub says nothing", unanswered(), "Run the workflow again; https://www.githubstatus"),
    answer("GitHub's certificate", untrusted(), "name that file in SSL_CERT_FILE."),
    # --- events and inputs ----------------------------------------------------------------------
    action(
        "no event",
        "schedule",
        APPLY,
        "The Action runs in a GitHub workflow; by hand use the command.",
        ("schedule", APPLY),
        GITHUB_REPOSITORY="",
    ),
    action("an event that says nothing", "issues", {}, "Use one of: {}.", ("push", {})),
    action(
        "a comment on a push",
        "push",
        {"mode": "comment"},
        "It posts the comment that the run of another workflow left: use it on workflow_run.",
        ("push", {"mode": "dry-run"}),
    ),
    action(
        "an apply on a pull request's event", "pull_request", APPLY, "Why: {}.", ("push", APPLY)
    ),
    action(
        "an apply on another branch",
        "push",
        APPLY,
        "Notion shows the default branch, {}: {} there.",
        ("push", APPLY),
        GITHUB_REF="refs/heads/topic",
    ),
    action("an input that may not be so", "push", {"mode": "aply"}, "Write {}.", ("push", APPLY)),
    action(
        "a preview without a token",
        "push",
        {"notion_token": ""},
        "Set the secret and pass it as `notion-token`, or use `mode: validate`.",
        ("push", {"notion_token": "", "mode": "validate"}),
    ),
    action(
        "an apply of what nobody reviewed",
        "push",
        {**APPLY, "require_reviewed_plan": "true"},
        "or pass the reviewed digest as `require-reviewed-plan`.",
        ("push", APPLY),
    ),
    action(
        "no token for GitHub",
        "push",
        {**APPLY, "github_token": "", "ledger_branch": "ledger"},
        "Leave the input out: its default is the workflow's own token.",
        ("push", APPLY),
    ),
    Row(
        "a ledger of the configuration outside of the repository",
        lambda p: file(p, "lukhas-notion.toml", '[run]\nledger = "../x"\n'),
        applied,
        "Write it inside the repository.",
        lambda p, _: file(p, "lukhas-notion.toml", '[run]\nledger = "x"\n'),
    ),
    Row(
        "a checkout that lacks a file",
        lambda p: p.run("sync", "--all"),
        changes_missing,
        "Check out the whole repository: use actions/checkout without `sparse-checkout`, at the",
        lambda p, _: p.write("delta", {"module": "delta", "features": []}),
    ),
]
