"""Writing Notion: what a plan says, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lukhas_notion.notion import answers
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.options import MAX_LISTED, OptionChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.plan.property_types import configuration, encode, equal
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.plan.values import ApiObject, PropertyType
from lukhas_notion.util.errors import InvalidRequest, NotionError, OutcomeUnknown, Unavailable
from lukhas_notion.util.fold import fold

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

    def record_body(self, change: Change, page_id: str, given: str) -> Page | None:
        """Write into a page's record what its body is now; None where pages have no records."""
        self._check(change, ChangeKind.CREATE, *_UPDATES)
        if change.body is None or not self.links.of(change):
            return None
        written = replace(change, properties=(), body=change.body.written(given))
        sent = self.links.of(written)
        properties = self._properties(written, None, sent)
        return self._read(self._client.pages.update(page_id, properties=properties), sent)

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

    def add_columns(self) -> None:
        """Add the properties that the database lacks, in one request, and read back.

        What a request does not name Notion leaves alone.

        Raises:
            NotionError: Notion accepted the request and did not do it.
        """
        source, columns = self._plan.schema.data_source_id, self._plan.columns
        self._client.data_sources.update(
            source,
            properties={each.name: configuration(each.spec, each.options) for each in columns},
        )
        there = answers.schema(self._client.data_sources.retrieve(source)).properties
        lost = [c.name for c in columns if c.name not in there or there[c.name].type != c.type]
        if lost:
            raise NotionError(
                f"Notion accepted the properties and did not add: {', '.join(lost)}.",
                "Run again; or add them in Notion by hand.",
            )

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

    def _check(self, change: Change, *kinds: ChangeKind) -> None:
        if id(change) not in self._changes or change.kind not in kinds:
            raise RuntimeError(f"{change.module}: a {change.kind} that is not in the plan")

    def _properties(self, change: Change, now: datetime | None, link: str) -> dict[str, ApiObject]:
        sent = {p.name: encode(p.type, p.after) for p in change.properties if p.type.is_property}
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
