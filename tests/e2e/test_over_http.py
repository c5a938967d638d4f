"""The installed command line as a process of its own, against ``lukhas-notion emulator``."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support.git import Checkout
from support.workplace import Workplace

from lukhas_notion.emulator import Emulator

PROJECT = Path(__file__).resolve().parents[2]
CORPUS = PROJECT.parent / "shared" / "corpora" / "home-assistant-2024.1.6"
CONFIG = PROJECT / "docs" / "examples" / "home-assistant" / "lukhas-notion.toml"
COMMAND = [sys.executable, "-m", "lukhas_notion"]


def run(*words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one command and wait for it."""
    return subprocess.run(
        [*COMMAND, *words],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@contextmanager
def emulator(cwd: Path, *words: str) -> Iterator[dict[str, str]]:
    """Run the emulator's command, yield the settings it prints, and stop it with Ctrl-C."""
    process = subprocess.Popen(
        [*COMMAND, "emulator", "--port", "0", "--json", *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = []
        while not lines or lines[-1] != "}\n":
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            lines.append(line)
        yield json.loads("".join(lines))
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the Home Assistant manifests are not here")
def test_home_assistant_by_configuration_alone(tmp_path: Path) -> None:
    """1,221 manifests nobody wrote for this tool: created, then skipped in a few requests."""
    shutil.copytree(CORPUS / "components", tmp_path / "components")
    shape = ("--config", str(CONFIG))
    with emulator(tmp_path, "--requests-per-minute", "0", *shape) as settings:
        environ = {**settings, "NOTION_RATE_LIMIT": "100"}

        def sync(*words: str) -> dict[str, object]:
            done = run("sync", "--all", "--json", *shape, *words, cwd=tmp_path, **environ)
            assert done.returncode == 0, done.stderr
            document: dict[str, object] = json.loads(done.stdout)
            return document

        dry = sync("--backfill", "--dry-run")
        assert dry["summary"]["created"] == 1221  # type: ignore[index]
        first = sync("--backfill")
        assert first["summary"]["created"] == 1221  # type: ignore[index]
        second = sync()
        assert second["summary"]["skipped"] == 1221  # type: ignore[index]
        assert second["requests"] <= 13 + 5

        hue = tmp_path / "components/hue/manifest.json"
        hue.write_text(hue.read_text().replace("Philips Hue", "Philips Hue (edited)"))
        third = sync()
        assert third["summary"]["updated"] == 1  # type: ignore[index]
        assert third["requests"] <= 13 + 5 + 1

        ledger = tmp_path / "manifests/.ledger/notion_sync.ndjson"
        records = [json.loads(line) for line in ledger.read_text().splitlines()]
        done = [(r["action"], r["status"]) for r in records if "module" in r]
        assert done.count(("create", "success")) == 1221
        assert done.count(("skip", "sha_match")) == 1221  # once for each SHA
        assert done.count(("update", "success")) == 1
        assert run("ledger", "verify", *shape, cwd=tmp_path).returncode == 0


def test_emulator_serves_the_database_and_keeps_its_state(tmp_path: Path) -> None:
    """The emulator answers the API and a browser, and its state file outlives it."""
    shutil.copytree(PROJECT / "examples" / "modules", tmp_path / "repository")
    root = tmp_path / "repository"
    state = ("--state", str(tmp_path / "notion.ndjson"))
    with emulator(root, *state) as settings:
        assert settings["NOTION_API_URL"].startswith("http://127.0.0.1:")
        done = run("sync", "--all", "--backfill", cwd=root, **settings)
        assert done.returncode == 0, done.stdout + done.stderr
        page = httpx.get(settings["NOTION_API_URL"] + "/")
        assert page.status_code == 200
        assert "platform.public-api" in page.text
    with emulator(root, *state) as again:
        assert again["NOTION_DATABASE_ID"] == settings["NOTION_DATABASE_ID"]
        done = run("sync", "--all", cwd=root, **again)
        assert "32 unchanged" in done.stdout


def test_a_removed_module_goes_to_the_trash(tmp_path: Path) -> None:
    """With git as it is installed, over HTTP: committed, synced, deleted, archived."""
    root = tmp_path / "repository"
    shutil.copytree(PROJECT / "examples" / "modules", root)
    git = Checkout.init(root)
    git.git("remote", "add", "origin", "git@github.com:octo/modules.git")
    git.commit()
    with emulator(root) as settings:
        environ = {**settings, "NOTION_RATE_LIMIT": "100"}
        assert run("sync", "--all", "--backfill", cwd=root, **environ).returncode == 0
        shutil.rmtree(root / "manifests")
        shutil.rmtree(root / "riding" / "voice-guide")  # which no other module needs
        git.commit()
        done = run("sync", "--all", "--archive-removed", "--apply", "--json", cwd=root, **environ)
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["summary"]["archived"] == 1
        assert "riding.voice-guide" not in httpx.get(settings["NOTION_API_URL"] + "/").text


def test_a_taken_port_is_a_clear_error(tmp_path: Path) -> None:
    """A port in use exits 2 with what to do."""
    with emulator(tmp_path) as settings:
        port = settings["NOTION_API_URL"].rsplit(":", 1)[1]
        done = run("emulator", "--port", port, cwd=tmp_path)
    assert done.returncode == 2
    assert "--port" in done.stderr


def test_demo_tells_the_whole_story(tmp_path: Path) -> None:
    """The demo runs every step, ends with 0, and leaves report, ledger and page behind."""
    done = run("demo", "--json", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert len(told["steps"]) == 7
    for name in ("report", "ledger", "page"):
        assert Path(told[name]).stat().st_size > 0
    page = Path(told["page"]).read_text(encoding="utf-8")
    assert 'href="/' not in page, "it is a file, with nothing beside it"
    assert "Used by" in page
    assert "Tove" in page
    assert run("demo", cwd=tmp_path).returncode == 0, "a second demo replaces the first"


def test_the_demo_leaves_a_notion_to_play_with(tmp_path: Path) -> None:
    """The command in its last lines serves what the demo wrote, and a sync finds it up to date."""
    done = run("demo", cwd=tmp_path)
    command = ["lukhas-notion", "emulator", "--state", "demo/notion.ndjson"]
    assert shlex.join(command) in done.stdout

    with emulator(tmp_path, *command[2:]) as settings:
        page = httpx.get(settings["NOTION_API_URL"]).text
        done = run("sync", "--all", cwd=tmp_path / "demo" / "repository", **settings)

    assert "32 pages" in page
    assert (done.returncode, "32 unchanged" in done.stdout + done.stderr) == (0, True)
    assert run("demo", cwd=tmp_path).returncode == 0, "a sync edits nothing"


def test_a_second_demo_deletes_no_edits(tmp_path: Path) -> None:
    """A manifest that was changed or added is named, exit 2; ``--again`` deletes it."""
    run("demo", cwd=tmp_path)
    repository = tmp_path / "demo" / "repository"
    manifest = repository / "riding" / "unlock" / "module.manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("94.2", "95"))
    (repository / "note.txt").write_text("mine")

    done = run("demo", cwd=tmp_path)

    assert done.returncode == 2
    assert "note.txt and 1 more" in done.stderr
    assert "--again" in done.stderr
    assert "95" in manifest.read_text(encoding="utf-8")
    (tmp_path / "demo" / ".lukhas-notion-demo").write_text("what is this?")
    assert run("demo", cwd=tmp_path).returncode == 2, "nothing is known to be as it was"
    assert run("demo", "--again", cwd=tmp_path).returncode == 0
    assert not (repository / "note.txt").exists()


def test_demo_replaces_no_folder_that_is_not_its_own(tmp_path: Path) -> None:
    """A folder with other files is left alone, exit 2."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("years of work")

    done = run("demo", cwd=tmp_path)

    assert done.returncode == 2
    assert (tmp_path / "demo" / "thesis.txt").read_text() == "years of work"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="root may write all but /proc")
def test_a_demo_that_cannot_create_its_folder_names_the_flag(tmp_path: Path) -> None:
    """A folder that the system refuses is a usage error, not a bug."""
    done = run("demo", "--folder", "/proc/demo", cwd=tmp_path)

    assert done.returncode == 2
    assert "error: /proc/demo cannot be created: " in done.stderr
    assert "Name another folder with --folder." in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("init",),
        ("doctor",),
        ("validate",),
        ("backfill",),
        ("sync",),
        ("ledger", "verify"),
        ("ledger", "show"),
        ("emulator",),
        ("demo",),
    ],
)
def test_every_command_has_help_with_an_example(tmp_path: Path, command: tuple[str, ...]) -> None:
    """``--help`` exits 0 and shows an example that begins with the command's own name."""
    done = run(*command, "--help", cwd=tmp_path)

    assert done.returncode == 0
    assert "example: lukhas-notion " + " ".join(command) in done.stdout


def test_from_nothing_to_pages_by_three_commands(tmp_path: Path) -> None:
    """An empty Notion and a repository of manifests: init, doctor, sync; then verify agrees."""
    root = tmp_path / "repository"
    shutil.copytree(PROJECT / "examples" / "modules", root)
    for name in ("lukhas-notion.toml", "vocab/features.json", "vocab/tags.json"):
        (root / name).unlink()
    with emulator(tmp_path, "--empty") as settings:
        assert "NOTION_DATABASE_ID" not in settings
        page = settings.pop("parent_page_id")
        environ = {**settings, "NOTION_DATABASE_ID": "", "NOTION_RATE_LIMIT": "3"}
        made = run("init", "--parent", page, "--json", cwd=root, **environ)
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["creates"] is True
        for words in (("doctor",), ("sync", "--all"), ("verify",), ("doctor", "--json")):
            done = run(*words, cwd=root, **environ)
            assert done.returncode == 0, done.stdout + done.stderr


def test_the_emulator_refuses_what_an_integration_may_not_do(tmp_path: Path) -> None:
    """By a flag, and one that names no capability is a usage error."""
    with emulator(tmp_path, "--capabilities", "read, update") as settings:
        told = run("doctor", "--json", cwd=tmp_path, **settings)
        assert told.returncode == 1
        wrong = [c["subject"] for c in json.loads(told.stdout)["checks"] if c["level"] == "failure"]
        assert wrong == ["capability insert"]
    done = run("emulator", "--capabilities", "read,write", cwd=tmp_path)
    assert done.returncode == 2
    assert "'write'" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--port 80000", "--port 80000 is not a port"),
        ("--port -1", "--port -1 is not a port"),
        ("--latency nan", "a latency is less than an hour"),
        ("--latency inf", "a latency is less than an hour"),
        ("--latency -1", "are not negative"),
        ("--requests-per-minute -1", "are not negative"),
        ("--state .", "is used as the emulator's state"),
        ("--state garbage", "garbage:1: not a line of the emulator's state"),
        ("--state garbage/below", "--state: garbage/below cannot be written"),
        ("--faults garbage", "The fault plan garbage cannot be used"),
        ("--faults missing", "The fault plan missing cannot be used"),
        ("--faults list.json", "a fault plan is an object"),
        ("--faults .", "The fault plan . cannot be used"),
    ],
)
def test_what_the_emulator_cannot_use_is_a_usage_error(
    small: Workplace, words: str, said: str
) -> None:
    """Exit 2 and a sentence, for numbers, state files and fault plans alike."""
    (small.root / "garbage").write_text("garbage")
    (small.root / "list.json").write_text("[]")
    named = [
        str(small.root / word)
        if word in ("garbage", "garbage/below", "missing", "list.json", ".")
        else word
        for word in words.split()
    ]
    ended = small.run("emulator", *named)
    assert ended.code == 2
    assert said in ended.err.replace(f"{small.root}/", "").replace(str(small.root), ".")
    assert (small.root / "garbage").read_text() == "garbage"


def test_a_demo_does_not_take_the_notion_from_under_an_emulator(tmp_path: Path) -> None:
    """While one serves what an earlier demo made, the folder is not deleted."""
    folder = tmp_path / "demo"
    assert run("demo", "--folder", str(folder), cwd=tmp_path).returncode == 0
    with Emulator(state_path=folder / "notion.ndjson"):
        done = run("demo", "--folder", str(folder), cwd=tmp_path)
        assert done.returncode == 2
        assert "An emulator serves the Notion" in done.stderr
        other = run("emulator", "--state", str(folder / "notion.ndjson"), cwd=tmp_path)
        assert "in use by another emulator" in other.stderr
        assert other.returncode == 2
