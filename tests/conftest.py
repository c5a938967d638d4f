"""What holds for every test."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from lukhas_notion.util import sanitize

# A busy machine is no failure: no example has a deadline, and slow generation is not complained of.
# Neither is chance: each run has the same examples. `--hypothesis-profile explore` has new ones.
_SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("explore", derandomize=False, **_SETTINGS)
settings.register_profile("same", derandomize=True, database=None, **_SETTINGS)
settings.load_profile("same")

#: argparse breaks lines at the terminal's width, in the tests and in what they start.
os.environ["COLUMNS"] = "80"

#: What Windows has not: a test that calls it is skipped there.
for _name in ("fork", "mkfifo"):
    if not hasattr(os, _name):
        setattr(os, _name, lambda *_: pytest.skip("this system has no such function"))

#: Where Linux keeps files in memory. What a test waits for there is never the disk: each line of a
#: ledger is synced to it. Not where programs cannot be started, or little room is.
_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30
if "TMPDIR" not in os.environ and _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK):
    _room = os.statvfs(_MEMORY)
    if _room.f_bavail * _room.f_frsize >= _ROOM and not _room.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

# Where Python keeps no bytecode beside the code, each of the many processes would compile all that
# it imports. The next run takes what is kept here too, and collects three times faster.
if sys.dont_write_bytecode and "PYTHONPYCACHEPREFIX" not in os.environ:
    _bytecode = Path(__file__).resolve().parents[1] / ".pytest_cache" / "bytecode"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(_bytecode)
    sys.dont_write_bytecode = False


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Start one worker more than there are processors: some test always waits for a process.

    Whoever is done takes over what others have left, since one begins with all that takes long.
    """
    if config.option.dist == "no":
        config.option.dist = "worksteal"
    named = "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ
    return None if named else (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long, so that in the end no worker is left alone with one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget the secrets of the test before: a process knows all that it was ever given."""
    sanitize._known.clear()
