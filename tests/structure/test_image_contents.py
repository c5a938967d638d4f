"""What the image holds, put together here from installed packages: its size, and that it runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
#: Bytes over the base.
MOST = 30_000_000


def put_packages(folder: Path) -> None:
    """Copy every file of the packages in the Action's lock, as ``pip install --target`` does."""
    text = (PROJECT / "requirements" / "action.txt").read_text(encoding="utf-8")
    for name in re.findall(r"^([a-z0-9.-]+)(?:\[.+\])?==", text, re.MULTILINE):
        for file in distribution(name).files or ():
            source = Path(str(file.locate()))
            if ".." not in file.parts and source.is_file() and source.suffix != ".pyc":
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / file)


def put_code(folder: Path) -> None:
    """Copy what the Dockerfile copies, less what .dockerignore keeps out."""
    left_out = shutil.ignore_patterns("__pycache__", "cli", "emulator")
    shutil.copytree(PROJECT / "lukhas_notion", folder / "lukhas_notion", ignore=left_out)
    shutil.copytree(PROJECT / "examples/workflows", folder / "lukhas_notion/workflows")
    shutil.copy(PROJECT / "entrypoint.py", folder)
    (folder / "composite").mkdir()
    shutil.copy(PROJECT / "composite" / "imports.py", folder / "composite")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do what the Dockerfile does, in a folder."""
    folder = tmp_path_factory.mktemp("image") / "action"
    folder.mkdir()
    put_packages(folder)
    put_code(folder)
    # Whatever Python is told here about bytecode: it belongs beside the code.
    finish = [sys.executable, "-E", str(PROJECT / "scripts" / "image.py"), str(folder)]
    subprocess.run(finish, check=True)
    return folder


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the image is of Linux")
def test_the_image_is_at_most_thirty_megabytes_over_its_base(image: Path) -> None:
    """Packages, code and bytecode together."""
    size = sum(path.stat().st_size for path in image.rglob("*") if path.is_file())
    assert 10_000_000 < size <= MOST, f"{size:,} bytes"


def test_the_image_starts_without_anything_else(image: Path) -> None:
    """The entrypoint comes to its own refusal, with no package from elsewhere."""
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(image / "entrypoint.py")]
    ran = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert ran.stdout.startswith("lukhas-notion ")
    assert "GITHUB_EVENT_NAME" in ran.stdout + ran.stderr or ran.returncode == 2
    assert "Traceback" not in ran.stdout + ran.stderr


def test_every_module_of_the_image_can_be_imported(image: Path) -> None:
    """None of those that are left reaches for the command line or the embedded Notion."""
    code = (
        "import importlib, pkgutil, sys; sys.path.insert(0, sys.argv[1])\n"
        "import lukhas_notion\n"
        "for found in pkgutil.walk_packages(lukhas_notion.__path__, 'lukhas_notion.'):\n"
        "    if found.name != 'lukhas_notion.__main__': importlib.import_module(found.name)\n"
        "print(len([name for name in sys.modules if name.startswith('lukhas_notion.')]))\n"
    )
    command = [sys.executable, "-I", "-S", "-B", "-c", code, str(image)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 100


def test_what_is_left_of_a_package_works(image: Path) -> None:
    """Names are compared by compiled code, YAML is read, and GitHub's client has its bindings."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from lukhas_notion.util.text import nearest\n"
        "print(nearest('ful-text', ['full-text', 'billing']))\n"
        "from rapidfuzz.distance import Levenshtein\n"
        "print(Levenshtein.distance.__module__)\n"
        "import nacl.public, yaml\n"
        "print(yaml.safe_load('a: [1]'), yaml.__with_libyaml__)\n"
    )
    command = [sys.executable, "-I", "-S", "-B", "-c", code, str(image)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    said = ran.stdout.splitlines()
    assert said[0] == "full-text"
    assert "_cpp" in said[1]
    assert said[2] == "{'a': [1]} False"


def test_the_image_has_no_tests_and_keeps_the_licences(image: Path) -> None:
    """Only unused files are removed; a package's licence stays with its code."""
    assert not list(image.glob("*/tests"))
    assert not (image / "bin").exists()
    assert not (image / "lukhas_notion" / "emulator").exists()
    assert len(list(image.glob("*.dist-info/**/LICEN*"))) > 10


def test_what_a_run_imports_is_compiled(image: Path) -> None:
    """A run cannot write bytecode, so all used modules are compiled in the image."""
    ours = [path for path in (image / "lukhas_notion").rglob("*.py") if path.stat().st_size]
    compiled = {path.name.partition(".")[0] for path in image.glob("lukhas_notion/**/*.pyc")}
    assert {path.stem for path in ours} <= compiled
    for name in ("httpx", "jsonschema", "notion_client", "regex"):
        assert list((image / name).rglob("*.pyc")), name
