"""Make the README's pictures from real runs, and compare those of two commits.

``python docs/pictures.py`` writes ``docs/images``: the comment, the database and one of its pages
as pictures, and beside each its text, which a test compares with what a run says today.
``python docs/pictures.py --compare COMMIT FOLDER`` writes ``FOLDER/before`` and ``FOLDER/after``:
the same of a commit and of this checkout, also on a phone and in the dark.

It needs the test requirements, and Chromium: ``chromium`` on the path, or ``CHROMIUM``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs/images"
_TIME = re.compile(r"\d\d:\d\d|\b20\d\d\b")
#: GitHub's own colours, light and dark: text, muted text, background, borders, code, links.
THEMES = {
    "light": ("#1f2328", "#59636e", "#ffffff", "#d1d9e0", "#818b981f", "#0969da"),
    "dark": ("#f0f6fc", "#9198a1", "#0d1117", "#3d444d", "#656c7633", "#4493f8"),
}
#: What matters of GitHub's style sheet for Markdown.
CSS = """
body { margin: 0; padding: 16px; background: var(--back) }
main { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, "Liberation Sans",
  "DejaVu Sans", "Noto Color Emoji", sans-serif; color: var(--text); word-wrap: break-word;
  border: 1px solid var(--line); border-radius: 6px; padding: 16px; max-width: 900px;
  box-sizing: border-box }
h2 { padding-bottom: .3em; border-bottom: 1px solid var(--line); font-size: 1.5em }
h2, h3 { margin: 24px 0 16px; font-weight: 600 } h2:first-child { margin-top: 0 }
h3 { font-size: 1.25em } p, ul, blockquote, details { margin: 0 0 16px } ul { padding-left: 2em }
blockquote { margin-left: 0; padding: 0 1em; color: var(--muted);
  border-left: .25em solid var(--line) }
code { padding: .2em .4em; font-size: 85%; white-space: break-spaces; border-radius: 6px;
  background: var(--code); font-family: "Liberation Mono", "DejaVu Sans Mono", monospace }
hr { height: .25em; border: 0; margin: 24px 0; background: var(--line) } a { color: var(--link) }
sub { font-size: 75%; line-height: 0; position: relative; bottom: -.25em; vertical-align: baseline }
"""


class Shown(NamedTuple):
    """What a pull request to the example repository and its database look like.

    Args:
        comment: the comment, as Markdown.
        table: the database, as HTML.
        module: the page of one module, as HTML.
    """

    comment: str
    table: str
    module: str


def example() -> Shown:
    """Sync the example repository, and make a pull request to it."""
    sys.path.insert(0, str(PROJECT / "tests"))
    from support.actions import ActionPlace
    from support.workplace import EXAMPLE, workplace

    from lukhas_notion.emulator import web

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        shutil.copytree(EXAMPLE, root)
        place = workplace(root, mapped=True)
        # One request after the other: the pages are then made in the same order each time.
        ended = place.run("sync", "--all", "--backfill", "--concurrency", "1")
        if ended.code:
            raise SystemExit(ended.out + ended.err)
        table = place.notion.html()
        module = web.detail(place.notion.workspace, place.pages()["riding.unlock"]["id"]).html
        action = ActionPlace(place, Path(folder))
        for path, changes in edits(root).items():
            new = not place.manifest(path).exists()
            if new:
                place.write(path, {})
            place.edit(path, **changes)
            action.pull.change(f"{path}/module.manifest.json", "added" if new else "modified")
        tags = root / "vocab/tags.json"
        tags.write_text(
            tags.read_text(encoding="utf-8").replace('"lane:beta"', '"lane:beta", "lane:canary"')
        )
        action.pull.change("vocab/tags.json")
        page = place.pages()["fleet.workshop"]["id"]
        place.notion.edit_page(page, {"Coverage": 50})
        ran = action.pull_request(backfill="true")
        if ran.code:
            raise SystemExit(ran.log)
        place.notion.close()
    comment = re.sub(r"<!--.*?-->\s*", "", action.comment, flags=re.DOTALL).strip()
    return Shown(f"{comment}\n", table, module)


def edits(root: Path) -> dict[str, dict[str, object]]:
    """Return what the pull request changes: two updates, and a module that is new."""
    text = (root / "platform/public-api/module.manifest.json").read_text(encoding="utf-8")
    described = json.loads(text)["description"]
    return {
        "platform/public-api": {
            "description": described.replace("in plain words", "in simple words"),
            "testing": {"coverage_observed": 97.5},
            "tags": ["team:platform", "lane:canary", "tier:1"],
        },
        "payments/fares": {"performance": {"sla_targets": {"latency_p95_ms": 120}}},
        "riding/night-light": {
            "module": "riding.night-light",
            "description": "Keeps a bike's light on for a minute after the ride.",
            "features": ["trip.end"],
            "tags": ["team:riding", "lane:beta", "tier:3"],
            "testing": {"coverage_observed": 71},
        },
    }


def texts() -> dict[str, str]:
    """Return what each picture shows, as text, by the name of its file."""
    made = example()
    rows = _lines(made.table, "<table", "</table>")
    page = _lines(made.module, "<article", "<details")
    return {"comment.txt": made.comment, "notion.txt": rows, "module.txt": page}


def _lines(html: str, begin: str, end: str) -> str:
    """Return the text of a part of a page, without what differs each time: when it was written."""
    part = html[html.index(begin) : html.rindex(end)]
    lines = (line.strip() for line in re.sub(r"<[^>]+>", "\n", part).splitlines())
    return "".join(f"{line}\n" for line in lines if line and not _TIME.search(line))


def github(comment: str, theme: str) -> str:
    """Return a comment as GitHub shows it, the first page unfolded."""
    import cmarkgfm
    from cmarkgfm.cmark import Options

    shown = cmarkgfm.github_flavored_markdown_to_html(comment, Options.CMARK_OPT_UNSAFE)
    shown = shown.replace("<details><summary>✏️", "<details open><summary>✏️", 1)
    names = ("text", "muted", "back", "line", "code", "link")
    colours = ";".join(f"--{n}:{c}" for n, c in zip(names, THEMES[theme], strict=True))
    head = f"<meta charset=utf-8><style>:root{{{colours}}}{CSS}</style>"
    return f"<!doctype html>{head}<main>{shown}</main>"


def photograph(html: str, file: Path, width: int, height: int) -> None:
    """Write a page as a picture of so many pixels."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("There is no Chromium: put it on the path, or name it by CHROMIUM.")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(html, encoding="utf-8")
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--screenshot={file}", f"--window-size={width},{height}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def everything(folder: Path) -> None:
    """Write every picture of this checkout, on a desk and on a phone, by day and by night."""
    folder.mkdir(parents=True, exist_ok=True)
    made = example()
    (folder / "comment.txt").write_text(made.comment, encoding="utf-8")
    for theme in THEMES:
        for width, height in ((1280, 1100), (360, 1700)):
            file = folder / f"comment-{theme}-{width}.png"
            photograph(github(made.comment, theme), file, width, height)
    for width in (1280, 360):
        photograph(made.table, folder / f"notion-{width}.png", width, 900)
        photograph(made.module, folder / f"module-{width}.png", width, 1000)


def compare(commit: str, folder: Path) -> None:
    """Write the pictures of a commit beside those of this checkout."""
    everything(folder / "after")
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "before"
        git = ["git", "-C", str(PROJECT), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", str(tree), commit], check=True)
        try:
            shutil.copy(__file__, tree / "docs/pictures.py")
            command = [sys.executable, "docs/pictures.py", "--everything", str(folder / "before")]
            environ = {**os.environ, "PYTHONPATH": str(tree)}
            subprocess.run(command, cwd=tree, env=environ, check=True)
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def main() -> int:
    """Write the pictures that are asked for."""
    parser = argparse.ArgumentParser(description="Make the README's pictures from real runs.")
    parser.add_argument("--compare", nargs=2, metavar=("COMMIT", "FOLDER"))
    parser.add_argument("--everything", metavar="FOLDER", help="every picture of this checkout")
    args = parser.parse_args()
    if args.compare:
        compare(args.compare[0], Path(args.compare[1]).resolve())
    elif args.everything:
        everything(Path(args.everything).resolve())
    else:
        for name, text in texts().items():
            (IMAGES / name).write_text(text, encoding="utf-8")
        made = example()
        photograph(github(made.comment, "light"), IMAGES / "comment.png", 940, 890)
        photograph(made.table, IMAGES / "notion.png", 1280, 800)
        photograph(made.module, IMAGES / "module.png", 1280, 900)
    return 0


if __name__ == "__main__":
    sys.exit(main())
