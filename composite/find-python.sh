#!/usr/bin/env bash
# Prints python=PATH for the first Python on the runner that can run the Action: 3.11 or newer, with
# venv and pip. Prints python= if there is none. On Windows
# for ARM it is 3.12, because a package that the Action needs has no wheel for 3.11 there.
set -euo pipefail

for name in python3 python python3.14 python3.13 python3.12 python3.11; do
  if found=$(command -v "$name") && "$found" -I -c '
import sys, sysconfig, venv
from importlib.util import find_spec
oldest = (3, 12) if sysconfig.get_platform() == "win-arm64" else (3, 11)
sys.exit(sys.version_info < oldest or not (find_spec("pip") or find_spec("ensurepip")))
' >/dev/null 2>&1; then
    echo "python=$found"
    exit
  fi
done
echo "python="
