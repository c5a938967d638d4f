"""The style sheet of the pages for a browser, which look like Notion in light and dark mode."""

from __future__ import annotations

# The colours of options: background and text in light mode, then in dark mode.
_PILLS = {
    "default": ("#efeeec", "#32302c", "#373737", "#d9d9d8"),
    "gray": ("#e3e2e0", "#32302c", "#454545", "#e4e4e3"),
    "brown": ("#eee0da", "#442a1e", "#5d4037", "#f0dfd7"),
    "orange": ("#fadec9", "#49290e", "#7a4a22", "#fbe3cf"),
    "yellow": ("#fdecc8", "#402c1b", "#78602b", "#fdf0cf"),
    "green": ("#dbeddb", "#1c3829", "#2b5b43", "#d9f0e1"),
    "blue": ("#d3e5ef", "#183347", "#28506e", "#d8ebf7"),
    "purple": ("#e8deee", "#412454", "#523469", "#eddff7"),
    "pink": ("#f5e0e9", "#4c2337", "#66344f", "#f9dce9"),
    "red": ("#ffe2dd", "#5d1715", "#6e3630", "#ffdfd9"),
}

_BASE = """
:root {
  color-scheme: light dark;
  --page: #fff; --ink: #37352f; --soft: #73726e; --faint: #74736f;
  --line: #e9e9e7; --hover: #f7f7f5; --link: #2a6db0;
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 14px/1.5 ui-sans-serif, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif;
  -webkit-font-smoothing: antialiased;
}
a { color: inherit; text-decoration: none; }
.top {
  display: flex; gap: .5rem; align-items: center; height: 44px; padding: 0 1rem;
  color: var(--soft); font-size: 13px;
}
.top > * { flex: none; white-space: nowrap; }
.top > :nth-last-child(2) { flex: 0 1 auto; overflow: hidden; text-overflow: ellipsis; }
.top .sep { color: var(--faint); }
.top a:hover, .tabs a:hover { background: var(--hover); }
.top a { padding: 2px 6px; border-radius: 4px; }
.top .badge {
  margin-left: auto; padding: 1px 8px; border: 1px solid var(--line); border-radius: 10px;
  font-size: 11.5px; white-space: nowrap;
}
main { padding: 1.6rem clamp(1rem, 3vw, 4rem) 4rem; }
h1 { margin: 0 0 .3rem; font-size: 32px; line-height: 1.2; font-weight: 700;
  letter-spacing: -.01em; overflow-wrap: anywhere; }
.facts { margin: 0 0 1.2rem; color: var(--soft); }
.tabs { display: flex; flex-wrap: wrap; gap: 2px; padding-bottom: 6px; }
.tabs a { padding: 4px 10px; border-radius: 6px; color: var(--soft); }
.tabs a[aria-current] { color: var(--ink); font-weight: 600; background: var(--hover); }
.scroll { overflow: auto; max-height: calc(100vh - 12rem); border-top: 1px solid var(--line); }
table { border-collapse: separate; border-spacing: 0; min-width: 100%; }
th, td {
  padding: 7px 10px; text-align: left; vertical-align: top; max-width: 22rem;
  border-bottom: 1px solid var(--line); border-right: 1px solid var(--line);
}
th:last-child, td:last-child { border-right: 0; }
th {
  position: sticky; top: 0; z-index: 2; background: var(--page); color: var(--soft);
  font-weight: 400; white-space: nowrap;
}
th i { display: inline-block; width: 1.5em; color: var(--faint); font-style: normal;
  text-align: left; }
td { min-width: 7rem; overflow-wrap: anywhere; }
td.text { min-width: 15rem; }
td.multi_select { min-width: 13rem; }
td.select, td.status { min-width: 9rem; }
th.title, td.title {
  position: sticky; left: 0; z-index: 1; min-width: 13rem; background: var(--page);
  font-weight: 500;
}
th.title { z-index: 3; font-weight: 400; }
td.title a:hover { text-decoration: underline; text-decoration-color: var(--faint);
  text-underline-offset: 3px; }
tbody tr:hover td { background: var(--hover); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.date { white-space: nowrap; }
.mono { font: 12.5px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
td .code { display: block; max-width: 9rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.pill {
  display: inline-block; max-width: 100%; margin: 1px 6px 3px 0; padding: 0 7px;
  border-radius: 4px; line-height: 20px; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; vertical-align: top;
}
.rich { white-space: pre-wrap; }
summary.rich { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical;
  overflow: hidden; cursor: pointer; list-style: none; }
summary.rich::-webkit-details-marker { display: none; }
summary:focus-visible, a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link);
  outline-offset: 2px; border-radius: 3px; }
details[open] > summary.rich { display: block; }
.link { color: var(--link); text-decoration: underline; text-underline-offset: 2px; }
.none { color: var(--faint); }
.empty { padding: 3rem 1rem; text-align: center; color: var(--soft); }
.box { display: inline-block; width: 15px; height: 15px; border: 1.5px solid var(--faint);
  border-radius: 3px; font-size: 11px; line-height: 12px; text-align: center; }
.box.on { background: #2383e2; border-color: #2383e2; color: #fff; }
article { max-width: 56rem; margin: 0 auto; }
dl { display: grid; grid-template-columns: minmax(8rem, 12rem) 1fr; gap: 10px 12px;
  margin: 1.4rem 0; }
dt { color: var(--soft); }
dt i { display: inline-block; width: 1.5em; color: var(--faint); font-style: normal; }
dd { margin: 0; overflow-wrap: anywhere; }
dd.number { text-align: left; }
dd td .code { display: block; max-width: 9rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.pill { white-space: normal; }
.icon { margin-right: 6px; }
.icon.large { display: block; margin: 0 0 .4rem; font-size: 40px; line-height: 1.1; }
.page, .file, .person { display: inline-block; max-width: 100%; margin: 1px 6px 3px 0; }
a.page, .file { text-decoration: underline; text-decoration-color: var(--faint);
  text-underline-offset: 3px; }
a.page:hover, .file:hover { background: var(--hover); }
.file { padding: 0 6px; border: 1px solid var(--line); border-radius: 4px; }
.person i { display: inline-block; width: 18px; height: 18px; margin-right: 5px;
  border-radius: 50%; background: var(--line); font-size: 11px; font-style: normal;
  line-height: 18px; text-align: center; }
td.people, td.files { min-width: 11rem; }
td.relation { min-width: 22rem; }
.more summary { color: var(--soft); cursor: pointer; }
.body { border-top: 1px solid var(--line); padding-top: .6rem; overflow-wrap: anywhere; }
.body h2, .body h3, .body h4, .body h5 { margin: 1.2rem 0 .3rem; line-height: 1.3; }
.body h2 { font-size: 24px; }
.body h3 { font-size: 20px; }
.body h4, .body h5 { font-size: 16px; }
.body p, .body ul, .body ol { margin: .3rem 0; }
.body ul, .body ol { padding-left: 1.6rem; }
.body .task { list-style: none; margin-left: -1.4rem; }
.body blockquote { margin: .4rem 0; padding-left: .9rem; border-left: 3px solid var(--ink); }
.body pre { overflow: auto; padding: .9rem 1rem; border-radius: 6px; background: var(--hover); }
.body code { font: 12.5px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.body p code, .body li code, .body td code { padding: 1px 4px; border-radius: 4px;
  background: var(--hover); }
.body hr { border: 0; border-top: 1px solid var(--line); }
.body .wide { overflow-x: auto; }
.body table { min-width: 0; border-top: 1px solid var(--line);
  border-left: 1px solid var(--line); }
.body th { position: static; white-space: normal; font-weight: 600; color: var(--ink); }
.body th:last-child, .body td:last-child { border-right: 1px solid var(--line); }
.body td { min-width: 5rem; }
.meta { border-top: 1px solid var(--line); padding-top: 1rem; color: var(--soft); }
.trash { margin-bottom: 1rem; padding: 8px 12px; border-radius: 6px; }
.edit { margin-top: 1rem; }
.edit summary { cursor: pointer; color: var(--soft); }
.edit label { display: grid; grid-template-columns: minmax(8rem, 12rem) 1fr; gap: 12px;
  margin: 8px 0; color: var(--soft); }
.edit input, .edit textarea { font: inherit; color: var(--ink); background: var(--page);
  border: 1px solid var(--line); border-radius: 4px; padding: 4px 8px; min-width: 0; }
.edit [type=checkbox] { justify-self: start; }
button { font: inherit; color: var(--ink); background: var(--hover); padding: 4px 12px;
  border: 1px solid var(--line); border-radius: 6px; cursor: pointer; }
@media (max-width: 640px) {
  .edit label { grid-template-columns: 1fr; gap: 2px; }
  th.title, td.title { position: static; }
  th.title { position: sticky; }
  dl { grid-template-columns: 1fr; gap: 2px; }
  dd { margin-bottom: 12px; }
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #191919; --ink: #e2e2e0; --soft: #9b9b99; --faint: #8b8b89;
    --line: #2f2f2f; --hover: #242424; --link: #7db5ea;
  }
}
"""


def style_sheet() -> str:
    """Return the style sheet of every page."""
    light = "".join(
        f".c-{name} {{ background: {fill}; color: {ink}; }}\n"
        for name, (fill, ink, _, _) in _PILLS.items()
    )
    dark = "".join(
        f".c-{name} {{ background: {fill}; color: {ink}; }}\n"
        for name, (_, _, fill, ink) in _PILLS.items()
    )
    return f"{_BASE}{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
