"""Measure how long the Action takes to start, beside other Actions that install Python packages.

Usage: ``python benchmarks/start.py [--peer NAME=CHECKOUT …] [--repeat N] [--markdown FILE]``

Steps are run as ``composite/action.yml`` has them, and the image's folder is put together as the
``Dockerfile`` does it; packages come from the index that pip is set to, and no file is cached.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from threading import Event, Thread

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import action, repository, results, tables
from benchmarks.measure import FailedError, clean_environ
from benchmarks.notion import Service
from benchmarks.repository import EXAMPLE, ROOT
from benchmarks.rig import Rig
from benchmarks.rows import FAR_APART

FIRST_LINE = b"lukhas-notion "
PEERS = {
    # What each does before its own program starts, from its action.yml.
    "psf/black": 'python3 "$GITHUB_ACTION_PATH/action/main.py"',
    "pypa/gh-action-pip-audit": (
        'python3 -m venv "$RUNNER_TEMP/env" && . "$RUNNER_TEMP/env/bin/activate" && '
        'python -m pip install --requirement "$GITHUB_ACTION_PATH/requirements.txt" && '
        "python -c 'import pip_audit'"
    ),
    "EnricoMi/publish-unit-test-result-action": (
        'python3 -m venv "$RUNNER_TEMP/env" && "$RUNNER_TEMP/env/bin/python" -m pip install '
        '-r "$GITHUB_ACTION_PATH/python/requirements-post-3.9.txt" && '
        '"$RUNNER_TEMP/env/bin/python" -c "import github, junitparser"'
    ),
}


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Args:
        what: for a person.
        values: seconds, or bytes.
        unit: ``s`` or ``MB``.
        goal: what it may be at the most; None where nothing is promised.
    """

    what: str
    values: Sequence[float]
    unit: str
    goal: float | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the line."""
        shown = [each / 1e6 if self.unit == "MB" else each for each in self.values]
        spread = tables.spread([median(shown), min(shown), max(shown)])
        goal = "–" if self.goal is None else f"≤ {self.goal:g} {self.unit}"
        met = "–" if self.goal is None else ("✓" if median(shown) <= self.goal else "✗")
        return self.what, f"{spread} {self.unit}", str(len(shown)), goal, met


def main(words: Sequence[str]) -> int:
    """Print the table; return 1 where a line could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=CHECKOUT")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="put the table into FILE")
    args = parser.parse_args(words)
    peers = {name: Path(place) for name, _, place in (each.partition("=") for each in args.peer)}
    made, failed = [], False
    with tempfile.TemporaryDirectory(prefix="lukhas-notion-start-") as folder:
        for measured in figures(Path(folder), args.repeat, peers):
            try:
                made.append(measured())
            except (FailedError, subprocess.CalledProcessError) as error:
                failed = True
                print(f"not measured: {error}", file=sys.stderr)
                continue
            print("  ".join(made[-1].cells()), file=sys.stderr, flush=True)
    head = ("what", "measured", "runs", "goal", "met")
    about = tables.about_lines([{"about": results.about(Service(0, 0), "benchmarks/start.py")}])
    table = tables.table(head, "lrrll", [each.cells() for each in made])
    print(table, end="")
    if args.markdown is not None:
        about = about.partition("; Notion")[0].replace("`benchmarks", "`python benchmarks")
        about += f"; load average {os.getloadavg()[0]:.1f}."
        results.update_document(args.markdown, {"start": f"{about}\n\n{table}"})
    return int(failed)


def figures(folder: Path, repeat: int, peers: Mapping[str, Path]) -> list[Callable[[], Figure]]:
    """Return what measures each line, in the order of the table."""
    runner = Composite(folder / "composite")
    image = Image(folder / "image")
    rig = _rig(folder)

    def times(what: str, goal: float | None, run: Callable[[], float]) -> Callable[[], Figure]:
        return lambda: Figure(what, [run() for _ in range(repeat)], "s", goal)

    def peer(name: str, place: Path) -> Callable[[], float]:
        return lambda: prepared(PEERS[name], place, folder / "peer")

    return [
        times("composite: step start to first line, nothing cached", 6, runner.cold),
        times("the same, tool cache warm", 1, runner.warm),
        *(times(f"{name}: step start to its own program", None, peer(name, place))
          for name, place in peers.items()),
        lambda: Figure("image over its base", [image.size()], "MB", 30),
        lambda: Figure("the same, compressed", [image.compressed()], "MB"),
        times("Python's own start, for scale", None, python),
        times("image: process start to first line", None, lambda: image.start(rig)[0]),
        times("image: first line to first request", 0.4, lambda: image.start(rig)[1]),
        times("preview, 10,000 manifests, 3 changed, Notion answers at once", 0.8,
              lambda: preview(rig)),
    ]  # fmt: skip


def python() -> float:
    """Return the seconds that an interpreter takes to start and end."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True)
    return time.monotonic() - began


@dataclass
class Composite:
    """The composite action's steps, on this machine."""

    folder: Path

    def cold(self) -> float:
        """Return the seconds to the first line with an empty tool cache."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.warm()

    def warm(self) -> float:
        """Return the seconds to the first line with the tool cache as it is."""
        self.folder.mkdir(exist_ok=True)
        began = time.monotonic()
        found = self._step("find-python.sh")
        made = self._step("install.sh", LUKHAS_NOTION_PYTHON=found["python"])
        run = yaml.safe_load((ROOT / "composite/action.yml").read_text("utf-8"))["runs"]["steps"]
        environ = self._environ(
            LUKHAS_NOTION_PYTHON=made["python"], LUKHAS_NOTION_PYCACHE=made["pycache"]
        )
        with subprocess.Popen(
            ["bash", "-e", "-c", run[-1]["run"]],
            env=environ | {"INPUT_MODE": "validate"},
            cwd=EXAMPLE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            took = time.monotonic() - began
            process.communicate()
        if not first.startswith(FIRST_LINE):
            raise FailedError(first.decode(errors="replace"))
        return took

    def _step(self, script: str, **environ: str) -> dict[str, str]:
        ran = subprocess.run(
            ["bash", str(ROOT / "composite" / script)],
            env=self._environ(**environ),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return dict(line.split("=", 1) for line in ran.stdout.splitlines())

    def _environ(self, **environ: str) -> dict[str, str]:
        return {
            **clean_environ(),
            "PIP_NO_CACHE_DIR": "1",
            "RUNNER_TEMP": str(self.folder),
            "RUNNER_TOOL_CACHE": str(self.folder),
            "GITHUB_ACTION_PATH": str(ROOT / "composite"),
            **environ,
        }


def prepared(script: str, checkout: Path, folder: Path) -> float:
    """Return the seconds that another Action's preparation takes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    place = folder / "action"
    shutil.copytree(checkout, place)
    (folder / "output").touch()
    environ = {
        **clean_environ(),
        "PIP_NO_CACHE_DIR": "1",
        "RUNNER_TEMP": str(folder),
        "GITHUB_ACTION_PATH": str(place),
        "GITHUB_OUTPUT": str(folder / "output"),
        "INPUT_VERSION": ">=25",
        "INPUT_OPTIONS": "--version",
    }
    began = time.monotonic()
    ran = subprocess.run(
        ["bash", "-e", "-c", script], env=environ, cwd=folder, capture_output=True, check=False
    )
    if ran.returncode:
        raise FailedError(f"{checkout}: {ran.stdout[-500:]!r} {ran.stderr[-500:]!r}")
    return time.monotonic() - began


@dataclass
class Image:
    """The folder that the image has over its base, made as the Dockerfile makes it."""

    folder: Path

    def made(self) -> Path:
        """Return the folder; it is made once."""
        if not self.folder.exists():
            subprocess.run(
                [
                    *(_python_with_pip(), "-I", "-m", "pip", "install", "--quiet", "--no-user"),
                    "--root-user-action=ignore",
                    *("--no-compile", "--no-deps", "--only-binary=:all:", "--require-hashes"),
                    *("--target", str(self.folder)),
                    *("--requirement", str(ROOT / "requirements/action.txt")),
                ],
                stdout=sys.stderr,
                check=True,
            )
            ignored = shutil.ignore_patterns("__pycache__", "cli", "emulator")
            ours = self.folder / "lukhas_notion"
            shutil.copytree(ROOT / "lukhas_notion", ours, ignore=ignored)
            shutil.copytree(ROOT / "examples/workflows", ours / "workflows")
            shutil.copy(ROOT / "entrypoint.py", self.folder)
            (self.folder / "composite").mkdir()
            shutil.copy(ROOT / "composite/imports.py", self.folder / "composite")
            finish = [sys.executable, str(ROOT / "scripts/image.py"), str(self.folder)]
            subprocess.run(finish, stdout=sys.stderr, check=True)
        return self.folder

    def size(self) -> float:
        """Return the bytes of all files."""
        return sum(path.stat().st_size for path in self.made().rglob("*") if path.is_file())

    def compressed(self) -> float:
        """Return the bytes of the layer as a registry keeps it."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=6) as archive:
            archive.add(self.made(), "action")
        return len(packed.getvalue())

    def start(self, rig: Rig) -> tuple[float, float]:
        """Return the seconds from start to first line, and from there to the first request."""
        root = rig.repository(140, (3,))
        work = rig.scratch("start")
        work.mkdir()
        with FirstRequest() as asked:
            environ = action.preview_environ(work, root, asked.url, 1) | {
                "NOTION_API_URL": asked.url,
                "INPUT_NOTION-TOKEN": "ntn_token_of_the_benchmark",
                "INPUT_NOTION-DATABASE-ID": "0" * 32,
            }
            command = [sys.executable, "-I", "-S", "-B", str(self.made() / "entrypoint.py")]
            began = time.monotonic()
            with subprocess.Popen(
                command,
                env=clean_environ() | environ,
                cwd=root,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process:
                assert process.stdout is not None
                line = process.stdout.readline()
                first = time.monotonic()
                came = line.startswith(FIRST_LINE) and asked.came.wait(30)
                process.kill()
                process.communicate()
        if not came:
            raise FailedError(f"no request came after {line!r}")
        return first - began, asked.at - first


class FirstRequest:
    """A server that notes when it is asked first, and refuses."""

    def __init__(self) -> None:
        self.came = Event()
        self.at = 0.0
        noted = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Stay silent."""

            def do_GET(self) -> None:
                if not noted.came.is_set():
                    noted.at = time.monotonic()
                    noted.came.set()
                self.send_error(503)

            do_POST = do_GET  # noqa: N815 - the name is the library's

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FirstRequest:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def preview(rig: Rig) -> float:
    """Return the seconds of a preview by hand of three manifests of 10,000."""
    named = [word for number in FAR_APART for word in ("--module", repository.module(number))]
    return rig.sync(10_000, *named, "--dry-run", changed=FAR_APART).seconds


def _python_with_pip() -> str:
    if find_spec("pip"):
        return sys.executable
    return str(Path(sys.base_prefix) / "bin" / "python3")


def _rig(folder: Path) -> Rig:
    work = folder / "rig"
    work.mkdir(exist_ok=True)
    beside = Path(sys.executable).with_name("lukhas-notion")
    command = (
        [str(beside)] if os.access(beside, os.X_OK) else [sys.executable, "-m", "lukhas_notion"]
    )
    return Rig(work, command, Service(0, 0), say=lambda text: print(text, file=sys.stderr))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
