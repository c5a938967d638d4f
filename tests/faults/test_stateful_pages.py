"""After any edits of pages and manifests, each module has one page.

Two repositories, and two configurations of the first, write into one database. People edit,
retitle, copy, trash, restore, archive and claim pages; manifests are edited, renamed, moved,
swapped and removed; the mapping changes; a stranger's ledger names pages; two machines sync the
same at once; runs are cut off.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.clock import FakeClock
from support.workplace import gone_from_disk

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import (
    Emulator,
    FaultPlan,
    FaultRule,
    default_database,
)
from lukhas_notion.plan.page_record import read_record
from lukhas_notion.plan.plan import Change
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.runtime import Runtime

NAMES = st.sampled_from(["alpha", "beta", "gamma"])
FOLDERS = st.sampled_from(["one", "two", "libs/three"])
TEXT = st.sampled_from(["", "a", "b", "c"])
RUNS = st.sampled_from(
    [
        (0, "lukhas-notion.toml"),
        (0, "lukhas-notion.toml"),
        (0, "libs.toml"),
        (1, "lukhas-notion.toml"),
        (1, "libs.toml"),
    ]
)
VALUES = ("Module", "Description", "Coverage")
LEDGER = "manifests/.ledger/notion_sync.ndjson"


class Repository:
    """A repository whose runs write into a database.

    Args:
        root: its folder.
        origin: its address.
        notion: the workspace.
        environ: the settings.
        clock: the clock of all.
    """

    def __init__(
        self, root: Path, origin: str, notion: Emulator, environ: dict[str, str], clock: FakeClock
    ) -> None:
        self.root, self.origin, self.notion = root, origin, notion
        self.environ, self.clock = environ, clock
        self.transport: Callable[[], httpx.BaseTransport] = notion.transport
        if not root.exists():
            root.mkdir()
            self.configure("/description")

    def configure(self, description: str) -> None:
        """Write both configurations, with the source of the description."""
        mapped = f'[properties."Description"]\ntype = "rich_text"\nfrom = "{description}"\n'
        whole, libs = '[manifests]\nexclude = ["libs/"]\n', '[manifests]\ninclude = ["libs/**"]\n'
        (self.root / "lukhas-notion.toml").write_text(whole + mapped)
        (self.root / "libs.toml").write_text(libs + mapped)

    def manifests(self) -> dict[str, dict[str, Any]]:
        """Return every manifest by its folder."""
        return {
            file.parent.relative_to(self.root).as_posix(): json.loads(file.read_text())
            for file in self.root.rglob("module.manifest.json")
        }

    def write(self, folder: str, manifest: dict[str, Any]) -> None:
        """Write a manifest, unless another one has its name."""
        others = {m["module"] for f, m in self.manifests().items() if f != folder}
        if manifest["module"] not in others:
            file = self.root / folder / "module.manifest.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(manifest))

    def sync(self, config: str, **options: Any) -> RunResult | None:
        """Run one configuration; None where it could not begin."""
        flags = Flags(root=str(self.root), config=str(self.root / config), concurrency=1)
        runtime = Runtime(
            self.environ,
            clock=self.clock,
            transport=self.transport,
            origin=lambda _: self.origin,
            absent=gone_from_disk,
        )
        try:
            return Run(load(flags, self.environ), runtime).sync(SyncOptions(force=None, **options))
        except LukhasNotionError:
            return None


class Meanwhile(httpx.BaseTransport):
    """Does something else just before the first page is made.

    Args:
        inner: what answers.
        act: what to do.
    """

    def __init__(self, inner: httpx.BaseTransport, act: Callable[[], object]) -> None:
        self.inner, self.act, self.is_done = inner, act, False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        if (request.method, request.url.path) == ("POST", "/v1/pages") and not self.is_done:
            self.is_done = True
            self.act()
        return self.inner.handle_request(request)


class Pages(RuleBasedStateMachine):
    """Teams and people at work, and syncs in between."""

    keeps_ledger = True
    records = True

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.notion = Emulator(clock=self.clock, requests_per_minute=None)
        ids = default_database(self.notion)
        environ = {"NOTION_TOKEN": self.notion.token, "NOTION_DATABASE_ID": ids.database_id}
        environ["NOTION_RATE_LIMIT"] = "100"
        home = Path(self.folder.name)
        shared = self.notion, environ, self.clock
        self.repositories = [
            Repository(home / name, f"https://github.com/octo/{name}", *shared)
            for name in ("first", "second")
        ]
        #: (page, property) → what a person wrote there, and no run has written over.
        self.edits: dict[tuple[str, str], Any] = {}
        self.private: set[str] = set()
        self.restored: set[str] = set()

    @initialize()
    def begin(self) -> None:
        """Begin with synced modules in each place."""
        first, second = self.repositories
        for folder, name in (("one", "alpha"), ("two", "beta"), ("libs/three", "gamma")):
            first.write(folder, {"module": name, "description": "a"})
            second.write(folder, {"module": f"second.{name}", "description": "a"})
        for repository in self.repositories:
            for config in ("lukhas-notion.toml", "libs.toml"):
                assert repository.sync(config) is not None
        self.clock.wait(120, self._never)

    # --- teams ----------------------------------------------------------------------------

    @rule(which=st.integers(0, 1), folder=FOLDERS, name=NAMES, text=TEXT, number=st.integers(0, 3))
    def write_manifest(self, which: int, folder: str, name: str, text: str, number: int) -> None:
        """Write a manifest as a team does, and so perhaps rename the module of a file."""
        name = name if which == 0 else f"second.{name}"
        manifest = {"module": name, "description": text, "testing": {"coverage_observed": number}}
        self.repositories[which].write(folder, manifest)

    @rule(one=FOLDERS, two=FOLDERS)
    def swap_or_move(self, one: str, two: str) -> None:
        """Move a manifest as a team does, also between configurations, or swap two."""
        first = self.repositories[0]
        found = first.manifests()
        if one in found and one != two:
            (first.root / one / "module.manifest.json").unlink()
            if two in found:
                (first.root / two / "module.manifest.json").unlink()
                first.write(one, found[two])
            first.write(two, found[one])

    @rule(folder=FOLDERS)
    def remove_manifest(self, folder: str) -> None:
        """Delete a manifest as a team does."""
        shutil.rmtree(self.repositories[0].root / folder, ignore_errors=True)

    @rule(source=st.sampled_from(["/description", "/module"]))
    def change_mapping(self, source: str) -> None:
        """Somebody maps the description from elsewhere."""
        self.repositories[0].configure(source)

    # --- people ---------------------------------------------------------------------------

    @precondition(lambda self: self.notion.pages())
    @rule(data=st.data(), text=TEXT, name=st.sampled_from(["Description", "Module"]))
    def edit_page(self, data: st.DataObject, text: str, name: str) -> None:
        """Somebody edits or retitles a page."""
        made = [page for page in self.notion.pages() if page["Provenance SHA"]]
        page = data.draw(st.sampled_from(made or self.notion.pages()))
        if page[name] != text:
            self.notion.edit_page(page["id"], {name: text})
            self.edits[page["id"], name] = text

    @precondition(lambda self: self.notion.pages())
    @rule(data=st.data())
    def copy_page(self, data: st.DataObject) -> None:
        """Somebody copies a page, a while after it was made."""
        self.clock.wait(120, self._never)
        page = data.draw(st.sampled_from(self.notion.pages()))
        self.private.add(self.notion.copy_page(page["id"]))

    @precondition(lambda self: self.notion.pages())
    @rule(data=st.data())
    def claim_page(self, data: st.DataObject) -> None:
        """Somebody clears the SHA of a page, to own it if its module is gone."""
        page = data.draw(st.sampled_from(self.notion.pages()))
        self.notion.edit_page(page["id"], {"Provenance SHA": ""})

    @precondition(lambda self: self.notion.pages())
    @rule(data=st.data(), archive=st.booleans())
    def put_away(self, data: st.DataObject, *, archive: bool) -> None:
        """Somebody throws a page away, or archives it."""
        page = data.draw(st.sampled_from(self.notion.pages()))
        (self.notion.archive_page if archive else self.notion.trash_page)(page["id"])

    @rule()
    def bring_back(self) -> None:
        """Somebody restores what is in the trash or archived, unless it is there again."""
        there = Counter(page["Module"] for page in self.notion.pages())
        for page in self.notion.pages(in_trash=True):
            if not there[page["Module"]]:
                self.notion.restore_page(page["id"])
                self.restored.add(page["id"])
        for page in self.notion.pages(is_archived=True):
            self.notion.unarchive_page(page["id"])
            self.restored.add(page["id"])

    @rule(number=st.integers(0, 9))
    def make_page(self, number: int) -> None:
        """Somebody makes a page of their own."""
        values = {"Module": f"by hand {number}", "Description": "Mine."}
        source = next(iter(self.notion.workspace.store.data_sources))
        self.private.add(self.notion.create_page(source, values))

    @precondition(lambda self: self.private and self.keeps_ledger)
    @rule(data=st.data(), name=NAMES)
    def name_in_a_ledger(self, data: st.DataObject, name: str) -> None:
        """Commit a ledger that names a private page as a module's, as a stranger may."""
        page = data.draw(st.sampled_from(sorted(self.private)))
        record = {"module": name, "page_id": page, "action": "create", "status": "success"}
        file = self.repositories[0].root / LEDGER
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as ledger:
            ledger.write(json.dumps({**record, "sha": "e" * 64, "path": "one/x.json"}) + "\n")

    # --- runs -----------------------------------------------------------------------------

    @rule(which=RUNS, archive=st.booleans())
    def sync(self, which: tuple[int, str], *, archive: bool) -> None:
        """Sync: it does what it says, touches nothing else, and then there is nothing to do."""
        repository = self.repositories[which[0]]
        self.clock.wait(120, self._never)
        self._forget(repository)
        before = self._held()
        ended = repository.sync(which[1], archive_removed=archive)
        if ended is None or ended.plan is None or ended.refusal is not None:
            assert self._held() == before
            return
        self._judge([ended], before, repository)
        self._settle(repository, which[1], archive=archive)
        writes = self._writes()
        self._forget(repository)
        repository.sync(which[1], archive_removed=archive)
        assert self._writes() == writes, "the run after is quiet"

    def _settle(self, repository: Repository, config: str, *, archive: bool) -> None:
        """Run once more where a person has restored a page beside the one that took its place.

        Once a run has written both, nothing tells them from pages that two runs made at once.
        """
        bot, store = self.notion.workspace.bot_id, self.notion.workspace.store
        records = Counter(
            record.place
            for page, held in self._held().items()
            if store.pages[page].author == bot and (record := read_record(held["link"]))
        )
        if any(count > 1 for count in records.values()):
            self._forget(repository)
            repository.sync(config, archive_removed=archive)

    @rule()
    def sync_after_a_merge(self) -> None:
        """Sync the first repository, as its workflow does after every merge."""
        self.sync((0, "lukhas-notion.toml"), archive=False)

    @rule(name=NAMES)
    def lose_a_page(self, name: str) -> None:
        """Throw a module's page away and sync: it comes back where a ledger names it."""
        found = [page["id"] for page in self.notion.pages() if page["Module"] == name]
        for page in found[:1]:
            self.notion.trash_page(page)
        self.sync_after_a_merge()

    @rule(folder=FOLDERS, text=TEXT)
    def merge(self, folder: str, text: str) -> None:
        """Change a manifest and sync, as a merge does."""
        first = self.repositories[0]
        if folder in first.manifests():
            first.write(folder, {**first.manifests()[folder], "description": text})
            self.sync_after_a_merge()

    @rule(nth=st.integers(1, 4), when=st.sampled_from(["before", "after"]))
    def cut_off(self, nth: int, when: str) -> None:
        """Let a run of the first repository lose one answer, and all that follow."""
        repository = self.repositories[0]
        self._forget(repository)
        rules = tuple(
            FaultRule(kind, "drop", tuple(range(nth, 60)), when=when)  # type: ignore[arg-type]
            for kind in ("pages.create", "pages.update")
        )
        self.notion.break_by(FaultPlan(rules))
        before = self._held()
        ended = repository.sync("lukhas-notion.toml")
        self.notion.heal()
        self.clock.wait(120, self._never)
        self._judge([ended], before, repository)

    @rule(number=st.integers(0, 2))
    def two_at_once(self, number: int) -> None:
        """Two machines have read the same when both make the pages of a new module."""
        first = self.repositories[0]
        first.write(f"race/{number}", {"module": f"race{number}", "description": "a"})
        self.clock.wait(120, self._never)
        self._forget(first)
        before = self._held()
        ended: list[RunResult | None] = []
        with tempfile.TemporaryDirectory() as folder:
            root = shutil.copytree(first.root, Path(folder, "twin"))
            twin = Repository(root, first.origin, self.notion, first.environ, self.clock)
            inner = self.notion.transport()
            other = Meanwhile(inner, lambda: ended.append(twin.sync("lukhas-notion.toml")))
            first.transport = lambda: other
            ended.append(first.sync("lukhas-notion.toml"))
        first.transport = self.notion.transport
        self._judge(ended, before, first)
        # Where the other had asked before this one's page was there, the next run cleans up.
        self.sync_after_a_merge()

    def _judge(
        self,
        ended: Sequence[RunResult | None],
        before: dict[str, dict[str, Any]],
        repository: Repository,
    ) -> None:
        """Check that all that differs was planned, and each edit that is lost announced."""
        plans = [each.plan for each in ended if each is not None and each.plan is not None]
        planned: dict[str, Change] = {
            c.page_id: c for plan in plans for c in plan.writes if c.page_id
        }
        now = self._held()
        for page, held in before.items():
            change = planned.get(page)
            after = now.get(page, {})
            differ = [name for name in VALUES if after and after[name] != held[name]]
            if change is None:
                assert not differ, "a page that was not planned was written"
                assert page in now, "a page that was not planned is gone"
                continue
            owner = read_record(held["link"])
            if owner is not None:
                assert owner.place.repository == repository.origin.removeprefix("https://")
            told = {p.name: p for p in change.properties}
            for name in differ:
                edit = self.edits.pop((page, name), None)
                announced = told[name].cause.is_announced or change.reason
                assert edit in (None, told[name].after) or announced, "an edit went unannounced"

    def _held(self) -> dict[str, dict[str, Any]]:
        """Return what live pages hold, with their links."""
        return {
            page["id"]: {**page, "link": self.notion.link(page["id"], "Provenance SHA")}
            for page in self.notion.pages()
        }

    def _forget(self, repository: Repository) -> None:
        if not self.keeps_ledger:
            shutil.rmtree(repository.root / "manifests", ignore_errors=True)

    def _writes(self) -> int:
        kinds = ("pages.create", "pages.update", "data_sources.update")
        return sum(self.notion.count(kind) for kind in kinds)

    @property
    def _never(self) -> Any:
        import threading

        return threading.Event()

    @invariant()
    def no_module_has_two_pages(self) -> None:
        """Of the pages that runs made, no two have one record that no person has brought back."""
        bot = self.notion.workspace.bot_id
        store = self.notion.workspace.store
        records = Counter(
            (record.place, record.key)
            for page, held in self._held().items()
            if store.pages[page].author == bot
            and page not in self.restored
            and (record := read_record(held["link"]))
        )
        assert all(count == 1 for count in records.values()), records

    def teardown(self) -> None:
        """Clean up."""
        self.notion.close()
        self.folder.cleanup()


class PagesWithoutLedger(Pages):
    """The same on machines that keep no ledger."""

    keeps_ledger = False


for machine in (Pages, PagesWithoutLedger):
    machine.TestCase.settings = settings(
        max_examples=12,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,  # the verdict on a commit is the same at every run
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class TestPages(Pages.TestCase):  # type: ignore[misc,name-defined,unused-ignore]
    """With a ledger."""


class TestPagesWithoutLedger(PagesWithoutLedger.TestCase):  # type: ignore[misc,name-defined,unused-ignore]
    """Without one."""
