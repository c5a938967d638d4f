"""Writing Notion: what a plan says, and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from lukhas_notion.errors import NotionError, OutcomeUnknown, Unavailable
from lukhas_notion.mapping import PropertyMapping
from lukhas_notion.notion import answers
from lukhas_notion.option_plan import MAX_LISTED, OptionChange
from lukhas_notion.plan import Change, ChangeKind, Plan
from lukhas_notion.snapshot import Page
from lukhas_notion.util.fold import fold
from lukhas_notion.values import ApiObject, encode, equal

if TYPE_CHECKING:
    from notion_client import Client


class Writer:
    """Carries out the changes of one plan; anything outside the plan is refused.

    Only mapped properties that the change names, and the moment of the write, are ever sent.
    """

    def __init__(self, client: Client, plan: Plan, mapping: PropertyMapping) -> None:
        self._client = client
        self._plan = plan
        self._mapping = mapping
        self._changes = {id(change) for change in plan.changes}

    def create(self, change: Change, now: datetime) -> Page:
        """Create the page of ``change`` and return it as Notion shows it.

        Raises:
            OutcomeUnknown: it was sent, and may have been done.
        """
        self._check(change, ChangeKind.CREATE)
        source = self._plan.schema.data_source_id
        answer: Any = self._client.pages.create(
            parent={"type": "data_source_id", "data_source_id": source},
            properties=self._properties(change, now),
        )
        try:
            return answers.page(answer, self._mapping.types)
        except Unavailable as error:
            raise OutcomeUnknown(
                error.message, error.remedy, committed_id=answers.id_of(answer)
            ) from error

    def update(self, change: Change, now: datetime, page_id: str = "") -> Page:
        """Set the changed properties of a page and return it as Notion shows it.

        ``page_id`` is for a create whose page turned out to be there already.
        """
        self._check(change, ChangeKind.UPDATE if not page_id else ChangeKind.CREATE)
        answer: Any = self._client.pages.update(
            page_id or change.page_id, properties=self._properties(change, now)
        )
        return answers.page(answer, self._mapping.types)

    def archive(self, change: Change) -> Page:
        """Move a page to the trash, where people can restore it, and return it as Notion shows it.

        ``in_trash`` is the word since API version 2026-03-11; the older ``archived`` is refused.
        """
        self._check(change, ChangeKind.ARCHIVE)
        answer: Any = self._client.pages.update(change.page_id, in_trash=True)
        return answers.page(answer, self._mapping.types)

    def set_options(self, change: OptionChange) -> None:
        """Add and remove the options of ``change``, from a fresh reading, and read back.

        What is there is sent by id alone, so that neither its name nor its colour can change;
        Notion removes what a PATCH leaves out.

        Raises:
            NotionError: somebody added options meanwhile, and they do not all fit into one
                request any more; or Notion accepted the request and did not do it.
        """
        if not any(change is planned for planned in self._plan.options):
            raise RuntimeError("an option change that is not in the plan")
        before = self._options(change.property_name)
        gone = {removal.name for removal in change.remove}
        kept = [option for option in before if option["name"] not in gone]
        there = {fold(option["name"], case=True) for option in kept}
        new = [
            {"name": name, "color": color}
            for name, color in change.add
            if fold(name, case=True) not in there
        ]
        if new or len(kept) < len(before):
            listed = [{"id": option["id"]} for option in kept] + new
            if len(listed) > MAX_LISTED:
                raise NotionError(
                    f"'{change.property_name}' now has {len(before)} options: with the planned "
                    f"ones they are {len(listed)}, and Notion takes {MAX_LISTED} in a request.",
                    "Run again: the plan is then made with what is there now.",
                )
            self._client.data_sources.update(
                self._plan.schema.data_source_id,
                properties={change.property_name: {change.type.value: {"options": listed}}},
            )
            self._compare(change, {o["name"] for o in kept} | {str(o["name"]) for o in new})

    def _compare(self, change: OptionChange, expected: set[str]) -> None:
        after = {str(option["name"]) for option in self._options(change.property_name)}
        missing = expected - after
        left = {removal.name for removal in change.remove} & after
        if missing or left:
            what = ", ".join(repr(name) for name in sorted(missing | left)[:5])
            raise NotionError(
                f"Notion accepted the options of '{change.property_name}' and did not store them: "
                f"{what}.",
                "Try again; a property takes at most 100 options in one request.",
            )

    def _options(self, name: str) -> list[dict[str, Any]]:
        answer = self._client.data_sources.retrieve(self._plan.schema.data_source_id)
        found = answers.schema(answer).properties.get(name)
        if found is None:
            raise NotionError(
                f"Property '{name}' is no longer in the database.", "Was it renamed in Notion?"
            )
        return [{"id": option.id, "name": option.name} for option in found.options]

    def _check(self, change: Change, kind: ChangeKind) -> None:
        if id(change) not in self._changes or change.kind is not kind:
            raise RuntimeError(f"{change.module}: a {kind} that is not in the plan")

    def _properties(self, change: Change, now: datetime) -> dict[str, ApiObject]:
        sent = {p.name: encode(p.type, p.after) for p in change.properties}
        stamp = self._mapping.now
        if stamp is not None:
            sent[stamp.name] = encode(stamp.type, now.isoformat(timespec="milliseconds"))
        return sent


def unlike(change: Change, page: Page) -> list[str]:
    """Return the names of the properties that Notion shows otherwise than ``change`` set them."""
    return [
        p.name
        for p in change.properties
        if p.name not in page.values or not equal(p.type, page.values[p.name], p.after)
    ]
