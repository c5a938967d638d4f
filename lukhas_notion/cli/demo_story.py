"""The whole story on the example repository, against the embedded Notion."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion import emulator
from lukhas_notion.cli import demo_folder
from lukhas_notion.cli.local import create_database
from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.report import markdown
from lukhas_notion.report.console import Console, violation_lines
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.run import Run
from lukhas_notion.util.read_files import packaged_folder
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.util.text import counted
from lukhas_notion.util.write_files import write_text
from lukhas_notion.validate.gates import Gates
from lukhas_notion.validate.select import select

if TYPE_CHECKING:
    from lukhas_notion.cli.context import Context
    from lukhas_notion.emulator import Emulator
    from lukhas_notion.sync.result import RunResult

#: The module whose manifest the demo edits, and what it becomes.
_EDITED = "platform/public-api/module.manifest.json"
_NEW_COVERAGE = 97.5


#: The file that the demo's Notion is kept in.
STATE = "notion.ndjson"


class Demo:
    """Copies the example into a folder and carries it into an embedded Notion, step by step."""

    def __init__(self, folder: Path, context: Context) -> None:
        self._folder = folder
        self._context = context
        self._failed: list[str] = []
        self._steps: list[dict[str, object]] = []

    def run(self) -> int:
        """Run every step; return 0 when each came out as it must, else 1."""
        say = self._context.say
        repository = self._copy()
        page = self._folder / "notion.html"
        with emulator.Emulator(state_path=self._folder / STATE) as local:
            config = self._configure(repository, local)
            self._story(config, replace(self._context.runtime, transport=local.transport))
            write_text(page, local.html())
        say()
        say(f"The report:  {config.report}")
        say(f"The ledger:  {config.ledger}")
        say(f"The page:    {page}   (open it in a browser)")
        say(f"The manifests to play with: {repository}")
        say(f"This Notion, to edit in a browser: {self._emulator_command()}")
        say("Another demo replaces this folder, and refuses once you have edited a manifest in it.")
        for problem in self._failed:
            say(f"NOT AS IT MUST BE: {problem}")
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
        if self._folder.exists():
            shutil.rmtree(self._folder)
        repository = self._folder / demo_folder.REPOSITORY
        with resources.as_file(example()) as source:
            shutil.copytree(source, repository)
        demo_folder.record(self._folder)
        return repository

    def _configure(self, repository: Path, local: Emulator) -> Config:
        shape = load(Flags(root=str(repository)), {})
        database = create_database(local, shape.mapping)
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
        self, title: str, act: Callable[[], RunResult], must: Callable[[RunResult], bool]
    ) -> None:
        self._heading(title)
        result = act()
        self._steps.append({"step": title, "exit_code": result.exit_code})
        if not must(result):
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
        write_text(config.report, markdown.render(result))
        return result

    def _edit(self, config: Config) -> None:
        path = config.root / _EDITED
        manifest = json.loads(path.read_text(encoding="utf-8"))
        manifest["testing"] = {**manifest.get("testing", {}), "coverage_observed": _NEW_COVERAGE}
        manifest["description"] += " It now answers in half the time."
        write_text(path, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
        demo_folder.record(self._folder)


def example() -> resources.abc.Traversable:
    """Return the example repository: packaged in a wheel, beside the package in a checkout."""
    return packaged_folder("example", "examples/modules")
