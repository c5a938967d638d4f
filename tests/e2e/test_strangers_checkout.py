"""Commands in an untrusted checkout: the effect of each attack."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.workplace import Ended, Workplace

from lukhas_notion.cli import main
from lukhas_notion.cli.context import Context
from lukhas_notion.util.runtime import Runtime

LEDGER = "manifests/.ledger/notion_sync.ndjson"


@pytest.fixture(autouse=True)
def _in_the_checkout(small: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a checkout whose .git folder is the one that must stay as it is."""
    (small.root / ".git/hooks").mkdir(parents=True)
    (small.root / ".git/config").write_text("[core]\n")
    monkeypatch.chdir(small.root)


def everything(folder: Path) -> dict[str, bytes | str]:
    """Return every file and link below a folder."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def refused(small: Workplace, *words: str) -> str:
    """Return why a command is refused, before anything is sent and without any change."""
    before, sent = everything(small.root.parent), len(small.notion.requests)
    ended = small.run(*words)
    assert ended.code == 2, ended.err
    assert everything(small.root.parent) == before
    assert len(small.notion.requests) == sent
    return ended.err


def configure(small: Workplace, text: str) -> None:
    """Write the configuration."""
    (small.root / "lukhas-notion.toml").write_text(text, encoding="utf-8")


# --- a dry run leaves the working tree as it was ------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--all", "--dry-run"),
        ("sync", "--all", "--dry-run", "--archive-removed"),
        ("backfill", "--features", "--tags"),
        ("verify",),
        ("init", "--dry-run"),
        ("doctor",),
        ("ledger", "show"),
    ],
)
def test_what_only_looks_changes_no_file(small: Workplace, words: tuple[str, ...]) -> None:
    """No line, no repair of an incomplete ledger, no lock, also in an untrusted checkout."""
    small.run("sync", "--all")
    torn = b'{"ts": "core.pager = evil'
    path = small.root / LEDGER
    path.write_bytes(path.read_bytes() + torn)
    victim = small.root / ".git/config"
    for name in (f"torn-{hashlib.sha256(torn).hexdigest()[:12]}", "lock"):
        path.with_name(f"{path.name}.{name}").symlink_to(victim)
    path.with_name(f".{path.name}.lock").symlink_to(victim)
    before = everything(small.root)
    small.run(*words)
    assert everything(small.root) == before


def test_only_an_apply_sets_a_torn_line_aside(small: Workplace) -> None:
    """It is said, nothing is lost, and the chain holds."""
    small.run("sync", "--all")
    path = small.root / LEDGER
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"ts": "2026')
    small.edit("alpha", description="New.")
    ended = small.run("sync", "--all")
    assert ended.code == 0
    assert "last line incomplete" in ended.out + ended.err
    [aside] = path.parent.glob("*.torn-*")
    assert aside.read_bytes() == b'{"ts": "2026'
    assert path.read_bytes().startswith(whole)
    assert small.run("ledger", "verify").code == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"create"', b'"update"', 1),
        lambda text: b"<<<<<<< HEAD\n" + text + b">>>>>>> topic\n",
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
    ],
    ids=["an edited line", "merge markers", "CR LF", "a byte-order mark"],
)
@pytest.mark.parametrize("words", [("sync", "--all"), ("sync", "--all", "--dry-run")])
def test_a_broken_chain_is_said(
    small: Workplace, change: Callable[[bytes], bytes], words: tuple[str, ...]
) -> None:
    """The sync goes on, and says which line it is and what checks the ledger."""
    small.run("sync", "--all")
    path = small.root / LEDGER
    path.write_bytes(change(path.read_bytes()))
    ended = small.run(*words)
    assert ended.code == 0, ended.err
    said = ended.out + ended.err
    assert "chain is broken: notion_sync.ndjson:" in said
    assert "lukhas-notion ledger verify" in said


# --- what is written ----------------------------------------------------------------------

HOSTILE = [
    ".git/hooks/post-checkout",
    ".git/config",
    ".GIT/config",
    "git~1/config",
    "nested/.git/config",
    ".git::$INDEX_ALLOCATION/config",
    "x\n/home/**",
    "x\u0000",
    "../x",
    "/etc/x",
    "//server/share/x",
    "nul",
    "**",
]


@pytest.mark.parametrize("key", ["ledger", "report"])
@pytest.mark.parametrize("path", HOSTILE)
def test_a_configuration_chooses_no_file_that_is_none_of_its_business(
    small: Workplace, key: str, path: str
) -> None:
    """The key is named, in a dry run as in an apply, whatever the modules are called."""
    small.write("evil", {"module": "$(touch pwned)", "description": "What it does."})
    configure(small, f"[run]\n{key} = {json.dumps(path)}\n")
    for words in (("sync", "--all", "--dry-run", "--report-md"), ("sync", "--all", "--report-md")):
        assert f"lukhas-notion.toml:2: run.{key} " in refused(small, *words)


@pytest.mark.parametrize("flag", ["--ledger", "--report-md", "--report-json"])
@pytest.mark.parametrize("path", [each for each in HOSTILE if each not in ("x\0", "/etc/x")])
def test_a_flag_leads_nowhere_else_either(small: Workplace, flag: str, path: str) -> None:
    """A script may have it from a stranger; an absolute path is the user's own."""
    assert f"error: {flag}: " in refused(small, "sync", "--all", flag, path)


@pytest.mark.parametrize("flag", ["--ledger", "--report-md", "--report-json"])
@pytest.mark.parametrize("absolute", [False, True])
def test_no_link_of_the_branch_is_written_through(
    small: Workplace, tmp_path: Path, flag: str, absolute: bool
) -> None:
    """Neither out of the checkout, nor into .git, nor within; absolute or not."""
    (tmp_path / "away").mkdir()
    for target in (tmp_path / "away", small.root / ".git/hooks", small.root / "vocab"):
        (small.root / "way").unlink(missing_ok=True)
        (small.root / "way").symlink_to(target)
        path = str(small.root / "way/x") if absolute else "way/x"
        assert f"error: {flag}: " in refused(small, "sync", "--all", flag, path)


@pytest.mark.parametrize("flag", ["--ledger", "--report-md", "--report-json"])
def test_what_is_no_file_is_never_replaced(small: Workplace, tmp_path: Path, flag: str) -> None:
    """A device, a pipe, a link and a folder are never replaced, also not by root."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "absent")
    (tmp_path / "folder").mkdir()
    for path in ("/dev/null", tmp_path / "pipe", tmp_path / "link", tmp_path / "folder"):
        assert f"error: {flag}: " in refused(small, "sync", "--all", flag, str(path))
    assert Path("/dev/null").is_char_device()
    assert (tmp_path / "pipe").is_fifo()


READ = [
    "alpha/module.manifest.json",
    "new/module.manifest.json",
    "vocab/features.json",
    "vocab/tags.json",
    "VOCAB/Tags.json",
    "schemas/module.manifest.schema.json",
    "lukhas-notion.toml",
]


@pytest.mark.parametrize("path", READ)
def test_what_is_read_is_never_written(small: Workplace, path: str) -> None:
    """A manifest, a vocabulary, the schema and the configuration, whether they are there or not."""
    for flag in ("--ledger", "--report-md", "--report-json"):
        assert "is used as" in refused(small, "sync", "--all", "--dry-run", flag, path)
    for key in ("ledger", "report"):
        configure(small, f'[run]\n{key} = "{path}"\n')
        said = refused(small, "sync", "--all", "--dry-run", "--report-md")
        assert "lukhas-notion.toml:2: run." in said
        assert "is used as" in said


def test_two_outputs_on_one_path_are_refused(small: Workplace) -> None:
    """The second would be all that is left of the first."""
    for words in (
        ("--report-md", "r", "--report-json", "r"),
        ("--report-md", "r", "--report-json", "./x/../r"),
        ("--report-md", "R", "--report-json", "r"),
        ("--ledger", "r", "--report-json", "r"),
        ("--report-md", "r", "--report-json", "r/s"),
        ("--report-md", "r/s", "--report-json", "R"),
        ("--ledger", "reports", "--report-md"),
        ("--report-json", "lukhas-notion.toml/x"),
        ("--report-md", "-", "--report-json", "-"),
        ("--report-json", "-", "--json"),
    ):
        assert refused(small, "sync", "--all", "--dry-run", *words)


@pytest.mark.parametrize("content", ["# Read me\n", '{"allowed": []}', "x"])
def test_what_is_no_ledger_is_none(small: Workplace, content: str) -> None:
    """Its first line is no record: it is neither appended to nor emptied."""
    (small.root / "README.md").write_text(content)
    said = refused(small, "sync", "--all", "--ledger", "README.md")
    assert "--ledger: README.md is not a ledger" in said


def test_a_report_takes_the_place_of_a_report_only(small: Workplace) -> None:
    """Where the configuration names the file; the remedies work."""
    (small.root / "README.md").write_text("# Read me\n")
    configure(small, '[run]\nreport = "README.md"\n')
    said = refused(small, "sync", "--all", "--dry-run", "--report-md")
    assert "is not a report of this tool" in said
    assert "delete that one" in said
    (small.root / "README.md").unlink()
    for _ in range(2):
        assert small.run("sync", "--all", "--dry-run", "--report-md").code == 0
    assert "Notion Sync Report" in (small.root / "README.md").read_text(encoding="utf-8")


def test_a_users_own_path_is_written(small: Workplace, tmp_path: Path) -> None:
    """Absolute, outside, and through the user's own links; standard output by a hyphen."""
    (tmp_path / "real").mkdir()
    (tmp_path / "mine").symlink_to("real")
    mine = tmp_path / "mine"
    words = ("--ledger", str(mine / "l"), "--report-md", str(mine / "r.md"))
    assert small.run("sync", "--all", *words, "--report-json", str(mine / "r.json")).code == 0
    assert sorted(each.name for each in mine.iterdir()) == ["l", "r.json", "r.md"]
    ended = small.run("sync", "--all", "--dry-run", "--report-md", "-")
    assert ended.out.startswith("# 🔄 Notion Sync Report")
    assert json.loads(small.run("sync", "--all", "--dry-run", "--report-json", "-").out)["dry_run"]


# --- what is read -------------------------------------------------------------------------


def runtime(tmp_path: Path) -> Path:
    """Make a folder that is none of the checkout's business."""
    folder = tmp_path / "home"
    (folder / "m").mkdir(parents=True)
    (folder / "m/module.manifest.json").write_text('{"module": "canary"}')
    (folder / "n.toml").write_text('[canary]\ncanary = "canary"\n')
    (folder / "v.json").write_text('{"canary": 1, "canary": 2}')
    return folder


def quiet(ended: Ended) -> None:
    """Assert that a command was refused, and printed nothing from outside."""
    assert ended.code == 2
    assert "canary" not in ended.out + ended.err


def test_no_link_leads_root_or_configuration_out(small: Workplace, tmp_path: Path) -> None:
    """The home folder is not searched, and no file name from there is printed."""
    home = runtime(tmp_path)
    (small.root / "modules").symlink_to(home)
    (small.root / "conf").mkdir()
    (small.root / "conf/n.toml").symlink_to(home / "n.toml")
    for root in ("modules", "modules/m", "./modules/../modules"):
        quiet(small.run("validate", "--all", "--root", root))
    for config in ("conf/n.toml", str(small.root / "conf/n.toml"), "../home/n.toml"):
        quiet(small.run("validate", "--all", "--root", ".", "--config", config))
    quiet(small.run("validate", "--all", "--root", "modules", "--config", "conf/n.toml"))
    assert small.run("validate", "--all", "--root", ".").code == 0
    # Named by its own path it is the user's own.
    assert small.run("validate", "--all", "--root", str(home)).code == 0


@pytest.mark.parametrize("key", ["[schema]\npath", "[vocabularies]\nTags"])
def test_no_link_leads_schema_or_vocabulary_out(small: Workplace, tmp_path: Path, key: str) -> None:
    """Nor does a link to a link, a name of another computer, or a .git folder."""
    home = runtime(tmp_path)
    (small.root / "a.json").symlink_to(home / "v.json")
    (small.root / "b.json").symlink_to("a.json")
    (small.root / "c").symlink_to(home)
    (small.root / "d").symlink_to("//server/share")
    (small.root / "e").symlink_to(".git")
    for path in ("a.json", "b.json", "c/v.json", "d/v.json", "e/config", ".git/config"):
        configure(small, f"{key} = {json.dumps(path)}\n")
        quiet(small.run("validate", "--all"))


def test_a_file_of_the_checkout_above_the_root_may_be_named(small: Workplace) -> None:
    """Several roots of one checkout may share a schema and vocabularies."""
    root = small.root / "services/one"
    (root / "x").mkdir(parents=True)
    (root / "x/module.manifest.json").write_text('{"module": "x", "tags": ["shared"]}')
    (small.root / "vocab/shared.json").write_text('["shared"]')
    (root / "lukhas-notion.toml").write_text('[vocabularies]\nTags = "../../vocab/shared.json"\n')
    assert small.run("validate", "--all", "--root", "services/one").code == 0


def test_a_hard_link_is_told_and_left(small: Workplace) -> None:
    """The other name of the file would be another file from then on."""
    small.edit("alpha", features=["find"])
    other = small.root / "other.json"
    other.hardlink_to(small.manifest("alpha"))
    ended = small.run("validate", "--all", "--fix")
    assert ended.code == 1
    assert "not fixed: it is a hard link" in ended.out
    assert other.samefile(small.manifest("alpha"))
    other.unlink()
    assert small.run("validate", "--all", "--fix").code == 0


@pytest.mark.parametrize("flag", ["--root", "--config", "--expect-plan", "--ledger"])
def test_another_computer_is_never_asked(small: Workplace, flag: str) -> None:
    """Windows would send the user's credentials as soon as the path is looked at."""
    for path in (r"\\server\share\x", "//server/share/x", r"\\?\UNC\server\share"):
        words = ["sync", "--all", "--dry-run", flag, path]
        assert "another computer" in refused(small, *words)


def test_the_names_behind_a_linked_workflows_folder_are_not_told(
    small: Workplace, tmp_path: Path
) -> None:
    """Doctor says that the folder leads out, and looks no further."""
    home = runtime(tmp_path)
    (home / "canary.yml").write_text("uses: lukhas-notion/lukhas-notion@canary")
    (small.root / ".github").mkdir()
    (small.root / ".github/workflows").symlink_to(home)
    ended = small.run("doctor", "--offline")
    assert "outside the repository" in ended.out
    assert "canary" not in ended.out + ended.err


@pytest.mark.parametrize("place", ["demo", "way/demo", ".git/demo", "gone"])
def test_a_demo_deletes_and_writes_nothing_behind_a_link(
    small: Workplace, tmp_path: Path, place: str
) -> None:
    """Its folder is where its name says, or it is refused."""
    home = runtime(tmp_path)
    (home / ".lukhas-notion-demo").write_text("{}")
    (small.root / "demo").symlink_to(home)
    (small.root / "way").symlink_to(home)
    (small.root / "gone").symlink_to("nowhere")
    before = everything(tmp_path)
    out, err = io.StringIO(), io.StringIO()
    code = main(["demo", "--again", "--folder", place], Context(Runtime({}), out, err))
    assert (code, "--folder: " in err.getvalue()) == (2, True)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("state", [".git/config", "way/s", "link", "folder", "README.md", "a\nb"])
def test_the_state_of_an_emulator_is_a_file_of_its_own(
    small: Workplace, tmp_path: Path, state: str
) -> None:
    """No other file is replaced by it, and no link followed."""
    (small.root / "way").symlink_to(tmp_path)
    (small.root / "link").symlink_to(tmp_path / "elsewhere")
    (small.root / "folder").mkdir()
    (small.root / "README.md").write_text("# Read me\n")
    said = refused(small, "emulator", "--state", state, "--root", ".")
    assert "--state" in said


@pytest.mark.parametrize("path", [*READ[:4], *READ[5:], "../x", "way/s"])
def test_the_state_of_an_emulator_is_nothing_that_is_read(small: Workplace, path: str) -> None:
    """Neither where it is there nor where it would be; and it leads nowhere else."""
    (small.root / "way").symlink_to("vocab")
    assert "--state" in refused(small, "emulator", "--state", path, "--root", ".")


@pytest.mark.parametrize(
    "path", ["link.json", "way/f.json", ".git/f.json", "pipe", "../home/f.json"]
)
def test_a_fault_plan_is_read_by_the_door_of_every_file(
    small: Workplace, tmp_path: Path, path: str
) -> None:
    """No link leads out, nothing from outside is printed, and the run waits for no pipe."""
    home = runtime(tmp_path)
    for folder in (home, small.root / ".git"):
        (folder / "f.json").write_text('{"canary": 1}')
    (small.root / "link.json").symlink_to(home / "f.json")
    (small.root / "way").symlink_to(home)
    os.mkfifo(small.root / "pipe")
    quiet(small.run("emulator", "--faults", path, "--root", "."))


def test_a_report_on_standard_output_holds_no_workflow_command(small: Workplace) -> None:
    """A runner reads whatever is printed, also the code spans and blocks of Markdown."""
    small.write("##[error]x", {"module": "##[group]x", "tags": ["##[debug]x", "::error::x"]})
    small.edit("alpha", description="::error::x\n##[error]x")
    for flag in ("--report-md", "--report-json"):
        for skip in ((), ("--skip-invalid",)):
            said = small.run("sync", "--all", "--dry-run", flag, "-", *skip).out
            assert "error" in said
            assert "##[" not in said
            assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]
