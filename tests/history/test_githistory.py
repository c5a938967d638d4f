"""The past of manifests, out of real git repositories, also hostile ones."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from support_git import ENVIRON, Checkout, fake_git

from lukhas_notion import githistory
from lukhas_notion.githistory import SHALLOW, GitHistory
from lukhas_notion.history import Lineages, Version

NAME = "module.manifest.json"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Make a checkout without commits."""
    return Checkout.init(tmp_path / "repository")


def write(checkout: Checkout, path: str, module: str, lines: int = 9) -> str:
    """Write a manifest, long enough for git to know it again, and return its text."""
    manifest = {"module": module, **{f"line-{n}": f"What line {n} says." for n in range(lines)}}
    file = checkout.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest, indent=1)
    file.write_text(text)
    return text


def past(root: Path, include: Sequence[str] = (f"**/{NAME}",), **more: object) -> GitHistory:
    """Return the past of a folder's manifests."""
    return GitHistory(root, include, ENVIRON, **more)  # type: ignore[arg-type]


def told(history: GitHistory) -> set[tuple[str, bytes]]:
    """Return every path with every content that it has had."""
    versions = history.versions()
    contents = dict(history.contents(v.content_id for v in versions))
    return {(v.path, contents[v.content_id]) for v in versions if v.content_id in contents}


def test_every_version_of_every_manifest_is_there(checkout: Checkout) -> None:
    """Deleted ones, changed ones and the current ones; other files are not."""
    first = write(checkout, f"a/{NAME}", "a")
    other = write(checkout, f"b/{NAME}", "b")
    write(checkout, "b/other.json", "no manifest")
    checkout.commit()
    second = write(checkout, f"a/{NAME}", "a", lines=3)
    (checkout.root / f"b/{NAME}").unlink()
    checkout.commit()

    history = past(checkout.root)

    assert told(history) == {
        (f"a/{NAME}", first.encode()),
        (f"a/{NAME}", second.encode()),
        (f"b/{NAME}", other.encode()),
    }
    assert history.gap == ""


def test_paths_are_relative_to_the_root_and_below_it(checkout: Checkout) -> None:
    """A root within the checkout sees what is below it alone."""
    write(checkout, f"apps/a/{NAME}", "a")
    write(checkout, f"libs/b/{NAME}", "b")
    checkout.commit()
    assert [v.path for v in past(checkout.root / "apps").versions()] == [f"a/{NAME}"]


def test_a_glob_that_ends_in_a_slash_means_everything_below(checkout: Checkout) -> None:
    """As in the search of the folder."""
    write(checkout, "a/x.json", "x")
    write(checkout, "b/x.json", "y")
    checkout.commit()
    assert [v.path for v in past(checkout.root, ["a/"]).versions()] == ["a/x.json"]


def test_a_file_is_followed_through_its_moves(checkout: Checkout) -> None:
    """Back from its place today over every place and text it has had."""
    texts = [write(checkout, f"one/{NAME}", "first")]
    checkout.commit()
    checkout.git("mv", "one", "two")
    texts.append(write(checkout, f"two/{NAME}", "second"))
    checkout.commit()
    texts.append(write(checkout, f"two/{NAME}", "third"))
    write(checkout, f"one/{NAME}", "unrelated", lines=1)
    checkout.commit()

    history = past(checkout.root)
    line = list(Lineages(history.versions()).of(f"two/{NAME}"))

    contents = dict(history.contents(v.content_id for v in line))
    assert [contents[v.content_id].decode() for v in line] == texts[::-1]
    assert [v.path for v in line] == [f"two/{NAME}", f"two/{NAME}", f"one/{NAME}"]


def test_a_file_made_anew_at_its_place_is_the_same_file() -> None:
    """Deleted in one commit, and written again in another."""
    versions = [Version("a", "3", "a"), Version("a", "2", ""), Version("a", "1", "")]
    assert [v.content_id for v in Lineages(versions).of("a")] == ["3", "2", "1"]
    assert list(Lineages(versions).of("b")) == []


def test_what_a_merge_settled_is_there(checkout: Checkout) -> None:
    """A text that is in neither parent was on the branch, and may have been applied."""
    write(checkout, f"a/{NAME}", "base")
    checkout.commit()
    checkout.git("switch", "--quiet", "--create", "topic")
    write(checkout, f"a/{NAME}", "theirs")
    checkout.commit()
    checkout.git("switch", "--quiet", "main")
    write(checkout, f"a/{NAME}", "ours")
    checkout.commit()
    checkout.git("merge", "--quiet", "--no-commit", "--strategy=ours", "topic")
    settled = write(checkout, f"a/{NAME}", "settled")
    checkout.commit()
    write(checkout, f"a/{NAME}", "later")
    checkout.commit()

    found = told(past(checkout.root))

    assert len(found) == 5
    assert (f"a/{NAME}", settled.encode()) in found


HOSTILE = [
    "--output=pwned",
    "-p",
    ":(exclude)x",
    ":100644 100644 a b M",
    "new\nline\nin it",
    'quo"te\\back',
    "$(touch pwned)",
    "ünïcödé",
    "\x1b[31m",
]


def test_hostile_names_are_names(checkout: Checkout) -> None:
    """Leading dashes, newlines, git's own magic: each path comes back as it is."""
    for name in HOSTILE:
        write(checkout, f"{name}/{NAME}", name)
    no_text = checkout.root / os.fsdecode(b"\xff")
    no_text.mkdir()
    (no_text / NAME).write_text("{}")
    checkout.commit()

    found = told(past(checkout.root))

    assert {path for path, _ in found} == {f"{name}/{NAME}" for name in HOSTILE}
    for path, content in found:
        assert json.loads(content)["module"] == path.removesuffix(f"/{NAME}")
    assert list(checkout.root.parent.rglob("pwned")) == []


@pytest.mark.parametrize("glob", ["--output=pwned", ":(exclude)*", "\0", "[", "**/../**", ""])
def test_a_hostile_glob_leads_nowhere_and_does_nothing(checkout: Checkout, glob: str) -> None:
    """It comes out of a file that a stranger may have written."""
    write(checkout, f"a/{NAME}", "a")
    write(checkout, f"root/b/{NAME}", "b")
    checkout.commit()
    history = past(checkout.root / "root", [glob])
    assert {v.path for v in history.versions()} <= {f"b/{NAME}"}
    assert list(checkout.root.parent.rglob("pwned")) == []


def test_links_and_huge_files_are_no_manifests(checkout: Checkout) -> None:
    """A link's content is a path; a file beyond a manifest's size is never read."""
    (checkout.root / "link").mkdir(parents=True)
    (checkout.root / f"link/{NAME}").symlink_to("/etc/passwd")
    small = write(checkout, f"a/{NAME}", "a")
    (checkout.root / "b").mkdir()
    (checkout.root / f"b/{NAME}").write_bytes(b" " * (githistory.MAX_CONTENT + 1))
    checkout.commit()
    history = past(checkout.root)
    assert told(history) == {(f"a/{NAME}", small.encode())}
    assert history.gap == ""


def test_many_contents_come_in_several_answers(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small an answer may be, each content comes once and whole, empty ones too."""
    monkeypatch.setattr(githistory, "_BATCH", 300)
    texts = {f"m{n}/{NAME}": write(checkout, f"m{n}/{NAME}", f"m{n}") for n in range(7)}
    (checkout.root / f"m0/{NAME}").write_text("")
    checkout.commit()
    assert told(past(checkout.root)) == {
        (path, b"" if path.startswith("m0") else text.encode()) for path, text in texts.items()
    }


def test_a_shallow_clone_says_so(checkout: Checkout, tmp_path: Path) -> None:
    """What it has is there, and the gap names the remedy."""
    write(checkout, f"a/{NAME}", "a")
    checkout.commit()
    (checkout.root / f"a/{NAME}").unlink()
    write(checkout, f"b/{NAME}", "b", lines=2)
    checkout.commit()
    history = past(checkout.shallow(tmp_path / "clone"))
    assert {path for path, _ in told(history)} == {f"b/{NAME}"}
    assert history.gap == SHALLOW
    deep = past(checkout.shallow(tmp_path / "deep", depth=2))
    assert {path for path, _ in told(deep)} == {f"a/{NAME}", f"b/{NAME}"}


def test_no_checkout_no_commit_and_no_git_are_gaps_in_words(
    checkout: Checkout, tmp_path: Path
) -> None:
    """None of them is an error: nothing is proven, and it is said why."""
    (tmp_path / "plain").mkdir()
    for root, environ, words in (
        (tmp_path / "plain", ENVIRON, "not a git repository"),
        (checkout.root, ENVIRON, "git says: "),
        (checkout.root, {**ENVIRON, "PATH": str(tmp_path)}, "git is not installed here"),
    ):
        history = GitHistory(root, (f"**/{NAME}",), environ)
        assert told(history) == set()
        assert words in history.gap


def test_what_is_too_much_is_cut_off_and_said(
    checkout: Checkout,
) -> None:
    """Bytes and contents have a bound, and reaching it is a gap."""
    for number in range(4):
        write(checkout, f"m{number}/{NAME}", f"m{number}")
    checkout.commit()
    few = past(checkout.root, max_contents=2)
    assert len(told(few)) == 2
    assert few.gap == "its history is longer than is looked at"
    short = past(checkout.root, max_answer=50)
    assert told(short) == set()
    assert short.gap == "git answers more than is read"


def test_a_repositorys_own_settings_start_nothing(checkout: Checkout, tmp_path: Path) -> None:
    """Hooks, monitors, filters, differs, pagers and signature checks of a stranger stay asleep."""
    write(checkout, f"a/{NAME}", "a")
    (checkout.root / ".gitattributes").write_text("*.json diff=evil filter=evil\n")
    checkout.commit()
    write(checkout, f"a/{NAME}", "changed")
    checkout.commit()
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
    evil.chmod(0o755)
    for setting in (
        *("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "gpg.program"),
        *("diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge"),
    ):
        checkout.git("config", setting, str(evil))
    checkout.git("config", "log.showSignature", "true")
    checkout.git("config", "log.follow", "true")
    assert len(told(past(checkout.root))) == 2
    assert not (tmp_path / "pwned").exists()


def test_what_was_not_fetched_is_a_gap(checkout: Checkout, tmp_path: Path) -> None:
    """A partial clone is not completed over the network, which is no business of a plan."""
    write(checkout, f"a/{NAME}", "a")
    checkout.commit()
    write(checkout, f"a/{NAME}", "b")
    checkout.commit()
    checkout.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    checkout.git("clone", "--quiet", "--filter=blob:none", checkout.root.as_uri(), str(clone))
    history = past(clone)
    assert len(told(history)) < 2
    assert history.gap


def test_a_content_that_git_has_not_is_a_gap(tmp_path: Path) -> None:
    """A newer git than the one above names what is missing, and does not end for it."""
    script = (
        f'case "$*" in\n*show-toplevel*) echo {tmp_path}/repository ;;\n'
        "*rev-parse*) echo false ;;\n"
        "*find-renames*) printf ':000000 100644 0 a1 A\\0x\\0:000000 100644 0 a2 A\\0y\\0' ;;\n"
        "*batch-check*) printf 'a1 missing\\na2 blob 2\\n' ;;\n"
        "*--batch*) printf 'a2 blob 2\\n{}\\n' ;;\nesac"
    )
    (tmp_path / "repository/.git").mkdir(parents=True)
    history = GitHistory(tmp_path / "repository", ("x",), fake_git(tmp_path / "bin", script))
    assert told(history) == {("y", b"{}")}
    assert history.gap == "some of its history was not fetched"
