"""The order of an examination: the repository, its workflows, and then Notion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.setup.doctor.diagnosis import (
    Check,
    Diagnosis,
    note,
    ok,
    problem,
)
from lukhas_notion.util.checkout import top_of
from lukhas_notion.util.errors import ConfigError, LukhasNotionError

if TYPE_CHECKING:
    from lukhas_notion.config.config import Config
    from lukhas_notion.setup.doctor.repository import RepositoryExam
    from lukhas_notion.util.runtime import Runtime


def diagnose(
    config: Config,
    runtime: Runtime,
    *,
    online: bool = True,
    writes: bool = True,
    workflows: Path | None = None,
) -> Diagnosis:
    """Examine a set-up and return everything that was found; nothing is written anywhere.

    What is wrong is a check, and no exception, so that the rest is looked at all the same. The
    connection to Notion refuses whatever could change something
    (:mod:`lukhas_notion.notion.probes`).

    Args:
        config: what is configured.
        runtime: environment, clock and network; the ledger is not touched.
        online: whether Notion is asked.
        writes: whether the token has to be one that may insert and update; a preview's need not.
        workflows: the top of the checkout whose workflows are looked at; None finds it.
    """
    from lukhas_notion.setup.doctor.repository import RepositoryExam

    exam = RepositoryExam(config, runtime.earlier(config.root))
    checks = [*exam.checks(), *_address(config, runtime)]
    checks += _workflows(workflows or top_of(config.root))
    if not online:
        checks.append(note("token", "Notion was not asked."))
        return Diagnosis(tuple(checks))
    if not config.token:
        checks.append(
            problem(
                "token",
                "NOTION_TOKEN is not set, so Notion was not asked.",
                "Put the token of an internal integration into the environment variable "
                "NOTION_TOKEN, or leave Notion out with --offline.",
            )
        )
        return Diagnosis(tuple(checks))
    return _with_notion(config, runtime, exam, checks, writes=writes)


def without_configuration(root: Path, error: ConfigError) -> Diagnosis:
    """Return what can be found where the configuration itself is wrong."""
    checks = [problem("configuration", error.message, error.remedy)]
    checks += _workflows(top_of(root))
    checks.append(note("others", "Nothing else could be looked at without the configuration."))
    return Diagnosis(tuple(checks))


def _address(config: Config, runtime: Runtime) -> Iterator[Check]:
    """Yield whether the records of pages can name the repository."""
    from lukhas_notion.plan.source import find_source

    if not config.records:
        return
    try:
        source = find_source(
            said=config.source,
            origin="" if config.source else runtime.origin(config.root),
            environ=runtime.environ,
            folder=config.root.name,
        )
    except ConfigError as error:
        yield problem("repository", error.message, error.remedy)
        return
    if source.is_weak:
        yield note(
            "repository",
            "Its address is not known, so the records of pages cannot name it. A module that is "
            "renamed gets a second page, and the pages of removed modules stay.",
            "Run `git remote add origin URL`, or give `sync` and `verify` --source OWNER/REPO.",
        )
    else:
        yield ok("repository", f"The records of pages name {source.repository}.")


def _workflows(top: Path) -> list[Check]:
    from lukhas_notion.setup.doctor.workflows import workflow_checks

    return list(workflow_checks(top))


def _with_notion(
    config: Config,
    runtime: Runtime,
    exam: RepositoryExam,
    checks: list[Check],
    *,
    writes: bool,
) -> Diagnosis:
    """Add what Notion tells to the checks so far."""
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.setup.doctor.database import DatabaseExam

    try:
        connection = Connection.open(config, runtime, read_only=True, probing=True)
    except LukhasNotionError as error:
        subject = "connection" if isinstance(error, ConfigError) else "token"
        return Diagnosis((*checks, problem(subject, error.message, error.remedy)))
    with connection:
        try:
            for check in DatabaseExam(
                config, connection, exam.names, exam.desired, writes
            ).checks():
                checks.append(check)  # noqa: PERF402 - it may end by an error
        except LukhasNotionError as error:
            # The deadline, or Ctrl-C: what was found until then is told.
            checks.append(problem("Notion", error.message, error.remedy))
        return Diagnosis(tuple(checks), connection.sent)
