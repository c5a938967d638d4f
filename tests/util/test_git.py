"""How git is run in an untrusted checkout."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.git import ENVIRON, Checkout, fake_git

import lukhas_notion
from lukhas_notion.util.git import Git, GitError


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Make a checkout with one commit."""
    made = Checkout.init(tmp_path / "repository")
    (made.root / "a.txt").write_text("a\n")
    made.commit()
    return made


def head(checkout: Checkout) -> str:
    """Return the commit that is checked out."""
    return checkout.git("rev-parse", "HEAD").strip()


def test_git_is_started_in_one_module() -> None:
    """No other module starts a process."""
    package = Path(lukhas_notion.__file__).parent
    starting = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import) and any(a.name == "subprocess" for a in node.names):
                starting.add(path.relative_to(package).as_posix())
    assert starting == {"util/git.py"}


def test_the_commit_is_the_one_that_is_checked_out(checkout: Checkout, tmp_path: Path) -> None:
    """The commit is found in a checkout, in a worktree of it and in a submodule."""
    worktree = tmp_path / "worktree"
    checkout.git("worktree", "add", "--quiet", "--detach", str(worktree))
    outer = Checkout.init(tmp_path / "outer")
    outer.git(
        *("-c", "protocol.file.allow=always", "submodule", "--quiet", "add"),
        *(checkout.root.as_uri(), "sub"),
    )

    for top in (checkout.root, worktree, outer.root / "sub"):
        assert Git(top, ENVIRON).commit() == head(checkout)


def test_variables_of_the_environment_lead_nowhere_else(checkout: Checkout, tmp_path: Path) -> None:
    """GIT_DIR, GIT_WORK_TREE and settings in the environment do not reach git."""
    other = Checkout.init(tmp_path / "other")
    other.commit()
    environ = {
        **ENVIRON,
        "GIT_DIR": str(other.root / ".git"),
        "GIT_WORK_TREE": str(other.root),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.worktree",
        "GIT_CONFIG_VALUE_0": str(other.root),
    }
    assert Git(checkout.root, environ).commit() == head(checkout)


def bare_among_files(checkout: Checkout) -> Path:
    """Put a bare repository among the files, as a commit can."""
    inner = Checkout.init(checkout.root.parent / "inner")
    inner.commit()
    bare = checkout.root / "modules"
    inner.git("clone", "--quiet", "--bare", str(inner.root), str(bare))
    return bare


def test_a_bare_repository_among_the_files_is_no_checkout(checkout: Checkout) -> None:
    """Git never reads a repository that is a part of the commit."""
    bare = bare_among_files(checkout)
    with pytest.raises(GitError, match="not a git repository"):
        Git(bare, ENVIRON).commit()
    with pytest.raises(GitError, match="git says"):
        Git(checkout.root, ENVIRON).ask("rev-parse", "HEAD", folder=bare)


def _file_that_leads_elsewhere(checkout: Checkout, tmp_path: Path) -> Path:
    folder = checkout.root / "service"
    folder.mkdir()
    bare = bare_among_files(checkout)
    (folder / ".git").write_text(f"gitdir: {bare}\n")
    return folder


def _worktree_that_leads_elsewhere(checkout: Checkout, tmp_path: Path) -> Path:
    checkout.git("config", "core.worktree", str(tmp_path))
    return checkout.root


def _folder_that_is_none(checkout: Checkout, tmp_path: Path) -> Path:
    """Make an empty ``.git``, for which git would search the folders above."""
    folder = checkout.root / "empty"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    "made", [_file_that_leads_elsewhere, _worktree_that_leads_elsewhere, _folder_that_is_none]
)
def test_another_checkout_than_the_expected_one_is_an_error(
    checkout: Checkout, tmp_path: Path, made: Callable[[Checkout, Path], Path]
) -> None:
    """A ``.git`` that leads to another repository is an error."""
    with pytest.raises(GitError, match=r"instead of|git says"):
        Git(made(checkout, tmp_path), ENVIRON).commit()


@pytest.mark.parametrize("where", ["", ".", "bin", "./bin", "TOP", "TOP/bin", "LINK"])
def test_a_git_in_the_checkout_is_not_started(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A program in the checkout is not started, even where PATH names its folder."""
    pwned = tmp_path / "pwned"
    for folder in (checkout.root, checkout.root / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "git").write_text(f"#!/bin/sh\ntouch {pwned}\n")
        (folder / "git").chmod(0o755)
    (tmp_path / "link").symlink_to(checkout.root / "bin")
    monkeypatch.chdir(checkout.root)
    named = where.replace("TOP", str(checkout.root)).replace("LINK", str(tmp_path / "link"))
    path = f"{named}{os.pathsep}{ENVIRON['PATH']}"

    assert Git(checkout.root, {**ENVIRON, "PATH": path}).commit() == head(checkout)
    with pytest.raises(GitError, match="git is not installed here"):
        Git(checkout.root, {**ENVIRON, "PATH": named}).commit()
    assert not pwned.exists()


def test_git_gets_no_secret_and_no_folder_of_the_checkout(
    checkout: Checkout, tmp_path: Path
) -> None:
    """Neither tokens nor variables that lead git elsewhere reach it."""
    environ = fake_git(tmp_path / "bin", f"env >{tmp_path}/seen; exit 1")
    environ |= {"NOTION_TOKEN": "ntn_secret", "GIT_DIR": "/elsewhere", "GITHUB_TOKEN": "ghs_x"}
    environ["PATH"] += f"{os.pathsep}{checkout.root}{os.pathsep}."
    with pytest.raises(GitError):
        Git(checkout.root, environ).commit()
    seen = dict(line.split("=", 1) for line in (tmp_path / "seen").read_text().splitlines())
    assert seen["GIT_ALLOW_PROTOCOL"] == "none"
    assert not {"NOTION_TOKEN", "GITHUB_TOKEN", "GIT_DIR"} & set(seen)
    assert str(checkout.root) not in seen["PATH"].split(os.pathsep)
    assert "." not in seen["PATH"].split(os.pathsep)


def test_no_server_is_asked_whatever_the_repository_allows(
    checkout: Checkout, tmp_path: Path
) -> None:
    """A partial clone whose remote is a command is not completed by running it."""
    clone = tmp_path / "clone"
    checkout.git("config", "uploadpack.allowFilter", "true")
    checkout.git(
        "clone",
        "--quiet",
        "--filter=blob:none",
        "--no-checkout",
        checkout.root.as_uri(),
        str(clone),
    )
    partial = Checkout(clone)
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
    evil.chmod(0o755)
    partial.git("config", "remote.origin.url", f"ext::{evil}")
    partial.git("config", "protocol.ext.allow", "always")
    partial.git("config", "protocol.allow", "always")

    with pytest.raises(GitError, match="git says"):
        Git(clone, ENVIRON).ask("cat-file", "blob", "HEAD:a.txt")

    partial.git("config", "remote.origin.url", checkout.root.as_uri())
    partial.git("config", "protocol.file.allow", "always")
    with pytest.raises(GitError, match="git says"):
        Git(clone, ENVIRON).ask("cat-file", "blob", "HEAD:a.txt")
    assert not (tmp_path / "pwned").exists()


def test_hooks_and_helpers_of_the_repository_stay_asleep(
    checkout: Checkout, tmp_path: Path
) -> None:
    """Git starts no program that a setting of the repository names."""
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
    evil.chmod(0o755)
    for setting in ("core.fsmonitor", "core.pager", "pager.status", "alias.rev-parse"):
        checkout.git("config", setting, str(evil))
    hooks = checkout.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "reference-transaction"):
        (hooks / hook).symlink_to(evil)
    git = Git(checkout.root, ENVIRON)
    assert git.commit() == head(checkout)
    git.ask("status", "--porcelain")
    assert not (tmp_path / "pwned").exists()


def test_a_git_that_hangs_is_ended_with_what_it_started(checkout: Checkout, tmp_path: Path) -> None:
    """After its time limit it is killed, with a child that holds its output open."""
    environ = fake_git(tmp_path / "bin", "sleep 60 &\nsleep 60")
    with pytest.raises(GitError, match=r"git took longer than 0\.2 seconds"):
        Git(checkout.root, environ, timeout=0.2).commit()


def test_an_answer_ends_at_a_size(checkout: Checkout, tmp_path: Path) -> None:
    """An endless answer is cut off, and is an error."""
    environ = fake_git(tmp_path / "bin", "exec yes")
    with pytest.raises(GitError, match="more than is read"):
        Git(checkout.root, environ, max_answer=1000).commit()


@pytest.mark.parametrize("answer", ["", "HEAD", "ref: refs/heads/main", "0" * 39, "$(id)"])
def test_what_is_no_commit_is_an_error(checkout: Checkout, tmp_path: Path, answer: str) -> None:
    """Only the hexadecimal digits of a commit get from git into reports and the ledger."""
    script = (
        f"case \"$*\" in\n*show-toplevel*) echo {checkout.root} ;;\n*) echo '{answer}' ;;\nesac"
    )
    with pytest.raises(GitError, match="no commit"):
        Git(checkout.root, fake_git(tmp_path / "bin", script)).commit()
