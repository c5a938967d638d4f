"""What a comment says of the violations that somebody can have mended."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from lukhas_notion.manifests.violation import Violation, fixable
from lukhas_notion.report.comment_context import CommentContext
from lukhas_notion.util.sanitize import markdown_code


def fixes(found: Iterable[Violation], context: CommentContext) -> str:
    """Return how many can be mended and how, as a paragraph; "" where none can."""
    count = fixable(found)
    if not count:
        return ""
    suggested = min(context.suggested, count)
    root = f" --root {shlex.quote(context.prefix.rstrip('/'))}" if context.prefix else ""
    command = markdown_code(f"lukhas-notion validate --all --fix{root}")
    ways = [f"{suggested:,} by the suggestions in the changed files"] if suggested else []
    if count > suggested:
        ways.append(f"{count - suggested:,} by {command}")
    return f"🔧 **{count:,}** can be fixed: {', '.join(ways)}.\n\n"
