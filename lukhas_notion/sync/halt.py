"""Why nothing more is written: the first failure that every other change would meet as well.

One module's failure never stops the others. A revoked token, a database that is gone, a property
that was removed, or a ledger that cannot be written stops the run. Where an answer does not tell
the one from the other, the schema is read again.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.sync.page_writes import Task
from lukhas_notion.util.errors import (
    Blocked,
    Forbidden,
    InvalidRequest,
    InvalidToken,
    LukhasNotionError,
    NotFound,
    NotionError,
    Refused,
    RunStopped,
    SetupError,
)
from lukhas_notion.validate.require_schema import fit

#: So many pages in a row that are not found are not people deleting them: access was lost.
_MOST_GONE = 3
#: For so many refusals in a row the schema is read again; further ones are the pages' own.
_MOST_CHECKS = 3


class Halt:
    """Judges failures, from any thread.

    Args:
        task: the plan, and what it is carried out with.

    Attributes:
        error: why nothing more is sent, None as long as more is.
    """

    def __init__(self, task: Task) -> None:
        self.error: LukhasNotionError | None = None
        self._task = task
        self._checking = threading.Lock()
        self._gone_in_a_row = self._refused_in_a_row = 0

    def stop(self, error: LukhasNotionError) -> None:
        """Send nothing more."""
        self.error = self.error or error

    def succeeded(self) -> None:
        """Take note that a page was written."""
        self._gone_in_a_row = self._refused_in_a_row = 0

    def note(self, error: LukhasNotionError, change: Change | None = None) -> None:
        """Take note of a failure, which may be one that every other change would meet."""
        if isinstance(error, NotFound | InvalidRequest):
            # One at a time: where the first finds the database changed, the others need not ask.
            with self._checking:
                if self.error is None:
                    found = error if self._is_of_the_database(error, change) else None
                    self._refused_in_a_row += 1
                    checked = self._refused_in_a_row > _MOST_CHECKS
                    self.error = (None if checked else self._database_problem()) or found
        elif isinstance(error, Blocked | InvalidToken | RunStopped | Forbidden) or not isinstance(
            error, NotionError
        ):
            self.stop(error)

    def _is_of_the_database(self, error: LukhasNotionError, change: Change | None) -> bool:
        """Whether an answer is about the database, even where its schema seems to be right."""
        if isinstance(error, NotFound):
            self._gone_in_a_row += 1
            return _creates_alone(change) or self._gone_in_a_row >= _MOST_GONE
        # Notion's own words for a property that was removed, and for one of another type.
        ends = ("is not a property that exists", "is expected to be")
        names = (spec.name for spec in self._task.mapping.properties)
        return any(f" {name} {end}" in error.message for name in names for end in ends)

    def _database_problem(self) -> LukhasNotionError | None:
        """Read the schema again; return why nothing can be written any more, if that is so."""
        # What is optional was there when the plan was made, and is in its requests.
        specs = self._task.mapping.properties
        needed = PropertyMapping(tuple(replace(spec, required=True) for spec in specs))
        try:
            fit(needed, self._task.reader.schema(self._task.plan.schema.data_source_id))
        except SetupError as error:
            # It was set up when the run began, and pages have been written: no usage error.
            return NotionError(error.message, error.remedy)
        except Refused as error:
            return error
        except (NotionError, RunStopped):
            return None
        return None


def _creates_alone(change: Change | None) -> bool:
    """Whether a change creates a page that names no other, which could be what is not found."""
    if change is None or change.kind is not ChangeKind.CREATE:
        return False
    return not any(p.type is PropertyType.RELATION and p.after for p in change.properties)
