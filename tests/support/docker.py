"""The Action's image, built from the unchanged Dockerfile, for tests that run it."""

from __future__ import annotations

import json
import re
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
    if docker("info", timeout=60).returncode:
        return "no Docker engine runs"
    if docker("image", "inspect", BASE).returncode:
        return f"the engine has no image {BASE}"
    return ""


def build() -> str:
    """Build the image and return its name; the second time, and beside other tests, it is quick."""
    with FileLock(Path(tempfile.gettempdir()) / "lukhas-notion-test-image.lock"):
        # No engine finds a digest without its registry.
        text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
        built = subprocess.run(
            ["docker", "build", "--network", "host", "--tag", IMAGE, "--file", "-", str(PROJECT)],
            input=re.sub(r"@sha256:[0-9a-f]{64}", "", text),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert built.returncode == 0, built.stdout + built.stderr
    return IMAGE


def inspect(image: str) -> Any:
    """Return what the engine knows about an image."""
    return json.loads(docker("image", "inspect", image).stdout)[0]
