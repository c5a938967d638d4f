"""Who edited a page last, as far as Notion tells: a page has the id alone, users have names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

OWN = "this integration"
#: No name says more about who it is than so many characters.
_LONGEST = 60


class Editor(NamedTuple):
    """Who edited a page: the id, and the name where it is known; both "" for nobody."""

    id: str = ""
    name: str = ""

    @property
    def told(self) -> str:
        """Return ``last edited by NAME``; "" for nobody."""
        return f"last edited by {self.name or f'user {self.id[:8]}'}" if self.id else ""


NOBODY = Editor()


@dataclass(frozen=True, slots=True)
class Editors:
    """The users that edited pages.

    Args:
        names: user id → name; :data:`OWN` for the integration itself. Only those that are known.
        notices: why some are not.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def of(self, user_id: str) -> Editor:
        """Return one user."""
        name = " ".join(self.names.get(user_id, "").split())
        return Editor(user_id, name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…")
