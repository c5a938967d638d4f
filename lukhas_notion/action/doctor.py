"""``mode: doctor`` of the Action: the set-up examined where it has to work, on the runner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.report import diagnosis as report
from lukhas_notion.setup.doctor.diagnosis import Level
from lukhas_notion.setup.doctor.examine import diagnose

if TYPE_CHECKING:
    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.publish import Publisher

_ANNOTATED = 9


def examine(github: GitHubContext, publisher: Publisher) -> tuple[str, int]:
    """Examine and report it; return the reason of failure and the exit code."""
    workspace = Path(github.event.workspace).resolve()
    pull = github.event.pull
    # A fork's run has no token for Notion; that is as intended.
    online = bool(github.config.token) or not (pull and pull.is_fork)
    diagnosis = diagnose(
        github.config,
        github.action_runtime.runtime,
        online=online,
        writes=not github.inputs.read_only,
        workflows=workspace,
    )
    failures = diagnosis.of(Level.FAILURE)
    publisher.outputs({"findings": str(len(failures))})
    publisher.summary(lambda: report.markdown(diagnosis))
    with github.telling("log"):
        for line in report.lines(diagnosis):
            github.commands.log(line)
    with github.telling("annotations"):
        for check in failures[:_ANNOTATED]:
            said = f"{check.subject}: {check.found} {check.fix}".strip()
            github.commands.error(said, title="set-up")
        if left := failures[_ANNOTATED:]:
            github.commands.error(f"{len(left)} more, in the summary.", title="set-up")
    return diagnosis.verdict.reason, diagnosis.verdict.exit_code
