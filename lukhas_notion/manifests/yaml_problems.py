"""What is wrong with a text that is not YAML, in the same words for libyaml and for PyYAML."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from lukhas_notion.manifests.source_text import YAML, TextError, text_error

OPEN_TEXT = "unexpected end of stream"


class Problem(NamedTuple):
    """A problem that a parser reports.

    Args:
        words: a part of the parser's words, which differ a little from one parser to the other.
        said: what is said in their place.
        remedy: what to do about it.
    """

    words: str
    said: str
    remedy: str = ""


PROBLEMS = (
    Problem(
        "mapping values are not allowed",
        "a second colon where a value stands",
        'Put the value in quotes: key: "a: b".',
    ),
    Problem("could not find expected ':'", "a key without a colon", "Write key: value."),
    Problem(OPEN_TEXT, "the text that begins here is never closed", "Add the quotation mark."),
    Problem(
        "cannot start any token",
        "text begins with a character that means something else",
        "Put the text in quotes.",
    ),
    Problem(
        "alphabetic or numeric character",
        "an anchor or an alias without a name",
        "Put the text in quotes.",
    ),
    Problem("unknown escape", "a backslash that begins no escape", "Write the backslash as \\\\."),
    Problem(
        "expected escape sequence", "an escape that is not complete", "Write all of its digits."
    ),
    Problem("hexdecimal number", "an escape that is not complete", "Write all of its digits."),
    Problem(
        "Unicode character code", "an escape that is not a character", "Write the character itself."
    ),
    Problem("invalid Unicode", "an escape that is not a character", "Write the character itself."),
    Problem("control characters are not allowed", "a control character", "Write it as an escape."),
    Problem("special characters are not allowed", "a control character", "Write it as an escape."),
    Problem("<block end>", "the indentation does not fit what is around it", "Indent it alike."),
    Problem("expected key", "the indentation does not fit what is around it", "Indent it alike."),
    Problem("'-' indicator", "the indentation does not fit what is around it", "Indent it alike."),
    Problem(
        "sequence entries are not allowed",
        "a list begins where a value stands",
        "Begin the list in a line of its own.",
    ),
    Problem("',' or ']'", "a bracket is never closed, or a comma is missing", "Close the bracket."),
    Problem("',' or '}'", "a brace is never closed, or a comma is missing", "Close the brace."),
    Problem(
        "node content",
        "a value is missing here, or a character that means something else stands in its place",
        "Write a value, or put the text in quotes.",
    ),
    Problem(
        "<document start>", "more text after the end of the document", "Begin a document with ---."
    ),
    Problem("incompatible YAML document", "another version of YAML", "Take the %YAML line out."),
)


def syntax_error(text: str, error: yaml.YAMLError) -> TextError:
    """Return what a parser says as an error: in the same words, whichever parser it was."""
    mark = getattr(error, "problem_mark", None)
    offset = min(mark.index if mark else getattr(error, "position", 0) or 0, len(text))
    problem = str(getattr(error, "problem", "") or getattr(error, "reason", "") or "")
    begin = text.rfind("\n", 0, offset) + 1
    indent = re.match(r"[ ]*\t", text[begin:])
    if text[offset : offset + 1] == "\t" or indent:
        offset = begin + indent.end() - 1 if indent else offset
        said, remedy = "a tab in the indentation", "Write spaces in its place."
    else:
        if OPEN_TEXT in problem and (begun := getattr(error, "context_mark", None)):
            offset = begun.index
        known = (each for each in PROBLEMS if each.words in problem)
        found = next(known, Problem("", problem or "it cannot be parsed"))
        said, remedy = found.said, found.remedy
    return text_error(text, offset, f"not YAML: {said}", rule=YAML.syntax, remedy=remedy)
