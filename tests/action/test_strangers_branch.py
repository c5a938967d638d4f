"""The Action on a branch with untrusted links and names."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.actions import ActionPlace, Ran
from support.fake_github import FakeRepository


def everything(folder: Path) -> dict[str, object]:
    """Return every file and link below a folder."""
    return {
        path.as_posix(): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def refused(action: ActionPlace, event: str = "push", **inputs: str) -> Ran:
    """Run the Action and check that it is refused before anything is sent or written."""
    before, sent = everything(action.place.root.parent / "repository"), action.place.notion.requests
    sent = list(sent)
    if event == "pull_request":
        ran = action.pull_request(**inputs)
    else:
        ran = action.run(event, mode="apply", **inputs)
    assert ran.code == 2, ran.log
    assert ran.outputs["failure-reason"] == "configuration"
    assert everything(action.place.root.parent / "repository") == before
    assert list(action.place.notion.requests) == sent
    assert all("could not be computed" in (c.body or "") for c in action.pull.comments)
    return ran


@pytest.fixture
def away(action: ActionPlace, tmp_path: Path) -> Path:
    """Make a folder outside the workspace, and a .git folder in it."""
    (action.place.root / ".git/hooks").mkdir(parents=True)
    folder = tmp_path / "away"
    folder.mkdir()
    (folder / "n.toml").write_text('[canary]\ncanary = "canary"\n')
    (folder / "module.manifest.json").write_text('{"module": "canary"}')
    return folder


@pytest.mark.parametrize("name", ["report-path", "ledger-path"])
@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_no_output_goes_through_a_link_of_the_branch(
    action: ActionPlace, away: Path, name: str, event: str
) -> None:
    """The workflow chose the path, and the branch made a folder in it a link."""
    for target in (away, action.place.root / ".git/hooks", action.place.root / "vocab"):
        (action.place.root / "out").unlink(missing_ok=True)
        (action.place.root / "out").symlink_to(target)
        ran = refused(action, event, **{name.replace("-", "_"): "out/x.md"})
        assert f"The input {name}: " in ran.log


@pytest.mark.parametrize("name", ["report-path", "ledger-path", "config", "root"])
@pytest.mark.parametrize(
    "path",
    [
        *(".git/hooks/post-checkout", ".GIT/x", "git~1/x", "a/.git/x", ".git::$INDEX_ALLOCATION"),
        *("x\n/home/**", "x\0y", "x\u2028y", "nul", "//server/share", r"\\server\share", "../x"),
    ],
)
def test_no_input_has_a_name_that_means_something_else(
    action: ActionPlace, name: str, path: str
) -> None:
    """It is named, before anything is sent."""
    ran = refused(action, **{name.replace("-", "_"): path})
    assert f"The input {name}" in ran.log


def test_neither_root_nor_configuration_leads_out_of_the_workspace(
    action: ActionPlace, away: Path
) -> None:
    """Files outside are not searched, and none of their text is shown."""
    (action.place.root / "modules").symlink_to(away)
    (action.place.root / "conf").mkdir()
    (action.place.root / "conf/n.toml").symlink_to(away / "n.toml")
    for inputs in ({"root": "modules"}, {"config": "conf/n.toml"}, {"config": "modules/n.toml"}):
        ran = refused(action, **inputs)
        assert f"The input {next(iter(inputs))}" in ran.log
        assert "canary" not in ran.log + ran.summary


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("manifests", "{away}"),
        ("reports", "{away}"),
        ("reports/notion_sync_plan.json", "{away}/x"),
        ("reports/notion_sync_comment.json", "../.git/config"),
        ("reports/notion_sync_report.md", "../vocab/tags.json"),
    ],
)
def test_the_default_paths_go_through_no_link_either(
    action: ActionPlace, away: Path, place: str, target: str
) -> None:
    """Ledger, report, plan and the comment's data are checked at their default paths, too."""
    import shutil

    for folder in ("manifests", "reports"):
        shutil.rmtree(action.place.root / folder, ignore_errors=True)
    path = action.place.root / place
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(target.format(away=away))
    refused(action)


def test_a_file_in_the_place_of_the_reports_folder_is_found_before_anything_is_sent(
    action: ActionPlace,
) -> None:
    """Not after the pages were written."""
    (action.place.root / "reports").write_text("mine")
    assert "must be a folder" in refused(action).log


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_what_is_handed_over_is_what_was_made(action: ActionPlace, away: Path) -> None:
    """In a container root made it; the owner of the workspace gets that, and nothing behind links.

    A link that appears in a file's place afterwards is left alone, and so is what it leads to.
    """
    from lukhas_notion.util.write_files import chown

    os.chown(action.place.root, 1234, 4321)
    assert action.run("push", mode="apply").code == 0
    report = action.place.root / "reports/notion_sync_report.md"
    assert (report.stat().st_uid, report.parent.stat().st_uid) == (1234, 1234)
    owner = action.place.root.stat()
    victim = away / "n.toml"
    (action.place.root / "way").symlink_to(away)
    (action.place.root / "link").symlink_to(victim)
    (action.place.root / "hard").hardlink_to(victim)
    for name in ("way/n.toml", "link", "hard", "../away/n.toml"):
        chown(action.place.root / name, owner, within=action.place.root)
    assert victim.stat().st_uid == 0
    assert (action.place.root / "link").lstat().st_uid == 0


@dataclass
class WithLedgerBranch(FakeRepository):
    """A repository with one file in the ledger's branch, which is only read."""

    stored: bytes = b""

    def get_branch(self, branch: str) -> SimpleNamespace:
        """Return the branch."""
        assert branch == "notion-ledger"
        return SimpleNamespace(commit=SimpleNamespace(sha="d" * 40))

    def get_contents(self, path: str, ref: str) -> SimpleNamespace:
        """Return the ledger of the branch, or a file of the base branch."""
        if ref != "d" * 40:
            return super().get_contents(path, ref)
        content = base64.b64encode(self.stored).decode()
        return SimpleNamespace(type="file", encoding="base64", content=content, sha="")


def test_a_preview_reads_the_ledgers_branch_without_a_file_in_the_workspace(
    action: ActionPlace,
) -> None:
    """What the branch knows counts, and the ledger that is checked out stays as it is."""
    ledger = action.place.root / "manifests/.ledger/notion_sync.ndjson"
    stored = ledger.read_bytes()
    action.repository = WithLedgerBranch(action.pull, action.repository.base, stored=stored)
    action.place.manifest("gamma").unlink()
    action.pull.change("gamma/module.manifest.json", "removed")
    for mine in (None, b'{"ts": "mine", "action": "skip"}\n'):
        ledger.unlink(missing_ok=True)
        if mine is not None:
            ledger.write_bytes(mine)
        inputs = {"archive_removed": "true", "force": "1", "ledger_branch": "notion-ledger"}
        ran = action.pull_request(**inputs)
        assert ran.code == 0, ran.log
        assert ran.outputs["archived"] == "1"
        assert (ledger.read_bytes() if ledger.exists() else None) == mine
