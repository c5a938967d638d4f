"""Makes the environment that the composite action runs in, and prints what the next step needs.

It prints ``python=``, the environment's interpreter, and ``pycache=``, where its bytecode goes.
The environment is kept in the runner's tool cache, one for each lock file and Python, so that a
second use in a job, and the next job of a runner of one's own, find it made. Run it as
``python -I -B install.py`` with the Python to use; it is told nothing but the environment.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "action.txt"
CHECK = Path(__file__).resolve().with_name("imports.py")
FIRST_PIP = (22, 3)
"""The first release that installs for another interpreter, so that none needs a pip of its own."""
AT_ONCE = min(4, os.cpu_count() or 1)
"""How many pips run at once: half of what one does is waiting, the rest is the processor's work."""
KEPT = frozenset(
    f"PIP_{name}"
    for name in (
        *("CERT", "CLIENT_CERT", "CONFIG_FILE", "KEYRING_PROVIDER", "PROXY", "TRUSTED_HOST"),
        *("CACHE_DIR", "DEFAULT_TIMEOUT", "NO_CACHE_DIR", "RETRIES", "TIMEOUT", "USE_FEATURE"),
    )
)
"""Settings of pip that say how packages are reached."""
INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX")
"""Settings of pip that say where packages are."""


class NotInstalledError(Exception):
    """The environment could not be made; the message is for whoever reads the log."""


def main(environ: Mapping[str, str]) -> int:
    """Make the environment unless it is there, and return the exit code."""
    try:
        home = install(environ)
    except NotInstalledError as error:
        print(f"::error::{error}", file=sys.stderr)
        return 1
    # GitHub reads this as UTF-8, whatever the system's encoding is.
    said = f"python={interpreter(home)}\npycache={home / 'pycache'}\n"
    sys.stdout.buffer.write(said.encode())
    return 0


def install(environ: Mapping[str, str], lock: Path = LOCK, check: Path = CHECK) -> Path:
    """Return the folder of an environment that has what the lock file names.

    Args:
        environ: the step's environment.
        lock: requirements, each with its version and hashes.
        check: a script that imports what is to be there.

    Raises:
        NotInstalledError: pip failed, or put the packages elsewhere.
    """
    home = _folder(environ) / _key(lock)
    if (home / "checked").exists() and interpreter(home).exists():
        return home
    with tempfile.TemporaryDirectory(dir=home.parent, ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "environment"
        venv.create(made, symlinks=os.name != "nt")
        _fill(made, lock, environ)
        shutil.rmtree(home, ignore_errors=True)
        try:
            made.rename(home)
        except OSError as error:
            # Another runner of this machine was quicker.
            if not home.exists():
                raise NotInstalledError(f"{home} cannot be made: {error}") from error
    # What is imported here is compiled here, and needs not be when the Action runs.
    command = [str(interpreter(home)), "-I", "-X", f"pycache_prefix={home / 'pycache'}", str(check)]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        shutil.rmtree(home, ignore_errors=True)
        raise NotInstalledError(
            "lukhas-notion was installed and cannot be imported: a setting of pip sends packages "
            "elsewhere. Look at 'pip config list'."
        )
    (home / "checked").touch()
    return home


def interpreter(home: Path) -> Path:
    """Return the Python of an environment."""
    return home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip_settings(environ: Mapping[str, str], *, own_index: bool) -> dict[str, str]:
    """Return an environment for pip, without what would send packages elsewhere.

    Args:
        environ: the step's: an earlier one may have told pip to install elsewhere, less, or
            nothing, and Python to start in some other way.
        own_index: whether packages come from where an earlier step says.
    """
    kept = KEPT | set(INDEXES) if own_index else KEPT
    return {
        name: value
        for name, value in environ.items()
        if name.upper() in kept or not name.upper().startswith(("PIP_", "PYTHON"))
    }


def _folder(environ: Mapping[str, str]) -> Path:
    """Return the first place that can be written to."""
    for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP"):
        if place := environ.get(name):
            folder = Path(place) / "lukhas-notion"
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                continue
            if os.access(folder, os.W_OK):
                return folder
    raise NotInstalledError("Neither RUNNER_TOOL_CACHE nor RUNNER_TEMP can be written to.")


def _key(lock: Path) -> str:
    """Return a name for what is installed: other packages or another Python have another."""
    about = (sys.version, sys.base_prefix, sysconfig.get_config_var("EXT_SUFFIX"))
    return hashlib.sha256(lock.read_bytes() + repr(about).encode()).hexdigest()[:16]


def _fill(home: Path, lock: Path, environ: Mapping[str, str]) -> None:
    """Install what a lock file names, from the index that is set, else from pip's own."""
    pip = _pip(home, environ)
    chosen = [name for name in INDEXES if environ.get(name)]
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        left = _run_pip(pip, _parts(lock, Path(folder)), pip_settings(environ, own_index=True))
        if left and chosen and "PIP_NO_INDEX" not in chosen:
            # Every file has its hash in the lock file: from where it comes makes no difference.
            print(f"Trying again without {', '.join(chosen)}.", file=sys.stderr)
            left = _run_pip(pip, left, pip_settings(environ, own_index=False))
    if left:
        raise NotInstalledError("pip could not install what lukhas-notion needs; see above.")


def _parts(lock: Path, folder: Path) -> list[Path]:
    """Return a lock file in parts of one size: a pip for each waits less for the index."""
    blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8").rstrip())
    parts: list[list[str]] = [[] for _ in range(min(AT_ONCE, len(blocks)))]
    # A package with many files takes longer: pip looks at each.
    for block in sorted(blocks, key=len, reverse=True):
        min(parts, key=lambda part: sum(map(len, part))).append(block)
    files = []
    for number, part in enumerate(parts):
        files.append(folder / f"{number}.txt")
        files[-1].write_text("\n".join(part) + "\n", encoding="utf-8")
    return files


def _run_pip(pip: Sequence[str], parts: Sequence[Path], environ: Mapping[str, str]) -> list[Path]:
    """Install each part, all at once, and return those that failed."""
    options = (
        *("--quiet", "--disable-pip-version-check", "--no-input", "--no-user", "--no-compile"),
        *("--no-deps", "--only-binary=:all:", "--require-hashes"),
    )
    command = [*pip, "install", *options, "--requirement"]
    running = [
        (part, subprocess.Popen([*command, str(part)], env=environ, stdout=sys.stderr))
        for part in parts
    ]
    return [part for part, process in running if process.wait()]


def _pip(home: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the command of a pip that installs into the environment."""
    python = str(interpreter(home))
    try:
        found = tuple(map(int, version("pip").split(".")[:2]))
    except (PackageNotFoundError, ValueError):
        found = (0, 0)
    if found >= FIRST_PIP:
        return [sys.executable, "-I", "-m", "pip", "--python", python]
    bundled = [python, "-I", "-m", "ensurepip", "--default-pip"]
    settings = pip_settings(environ, own_index=False)
    if subprocess.run(bundled, env=settings, stdout=sys.stderr, check=False).returncode:
        raise NotInstalledError("This Python has no pip and cannot make one.")
    return [python, "-I", "-m", "pip"]


if __name__ == "__main__":
    sys.exit(main(os.environ))
