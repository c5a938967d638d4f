"""The plot: seconds of each tool on each job, on a logarithmic scale, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

Made = Mapping[str, Any]

WIDTH, LABELS, RIGHT = 760, 190, 170
BAR, GAP, TOP = 16, 22, 46
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.faint { fill: #59636e; font-size: 12px; }
line { stroke: #d1d9e0; }
.tool-0 { fill: #0969da; } .tool-1 { fill: #9a6700; } .tool-2 { fill: #8250df; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .faint { fill: #9198a1; }
  line { stroke: #3d444d; }
  .tool-0 { fill: #4493f8; } .tool-1 { fill: #d29922; } .tool-2 { fill: #ab7df8; }
}
"""


def plot(measured: Sequence[Made]) -> str:
    """Return an SVG of the jobs, a bar for each tool; it follows the reader's light or dark.

    Args:
        measured: results with ``title``, ``tool`` and ``seconds`` (median, least, most); one that
            could not be run has no bar.
    """
    jobs = list(dict.fromkeys(each["title"] for each in measured))
    tools = list(dict.fromkeys(each["tool"] for each in measured))
    shown = [each for each in measured if "seconds" in each]
    scale = _Scale([each["seconds"][0] for each in shown])
    body: list[str] = []
    y = TOP
    for job in jobs:
        of_job = [each for each in shown if each["title"] == job]
        middle = y + len(of_job) * BAR / 2 + 4
        body.append(_text(LABELS - 12, middle, job, anchor="end"))
        for each in of_job:
            body += _bar(each, tools.index(each["tool"]), scale, y)
            y += BAR
        y += GAP
    height = y + 14
    lines = list(_grid(scale, y - GAP / 2))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="Seconds of each tool, on a logarithmic scale">\n'
        f"<style>{_STYLE}</style>\n" + "\n".join([*lines, *_legend(tools), *body]) + "\n</svg>\n"
    )


class _Scale:
    """Seconds to pixels: whole powers of ten at both ends."""

    def __init__(self, seconds: Sequence[float]) -> None:
        self.first = math.floor(math.log10(min(seconds)))
        self.last = max(self.first + 1, math.ceil(math.log10(max(seconds))))

    def x(self, seconds: float) -> float:
        share = (math.log10(seconds) - self.first) / (self.last - self.first)
        return LABELS + share * (WIDTH - LABELS - RIGHT)


def _grid(scale: _Scale, bottom: float) -> Iterator[str]:
    for power in range(scale.first, scale.last + 1):
        x = scale.x(10.0**power)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{bottom:.1f}"/>'
        yield _text(x, bottom + 16, f"{10.0**power:,g} s", anchor="middle", kind="faint")


def _legend(tools: Sequence[str]) -> Iterator[str]:
    x = float(LABELS)
    for index, tool in enumerate(tools):
        yield f'<rect class="tool-{index}" x="{x:.0f}" y="10" width="12" height="12" rx="2"/>'
        yield _text(x + 18, 20, tool)
        x += 44 + 7.2 * len(tool)


def _bar(each: Made, tool: int, scale: _Scale, y: float) -> Iterator[str]:
    seconds = each["seconds"][0]
    width = max(2.0, scale.x(seconds) - LABELS)
    shape = f'x="{LABELS}" y="{y:.0f}" width="{width:.1f}" height="{BAR - 3}" rx="2"'
    yield f'<rect class="tool-{tool}" {shape}/>'
    label = f"{seconds:,.1f} s · {each['requests']:,.0f} requests"
    yield _text(LABELS + width + 6, y + 11, label, kind="faint")


def _text(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{shown}>{escape(text)}</text>'
