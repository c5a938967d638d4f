#!/usr/bin/env bash
# Makes the Action's own virtual environment and prints python=PATH of its interpreter. A second
# use in the same job finds it made. Reads LUKHAS_NOTION_PYTHON, RUNNER_TEMP, GITHUB_ACTION_PATH.
set -euo pipefail

if [ -z "$LUKHAS_NOTION_PYTHON" ]; then
  echo "::error::lukhas-notion needs Python 3.11 or newer; this runner has none, and none could be fetched." >&2
  exit 1
fi
wanted="$GITHUB_ACTION_PATH/../requirements/run.txt"
home="$RUNNER_TEMP/lukhas-notion"

interpreter() {
  if [ -x "$home/bin/python" ]; then echo "$home/bin/python"; else echo "$home/Scripts/python.exe"; fi
}

# Settings of an earlier step that make pip install elsewhere, less, or nothing at all.
elsewhere=(PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_DRY_RUN PIP_NO_DEPS PIP_CONSTRAINT
  PIP_REQUIREMENT PIP_EDITABLE PIP_PYTHON PIP_PLATFORM PIP_PYTHON_VERSION PIP_REQUIRE_VIRTUALENV
  PIP_NO_BINARY PIP_REPORT)

# The copy of the lock file is put there last: where it is, the installation is complete.
if ! cmp -s "$wanted" "$home/installed.txt"; then
  "$LUKHAS_NOTION_PYTHON" -I -m venv --clear "$home" >&2
  (
    unset "${elsewhere[@]}"
    "$(interpreter)" -I -m pip install --no-user --quiet --disable-pip-version-check --no-input \
      --no-compile --only-binary=:all: --require-hashes --requirement "$wanted" >&2
  )
  if ! "$(interpreter)" -I -B "$GITHUB_ACTION_PATH/imports.py" >&2; then
    echo "::error::lukhas-notion was installed and cannot be imported: a setting of pip sends packages elsewhere. Look at 'pip config list'." >&2
    exit 1
  fi
  cp "$wanted" "$home/installed.txt"
fi
echo "python=$(interpreter)"
