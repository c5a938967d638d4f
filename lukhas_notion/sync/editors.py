"""Names who edited the pages of which a plan tells an edit; where it tells none, nothing is asked.

A page has the id of its editor alone, and each different one takes a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lukhas_notion.plan.editors import OWN, Editors
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.sync.prefetch import Prefetch
from lukhas_notion.util.errors import NotionError
from lukhas_notion.util.text import counted


def with_editors(plan: Plan, pages: Iterable[Page], prefetch: Prefetch) -> tuple[Plan, Editors]:
    """Return the plan with who edited the pages whose edits it tells, and these users."""
    told = {change.page_id for change in plan.changes if change.drift or change.overwrites}
    by_page = {page.id: page.editor for page in pages if page.id in told} if told else {}
    if not any(by_page.values()):
        return plan, Editors()
    editors = read_editors(prefetch, by_page.values())
    changes = (
        replace(change, editor=editors.of(by_page[change.page_id]))
        if change.page_id in by_page
        else change
        for change in plan.changes
    )
    return replace(plan, changes=tuple(changes)), editors


def read_editors(prefetch: Prefetch, user_ids: Iterable[str]) -> Editors:
    """Return who users are, in one request for each, and one more where Notion hides some.

    It raises nothing: that somebody has no name is no reason to fail, and is said in a notice.
    """
    asked = sorted({*user_ids} - {""})
    try:
        users = prefetch.users_by_id(asked)
    except NotionError as error:
        return Editors(notices=(f"{_unnamed(asked)}: {error.message}",))
    names = {each.id: OWN if each.is_own else each.name for each in users.values()}
    hidden = [each for each in asked if not names.get(each)]
    if hidden and (me := prefetch.me()) in hidden:
        names[me] = OWN
        hidden.remove(me)
    if not hidden:
        return Editors(names)
    said = (
        f"{_unnamed(hidden)}: it names members and guests, and only to an integration that may "
        "read user information (its settings, under Capabilities)."
    )
    return Editors(names, (said,))


def _unnamed(user_ids: Sequence[str]) -> str:
    return f"Notion does not name {counted(len(user_ids), 'editor')}"
