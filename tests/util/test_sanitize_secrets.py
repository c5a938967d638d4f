"""Secrets are found in whatever spelling they come back."""

from __future__ import annotations

import base64
import html
import json
import logging
import shlex
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.util.errors import LukhasNotionError, OutcomeUnknown
from lukhas_notion.util.sanitize import (
    RedactingFilter,
    Redactor,
    redact,
    redact_bytes,
    register,
    secrets_of,
)

TOKEN = "ntn_a-token.that_must/not+show"


def in_base64(text: str) -> str:
    """Return text in base64."""
    return base64.b64encode(text.encode()).decode()


def percent(text: str) -> str:
    """Return every byte as a URL may spell it."""
    return "".join(f"%{byte:02x}" for byte in text.encode())


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "a header": lambda t: f"Authorization: Bearer {t}",
    "quoted": lambda t: f"NOTION_TOKEN={shlex.quote(t)} '{t}' \"{t}\" [{t}]",
    "a URL": lambda t: f"https://x-access-token:{quote(t, safe='')}@host/",
    "a query": lambda t: f"?token={quote_plus(t)}&x",
    "percent": percent,
    "percent twice": lambda t: quote(quote(t, safe=""), safe=""),
    "JSON": lambda t: json.dumps({"Authorization": f"Bearer {t}"}),
    "JSON escapes": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "JSON in JSON": lambda t: json.dumps(json.dumps(t)),
    "Python": lambda t: repr(f"Bearer {t}".encode()),
    "HTML": lambda t: html.escape(f"<b>{t}</b>"),
    "HTML numbers": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "hexadecimal": lambda t: t.encode().hex(),
    "base64": in_base64,
    "base64 of a header": lambda t: in_base64(f"Bearer {t}"),
    "base64 of a login": lambda t: in_base64(f"x-access-token:{t}"),
    "base64 before more": lambda t: in_base64(f"u:{t}\r\nHost: x"),
    "base64 for URLs": lambda t: base64.urlsafe_b64encode(f"a{t}b".encode()).decode(),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_taken_out(name: str) -> None:
    """It is found as it is, encoded for a URL, JSON, HTML or a shell, and within base64."""
    said = SPELLINGS[name](TOKEN)

    clean = Redactor([TOKEN])(f"before {said} after")

    assert "***" in clean
    assert clean.startswith("before ")
    assert clean.endswith(" after")
    around = f"before {SPELLINGS[name]('')} after"
    edges = 10 if "base64" in name else 0
    assert len(clean.replace("***", "")) <= len(around) + edges


@given(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=6, max_size=60),
    st.binary(max_size=7),
    st.binary(max_size=7),
)
def test_base64_is_found_at_any_place(secret: str, before: bytes, after: bytes) -> None:
    """It is found whatever text precedes and follows it."""
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    clean = Redactor([secret])(encoded)
    assert "***" in clean
    assert len(clean) <= len(encoded) - len(secret.encode()) * 8 // 6 + 3 + 2


@pytest.mark.parametrize("given", [f"{TOKEN}\n", f"  {TOKEN}", TOKEN])
def test_space_around_a_secret_does_not_save_it(given: str) -> None:
    """A secret read with its line break is the same secret."""
    assert Redactor([given])(f"sent {TOKEN}!") == "sent ***!"


def test_a_secret_with_letters_of_another_alphabet_is_known_in_both_json_spellings() -> None:
    """JSON writes such letters as they are, or escaped."""
    secret = 'p\u00e4ss"w\u00f6rd'
    for ascii_ in (True, False):
        assert Redactor([secret])(json.dumps(secret, ensure_ascii=ascii_)) == '"***"'


def test_a_secret_inside_a_longer_one_leaves_no_rest() -> None:
    """The longest secret is taken out first."""
    assert Redactor(["secret", "secret-and-more"])("a secret-and-more") == "a ***"
    register("shorter-secret", "shorter-secret-and-more")
    assert redact("a shorter-secret-and-more") == "a ***"


@pytest.mark.parametrize(
    "given",
    ['"{}"', "'{}'\n", "<{}>", "[{}]", "NOTION_TOKEN={}", "export NOTION_TOKEN='{}'", "x-line\n{}"],
)
def test_what_came_along_with_a_token_does_not_save_it(given: str) -> None:
    """A token in quotes, in brackets or with its name before it is secret without them too."""
    token = "ntn_somebody_pasted_this"
    register(given.format(token))
    assert redact(f"sent {token}!") == "sent ***!"


def test_short_words_and_other_text_stay() -> None:
    """Text that is too short to be a secret is not redacted."""
    redactor = Redactor(["short", TOKEN])
    assert redactor("short text") == "short text"
    assert TOKEN not in repr(redactor)


def test_an_error_is_made_without_the_secret() -> None:
    """Its message, its remedy and what it quotes of an answer."""
    register(TOKEN)
    error = LukhasNotionError(f"said {TOKEN}", f"do {TOKEN}")
    unknown = OutcomeUnknown("x", code=TOKEN, request_id=TOKEN, committed_id=TOKEN)

    for text in (str(error), repr(error), str(error.args), error.message, error.remedy):
        assert TOKEN not in text
    assert (unknown.code, unknown.request_id, unknown.committed_id) == ("***", "***", "***")
    assert redact_bytes(f"x{TOKEN}".encode()) == b"x***"


def test_the_secrets_of_an_environment() -> None:
    """Tokens under every name that they come by, and the passwords of proxies."""
    environ = {
        "NOTION_TOKEN": "ntn_one ",
        "INPUT_NOTION-TOKEN": "ntn_two",
        "INPUT_GITHUB_TOKEN": "ghs_three",
        "GH_TOKEN": "",
        "https_proxy": "http://user:p%40ssword@proxy:8080",
        "NO_PROXY": "localhost",
        "PATH": "/usr/bin",
    }
    assert secrets_of(environ) == ["ntn_one", "ntn_two", "ghs_three", "p@ssword"]


@pytest.mark.parametrize(
    "bug",
    [
        "fail()",
        "import threading; t = threading.Thread(target=fail); t.start(); t.join()",
    ],
)
def test_a_traceback_of_the_interpreter_is_redacted(bug: str) -> None:
    """An uncaught error, in the main thread or another, is printed without the secret."""
    code = (
        "from lukhas_notion.util.sanitize import guard_tracebacks, register\n"
        f"register({TOKEN!r}); guard_tracebacks()\n"
        f"def fail():\n    raise KeyError('Bearer ' + {TOKEN!r}[:9] + {TOKEN!r}[9:])\n"
        f"{bug}"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "KeyError: 'Bearer ***'" in ran.stderr
    assert TOKEN not in ran.stderr


def test_a_stack_and_a_formatted_traceback_are_redacted() -> None:
    """What another handler has formatted already is redacted as well."""
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "said", (), None)
    record.exc_text = f"ValueError: {TOKEN}"
    record.stack_info = f"Stack: {TOKEN}"

    RedactingFilter(Redactor([TOKEN])).filter(record)

    formatted = logging.Formatter().format(record)
    assert TOKEN not in formatted
    assert "ValueError: ***" in formatted
    assert "Stack: ***" in formatted


def test_a_log_record_is_redacted_with_its_arguments_and_traceback() -> None:
    """Message, arguments and exception lose the secret."""
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "sent %s", (TOKEN,), None)
    try:
        raise ValueError(TOKEN)
    except ValueError as failure:
        record.exc_info = (type(failure), failure, failure.__traceback__)

    assert RedactingFilter(Redactor([TOKEN])).filter(record)

    assert TOKEN not in logging.Formatter().format(record)
    assert "ValueError" in logging.Formatter().format(record)
