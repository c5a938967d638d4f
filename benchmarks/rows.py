"""The rows: the command, its minimum of requests, and its targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from benchmarks import action, repository
from benchmarks.measure import FailedError, Sample, measure
from benchmarks.notion import AT_ONCE
from benchmarks.repository import ROOT
from benchmarks.rig import Rig

SCHEMA = ROOT / "lukhas_notion" / "validate" / "module.manifest.schema.json"
SWEEP = (1, 2, 4, 8, 10, 16, 24)
THREE = (3, 70, 139)
FAR_APART = (17, 5_000, 9_999)


@dataclass(frozen=True)
class Target:
    """What a row may take at the most; None where nothing is promised.

    Args:
        requests: to Notion.
        seconds: wall clock.
        mib: peak memory.
        refused: answers of 429.
        window: the share of the rate limit that is used at the least.
    """

    requests: int | None = None
    seconds: float | None = None
    mib: float | None = None
    refused: int | None = 0
    window: float | None = None

    def missed(self, samples: list[Sample]) -> list[str]:
        """Return what the medians of the samples miss, none where the target is met."""
        missed = []
        for what, most, got in (
            ("requests", self.requests, median(each.asked for each in samples)),
            ("seconds", self.seconds, median(each.seconds for each in samples)),
            ("MiB", self.mib, median(each.mib for each in samples)),
            ("429s", self.refused, max(each.statuses.get("429", 0) for each in samples)),
        ):
            if most is not None and got > most:
                missed.append(f"{what}: {got:.4g} > {most:g}")
        if self.window is not None:
            used = median(each.window_use[0] if each.window_use else 0.0 for each in samples)
            if used < self.window:
                missed.append(f"window: {used:.1%} < {self.window:.0%}")
        return missed


@dataclass(frozen=True)
class Row:
    """One row.

    Args:
        name: for the command line.
        title: for a person.
        run: measures it once.
        floor: the fewest requests that Notion's API allows for it.
        target: what is promised.
        long: whether it takes minutes, and so runs only with ``--long``.
    """

    name: str
    title: str
    run: Callable[[Rig], Sample]
    floor: int | None = None
    target: Target = field(default_factory=Target)
    long: bool = False


def rows() -> list[Row]:
    """Return every row, in the order of the table."""
    return [*_syncs(), *_previews(), *_without_notion(), *_sweep()]


def _syncs() -> list[Row]:
    return [
        Row(
            "first-140",
            "first sync of 140 modules",
            lambda rig: rig.sync(140, "--all", pages=False),
            146,
            Target(requests=147, seconds=7.5, mib=60),
        ),
        Row(
            "first-140-related",
            "the same, each module related to one of the level below, in 10 levels",
            lambda rig: rig.sync(140, "--all", pages=False, related=True),
            146,
            Target(requests=148, seconds=10, mib=60),
        ),
        Row(
            "same-140",
            "nothing changed, 140 modules",
            lambda rig: rig.sync(140, "--all"),
            4,
            Target(requests=4, seconds=1.5, mib=60),
        ),
        Row(
            "three-140",
            "3 of 140 modules changed",
            lambda rig: rig.sync(140, "--all", changed=THREE),
            7,
            Target(requests=7, seconds=2, mib=60),
        ),
        Row(
            "same-2000",
            "nothing changed, 2,000 modules",
            lambda rig: rig.sync(2_000, "--all"),
            22,
            Target(requests=28, seconds=3.5, mib=90),
        ),
        Row(
            "same-2000-at-once",
            "nothing changed, 2,000 modules whose pages are of one minute",
            lambda rig: rig.sync(2_000, "--all", seconds=AT_ONCE),
            22,
            Target(requests=23, seconds=8, mib=90),
        ),
        Row(
            "same-10000",
            "nothing changed, 10,000 modules",
            lambda rig: rig.sync(10_000, "--all"),
            102,
            Target(requests=112, seconds=15, mib=150),
        ),
        Row(
            "same-20000",
            "nothing changed, 20,000 modules",
            lambda rig: rig.sync(20_000, "--all"),
            202,
            Target(mib=200),
        ),
        Row(
            "first-2000",
            "first sync of 2,000 modules",
            lambda rig: rig.sync(2_000, "--all", pages=False),
            2_003,
            Target(mib=90, window=0.98),
            long=True,
        ),
        Row(
            "first-2000-auto",
            "the same with the rate `auto`",
            lambda rig: rig.sync(2_000, "--all", "--rate-limit", "auto", pages=False),
            2_003,
            # 3 % more than the row above took, and not more than two answers of 429.
            Target(seconds=687, refused=2),
            long=True,
        ),
        Row(
            "first-2000-auto-600",
            "the same where Notion allows 600 requests a minute",
            lambda rig: rig.sync(
                2_000, "--all", "--rate-limit", "auto", pages=False, per_minute=600
            ),
            2_003,
            Target(seconds=270, refused=2),
            long=True,
        ),
    ]


def _previews() -> list[Row]:
    named = [word for number in FAR_APART for word in ("--module", repository.module(number))]
    target = Target(requests=4, seconds=1.5)
    return [
        Row(
            "preview-10000",
            "preview of 3 changed manifests of 10,000, by hand",
            lambda rig: rig.sync(10_000, *named, "--dry-run", changed=FAR_APART),
            4,
            target,
        ),
        Row(
            "preview-10000-action",
            "the same by the Action, with its comment",
            lambda rig: action.preview(rig, 10_000, FAR_APART),
            4,
            target,
        ),
    ]


def _without_notion() -> list[Row]:
    return [
        Row(
            "help",
            "`--help`",
            lambda rig: measure([*rig.command, "--help"], cwd=ROOT),
            target=Target(seconds=0.25),
        ),
        Row("validate-1", "`validate` of one manifest", _validate_one, target=Target(seconds=0.5)),
        Row("validate-1782", "`validate --all` of 1,782 manifests", _validate_all),
        Row("check-jsonschema-1782", "check-jsonschema, same files and schema", _check_jsonschema),
    ]


def _validate_one(rig: Rig) -> Sample:
    root = rig.repository(140)
    return measure([*rig.command, "validate", repository.path(3)], cwd=root)


def _validate_all(rig: Rig) -> Sample:
    return measure([*rig.command, "validate", "--all"], cwd=rig.repository(1_782))


def _check_jsonschema(rig: Rig) -> Sample:
    if rig.check_jsonschema is None:
        raise FailedError("check-jsonschema is not here: name it with --check-jsonschema PATH")
    files = [repository.path(number) for number in range(1_782)]
    command = [rig.check_jsonschema, "--schemafile", str(SCHEMA), *files]
    return measure(command, cwd=rig.repository(1_782))


def _sweep() -> list[Row]:
    def at_once(count: int) -> Callable[[Rig], Sample]:
        return lambda rig: rig.sync(140, "--all", "--concurrency", str(count), pages=False)

    return [
        Row(
            f"sweep-{each}",
            f"first sync of 140 modules, {each} at once",
            at_once(each),
            143,
        )
        for each in SWEEP
    ]
