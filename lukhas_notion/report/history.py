"""Records of the ledger for a terminal: a table, and below it what they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lukhas_notion.ledger.state import RUN
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.text import counted

Record = Mapping[str, Any]

_HEAD = ("Time (UTC)", "Run", "Action", "Status", "What")
_DONE = {
    ChangeKind.CREATE: "created",
    ChangeKind.UPDATE: "updated",
    ChangeKind.ADOPT: "adopted",
    ChangeKind.RESTORE: "restored",
    ChangeKind.ARCHIVE: "archived",
}
_OPTIONS = (("added", "added"), ("by_pages", "added by pages"), ("removed", "removed"))
_FAILED = ("error", "unknown", "not_attempted")
#: How much of a time is shown: up to its seconds, and up to its minutes.
_SECONDS, _MINUTES = 19, 16
_RUN_DIGITS = 8


def summary(records: Sequence[Record]) -> dict[str, Any]:
    """Return what records come to: how many runs and pages, and between which times.

    A create that was not answered and then done is done, and not failed: of the attempts of one
    run for one module the last one counts.
    """
    last = {(_run(each), each["module"]): each for each in records if _is_page(each)}
    ended = Counter((str(r.get("action")), str(r.get("status"))) for r in last.values())
    times = [str(each.get("ts") or "") for each in records]
    return {
        "first": min(times, default=""),
        "last": max(times, default=""),
        "runs": len({_run(each) for each in records} - {""}),
        **{word: ended[kind.value, "success"] for kind, word in _DONE.items()},
        "failed": sum(count for (_, status), count in ended.items() if status in _FAILED),
        "unchanged": sum(map(is_unchanged, records)),
    }


def _run(record: Record) -> str:
    return str(record.get("run_id") or "")


def _is_page(record: Record) -> bool:
    return isinstance(record.get("module"), str)


def is_unchanged(record: Record) -> bool:
    """Return whether a record says that a page was up to date."""
    return record.get("status") == "sha_match"


def lines(records: Sequence[Record], *, whole: bool) -> Iterator[str]:
    """Yield the table and what it comes to.

    Args:
        records: the oldest first.
        whole: whether pages that were up to date have a row each.
    """
    found = summary(records)
    shown = [each for each in records if whole or not is_unchanged(each)]
    if shown:
        yield from _table([_HEAD, *map(_row, shown)])
    yield _sentence(found, len(records))
    if len(shown) < len(records):
        pages = counted(found["unchanged"], "record")
        yield f"{pages} of unchanged pages not listed: --module NAME or --json has them."


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows with their columns one below the other; the last column is as long as it is."""
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _row(record: Record) -> tuple[str, ...]:
    cells = (
        str(record.get("ts") or "")[:_SECONDS].replace("T", " "),
        _run(record)[:_RUN_DIGITS],
        str(record.get("action") or ""),
        str(record.get("status") or ""),
    )
    # Records of older versions have the remedy on a line of its own.
    error = " ".join(str(record.get("error") or "").split())
    what = ": ".join(filter(None, (_what(record), error)))
    return tuple(terminal(cell) for cell in (*cells, what))


def _what(record: Record) -> str:
    """Return what a record is about."""
    if record.get("action") == RUN:
        return _counts(record.get("counts"))
    if isinstance(record.get("module"), str):
        return str(record["module"])
    names = record.get("properties")
    if not isinstance(names, list):
        return str(record.get("path") or "")
    counts = {word: record.get(key) for key, word in _OPTIONS}
    said = [f"{len(each):,} {word}" for word, each in counts.items() if isinstance(each, list)]
    return ": ".join(filter(None, (", ".join(map(str, names)), ", ".join(said))))


def _counts(counts: object) -> str:
    """Return the counts of a run that are not 0; how many manifests it looked at, where all are."""
    if not isinstance(counts, dict):
        return ""
    numbers = {str(key): count for key, count in counts.items() if isinstance(count, int) and count}
    manifests = numbers.pop("manifests", 0)
    if "created" in counts:  # what became of each change is there
        numbers.pop("changes", None)
    words = {"skipped": "unchanged", "drifted": "edited in Notion"}
    said = [f"{count:,} {words.get(key, key)}" for key, count in numbers.items()]
    return ", ".join(said) or counted(manifests, "manifest")


def _sentence(found: Mapping[str, Any], records: int) -> str:
    """Return what was written in one sentence."""
    if not records:
        return "No record."
    done = [(found[word], word) for word in _DONE.values() if found[word]]
    parts = [f"{count:,} {word}" for count, word in done] or ["no page written"]
    if done:
        parts[0] = f"{counted(done[0][0], 'page')} {done[0][1]}"
    if found["failed"]:
        parts.append(f"{found['failed']:,} failed")
    first, last = (found[key][:_MINUTES].replace("T", " ") for key in ("first", "last"))
    when = f"between {first} and {last} UTC" if first != last else f"at {first} UTC"
    of = f"{counted(records, 'record')} of {counted(found['runs'], 'run')}"
    return terminal(f"{of}, {when}: {', '.join(parts)}.")
