"""The tables: every figure with its target, met or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Made = Mapping[str, Any]


def row_table(rows: Sequence[Made]) -> str:
    """Return the rows as a Markdown table; what was not asked of a row is a dash."""
    head = ("what", "requests", "floor", "ratio", "seconds", "MiB", "429", "runs", "target", "met")
    return table(head, "lrrrrrrrll", [_row(each) for each in rows])


def sweep_table(rows: Sequence[Made]) -> str:
    """Return what each number of requests at once makes of a first sync."""
    head = ("at once", "seconds", "429", "409", "requests", "runs")
    lines = [
        (
            each["name"].removeprefix("sweep-"),
            spread(each["seconds"]),
            str(each["refused"]),
            str(each["conflicts"]),
            f"{each['requests']:,.0f}",
            str(len(each["samples"])),
        )
        for each in rows
    ]
    return table(head, "rrrrrr", lines)


def peer_table(measured: Sequence[Made]) -> str:
    """Return the tools side by side; what could not be run says so."""
    head = ("what", "tool", "requests", "seconds", "MiB", "429", "runs")
    lines = []
    for each in measured:
        figures: tuple[str, ...] = ("could not be run", "–", "–", "–", "–")
        if "failed" not in each:
            figures = (
                f"{each['requests']:,.0f}",
                spread(each["seconds"]),
                spread(each["mib"], 0),
                str(each["refused"]),
                str(len(each["samples"])),
            )
        lines.append((each["title"], each["tool"], *figures))
    return table(head, "llrrrrr", lines)


def table(head: Sequence[str], align: str, lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; ``align`` has a letter for each column, l or r."""
    rule = ["---:" if each == "r" else "---" for each in align]
    return "".join(f"| {' | '.join(each)} |\n" for each in (head, rule, *lines))


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return a median with its least and most, where those differ."""
    middle, least, most = (f"{each:,.{digits}f}" for each in values)
    return middle if least == most else f"{middle} ({least}–{most})"


def target(wanted: Made) -> str:
    """Return a target in words."""
    shown = []
    if "requests" in wanted:
        shown.append(f"≤ {wanted['requests']}")
    if "seconds" in wanted:
        shown.append(f"≤ {wanted['seconds']:g} s")
    if "mib" in wanted:
        shown.append(f"≤ {wanted['mib']:g} MiB")
    if "window" in wanted:
        shown.append(f"≥ {wanted['window']:.0%} of the window")
    return ", ".join(shown)


def about_lines(measured: Sequence[Made]) -> str:
    """Return what figures were taken with: a line for each machine, day and Notion."""
    lines = dict.fromkeys(_about(each["about"]) for each in measured)
    return "".join(f"{line}\n" for line in lines)


def _about(about: Made) -> str:
    machine, service = about["machine"], about["service"]
    return (
        f"`{about['command']}` on {machine['cores']} cores and {machine['memory_gib']} GiB "
        f"({machine['system']}), Python {machine['python']}, {about['date']}; "
        f"Notion: {service['latency']:g} ms per response, "
        f"{service['per_minute']} requests per minute."
    )


def _row(made: Made) -> tuple[str, ...]:
    asked, floor = made["requests"], made["floor"]
    aim = target(made["target"])
    used = f", {made['window_use']:.1%} used" if "window" in made["target"] else ""
    met = "✗ " + "; ".join(made["missed"]) if made["missed"] else "✓"
    return (
        made["title"],
        f"{asked:,.0f}" if asked else "–",
        f"{floor:,}" if floor is not None else "–",
        f"{asked / floor:.2f}" if floor else "–",
        spread(made["seconds"]),
        spread(made["mib"], 0),
        str(made["refused"]) if asked else "–",
        str(len(made["samples"])),
        aim or "–",
        met + used if aim or made["missed"] else "–",
    )
