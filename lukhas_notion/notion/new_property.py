"""A new property, as Notion's API takes it."""

from __future__ import annotations

from typing import Any

from lukhas_notion.plan.options import PropertyAddition
from lukhas_notion.plan.values import PropertyType


def configuration(addition: PropertyAddition) -> dict[str, Any]:
    """Return a new property as ``databases.create`` and ``data_sources.update`` take it."""
    kind = addition.type
    if kind.has_options:
        listed = [{"name": name, "color": color} for name, color in addition.options]
        return {"type": kind.value, kind.value: {"options": listed}}
    settings = {"format": "number"} if kind is PropertyType.NUMBER else {}
    return {"type": kind.value, kind.value: settings}
