"""Unicode's normal forms, within bounds: the one place that normalizes.

The library sorts combining marks by insertion, so that a run of them takes the square of its
length: 80,000 marks, which fit into a small manifest, take ten seconds.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

#: Combining marks in a row. No language has as many (Unicode Standard Annex #15, "Stream-Safe
#: Text Format").
MOST_MARKS = 30
#: Characters that take no time, however many of them are marks.
_SHORT = 64


def normalized(form: Literal["NFC", "NFD", "NFKD"], text: str) -> str:
    """Return ``text`` in a normal form; itself where it has more marks in a row than any language.

    It takes time in proportion to the text.
    """
    if text.isascii() or (len(text) > _SHORT and _has_long_run(text)):
        return text
    return unicodedata.normalize(form, text)


def _has_long_run(text: str) -> bool:
    run = 0
    for char in text:
        run = run + 1 if char > "\u02ff" and unicodedata.combining(char) else 0
        if run > MOST_MARKS:
            return True
    return False
