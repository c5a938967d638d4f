"""What a comment or issue of ours hides: lines of HTML comments, which GitHub does not show.

.. code-block:: text

    <!-- lukhas-notion {"comment_id":"","head_sha":"4f1…","run_id":12,"run_attempt":1,…} -->
    <!-- lukhas-notion-suggestion {"comment_id":""} -->
    <!-- lukhas-notion-runs [{"said":"✅ Applied: 90 pages written …","url":"https://…"}] -->
    <!-- lukhas-notion-plan eJyrVkrLz1eyUkpKLFKqBQAeXQQm -->

The first one is the :class:`Marker`, by which a later run finds its comment again. It is the first
line of the text, so that shortening the text cannot cut it off.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import asdict, dataclass
from typing import Any, Self

#: States of a comment that a preview does not replace: its pull request is merged.
FINAL = ("applied", "failed")
_LONGEST = 200
_MAX_BYTES = 16 * 1024 * 1024
_TYPES: dict[str, type] = {
    "comment_id": str,
    "head_sha": str,
    "run_id": int,
    "run_attempt": int,
    "digest": str,
    "state": str,
    "reviewed_sha": str,
}


def hide(kind: str, document: Any, *, packed: bool = False) -> str:
    """Return a document as a hidden line, without newline.

    Args:
        kind: what the line is: "" for the marker, else a word.
        document: what JSON can hold.
        packed: whether it is compressed, for a document that is long.
    """
    text = json.dumps(document, ensure_ascii=not packed, separators=(",", ":"))
    if packed:
        raw = text.encode("utf-8", "surrogatepass")
        text = base64.b64encode(zlib.compress(raw, 9)).decode()
    # No value can end the HTML comment early.
    text = text.replace("--", "-\\u002d")
    return f"<!-- {_name(kind)} {text} -->"


def hidden_line(kind: str, text: str) -> str:
    """Return the first hidden line of a kind in a text as it is, "" where there is none."""
    found = _search(kind, text)
    return found[0].strip() if found else ""


def reveal(kind: str, text: str) -> Any:
    """Return the document of the first hidden line of a kind, None where none can be read."""
    found = _search(kind, text)
    try:
        return _document(found[1]) if found else None
    except (ValueError, zlib.error, RecursionError):
        return None


def visible(text: str) -> str:
    """Return what stands above the first hidden line of a text, with plain line ends."""
    found = re.search(rf"^<!-- {_NAME}", text, re.MULTILINE)
    return (text[: found.start()] if found else text).replace("\r\n", "\n").strip()


_NAME = "lukhas-notion"


def _name(kind: str) -> str:
    return f"{_NAME}-{kind}" if kind else _NAME


def _search(kind: str, text: str) -> re.Match[str] | None:
    return re.search(rf"^<!-- {_name(kind)} (\S.*) -->[ \t\r]*$", text, re.MULTILINE)


def _document(hidden: str) -> Any:
    if hidden[0] in "[{":
        return json.loads(hidden)
    packed = base64.b64decode(hidden, validate=True)
    return json.loads(zlib.decompressobj().decompress(packed, _MAX_BYTES))


@dataclass(frozen=True, slots=True)
class Marker:
    """What a comment or issue says of itself to later runs.

    Args:
        comment_id: which of several comments it is; "" for the only one.
        head_sha: the commit that it is about.
        run_id: the workflow run that wrote it; a later run has a higher one.
        run_attempt: which try of that run; counts from 1.
        digest: of the plan that the last preview showed, "" where there was none.
        state: ``preview``, ``uncomputed`` (a preview that failed), ``unverified`` (data of a
            stranger's run), ``applied`` or ``failed`` for a comment; ``verify`` for an issue.
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
        """Return the hidden line."""
        return hide("", asdict(self))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the marker in the first line of a comment, None where there is none.

        Keys that this version does not know are ignored. A known key with a value of another type,
        or longer than this tool writes, makes the line no marker.
        """
        document = reveal("", text.partition("\n")[0])
        if not isinstance(document, dict):
            return None
        values = {key: value for key, value in document.items() if key in _TYPES}
        if any(type(value) is not _TYPES[key] for key, value in values.items()):
            return None
        if any(len(str(value)) > _LONGEST for value in values.values()):
            return None
        required = {"comment_id", "head_sha", "run_id", "run_attempt"}
        return cls(**values) if required <= values.keys() else None
