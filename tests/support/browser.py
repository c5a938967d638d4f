"""A real browser: Chromium, driven by npm's playwright-core, with axe-core for accessibility."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.github import node_modules

_SCRIPT = Path(__file__).with_suffix(".mjs")
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Return the browser's path: ``LUKHAS_NOTION_CHROMIUM``, else the first one that is known."""
    named = os.environ.get("LUKHAS_NOTION_CHROMIUM", "")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), "")


def missing() -> str:
    """Return why no page can be opened here, "" when it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not chromium():
        return "Chromium is not installed"
    for package in ("playwright-core", "axe-core"):
        if not (node_modules() / package).is_dir():
            return f"npm's {package} is not installed in {node_modules()}"
    return ""


def visit(base: str, visits: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Open pages one after the other, and return what a reader meets on each.

    Args:
        base: the address of the embedded Notion, without a slash at the end.
        visits: for each page ``path``, ``width`` in pixels, ``scheme`` (light or dark), and
            perhaps ``steps``, such as ``["follow", "Name"]``, and ``picture``, a file to write.
    """
    done = subprocess.run(
        ["node", str(_SCRIPT), str(node_modules()), chromium()],
        input=json.dumps({"base": base, "visits": list(visits)}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
