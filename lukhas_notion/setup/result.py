"""What a set-up is asked for, and what it came to: the one object that its reports are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.snapshot import Schema
from lukhas_notion.setup.files import SetupFile
from lukhas_notion.setup.plan import SetupPlan
from lukhas_notion.sync.result import Verdict
from lukhas_notion.util.plural import counted

TITLE = "Modules"


@dataclass(frozen=True, slots=True)
class SetupOptions:
    """What a set-up is asked for.

    Args:
        parent: the page below which a database is made, by its id; "" for none.
        title: what a new database is called; "" for the usual name.
        dry_run: look, and write neither to Notion nor to any file.
        again: make a database although an earlier run made one here, or may have.
    """

    parent: str = ""
    title: str = ""
    dry_run: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class SetupResult:
    """What a set-up came to.

    Args:
        dry_run: whether it was to write nothing.
        violations: what is wrong in the vocabularies; nothing was written then.
        plan: what the database lacked; None with violations.
        schema: the database as it is now; None where there is none.
        files: every file, written or kept; in a dry run those that would be.
        unapplied: a sentence for each thing that was planned and is not in Notion, and what to do.
        notices: what a person should know and nothing else says.
        left: what is left to do, a sentence each.
        requests: how many HTTP requests were made to Notion.
    """

    dry_run: bool
    violations: Sequence[Violation] = ()
    plan: SetupPlan | None = None
    schema: Schema | None = None
    files: Sequence[SetupFile] = ()
    unapplied: Sequence[str] = ()
    notices: Sequence[str] = ()
    left: Sequence[str] = ()
    requests: int = 0

    @property
    def exit_code(self) -> int:
        """0 when everything planned is done, else 1."""
        return self.verdict.exit_code

    @property
    def verdict(self) -> Verdict:
        """Whether everything that was planned is done."""
        if self.violations:
            said = counted(len(self.violations), "violation")
            return Verdict.failed("violations", f"{said}: nothing was written")
        if self.unapplied:
            said = f"{counted(len(self.unapplied), 'thing')} not in Notion"
            return Verdict.failed("unapplied", f"{said}. Run again: what is there is left alone")
        return Verdict("Dry run, nothing written" if self.dry_run else "Set up")
