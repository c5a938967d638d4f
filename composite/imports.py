"""Imports what the Action needs, once it is installed: where this fails, nothing was installed.

Settings of pip can send packages elsewhere, and pip says nothing of it.
"""

import importlib
import sys
from pathlib import Path

NEEDED = ("github", "httpx", "jsonschema", "notion_client", "lukhas_notion.action.main")

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    for name in NEEDED:
        importlib.import_module(name)
