"""Untrusted trees: no link, name or configuration reaches anything outside.

Each example is a checkout with links, names and a configuration out of the pools below, beside a
folder that is none of its business, and one command in it.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.actions import ActionPlace
from support.workplace import Ended, Workplace

from lukhas_notion.cli import main
from lukhas_notion.cli.context import Context
from lukhas_notion.emulator import Emulator, default_database
from lukhas_notion.util.runtime import Runtime

CANARY = "canary-7f3a91"
LEDGER = "manifests/.ledger/notion_sync.ndjson"

#: Where a stranger puts links.
PLACES = [
    *("manifests", "manifests/.ledger", LEDGER, f"{LEDGER}.torn", ".notion_sync.ndjson.lock"),
    *("reports", "reports/notion_sync_report.md", "reports/r.md", "reports/r.json", "out"),
    *("vocab", "vocab/features.json", "vocab/tags.json", "vocab/new.json"),
    *("schemas", "schemas/module.manifest.schema.json", "lukhas-notion.toml", "conf/n.toml"),
    *("modules", "modules/a/module.manifest.json", "b/module.manifest.json"),
    *(".github", ".github/workflows", ".github/workflows/x.yml"),
]
#: What they lead to; the first ones are outside, the next ones in a .git folder.
TARGETS = [
    *("../outside", "../../outside", "../../../outside", "{runtime}", "{runtime}/canary.json"),
    *("../outside/canary.toml", "../../outside/module.manifest.json", "{runtime}/ledger.ndjson"),
    *(".git", ".git/hooks", ".git/config", "../.git/hooks/post-checkout", "nested/.git/config"),
    *("nowhere", ".", "..", "vocab", "../vocab/tags.json", "/dev/null", "//server/share"),
]
#: What a stranger writes into the configuration, and a workflow may have as an input.
NAMES = [
    *("x/y.z", "out/x", "reports/r.md", "modules/x", "../outside/x", "{runtime}/x", "/dev/null"),
    *(".git/hooks/post-checkout", ".GIT/config", "git~1/config", "nested/.git/config", ".git"),
    *(".git./config", ".g\u200cit/config", "x\n/home/**", "x\0", "nul", "//server/share/x", "**"),
    *("vocab/tags.json", "lukhas-notion.toml", "modules/a/module.manifest.json", "README.md"),
]
LEDGERS = [
    None,
    b"",
    b'{"ts": "2026-01-01T00:00:00+00:00", "module": "a", "action": "create"',
    b"[core]\n\tpager = evil",
    b'{"ts": "2026-01-01T00:00:00+00:00", "action": "create", "status": "success"}\n{"ts',
]
READING = [
    ["validate", "--all"],
    ["sync", "--all", "--dry-run"],
    ["sync", "--all", "--dry-run", "--archive-removed"],
    ["backfill", "--features", "--tags"],
    ["verify"],
    ["doctor"],
    ["ledger", "show"],
    ["ledger", "verify"],
    ["init", "--dry-run"],
]
WRITING = [
    ["validate", "--all", "--fix"],
    ["sync", "--all", "--backfill", "--skip-invalid"],
    ["backfill", "--tags", "--apply"],
    ["verify", "--repair"],
    ["init"],
]


@dataclass(frozen=True)
class Tree:
    """A checkout, and the files next to it."""

    top: Path

    @property
    def root(self) -> Path:
        """The checkout."""
        return self.top / "repository"

    @property
    def runtime(self) -> Path:
        """What is none of its business."""
        return self.top / "outside"

    def fill(self) -> None:
        """Create the files that exist before the attack."""
        files = {
            "outside/canary.json": json.dumps({CANARY: {"synonyms": []}}),
            "outside/canary.toml": f'[manifests]\ninclude = ["{CANARY}/**"]\n{CANARY} = 1\n',
            "outside/module.manifest.json": json.dumps({"module": CANARY}),
            "outside/ledger.ndjson": json.dumps({"ts": CANARY, "module": CANARY}) + "\n",
            f"outside/{CANARY}.yml": f"uses: lukhas-notion/lukhas-notion@{CANARY}\n",
            "repository/.git/HEAD": "ref: refs/heads/main\n",
            "repository/.git/config": f"[core]\n\tcanary = {CANARY}\n",
            "repository/.git/hooks/sample": "#!/bin/sh\n",
            "repository/nested/.git/config": f"[core]\n\tcanary = {CANARY}\n",
            "repository/README.md": "# Read me\n",
            "repository/modules/a/module.manifest.json": manifest("find"),
            "repository/vocab/features.json": json.dumps({"search": {"synonyms": ["find"]}}),
            "repository/vocab/tags.json": json.dumps({"allowed": ["tier:1"]}),
        }
        for name, text in files.items():
            path = self.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def link(self, place: str, target: str) -> None:
        """Put a link where nothing is, or in the place of a file or a folder."""
        path = self.root / place
        if any(above.is_symlink() or above.is_file() for above in path.parents):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() and not path.is_symlink():
            path.rename(self.root / f"{path.name}.before")
        path.unlink(missing_ok=True)
        path.symlink_to(target.format(runtime=self.runtime))

    def put(self, place: str, content: bytes) -> None:
        """Write a file, but not through a link."""
        path = self.root / place
        if not any(each.is_symlink() for each in (path, *path.parents)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def guarded(self) -> dict[str, object]:
        """Return everything that must stay: what is outside, and what is in any .git."""
        folders = [self.runtime, self.root / ".git", self.root / "nested/.git"]
        return {k: v for folder in folders for k, v in contents(folder).items()}


def manifest(feature: str) -> str:
    """Return a manifest that uses a name of the vocabulary, or a synonym that is a violation."""
    return json.dumps({"module": "a", "description": "What a does.", "features": [feature]})


def contents(folder: Path) -> dict[str, object]:
    """Return every path below a folder with what it is and says; no link is followed."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = str(path.readlink())
        elif path.is_file():
            found[str(path)] = (path.read_bytes(), path.stat().st_mode)
        else:
            found[str(path)] = path.stat().st_mode
    return found


@contextmanager
def tree() -> Iterator[Tree]:
    """Make a checkout, and stand in it."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        made = Tree(Path(os.path.realpath(folder)))
        made.fill()
        os.chdir(made.root)
        try:
            yield made
        finally:
            os.chdir(before)


def run(words: list[str]) -> Ended:
    """Run a command in the folder that the process is in."""
    out, err = io.StringIO(), io.StringIO()
    with Emulator(requests_per_minute=None) as notion:
        environ = {
            "NOTION_TOKEN": notion.token,
            "NOTION_DATABASE_ID": default_database(notion).database_id,
            "NOTION_RATE_LIMIT": "100",
        }
        context = Context(Runtime(environ, transport=notion.transport), out, err)
        try:
            code = main(words, context)
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def toml(tables: dict[str, dict[str, str]], runtime: Path) -> str:
    """Return a configuration file."""
    lines = []
    for table, values in tables.items():
        lines.append(f"[{table}]")
        named = {key: text.format(runtime=runtime) for key, text in values.items()}
        lines += [f"{key} = {json.dumps(text)}" for key, text in named.items()]
    return "\n".join(lines) + "\n"


#: Half of what is drawn is harmless, so that a command gets beyond its configuration.
written = st.sampled_from(["x/y.z", "out/x", "reports/r.md"]) | st.sampled_from(NAMES)
read = st.sampled_from(["vocab/tags.json", "vocab/features.json"]) | st.sampled_from(NAMES)
configurations = st.just({}) | st.fixed_dictionaries(
    {},
    optional={
        "run": st.dictionaries(st.sampled_from(["ledger", "report"]), written, min_size=1),
        "schema": st.fixed_dictionaries({"path": st.sampled_from(NAMES)}),
        "vocabularies": st.dictionaries(st.sampled_from(["Features", "Tags"]), read, min_size=1),
    },
)
TALKS = ("sync", "backfill", "verify")


@st.composite
def commands(draw: st.DrawFn) -> tuple[list[str], bool]:
    """Draw a command with flags that it has, and whether it must leave all files as they are.

    An absolute path is left out: it is the user's own.
    """
    base = draw(st.sampled_from([*READING, *WRITING]))
    words, reports = list(base), False
    known = ["--config", *(["--ledger"] if words[0] not in ("validate",) else [])]
    if words[0] in TALKS:
        known += ["--report-md", "--report-json"]
    for flag in draw(st.lists(st.sampled_from(known), max_size=2, unique=True)):
        path = draw(written)
        if "{runtime}" not in path and not path.startswith("/dev"):
            words += [flag, path.replace("\0", "\u0001")]
            reports |= flag.startswith("--report")
    root = draw(st.sampled_from([".", ".", ".", "modules", "out"]))
    return [*words, "--root", root], base in READING and not reports


def assert_nothing_left(made: Tree, before: dict[str, object], ended: Ended) -> None:
    """Assert that nothing outside and in no .git changed, and that none of it is shown."""
    assert made.guarded() == before
    assert ended.code in (0, 1, 2), ended.err
    assert CANARY not in ended.out + ended.err
    guarded = set(before)
    for path, what in contents(made.root).items():
        if path not in guarded and isinstance(what, tuple):
            assert CANARY.encode() not in what[0], path


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    links=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(TARGETS)), max_size=3),
    configuration=configurations,
    feature=st.sampled_from(["find", "search"]),
    ledger=st.sampled_from(LEDGERS),
    command=commands(),
)
def test_nothing_leaves_a_strangers_tree(
    links: list[tuple[str, str]],
    configuration: dict[str, dict[str, str]],
    feature: str,
    ledger: bytes | None,
    command: tuple[list[str], bool],
) -> None:
    """Nothing outside the root and in any .git changes or is shown."""
    words, reads = command
    with tree() as made:
        made.put("modules/a/module.manifest.json", manifest(feature).encode())
        if configuration:
            made.put("lukhas-notion.toml", toml(configuration, made.runtime).encode())
        if ledger is not None:
            made.put(LEDGER, ledger)
        for place, target in links:
            made.link(place, target)
        before, checkout = made.guarded(), contents(made.root)

        ended = run(words)

        assert_nothing_left(made, before, ended)
        if reads:
            assert contents(made.root) == checkout, "a dry run left something"


def run_action(made: Tree, event: str, inputs: dict[str, str]) -> Ended:
    """Run the Action in the checkout, which is its workspace."""
    runner = made.top / "runner"
    runner.mkdir()
    with Emulator(requests_per_minute=None) as notion:
        environ = {
            "NOTION_TOKEN": notion.token,
            "NOTION_DATABASE_ID": default_database(notion).database_id,
        }
        place = ActionPlace(Workplace(made.root, notion, environ), runner)
        place.pull.change("modules/a/module.manifest.json")
        ran = place.run(event, **inputs) if event == "push" else place.pull_request(**inputs)
    said = "".join(each.body for each in place.pull.comments)
    return Ended(ran.code, ran.log + ran.summary + said, "".join(ran.outputs.values()))


INPUTS = st.just({}) | st.fixed_dictionaries(
    {},
    optional={
        "report_path": written,
        "ledger_path": written,
        "config": st.sampled_from(["conf/n.toml", "lukhas-notion.toml", "out"]),
        "root": st.sampled_from(["modules", ".", "./modules/a"]),
    },
)
#: What is looked at, by the event.
RUNS = [
    *(("push", mode) for mode in ("dry-run", "apply", "verify", "doctor")),
    *(("pull_request", mode) for mode in ("validate", "dry-run", "doctor")),
]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    links=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(TARGETS)), max_size=3),
    configuration=configurations,
    feature=st.sampled_from(["find", "search"]),
    inputs=INPUTS,
    run=st.sampled_from(RUNS),
)
def test_nothing_leaves_a_strangers_branch(
    links: list[tuple[str, str]],
    configuration: dict[str, dict[str, str]],
    feature: str,
    inputs: dict[str, str],
    run: tuple[str, str],
) -> None:
    """The same holds for the Action: also of its outputs, its summary and its comments."""
    event, mode = run
    with tree() as made:
        made.put("modules/a/module.manifest.json", manifest(feature).encode())
        if configuration:
            made.put("lukhas-notion.toml", toml(configuration, made.runtime).encode())
        for place, target in links:
            made.link(place, target)
        before = made.guarded()
        paths = {name: path.format(runtime=made.runtime) for name, path in inputs.items()}

        ended = run_action(made, event, {"mode": mode, **paths})

        assert_nothing_left(made, before, ended)
        assert "A bug in lukhas-notion" not in ended.out, ended.out
