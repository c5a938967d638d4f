"""The look of a token, judged before it is sent: what came along with it is told as what it is.

A token is opaque. What is known is how it travels: as the token of a ``Bearer`` header
(RFC 6750, section 2.1), which allows letters, digits, ``-._~+/``, and ``=`` at the end.
"""

from __future__ import annotations

import re

from lukhas_notion.util.errors import SetupError

_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_NAMED = re.compile(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*[=:]\s*.+", re.DOTALL)
_UNFILLED = re.compile(r"\$\{?\{?.*|\{\{.*|%[A-Za-z_]+%", re.DOTALL)
_SURROUNDED = re.compile(r"([\"'`<\[({“‘«]).*|.*[\"'`>\])}”’»,;]", re.DOTALL)
_GITHUB = re.compile(r"(?:gh[a-z]|github_pat)_.+")

_COPY = "Copy the token again from the integration's settings in Notion, and nothing around it."


def check_token(token: str) -> None:
    """Check that a text can be a token; nothing of it is ever in the message.

    Raises:
        SetupError: it cannot.
    """
    if _GITHUB.fullmatch(token):
        raise _error("is a token for GitHub, not for Notion")
    if _BEARER.fullmatch(token):
        return
    if token.lower().startswith("bearer"):
        raise _error("begins with the word Bearer", "Put in only what stands after it.")
    if any(mask in token for mask in "*•…"):
        raise _error("is masked: it has signs in the place of the token's own")
    if _UNFILLED.fullmatch(token):
        raise _error(
            "is the name of a variable or secret that was not filled in",
            "Check how the workflow or shell sets it: an expression of GitHub's works in YAML, not "
            "in a script's own file.",
        )
    if _SURROUNDED.fullmatch(token):
        raise _error("has quotes, brackets or a comma around it", "Take them away.")
    if _NAMED.fullmatch(token):
        raise _error("has a name in front of the token", "Put in only what stands after the =.")
    if any(each.isspace() for each in token):
        raise _error("has a space or a line break inside")
    # Nobody learns a token from a character that none has.
    for each in token:
        if each != "=" and not _BEARER.fullmatch(each):
            raise _error(f"has the character U+{ord(each):04X}, which no token has")
    raise _error("holds no token")


def _error(what: str, remedy: str = _COPY) -> SetupError:
    return SetupError(f"NOTION_TOKEN {what}. It was not sent.", remedy)
