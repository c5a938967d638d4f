"""The short form of ``python tests/faults/fuzz.py``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_short_fuzz_finds_nothing() -> None:
    """Mutated manifests make no crash and take no longer than they may."""
    script = Path(__file__).with_name("fuzz.py")

    done = subprocess.run(
        [sys.executable, str(script), "--seconds", "8", "--seed", "1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
