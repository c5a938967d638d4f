"""The Action's image, built from the Dockerfile as it stands, for tests that run it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock

PROJECT = Path(__file__).resolve().parents[2]
IMAGE = "lukhas-notion:test"
BASE = "python:3.13-slim"


def docker(*words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a docker command."""
    return subprocess.run(
        ["docker", *words], capture_output=True, text=True, timeout=timeout, check=False
    )


def missing() -> str:
    """Return why no image can be built here, "" when one can."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    if docker("info", timeout=30).returncode:
        return "no Docker engine runs"
    if docker("image", "inspect", BASE).returncode:
        return f"the engine has no image {BASE}"
    return ""


def build() -> str:
    """Build the image and return its name; the second time, and beside other tests, it is quick."""
    with FileLock(Path(tempfile.gettempdir()) / "lukhas-notion-test-image.lock"):
        built = docker("build", "--network", "host", "--tag", IMAGE, str(PROJECT), timeout=600)
    assert built.returncode == 0, built.stdout + built.stderr
    return IMAGE


def inspect(image: str) -> Any:
    """Return what the engine knows about an image."""
    return json.loads(docker("image", "inspect", image).stdout)[0]
