"""Writing a data source: properties that it lacks, and options. It only adds what a plan says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lukhas_notion.notion import answers
from lukhas_notion.plan.options import MAX_LISTED, OptionChange, PropertyAddition
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.property_types import configuration
from lukhas_notion.plan.snapshot import PropertySchema
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import InvalidRequest, NotFound, NotionError, Unavailable
from lukhas_notion.util.text import fold

if TYPE_CHECKING:
    from notion_client import Client


def add_properties(client: Client, source: str, additions: Sequence[PropertyAddition]) -> list[str]:
    """Add properties to a data source; return what a person should know.

    What a request does not name Notion leaves alone. A relation is made two-way; where Notion
    refuses that, one-way. Each has a request of its own, so that the others do not depend on it.
    """
    plain = [each for each in additions if each.type is not PropertyType.RELATION]
    if plain:
        client.data_sources.update(source, properties={p.name: _described(p) for p in plain})
    notices: list[str] = []
    for each in additions:
        if each.type is PropertyType.RELATION:
            notices.extend(_add_relation(client, source, each))
    return notices


def _described(addition: PropertyAddition) -> dict[str, Any]:
    spec = addition.spec
    if spec.type is PropertyType.RELATION:
        spec = replace(spec, target=addition.related)
    return configuration(spec, addition.options)


def _add_relation(client: Client, source: str, addition: PropertyAddition) -> Iterator[str]:
    """Add a relation, and yield what is otherwise than it should be."""
    name, two_way = addition.name, _described(addition)
    try:
        client.data_sources.update(source, properties={name: two_way})
    except (InvalidRequest, Unavailable) as error:
        # It may have been done all the same; and a data source may not relate to itself two-way.
        if name not in _properties(client, source):
            one_way = {"data_source_id": addition.related, "type": "single_property"}
            described = {"type": "relation", "relation": {**one_way, "single_property": {}}}
            client.data_sources.update(source, properties={name: described})
            yield f"'{name}' is a one-way relation, because Notion refuses a two-way one: {error}"
            return
    found = _properties(client, source).get(name)
    wanted = addition.spec.synced
    if found and found.synced and wanted not in ("", found.synced):
        try:
            client.data_sources.update(
                addition.related, properties={found.synced: {"name": wanted}}
            )
        except (InvalidRequest, NotFound) as error:
            yield f"The other side of '{name}' is called '{found.synced}', not '{wanted}': {error}"


def _properties(client: Client, source: str) -> dict[str, PropertySchema]:
    return dict(answers.schema(client.data_sources.retrieve(source)).properties)


class SchemaWriter:
    """Carries out what one plan says of the data source; anything outside the plan is refused.

    Args:
        client: the client.
        plan: what may be written.
    """

    def __init__(self, client: Client, plan: Plan) -> None:
        self._client = client
        self._plan = plan

    def add_columns(self) -> list[str]:
        """Add the properties that the database lacks; return what a person should know.

        Raises:
            NotionError: one of them was not added.
        """
        source, columns = self._plan.schema.data_source_id, self._plan.columns
        notices = add_properties(self._client, source, columns)
        there = _properties(self._client, source)
        lost = [c.name for c in columns if c.name not in there or there[c.name].type != c.type]
        if lost:
            raise NotionError(
                f"Notion accepted the properties and did not add: {', '.join(lost)}.",
                "Run again; or add them in Notion by hand.",
            )
        return notices

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
        found = _properties(self._client, self._plan.schema.data_source_id).get(name)
        if found is None:
            raise NotionError(
                f"Property '{name}' is no longer in the database.", "Was it renamed in Notion?"
            )
        return [{"id": option.id, "name": option.name} for option in found.options]
