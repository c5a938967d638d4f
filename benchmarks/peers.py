"""Measure other tools beside lukhas-notion, on the same manifests and the same local Notion.

Each is installed as it is published into an environment of its own, and speaks to an embedded
Notion that shows it the version of the API that it was made for (``old_api.py``).

Usage: ``python benchmarks/peers.py [--long] [--peer NAME …] [--markdown FILE] [--json FILE]``
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import document, notion, results, run, tables
from benchmarks.jobs import JOBS, OURS, Job
from benchmarks.measure import FailedError, Sample, measure
from benchmarks.notion import Service
from benchmarks.rig import Rig
from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import Emulator
from lukhas_notion.manifests.discovery import find_manifests
from lukhas_notion.manifests.manifest import Manifest, read_manifest

_HERE = Path(__file__).resolve().parent
_LOOKED_AT = ("Module", "Description", "Coverage")


@dataclass(frozen=True)
class Peer:
    """Another tool.

    Args:
        name: its command.
        version: of the package.
        write: writes the modules' values as its input: (values, file).
        words: its arguments: (settings of the Notion, input file).
        long: the jobs that take it more than five minutes.
    """

    name: str
    version: str
    write: Callable[[Sequence[Mapping[str, Any]], Path], None]
    words: Callable[[Mapping[str, str], Path], list[str]]
    long: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """Its name where it is published."""
        return self.name.replace("_", "-")

    @property
    def title(self) -> str:
        """What it is called in a table."""
        return f"{self.package} {self.version}"


def _write_json(modules: Sequence[Mapping[str, Any]], file: Path) -> None:
    file.write_text(json.dumps(modules), encoding="utf-8")


def _write_csv(modules: Sequence[Mapping[str, Any]], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(modules[0]))
        writer.writeheader()
        for each in modules:
            joined = {k: ",".join(v) if isinstance(v, list) else v for k, v in each.items()}
            writer.writerow(joined)


def _data2notion(settings: Mapping[str, str], file: Path) -> list[str]:
    token, database = settings["NOTION_TOKEN"], settings["NOTION_DATABASE_ID"]
    options = ["--no-progress-bar", "--notion-token", token]
    return [*options, "write-to-notion", database, "json", str(file)]


def _csv2notion(settings: Mapping[str, str], file: Path) -> list[str]:
    database = settings["NOTION_DATABASE_ID"].replace("-", "")
    url = f"https://www.notion.so/Modules-{database}"
    place = ["--workspace", "Local", "--url", url]
    return ["--token", settings["NOTION_TOKEN"], *place, "--merge", str(file)]


PEERS = (
    Peer("data2notion", "1.3.3", _write_json, _data2notion),
    Peer("csv2notion_neo", "2.2.1", _write_csv, _csv2notion, long=("same-2000",)),
)


def main(words: Sequence[str]) -> int:
    """Run every tool on every job, side by side; return 1 when one could not be run."""
    args = _parser().parse_args(words)
    service = Service(args.latency, args.requests_per_minute)
    about = results.about(service, "python benchmarks/peers.py")
    made: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="lukhas-notion-peers-") as folder:
        rig = Rig(Path(folder), run.installed(), service, say=_say)
        environments = args.environments or Path(folder, "environments")
        peers = [each for each in PEERS if not args.peer or each.name in args.peer]
        pythons = {each.name: install(each, environments) for each in peers}
        for job in JOBS:
            if args.job and job.name not in args.job:
                continue
            made.append(_record(job, OURS, partial(ours, rig, job), args.repeat, about))
            for peer in peers:
                if job.name in peer.long and not args.long:
                    _say(f"{peer.name}: {job.title}: left out; it takes minutes, with --long")
                    continue
                measured = partial(theirs, rig, job, peer, pythons[peer.name])
                made.append(_record(job, peer.title, measured, args.repeat, about))
    print(tables.peer_table(made), end="")
    document.keep(args.json, args.markdown, "peers", made)
    return int(any("failed" in each for each in made))


def ours(rig: Rig, job: Job) -> Sample:
    """Measure lukhas-notion on a job."""
    return rig.sync(job.modules, "--all", pages=job.pages, changed=job.changed)


def theirs(rig: Rig, job: Job, peer: Peer, python: Path) -> Sample:
    """Measure a peer on a job."""
    wanted = values(rig.repository(job.modules, job.changed))
    file = rig.scratch("input.csv" if peer.write is _write_csv else "input.json")
    peer.write(wanted, file)
    state = rig.scratch("state.ndjson")
    shutil.copy(rig.state(job.modules, pages=job.pages), state)
    server = [
        *(sys.executable, str(_HERE / "old_api.py"), "--state", str(state)),
        *("--latency", str(rig.service.latency)),
        *("--requests-per-minute", str(rig.service.per_minute)),
    ]
    with notion.running(server, rig.service) as running:
        command = [str(python), str(_HERE / "peer_main.py"), peer.name]
        command += peer.words(running.settings, file)
        environ = {"BENCHMARK_API_URL": running.settings["NOTION_API_URL"], "PYTHONPATH": ""}
        sample = running.counted(measure(command, cwd=rig.work, environ=environ))
    check(state, wanted)
    return sample


def check(state: Path, wanted: Sequence[Mapping[str, Any]]) -> None:
    """See whether Notion holds what it has to: an exit code of 0 is not enough for all tools.

    Raises:
        FailedError: it does not, so that the figures mean nothing.
    """
    with Emulator(state_path=state) as local:
        held = {str(page["Module"]): page for page in local.pages()}
    right = sum(
        all(held.get(each["Module"], {}).get(name) == each[name] for name in _LOOKED_AT)
        for each in wanted
    )
    if right < len(wanted) or len(held) > len(wanted):
        raise FailedError(f"{len(held)} pages, {right} of {len(wanted)} as they have to be")


def values(repository: Path) -> list[dict[str, Any]]:
    """Return what each module's page is to hold, the moment of the write excepted."""
    config = load(Flags(root=str(repository)), {})
    found = []
    for path in find_manifests(config.root, config.include, config.exclude):
        manifest = read_manifest(config.root, path, config.form)
        if not isinstance(manifest, Manifest):
            raise FailedError(manifest.message)
        desired, _ = config.mapping.desired(manifest)
        if desired is not None:
            plain = desired.values.items()
            found.append({k: list(v) if isinstance(v, tuple) else v for k, v in plain})
    return found


def install(peer: Peer, folder: Path) -> Path:
    """Install a peer into an environment of its own, unless it is there; return its Python."""
    home = folder / peer.name
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        _say(f"installing {peer.name} {peer.version}")
        venv.create(home, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"{peer.package}=={peer.version}"], check=True)
    return python


def _record(
    job: Job, tool: str, run_once: Callable[[], Sample], repeat: int, about: Mapping[str, Any]
) -> dict[str, Any]:
    _say(f"{tool}: {job.title}")
    made: dict[str, Any] = {
        "name": f"{job.name}/{tool}",
        "job": job.name,
        "title": job.title,
        "tool": tool,
    }
    made["about"] = about
    try:
        samples = [run_once() for _ in range(repeat)]
    except FailedError as error:
        _say(f"  could not be run: {error}")
        return {**made, "failed": str(error)}
    _say(f"  {samples[0].requests} {samples[0].statuses} {samples[0].seconds:.2f} s")
    return {**made, **results.summary(samples)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [each.name for each in PEERS]
    parser.add_argument("--peer", action="append", choices=names, help="only this one; may repeat")
    jobs = [each.name for each in JOBS]
    parser.add_argument("--job", action="append", choices=jobs, help="only this one; may repeat")
    parser.add_argument("--long", action="store_true", help="also what takes a peer many minutes")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument(
        "--environments",
        type=Path,
        metavar="DIR",
        help="keep the peers' environments here (default: thrown away)",
    )
    run.add_common(parser)
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
