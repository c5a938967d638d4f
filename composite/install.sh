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

# An earlier step may have told pip to install elsewhere, less, or nothing at all. Only what says
# where packages come from, and how they are reached, is kept.
forget_settings() {
  local name
  for name in "${!PIP_@}"; do
    case "$name" in
      PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_NO_INDEX | PIP_FIND_LINKS | PIP_TRUSTED_HOST) ;;
      PIP_CERT | PIP_CLIENT_CERT | PIP_PROXY | PIP_KEYRING_PROVIDER | PIP_CONFIG_FILE) ;;
      PIP_TIMEOUT | PIP_DEFAULT_TIMEOUT | PIP_RETRIES | PIP_CACHE_DIR | PIP_NO_CACHE_DIR) ;;
      *) unset "$name" ;;
    esac
  done
}

# The copy of the lock file is put there last: where it is, the installation is complete.
if ! cmp -s "$wanted" "$home/installed.txt"; then
  "$LUKHAS_NOTION_PYTHON" -I -m venv --clear "$home" >&2
  (
    forget_settings
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
