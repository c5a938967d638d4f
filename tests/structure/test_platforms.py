"""On which runners the Action installs: its lock file against the tags of the locked wheels."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_wheel_filename

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
PROJECT = REQUIREMENTS.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
#: Where the composite action takes no older Python, because a package has no wheel for it.
OLDEST = {("windows", "arm64"): "3.12"}
#: The oldest that GitHub's runners, and Debian 11, Alpine 3.19 and macOS 13, have.
GLIBC, MUSL, MACOS = (2, 31), (1, 2), (13, 0)
_BLOCK = re.compile(
    r"^(?P<name>[a-z0-9.-]+)(?:\[[a-z0-9,-]+\])?==(?P<version>[^ ;\\]+)"
    r"(?: ; (?P<marker>[^\\]+?))? \\\n(?P<hashes>(?: +--hash=.+\n)+)",
    re.MULTILINE,
)


def wheels() -> dict[str, str]:
    """Return the list of wheels: SHA-256 → name of the file."""
    lines = (REQUIREMENTS / "action-wheels.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("  ") for line in lines)  # type: ignore[misc]


def locked(name: str) -> dict[str, re.Match[str]]:
    """Return the blocks of a lock file by the package's name."""
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    return {found["name"]: found for found in _BLOCK.finditer(text)}


def platform_tags(system: str, machine: str) -> list[str]:
    """Return what a system installs, the newest first."""
    arm = machine == "arm64"
    if system == "windows":
        return ["win_arm64" if arm else "win_amd64"]
    if system == "macos":
        return list(mac_platforms(MACOS, "arm64" if arm else "x86_64"))
    linux = "aarch64" if arm else "x86_64"
    if system == "musl":
        return [f"musllinux_1_{minor}_{linux}" for minor in range(MUSL[1], -1, -1)]
    older = [f"manylinux_2_{minor}_{linux}" for minor in range(GLIBC[1], 16, -1)]
    return [*older, f"manylinux2014_{linux}"]


def tags(system: str, machine: str, python: str) -> frozenset[Tag]:
    """Return the tags of the wheels that a runner installs."""
    major, minor = map(int, python.split("."))
    names = platform_tags(system, machine)
    return frozenset(
        itertools.chain(
            cpython_tags((major, minor), platforms=names, abis=[f"cp{major}{minor}"]),
            compatible_tags((major, minor), interpreter=f"cp{major}{minor}", platforms=names),
        )
    )


def marker_environment(system: str, machine: str, python: str) -> dict[str, str]:
    """Return the variables of markers on a runner."""
    about = {
        "windows": ("nt", "Windows", "win32"),
        "macos": ("posix", "Darwin", "darwin"),
    }.get(system, ("posix", "Linux", "linux"))
    environment = {name: str(value) for name, value in default_environment().items()}
    return environment | {
        **dict(zip(("os_name", "platform_system", "sys_platform"), about, strict=True)),
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def without_wheel(system: str, machine: str, python: str) -> Iterator[str]:
    """Yield the packages that a runner needs and has no locked wheel for."""
    known, installed = wheels(), tags(system, machine, python)
    environment = marker_environment(system, machine, python)
    for name, found in locked("action.txt").items():
        if found["marker"] and not Marker(found["marker"]).evaluate(environment):
            continue
        files = [known[digest] for digest in _digests(found) if digest in known]
        if not any(installed & parse_wheel_filename(file)[3] for file in files):
            yield f"{name} {found['version']}"


def _digests(block: re.Match[str]) -> list[str]:
    return re.findall(r"--hash=sha256:([0-9a-f]{64})", block["hashes"])


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
@pytest.mark.parametrize("system", ["linux", "musl", "macos", "windows"])
def test_the_action_installs_on(system: str, machine: str, python: str) -> None:
    """Each package of the Action's lock has a wheel there, with one of the hashes of the lock."""
    assert locked("action.txt")
    lacking = list(without_wheel(system, machine, python))
    assert (lacking == []) == (python >= OLDEST.get((system, machine), python)), lacking


def test_a_python_without_wheels_is_not_taken() -> None:
    """The composite action looks for another Python where the lock has no wheel for the oldest."""
    script = (PROJECT / "composite" / "find-python.sh").read_text(encoding="utf-8")
    assert list(OLDEST.items()) == [(("windows", "arm64"), "3.12")]
    assert '(3, 12) if sysconfig.get_platform() == "win-arm64" else (3, 11)' in script


def test_a_package_without_a_wheel_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: without its wheels for one system a package is named."""
    first = next(name for name, file in wheels().items() if "win_arm64" in file)
    package, version, _, _ = parse_wheel_filename(wheels()[first])
    less = {
        digest: file
        for digest, file in wheels().items()
        if not ("win_arm64" in file and parse_wheel_filename(file)[0] == package)
    }
    monkeypatch.setattr(f"{__name__}.wheels", lambda: less)
    assert f"{package} {version}" in set(without_wheel("windows", "arm64", "3.13"))
    assert f"{package} {version}" not in set(without_wheel("linux", "arm64", "3.13"))


def test_the_wheels_are_those_of_the_lock() -> None:
    """``scripts/locks.py`` wrote both files: each wheel is of a locked version, by its hash."""
    blocks = locked("action.txt")
    for digest, file in wheels().items():
        name, version, _, _ = parse_wheel_filename(file)
        block = blocks[canonicalize_name(name)]
        assert block["version"] == str(version), file
        assert digest in _digests(block), file
    assert {str(parse_wheel_filename(file)[0]) for file in wheels().values()} == set(blocks)


def test_the_action_has_the_versions_that_are_tested() -> None:
    """Its lock is the command line's lock, less what it does not import."""
    run = {name: found["version"] for name, found in locked("run.txt").items()}
    for name, found in locked("action.txt").items():
        assert run[name] == found["version"]
