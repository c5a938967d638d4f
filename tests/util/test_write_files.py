"""Files that are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lukhas_notion.util.errors import LukhasNotionError, UsageError
from lukhas_notion.util.folder import HAS_DIR_FD, RefusedFileError
from lukhas_notion.util.write_files import (
    append_to,
    check_target,
    create_file,
    replace_bytes,
    write_file,
)


def test_a_file_is_written_with_its_folders_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The text arrives as UTF-8, half surrogates spelled out, and no temporary file stays."""
    path = tmp_path / "a" / "b.md"
    write_file(path, "é\ud800\n")
    write_file(path, "ü\ud800\n")
    assert path.read_bytes() == "ü\\ud800\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["b.md"]


def test_a_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    """A report has the permissions that the umask leaves."""
    other = tmp_path / "other"
    other.touch()
    write_file(tmp_path / "report", "x")
    assert (tmp_path / "report").stat().st_mode == other.stat().st_mode


def test_a_link_is_neither_replaced_nor_written_through(tmp_path: Path) -> None:
    """Neither the link nor its target is changed."""
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    with pytest.raises(UsageError, match="symbolic link") as caught:
        write_file(tmp_path / "link", "new")
    assert caught.value.remedy
    assert (tmp_path / "target").read_text() == "old"
    assert (tmp_path / "link").is_symlink()


def test_a_folder_in_the_way_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    """The error has a remedy, and no temporary file is left."""
    (tmp_path / "report" / "inner").mkdir(parents=True)
    with pytest.raises(LukhasNotionError, match="cannot be written") as caught:
        write_file(tmp_path / "report", "x")
    assert caught.value.remedy
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report"]


def test_a_file_where_a_folder_is_needed_is_an_error(tmp_path: Path) -> None:
    """A path through a file is an error."""
    (tmp_path / "file").touch()
    with pytest.raises(LukhasNotionError, match="file/report"):
        write_file(tmp_path / "file" / "report", "x")


def test_the_old_file_stays_whole_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails on flushing leaves the old content, and no temporary file."""
    path = tmp_path / "report"
    write_file(path, "old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(LukhasNotionError, match="No space left"):
        write_file(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report"]


def test_an_interruption_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle of writing leaves the folder as it was."""

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "report", "new")
    assert list(tmp_path.iterdir()) == []


# --- a file that is there already ---------------------------------------------------------


def replaced(folder: Path, name: str, before: bytes = b"old", after: bytes = b"new") -> str:
    """Replace a file in a folder and return why that was refused, "" when it was not."""
    names = sorted(p.name for p in folder.iterdir())
    try:
        replace_bytes(folder / name, before, after, root=folder)
    except LukhasNotionError as error:
        return error.message
    finally:
        assert sorted(p.name for p in folder.iterdir()) == names
    return ""


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o666])
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    """The content changes, and the permissions do not."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    assert replaced(tmp_path, "file") == ""
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_a_file_that_root_replaces_stays_its_owners(tmp_path: Path) -> None:
    """A file that root replaces keeps its owner, as in a container."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 1234, 4321)
    assert replaced(tmp_path, "file") == ""
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """A file that was saved in between is kept, whatever its length."""
    for content in (b"else", b"o", b"odd", b""):
        (tmp_path / "file").write_bytes(content)
        assert replaced(tmp_path, "file") == "it was changed meanwhile"
        assert (tmp_path / "file").read_bytes() == content


def test_only_a_regular_file_that_may_be_written_is_replaced(tmp_path: Path) -> None:
    """A link, its target, a folder, a pipe and a read-only file stay what they are."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_bytes(b"old")
    (folder / "file").chmod(0o444)
    (folder / "link").symlink_to("file")
    (folder / "inner").mkdir()
    os.mkfifo(folder / "pipe")
    assert replaced(folder, "file") == "it is read-only"
    assert replaced(folder, "link") == "it is a symbolic link"
    assert replaced(folder, "inner") == "it is not a regular file"
    assert replaced(folder, "pipe") == "it is not a regular file"
    assert "No such file" in replaced(folder, "absent")
    assert (folder / "file").read_bytes() == b"old"
    assert (folder / "link").is_symlink()


def test_nothing_outside_the_root_is_replaced(tmp_path: Path) -> None:
    """Not even through a folder that is a link."""
    (tmp_path / "root").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_bytes(b"old")
    (tmp_path / "root" / "way").symlink_to(tmp_path / "other")
    with pytest.raises(LukhasNotionError, match="is a link"):
        replace_bytes(tmp_path / "root/way/file", b"old", b"new", root=tmp_path / "root")
    assert (tmp_path / "other" / "file").read_bytes() == b"old"


def test_a_hard_link_is_not_broken_in_silence(tmp_path: Path) -> None:
    """A file with a second name stays as it is: replacing it would part the two."""
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "other").hardlink_to(tmp_path / "file")
    assert "hard link" in replaced(tmp_path, "file")
    assert (tmp_path / "other").samefile(tmp_path / "file")


# --- a stranger's tree --------------------------------------------------------------------

WAYS = [False, True] if HAS_DIR_FD else [True]


@pytest.fixture(params=WAYS, ids=lambda by_path: "by path" if by_path else "by descriptor")
def by_path(request: pytest.FixtureRequest) -> bool:
    """Reach files from open folders, and as on a platform that has none."""
    return bool(request.param)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a checkout with every kind of thing in a file's place, and a folder beside it."""
    root = tmp_path / "root"
    (root / ".git/hooks").mkdir(parents=True)
    (root / "nested/.git").mkdir(parents=True)
    (root / "folder").mkdir()
    (root / "file").write_text("theirs")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/canary").write_text("canary")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "hooks").symlink_to(".git/hooks")
    (root / "within").symlink_to("folder")
    (root / "canary").symlink_to(tmp_path / "outside/canary")
    (root / "nowhere").symlink_to("absent")
    os.mkfifo(root / "pipe")
    return root


REFUSED = {
    "out/x": "link",
    "out/canary": "link",
    "hooks/post-checkout": "link",
    "within/x": "link",
    "canary": "link",
    "nowhere": "link",
    "pipe": "pipe",
    "folder": "folder",
    "file/x": "folder",
    ".git/config": ".git",
    ".GIT/config": ".git",
    ".git./config": ".git",
    "git~1/config": ".git",
    "nested/.git/config": ".git",
    "nested/.git": ".git",
    ".g\u200cit/config": ".git",
    ".git::$INDEX_ALLOCATION/config": ".git",
    "../outside/x": "outside",
    "folder/../../outside/x": "outside",
}


def state_of(folder: Path) -> dict[Path, tuple[int, ...]]:
    """Return what would change of each file if it were written; when it was read is left out."""
    found = {path: path.lstat() for path in folder.rglob("*")}
    return {
        path: (each.st_mode, each.st_ino, each.st_size, each.st_mtime_ns, each.st_ctime_ns)
        for path, each in found.items()
    }


@pytest.mark.parametrize("path", REFUSED)
def test_nothing_is_written_by_a_strangers_way(tree: Path, by_path: bool, path: str) -> None:
    """Links, paths outside, .git folders and anything but a regular file are left unchanged."""
    before = state_of(tree.parent)
    for write in (
        lambda: write_file(tree / path, "x", within=tree, by_path=by_path),
        lambda: create_file(tree / path, "x", within=tree, by_path=by_path),
        lambda: append_to(tree / path, within=tree, by_path=by_path),
        lambda: check_target(tree / path, within=tree, by_path=by_path),
    ):
        with pytest.raises((UsageError, RefusedFileError), match=REFUSED[path]):
            write()
    assert state_of(tree.parent) == before


def test_a_folder_is_git_by_what_it_is_and_not_only_by_its_name(tmp_path: Path) -> None:
    """Whatever name a file system finds the .git folder by, it is not entered."""
    (tmp_path / "store").mkdir()
    (tmp_path / ".git").symlink_to("store")
    with pytest.raises(UsageError, match=r"\.git"):
        write_file(tmp_path / "store/config", "x", within=tmp_path)
    assert list((tmp_path / "store").iterdir()) == []


@pytest.mark.parametrize("has", [("HEAD", "objects", "refs"), ("HEAD", "commondir")])
def test_a_folder_that_git_keeps_a_repository_in_is_not_entered(
    tmp_path: Path, by_path: bool, has: tuple[str, ...]
) -> None:
    """A ``.git`` file may name any folder, and a bare repository has any name."""
    store = tmp_path / "sub/store"
    for name in (*has, "hooks"):
        (store / name).mkdir(parents=True)
    for path in (store / "config", store / "hooks/post-checkout", store / "new/x"):
        with pytest.raises(UsageError, match=r"\.git"):
            write_file(path, "x", within=tmp_path, by_path=by_path)
    assert sorted(each.name for each in store.rglob("*")) == sorted((*has, "hooks"))
    (store / "HEAD").rmdir()
    write_file(store / "config", "x", within=tmp_path, by_path=by_path)


def test_ordinary_files_are_written_either_way(tree: Path, by_path: bool) -> None:
    """Folders are created, files are replaced, created and appended to."""
    path = tree / "a/b/c.md"
    write_file(path, "one", within=tree, by_path=by_path)
    write_file(path, "two", within=tree, by_path=by_path)
    with append_to(path, within=tree, by_path=by_path) as file:
        file.write(b" three")
    create_file(tree / "a/new", "new", within=tree, by_path=by_path)
    assert path.read_text() == "two three"
    assert (tree / "a/new").read_text() == "new"
    assert sorted(p.name for p in (tree / "a").rglob("*")) == ["b", "c.md", "new"]


def test_a_users_own_path_may_go_through_links_above_the_file(tmp_path: Path) -> None:
    """Without a boundary only the file itself must be no link, and no .git folder is entered."""
    (tmp_path / "real/.git").mkdir(parents=True)
    (tmp_path / "way").symlink_to("real")
    write_file(tmp_path / "way/a/report", "x")
    assert (tmp_path / "real/a/report").read_text() == "x"
    (tmp_path / "git").symlink_to("real/.git")
    for path in ("real/.git/config", "git/config"):
        with pytest.raises(UsageError, match=r"\.git"):
            write_file(tmp_path / path, "x")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there are no devices here")
def test_a_device_is_never_replaced() -> None:
    """Root does not replace /dev/null."""
    for write in (lambda: write_file(Path("/dev/null"), "x"), lambda: append_to(Path("/dev/null"))):
        with pytest.raises((UsageError, RefusedFileError), match="device"):
            write()
    assert Path("/dev/null").is_char_device()
