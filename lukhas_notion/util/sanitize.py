"""Text that leaves this process: without secrets, and harmless in the place that it goes to.

Secrets: a token is registered where it is first read (the environment, the Action's inputs, a
connection). From then on, every error, every answer of Notion and every text that is printed,
written or posted is made without it. The register belongs to the process, as a logger does,
because an error is made where no register can be passed in.

Untrusted text: manifests, file names, vocabularies and pages in Notion are data. In a terminal, a
CI log, Markdown or HTML they must show the same characters and nothing else: no command, link,
mention or formatting, and no character that hides or reorders its neighbours.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import string
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from lukhas_notion.util.text import spell_hidden

#: Redacting a shorter secret would hide ordinary words.
_SHORTEST = 6
#: Registered secrets; the oldest is dropped first.
_MOST = 16
#: The characters that an encoder leaves as they are: none, letters and digits, those that RFC 3986
#: calls unreserved, and these with the slash.
_LETTERS = frozenset(string.ascii_letters + string.digits)
_KEPT: tuple[frozenset[str], ...] = (
    *(frozenset(), _LETTERS),
    *(_LETTERS | set("-._~"), _LETTERS | set("-._~/")),
)
#: How servers, proxies, logs and shells encode a character.
_ENCODINGS = (
    *("%{:02X}", "%{:02x}", "%25{:02X}", "%25{:02x}"),
    *(r"\u{:04x}", r"\u{:04X}", r"\x{:02x}", r"\x{:02X}"),
    *("&#{:d};", "&#x{:x};", "&#x{:X};"),
)
_TOKENS = (
    *("NOTION_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"),
    *("ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
)
_AROUND = " \t\"'`<>()[]{}"
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


class Redactor:
    """Replaces secrets by ``***``, in every encoding that a server or a tool may give them.

    These are: the secret as it is, percent-encoded (once or twice), as escapes of JSON, Python and
    HTML (of its punctuation or of all its characters), in hexadecimal, and in base64 at any place
    of a longer text, such as ``user:TOKEN``.

    White space around a secret is left out: a secret that is read from a file often ends in a line
    break, and what is sent does not.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {
            form
            for secret in (s.strip() for s in secrets)
            if len(secret) >= _SHORTEST
            for form in _forms(secret)
        }
        # The longest first, so that no form leaves the rest of a longer one behind.
        self._forms = sorted(forms, key=len, reverse=True)
        self._bytes = [form.encode("utf-8", "surrogatepass") for form in self._forms]

    def __call__(self, text: str) -> str:
        """Return ``text`` without any secret."""
        for form in self._forms:
            text = text.replace(form, "***")
        return text

    def bytes(self, content: bytes) -> bytes:
        """Return UTF-8 ``content`` without any secret."""
        for form in self._bytes:
            content = content.replace(form, b"***")
        return content

    def __repr__(self) -> str:
        return f"Redactor({len(self._forms)} forms)"


_known: dict[str, Redactor] = {}


def register(*secrets: str) -> None:
    """Register secrets with this process; blank ones are ignored.

    The text within quotes, brackets or after ``NAME=`` is registered as well.
    """
    for secret in (part for given in secrets for part in _secret_parts(given)):
        known = _known.pop(secret, None)
        _known[secret] = Redactor([secret]) if known is None else known
    while len(_known) > _MOST:
        del _known[next(iter(_known))]


def redact(text: str) -> str:
    """Return ``text`` without any registered secret."""
    for redactor in _by_length():
        text = redactor(text)
    return text


def redact_bytes(content: bytes) -> bytes:
    """Return UTF-8 ``content`` without any registered secret."""
    for redactor in _by_length():
        content = redactor.bytes(content)
    return content


def guard_tracebacks() -> None:
    """Remove secrets from the tracebacks that the interpreter prints, including those of threads.

    It replaces the interpreter's hooks, so only a program's entry point may call it.
    """

    def report(kind: type[BaseException], error: BaseException | None, where: object) -> None:
        del kind, where
        if error is not None and sys.stderr is not None:
            sys.stderr.write(redact("".join(traceback.format_exception(error))))

    sys.excepthook = report
    threading.excepthook = lambda args: report(args.exc_type, args.exc_value, args.exc_traceback)


def secrets_of(environ: Mapping[str, str]) -> list[str]:
    """Return the secrets of an environment: tokens, the Action's inputs, passwords of proxies."""
    secrets = []
    for name, value in environ.items():
        plain = name.upper().replace("-", "_").removeprefix("INPUT_")
        if plain in _TOKENS:
            secrets.append(value.strip())
        elif plain in _PROXIES:
            secrets.append(_password(value))
    return [secret for secret in secrets if secret]


def _secret_parts(given: str) -> Iterator[str]:
    """Yield each line of a secret, as it is and without quotes, brackets or ``NAME=`` around it."""
    for line in given.splitlines():
        bare = line.strip()
        inner = bare.rpartition("=")[2] if "=" in bare.rstrip("=") else bare
        yield from filter(None, dict.fromkeys((bare, inner.strip(_AROUND))))


def _by_length() -> list[Redactor]:
    """Return the redactors, the longest secret first: it may contain a shorter one."""
    return [_known[secret] for secret in sorted(_known, key=len, reverse=True)]


def _password(address: str) -> str:
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""


def _forms(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield from (quote(secret), quote(secret, safe=""), raw.hex(), raw.hex().upper())
    yield from (json.dumps(secret, ensure_ascii=ascii_)[1:-1] for ascii_ in (True, False))
    for encoding in _ENCODINGS:
        for kept in _KEPT:
            yield "".join(char if char in kept else _encoded(char, encoding) for char in secret)
    for before, begin in enumerate((0, 2, 3)):
        # A character of base64 holds six bits: those at the edges depend on the text around it.
        padded = b"\0" * before + raw
        encoded = base64.b64encode(padded).decode()[begin : len(padded) * 8 // 6]
        yield from (encoded, encoded.translate(str.maketrans("+/", "-_")))


def _encoded(char: str, encoding: str) -> str:
    """Return a character in one encoding: by its bytes in a URL, by its code point elsewhere."""
    if encoding.startswith("%"):
        return "".join(map(encoding.format, char.encode("utf-8", "surrogatepass")))
    return encoding.format(ord(char))


class RedactingFilter(logging.Filter):
    """Removes secrets from a log record: message, arguments, traceback and stack.

    Add it to a handler: the filters of a logger do not see the records of its children.
    """

    def __init__(self, redactor: Callable[[str], str] = redact) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and return True."""
        record.msg = self._redactor(record.getMessage())
        record.args = None
        if record.exc_info:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self._redactor(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redactor(record.stack_info)
        return True


#: The runner reads ``##[command]`` anywhere in a line, and ``::command::`` at its beginning.
_COMMAND = re.compile(r"##(?=\[)")
_LEADING = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


def visible_block(text: str) -> str:
    r"""Return ``text`` with every hidden character but line feeds and tabs as ``\u{…}``."""
    return spell_hidden(text, keep="\n\t")


def terminal(text: str) -> str:
    """Return one line that is safe to print to a terminal and into a CI log."""
    return without_commands(spell_hidden(text))


def terminal_block(text: str) -> str:
    """Return lines that are safe to print to a terminal and into a CI log."""
    return without_commands(visible_block(text))


def without_commands(text: str) -> str:
    """Return text in which a runner that reads the log finds no workflow command."""
    return _LEADING.sub(r"\1\\u{3a}", _COMMAND.sub(r"#\\u{23}", text))


def json_document(document: Any, *, indent: int | None = 2) -> str:
    r"""Return JSON in ASCII that does not contain a workflow command.

    The runner reads commands from the output of each step. JSON can escape all text: hidden
    characters, those that a console cannot encode, half surrogate pairs, and ``##[``. No line
    begins with ``::``, since a line break within a value is written as ``\n``.
    """
    text = json.dumps(document, ensure_ascii=True, indent=indent)
    return text.replace("\x7f", "\\u007f").replace("##[", "#\\u0023[")


def workflow_data(text: str) -> str:
    """Return text encoded as the message of a workflow command (the runner decodes it)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Return text encoded as a property of a workflow command (the runner decodes it)."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def html(text: str) -> str:
    """Return text for HTML, in content and in attributes."""
    return escape(visible_block(text))


#: What GitHub turns into links, mentions and pictures after it has rendered Markdown, and the place
#: where each is broken by a zero-width space; a character reference would be decoded by then. An
#: underscore, an asterisk, a tilde or a parenthesis may come before each, so none of the patterns
#: requires a word boundary.
_BREAKS = (
    re.compile(r"(?<=@)(?=.)"),  # @user, owner/name@commit, and the middle of an e-mail address
    re.compile(r"(?<=#)(?=\d)"),  # #12, owner/name#12
    re.compile(r"(?i)(?:(?<=GH)|(?<=GHSA)|(?<=CVE))(?=-\w)"),  # GH-12, advisories
    re.compile(r"(?i)(?<=www)(?=\.)"),  # www.example
    re.compile(r"(?<=:)(?=//)"),  # https://example
    re.compile(r"(?i)(?<=mailto:)|(?<=xmpp:)"),
    re.compile(r"(?<=:)(?=[\w+-]+:)"),  # :emoji:
)
#: GitHub links seven hexadecimal digits as a commit, so they are broken after every six.
_SHA = re.compile(r"(?i)(?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z])")
_SIX = re.compile(r".{6}(?=.)")
_BREAK = "\0"  # a placeholder, which visible text never contains
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

    It shows the same text, without formatting, link, mention, reference, emoji or HTML. A
    zero-width space breaks what GitHub would link.
    """
    return _begin_no_block(_broken(text).translate(_MARKUP))


_ID = r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{7,64})"
_QUOTED = r'"(?:[^"\\\n]|\\.)*"'
#: A table of the configuration, a line of it, and a flag.
_SETTING = (
    rf"(?P<setting>\[(?:properties\.(?:{_QUOTED}|[\w-]+)|manifests|schema|vocabularies|provenance"
    r"|mapping|properties|page|source|notion|verify)\]"
    rf"|(?<![\w-])(?:[a-z_]+ = {_QUOTED}|--[a-z][a-z-]+)(?![\w-]))"
)
#: What a message shows as code: text in backticks, settings, and ids of pages, plans and commits.
_SPANS = re.compile(rf"(?<!`)`(?P<code>[^`\n]+)`(?!`)|{_SETTING}|(?<![\w-]){_ID}(?![\w-])")


def markdown_value(text: str) -> str:
    """Return a property's value: an id or a hash as code, because a reader copies it.

    Any other text is as :func:`markdown_inline` returns it.
    """
    return markdown_code(text) if re.fullmatch(_ID, text) else markdown_inline(text)


def markdown_message(text: str) -> str:
    """Return a message of this tool as :func:`markdown_inline` does, with code as code.

    Code is a command, a setting or an id. A reader copies it, so it contains neither an escape nor
    a break. Untrusted text of such a form becomes code as well, and nothing else. A message of
    several lines becomes one line.
    """
    shown, end = "", 0
    text = text.replace("\n", " ")
    for span in _SPANS.finditer(text):
        shown += _broken(text[end : span.start()]).translate(_MARKUP)
        shown += markdown_code(span["code"] or span[0])
        end = span.end()
    return _begin_no_block(shown + _broken(text[end:]).translate(_MARKUP))


def _begin_no_block(shown: str) -> str:
    """Return a line whose beginning Markdown does not read as a heading, list or rule."""
    return _AT_THE_START.sub(lambda m: f"{m[1]}{m[2] or ''}\\{m[3] or m[4]}", shown).strip()


def markdown_html(text: str) -> str:
    """Return text for HTML inside GitHub's Markdown, on one line, without links or mentions."""
    return "&#8203;".join(html(piece) for piece in _broken(text).split(_BREAK))


def _broken(text: str) -> str:
    """Return visible text with a break wherever GitHub would make a link."""
    shown = spell_hidden(text)
    for pattern in _BREAKS:
        shown = pattern.sub(_BREAK, shown)
    return _SHA.sub(lambda m: _SIX.sub(rf"\g<0>{_BREAK}", m[0]), shown)


def markdown_code(text: str) -> str:
    """Return text as inline code, also safe in a table cell.

    Inside a code span GitHub sees no mention, link or markup, but a vertical bar ends the cell. So
    text with a vertical bar goes into an HTML element; there GitHub looks for links, which are
    broken as in :func:`markdown_inline`.
    """
    shown = spell_hidden(text)
    if "|" in shown or not shown.strip():
        return markdown_data(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def markdown_data(text: str) -> str:
    """Return text as inline code with every character but letters and digits as an entity.

    Other bots that read the Markdown find no command, mention or sentence in it.
    """
    shown = "".join(
        c if c.isalnum() else "&#8203;" if c == _BREAK else f"&#{ord(c)};" for c in _broken(text)
    )
    return f"<code>{shown}</code>"


def markdown_fence(text: str, info: str = "") -> str:
    """Return a fenced code block that its content cannot close."""
    shown = visible_block(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{shown}\n{fence}"


def markdown_suggestion(text: str) -> str | None:
    """Return a suggestion block that GitHub offers to apply byte for byte.

    None where the text has a hidden character: a reviewer must see everything that they accept. A
    carriage return is hidden, and GitHub drops it when it applies a suggestion.
    """
    return markdown_fence(text, "suggestion") if visible_block(text) == text else None
