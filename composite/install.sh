#!/usr/bin/env bash
# Creates the Action's own environment with the Python that LUKHAS_NOTION_PYTHON names, and prints
# python=PATH and pycache=PATH. The rest is in install.py.
set -euo pipefail

if [ -z "$LUKHAS_NOTION_PYTHON" ]; then
  echo "::error::lukhas-notion needs Python 3.11 or newer; this runner has none, and none could be fetched." >&2
  exit 1
fi
exec "$LUKHAS_NOTION_PYTHON" -I -B "$GITHUB_ACTION_PATH/install.py"
