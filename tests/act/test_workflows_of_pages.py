"""The workflows and steps that pages show and that are not examples: each is run unchanged."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import certifi
import pytest
import yaml
from support.docs import PAGES, PROJECT, Block, blocks
from support.project import Project

pytestmark = pytest.mark.slow

EXAMPLES = {file.read_text("utf-8") for file in (PROJECT / "examples/workflows").glob("*.yml")}
SHOWN = [
    pytest.param(block, id=f"{page}:{number}")
    for page in PAGES
    for number, block in enumerate(
        each
        for each in blocks(page)
        if each.language == "yaml" and "uses:" in each.text and each.text not in EXAMPLES
    )
]
_DATABASES = ("SERVICES", "LIBRARIES", "PUBLIC")
_JOB = """\
name: Steps of a page
on: {event}
permissions: {{}}
jobs:
  steps:
    runs-on: ubuntu-latest
    permissions: {{contents: write, pull-requests: write}}
    steps:
"""
_CHECKOUT = "      - uses: actions/checkout@v7\n"


def workflow(block: Block) -> tuple[str, str]:
    """Return the event that a block is for, and a workflow: the block itself, or of its steps."""
    document: Any = yaml.safe_load(block.text)
    if isinstance(document, dict):
        # YAML 1.1, which this parser reads, takes the key `on` for a boolean.
        return next(iter(document.get(True))), block.text
    modes = {step["with"].get("mode", "dry-run") for step in document if "with" in step}
    event = "push" if "apply" in modes else "pull_request"
    indent = "" if block.text.startswith(" ") else "      "
    steps = "".join(f"{indent}{line}\n" for line in block.text.splitlines())
    checkout = "" if "actions/checkout@" in steps else _CHECKOUT
    return event, _JOB.format(event=event) + checkout + steps


def lay_out(project: Project) -> None:
    """Make what the pages speak of: roots, vocabularies, certificates, another configuration."""
    checkout = project.workflows.checkout
    (checkout / "vocab").mkdir(exist_ok=True)
    for name in ("features", "tags"):
        vocabulary = checkout / "vocab" / f"{name}.json"
        if not vocabulary.exists():
            vocabulary.write_text('{"allowed": ["search"]}')
    (checkout / ".github").mkdir(exist_ok=True)
    shutil.copy(certifi.where(), checkout / ".github" / "authorities.pem")
    for root in ("services/payments", "libraries/chart"):
        (checkout / root).mkdir(parents=True)
        manifest = f'{{"module": "{Path(root).name}"}}'
        (checkout / root / "module.manifest.json").write_text(manifest)
    (checkout / "notion").mkdir()
    (checkout / "notion/public.toml").write_text('[manifests]\nexclude = ["services/"]\n')
    database = project.workflows.secrets["NOTION_DATABASE_ID"]
    for name in _DATABASES:
        project.workflows.secrets[f"NOTION_DATABASE_ID_{name}"] = database


@pytest.fixture
def path(tmp_path: Path) -> Iterator[str]:
    """Return a PATH on which this checkout is what ``pip install`` would bring.

    What a job leaves running ends with it, as on GitHub's runner; act's own lets it run on.
    """
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "pip").write_text("#!/bin/sh\nexit 0\n")
    (folder / "pip").chmod(0o755)
    command = folder / "lukhas-notion"
    command.symlink_to(Path(sys.executable).with_name("lukhas-notion"))
    yield f"{folder}{os.pathsep}{os.environ['PATH']}"
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.fsencode(command) in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGTERM)


@pytest.mark.parametrize("block", SHOWN)
def test_what_a_page_shows_runs(project: Project, path: str, block: Block) -> None:
    """A reader who copies it gets a green run: on a pull request, or after its merge."""
    lay_out(project)
    event, text = workflow(block)
    project.github.allow_actions_to_write()
    project.github.create_branch("topic")
    project.commit("topic", "beta", "What beta does.")
    number = project.github.open_pull("topic")
    if "require-reviewed-plan" in text:
        project.workflows.inputs = {"scope": "all"}
        shown = project.preview(number)
        assert shown.code == 0, shown.log
    project.workflows.put("shown.yml", text)
    variables = {"PATH": path}
    if event == "push":
        sha = project.github.merge(number)
        payload, variables = project.push_payload(sha), {**variables, "SHA_REF": sha}
    else:
        payload = project.pull_payload(number)
    ran = project.workflows.start("shown.yml", event, payload, **variables)
    assert ran.code == 0, ran.log


def test_pages_show_some() -> None:
    """The search for blocks finds the whole workflows and the single steps that there are."""
    kinds = {type(yaml.safe_load(each.values[0].text)) for each in SHOWN}
    assert kinds == {dict, list}
