"""The workflows of ``examples/workflows``, run by ``act`` against a local GitHub and Notion.

``act`` is a workflow runner that somebody else wrote. What it takes the place of: the checkout (it
copies the folder it is started in) and the upload of artifacts (a stand-in copies the files).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support.git import ENVIRON

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLES = PROJECT / "examples" / "workflows"
ACTION = "lukhas-notion/lukhas-notion@v1"
COMPOSITE = "lukhas-notion/lukhas-notion/composite@v1"
#: What a checkout of the Action holds, as far as it runs.
_PARTS = (
    "action.yml",
    "composite",
    "Dockerfile",
    "entrypoint.py",
    "examples/workflows",
    "lukhas_notion",
    "requirements",
    "scripts/image.py",
)
#: The line below which an example workflow takes more inputs.
_LAST_INPUT = "          notion-database-id: ${{ secrets.NOTION_DATABASE_ID }}\n"
_STAND_IN = """\
name: stands in for an action that needs GitHub's own services
inputs: {name: {default: ""}, path: {default: ""}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.name }}", FILES: "${{ inputs.path }}"}
      run: |
        mkdir -p "$ARTIFACTS/$NAME"
        for file in $FILES; do
          if [ -e "$file" ]; then
            cp "$file" "$ARTIFACTS/$NAME/"
            echo "<$NAME> keeps $file"
          fi
        done
"""


def act() -> str:
    """Return where act is, "" where it is not installed."""
    beside = Path(sys.executable).with_name("act")
    return str(beside) if beside.exists() else shutil.which("act") or ""


def install(folder: Path) -> Path:
    """Run the composite action's own installation, and return its interpreter."""
    folder.mkdir()
    done = subprocess.run(
        ["bash", str(PROJECT / "composite" / "install.sh")],
        env={
            **os.environ,
            "RUNNER_TEMP": str(folder),
            "RUNNER_TOOL_CACHE": "",
            "GITHUB_ACTION_PATH": str(PROJECT / "composite"),
            "LUKHAS_NOTION_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(re.findall(r"^python=(.+)$", done.stdout, re.MULTILINE)[0])


def missing() -> str:
    """Return why no workflow can be run here, "" when one can."""
    if not act():
        return "act is not installed (the extra `test` brings it)"
    if shutil.which("bash") is None:
        return "bash is not installed"
    return ""


@dataclass(frozen=True)
class Ended:
    """How a workflow ended."""

    code: int
    log: str

    def output(self, name: str) -> str:
        """Return what the Action's step put out last under a name."""
        found = re.findall(rf"::set-output:: {name}=(.*)", self.log)
        assert found, f"no output {name} in:\n{self.log}"
        return str(found[-1])


@dataclass
class Workflows:
    """A repository's checkout with the example workflows in it.

    Args:
        folder: for the checkout, act's own files, and the artifacts.
        github_url: GitHub's API.
        secrets: the repository's secrets, the workflow's own token among them.
        environ: what the runner has in its environment.
        options: how jobs are run: on this machine, or in a container.
        action: what the workflows' ``uses:`` says in the place of the Docker action.
        inputs: more inputs of the Action, in both workflows.
        installed: an interpreter that has what the composite action installs, which is the same
            each time; None lets each job install it.
    """

    folder: Path
    github_url: str
    secrets: dict[str, str]
    environ: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ("-P", "ubuntu-latest=-self-hosted")
    action: str = ACTION
    inputs: Mapping[str, str] = field(default_factory=dict)
    run_id: int = 1000
    installed: Path | None = None

    def __post_init__(self) -> None:
        """Make the folders: a home for act, the Action's checkout, the stand-in."""
        settings = self.folder / "home" / ".config" / "act"
        settings.mkdir(parents=True)
        (settings / "actrc").touch()
        for name in ("artifacts", "stand-in", "action", "checkout"):
            (self.folder / name).mkdir()
        (self.folder / "stand-in" / "action.yml").write_text(_STAND_IN)
        for part in _PARTS:
            copy = shutil.copytree if (PROJECT / part).is_dir() else shutil.copy2
            target = self.folder / "action" / part
            target.parent.mkdir(exist_ok=True)
            copy(PROJECT / part, target)
        if self.installed is not None:
            script = self.folder / "action" / "composite" / "install.sh"
            said = (f"python={self.installed}", f"pycache={self.folder / 'pycache'}")
            script.write_text("#!/usr/bin/env bash\nprintf '%s\\n' " + " ".join(said) + "\n")

    @property
    def checkout(self) -> Path:
        """The repository's files."""
        return self.folder / "checkout"

    @property
    def artifacts(self) -> Path:
        """What workflows have uploaded: a folder for each artifact."""
        return self.folder / "artifacts"

    def use(self, workflow: str) -> None:
        """Put an example workflow into the checkout, unchanged except for action and inputs."""
        text = (EXAMPLES / workflow).read_text(encoding="utf-8")
        for name, value in self.inputs.items():
            line = f"          {name}: {value}\n"
            text, there = re.subn(rf"^ {{10}}{name}: .*\n", line, text, flags=re.MULTILINE)
            if not there:
                text = text.replace(_LAST_INPUT, _LAST_INPUT + line)
        self.put(workflow, text)

    def put(self, workflow: str, text: str) -> None:
        """Put a workflow of this text into the checkout, with the action that is tested."""
        place = self.checkout / ".github" / "workflows" / workflow
        place.parent.mkdir(parents=True, exist_ok=True)
        for ours in (ACTION, COMPOSITE):
            text = text.replace(f"uses: {ours}\n", f"uses: {self.action}\n")
        place.write_text(text)

    def run(self, workflow: str, event: str, payload: Mapping[str, Any], **environ: str) -> Ended:
        """Commit the checkout as it is, with an example workflow, and run it for an event."""
        self.use(workflow)
        return self.start(workflow, event, payload, **environ)

    def start(self, workflow: str, event: str, payload: Mapping[str, Any], **environ: str) -> Ended:
        """Commit the checkout as it is, and run one of its workflows for an event."""
        self._commit()
        self.run_id += 1
        event_file = self.folder / "event.json"
        event_file.write_text(json.dumps(payload))
        variables = {
            "GITHUB_API_URL": self.github_url,
            "ARTIFACTS": str(self.artifacts),
            "RUNNER_TOOL_CACHE": str(self.folder / "tools"),
            "GITHUB_RUN_ID": str(self.run_id),
            # The home is one of our own; what pip has fetched before is not to be fetched again.
            "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
            **self.environ,
            **environ,
        }
        ran = subprocess.run(
            [
                *(act(), event, "-e", str(event_file), "-W", f".github/workflows/{workflow}"),
                *self.options,
                *(word for pair in self.secrets.items() for word in ("-s", "=".join(pair))),
                *(word for pair in variables.items() for word in ("--env", "=".join(pair))),
                *("--local-repository", f"{ACTION}={self.folder / 'action'}"),
                *(word for other in _others() for word in ("--local-repository", self._for(other))),
            ],
            cwd=self.checkout,
            env={**os.environ, "HOME": str(self.folder / "home")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ended(ran.returncode, ran.stdout + ran.stderr)

    def _for(self, action: str) -> str:
        return f"{action}={self.folder / 'stand-in'}"

    def _commit(self) -> None:
        """Make the checkout a Git repository, as act wants it, with one commit more each time."""
        first = (
            ("init", "--quiet", "--initial-branch=main", "."),
            ("remote", "add", "origin", "https://github.com/octo/manifests.git"),
        )
        for words in (
            *(() if (self.checkout / ".git").exists() else first),
            ("add", "--all"),
            ("commit", "--quiet", "--allow-empty", "--message=State"),
        ):
            subprocess.run(
                ["git", *words], cwd=self.checkout, env=ENVIRON, check=True, capture_output=True
            )


def _others() -> set[str]:
    """Return the actions of others that examples and composite use, less the checkout."""
    used: set[str] = set()
    for file in (*EXAMPLES.glob("*.yml"), PROJECT / "composite" / "action.yml"):
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        for job in found.get("jobs", {"": found.get("runs")}).values():
            used.update(step["uses"] for step in job["steps"] if "uses" in step)
    return {u for u in used if not u.startswith(("lukhas-notion/", "actions/checkout@"))}
