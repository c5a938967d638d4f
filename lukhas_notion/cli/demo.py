"""``demo``: every step on the example repository, against the embedded Notion."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lukhas_notion.cli.context import Context
from lukhas_notion.cli.emulator import create_database
from lukhas_notion.config.config import Config, load
from lukhas_notion.config.settings import Flags
from lukhas_notion.emulator import Emulator
from lukhas_notion.emulator.store import is_in_use
from lukhas_notion.manifests.discovery import DEMO_MARKER
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.report import markdown
from lukhas_notion.report.console import Console, violation_lines
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.folder import RefusedFileError
from lukhas_notion.util.git import top_of
from lukhas_notion.util.paths import path_problem, shown
from lukhas_notion.util.read_files import packaged_folder
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.util.text import counted, first_of
from lukhas_notion.util.write_files import check_target, write_file
from lukhas_notion.validate.gates import Gates
from lukhas_notion.validate.select import select

#: The manifest that the demo edits, and its new value.
_EDITED = "platform/public-api/module.manifest.json"
_NEW_COVERAGE = 97.5

#: The state file of the demo's Notion.
STATE = "notion.ndjson"
_REPOSITORY = "repository"
#: Written by every run, also by a user's; no one edits them.
_MADE = ("reports/", "manifests/")
_NOTE = "A folder that `lukhas-notion demo` may replace while these files are unchanged."


def demo(args: argparse.Namespace, context: Context) -> int:
    """Run the demo; return 0 if every step has the expected result, else 1."""
    folder = Path(args.folder).absolute()
    _require_plain(folder, args.folder)
    if _is_foreign(folder):
        raise UsageError(
            f"{folder} has files that a demo did not write.", "Name another folder with --folder."
        )
    if is_in_use(folder / STATE):
        raise UsageError(
            f"An emulator serves the Notion in {folder}.",
            "Stop it with Ctrl-C, or name another folder with --folder.",
        )
    if not args.again and (edited := _edited(folder)):
        what = first_of(edited, 1)
        raise UsageError(
            f"{folder} would be deleted, with what was edited since the last demo: {what}.",
            "Name another folder with --folder, or delete it with --again.",
        )
    return Demo(folder, context).run()


class Demo:
    """Copies the example into a folder and syncs it to an embedded Notion, step by step."""

    def __init__(self, folder: Path, context: Context) -> None:
        self._folder = folder
        self._context = context
        self._failed: list[str] = []
        self._steps: list[dict[str, object]] = []

    def run(self) -> int:
        """Run every step; return 0 if each has the expected result, else 1."""
        say = self._context.say
        repository = self._copy()
        page = self._folder / "notion.html"
        with Emulator(state_path=self._folder / STATE) as local:
            config = self._configure(repository, local)
            self._story(config, replace(self._context.runtime, transport=local.transport))
            write_file(page, local.html())
        say()
        say(f"The report:  {config.report}")
        say(f"The ledger:  {config.ledger}")
        say(f"The page:    {page}   (open it in a browser)")
        say(f"The manifests to edit: {repository}")
        say(f"This Notion, to edit in a browser: {self._emulator_command()}")
        say("Another demo replaces this folder, unless you have edited a manifest in it.")
        for problem in self._failed:
            say(f"UNEXPECTED RESULT: {problem}")
        code = 1 if self._failed else 0
        self._context.emit(
            {
                "steps": self._steps,
                "report": str(config.report),
                "ledger": str(config.ledger),
                "page": str(page),
                "exit_code": code,
            }
        )
        return code

    def _emulator_command(self) -> str:
        state = self._folder / STATE
        with contextlib.suppress(ValueError):
            state = state.relative_to(Path.cwd())
        root = state.with_name("repository")
        words = ("--state", str(state), "--root", str(root))
        return shlex.join(("lukhas-notion", "emulator", *words))

    def _copy(self) -> Path:
        repository = self._folder / _REPOSITORY
        try:
            if self._folder.exists():
                shutil.rmtree(self._folder)
            shutil.copytree(packaged_folder("example", "examples/modules"), repository)
            _record(self._folder)
        except OSError as error:
            message = f"{self._folder} cannot be created: {error.strerror or error}."
            raise UsageError(message, "Name another folder with --folder.") from error
        return repository

    def _configure(self, repository: Path, local: Emulator) -> Config:
        shape = load(Flags(root=str(repository)), {})
        database = create_database(local, shape)
        environ = {"NOTION_TOKEN": local.token, "NOTION_DATABASE_ID": database}
        return load(Flags(root=str(repository)), environ)

    def _story(self, config: Config, runtime: Runtime) -> None:
        self._validate(config)
        features = config.backfilled
        self._step(
            "Backfill: the vocabularies become options, each with a stable colour",
            lambda: self._sync(
                config, runtime, SyncOptions(pages=False, backfill=features), quiet=True
            ),
            lambda r: r.exit_code == 0,
        )
        self._step(
            "Dry run: what an apply would do; nothing is written",
            lambda: self._sync(config, runtime, SyncOptions(dry_run=True), quiet=True),
            lambda r: r.done(ChangeKind.CREATE) == r.checked,
        )
        self._step(
            "Apply: every module gets its page",
            lambda: self._sync(config, runtime, SyncOptions()),
            lambda r: r.done(ChangeKind.CREATE) == r.checked and r.exit_code == 0,
        )
        self._step(
            "Apply again: the provenance SHAs match, so nothing is sent",
            lambda: self._sync(config, runtime, SyncOptions()),
            lambda r: r.done(ChangeKind.SKIP) == r.checked and r.exit_code == 0,
        )
        self._edit(config)
        self._step(
            f"One manifest is edited ({_EDITED}): its diff",
            lambda: self._sync(config, runtime, SyncOptions(dry_run=True)),
            lambda r: r.done(ChangeKind.UPDATE) == 1,
        )
        self._step(
            "Apply: one page is updated, with what changed and no more",
            lambda: self._sync(config, runtime, SyncOptions()),
            lambda r: r.done(ChangeKind.UPDATE) == 1 and r.exit_code == 0,
        )

    def _validate(self, config: Config) -> None:
        self._heading("Validate: schema and vocabularies")
        selection = select(config, Gates.load(config))
        for line in violation_lines(selection.violations):
            self._context.say(line)
        self._context.say(
            f"{counted(selection.checked, 'manifest')}, "
            f"{counted(len(selection.violations), 'violation')}."
        )
        self._steps.append({"step": "validate", "violations": len(selection.violations)})
        if selection.violations:
            self._failed.append("the example has violations")

    def _step(
        self, title: str, act: Callable[[], RunResult], is_expected: Callable[[RunResult], bool]
    ) -> None:
        self._heading(title)
        result = act()
        self._steps.append({"step": title, "exit_code": result.exit_code})
        if not is_expected(result):
            self._failed.append(title)

    def _heading(self, title: str) -> None:
        self._context.say()
        self._context.say(f"── {len(self._steps) + 1}. {title}")

    def _sync(
        self, config: Config, runtime: Runtime, options: SyncOptions, *, quiet: bool = False
    ) -> RunResult:
        console = Console(self._context.screen, values=options.dry_run and not quiet)
        with console:
            result = Run(config, runtime, console).sync(options)
        console.close_with(result)
        write_file(config.report, markdown.render(result))
        return result

    def _edit(self, config: Config) -> None:
        path = config.root / _EDITED
        manifest = json.loads(path.read_text(encoding="utf-8"))
        manifest["testing"] = {**manifest.get("testing", {}), "coverage_observed": _NEW_COVERAGE}
        manifest["description"] += " It now answers in half the time."
        write_file(path, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
        _record(self._folder)


# --- the folder ---------------------------------------------------------------------------


def _require_plain(folder: Path, named: str) -> None:
    """Check that no link leads to another folder, so that nothing else is deleted.

    Args:
        folder: the absolute path.
        named: the path as given.

    Raises:
        UsageError: the path has a link, or its name is not accepted.
    """
    problem, remedy = path_problem(named, output=True), "Name another folder with --folder."
    top = top_of(Path.cwd())
    try:
        within = top if folder.is_relative_to(top) else folder.parent
        check_target(folder / DEMO_MARKER, within=within)
    except RefusedFileError as error:
        problem = problem or f"is not used: {error.message}"
    if problem:
        raise UsageError(f"--folder: {shown(named)} {problem}.", remedy)


def _is_foreign(folder: Path) -> bool:
    """Return whether a folder has files that a demo did not write."""
    return folder.exists() and any(folder.iterdir()) and not (folder / DEMO_MARKER).exists()


def _record(folder: Path) -> None:
    """Record the SHA-256 of every file of the demo's repository in the marker."""
    document = {"note": _NOTE, "files": _hashes(folder)}
    write_file(folder / DEMO_MARKER, json.dumps(document, indent=2) + "\n")


def _edited(folder: Path) -> list[str]:
    """Return the files of the repository that were changed or added after the demo, sorted.

    Deleted files are not included: another demo cannot lose them.
    """
    marker = folder / DEMO_MARKER
    if not marker.exists():
        return []
    try:
        recorded = json.loads(marker.read_text(encoding="utf-8"))["files"]
        return sorted(path for path, sha in _hashes(folder).items() if recorded.get(path) != sha)
    except (ValueError, LookupError, TypeError, AttributeError):
        # The marker is damaged: no file is known to be unchanged.
        return sorted(_hashes(folder))


def _hashes(folder: Path) -> dict[str, str]:
    root = folder / _REPOSITORY
    # A demo makes no links; a link from elsewhere may lead anywhere.
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    paths = {path.relative_to(root).as_posix(): path for path in files}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in sorted(paths.items())
        if not name.startswith(_MADE)
    }
