"""Imports what the Action needs, once it is installed: where this fails, nothing was installed.

Settings of pip can send packages elsewhere, and pip says nothing of it. What is imported here is
compiled as well, so that no run of the Action has to do it.
"""

import importlib
import sys
from pathlib import Path

NEEDED = (
    *("github", "httpx", "idna", "jsonschema", "markdown_it", "notion_client", "regex"),
    *("rapidfuzz.distance", "rapidfuzz.process", "requests", "rfc8785", "truststore"),
    *("webcolors", "yaml"),
    "lukhas_notion.action.main",
)

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    for name in NEEDED:
        importlib.import_module(name)
