"""Rich text: checks of requests, and the text as answers have it.

Only text is emulated; mentions and equations are refused.

An answer has the address of a link unchanged, with its query and fragment. This is an assumption:
every recorded address ends in a bare ``/`` and is unchanged. The tests against the real Notion
(``tests/live``) check it.
"""

from __future__ import annotations

import re
from typing import Any

from lukhas_notion.emulator.errors import MISSING, Problems, validation
from lukhas_notion.emulator.model import COLORS, RichText

#: What happens to links; see :func:`normalise`.
LINKS = KEEP, DROP_FRAGMENT, DROP, REFUSE = ("keep", "drop-fragment", "drop", "refuse")
MAX_ITEMS = 100
MAX_CONTENT = 2000
MAX_URL = 2000

_STYLES = ("bold", "italic", "strikethrough", "underline", "code")
# Notion is said to refuse what is not an address; the rule is not recorded.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+")
_TEXT_COLORS = (*COLORS, *(f"{color}_background" for color in COLORS))


def check(value: Any, path: str, problems: Problems) -> None:
    """Add the problems of an array of rich text objects in a request."""
    if not problems.is_array(value, path, MAX_ITEMS):
        return
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        if problems.is_object(item, where):
            _check_item(item, where, problems)


def _check_item(item: dict[str, Any], path: str, problems: Problems) -> None:
    problems.only(item, ("type", "text", "annotations", "plain_text", "href"), path)
    if "type" in item:
        problems.is_one_of(item["type"], f"{path}.type", ("text",))
    text = item.get("text", MISSING)
    if text is MISSING:
        problems.add(f"{path}.text", "defined")
    elif problems.is_object(text, f"{path}.text"):
        _check_text(text, f"{path}.text", problems)
    annotations = item.get("annotations", {})
    if problems.is_object(annotations, f"{path}.annotations"):
        problems.only(annotations, (*_STYLES, "color"), f"{path}.annotations")
        for style in _STYLES:
            problems.is_boolean(annotations.get(style, False), f"{path}.annotations.{style}")
        color = annotations.get("color", "default")
        problems.is_one_of(color, f"{path}.annotations.color", _TEXT_COLORS)


def _check_text(text: dict[str, Any], path: str, problems: Problems) -> None:
    problems.only(text, ("content", "link"), path)
    if "content" not in text:
        problems.add(f"{path}.content", "defined")
    else:
        problems.is_string(text["content"], f"{path}.content", MAX_CONTENT)
    link = text.get("link")
    if link is not None and problems.is_object(link, f"{path}.link"):
        problems.only(link, ("url", "type"), f"{path}.link")
        url = link.get("url", MISSING)
        if problems.is_address(url, f"{path}.link.url", MAX_URL) and not _ADDRESS.fullmatch(url):
            problems.add(f"{path}.link.url", "a valid URL", url)


def normalise(items: list[dict[str, Any]], links: str = KEEP) -> RichText:
    """Return rich text as answers have it: without empty segments, equal styles joined.

    By default links are unchanged. Since this is an assumption for links with a fragment,
    ``links`` can be :data:`DROP_FRAGMENT`, :data:`DROP` (no links at all), or :data:`REFUSE`.

    Raises:
        ApiError: a link has a fragment, and ``links`` is :data:`REFUSE`.
    """
    segments: RichText = []
    for item in items:
        link = item["text"].get("link")
        styles = item.get("annotations", {})
        annotations = {style: styles.get(style, False) for style in _STYLES}
        annotations["color"] = styles.get("color", "default")
        content = item["text"]["content"]
        url = _kept(link["url"], links) if link else None
        last = segments[-1] if segments else None
        if not content:
            continue
        if last and last["annotations"] == annotations and last["href"] == url:
            segments[-1] = _segment(last["plain_text"] + content, url, annotations)
        else:
            segments.append(_segment(content, url, annotations))
    return segments


def _kept(url: str, links: str) -> str | None:
    address, _, fragment = url.partition("#")
    if links == REFUSE and fragment:
        raise validation("Invalid URL for link.")
    if links == DROP:
        return None
    return address if links == DROP_FRAGMENT else url


def of(text: str) -> RichText:
    """Return rich text without styles."""
    return normalise([{"text": {"content": text}}])


def plain(segments: RichText) -> str:
    """Return the text of rich text."""
    return "".join(segment["plain_text"] for segment in segments)


def _segment(content: str, url: str | None, annotations: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": url} if url else None},
        "annotations": annotations,
        "plain_text": content,
        "href": url,
    }
