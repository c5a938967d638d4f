"""The views of a new database: a table sorted by title, and a board by a status or a select.

The requests are as Notion documents them (its reference: create, list and retrieve a view); nobody
has recorded them. So nothing depends on them: a view that is not made is left to a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lukhas_notion.notion import answers
from lukhas_notion.plan.snapshot import Schema
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.setup.result import ViewAddition
from lukhas_notion.util.errors import LukhasNotionError, NotionError, OutcomeUnknown

if TYPE_CHECKING:
    from notion_client import Client

#: Views of one database that are looked through; it has three.
_MOST_VIEWS = 100


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
            if not self._is_there(view):
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

    def _is_there(self, view: ViewAddition) -> bool:
        listed = self.client.views.list(database_id=self.schema.database_id, page_size=_MOST_VIEWS)
        shown = (self.client.views.retrieve(each) for each in answers.ids(listed))
        return any(answers.view(each) == (view.name, view.type) for each in shown)
