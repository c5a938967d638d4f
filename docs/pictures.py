"""Make the README's pictures from real runs, and compare those of two commits.

``python docs/pictures.py`` writes ``docs/images``: the comment, the database and one of its pages
as pictures, and beside each its text, which a test compares with what a run says today.
``python docs/pictures.py --compare COMMIT FOLDER`` writes ``FOLDER/before`` and ``FOLDER/after``:
what a commit and this checkout show of the example repository, of 300 new modules, of 300 pages
that people edited, and of 36,000 violations: comment, report and issue on a desk and on a phone, by
day and by night, and the terminal with 80 and 120 columns.

It needs the test requirements, and Chromium: ``chromium`` on the path, or ``CHROMIUM``.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from support.actions import ActionPlace
    from support.workplace import Workplace

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs/images"
#: A picture shows less of a document than so many characters.
_LONGEST = 200_000
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
    from lukhas_notion.emulator import web

    with example_repository() as action:
        place = action.place
        table = place.notion.html()
        module = web.detail(place.notion.workspace, place.pages()["riding.unlock"]["id"]).html
        propose(action)
        comment = commented(action, backfill="true")
    return Shown(comment, table, module)


@contextmanager
def example_repository() -> Iterator[ActionPlace]:
    """Sync the example repository to a database, and put GitHub around it."""
    sys.path.insert(0, str(PROJECT / "tests"))
    from support.workplace import EXAMPLE

    with repository(lambda root: shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)) as action:
        # One request after the other: the pages are then made in the same order each time.
        ended = action.place.run("sync", "--all", "--backfill", "--concurrency", "1")
        if ended.code:
            raise SystemExit(ended.out + ended.err)
        yield action


@contextmanager
def repository(fill: Callable[[Path], object]) -> Iterator[ActionPlace]:
    """Make a repository with a database of its own, and put GitHub around it."""
    sys.path.insert(0, str(PROJECT / "tests"))
    from support.actions import ActionPlace
    from support.workplace import workplace

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        root.mkdir()
        fill(root)
        place = workplace(root, mapped=True)
        yield ActionPlace(place, Path(folder))
        place.notion.close()


def propose(action: ActionPlace) -> None:
    """Make the pull request to the example repository, and an edit in Notion."""
    place = action.place
    for path, changes in edits(place.root).items():
        new = not place.manifest(path).exists()
        if new:
            place.write(path, {})
        place.edit(path, **changes)
        action.pull.change(f"{path}/module.manifest.json", "added" if new else "modified")
    tags = place.root / "vocab/tags.json"
    tags.write_text(
        tags.read_text(encoding="utf-8").replace('"lane:beta"', '"lane:beta", "lane:canary"')
    )
    action.pull.change("vocab/tags.json")
    place.notion.edit_page(place.pages()["fleet.workshop"]["id"], {"Coverage": 50})


def commented(action: ActionPlace, **inputs: str) -> str:
    """Return the comment on the pull request, without what GitHub hides."""
    ran = action.pull_request(**inputs)
    if not action.pull.comments:
        raise SystemExit(ran.log)
    return visible(action.comment)


def visible(body: str) -> str:
    """Return a comment or an issue without what GitHub hides."""
    return f"{re.sub(r'<!--.*?-->', '', body, flags=re.DOTALL).strip()}\n"


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
    """Return a comment as GitHub shows it."""
    import cmarkgfm
    from cmarkgfm.cmark import Options

    shown = cmarkgfm.github_flavored_markdown_to_html(comment, Options.CMARK_OPT_UNSAFE)
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


# --- before and after ---------------------------------------------------------------------------


def everything(folder: Path) -> None:
    """Write every picture of this checkout."""
    folder.mkdir(parents=True, exist_ok=True)
    made = example()
    for width in (1280, 360):
        photograph(made.table, folder / f"notion-{width}.png", width, 900)
        photograph(made.module, folder / f"module-{width}.png", width, 1000)
    with example_repository() as action:
        propose(action)
        show(folder, "example", action, backfill="true")
    with repository(lambda root: many(root, 300)) as action:
        for number in range(300):
            action.pull.change(f"m{number:05}/module.manifest.json", "added")
        show(folder, "creates", action, backfill="true")
    with repository(lambda root: many(root, 300)) as action:
        action.place.run("sync", "--all", "--backfill")
        for page in action.place.pages().values():
            action.place.notion.edit_page(page["id"], {"Description": "By hand."})
        show(folder, "edits", action)
    with repository(lambda root: many(root, 12_000, wrong=True)) as action:
        action.pull.change("vocab/tags.json")
        show(folder, "violations", action)


def many(root: Path, count: int, *, wrong: bool = False) -> None:
    """Write modules; ``wrong`` ones lack what the repository's own schema asks for, and misspell.

    Each of these has three violations.
    """
    (root / "vocab").mkdir()
    for name in ("features", "tags"):
        (root / f"vocab/{name}.json").write_text(json.dumps({"allowed": ["search", "export"]}))
    if wrong:
        (root / "schemas").mkdir()
        schema = {"type": "object", "required": ["owner", "tier", "contact"]}
        (root / "schemas/module.manifest.schema.json").write_text(json.dumps(schema))
    for number in range(count):
        (root / f"m{number:05}").mkdir()
        manifest = {
            "module": f"team.module-{number:05}",
            "description": f"What module {number} does.",
            "features": ["search"],
        }
        text = json.dumps(manifest, indent=2)
        (root / f"m{number:05}/module.manifest.json").write_text(text, encoding="utf-8")


def show(folder: Path, scene: str, action: ActionPlace, **inputs: str) -> None:
    """Write what each reader sees: the comment, the report, the issue, and two terminals."""
    place = action.place
    shown = {"comment": commented(action, **inputs)}
    shown["report"] = place.run("sync", "--all", "--dry-run", "--report-md", "-").out
    action.run("schedule", mode="verify")
    shown["issue"] = "".join(visible(issue.body) for issue in action.repository.issues)
    for what, text in shown.items():
        (folder / f"{scene}-{what}.md").write_text(text, encoding="utf-8")
        for theme in THEMES:
            for width in (1280, 360):
                file = folder / f"{scene}-{what}-{theme}-{width}.png"
                photograph(github(text[:_LONGEST], theme), file, width, 1700)
    for columns in (80, 120):
        for command in (["sync", "--all", "--dry-run"], ["verify"]):
            html = terminal(place, columns, command)
            file = folder / f"{scene}-{command[0]}-{columns}.png"
            photograph(html, file, 40 + columns * 9, 1100)


def terminal(place: Workplace, columns: int, command: list[str]) -> str:
    """Return what a command prints on a terminal of so many columns, as HTML."""
    from rich.console import Console
    from rich.text import Text

    from lukhas_notion.cli import main
    from lukhas_notion.cli.context import Context
    from lukhas_notion.util.runtime import Runtime

    out = _Terminal()
    environ = {**place.environ, "TERM": "xterm-256color", "COLUMNS": str(columns)}
    runtime = Runtime(
        environ,
        transport=place.transport,
        commit=place.commit,
        origin=lambda _: place.origin,
        absent=place.absent,
        committed=place.committed,
    )
    main([*command, "--root", str(place.root)], Context(runtime, out, out))
    console = Console(record=True, width=columns, file=io.StringIO(), legacy_windows=False)
    for line in out.getvalue().splitlines():
        if "\r" not in line and "━" not in line:  # a progress bar
            console.print(Text.from_ansi(line), soft_wrap=True)
    font = "font: 15px/1.35 'DejaVu Sans Mono', monospace"
    shown = console.export_html(
        inline_styles=True, code_format=f'<pre style="{font}">{{code}}</pre>'
    )
    first = f'<pre style="{font}; margin: 0">$ lukhas-notion {" ".join(command)}</pre>'
    return f"<!doctype html><meta charset=utf-8><body style='margin: 16px'>{first}{shown}"


class _Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


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
        photograph(github(made.comment, "light"), IMAGES / "comment.png", 940, 1080)
        photograph(made.table, IMAGES / "notion.png", 1280, 800)
        photograph(made.module, IMAGES / "module.png", 1280, 900)
    return 0


if __name__ == "__main__":
    sys.exit(main())
