"""The text of a review's comment that offers to put a canonical name in a synonym's place."""

from __future__ import annotations

from lukhas_notion.manifests.json_edit import Edit
from lukhas_notion.manifests.line_edits import Block
from lukhas_notion.util.sanitize import markdown_code, markdown_suggestion, visible_block

_LONGEST = 8_000
_NAMED = 10


def suggestion(block: Block) -> str | None:
    """Return the comment's text; None where no suggestion can say what is to be done.

    That is where the lines have, or had, a character that would not be seen, or are longer than
    anybody reads in a comment: a file that is all one line.
    """
    if any(visible_block(line) != line for line in block.old):
        return None
    offered = markdown_suggestion("\n".join(block.new))
    if offered is None or len(offered) > _LONGEST:
        return None
    said = [f"- {_said(edit)}" for edit in block.edits[:_NAMED]]
    if len(block.edits) > _NAMED:
        said.append(f"- … and {len(block.edits) - _NAMED} more")
    return "\n".join([*said, "", offered])


def _said(edit: Edit) -> str:
    name = markdown_code(edit.after)
    if not edit.asked:
        return f"{name} is there already."
    there = ", which is there already" if edit.removes else ""
    return f"{markdown_code(edit.before)} is {name} in the vocabulary{there}."
