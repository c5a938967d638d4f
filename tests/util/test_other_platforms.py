"""What differs from platform to platform, simulated.

Windows has no flag against links and no advisory locks, and another encoding, line end and
separator. Folders without descriptors are simulated in ``test_write_files.py``, consoles of other
encodings in ``test_runtime_streams.py`` and ``tests/e2e/test_output_trouble.py``.
"""

from __future__ import annotations

import ast
import errno
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from types import ModuleType, SimpleNamespace

import pytest

from lukhas_notion.util.folder import RefusedFileError
from lukhas_notion.util.paths import is_git_name, is_network_path

PACKAGE = Path(__file__).resolve().parents[2] / "lukhas_notion"


def load(name: str) -> ModuleType:
    """Import a module of the package again, under another name, on the patched platform."""
    spec = importlib.util.spec_from_file_location(f"elsewhere_{name}", PACKAGE / f"util/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class WindowsLocks:
    """``msvcrt.locking``: a byte is locked where the file's position is, for one descriptor."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: dict[int, int] = {}

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        """Lock some bytes, or refuse as Windows does where another descriptor has them."""
        assert (mode, count) == (self.LK_NBLCK, 1)
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        if self.held.setdefault(at, descriptor) != descriptor:
            raise PermissionError(errno.EACCES, "Permission denied")


@pytest.fixture
def windows_locks(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, WindowsLocks]:
    """Import the locks as Windows does."""
    made = WindowsLocks()
    monkeypatch.setitem(sys.modules, "msvcrt", made)
    monkeypatch.setattr(sys, "platform", "win32")
    return load("locks"), made


def test_a_lock_on_windows_keeps_a_second_process_out(
    tmp_path: Path, windows_locks: tuple[ModuleType, WindowsLocks]
) -> None:
    """One descriptor gets the lock; another waits, and gives up after its time."""
    locks, _ = windows_locks
    path = tmp_path / "ledger"
    path.write_bytes(b"line\n")
    slept: list[float] = []
    clock = iter(range(100))
    with path.open("r+b") as first, path.open("r+b") as second:
        first.seek(2)
        assert locks.acquire(first.fileno(), 1) is True
        assert os.lseek(first.fileno(), 0, os.SEEK_CUR) == 2, "the position is as it was"
        with pytest.raises(TimeoutError):
            locks.acquire(
                second.fileno(), 3, monotonic=lambda: float(next(clock)), sleep=slept.append
            )
        assert len(slept) == 2
        assert os.lseek(second.fileno(), 0, os.SEEK_CUR) == 0


def test_a_lock_on_windows_lets_others_read_the_ledger(
    tmp_path: Path, windows_locks: tuple[ModuleType, WindowsLocks]
) -> None:
    """Windows refuses to read a locked byte, so the locked one is beyond every ledger's end."""
    locks, made = windows_locks
    path = tmp_path / "ledger"
    path.write_bytes(b"line\n")
    with path.open("r+b") as file:
        locks.acquire(file.fileno(), 1)
    assert min(made.held) > 2**30


@pytest.fixture
def linkless(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the reading of files as on a platform without O_NOFOLLOW."""
    for name in ("O_NOFOLLOW", "O_NONBLOCK"):
        monkeypatch.delattr(os, name, raising=False)
    return load("read_files")


def test_a_link_out_of_the_folder_is_refused_without_the_flag(
    tmp_path: Path, linkless: ModuleType
) -> None:
    """Links are resolved by this package, whether or not the system can refuse them."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "in").write_bytes(b"content")
    (root / "same").symlink_to("in")
    assert linkless.read_regular(root / "in", 100, root=root) == b"content"
    assert linkless.read_regular(root / "same", 100, root=root) == b"content"
    with pytest.raises(RefusedFileError):
        linkless.read_regular(root / "out", 100, root=root)


def test_nothing_is_peeked_into_without_the_flag(tmp_path: Path, linkless: ModuleType) -> None:
    """Without the flag, ``peek`` reads nothing, so that the function that checks links is used."""
    (tmp_path / "file").write_bytes(b"content")
    assert linkless.peek(str(tmp_path / "file"), 100) is None


@pytest.mark.parametrize(
    "path", ["//server/share/file", "\\\\server\\share\\file", "\\\\?\\UNC\\server\\file"]
)
def test_a_path_to_another_machine_is_told_on_every_platform(path: str) -> None:
    """A manifest that names a share of Windows makes no runner connect to it."""
    assert is_network_path(PureWindowsPath(path).as_posix() if path[0] == "/" else path)


@pytest.mark.parametrize(
    "name", [".git", ".GIT", "git~1", ".git.", ".git ", ".git::$INDEX_ALLOCATION"]
)
def test_git_has_more_names_on_windows(name: str) -> None:
    """Names that a file system of Windows or macOS takes for ``.git`` are refused everywhere."""
    assert is_git_name(name)


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Yield the calls of a module with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func).rpartition(".")[2]


def platform_dependent(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that read or write text in the platform's encoding or with its line ends."""
    for call, name in calls(tree):
        given = {each.arg for each in call.keywords}
        words = [each.value for each in call.args if isinstance(each, ast.Constant)]
        mode = next((word for word in words if isinstance(word, str) and len(word) <= 3), "")
        method = isinstance(call.func, ast.Attribute)
        if name in ("read_text", "write_text") and method:
            ours = ast.unparse(call.func).startswith("write_files.")
            yield from [call] * ("encoding" not in given and not words and not ours)
        elif name in ("open", "fdopen") and mode and set(mode) & set("rwax") and "b" not in mode:
            lacks = (
                {"encoding", "newline"} - given if set(mode) & set("wax") else {"encoding"} - given
            )
            yield from [call] * bool(lacks)


def test_text_is_read_and_written_the_same_on_every_platform() -> None:
    """No file's encoding and no line end is left to the platform, anywhere in the package."""
    found = [
        f"{path.relative_to(PACKAGE)}:{call.lineno}: {ast.unparse(call)}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for call in platform_dependent(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    ["path.read_text()", "path.open('w', encoding='utf-8')", "os.fdopen(3, 'a')", "open(x, 'r')"],
)
def test_a_call_that_depends_on_the_platform_is_found(code: str) -> None:
    """The check of this file finds a call that depends on the platform."""
    assert len(list(platform_dependent(ast.parse(code)))) == 1


def test_paths_are_told_with_slashes() -> None:
    """What is below a root is named as git names it: no ``str()`` of a relative path is kept."""

    def kept(tree: ast.AST) -> Iterator[str]:
        for call, name in calls(tree):
            inner = ast.unparse(call.args[0]) if call.args else ""
            if name in ("str", "fspath") and ".relative_to(" in inner:
                yield ast.unparse(call)

    found = [
        text
        for path in sorted(PACKAGE.rglob("*.py"))
        for text in kept(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []
    assert list(kept(ast.parse("str(a.relative_to(b))"))) == ["str(a.relative_to(b))"]


def test_a_process_is_ended_where_there_are_no_process_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On Windows, git is killed without its children after its time limit."""
    from lukhas_notion.util import git

    monkeypatch.setattr(git, "os", SimpleNamespace(name="nt"))
    ended: list[str] = []
    kill: Callable[[], None] = lambda: ended.append("killed")  # noqa: E731
    git._kill(SimpleNamespace(kill=kill, pid=0))  # type: ignore[arg-type]
    assert ended == ["killed"]
