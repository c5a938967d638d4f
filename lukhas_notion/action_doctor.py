"""``mode: doctor`` of the Action: the set-up examined where it has to work, on the runner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.diagnosis import Level
from lukhas_notion.doctor.examination import diagnose
from lukhas_notion.report import diagnosis as report

if TYPE_CHECKING:
    from lukhas_notion.github.context import GitHubContext
    from lukhas_notion.github.files import FileCommands

_ANNOTATED = 9


def examine(github: GitHubContext, files: FileCommands) -> tuple[dict[str, str], str, int]:
    """Examine and tell it; return the outputs, the reason of failure, and the exit code."""
    workspace = Path(github.event.workspace).resolve()
    pull = github.event.pull
    # A fork's run has no token for Notion; that is right, and no problem.
    online = bool(github.config.token) or not (pull and pull.is_fork)
    diagnosis = diagnose(
        github.config,
        github.world.outside,
        online=online,
        writes=not github.inputs.read_only,
        workflows=workspace,
    )
    for line in report.lines(diagnosis):
        github.commands.log(line)
    files.summary(report.markdown(diagnosis))
    problems = diagnosis.of(Level.PROBLEM)
    for check in problems[:_ANNOTATED]:
        said = f"{check.subject}: {check.found} {check.fix}".strip()
        github.commands.error(said, title="set-up")
    if left := problems[_ANNOTATED:]:
        github.commands.error(f"{len(left)} more, in the summary.", title="set-up")
    outputs = {"findings": str(len(problems))}
    return outputs, "set-up" if problems else "", diagnosis.exit_code
