"""The hidden first line of a comment, by which a later run knows it again.

.. code-block:: text

    <!-- lukhas-notion {"comment_id":"","head_sha":"4f1…","run_id":12,"run_attempt":1,…} -->

It stands first, so that nothing which shortens a comment can cut it off.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Self

#: States of a comment that a preview does not replace: its pull request is merged.
FINAL = ("applied", "failed")
_LONGEST = 200
_LINE = re.compile(r"<!-- lukhas-notion (\{.*\}) -->\s*")
_TYPES: dict[str, type] = {
    "comment_id": str,
    "head_sha": str,
    "run_id": int,
    "run_attempt": int,
    "digest": str,
    "state": str,
    "reviewed_sha": str,
}


@dataclass(frozen=True, slots=True)
class Marker:
    """What a comment says of itself to later runs.

    Args:
        comment_id: which of several comments it is; "" for the only one.
        head_sha: the commit that it is about.
        run_id: the workflow run that wrote it; a later run has a higher one.
        run_attempt: which try of that run; counts from 1.
        digest: of the plan that the last preview showed, "" where there was none.
        state: ``preview``, ``uncomputed`` (a preview that failed), ``applied`` or ``failed`` for a
            comment; ``verify`` for an issue.
        reviewed_sha: after a merge, the commit of the last preview.
    """

    comment_id: str
    head_sha: str
    run_id: int
    run_attempt: int
    digest: str = ""
    state: str = ""
    reviewed_sha: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """Return what makes a later run's marker compare greater."""
        return self.run_id, self.run_attempt

    @property
    def about(self) -> tuple[str, str, str]:
        """Return what the comment is about, whichever run wrote it."""
        return self.head_sha, self.digest, self.state

    def render(self) -> str:
        """Return the line, without newline; no value can end the HTML comment early."""
        document = json.dumps(asdict(self), separators=(",", ":")).replace("--", "-\\u002d")
        return f"<!-- lukhas-notion {document} -->"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the marker in the first line of a comment, None where there is none.

        Keys that this version does not know are passed over. A known key with a value of another
        type, or longer than this tool writes, makes it no marker of ours.
        """
        found = _LINE.fullmatch(text.partition("\n")[0])
        try:
            document = json.loads(found[1]) if found else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict):
            return None
        values = {key: value for key, value in document.items() if key in _TYPES}
        if any(type(value) is not _TYPES[key] for key, value in values.items()):
            return None
        if any(len(str(value)) > _LONGEST for value in values.values()):
            return None
        required = {"comment_id", "head_sha", "run_id", "run_attempt"}
        return cls(**values) if required <= values.keys() else None
