"""Output of `ledger show`: a table of records, and what they sum up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lukhas_notion.ledger.state import BACKFILL, RUN, Record
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.report.screen import Line, table
from lukhas_notion.util.text import counted

_DONE = {
    ChangeKind.CREATE: "created",
    ChangeKind.UPDATE: "updated",
    ChangeKind.ADOPT: "adopted",
    ChangeKind.RESTORE: "restored",
    ChangeKind.ARCHIVE: "archived",
}
_OPTIONS = (("added", "added"), ("by_pages", "added by pages"), ("removed", "removed"))
#: The words for a run's counts; any other name is a plural.
_WORDS = {word: word for word in _DONE.values()} | {
    "skipped": "unchanged",
    "drifted": "edited in Notion",
    "unapplied": "not applied",
}
#: The counts at the end of a run's row.
_LAST = ("violations", "unapplied")
_FAILED = ("error", "unknown", "not_attempted")
#: Lengths of a time with seconds, a time with minutes, and the beginning of a run's id.
_SECONDS, _MINUTES, _RUN_DIGITS = 19, 16, 8


def ledger_summary(records: Sequence[Record]) -> dict[str, Any]:
    """Return the number of runs and pages in records, and the first and last time.

    The last of several attempts at one action for one module in one run counts: a create that was
    first unanswered and then done is not a failure. A page that is created and then updated in one
    run counts as both.
    """
    of_pages = [record for record in records if isinstance(record.get("module"), str)]
    last = {(_run(r), r["module"]): r for r in of_pages}
    attempts = {(_run(r), r["module"], str(r.get("action"))): r for r in of_pages}
    done = Counter(key[-1] for key, r in attempts.items() if r.get("status") == "success")
    times = [str(record.get("ts") or "") for record in records]
    return {
        "first": min(times, default=""),
        "last": max(times, default=""),
        "runs": len(set(map(_run, records)) - {""}),
        **{word: done[kind.value] for kind, word in _DONE.items()},
        "failed": sum(record.get("status") in _FAILED for record in last.values()),
        "unchanged": sum(map(is_unchanged, records)),
    }


def _run(record: Record) -> str:
    return str(record.get("run_id") or "")


def is_unchanged(record: Record) -> bool:
    """Return whether a record says that a page was up to date."""
    return record.get("status") == "sha_match"


def ledger_lines(records: Sequence[Record], *, whole: bool) -> Iterator[Line]:
    """Yield a table of records and a summary.

    Args:
        records: the oldest first.
        whole: whether unchanged pages are listed.
    """
    summary = ledger_summary(records)
    shown = [record for record in records if whole or not is_unchanged(record)]
    if shown:
        head = ("Time (UTC)", "Run", "Action", "Status", "What")
        yield from table([head, *map(_row, shown)])
    yield Line.of(_sentence(summary, len(records)))
    if len(shown) < len(records):
        pages = counted(summary["unchanged"], "record")
        yield Line.of(f"{pages} of unchanged pages not listed: --module NAME or --json has them.")


def _row(record: Record) -> tuple[str, ...]:
    # Records of older versions have the remedy on a line of its own.
    error = " ".join(str(record.get("error") or "").split())
    action, status = (str(record.get(key) or "") for key in ("action", "status"))
    return (
        str(record.get("ts") or "")[:_SECONDS].replace("T", " "),
        _run(record)[:_RUN_DIGITS],
        "backfill" if action == BACKFILL else action,
        status if status != action else "",
        ": ".join(filter(None, (_subject(record), error))),
    )


def _subject(record: Record) -> str:
    if record.get("action") == RUN:
        return _counts(record.get("counts"))
    if isinstance(record.get("module"), str):
        return str(record["module"])
    names = record.get("properties")
    if not isinstance(names, list):
        return str(record.get("view") or record.get("path") or "")
    counts = [(record.get(key), word) for key, word in _OPTIONS]
    options = [f"{len(each):,} {word}" for each, word in counts if isinstance(each, list)]
    return ": ".join(filter(None, (", ".join(map(str, names)), ", ".join(options))))


def _counts(counts: object) -> str:
    """Return a run's counts that are not 0, or the number of manifests where all are 0."""
    if not isinstance(counts, dict):
        return ""
    numbers = {str(key): count for key, count in counts.items() if isinstance(count, int) and count}
    manifests = numbers.pop("manifests", 0)
    if "created" in counts:  # the outcomes of the changes are there
        numbers.pop("changes", None)
    numbers |= {key: numbers.pop(key) for key in _LAST if key in numbers}
    listed = [
        f"{count:,} {_WORDS[key]}" if key in _WORDS else counted(count, key.removesuffix("s"))
        for key, count in numbers.items()
    ]
    return ", ".join(listed) or counted(manifests, "manifest")


def _sentence(summary: Mapping[str, Any], records: int) -> str:
    if not records:
        return "No record."
    done = [(summary[word], word) for word in _DONE.values() if summary[word]]
    parts = [f"{count:,} {word}" for count, word in done] or ["no page written"]
    if done:
        parts[0] = f"{counted(done[0][0], 'page')} {done[0][1]}"
    if summary["failed"]:
        parts.append(f"{summary['failed']:,} failed")
    first, last = (summary[key][:_MINUTES].replace("T", " ") for key in ("first", "last"))
    when = f"between {first} and {last} UTC" if first != last else f"at {first} UTC"
    of = f"{counted(records, 'record')} of {counted(summary['runs'], 'run')}"
    return f"{of}, {when}: {', '.join(parts)}."
