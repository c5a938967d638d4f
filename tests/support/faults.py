"""A repository, a Notion that breaks, and the check of what must hold whatever broke."""

from __future__ import annotations

import json
import random
import shutil
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import (
    Emulator,
    FaultPlan,
    FaultRule,
    default_database,
)
from lukhas_notion.emulator.faults import FAULTS, ONLY_FOR
from lukhas_notion.ledger.file import verify_chain
from lukhas_notion.manifests.manifest import Manifest, read_manifest
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_types import equal
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run, RunObserver
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.verify import verify as verification
from lukhas_notion.verify.verify import Verification
from support.clock import FakeClock
from support.threads import settled
from support.workplace import gone_from_disk

RELATION = """
[properties."Depends on"]
type = "relation"
from = "/needs"
"""
FEATURES = ("search", "export", "import", "share", "print")


#: These strike after the effect whatever is said, or refuse before there can be one.
_ONE_MOMENT = {
    "truncated": "after",
    "503_committed": "after",
    "connect_refused": "before",
    "429": "before",
    "429_no_header": "before",
    "429_blocked": "before",
    "529": "before",
}


def moments(fault: str) -> list[str]:
    """Return when a fault can strike a write: before its effect, after it, or either."""
    return [_ONE_MOMENT[fault]] if fault in _ONE_MOMENT else ["before", "after"]


def manifest(name: str, version: int) -> dict[str, object]:
    """Return a manifest whose every value depends on the version."""
    return {
        "module": name,
        "description": f"{name}, version {version}. " + "It does what it does. " * (version % 3),
        "features": [FEATURES[version % 5], FEATURES[(version + 1) % 5]],
        "tags": ["tier:1"] if version % 2 else [],
        "apis": {f"Api{version}": {"module": name, "import_verified": True}},
        "performance": {"sla_targets": {"latency_p95_ms": 100 + version}},
        "testing": {"coverage_observed": 50 + version % 50},
    }


@dataclass(frozen=True)
class Ended:
    """How one sync ended: with a result, or with an error before there was one."""

    result: RunResult | None
    error: LukhasNotionError | None

    @property
    def code(self) -> int:
        """The exit code that the command line would give."""
        if self.result is not None:
            return self.result.exit_code
        return self.error.exit_code if self.error else 0


class Scene:
    """A repository and an embedded Notion, in memory but for the files."""

    def __init__(
        self,
        root: Path,
        faults: FaultPlan,
        *,
        seed: int = 0,
        bodies: bool = False,
        relations: bool = False,
    ) -> None:
        self.root = root
        self.bodies = bodies
        self.clock = FakeClock()
        self.notion = Emulator(clock=self.clock, faults=faults, requests_per_minute=180)
        ids = default_database(self.notion)
        self.source = ids.data_source_id
        self.environ = {
            "NOTION_TOKEN": self.notion.token,
            "NOTION_DATABASE_ID": ids.database_id,
        }
        self.random = random.Random(seed)
        self.wanted: dict[str, int] = {}
        (root / "vocab").mkdir(parents=True)
        (root / "vocab/features.json").write_text(json.dumps(list(FEATURES)))
        (root / "vocab/tags.json").write_text(json.dumps({"allowed": ["tier:1"]}))
        if bodies:
            (root / "lukhas-notion.toml").write_text('[page]\nbody = { file = "README.md" }\n')
        if relations:
            (root / "lukhas-notion.toml").write_text(RELATION)
            settings = {"data_source_id": self.source, "dual_property": {}}
            self.notion.add_property("Depends on", "relation", self.source, settings)

    def close(self) -> None:
        """Close Notion and delete the repository."""
        self.notion.close()
        shutil.rmtree(self.root)

    def write(self, name: str, version: int, needs: Sequence[str] = ()) -> None:
        """Write a module's manifest in a version, and what it needs."""
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        content = {**manifest(name, version), **({"needs": list(needs)} if needs else {})}
        (folder / "module.manifest.json").write_text(json.dumps(content))
        if self.bodies:
            (folder / "README.md").write_text(f"{_body(name, version)}\n")
        self.wanted[name] = version

    def delete(self, name: str) -> None:
        """Delete a module's manifest."""
        shutil.rmtree(self.root / name)
        del self.wanted[name]

    def seed_pages(self, names: list[str]) -> None:
        """Put the options, and pages of these modules as they are now, into Notion by hand."""
        mapping = self._mapping()
        for name in names:
            self.notion.create_page(self.source, self._values(mapping, name))

    def options_by_hand(self) -> None:
        """Add every option by hand."""
        for name in FEATURES:
            self.notion.add_option("Features", name, "red")
        self.notion.add_option("Tags", "tier:1", "red")

    def _mapping(self) -> PropertyMapping:
        return load(Flags(root=str(self.root)), self.environ).mapping

    def _values(self, mapping: PropertyMapping, name: str) -> dict[str, object]:
        read = read_manifest(self.root, f"{name}/module.manifest.json")
        assert isinstance(read, Manifest)
        desired, problems = mapping.desired(read)
        assert desired is not None, problems
        return {k: list(v) if isinstance(v, tuple) else v for k, v in desired.values.items()}

    def sync(
        self,
        *,
        concurrency: int = 1,
        dry_run: bool = False,
        repair: bool = False,
        archive: bool = False,
        **flags: object,
    ) -> Ended:
        """Run one sync with backfill, as the command line does."""
        config = load(
            Flags(root=str(self.root), concurrency=concurrency, **flags),  # type: ignore[arg-type]
            self.environ,
        )
        runtime = self.runtime()
        options = SyncOptions(
            backfill=config.backfilled,
            dry_run=dry_run,
            repair_drift=repair,
            archive_removed=archive,
        )
        try:
            with settled():
                return Ended(Run(config, runtime).sync(options), None)
        except LukhasNotionError as error:
            return Ended(None, error)

    def runtime(self) -> Runtime:
        """Return what a run in this repository uses of the world."""
        return Runtime(
            self.environ,
            clock=self.clock,
            random=self.random,
            transport=self.notion.transport,
            origin=lambda _: "https://github.com/octo/modules",
            absent=gone_from_disk,
        )

    def verify(self, *, repair: bool = False) -> Verification:
        """Compare repository, Notion and ledger, as the command line does."""
        config = load(Flags(root=str(self.root)), self.environ)
        runtime = self.runtime()
        if repair:
            return verification.repair(
                config, runtime, RunObserver(), verification.DestructiveOptions()
            )
        return verification.verify(config, runtime)

    # --- what must hold -------------------------------------------------------------------

    def broken_promises(self, ended: Ended) -> list[str]:
        """Return every promise that a faulty run broke; none is what must hold."""
        broken = [
            f"{n} pages are called {name}"
            for name, n in self._titles().items()
            if n > 1 and name in self.wanted
        ]
        wrong = self.wrong()
        named = self._named(ended)
        if ended.code == 0 and wrong:
            broken.append(f"exit 0 although these are not in Notion: {sorted(wrong)}")
        if ended.result is not None and (unsaid := wrong - named):
            broken.append(f"not applied and not named: {sorted(unsaid)}")
        broken.extend(self._ledger_breaks(ended))
        return broken

    def settle(self) -> None:
        """Let a minute pass, in which every query sees what was written."""
        self.clock.wait(60, threading.Event())

    def after_healing(self) -> list[str]:
        """Heal Notion, sync twice, and return what is not as it must be."""
        self.notion.heal()
        self.settle()
        first = self.sync()
        broken = self.broken_promises(first)
        if first.code != 0:
            why = first.error or (first.result and first.result.failures)
            broken.append(f"the run after it ended with {first.code}: {why}")
        self.settle()
        writes = self._writes()
        second = self.sync()
        if second.code != 0 or self._writes() != writes:
            broken.append("a second run without faults wrote again")
        if self.wrong():
            broken.append(f"in the end these are not in Notion: {sorted(self.wrong())}")
        return broken

    def _titles(self) -> Counter[str]:
        return Counter(str(page["Module"]) for page in self.notion.pages())

    def wrong(self) -> set[str]:
        """Return the modules whose page is missing or does not hold what the manifest says."""
        mapping = self._mapping()
        pages = {page["Module"]: page for page in self.notion.pages()}
        wrong = set()
        for name in self.wanted:
            page, values = pages.get(name), self._values(mapping, name)
            if page is None:
                wrong.add(name)
                continue
            held = [(kind, page[p], values[p]) for p, kind in mapping.types.items()]
            body = self.notion.body(page["id"]) if self.bodies else ""
            if any(not equal(kind, _held(left), _held(right)) for kind, left, right in held) or (
                self.bodies and body != _body(name, self.wanted[name])
            ):
                wrong.add(name)
        return wrong

    def _named(self, ended: Ended) -> set[str]:
        if ended.result is None:
            return set(self.wanted)
        named = {o.change.module for o in ended.result.failures}
        return named | {v.path.split("/")[0] for v in ended.result.violations}

    def _ledger_breaks(self, ended: Ended) -> list[str]:
        file = self.root / "manifests/.ledger/notion_sync.ndjson"
        if not file.exists():
            return []
        with file.open("rb") as lines:
            _, broken = verify_chain(lines)
        found = [f"ledger: {broken}"] if broken else []
        records = [json.loads(line) for line in file.read_bytes().splitlines()]
        if ended.result is None or ended.result.result is None:
            return found
        run = ended.result.info.run
        said = {(r.get("module"), r["status"]) for r in records if r["run_id"] == run}
        for outcome in ended.result.result.outcomes:
            tried = outcome.status != "not_attempted"
            if tried and (outcome.change.module, str(outcome.status)) not in said:
                found.append(f"{outcome.change.module}: {outcome.status} is not in the ledger")
        return found

    def _writes(self) -> int:
        kinds = ("pages.create", "pages.update", "pages.update_markdown", "data_sources.update")
        return sum(self.notion.count(kind) for kind in kinds)


def _body(name: str, version: int) -> str:
    return f"{name} in version {version}."


def cells(requests: Mapping[str, int]) -> list[tuple[str, str, int, str]]:
    """Return (kind, fault, position, when) for each fault of each kind of request.

    What differs from one position to the next is what was done before: a few faults show it.

    Args:
        requests: the kinds, and how many requests of each a sync makes that goes well.
    """
    return [
        (kind, fault, position, when)
        for kind, count in requests.items()
        for fault in FAULTS
        if fault not in ONLY_FOR
        for when in (moments(fault)[:1] if kind in _READS else moments(fault))
        for position in range(1, count + 1 if fault in _AT_ALL else 2)
    ]


_READS = ("pages.retrieve_markdown", "pages.property")
_AT_ALL = ("drop", "500", "503_committed")


def broken_by(scene: Scene, kind: str, fault: str, position: int, when: str) -> list[str]:
    """Sync while one fault strikes, then heal; return every promise that was broken."""
    rule = FaultRule(kind, fault, (position,), when=when)  # type: ignore[arg-type]
    scene.notion.break_by(FaultPlan((rule,)))
    ended = scene.sync()
    assert scene.notion.injected, "the fault must have struck"
    return [*scene.broken_promises(ended), *scene.after_healing()]


def made_by_a_sync(scene: Scene, kind: str) -> int:
    """Sync without a fault, and return how many requests of a kind that took."""
    before = scene.notion.count(kind)
    assert scene.sync().code == 0
    made = scene.notion.count(kind) - before
    assert scene.after_healing() == []
    return made


def _held(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value if value is not None else None


def mixed(scene: Scene) -> None:
    """Lay out two modules that are new, two that changed and one that is as it was."""
    scene.options_by_hand()
    scene.notion.remove_option("Features", "print")
    for name in ("alpha", "beta", "gamma"):
        scene.write(name, 0)
    scene.seed_pages(["alpha", "beta", "gamma"])
    scene.write("alpha", 3)
    scene.write("beta", 5)
    scene.write("delta", 1)
    scene.write("epsilon", 3)
    scene.settle()


def schedule(seed: int, modules: int = 50, *, root: Path) -> tuple[Scene, list[str]]:
    """Run one random schedule of faults over ``modules`` modules and return what broke.

    The seed decides everything: which modules are new, changed or as they were, which faults
    strike which requests and when, how long a query lags, and the jitter. One request travels at
    a time, so that the same seed always gives the same run.
    """
    chance = random.Random(seed)
    scene = Scene(root, _faults(chance), seed=seed)
    scene.options_by_hand()
    if chance.random() < 0.5:
        scene.notion.remove_option("Features", chance.choice(FEATURES))
    names = [f"m{number:02}" for number in range(modules)]
    for name in names:
        scene.write(name, chance.randrange(10))
    present = [name for name in names if chance.random() < 0.5]
    scene.seed_pages(present)
    for name in names:
        if chance.random() < 0.4:
            scene.write(name, chance.randrange(10))
    scene.settle()
    broken = scene.broken_promises(scene.sync())
    if chance.random() < 0.5:
        for name in chance.sample(names, 5):
            scene.write(name, chance.randrange(10))
        scene.settle()
        broken += scene.broken_promises(scene.sync())
    broken += scene.after_healing()
    return scene, broken + [f"verify: {found}" for found in scene.verify().findings]


#: What a run meets by chance; the order decides what a seed gives.
_RANDOM_FAULTS = tuple(each for each in FAULTS if each not in (*ONLY_FOR, "429_blocked"))


def _faults(chance: random.Random) -> FaultPlan:
    rules = []
    for _ in range(chance.randrange(1, 6)):
        fault = chance.choice(_RANDOM_FAULTS)
        kinds = ["any", "pages.create", "pages.update", "data_sources.query"]
        refusal = fault.startswith(("429", "529")) or fault == "connect_refused"
        rules.append(
            FaultRule(
                chance.choice(kinds),
                fault,
                probability=chance.choice((0.02, 0.1, 0.3)),
                when="before" if refusal else chance.choice(("before", "after")),
                retry_after=chance.choice((None, 0.5, 7.0)),
            )
        )
    return FaultPlan(tuple(rules), chance.choice((0.0, 0.0, 2.0, 6.0)), chance.randrange(2**32))
