"""Making a database and adding properties to one: what a set-up plan says, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lukhas_notion.notion import answers
from lukhas_notion.plan.property_types import configuration
from lukhas_notion.setup.plan import SetupPlan
from lukhas_notion.util.errors import OutcomeUnknown

if TYPE_CHECKING:
    from notion_client import Client


class Builder:
    """Carries out one set-up plan; its methods take no orders beside it.

    Options of properties that are there are not its affair: the writer of a sync adds them.
    """

    def __init__(self, client: Client, plan: SetupPlan) -> None:
        self._client = client
        self._plan = plan

    def create(self, parent: str, title: str) -> str:
        """Create the database below a page, and return its id.

        Raises:
            OutcomeUnknown: it was sent, and may have been done. It must not be sent again.
        """
        if not self._plan.creates:
            raise RuntimeError("a database that is not in the plan")
        answer: Any = self._client.databases.create(
            parent={"type": "page_id", "page_id": parent},
            title=[{"type": "text", "text": {"content": title}}],
            initial_data_source={"properties": self._properties()},
        )
        made = answers.id_of(answer)
        if not made:
            raise OutcomeUnknown("Notion accepted the database and did not name it.")
        return made

    def extend(self) -> None:
        """Add the missing properties to the database that is there, in one request.

        It names no property that is there, and what a request does not name Notion leaves alone.
        """
        schema = self._plan.schema
        if schema is None or not self._plan.additions:
            raise RuntimeError("properties that are not in the plan")
        self._client.data_sources.update(schema.data_source_id, properties=self._properties())

    def _properties(self) -> dict[str, Any]:
        return {each.name: configuration(each.spec, each.options) for each in self._plan.additions}
