"""How the composite action makes its environment: by pip, from an index on this machine.

Tests of what pip is told run it; those of what is done around it put the package there themselves.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

COMPOSITE = Path(__file__).resolve().parents[2] / "composite"
WHEEL = "lonely-1.0-py3-none-any.whl"
needs_bash = pytest.mark.skipif(
    shutil.which("bash") is None or sys.platform == "win32",
    reason="bash is not installed, or stands for another system",
)


def load() -> ModuleType:
    """Import the script that installs."""
    spec = importlib.util.spec_from_file_location("composite_install", COMPOSITE / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


install = load()


def wheel() -> bytes:
    """Return a wheel with one module, ``lonely``."""
    about = "lonely-1.0.dist-info"
    files = {
        "lonely.py": "VALUE = 1\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: lonely\nVersion: 1.0\n"
        "Requires-Dist: never-asked-for\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},{_digest(text)},{len(text)}\n" for name, text in files.items())
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in {**files, f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return made.getvalue()


def _digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Index:
    """A package index with one wheel, which is a forward proxy as well."""

    content: bytes = field(default_factory=wheel)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str) -> bytes | None:
        """Return what is at a path, or at an absolute URL, which is how a proxy is asked."""
        self.asked.append(path)
        if path.endswith("/simple/lonely/"):
            return f'<a href="../../{WHEEL}">{WHEEL}</a>'.encode()
        return self.content if path.endswith(WHEEL) else None


@pytest.fixture
def index() -> Iterator[Index]:
    """Serve the index on this machine."""
    made = Index()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            body = made.answer(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body or b"")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Runner:
    """A runner's folders, a lock file with one package, and how the step is run.

    Args:
        folder: for all of it.
        index: where pip finds the package.
        monkeypatch: puts something in the place of pip.
        pip: whether pip installs, or the test does.
    """

    folder: Path
    index: Index
    monkeypatch: pytest.MonkeyPatch
    pip: bool = True
    installed: int = 0

    def __post_init__(self) -> None:
        """Write the lock file and the check."""
        self.lock = self.folder / "lock.txt"
        self.check = self.folder / "check.py"
        digest = hashlib.sha256(self.index.content).hexdigest()
        self.lock.write_text(f"lonely==1.0 --hash=sha256:{digest}\n", encoding="utf-8")
        self.check.write_text("import lonely\n", encoding="utf-8")
        self.settings = self.folder / "pip.conf"
        self.configure(f"index-url = {self.index.url}/simple/")
        if not self.pip:
            self.monkeypatch.setattr(install, "_pip", lambda home, environ: [str(home)])
            self.monkeypatch.setattr(install, "_run_pip", self.put)
        elif importlib.util.find_spec("pip") is None:
            self.monkeypatch.setattr(install, "_pip", self.other_pip)

    def put(self, pip: list[str], parts: list[Path], environ: object) -> list[Path]:
        """Put the package where pip would, unless the index has a broken one."""
        self.installed += 1
        python = str(install.interpreter(Path(pip[0])))
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        place = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
        (Path(place.stdout.strip()) / "lonely.py").write_text("VALUE = 1\n", encoding="utf-8")
        return parts if self.index.content == b"broken" else []

    def other_pip(self, home: Path, environ: object) -> list[str]:
        """Return the pip of the Python that the tests' environment was made with."""
        base = Path(sys.base_prefix) / ("python.exe" if sys.platform == "win32" else "bin/python3")
        return [str(base), "-I", "-m", "pip", "--python", str(install.interpreter(home))]

    def configure(self, *lines: str) -> None:
        """Set what the machine's own configuration of pip says."""
        self.settings.write_text("\n".join(("[global]", *lines)) + "\n", encoding="utf-8")

    def install(self, **environ: str) -> Path:
        """Install, with variables of an earlier step, and return the environment."""
        found: Path = install.install(self.environ | environ, self.lock, self.check)
        return found

    @property
    def environ(self) -> dict[str, str]:
        """What the step's environment has: nothing of this machine's, whose index is another."""
        return {
            "PATH": "/usr/bin:/bin",
            "RUNNER_TOOL_CACHE": str(self.folder / "tools"),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "PIP_CONFIG_FILE": str(self.settings),
            "PIP_NO_CACHE_DIR": "1",
            "PIP_RETRIES": "0",
        }


@pytest.fixture
def runner(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Make a runner with pip."""
    return Runner(tmp_path, index, monkeypatch)


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Make a runner without pip."""
    return Runner(tmp_path, Index(), monkeypatch, pip=False)


def imported(home: Path) -> bool:
    """Tell whether an environment has the package, and nothing that it asks for."""
    code = "import lonely; print(lonely.VALUE)"
    command = [str(install.interpreter(home)), "-I", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout == "1\n"


HOSTILE = {
    **dict.fromkeys(("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"), "elsewhere"),
    **dict.fromkeys(("PIP_USER", "PIP_DRY_RUN", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_BINARY"), "1"),
    **dict.fromkeys(("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP"), "/nowhere"),
    "PIP_ABI": "none",
    "PIP_NOT_YET_INVENTED": "1",
}


def test_settings_of_an_earlier_step_send_nothing_elsewhere(runner: Runner) -> None:
    """Settings that make pip install elsewhere, less or nothing have no effect."""
    assert imported(runner.install(**HOSTILE))


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_setting_that_sends_packages_elsewhere_does_not_reach_pip(name: str) -> None:
    """Each is cleared, in any letters; where packages come from, and all else, is kept."""
    environ = {name: "1", name.lower(): "1", "PIP_INDEX_URL": "i", "PIP_CERT": "c", "PATH": "p"}
    kept = {"PIP_INDEX_URL": "i", "PIP_CERT": "c", "PATH": "p"}
    assert install.pip_settings(environ, own_index=True) == kept
    del kept["PIP_INDEX_URL"]
    assert install.pip_settings(environ, own_index=False) == kept


def test_a_private_index_is_used(runner: Runner) -> None:
    """Where an earlier step names an index, packages come from it."""
    runner.configure("index-url = http://127.0.0.1:9/simple/")
    assert imported(runner.install(PIP_INDEX_URL=f"{runner.index.url}/simple/"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/simple/", "{index}/empty/"])
def test_an_index_without_our_packages_breaks_nothing(
    runner: Runner, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where the index of an earlier step fails, the machine's own is asked, and the log says so."""
    assert imported(runner.install(PIP_INDEX_URL=url.format(index=runner.index.url)))
    assert "Trying again without PIP_INDEX_URL." in capfd.readouterr().err


def test_where_no_index_may_be_asked_none_is(runner: Runner) -> None:
    """PIP_NO_INDEX is a wish that is kept, with the error that follows from it."""
    with pytest.raises(install.NotInstalledError, match="pip could not install"):
        runner.install(PIP_NO_INDEX="1")
    assert runner.index.asked == []


def test_a_proxy_is_used(runner: Runner) -> None:
    """Requests go through the proxy that an earlier step names."""
    runner.configure("index-url = http://index.invalid/simple/", "trusted-host = index.invalid")
    assert imported(runner.install(PIP_PROXY=runner.index.url))
    assert all(path.startswith("http://index.invalid/") for path in runner.index.asked)


def test_a_file_that_is_not_the_locked_one_is_refused(runner: Runner) -> None:
    """A wheel with another hash is not installed, wherever it comes from."""
    runner.index.content += b"\0"
    with pytest.raises(install.NotInstalledError, match="pip could not install"):
        runner.install()


def test_a_second_use_installs_nothing(quick: Runner) -> None:
    """The environment is found in the tool cache, by a later job too."""
    first = quick.install()
    assert quick.install(RUNNER_TEMP=str(quick.folder / "of another job")) == first
    assert quick.installed == 1
    assert first.is_relative_to(quick.folder / "tools")


def test_what_needs_no_compiling_is_compiled_once(quick: Runner) -> None:
    """The bytecode is in the environment, and none is beside a source file."""
    home = quick.install()
    assert list((home / "pycache").rglob("lonely.*.pyc"))
    assert not list(home.glob("lib/**/__pycache__/lonely*"))
    assert not list(quick.folder.glob("__pycache__"))


def test_another_lock_file_has_another_environment(quick: Runner) -> None:
    """A newer release of the Action installs beside the older one's environment."""
    first = quick.install()
    quick.lock.write_text("# newer\n" + quick.lock.read_text())
    assert quick.install() != first
    assert imported(first)


def test_without_a_tool_cache_the_jobs_own_folder_is_used(quick: Runner) -> None:
    """A runner whose tool cache cannot be written to has RUNNER_TEMP."""
    blocked = quick.folder / "file"
    blocked.touch()
    home = quick.install(RUNNER_TOOL_CACHE=str(blocked))
    assert home.is_relative_to(quick.folder / "temp")


def test_an_installation_that_failed_is_begun_again(quick: Runner) -> None:
    """What is half installed is not taken for whole by the next use, and leaves nothing behind."""
    content, quick.index.content = quick.index.content, b"broken"
    with pytest.raises(install.NotInstalledError):
        quick.install()
    assert list((quick.folder / "tools" / "lukhas-notion").iterdir()) == []
    quick.index.content = content
    assert imported(quick.install())


def test_what_cannot_be_imported_is_not_installed(quick: Runner) -> None:
    """The step says so, and the next use begins again."""
    quick.check.write_text("import something_else\n")
    with pytest.raises(install.NotInstalledError, match="cannot be imported"):
        quick.install()
    quick.check.write_text("import lonely\n")
    assert imported(quick.install())


def test_an_environment_whose_python_is_gone_is_made_again(quick: Runner) -> None:
    """A tool cache can lose the Python that an environment was made with."""
    home = quick.install()
    install.interpreter(home).unlink()
    assert quick.install() == home
    assert imported(home)


def test_a_python_without_pip_makes_its_own(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pip is missing or old, the environment gets the one that Python bundles."""
    runner = Runner(tmp_path, index, monkeypatch)
    monkeypatch.undo()
    monkeypatch.setattr(install, "FIRST_PIP", (999, 0))
    assert imported(runner.install())


def test_paths_are_put_out_as_utf_8(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A folder of a user with accents in the name is read back as it is, on every system."""
    folder = tmp_path / "Zoë"
    home = folder / "lukhas-notion" / install._key(install.LOCK)
    python = install.interpreter(home)
    python.parent.mkdir(parents=True)
    python.touch()
    (home / "checked").touch()
    assert install.main({"RUNNER_TOOL_CACHE": str(folder)}) == 0
    said = capfdbinary.readouterr().out.decode("utf-8")
    assert said == f"python={python}\npycache={home / 'pycache'}\n"


def test_the_lock_file_is_installed_in_parts_that_are_the_whole(tmp_path: Path) -> None:
    """Several pips share the work, about equally, and none of the packages is left out."""
    parts = install._parts(install.LOCK, tmp_path)
    assert len(parts) == install.AT_ONCE
    texts = [part.read_text(encoding="utf-8") for part in parts]
    lines = install.LOCK.read_text(encoding="utf-8").splitlines()
    assert sorted("".join(texts).splitlines()) == sorted(lines)
    assert max(map(len, texts)) < 2 * min(map(len, texts))
    assert all(re.match(r"[a-z0-9]", text) for text in texts)


def test_the_action_can_be_imported_as_it_is_installed() -> None:
    """What the installation imports is there, in an interpreter of its own."""
    subprocess.run([sys.executable, "-I", "-B", str(COMPOSITE / "imports.py")], check=True)


@needs_bash
@pytest.mark.parametrize(("version", "found"), [("3.11", True), ("3.10", False), ("", False)])
def test_a_python_that_is_too_old_is_not_taken(tmp_path: Path, version: str, found: bool) -> None:
    """The script names the first Python that is new enough, and says so where there is none."""
    script = tmp_path / "python3"
    if version:
        answer = 0 if version >= "3.11" else 1
        script.write_text(f"#!/bin/sh\nexit {answer}\n")
        script.chmod(0o755)
    bash = shutil.which("bash")
    assert bash is not None
    ran = subprocess.run(
        [bash, str(COMPOSITE / "find-python.sh")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == (f"python={script}\n" if found else "python=\n")


@needs_bash
def test_this_python_is_taken(tmp_path: Path) -> None:
    """The question that the script asks is one that a real Python answers."""
    (tmp_path / "python3").symlink_to(sys.executable)
    bash = shutil.which("bash")
    assert bash is not None
    command = [bash, str(COMPOSITE / "find-python.sh")]
    ran = subprocess.run(
        command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"python={tmp_path / 'python3'}\n"


@needs_bash
def test_a_runner_without_python_is_told_so() -> None:
    """Where none was found and none could be fetched, the step fails with what is needed."""
    failed = subprocess.run(
        ["bash", str(COMPOSITE / "install.sh")],
        env={"PATH": "/usr/bin:/bin", "LUKHAS_NOTION_PYTHON": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 1
    assert "::error::lukhas-notion needs Python 3.11 or newer" in failed.stderr
