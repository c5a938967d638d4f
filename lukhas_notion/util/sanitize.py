"""What a stranger wrote, made safe for each place it goes to: one function a place.

Manifests, file names, vocabularies and pages in Notion are data. On their way to a terminal, a
CI log, Markdown or HTML they must come out as the same characters and as nothing else: no
command, no link, no mention, no formatting, no character that hides or reorders its neighbours.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from lukhas_notion.util.text import spell_hidden

#: The runner takes ``##[command]`` anywhere in a line, and ``::command::`` at its beginning.
_COMMAND = re.compile(r"##(?=\[)")
_LEADING = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


def visible(text: str) -> str:
    r"""Return ``text`` on one line, with every hidden character as ``\u{…}``."""
    return spell_hidden(text)


def visible_block(text: str) -> str:
    """Return ``text`` with its lines and tabs, and every other hidden character visible."""
    return spell_hidden(text, keep="\n\t")


def terminal(text: str) -> str:
    """Return one line that is safe to print to a terminal and into a CI log."""
    return without_commands(visible(text))


def terminal_block(text: str) -> str:
    """Return lines that are safe to print to a terminal and into a CI log."""
    return without_commands(visible_block(text))


def without_commands(text: str) -> str:
    """Return text that may be printed where a runner reads along: no workflow command is in it."""
    return _LEADING.sub(r"\1\\u{3a}", _COMMAND.sub(r"#\\u{23}", text))


def json_document(document: Any, *, indent: int | None = 2) -> str:
    r"""Return JSON in ASCII that holds no workflow command.

    The runner reads commands out of whatever a step prints, and in JSON all text can be escaped:
    hidden characters, those that a console cannot encode, half surrogate pairs, and ``##[``. No
    line begins with ``::``, since a line break within a value is written as ``\n``.
    """
    text = json.dumps(document, ensure_ascii=True, indent=indent)
    return text.replace("\x7f", "\\u007f").replace("##[", "#\\u0023[")


def workflow_data(text: str) -> str:
    """Return the message of a workflow command, as the runner's parser undoes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Return a property of a workflow command, as the runner's parser undoes it."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def html(text: str) -> str:
    """Return text for HTML, in content and in attributes."""
    return escape(visible_block(text))


#: What GitHub turns into links, mentions and pictures after Markdown is done, and where each is
#: broken: a reference to the character would be undone by then, a zero-width space is not. An
#: underscore, an asterisk, a tilde or a parenthesis may stand before each, so none of them asks
#: for a word's boundary.
_BREAKS = (
    re.compile(r"(?<=@)(?=.)"),  # @user, owner/name@commit, and the middle of an e-mail address
    re.compile(r"(?<=#)(?=\d)"),  # #12, owner/name#12
    re.compile(r"(?i)(?:(?<=GH)|(?<=GHSA)|(?<=CVE))(?=-\w)"),  # GH-12, advisories
    re.compile(r"(?i)(?<=www)(?=\.)"),  # www.example
    re.compile(r"(?<=:)(?=//)"),  # https://example
    re.compile(r"(?i)(?<=mailto:)|(?<=xmpp:)"),
    re.compile(r"(?<=:)(?=[\w+-]+:)"),  # :emoji:
)
#: Seven digits are a commit, so one is broken after every six.
_SHA = re.compile(r"(?i)(?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z])")
_SIX = re.compile(r".{6}(?=.)")
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
    return _begin_no_block(_broken(text).translate(_MARKUP))


#: What a message shows as code: what stands in backticks, and ids of pages, plans and commits.
_ID = r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{7,64})"
_SPANS = re.compile(rf"(?<!`)`(?P<code>[^`\n]+)`(?!`)|(?<![\w-]){_ID}(?![\w-])")


def markdown_value(text: str) -> str:
    """Return a property's value: an id or a hash as code, because a reader copies it.

    Any other text is as :func:`markdown_inline` returns it.
    """
    return markdown_code(text) if re.fullmatch(_ID, text) else markdown_inline(text)


def markdown_message(text: str) -> str:
    """Return a message of this tool as :func:`markdown_inline` does, its commands and ids as code.

    A reader copies both, so neither an escape nor a break may be within them. Whatever a stranger
    put between backticks comes out as code as well, and as nothing else. A message of several
    lines becomes one.
    """
    shown, end = "", 0
    text = text.replace("\n", " ")
    for span in _SPANS.finditer(text):
        shown += _broken(text[end : span.start()]).translate(_MARKUP)
        shown += markdown_code(span["code"] or span["id"])
        end = span.end()
    return _begin_no_block(shown + _broken(text[end:]).translate(_MARKUP))


def _begin_no_block(shown: str) -> str:
    """Return a line that is no heading, list or rule: those begin only where a line does."""
    return _AT_THE_START.sub(lambda m: f"{m[1]}{m[2] or ''}\\{m[3] or m[4]}", shown).strip()


def markdown_html(text: str) -> str:
    """Return text for HTML inside GitHub's Markdown, on one line: no link or mention either."""
    return "&#8203;".join(html(piece) for piece in _broken(text).split(_BREAK))


def _broken(text: str) -> str:
    """Return visible text with a break wherever GitHub would make a link of its own accord."""
    shown = visible(text)
    for pattern in _BREAKS:
        shown = pattern.sub(_BREAK, shown)
    return _SHA.sub(lambda m: _SIX.sub(rf"\g<0>{_BREAK}", m[0]), shown)


def markdown_code(text: str) -> str:
    """Return text as inline code, safe in a table cell too.

    Inside a code span nothing is a mention, a link or markup. A vertical bar would end a table's
    cell all the same, so text with one goes into an HTML element instead. There GitHub does look
    for links, and they are broken as in :func:`markdown_inline`.
    """
    shown = visible(text)
    if "|" in shown or not shown.strip():
        return markdown_data(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def markdown_data(text: str) -> str:
    """Return text as inline code in which only letters and digits stand for themselves.

    So no other bot that reads the Markdown finds a command, a mention or a sentence in it.
    """
    return f"<code>{'&#8203;'.join(map(_entities, _broken(text).split(_BREAK)))}</code>"


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
