"""Relations: a two-way relation has a counterpart property in the other data source.

Both sides of a relation are stored. Answers omit related pages that the integration cannot see
(in the trash, deleted, not shared, or moved to another data source); they stay stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import richtext
from lukhas_notion.emulator.errors import MISSING, ApiError, Problems, validation
from lukhas_notion.emulator.ids import with_hyphens
from lukhas_notion.emulator.model import DataSource, Page, Property, Relation
from lukhas_notion.emulator.workspace import Workspace

SHOWN = 25
"""The largest number of related pages in the answer for a page (recorded)."""
MAX_PER_REQUEST = 100
KINDS = ("single_property", "dual_property")
PENDING = ""
"""The id of a counterpart that :func:`connected` must still create."""


def check_settings(settings: dict[str, Any], path: str, problems: Problems) -> None:
    """Add the problems of a relation in a schema."""
    problems.only(settings, ("data_source_id", "type", *KINDS), path)
    target = settings.get("data_source_id", MISSING)
    if not (isinstance(target, str) and with_hyphens(target)):
        problems.add(f"{path}.data_source_id", _should_be_id(target), target)
    kind = problems.only_one(settings, KINDS, path)
    # No recorded request names the counterpart.
    if kind and problems.is_object(settings[kind], f"{path}.{kind}"):
        problems.only(settings[kind], (), f"{path}.{kind}")


def check_references(value: Any, path: str, problems: Problems, also: tuple[str, ...] = ()) -> None:
    """Add the problems in the shape of a list of pages or users, named by id, in a request."""
    if not problems.is_array(value, path, MAX_PER_REQUEST):
        return
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        if not problems.is_object(item, where):
            continue
        problems.only(item, ("id", *also), where)
        sent = item.get("id", MISSING)
        if not (isinstance(sent, str) and with_hyphens(sent)):
            problems.add(f"{where}.id", _should_be_id(sent), sent)


def configured(known: Property, settings: dict[str, Any]) -> Relation:
    """Return the relation of a property for checked settings."""
    target = with_hyphens(settings["data_source_id"]) or ""
    before = known.relation
    if "single_property" in settings:
        return Relation(target)
    if before is not None and before.synced_id and before.data_source_id == target:
        return before
    return Relation(target, PENDING)


def connected(
    workspace: Workspace, source: DataSource, before: Iterable[Property] = ()
) -> list[DataSource]:
    """Return a changed data source and every other one that changes with it.

    A relation that becomes two-way gets a counterpart. If a relation is no longer two-way, its
    counterpart stays and becomes one-way.

    Args:
        workspace: the workspace.
        source: the data source with its new properties.
        before: its old properties.

    Raises:
        ApiError: a target does not exist, or the counterpart's name is taken.
    """
    changed = {source.id: source}
    relations = {column.id: column.relation for column in before}
    now = {column.id: column.relation for column in source.properties}
    for column_id, was in relations.items():
        if was is not None and was.synced_id and now.get(column_id) != was:
            _disconnect(workspace, changed, was)
    for column in source.properties:
        if column.relation is not None and column.relation != relations.get(column.id):
            _connect(workspace, changed, source.id, column)
    return list(changed.values())


def written(workspace: Workspace, column: Property, sent: list[dict[str, Any]]) -> list[str]:
    """Return the page ids of a checked value.

    Raises:
        ApiError: a page does not exist or is not shared (404), is in the trash, is in another data
            source, or is named twice. Notion's texts for the last three are not recorded.
    """
    page_ids: list[str] = []
    for item in sent:
        page = workspace.page(with_hyphens(item["id"]) or "")
        assert column.relation is not None  # noqa: S101 - every relation column has a target
        if page.in_trash or page.parent_id != column.relation.data_source_id:
            raise validation(f"{column.name}: page {page.id} is not a page of the related source.")
        if page.id in page_ids:
            raise validation(f"{column.name}: page {page.id} is named twice.")
        page_ids.append(page.id)
    return page_ids


def related(workspace: Workspace, page: Page, column: Property) -> list[Page]:
    """Return the related pages of a page that the integration can see."""
    assert column.relation is not None  # noqa: S101 - every relation column has a target
    known = (workspace.store.pages.get(target) for target in page.values.get(column.id) or ())
    return [
        target
        for target in known
        if target is not None
        and target.parent_id == column.relation.data_source_id
        and not target.in_trash
        and workspace.is_shared(target)
    ]


def with_counterparts(
    workspace: Workspace, before: Page | None, after: Page, columns: Iterable[Property]
) -> list[Page]:
    """Return a changed page and every page on the other side of its two-way relations."""
    changed = {after.id: after}
    for column in columns:
        if column.relation is None or not column.relation.synced_id:
            continue
        old = (before.values.get(column.id) if before else None) or []
        new = after.values.get(column.id) or []
        for target_id in [
            page_id for page_id in (*old, *new) if (page_id in old) != (page_id in new)
        ]:
            target = changed.get(target_id) or workspace.store.pages.get(target_id)
            if target is not None:
                other = column.relation.synced_id
                changed[target_id] = _joined(target, other, after.id, joins=target_id in new)
    return list(changed.values())


def _joined(page: Page, column_id: str, other: str, *, joins: bool) -> Page:
    kept = [page_id for page_id in page.values.get(column_id) or [] if page_id != other]
    return replace(page, values={**page.values, column_id: [*kept, *([other] if joins else [])]})


def _disconnect(workspace: Workspace, changed: dict[str, DataSource], was: Relation) -> None:
    other = changed.get(was.data_source_id) or workspace.store.data_sources.get(was.data_source_id)
    counterpart = other and other.find(was.synced_id or "")
    if other and counterpart and counterpart.relation:
        alone = replace(counterpart, relation=replace(counterpart.relation, synced_id=None))
        changed[other.id] = replace(other, properties=other.with_property(alone))


def _connect(
    workspace: Workspace, changed: dict[str, DataSource], source_id: str, column: Property
) -> None:
    assert column.relation is not None  # noqa: S101 - the caller has checked it
    target_id = column.relation.data_source_id
    target = changed.get(target_id) or workspace.data_source(target_id)
    if column.relation.synced_id != PENDING:
        return
    if target_id == source_id and not workspace.assumed.two_way_self:
        raise ApiError(500, "internal_server_error", "Unexpected error occurred.")
    source = changed[source_id]
    name = f"Related to {richtext.plain(source.title)} ({column.name})"
    if target.find(name) is not None:
        raise validation(f"A property with the name {name} already exists.")
    taken = [column.id for column in (*target.properties, *source.properties)]
    counterpart = Property(
        workspace.ids.new_property(taken),
        name,
        "relation",
        relation=Relation(source_id, column.id),
    )
    changed[target_id] = replace(target, properties=(*target.properties, counterpart))
    source = changed[source_id]
    synced = replace(column, relation=Relation(target_id, counterpart.id))
    changed[source_id] = replace(source, properties=source.with_property(synced))


def _should_be_id(sent: Any) -> str:
    return "defined" if sent is MISSING else "a valid uuid"
