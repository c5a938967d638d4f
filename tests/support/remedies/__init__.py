"""Rows that follow each remedy, and the inventory of the remedies that there are."""

from support.remedies import (
    commands,
    configuration,
    database,
    findings,
    github,
    manifests,
    requests,
    workflows,
)

ROWS = [
    *configuration.ROWS,
    *manifests.ROWS,
    *database.ROWS,
    *findings.ROWS,
    *commands.ROWS,
    *requests.ROWS,
    *workflows.ROWS,
    *github.ROWS,
]
#: A remedy, or a part of it, that no test can follow, and why.
UNFOLLOWED: dict[str, str] = {}
