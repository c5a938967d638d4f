#!/usr/bin/env bash
# Prints python=PATH for the first Python on the runner that the Action can run on: 3.11 or newer,
# able to make virtual environments. Prints python= where there is none.
set -euo pipefail

for name in python3 python python3.14 python3.13 python3.12 python3.11; do
  if found=$(command -v "$name") && "$found" -I -c '
import ensurepip, sys, venv
sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    echo "python=$found"
    exit
  fi
done
echo "python="
