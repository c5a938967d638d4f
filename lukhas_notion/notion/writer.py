"""Write pages, properties and options: only those that a plan contains."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lukhas_notion.notion import answers
from lukhas_notion.plan.database import Option, OptionChange, Page, PropertyAddition, PropertySchema
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import BodyRecord, name_hash, value_hash
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.plan.property_types import configuration, encode, equal
from lukhas_notion.plan.relations import References
from lukhas_notion.plan.values import MAX_OPTIONS, ApiObject, PropertyType, Value, names_of
from lukhas_notion.util.errors import (
    InvalidRequest,
    NotFound,
    NotionError,
    OutcomeUnknown,
    Unavailable,
)
from lukhas_notion.util.text import fold

if TYPE_CHECKING:
    from notion_client import Client


_REMEDY = (
    'Pages are found by title and provenance SHA instead. Write record = "off" under [provenance] '
    "in lukhas-notion.toml to do without records."
)


class Links:
    """The links that hold the records of pages, in one run; off once Notion does not keep them.

    Args:
        make: returns the link of a change's page, "" for none.

    Attributes:
        notice: why the run goes on without records, and the remedy; "" where it has records.
    """

    def __init__(self, make: Callable[[Change], str] = lambda _: "") -> None:
        self._make = make
        self._kept = False
        self.notice = ""

    @property
    def are_off(self) -> bool:
        """Whether no link is sent any more, because Notion does not keep them."""
        return bool(self.notice)

    def of(self, change: Change) -> str:
        """Return the link of a change's page, "" for none."""
        return "" if self.are_off else self._make(change)

    def may_be_refused(self, error: InvalidRequest) -> bool:
        """Return whether Notion may have refused a write because of its link."""
        message = error.message.lower()
        return not self._kept or "link" in message or "url" in message

    def refused(self) -> None:
        """Record that a write succeeded without its link, and failed with it."""
        self.notice = f"Notion refuses links of provenance SHAs: pages get no records. {_REMEDY}"

    def answered(self, sent: str, page: Page) -> None:
        """Compare the page in an answer with the link that was sent."""
        if sent and page.link == sent:
            self._kept = True
        elif sent:
            self.notice = (
                f"Notion keeps no links of provenance SHAs: pages get no records. {_REMEDY}"
            )


class Writer:
    """Applies the page changes of one plan; a change outside the plan is a RuntimeError.

    It sends the mapped properties and the body that the change names, the time of the write, and
    the provenance SHA with the page's record as its link; nothing else.

    Args:
        client: the client.
        plan: the changes that may be written.
        mapping: the properties that are read from the answers.
        links: the records of pages.

    Attributes:
        created: the ids of the pages that it has created.
    """

    def __init__(
        self, client: Client, plan: Plan, mapping: PropertyMapping, links: Links | None = None
    ) -> None:
        self._client = client
        self._plan = plan
        self._mapping = mapping
        # By id, which is unique only as long as the change lives.
        self._changes = {id(change): change for change in plan.changes}
        self._bodies: dict[str, BodyRecord] = {}
        self._references = plan.references or References(mapping)
        self.created: set[str] = set()
        self.links = links or Links()

    def create(self, change: Change, now: datetime) -> Page:
        """Create the page of ``change`` and return it as Notion shows it.

        Raises:
            OutcomeUnknown: the request was sent, and the page may exist.
        """
        self._check(change, ChangeKind.CREATE)
        source = self._plan.schema.data_source_id
        body = {"markdown": change.body_text} if change.body_text else {}

        def send(link: str) -> Any:
            return self._client.pages.create(
                parent={"type": "data_source_id", "data_source_id": source},
                **self._content(change, now, link),
                **body,
            )

        sent, answer = self._with_link(change, send)
        try:
            page = self._read(answer, sent)
        except Unavailable as error:
            raise OutcomeUnknown(
                error.message, error.remedy, committed_id=answers.id_of(answer)
            ) from error
        self.created.add(page.id)
        return page

    def update(self, change: Change, now: datetime, page_id: str = "") -> Page:
        """Set the changed properties and the record of a page; return it as Notion shows it.

        ``page_id`` is for a create whose page already exists.
        """
        self._check(change, *((ChangeKind.CREATE,) if page_id else _UPDATES))

        def send(link: str) -> Any:
            content = self._content(change, now, link)
            return self._client.pages.update(page_id or change.page_id, **content)

        sent, answer = self._with_link(change, send)
        return self._read(answer, sent)

    def replace_body(self, change: Change, page_id: str) -> str:
        """Replace the body of a page, and return it as Notion gives it back.

        The request does not allow the deletion of child pages, so Notion refuses to replace the
        body of a page that has any.
        """
        self._check(change, ChangeKind.CREATE, *_UPDATES)
        answer = self._client.pages.update_markdown(
            page_id, type="replace_content", replace_content={"new_str": change.body_text}
        )
        return answers.body(answer)

    def record_body(self, change: Change, page_id: str, given: str | None) -> Page | None:
        """Write the current body into a page's record; return None where pages have no records.

        ``given`` is the body as Notion gave it back, None where Notion refused to write it.
        """
        self._check(change, ChangeKind.CREATE, *_UPDATES)
        if change.body is None or not self.links.of(change):
            return None
        body = change.body_before if given is None else change.body.written(given)
        if body is not None:
            self._bodies[page_id] = body
        written = replace(change, properties=(), body=body)
        sent = self.links.of(written)
        content = self._content(written, None, sent)
        return self._read(self._client.pages.update(page_id, **content), sent)

    def part(self, change: Change, names: Collection[str], page_id: str = "") -> Change:
        """Return the part of a planned change that sends these properties.

        The record has the held values of the properties that are left out. So a page does not seem
        to have been edited when the run ends after this part. With ``page_id`` the part is an
        update of a page that the other part has written.
        """
        self._check(change, change.kind)
        sent = tuple(p for p in change.properties if p.name in names)
        if page_id:
            body = self._bodies.get(page_id, change.body)
            part = replace(
                change, kind=ChangeKind.UPDATE, page_id=page_id, properties=sent, body=body
            )
        else:
            left = (p for p in change.properties if p.name not in names)
            held = {name_hash(p.name): value_hash(p.type, p.before) for p in left}
            part = replace(change, properties=sent, applied={**change.applied, **held})
        self._changes[id(part)] = part
        return part

    def restore(self, change: Change) -> Page:
        """Take a page out of the trash and return it as Notion shows it."""
        self._check(change, ChangeKind.RESTORE)
        return self._read(self._client.pages.update(change.page_id, in_trash=False), "")

    def archive(self, change: Change) -> Page:
        """Move a page to the trash and return it as Notion shows it."""
        self._check(change, ChangeKind.ARCHIVE)
        return self._read(self._client.pages.update(change.page_id, in_trash=True), "")

    def withdraw(self, page_id: str) -> Page:
        """Move a page to the trash that this writer created while another run did the same."""
        if page_id not in self.created:
            raise RuntimeError(f"{page_id}: a page that this run has not created")
        return self._read(self._client.pages.update(page_id, in_trash=True), "")

    def _read(self, answer: object, sent: str) -> Page:
        page = answers.page(answer, self._mapping.types, self._mapping.sha.name)
        self.links.answered(sent, page)
        return page

    def _with_link(self, change: Change, send: Callable[[str], Any]) -> tuple[str, Any]:
        """Send with a link, or without it where Notion refuses it; return link and answer."""
        link = self.links.of(change)
        try:
            return link, send(link)
        except InvalidRequest as error:
            if not link or not self.links.may_be_refused(error):
                raise
            try:
                answer = send("")
            except InvalidRequest:
                raise error from None
            self.links.refused()
            return "", answer

    def _check(self, change: Change, *kinds: ChangeKind) -> None:
        if id(change) not in self._changes or change.kind not in kinds:
            raise RuntimeError(f"{change.module}: a {change.kind} that is not in the plan")

    def _as_sent(self, change: PropertyChange) -> Value:
        """Return the value to encode: for a relation, ids instead of names."""
        if change.name not in self._references.all:
            return change.after
        ids = self._references.ids(change.name, names_of(change.after))
        if lost := [name for name, page_id in ids.items() if page_id is None]:
            raise RuntimeError(f"{change.name}: {lost[0]} has no page yet")
        return tuple(filter(None, ids.values()))

    def _content(self, change: Change, now: datetime | None, link: str) -> dict[str, Any]:
        """Return the arguments of a request that sets properties, icon and record."""
        properties = (p for p in change.properties if p.type.is_property)
        sent = {p.name: encode(p.type, self._as_sent(p)) for p in properties}
        stamp = self._mapping.now
        if stamp is not None and now is not None and change.properties:
            sent[stamp.name] = encode(stamp.type, now.isoformat(timespec="milliseconds"))
        # Always sent, so that the record never describes values of an earlier write.
        text: ApiObject = {"content": change.sha, **({"link": {"url": link}} if link else {})}
        sent[self._mapping.sha.name] = {"rich_text": [{"type": "text", "text": text}]}
        icons = (encode(p.type, p.after) for p in change.properties if p.type is PropertyType.ICON)
        return {"properties": sent, **next(icons, {})}


_UPDATES = (ChangeKind.UPDATE, ChangeKind.ADOPT, ChangeKind.RESTORE)


def mismatched_properties(change: Change, page: Page) -> list[str]:
    """Return the names of the properties whose values in Notion differ from ``change``."""
    return [
        p.name
        for p in change.properties
        if p.type is not PropertyType.BODY
        and (p.name not in page.values or not equal(p.type, page.values[p.name], p.after))
    ]


def add_properties(client: Client, source: str, additions: Sequence[PropertyAddition]) -> list[str]:
    """Add properties to a data source; return notices for the user.

    A relation is two-way, or one-way where Notion refuses that. Each relation has its own request,
    so that the others do not depend on it.
    """
    relations = [added for added in additions if added.type is PropertyType.RELATION]
    if plain := {p.name: _described(p) for p in additions if p not in relations}:
        client.data_sources.update(source, properties=plain)
    return [notice for added in relations for notice in _add_relation(client, source, added)]


def _described(addition: PropertyAddition) -> dict[str, Any]:
    return configuration(replace(addition.spec, target=addition.related), addition.options)


def _add_relation(client: Client, source: str, addition: PropertyAddition) -> Iterator[str]:
    """Add a relation, and yield a notice for each difference from its specification."""
    name, two_way = addition.name, _described(addition)
    try:
        client.data_sources.update(source, properties={name: two_way})
    except (InvalidRequest, Unavailable) as error:
        # It may exist all the same; and a data source may not allow a two-way relation to itself.
        if name not in _properties(client, source):
            one_way = {"data_source_id": addition.related, "type": "single_property"}
            described = {"type": "relation", "relation": {**one_way, "single_property": {}}}
            client.data_sources.update(source, properties={name: described})
            yield f"'{name}' is a one-way relation, because Notion refuses a two-way one: {error}"
            return
    current = _properties(client, source).get(name)
    wanted = addition.spec.synced
    if current and current.synced and wanted not in ("", current.synced):
        try:
            client.data_sources.update(
                addition.related, properties={current.synced: {"name": wanted}}
            )
        except (InvalidRequest, NotFound) as error:
            yield (
                f"The other side of '{name}' is called '{current.synced}', not '{wanted}': {error}"
            )


def _properties(client: Client, source: str) -> Mapping[str, PropertySchema]:
    return answers.schema(client.data_sources.retrieve(source)).properties


class SchemaWriter:
    """Applies the changes of one plan to the data source; others are a RuntimeError.

    Args:
        client: the client.
        plan: the changes that may be written.
    """

    def __init__(self, client: Client, plan: Plan) -> None:
        self._client = client
        self._plan = plan
        self._source = plan.schema.data_source_id

    def add_columns(self) -> list[str]:
        """Add the properties that the database lacks; return notices for the user.

        Raises:
            NotionError: one of them was not added.
        """
        columns = self._plan.columns
        notices = add_properties(self._client, self._source, columns)
        current = _properties(self._client, self._source)
        lost = [c.name for c in columns if c.name not in current or current[c.name].type != c.type]
        if lost:
            raise NotionError(
                f"Notion accepted the properties and did not add: {', '.join(lost)}.",
                "Run again; or add them in Notion by hand.",
            )
        return notices

    def set_options(self, change: OptionChange) -> None:
        """Add and remove the options of ``change``, then read them back.

        Existing options are read first and sent by id alone, so that neither name nor colour can
        change. Notion removes options that a PATCH does not name.

        Raises:
            NotionError: options were added in Notion meanwhile, and they no longer all fit into
                one request; or Notion accepted the request and did not apply it.
        """
        if not any(change is planned for planned in self._plan.options):
            raise RuntimeError("an option change that is not in the plan")
        before = self._options(change.property_name)
        removed = {removal.name for removal in change.remove}
        kept = [option for option in before if option.name not in removed]
        existing = {fold(option.name, case=True) for option in kept}
        new = [(name, color) for name, color in change.add if fold(name, case=True) not in existing]
        if new or len(kept) < len(before):
            listed = [
                *({"id": option.id} for option in kept),
                *({"name": name, "color": color} for name, color in new),
            ]
            if len(listed) > MAX_OPTIONS:
                raise NotionError(
                    f"'{change.property_name}' now has {len(before)} options: with the planned "
                    f"ones they are {len(listed)}, and Notion accepts {MAX_OPTIONS} in a request.",
                    "Run again: the plan is then made with the options that exist now.",
                )
            self._client.data_sources.update(
                self._source,
                properties={change.property_name: {change.type.value: {"options": listed}}},
            )
            expected = {option.name for option in kept} | {name for name, _ in new}
            stored = {option.name for option in self._options(change.property_name)}
            if wrong := (expected - stored) | (removed & stored):
                raise NotionError(
                    f"Notion accepted the options of '{change.property_name}' and did not store "
                    f"them: {', '.join(map(repr, sorted(wrong)[:5]))}.",
                    "Try again; a property takes at most 100 options in one request.",
                )

    def _options(self, name: str) -> Sequence[Option]:
        current = _properties(self._client, self._source).get(name)
        if current is None:
            raise NotionError(
                f"Property '{name}' is no longer in the database.", "Was it renamed in Notion?"
            )
        return current.options
