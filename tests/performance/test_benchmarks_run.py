"""The benchmarks themselves: that they run, count, and say a miss; their timings are not tested."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import httpx
import pytest

from lukhas_notion.emulator import Emulator, default_database

PROJECT = Path(__file__).resolve().parents[2]
PAGE = "Before.\n\n<!-- generated: rows -->\nold\n<!-- end: rows -->\n\nAfter.\n"


@pytest.fixture(name="module")
def _module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what imports a module of the benchmarks, which are no part of the package."""
    monkeypatch.syspath_prepend(str(PROJECT))
    return lambda name: importlib.import_module(f"benchmarks.{name}")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmarks as a user does."""
    command = [sys.executable, str(PROJECT / "benchmarks" / "run.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.slow
def test_a_row_is_measured_and_kept(tmp_path: Path) -> None:
    """A run prints its table, keeps its samples as JSON, and writes its part of a document."""
    kept, page = tmp_path / "results.json", tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    words = ["--repeat", "1", "--latency", "1", "--json", str(kept), "--markdown", str(page)]
    ended = run("--row", "same-140", "--row", "help", *words)
    assert ended.returncode == 0, ended.stderr
    assert "| nothing changed, 140 modules | 4 | 4 | 1.00 |" in ended.stdout

    known = json.loads(kept.read_text(encoding="utf-8"))
    same, usage = known["rows"]
    assert (same["name"], usage["name"]) == ("same-140", "help")
    assert (same["requests"], same["floor"], same["refused"]) == (4, 4, 0)
    assert same["samples"][0]["requests"] == {
        "data_sources.query": 2,
        "data_sources.retrieve": 1,
        "databases.retrieve": 1,
    }
    assert same["seconds"][0] > 0
    assert same["mib"][0] > 10
    assert usage["samples"][0]["requests"] == {}
    assert same["about"]["service"] == {"latency": 1.0, "per_minute": 180}
    assert set(same["about"]["machine"]) == {"cores", "memory_gib", "system", "python"}

    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "old" not in text
    assert "| nothing changed, 140 modules | 4 | 4 |" in text


def test_an_unknown_row_is_named() -> None:
    """A row that there is not is refused by its name, before anything runs."""
    ended = run("--row", "nothing-such")
    assert ended.returncode == 1
    assert "nothing-such" in ended.stderr


def test_a_command_that_fails_has_no_figures(module: Any, tmp_path: Path) -> None:
    """A command that ends otherwise than it must is an error with its last words, no sample."""
    measure = module("measure")
    with pytest.raises(measure.FailedError, match="the last words"):
        measure.measure(
            [sys.executable, "-c", "import sys; sys.exit('the last words')"], cwd=tmp_path
        )


def test_the_window_in_full_minutes(module: Any) -> None:
    """Only minutes that are full count: bursts at the limit use it whole, a slow run half."""
    window_use = module("notion").window_use
    bursts = [burst * 60 + i / 128 for burst in range(3) for i in range(180)]
    assert window_use(bursts, 180) == (1.0, 1.0)
    mean, least = window_use([i * 0.75 for i in range(400)], 160)
    assert mean == pytest.approx(0.5)
    assert least == pytest.approx(0.5)
    assert window_use([0.0, 1.0], 180) is None


def test_a_missed_target_is_said(module: Any) -> None:
    """Each promise that the medians break is named with what it was and what it came to."""
    sample, target = module("measure").Sample, module("rows").Target
    slow = sample(2.0, 50.0, 0, {"pages.create": 5}, {"429": 1}, None)
    assert target(requests=5, seconds=2, mib=50, refused=1).missed([slow]) == []
    missed = target(requests=4, seconds=1.5, mib=40, window=0.98).missed([slow])
    assert [each.split(":")[0] for each in missed] == [
        "requests",
        "seconds",
        "MiB",
        "429s",
        "window",
    ]


def test_manifests_are_the_same_every_time(module: Any, tmp_path: Path) -> None:
    """Two repositories of one size are equal to the byte, and their manifests about 2 KB."""
    repository = module("repository")
    one = repository.write_repository(tmp_path / "one", 20)
    two = repository.write_repository(tmp_path / "two", 20)
    files = sorted(path.relative_to(one) for path in one.rglob("*.json"))
    assert len(files) == 22
    for file in files:
        assert (one / file).read_bytes() == (two / file).read_bytes()
    sizes = [path.stat().st_size for path in one.rglob("module.manifest.json")]
    assert 1_800 < sum(sizes) / len(sizes) < 2_600


@pytest.mark.slow
def test_the_action_is_measured_with_its_comment(module: Any, tmp_path: Path) -> None:
    """The Action's preview of a pull request runs as the runner starts it, in four requests."""
    service = module("notion").Service(latency=1)
    rig = module("rig").Rig(tmp_path, [], service, say=lambda _: None)
    sample = module("action").preview(rig, 10, (1, 7))
    assert (sample.code, sample.asked) == (0, 4)
    summary = next(tmp_path.glob("*-action/summary")).read_text(encoding="utf-8")
    assert module("repository").module(7) in summary


def test_a_tool_that_did_not_do_its_work_has_no_figures(module: Any, tmp_path: Path) -> None:
    """Notion has to hold every module's values, and one page each, whatever a tool's exit code."""
    peers, repository = module("peers"), module("repository")
    root = repository.write_repository(tmp_path / "repository", 3)
    state = tmp_path / "state.ndjson"
    module("notion").write_state(root, state, with_pages=True)
    peers.check(state, peers.values(root))

    repository.change(root, 1)
    with pytest.raises(module("measure").FailedError, match="3 pages, 2 of 3"):
        peers.check(state, peers.values(root))


def test_the_oldest_api_a_peer_speaks(module: Any) -> None:
    """A request of 2022-06-28 is one of the embedded Notion's, and is answered in its own words."""
    local = Emulator()
    ids = default_database(local)
    local.create_page(ids.data_source_id, {"Module": "one"})
    old = module("old_api").OldApi(local)

    async def ask(method: str, path: str, **content: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {local.token}", "Notion-Version": "2022-06-28"}
        transport = httpx.ASGITransport(app=old)
        async with httpx.AsyncClient(transport=transport, base_url="http://old") as client:
            answer = await client.request(method, f"/v1/{path}", headers=headers, **content)
        found: dict[str, Any] = answer.json()
        return found

    async def story() -> None:
        database = await ask("GET", f"databases/{ids.database_id}")
        assert (database["object"], database["id"]) == ("database", ids.database_id)
        assert "Module" in database["properties"]
        query = await ask("POST", f"databases/{ids.database_id}/query", json={})
        (page,) = query["results"]
        assert page["parent"] == {"type": "database_id", "database_id": ids.database_id}
        assert page["archived"] is False
        made = await ask(
            "POST",
            "pages",
            json={"parent": {"database_id": ids.database_id}, "properties": {}},
        )
        gone = await ask("PATCH", f"pages/{made['id']}", json={"archived": True})
        assert gone["archived"] is True

    import anyio

    anyio.run(story)
    assert [each.kind for each in local.requests] == [
        "data_sources.retrieve",
        "data_sources.query",
        "pages.create",
        "pages.update",
    ]


def test_the_plot_is_a_picture_of_every_figure(module: Any) -> None:
    """The SVG is well-formed and has a bar for each tool that could be run, and none else."""
    measured = [
        {"title": "a < b", "tool": "ours", "seconds": [1.2, 1.1, 1.3], "requests": 4},
        {"title": "a < b", "tool": "theirs", "seconds": [94.0, 94.0, 94.0], "requests": 280},
        {"title": "a < b", "tool": "broken", "failed": "it did not start"},
    ]
    root = ET.fromstring(module("plot").plot(measured))
    space = "{http://www.w3.org/2000/svg}"
    legend, bars = 3, 2
    assert len(root.findall(f"{space}rect")) == legend + bars
    assert "94.0 s · 280 requests" in [each.text for each in root.findall(f"{space}text")]
