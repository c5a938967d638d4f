"""Writing pages: what a plan says, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lukhas_notion.notion import answers
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import BodyRecord, name_hash, value_hash
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.plan.property_types import encode, equal
from lukhas_notion.plan.relations import References
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.plan.values import ApiObject, PropertyType, Value, names_of
from lukhas_notion.util.errors import InvalidRequest, OutcomeUnknown, Unavailable

if TYPE_CHECKING:
    from notion_client import Client


_REMEDY = (
    'Pages are found by title and provenance SHA instead. Write record = "off" under [provenance] '
    "in lukhas-notion.toml to do without records."
)


class Links:
    """The links of one run.

    Args:
        make: returns the link of a change's page, "" for none.
    """

    def __init__(self, make: Callable[[Change], str] = lambda _: "") -> None:
        self._make = make
        self._lock = threading.Lock()
        self._kept = False
        self._problem = ""

    @property
    def notice(self) -> str:
        """What to tell a person: why the run went on without records, "" where it did not."""
        return f"{self._problem} {_REMEDY}" if self._problem else ""

    @property
    def are_off(self) -> bool:
        """Whether Notion does not keep links, so that none is sent any more."""
        return bool(self._problem)

    def of(self, change: Change) -> str:
        """Return the link of a change's page, "" for none."""
        return "" if self._problem else self._make(change)

    def may_be_refused(self, error: InvalidRequest) -> bool:
        """Whether a write that was refused may have been refused for its link."""
        said = error.message.lower()
        return not self._kept or "link" in said or "url" in said

    def refused(self) -> None:
        """Take note that a write succeeded without its link."""
        self._stop("Notion refuses the links of provenance SHAs, so pages get no records.")

    def answered(self, sent: str, page: Page) -> None:
        """Compare an answer with the link that was sent."""
        if not sent:
            return
        if page.link == sent:
            self._kept = True
        else:
            self._stop("Notion does not keep the links of provenance SHAs: pages get no records.")

    def _stop(self, problem: str) -> None:
        with self._lock:
            self._problem = self._problem or problem


class Writer:
    """Carries out the changes of one plan; anything outside the plan is refused.

    Only mapped properties and the body that the change names, the moment of the write, and the
    provenance SHA with the page's record as its link are ever sent.

    Args:
        client: the client.
        plan: what may be written.
        mapping: what is read back.
        links: the records of pages.

    Attributes:
        made: the ids of the pages that it has created.
    """

    def __init__(
        self, client: Client, plan: Plan, mapping: PropertyMapping, links: Links | None = None
    ) -> None:
        self._client = client
        self._plan = plan
        self._mapping = mapping
        self._changes = {id(change) for change in plan.changes}
        self._parts: list[Change] = []
        self._bodies: dict[str, BodyRecord] = {}
        self._references = plan.references or References(mapping)
        self.made: set[str] = set()
        self.links = links or Links()

    def create(self, change: Change, now: datetime) -> Page:
        """Create the page of ``change`` and return it as Notion shows it.

        Raises:
            OutcomeUnknown: it was sent, and may have been done.
        """
        self._check(change, ChangeKind.CREATE)
        source = self._plan.schema.data_source_id
        body = {"markdown": change.body_text} if change.body_text else {}

        def send(link: str) -> Any:
            return self._client.pages.create(
                parent={"type": "data_source_id", "data_source_id": source},
                properties=self._properties(change, now, link),
                **_icon(change),
                **body,
            )

        sent, answer = self._with_link(change, send)
        try:
            page = self._read(answer, sent)
        except Unavailable as error:
            raise OutcomeUnknown(
                error.message, error.remedy, committed_id=answers.id_of(answer)
            ) from error
        self.made.add(page.id)
        return page

    def update(self, change: Change, now: datetime, page_id: str = "") -> Page:
        """Set the changed properties and the record of a page; return it as Notion shows it.

        ``page_id`` is for a create whose page turned out to be there already.
        """
        self._check(change, *((ChangeKind.CREATE,) if page_id else _UPDATES))

        def send(link: str) -> Any:
            return self._client.pages.update(
                page_id or change.page_id,
                properties=self._properties(change, now, link),
                **_icon(change),
            )

        sent, answer = self._with_link(change, send)
        return self._read(answer, sent)

    def replace_body(self, change: Change, page_id: str) -> str:
        """Replace the body of a page, and return it as Notion gives it back.

        Nothing is asked for that deletes pages below it: Notion refuses to replace their body.
        """
        self._check(change, ChangeKind.CREATE, *_UPDATES)
        answer = self._client.pages.update_markdown(
            page_id, type="replace_content", replace_content={"new_str": change.body_text}
        )
        return answers.body(answer)

    def record_body(self, change: Change, page_id: str, given: str | None) -> Page | None:
        """Write into a page's record what its body is now; None where pages have no records.

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
        properties = self._properties(written, None, sent)
        return self._read(self._client.pages.update(page_id, properties=properties), sent)

    def part(self, change: Change, names: Collection[str], page_id: str = "") -> Change:
        """Return the part of a planned change that sends these properties.

        What it leaves out is recorded as it is held, so that a run that is cut off after this part
        leaves no page that seems to have been edited. With ``page_id`` it is an update of a page
        that the other part has written.
        """
        self._check(change, change.kind)
        sent = tuple(p for p in change.properties if p.name in names)
        applied = dict(change.applied)
        if page_id:
            body = self._bodies.get(page_id, change.body)
            made = replace(
                change, kind=ChangeKind.UPDATE, page_id=page_id, properties=sent, body=body
            )
        else:
            left = (p for p in change.properties if p.name not in names)
            applied |= {name_hash(p.name): value_hash(p.type, p.before) for p in left}
            made = replace(change, properties=sent, applied=applied)
        self._parts.append(made)
        self._changes.add(id(made))
        return made

    def restore(self, change: Change) -> Page:
        """Take a page out of the trash and return it as Notion shows it."""
        self._check(change, ChangeKind.RESTORE)
        return self._trash(change.page_id, in_trash=False)

    def archive(self, change: Change) -> Page:
        """Move a page to the trash, where people can restore it, and return it as Notion shows it.

        ``in_trash`` is the word since API version 2026-03-11; the older ``archived`` is refused.
        """
        self._check(change, ChangeKind.ARCHIVE)
        return self._trash(change.page_id, in_trash=True)

    def withdraw(self, page_id: str) -> Page:
        """Move a page to the trash that this writer has made, beside another run's."""
        if page_id not in self.made:
            raise RuntimeError(f"{page_id}: a page that this run has not made")
        return self._trash(page_id, in_trash=True)

    def _trash(self, page_id: str, *, in_trash: bool) -> Page:
        return self._read(self._client.pages.update(page_id, in_trash=in_trash), "")

    def _read(self, answer: object, sent: str) -> Page:
        page = answers.page(answer, self._mapping.types, self._mapping.sha.name)
        self.links.answered(sent, page)
        return page

    def _with_link(self, change: Change, send: Callable[[str], Any]) -> tuple[str, Any]:
        """Return what was sent as link, and the answer; a write refused for it goes without."""
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
        """Return a value as it is encoded: a relation's with ids in the place of names."""
        if change.name not in self._references.all:
            return change.after
        ids = self._references.ids(change.name, names_of(change.after))
        if lost := [name for name, page_id in ids.items() if page_id is None]:
            raise RuntimeError(f"{change.name}: {lost[0]} has no page yet")
        return tuple(filter(None, ids.values()))

    def _properties(self, change: Change, now: datetime | None, link: str) -> dict[str, ApiObject]:
        sent = {
            p.name: encode(p.type, self._as_sent(p))
            for p in change.properties
            if p.type.is_property
        }
        stamp = self._mapping.now
        if stamp is not None and now is not None and change.properties:
            sent[stamp.name] = encode(stamp.type, now.isoformat(timespec="milliseconds"))
        # Always, so that no record stays that tells of values sent before.
        text: ApiObject = {"content": change.sha, **({"link": {"url": link}} if link else {})}
        sent[self._mapping.sha.name] = {"rich_text": [{"type": "text", "text": text}]}
        return sent


def _icon(change: Change) -> dict[str, Any]:
    """Return the page's icon as it is sent beside the properties, where it is changed."""
    icon = next((p for p in change.properties if p.type is PropertyType.ICON), None)
    return dict(encode(icon.type, icon.after)) if icon else {}


_UPDATES = (ChangeKind.UPDATE, ChangeKind.ADOPT, ChangeKind.RESTORE)


def mismatched_properties(change: Change, page: Page) -> list[str]:
    """Return the names of the properties that Notion shows otherwise than ``change`` set them."""
    return [
        p.name
        for p in change.properties
        if p.type is not PropertyType.BODY
        and (p.name not in page.values or not equal(p.type, page.values[p.name], p.after))
    ]
