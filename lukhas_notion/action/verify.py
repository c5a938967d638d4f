"""``mode: verify`` of the Action: compare, perhaps repair, and tell it by summary and issue."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lukhas_notion.github.managed import keep_issue
from lukhas_notion.github.marker import Marker
from lukhas_notion.plan.finding import FindingKind
from lukhas_notion.report import verification as report
from lukhas_notion.report import verification_markdown as markdown
from lukhas_notion.sync.run import RunObserver
from lukhas_notion.util.redaction import redact
from lukhas_notion.util.write_files import is_file
from lukhas_notion.verify.verify import DestructiveOptions, repair, verify

if TYPE_CHECKING:
    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.publish import Publisher
    from lukhas_notion.config.config import Config
    from lukhas_notion.verify.verify import Verification

TITLE = "Notion and the repository disagree"
_ANNOTATED = 9


@dataclass(slots=True)
class VerifyTask:
    """One run of ``mode: verify``."""

    github: GitHubContext
    publisher: Publisher

    def run(self) -> tuple[str, int]:
        """Verify and report it; return the reason of failure and the exit code."""
        github, publisher = self.github, self.publisher
        with publisher.ledger(keep=github.inputs.repair) as config:
            verified = self._verified(config)
        verified = replace(verified, ledger_problem=publisher.ledger_error)
        outputs = {"findings": str(len(verified.findings))}
        if verified.repair is not None:
            outputs |= publisher.counts(verified.repair)
        publisher.outputs({**outputs, "ledger-path": publisher.ledger_path()})
        publisher.summary(lambda: markdown.summary(verified))
        with github.telling("log"):
            for line in report.lines(verified):
                github.commands.log(line)
        with github.telling("annotations"):
            self._annotate(verified)
        with github.telling("report"):
            text, document = markdown.render(verified), report.document(verified)
            publisher.outputs(publisher.write_reports(text, document))
        publisher.outputs({"issue-url": ""})
        with github.telling("issue"):
            publisher.outputs({"issue-url": self._issue(verified)})
        return verified.verdict.reason, verified.verdict.exit_code

    def _verified(self, config: Config) -> Verification:
        inputs = self.github.inputs
        ignore = set(config.ignore)
        if not inputs.ledger_branch and not is_file(config.ledger, within=config.ledger_within):
            # A runner's disk is new each time: without a branch there is nothing to compare.
            ignore.add(FindingKind.LEDGER_MISSING)
        takes = DestructiveOptions(inputs.archive_removed, inputs.prune, inputs.force)
        runtime = self.github.action_runtime.runtime
        if inputs.repair:
            return repair(config, runtime, RunObserver(), takes, ignore=ignore)
        return verify(config, runtime, ignore=ignore)

    def _annotate(self, verified: Verification) -> None:
        """Put what the gates found on its lines, and the rest on the run."""
        commands, prefix = self.github.commands, self.github.prefix
        for found in verified.findings[:_ANNOTATED]:
            if found.kind is FindingKind.MANIFEST_INVALID:
                file = f"{prefix}{found.path}"
                commands.error(found.message, file=file, line=found.line, title=found.kind)
            else:
                said = f"{found.subject}: {found.message}" if found.subject else found.message
                commands.warning(said, title=found.kind)
        if left := verified.findings[_ANNOTATED:]:
            commands.warning(f"{len(left)} more findings, in the summary.", title="more findings")

    def _issue(self, verified: Verification) -> str:
        """Open, update or close the issue and return its address."""
        github = self.github
        if not github.inputs.issue:
            return ""
        told = redact(markdown.issue(verified, ""))
        marker = Marker(
            github.inputs.comment_id,
            github.event.sha,
            github.event.run_id,
            github.event.run_attempt,
            digest=hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest(),
            state="verify",
        )
        whole = markdown.issue(verified, github.event.run_url, first=marker.render())
        name = f" ({github.inputs.comment_id})" if github.inputs.comment_id else ""
        done = keep_issue(
            github.repository,
            f"{TITLE}{name}",
            redact(whole),
            marker,
            login=github.login,
            sleep=github.sleep,
            all_well=verified.in_sync,
        )
        github.commands.log(f"issue: {done.did} {done.url}".strip())
        return done.url
