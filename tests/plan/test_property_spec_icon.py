"""The icon of a page: what can be one, what a manifest wants, and what Notion answers."""

from __future__ import annotations

from typing import Any

import pytest

from lukhas_notion.plan.property_spec import (
    _PICTOGRAPH,
    ConversionError,
    IconSpec,
    _emoji,
    icon_problem,
)
from lukhas_notion.plan.property_types import equal, kind_of
from lukhas_notion.plan.values import PropertyType

KIND = kind_of(PropertyType.ICON)


@pytest.mark.parametrize(
    "text",
    [
        "📦",
        "7️⃣",
        "👩🏽‍🚀",
        "👩🏻‍❤️‍💋‍👩🏼",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "❤️‍🔥",
        "🇪🇺",
        "❤️",
        "©",
        "ℹ️",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "https://e.example/i.png",
        "HTTP://e.example/i",
    ],
)
def test_what_is_an_icon(text: str) -> None:
    """One emoji, however many characters it is made of, or a web address."""
    assert icon_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither"),
        ("A", "neither"),
        ("7", "neither"),
        ("📦📦", "neither"),
        ("🇪", "neither"),
        ("🇪🇺🇩🇪", "neither"),
        ("📦x", "neither"),
        ("📦 ", "neither"),
        ("📦\u200d", "neither"),
        ("📦" + "\ufe0f" * 2, "neither"),
        ("📦" + "\u0301" * 500, "neither"),
        ("👩" + "\U0001f3fb" * 2, "neither"),
        ("🏴\U000e0067\U000e0062", "neither"),
        ("\u200d".join("👩" * 5), "neither"),
        ("°", "neither"),
        ("https://e.example/%00", "not a web address"),
        ("https://e.example/\x01", "not a web address"),
        ("https://?", "not a web address"),
        ("icons/i.png", "neither"),
        ("https://e.example/a b", "not a web address"),
        ("https://e.example/" + "x" * 2_000, "longer than"),
    ],
)
def test_what_is_none(text: str, said: str) -> None:
    """Notion would refuse it at the page's write; here it is refused before."""
    assert said in icon_problem(text)


def test_what_is_taken_for_an_emoji_at_sight_is_one() -> None:
    """The blocks that are looked at first hold no sign that Unicode does not call pictographic."""
    quick = [char for char in map(chr, range(0x1F300, 0x20000)) if _PICTOGRAPH.fullmatch(char)]
    assert len(quick) > 500
    assert all(_emoji().fullmatch(char) for char in quick)


TIERS = IconSpec("", ("/tier",), {"1": "🔴", "true": "🟡", "low": "🟢"})


@pytest.mark.parametrize(
    ("spec", "manifest", "icon"),
    [
        (IconSpec("📦"), {}, "📦"),
        (TIERS, {"tier": 1}, "🔴"),
        (TIERS, {"tier": True}, "🟡"),
        (TIERS, {"tier": "low"}, "🟢"),
        (TIERS, {}, None),
        (TIERS, {"tier": ""}, None),
        (IconSpec("", ("/a", "/b")), {"b": "https://e.example/i.png"}, "https://e.example/i.png"),
    ],
)
def test_what_a_manifest_wants(spec: IconSpec, manifest: dict[str, Any], icon: str | None) -> None:
    """The icon is constant, given for the manifest's value, or the value itself."""
    assert spec.icon(manifest) == icon


@pytest.mark.parametrize(
    ("spec", "manifest"), [(TIERS, {"tier": 9}), (IconSpec("", ("/a",)), {"a": "box"})]
)
def test_a_value_without_an_icon_is_told(spec: IconSpec, manifest: dict[str, Any]) -> None:
    """A slip in a manifest takes no icon away."""
    with pytest.raises(ConversionError) as caught:
        spec.icon(manifest)
    assert caught.value.rule == "mapping.icon"


ANSWERS: list[tuple[Any, Any]] = [
    (None, None),
    ({"type": "emoji", "emoji": "📦"}, "📦"),
    (
        {"type": "external", "external": {"url": "https://e.example/i.png"}},
        "https://e.example/i.png",
    ),
    (
        {"type": "icon", "icon": {"name": "snake", "color": "purple"}},
        "https://www.notion.so/icons/snake_purple.svg",
    ),
    ({"type": "custom_emoji", "custom_emoji": {"id": "1", "name": "logo"}}, ":logo:"),
    ({"type": "file", "file": {"url": "https://files.example/x"}}, "a picture"),
]


@pytest.mark.parametrize(("answer", "icon"), ANSWERS)
def test_what_notion_answers(answer: Any, icon: str | None) -> None:
    """An icon is read as it would be written, one of Notion's own by its address."""
    assert KIND.decode(answer, "page p: icon") == icon
    if answer is not None and answer["type"] in ("emoji", "external"):
        assert KIND.encode(icon) == answer


def test_an_icon_of_the_same_name_is_the_same() -> None:
    """What was sent as an address is equal to the name and colour that come back."""
    sent = "https://www.notion.so/icons/snake_purple.svg"
    back = KIND.decode({"type": "icon", "icon": {"name": "snake", "color": "purple"}}, "p")
    assert equal(PropertyType.ICON, sent, back)
    assert KIND.encode(None) is None
