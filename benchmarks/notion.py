"""The embedded Notion in a separate process, and its contents before a run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measure import Sample, clean_environ
from lukhas_notion.cli.emulator import create_database
from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.emulator import Emulator
from lukhas_notion.emulator.model import Stored, to_json
from lukhas_notion.emulator.store import Journal
from lukhas_notion.manifests.discovery import find_manifests
from lukhas_notion.manifests.manifest import Manifest, read_manifest
from lukhas_notion.plan.differences import all_applied
from lukhas_notion.plan.page_record import write_record
from lukhas_notion.plan.source import find_source
from lukhas_notion.plan.values import key_hash
from lukhas_notion.validate.vocabulary import Vocabulary

WINDOW = 60.0
#: The folders of the rows belong to no repository.
_SOURCE = find_source(named="", origin="", environ={}, folder="benchmark")


@dataclass(frozen=True)
class Service:
    """How the embedded Notion answers.

    Args:
        latency: milliseconds before each answer.
        per_minute: requests in a window of 60 seconds; 0 for no limit.
    """

    latency: float = 300.0
    per_minute: int = 180


class _Past:
    """A clock of yesterday, at which pages are created at a steady rate.

    Args:
        seconds: what passes between two pages.
    """

    def __init__(self, seconds: float) -> None:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        self._began = yesterday.replace(second=0, microsecond=0)
        self._seconds = seconds
        self.made = 0

    def monotonic(self) -> float:
        return self.made * self._seconds

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.made * self._seconds)


IMPORTED = 1 / 3
"""Seconds between two pages of an import at Notion's rate limit: 180 a minute."""
AT_ONCE = 0.0
"""Pages that all have the same ``created_time``."""


def write_state(
    repository: Path, state: Path, *, with_pages: bool, seconds: float = IMPORTED
) -> None:
    """Write the state of a Notion that has a repository's database, options and, if asked, pages.

    The pages hold what a sync of the repository would write, and so are up to date. ``seconds``
    pass between the creation of one page and of the next.
    """
    config = load(Flags(root=str(repository)), {})
    paths = list(find_manifests(config.root, config.include, config.exclude)) if with_pages else []
    clock = _Past(seconds)
    local = Emulator(clock=clock)
    create_database(local, config)
    for name, file in config.vocabularies.items():
        for option in Vocabulary.load(name, file.path, file.display).names:
            local.add_option(name, option)
    source = next(iter(local.workspace.store.data_sources))
    for clock.made, path in enumerate(paths):
        local.create_page(source, _values(config, path, clock.now()))
    _save(local, state)


def _values(config: Config, path: str, moment: datetime) -> dict[str, Any]:
    manifest = read_manifest(config.root, path, config.form)
    if not isinstance(manifest, Manifest):
        raise ValueError(f"{path} cannot be read: {manifest.message}")
    desired, problems = config.mapping.desired(manifest)
    if desired is None:
        raise ValueError(f"{path} cannot be mapped: {problems[0].message}")
    values: dict[str, Any] = dict(desired.values)
    link = write_record(
        _SOURCE.link(path),
        _SOURCE.place(path),
        key_hash(desired.key),
        all_applied(desired, config.mapping),
    )
    values[config.mapping.sha.name] = (desired.sha, link)
    if config.mapping.now is not None:
        values[config.mapping.now.name] = moment.isoformat(timespec="seconds")
    return values


def _save(local: Emulator, state: Path) -> None:
    """Write all objects at once: page by page, each would be synced to the disk."""
    store = local.workspace.store
    objects: list[Stored] = [
        *store.databases.values(),
        *store.data_sources.values(),
        *store.pages.values(),
    ]
    journal = Journal(state)
    made = local.workspace.ids.made
    journal.rewrite({"made": made, "objects": [to_json(each)]} for each in objects)
    journal.close()


@dataclass
class Running:
    """A Notion that runs: its settings, and what was asked of it."""

    settings: Mapping[str, str]
    service: Service

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests so far, the first first."""
        url = self.settings["NOTION_API_URL"] + "/requests"
        with urllib.request.urlopen(url, timeout=60) as answer:
            listed: list[dict[str, Any]] = json.load(answer)["requests"]
        return sorted(listed, key=lambda each: float(each["at"]))

    def counted(self, sample: Sample, since: int = 0) -> Sample:
        """Return a sample with its requests: all but the first ``since``."""
        listed = self.requests()[since:]
        other = (str(each["status"]) for each in listed if each["status"] != 200)
        return replace(
            sample,
            requests=dict(sorted(Counter(each["kind"] for each in listed).items())),
            statuses=dict(sorted(Counter(other).items())),
            window_use=window_use([each["at"] for each in listed], self.service.per_minute),
        )


def window_use(times: Sequence[float], per_minute: int) -> tuple[float, float] | None:
    """Return the mean and the least share of the limit that each full trailing minute used.

    Both are over time, from 60 seconds after the first request to the last one: a request counts
    in the trailing minute from the moment it came, for 60 seconds.
    """
    if not times or not per_minute:
        return None
    begin, end = times[0] + WINDOW, times[-1]
    if end <= begin:
        return None
    held = sum(max(0.0, min(at + WINDOW, end) - max(at, begin)) for at in times)
    changes = sorted([(at + WINDOW, -1) for at in times] + [(at, 1) for at in times])
    count, least = 0, per_minute
    for index, (at, step) in enumerate(changes):
        count += step
        lasts = index + 1 == len(changes) or changes[index + 1][0] > at
        if begin <= at < end and lasts:
            least = min(least, count)
    return held / (end - begin) / per_minute, least / per_minute


@contextmanager
def running(command: Sequence[str], service: Service) -> Iterator[Running]:
    """Run a server that prints its settings as JSON, and end it with Ctrl-C."""
    process = subprocess.Popen(
        command,
        env=clean_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines: list[str] = []
        while not lines or lines[-1].rstrip() != "}":
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{' '.join(command)} did not start")
            lines.append(line)
        yield Running(json.loads("".join(lines)), service)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def emulator(repository: Path, state: Path, service: Service) -> list[str]:
    """Return the command that runs the embedded Notion on a state file."""
    return [
        *(sys.executable, "-m", "lukhas_notion", "emulator", "--port", "0", "--json"),
        *("--root", str(repository), "--state", str(state)),
        *("--latency", str(service.latency), "--requests-per-minute", str(service.per_minute)),
    ]
