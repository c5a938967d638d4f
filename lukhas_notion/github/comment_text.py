"""The text of a comment: fit it into GitHub's limit, and keep its state in hidden lines."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

from lukhas_notion.plan.values import text_units

Measure = Callable[[str], int]


def utf8_bytes(text: str) -> int:
    """Return the size of a text in a file of the runner, in bytes."""
    return len(text.encode("utf-8", "backslashreplace"))


class Limit(NamedTuple):
    """The largest text that is accepted: ``size`` in the unit of ``measure``."""

    size: int
    measure: Measure


#: GitHub refuses a comment or issue of more characters with 422. UTF-16 units are never fewer.
GITHUB = Limit(65_536, text_units)
#: The largest text that this tool writes: a browser makes each line end longer in an edit.
COMMENT = Limit(64_000, text_units)
#: The runner drops a step summary of more than 1 MiB. Other parts of the step may add to it.
SUMMARY = Limit(1_000_000, utf8_bytes)

_LEFT_OUT = "_… The rest does not fit here._"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document.

    Args:
        head: the text above the rows.
        rows: lines that may be left out, from the end.
        tail: the text below the rows (a closing tag).
        more: number of rows that were left out → note.
    """

    head: str
    rows: Sequence[str] = field(default_factory=tuple)
    tail: str = ""
    more: Callable[[int], str] = lambda n: f"_… and {n:,} more._"


def fit(
    parts: Sequence[Part],
    limit: int,
    measure: Measure,
    *,
    first: str = "",
    hidden: Sequence[str] = (),
) -> str:
    """Return the parts as one text of at most ``limit``.

    Earlier parts are filled first. Space for each part's head, tail and note on missing rows,
    for ``first`` and for ``hidden`` is reserved before any row is added. Where that alone is too
    large, hidden lines are left out, then whole parts, each from the end. The first part is
    cut at the end of a line.

    Args:
        parts: the document, the most important part first.
        limit: the largest size of the whole text.
        measure: returns the size of a text.
        first: the first line (a comment's marker).
        hidden: lines for the end, each of which may be left out (a comment's plan).
    """
    start = f"{first}\n" if first and measure(first) < limit else ""
    wanted = [part for part in parts if part.head or part.rows]
    ends = [f"\n\n{line}" for line in hidden if line]
    room = limit - measure(start)
    while ends and _bare(wanted, measure) + sum(map(measure, ends)) > room:
        ends.pop()
    if not ends and _bare(wanted, measure) > room:
        wanted = _fewer(wanted, room, measure)
    end = "".join(ends)
    body = _filled(wanted, room - measure(end), measure)
    if measure(body) + measure(end) > room:
        return start + _cut(body, room, measure)
    return f"{start}{body}{end}"


def _bare(parts: Sequence[Part], measure: Measure) -> int:
    """Return the size of the parts without their rows."""
    between = 2 * max(len(parts) - 1, 0)
    return sum(measure(_text(part, 0)) for part in parts) + between


def _fewer(parts: Sequence[Part], room: int, measure: Measure) -> list[Part]:
    """Return the first parts that fit without rows, and a note instead of the others."""
    kept, note = list(parts), Part(_LEFT_OUT)
    while len(kept) > 1 and _bare([*kept, note], measure) > room:
        kept.pop()
    return [*kept, note]


def _filled(parts: Sequence[Part], room: int, measure: Measure) -> str:
    """Return the parts with as many rows as fit."""
    kept = [0] * len(parts)
    used = _bare(parts, measure)
    for index, part in enumerate(parts):
        for row in part.rows:
            used += measure(row) + 1
            if used > room:
                return _join(parts, kept)
            kept[index] += 1
    return _join(parts, kept)


def _cut(text: str, room: int, measure: Measure) -> str:
    """Return the first lines of a text that fit, and a note that lines are missing."""
    note = f"\n\n{_LEFT_OUT}"
    left = room - measure(note)
    kept: list[str] = []
    for line in text.splitlines(keepends=True):
        left -= measure(line)
        if left < 0:
            break
        kept.append(line)
    cut = "".join(kept).rstrip() + note if kept else _LEFT_OUT
    while cut and measure(cut) > room:
        cut = cut[: len(cut) // 2]
    return cut


def _join(parts: Sequence[Part], kept: Sequence[int]) -> str:
    return "\n\n".join(_text(s, k) for s, k in zip(parts, kept, strict=True))


def _text(part: Part, kept: int) -> str:
    left_out = len(part.rows) - kept
    body = "\n".join(filter(None, [part.head, *part.rows[:kept], part.tail]))
    # The note follows the tail: inside a table it would be a row.
    return "\n\n".join(filter(None, [body, part.more(left_out) if left_out else ""]))


#: States of a comment that a preview does not replace, because its pull request is merged.
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
        kind: the name of the kind of line; "" for the marker.
        document: a JSON value.
        packed: whether to compress it, for a long document.
    """
    text = json.dumps(document, ensure_ascii=not packed, separators=(",", ":"))
    if packed:
        raw = text.encode("utf-8", "surrogatepass")
        text = base64.b64encode(zlib.compress(raw, 9)).decode()
    # No value can end the HTML comment early.
    text = text.replace("--", "-\\u002d")
    return f"<!-- {_name(kind)} {text} -->"


def hidden_line(kind: str, text: str) -> str:
    """Return the first hidden line of a kind unchanged, "" where there is none."""
    match = _search(kind, text)
    return match[0].strip() if match else ""


def reveal(kind: str, text: str) -> Any:
    """Return the document of the first hidden line of a kind, None where it cannot be read."""
    match = _search(kind, text)
    try:
        return _document(match[1]) if match else None
    except (ValueError, zlib.error, RecursionError):
        return None


def visible(text: str) -> str:
    """Return the text above the first hidden line, with line feeds as line ends."""
    match = re.search(rf"^<!-- {_NAME}", text, re.MULTILINE)
    return (text[: match.start()] if match else text).replace("\r\n", "\n").strip()


_NAME = "lukhas-notion"
#: How the first line of a managed comment or issue begins.
MARKED = f"<!-- {_NAME} "


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
    """The state that a comment or issue keeps for later runs.

    Args:
        comment_id: which of several comments it is; "" for the only one.
        head_sha: the commit that it is about.
        run_id: the workflow run that wrote it; a later run has a higher id.
        run_attempt: the attempt of that run, from 1.
        digest: the digest of the last previewed plan, "" where there was none.
        state: ``preview``, ``uncomputed`` (a preview that failed), ``unverified`` (data of an
            untrusted run), ``applied`` or ``failed`` for a comment; ``verify`` for an issue.
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
        """The key by which markers are ordered: a later run has a greater one."""
        return self.run_id, self.run_attempt

    @property
    def about(self) -> tuple[str, str, str]:
        """The commit, digest and state, which do not depend on the run that wrote it."""
        return self.head_sha, self.digest, self.state

    def render(self) -> str:
        """Return the hidden line."""
        return hide("", asdict(self))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the marker in the first line of a comment, None where there is none.

        Unknown keys are ignored. A line in which a known key has a value of another type, or a
        longer one than this tool writes, is not a marker.
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
