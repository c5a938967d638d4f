"""Regular expressions that a stranger may have written, compiled within bounds.

Their matching is bounded by a timeout (:class:`lukhas_notion.gates.budget.Budget`); compiling
has none, and takes as long as the repeats of a pattern, multiplied, are many.
"""

from __future__ import annotations

import math
import re

import regex

_REPEAT = re.compile(r"\{([0-9]{1,20})")
_LONGEST = 20_000
_MOST_REPEATS = 100_000


def compile_pattern(pattern: str) -> regex.Pattern[str]:
    """Return the compiled pattern.

    Raises:
        ValueError: it is no regular expression, or too large to be compiled.
    """
    repeats = math.prod(max(1, int(count)) for count in _REPEAT.findall(pattern))
    if len(pattern) > _LONGEST or repeats > _MOST_REPEATS:
        raise ValueError("it is too large, or repeats too much")
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is too deep") from None
