"""The views of a database: a table sorted by title, and a board by a status or a select.

The requests follow Notion's reference (create, list and retrieve a view). They are not recorded, so
nothing depends on them: a view that Notion does not create is left to the user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lukhas_notion.ledger.state import LedgerState
from lukhas_notion.notion import answers
from lukhas_notion.plan.database import Schema
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.setup.result import ViewAddition
from lukhas_notion.util.errors import LukhasNotionError, NotionError, OutcomeUnknown

if TYPE_CHECKING:
    from notion_client import Client

#: Views of one database that are read.
_MOST_VIEWS = 100


def missing_views(
    client: Client, recorded: LedgerState, database: str, views: Iterable[ViewAddition]
) -> tuple[tuple[ViewAddition, ...], bool]:
    """Return the views to create in an existing database, and whether they are left to the user.

    Views are created only in a database that this repository's ``init`` created, after a run that
    was interrupted. A view that is on the ledger is not created again: a user deleted it. In any
    other database they are left to the user, unless it has more views than the one that every
    database begins with.
    """
    wanted = [view for view in views if (database, view.name) not in recorded.views]
    if not wanted:
        return (), False
    try:
        if not recorded.has_created(database):
            return (), len(_view_ids(client, database)) <= 1
        shown = list(_shown(client, database))
    except LukhasNotionError:
        return (), True
    return tuple(view for view in wanted if not _is_among(shown, view)), False


def _view_ids(client: Client, database: str) -> list[str]:
    return answers.ids(client.views.list(database_id=database, page_size=_MOST_VIEWS))


def _shown(client: Client, database: str) -> Iterator[tuple[str, str, bool]]:
    for view in _view_ids(client, database):
        yield answers.view(client.views.retrieve(view))


def _is_among(shown: Iterable[tuple[str, str, bool]], view: ViewAddition) -> bool:
    """Return whether a view, or one that a user created in its place, is shown."""
    return any(
        kind == view.type and (name == view.name or kind == "board" or is_sorted)
        for name, kind, is_sorted in shown
    )


@dataclass(frozen=True, slots=True)
class ViewWriter:
    """Makes views of a new database.

    Args:
        client: the client.
        schema: the database as it was read back.
        record: writes down what became of a view: its name, and the error, None for none.
    """

    client: Client
    schema: Schema
    record: Callable[[str, LukhasNotionError | None], None]

    def make(self, views: Sequence[ViewAddition]) -> list[str]:
        """Make views; return a sentence for each that is not, or may not be, in Notion."""
        problems = []
        for view in views:
            try:
                self._make(view)
                self.record(view.name, None)
            except LukhasNotionError as error:
                problems.append(f"The view {view.name} was not made: {error.message}")
                self.record(view.name, error)
        return problems

    def _make(self, view: ViewAddition) -> None:
        try:
            answer = self.client.views.create(
                database_id=self.schema.database_id,
                data_source_id=self.schema.data_source_id,
                name=view.name,
                type=view.type,
                **self._details(view),
            )
        except OutcomeUnknown:
            # It may have been made, and a second one would stand beside it.
            if not _is_among(_shown(self.client, self.schema.database_id), view):
                raise
        else:
            if not answers.id_of(answer):
                raise NotionError("Notion accepted it and did not name it.")

    def _details(self, view: ViewAddition) -> dict[str, Any]:
        if view.type == "table":
            return {"sorts": [{"property": view.property, "direction": "ascending"}]}
        found = self.schema.properties[view.property]
        by = {"group_by": "option"} if found.type == PropertyType.STATUS.value else {}
        group = {"type": found.type, "property_id": found.id, "sort": {"type": "manual"}, **by}
        return {"configuration": {"type": "board", "group_by": group}}
