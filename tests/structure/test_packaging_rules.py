"""The rules of scripts, Dockerfile and workflows, for the runner and for security."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import workflow_rules as support_workflow_rules
from support.workflow_rules import steps

PROJECT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted(
    path.relative_to(PROJECT).as_posix()
    for folder in (".github/workflows", "examples/workflows")
    for path in (PROJECT / folder).glob("*.yml")
)


def load(name: str) -> dict[str, Any]:
    """Read a YAML file of the project."""
    found = yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def dockerfile() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with their arguments, continued lines joined."""
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


@pytest.mark.parametrize("name", [*WORKFLOWS, "composite/action.yml"])
def test_no_script_has_an_expression_in_it(name: str) -> None:
    """Untrusted text reaches a script by a variable, and is never part of it."""
    assert support_workflow_rules.scripts_with_expressions(load(name)) == []


@pytest.mark.parametrize("name", [*WORKFLOWS, "composite/action.yml"])
def test_actions_are_pinned_by_their_commit(name: str) -> None:
    """Every action of somebody else's is used by its full SHA, with its version beside it."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert support_workflow_rules.loosely_pinned(text) == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_grants_nothing_that_a_job_does_not_name(name: str) -> None:
    """The workflow's own permissions are empty, and each job lists what it needs."""
    assert not support_workflow_rules.grants_too_much(load(name))


PERMISSIONS = {
    ".github/workflows/ci.yml": {
        "everything": {"contents": "read"},
        "tests": {"contents": "read"},
        "elsewhere": {"contents": "read"},
        "composite": {"contents": "read"},
    },
    ".github/workflows/live.yml": {"live": {"contents": "read"}},
    ".github/workflows/release.yml": {
        "distributions": {"contents": "read", "id-token": "write", "attestations": "write"},
        "image": {
            "contents": "read",
            "packages": "write",
            "id-token": "write",
            "attestations": "write",
        },
        "release": {"contents": "write", "pull-requests": "write"},
        "publish": {"id-token": "write"},
    },
    "examples/workflows/notion-apply.yml": {
        "apply": {"contents": "read", "pull-requests": "write"}
    },
    "examples/workflows/notion-comment.yml": {
        "comment": {"actions": "read", "pull-requests": "write"}
    },
    "examples/workflows/notion-doctor.yml": {"doctor": {"contents": "read"}},
    "examples/workflows/notion-preview.yml": {
        "preview": {"contents": "read", "pull-requests": "write"}
    },
    "examples/workflows/notion-verify.yml": {"verify": {"contents": "read", "issues": "write"}},
}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_each_job_has_the_permissions_that_it_needs_and_no_other(name: str) -> None:
    """A new permission must be listed here, too."""
    jobs = load(name)["jobs"]
    assert {job: spec["permissions"] for job, spec in jobs.items()} == PERMISSIONS[name]


@pytest.mark.parametrize("name", [w for w in WORKFLOWS if w.startswith("examples/")])
def test_the_examples_leave_no_credentials_on_the_disk(name: str) -> None:
    """A checkout does not keep the token where a later step could read it."""
    assert not support_workflow_rules.keeps_credentials(load(name))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_workflows_set_inputs_that_are_there(name: str) -> None:
    """Each input that a workflow sets is one of the Action's, with one of its choices."""
    assert support_workflow_rules.wrong_inputs(load(name)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("just text", "neither a workflow nor"),
        ("- run: echo ${{ github.head_ref }}", "expression in a script"),
        ("- uses: actions/checkout@v4\n  with: {persist-credentials: false}", "not pinned"),
        ("- uses: lukhas-notion/lukhas-notion@v1\n  with: {moed: apply}", "no input"),
        ("- uses: lukhas-notion/lukhas-notion@v1\n  with: {mode: aply}", "no input"),
        (f"- uses: actions/checkout@{'0' * 40} # v1.0.0", "credentials"),
        ("on: push\njobs: {a: {permissions: {contents: read}, steps: []}}", "no job names"),
        ("permissions: {}\njobs: {a: {steps: []}}", "no job names"),
    ],
)
def test_a_workflow_that_breaks_a_rule_is_found(text: str, said: str) -> None:
    """Each rule has a workflow, or a list of steps, that it refuses."""
    assert said in " ".join(support_workflow_rules.problems(text))


def test_the_preview_is_not_filtered_by_paths() -> None:
    """A required check that is filtered out never reports."""
    # YAML 1.1, which this parser reads, takes the key `on` for a boolean.
    triggers: Any = load("examples/workflows/notion-preview.yml").get(True)
    assert set(triggers) == {"pull_request", "merge_group"}
    assert triggers["pull_request"] is None


def test_the_comment_workflow_takes_no_code_of_the_pull_request() -> None:
    """The privileged workflow has one step, which posts data and can check nothing out."""
    [step] = steps(load("examples/workflows/notion-comment.yml"))
    assert step["uses"] == "lukhas-notion/lukhas-notion@v1"
    assert step["with"] == {"mode": "comment"}


BASE = re.compile(r"python:3\.\d+-slim(@sha256:[0-9a-f]{64})?")


def test_the_image_is_made_as_the_runner_needs_it() -> None:
    """No USER, no WORKDIR, no shell before the Action, and one folder over the base."""
    instructions = dockerfile()
    names = [name for name, _ in instructions]
    assert not {"USER", "WORKDIR", "CMD", "SHELL", "ENV"} & set(names)
    assert all(what.lstrip().startswith("[") for name, what in instructions if name == "RUN")
    last = [each for each, name in enumerate(names) if name == "FROM"][-1]
    assert instructions[last + 1] == ("COPY", "--from=build /action /action")
    assert names[last + 2 :] == ["ENTRYPOINT"]
    entrypoint = yaml.safe_load(dict(instructions)["ENTRYPOINT"])
    assert entrypoint[0].startswith("/")
    assert entrypoint[-1] == "/action/entrypoint.py"


def test_the_image_is_built_on_what_it_runs_on() -> None:
    """Both stages have one base, written out where Dependabot and a release find it."""
    first, second = (what for name, what in dockerfile() if name == "FROM")
    assert first == f"{second} AS build"
    assert BASE.fullmatch(second)


def test_the_image_is_built_without_buildkit() -> None:
    """The runner may build with the old builder, which knows none of its additions."""
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert not re.search(r"# *syntax=|--mount|--link|--chmod|<<", text)


def test_dependencies_are_a_layer_before_the_code() -> None:
    """A change of code does not install anything again, and what is installed has its hash."""
    instructions = dockerfile()
    installs = next(n for n, (_, what) in enumerate(instructions) if "pip" in what)
    code = next(n for n, (_, what) in enumerate(instructions) if "lukhas_notion" in what)
    assert installs < code
    assert "--require-hashes" in instructions[installs][1]


def test_the_image_gets_the_code_alone() -> None:
    """Everything is kept out of the build's context but what the Dockerfile copies."""
    lines = (PROJECT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        shlex.split(what)[0]
        for name, what in dockerfile()
        if name == "COPY" and not what.startswith("--from=")
    }
    assert "*" in lines
    assert allowed == copied


def test_the_image_has_neither_command_line_nor_emulator() -> None:
    """A run of the Action comes to neither, and the embedded Notion's web server is not there."""
    lines = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in ("cli", "emulator"):
        assert (PROJECT / "lukhas_notion" / name).is_dir()
        assert lines.index(f"lukhas_notion/{name}") > lines.index("!lukhas_notion")


def test_the_wheel_and_the_image_carry_what_init_writes() -> None:
    """One copy of the workflows, in the same place inside the package for both."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert carried["examples/workflows"] == "lukhas_notion/workflows"
    copied = [shlex.split(what) for name, what in dockerfile() if name == "COPY"]
    assert ["examples/workflows", "/action/lukhas_notion/workflows"] in copied
    assert not (PROJECT / "lukhas_notion/workflows").exists()


@pytest.mark.parametrize("inside", [True, False])
def test_what_is_carried_is_found(tmp_path: Path, inside: bool) -> None:
    """Inside the package, as wheel and image have it, and beside it, as a checkout has it."""
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "lukhas_notion", tmp_path / "lukhas_notion", ignore=skipped)
    place = "lukhas_notion/workflows" if inside else "examples/workflows"
    shutil.copytree(PROJECT / "examples/workflows", tmp_path / place)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from lukhas_notion.util import read_files as packaged\n"
        "from lukhas_notion.setup.files import WORKFLOW_FILES\n"
        f"assert packaged.__file__.startswith({str(tmp_path)!r})\n"
        "print(*(len(packaged.example_workflow(name)) for name in WORKFLOW_FILES))\n"
        "print(len(packaged.packaged_schema()))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert all(int(size) > 500 for size in ran.stdout.split())


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Make a workspace with modules that are named as the standard library's are."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for name in ("json", "re", "sitecustomize", "lukhas_notion", "httpx", "dataclasses"):
        (workspace / f"{name}.py").write_text("raise SystemExit('the workspace was imported')\n")
    return workspace


@pytest.mark.parametrize("variables", [{}, {"PYTHONPATH": "."}, {"PYTHONSAFEPATH": "1"}])
def test_nothing_of_the_workspace_is_imported(hostile: Path, variables: dict[str, str]) -> None:
    """Modules in the workspace are not found, not even where the workflow names it in a path."""
    ran = subprocess.run(
        [sys.executable, "-I", "-B", str(PROJECT / "entrypoint.py")],
        cwd=hostile,
        env={**variables, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "imported" not in ran.stdout + ran.stderr
    assert ran.stdout.startswith("lukhas-notion ")
    assert ran.returncode == 2
    assert not list(hostile.glob("**/__pycache__"))


def test_entrypoint_runs_without_isolation_too(hostile: Path) -> None:
    """Called plainly from any folder it finds its own code, and none of the folder's."""
    ran = subprocess.run(
        [sys.executable, "-B", str(PROJECT / "entrypoint.py")],
        cwd=hostile,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.startswith("lukhas-notion ")
    assert "imported" not in ran.stdout + ran.stderr
