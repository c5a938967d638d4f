"""What a stranger wrote, made safe for each place it goes to: one function a place.

Manifests, file names, vocabularies and pages in Notion are data. On their way to a terminal, a
CI log, Markdown or HTML they must come out as the same characters and as nothing else: no
command, no link, no mention, no formatting, no character that hides or reorders its neighbours.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters that are invisible, reorder text, or steer a terminal: shown by their number.
_HIDDEN = {
    *range(0x20),
    *range(0x7F, 0xA0),
    0x00AD,
    0x034F,
    0x061C,
    0x115F,
    0x1160,
    0x17B4,
    0x17B5,
    *range(0x180B, 0x180F),
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0x3164,
    0xFEFF,
    0xFFA0,
    *range(0xFFF9, 0xFFFC),
    *range(0xD800, 0xE000),
    *range(0xE0000, 0xE0080),
}
#: Joiners that emoji and several scripts are written with; harmless between visible characters.
_JOINERS = {0x200C, 0x200D}
_VISIBLE = {code: f"\\u{{{code:x}}}" for code in _HIDDEN - _JOINERS}
_VISIBLE_BUT_LINES = {k: v for k, v in _VISIBLE.items() if k not in (0x09, 0x0A)}

#: The runner takes ``##[command]`` anywhere in a line, and ``::command::`` at its beginning.
_COMMAND = re.compile(r"##(?=\[)")
_LEADING = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


def visible(text: str) -> str:
    r"""Return ``text`` on one line, with every hidden character as ``\u{…}``."""
    return _joined(text).translate(_VISIBLE)


def visible_block(text: str) -> str:
    """Return ``text`` with its lines and tabs, and every other hidden character visible."""
    return _joined(text).translate(_VISIBLE_BUT_LINES)


def _joined(text: str) -> str:
    """Spell out the joiners that join nothing, such as those that only tell two names apart."""
    if not any(chr(code) in text for code in _JOINERS):
        return text
    pieces = []
    for index, char in enumerate(text):
        if ord(char) in _JOINERS and not _joins(text, index):
            pieces.append(f"\\u{{{ord(char):x}}}")
        else:
            pieces.append(char)
    return "".join(pieces)


def _joins(text: str, index: int) -> bool:
    if index == 0 or index == len(text) - 1:
        return False
    around = text[index - 1], text[index + 1]
    return all(not c.isascii() and unicodedata.category(c)[0] in "LMS" for c in around)


def terminal(text: str) -> str:
    """Return one line that is safe to print to a terminal and into a CI log."""
    return _no_commands(visible(text))


def terminal_block(text: str) -> str:
    """Return lines that are safe to print to a terminal and into a CI log."""
    return _no_commands(visible_block(text))


def _no_commands(text: str) -> str:
    return _LEADING.sub(r"\1\\u{3a}", _COMMAND.sub(r"#\\u{23}", text))


def workflow_data(text: str) -> str:
    """Return the message of a workflow command, as the runner's parser undoes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Return a property of a workflow command, as the runner's parser undoes it."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def html(text: str) -> str:
    """Return text for HTML, in content and in attributes."""
    table = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
    return "".join(table.get(char, char) for char in visible_block(text))


#: What GitHub turns into links, mentions and pictures after Markdown is done, and where each is
#: broken: a reference to the character would be undone by then, a zero-width space is not.
_BREAKS = (
    re.compile(r"(?<=@)(?=\w)"),  # @user, and the middle of an e-mail address
    re.compile(r"(?<=#)(?=\d)"),  # #12, owner/name#12
    re.compile(r"(?i)(?<=\bGH)(?=-\d)"),  # GH-12
    re.compile(r"(?i)(?<=\bwww)(?=\.)"),  # www.example
    re.compile(r"(?<=:)(?=//)"),  # https://example
    re.compile(r"(?i)(?<=\bmailto:)|(?<=\bxmpp:)"),
    re.compile(r"(?<=:)(?=[\w+-]+:)"),  # :emoji:
)
_SHA = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{6})(?=[0-9a-f]{1,34}(?![0-9A-Za-z]))")
_BREAK = "\0"  # never in visible text, so it can stand for the break until the end
_MARKUP = str.maketrans(
    {
        **{c: f"\\{c}" for c in "\\`*_[]|~$"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        _BREAK: "&#8203;",
    }
)
_AT_THE_START = re.compile(r"^(\s*)(?:(\d{1,9})([.)])(?=\s|$)|([#+\-=])(?=[#=\-\s]|$))")


def markdown_inline(text: str) -> str:
    """Return text for a Markdown paragraph, list item or table cell, on one line.

    It shows as it is and as nothing else: no formatting, link, mention, reference, emoji or HTML.
    Between the letters of what GitHub would link, a zero-width space is put.
    """
    shown = _broken(text).translate(_MARKUP)
    # A heading, a list or a rule begins only where a line does.
    return _AT_THE_START.sub(lambda m: f"{m[1]}{m[2] or ''}\\{m[3] or m[4]}", shown).strip()


def markdown_html(text: str) -> str:
    """Return text for HTML inside GitHub's Markdown, on one line: no link or mention either."""
    return "&#8203;".join(html(piece) for piece in _broken(text).split(_BREAK))


def _broken(text: str) -> str:
    """Return visible text with a break wherever GitHub would make a link of its own accord."""
    shown = visible(text)
    for pattern in _BREAKS:
        shown = pattern.sub(_BREAK, shown)
    return _SHA.sub(lambda m: f"{m[1]}{_BREAK}", shown)


def markdown_code(text: str) -> str:
    """Return text as inline code, safe in a table cell too.

    Inside a code span nothing is a mention, a link or markup. A vertical bar would end a table's
    cell all the same, so text with one goes into an HTML element instead.
    """
    shown = visible(text)
    if not shown.strip():
        return f"<code>{_entities(shown)}</code>" if shown else "<code></code>"
    if "|" in shown:
        return f"<code>{_entities(shown)}</code>"
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def _entities(text: str) -> str:
    return "".join(c if c.isalnum() else f"&#{ord(c)};" for c in text)


def markdown_fence(text: str, info: str = "") -> str:
    """Return a fenced code block that its content cannot close."""
    shown = visible_block(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{shown}\n{fence}"


def markdown_suggestion(text: str) -> str | None:
    """Return a block that GitHub offers to put in the place of lines, byte for byte.

    None where the text has a character that would not be seen: what a reviewer accepts has to be
    what a reviewer reads. A carriage return is one, and GitHub keeps none when it accepts.
    """
    return markdown_fence(text, "suggestion") if visible_block(text) == text else None
