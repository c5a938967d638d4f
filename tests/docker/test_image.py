"""The Docker action as the runner builds and runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.actions import read_outputs
from support.docker import BASE, PROJECT, build, docker, inspect, missing
from support.workplace import EXAMPLE

from lukhas_notion.emulator import Emulator, default_database, serve

pytestmark = pytest.mark.docker

#: The runner's own user on a machine of GitHub's.
RUNNER = 1001


@pytest.fixture(scope="module")
def image() -> str:
    """Build the image, or skip with the reason."""
    if why := missing():
        pytest.skip(why)
    return build()


@dataclass
class Runner:
    """A runner's folders, and how it starts a Docker action (ContainerActionHandler.cs)."""

    folder: Path
    image: str
    inputs: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        """The checkout."""
        return self.folder / "workspace"

    def run(self, event: str = "push", *options: str) -> subprocess.CompletedProcess[str]:
        """Run the action for an event on the default branch, with more options of docker's."""
        for name in ("temp", "home", "workflow", "file_commands"):
            (self.folder / name).mkdir(exist_ok=True)
        payload = {"repository": {"default_branch": "main"}}
        (self.folder / "workflow" / "event.json").write_text(json.dumps(payload))
        for name in ("output", "summary"):
            (self.folder / "file_commands" / name).touch()
        environ = {
            "HOME": "/github/home",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_REPOSITORY": "octo/manifests",
            "GITHUB_SHA": "c" * 40,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_OUTPUT": "/github/file_commands/output",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
            "RUNNER_TEMP": "/github/runner_temp",
            **{f"INPUT_{name.upper()}": value for name, value in self.inputs.items()},
            **self.environ,
        }
        mounts = {
            "temp": "/github/runner_temp",
            "home": "/github/home",
            "workflow": "/github/workflow",
            "file_commands": "/github/file_commands",
            "workspace": "/github/workspace",
        }
        return docker(
            *("run", "--rm", "--network", "host", "--workdir", "/github/workspace", *options),
            *(word for name, value in environ.items() for word in ("-e", f"{name}={value}")),
            *(word for name, to in mounts.items() for word in ("-v", f"{self.folder / name}:{to}")),
            self.image,
        )

    @property
    def outputs(self) -> dict[str, str]:
        """What the action has put out."""
        return read_outputs((self.folder / "file_commands" / "output").read_text(encoding="utf-8"))


@pytest.fixture
def notion() -> Iterator[Emulator]:
    """Make a Notion with a database and nothing in it."""
    emulator = Emulator(requests_per_minute=None)
    default_database(emulator)
    yield emulator
    emulator.close()


@pytest.fixture
def runner(tmp_path: Path, image: str, notion: Emulator) -> Iterator[Runner]:
    """Put the example repository before a Notion, owned by whom the runner works as."""
    made = Runner(tmp_path, image)
    shutil.copytree(EXAMPLE, made.workspace)
    if os.geteuid() == 0:
        for path in (made.workspace, *made.workspace.rglob("*")):
            os.chown(path, RUNNER, RUNNER)
    made.inputs = {
        "notion-token": notion.token,
        "notion-database-id": next(iter(notion.workspace.store.databases)),
        "github-token": "",
        "rate-limit": "100",
        "comment": "false",
    }
    with serve(notion) as address:
        made.environ = {"NOTION_API_URL": address}
        yield made


def test_the_image_is_small(image: str) -> None:
    """It is at most 30 MB over its base."""
    over = inspect(image)["Size"] - inspect(BASE)["Size"]
    assert 0 < over <= 30_000_000


def test_the_image_starts_quickly(image: str) -> None:
    """The first line of the log is there a few times as late as any Python's could be."""

    def first_line(*words: str) -> float:
        started = time.monotonic()
        with subprocess.Popen(
            ["docker", "run", "--rm", "--network", "none", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"lukhas-notion ")
            took = time.monotonic() - started
            process.communicate()
        return took

    bare = (BASE, "python", "-c", "print('lukhas-notion ')")
    assert min(first_line(image) for _ in range(3)) <= 4 * min(first_line(*bare) for _ in range(3))


def test_the_image_sets_no_user_and_no_workdir(image: str) -> None:
    """The runner decides who the action runs as, and where."""
    config = inspect(image)["Config"]
    assert (config["User"], config["WorkingDir"]) == ("", "")


def test_the_image_carries_the_workflows(image: str) -> None:
    """What a set-up writes is inside it, word for word."""
    code = (
        "import sys; sys.path.insert(0, '/action')\n"
        "from lukhas_notion.util.read_files import example_workflow\n"
        "sys.stdout.write(example_workflow('notion-apply.yml'))"
    )
    words = ("--entrypoint", "/usr/local/bin/python", image, "-I", "-B", "-X", "utf8", "-c", code)
    ran = docker("run", "--rm", "--network", "none", *words)
    example = PROJECT / "examples/workflows/notion-apply.yml"
    assert ran.stdout == example.read_text(encoding="utf-8"), ran.stderr


def test_a_preview_reads_the_inputs_as_the_runner_spells_them(
    runner: Runner, notion: Emulator
) -> None:
    """Variables with hyphens arrive: token and database are used, and nothing is written."""
    ran = runner.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert runner.outputs["created"] == str(len(list(EXAMPLE.glob("*/*/module.manifest.json"))))
    assert runner.outputs["failure-reason"] == ""
    assert list(notion.pages()) == []


def test_an_apply_makes_the_pages(runner: Runner, notion: Emulator) -> None:
    """In mode apply each manifest is a page, and its ledger is where the output says."""
    runner.inputs["mode"] = "apply"
    ran = runner.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(list(notion.pages())) == int(runner.outputs["created"]) > 0
    ledger = runner.workspace / runner.outputs["ledger-path"]
    assert ledger.read_text(encoding="utf-8").count("\n") >= int(runner.outputs["created"])


def test_what_it_leaves_belongs_to_the_workspaces_owner(runner: Runner) -> None:
    """Nothing is root's in the workspace afterwards, so that the runner can clean up."""
    runner.inputs["mode"] = "apply"
    assert runner.run().returncode == 0
    owner = runner.workspace.stat().st_uid
    assert (runner.workspace / runner.outputs["report-path"]).is_file()
    assert [p for p in runner.workspace.rglob("*") if p.stat().st_uid != owner] == []


def test_modules_in_the_workspace_are_never_run(runner: Runner) -> None:
    """A hostile checkout cannot replace the image's modules; no bytecode is left."""
    for name in ("json", "sitecustomize", "lukhas_notion", "httpx"):
        (runner.workspace / f"{name}.py").write_text("raise SystemExit('imported')\n")
    runner.environ |= {"PYTHONPATH": "/github/workspace", "PYTHONSTARTUP": "json.py"}
    ran = runner.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "imported" not in ran.stdout + ran.stderr
    assert not list(runner.workspace.rglob("__pycache__"))


def test_it_runs_read_only_as_any_user(runner: Runner, notion: Emulator) -> None:
    """Nothing but the runner's own folders is written to, and no right of root's is needed."""
    runner.inputs["mode"] = "apply"
    for name in ("temp", "home", "workflow", "file_commands"):
        (runner.folder / name).mkdir()
        (runner.folder / name).chmod(0o777)
    for name in ("output", "summary"):
        (runner.folder / "file_commands" / name).touch()
        (runner.folder / "file_commands" / name).chmod(0o666)
    user = f"{runner.workspace.stat().st_uid}:65534"
    ran = runner.run("push", "--read-only", "--cap-drop", "ALL", "--user", user)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(list(notion.pages())) == int(runner.outputs["created"]) > 0


def test_a_refusal_is_the_steps_exit_code(runner: Runner) -> None:
    """An input that is wrong fails the step with an annotation that names it."""
    runner.inputs["mode"] = "aply"
    ran = runner.run()
    assert ran.returncode == 2
    assert "::error" in ran.stdout
    assert "The input mode is 'aply'." in ran.stdout
    assert runner.outputs["failure-reason"] == "configuration"
