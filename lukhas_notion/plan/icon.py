"""The icon of a page: an emoji, or the address of a picture. Pure.

Notion's own icons have addresses of the form ``https://www.notion.so/icons/NAME_COLOR.svg``, and
come back as a name and a colour (recorded); here they are their addresses. An emoji of the
workspace's own and an uploaded picture cannot be written: they are told as what they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from lukhas_notion.manifests.json_values import find, quote
from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.property_spec import ConversionError, Kind
from lukhas_notion.plan.values import PropertyType, Value
from lukhas_notion.util.errors import Where, optional_text, require_object, require_text

if TYPE_CHECKING:
    import regex

#: What a report calls a page's icon, beside the names of properties.
ICON = "Page icon"
_OWN = "https://www.notion.so/icons/"
#: One sign out of the blocks that hold nothing but emoji. Most icons are one, and take no regex.
_PICTOGRAPH = re.compile(
    "[\U0001f300-\U0001f320\U0001f400-\U0001f4fc\U0001f4ff-\U0001f53d\U0001f5fb-\U0001f64f"
    "\U0001f680-\U0001f6c5\U0001f7e0-\U0001f7eb\U0001f90c-\U0001f93a\U0001f947-\U0001f9ff]"
)


@dataclass(frozen=True, slots=True)
class IconSpec:
    """Where the icons of pages come from.

    Args:
        constant: the icon of every page, "" where manifests say it.
        pointers: JSON pointers into the manifest, of which the first that is there counts.
        values: the icon for each value that manifests have there; empty where they have icons.
    """

    constant: str = ""
    pointers: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def icon(self, value: object) -> str | None:
        """Return the icon that a parsed manifest wants, None for none.

        Raises:
            ConversionError: it is no icon, or a value for which none is given.
        """
        if self.constant:
            return self.constant
        found = (each for pointer in self.pointers for each in find(value, pointer))
        pointer, got = next(found, ("", None))
        if got is None or got == "":
            return None
        text = got if isinstance(got, str) else json.dumps(got)
        if self.values:
            if text not in self.values:
                known = ", ".join(list(self.values)[:10])
                said = f"{quote(text)} has no icon; [page] icon has one for {known}"
                raise ConversionError(pointer, "mapping.icon", said)
            return self.values[text]
        if problem := icon_problem(text):
            raise ConversionError(pointer, "mapping.icon", f"{quote(text)} {problem}")
        return text


def icon_problem(text: str) -> str:
    """Return why a text is no icon, "" where it can be one."""
    if text.lower().startswith(("http://", "https://")):
        return limits.address_problem(text)
    if _PICTOGRAPH.fullmatch(text) or _emoji().fullmatch(text):
        return ""
    return "is neither one emoji nor a web address"


@cache
def _emoji() -> regex.Pattern[str]:
    """Return the form of one emoji (Unicode Technical Standard #51, section 1.4.9).

    Which of these Notion has is not known; what people see as one sign passes. The number of signs
    that are joined, and of the tags of a flag, is that of the longest that there are.
    """
    import regex  # slow to import

    sign = r"(?:\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)"
    flag = "(?:\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    keycap, letters = r"(?:[0-9#*]\ufe0f?\u20e3)", "(?:[\U0001f1e6-\U0001f1ff]{2})"
    return regex.compile(rf"{keycap}|{letters}|{flag}|{sign}(?:\u200d{sign}){{0,3}}")


class PageIcon(Kind):
    """The icon of a page, as a value beside its properties."""

    type = PropertyType.ICON
    label = "Icon"
    noun = "an icon"
    takes = "an emoji, or a web address"

    def encode(self, value: Value) -> Any:
        """Return the icon."""
        if value is None:
            return None
        if str(value).lower().startswith("http"):
            return {"type": "external", "external": {"url": value}}
        return {"type": "emoji", "emoji": value}

    def decode(self, inner: Any, where: Where) -> Value:
        """Return an emoji, an address, or what else the icon is."""
        if inner is None:
            return None
        icon = require_object(inner, where)
        kind = require_text(icon.get("type"), (where, "type"))
        if kind == "emoji":
            return require_text(icon.get(kind), (where, kind))
        given = require_object(icon.get(kind), (where, kind))
        if kind == "icon":
            return f"{_OWN}{optional_text(given, 'name')}_{optional_text(given, 'color')}.svg"
        if kind == "external":
            return require_text(given.get("url"), ((where, kind), "url"))
        return f":{optional_text(given, 'name')}:" if kind == "custom_emoji" else "a picture"
