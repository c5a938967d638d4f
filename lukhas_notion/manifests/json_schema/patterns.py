"""Regular expressions that a stranger may have written, compiled within bounds.

Matching is bounded by a timeout (:class:`lukhas_notion.manifests.json_schema.budget.Budget`).
Compiling has none, and takes as long as the repeats of a pattern, multiplied, are many.
"""

from __future__ import annotations

import math
import re

import regex

#: A repeat's least count. Under the flag ``x``, white space and comments may be anywhere in it.
_SPACE = r"\s|#[^\n]*+\n"
_REPEAT = re.compile(rf"\{{((?:[0-9]|{_SPACE})*+)")
_IGNORED = re.compile(_SPACE)
_MOST_DIGITS = 20
_LONGEST = 20_000
_MOST_REPEATS = 100_000


#: Steps for compiling one character, or one repeat.
_STEPS_A_CHARACTER = 5


def compiling_cost(pattern: str) -> int:
    """Return about how many steps of a budget compiling a pattern takes."""
    return _STEPS_A_CHARACTER * len(pattern) + min(_repeats(pattern), _MOST_REPEATS)


def _repeats(pattern: str) -> int:
    counts = (_IGNORED.sub("", found) for found in _REPEAT.findall(pattern[:_LONGEST]))
    return math.prod(max(1, int(count[:_MOST_DIGITS] or 1)) for count in counts)


def compile_pattern(pattern: str) -> regex.Pattern[str]:
    """Return the compiled pattern.

    Raises:
        ValueError: it is no regular expression, or too large to be compiled.
    """
    if len(pattern) > _LONGEST or _repeats(pattern) > _MOST_REPEATS:
        raise ValueError("it is too large, or repeats too much")
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is too deep") from None
