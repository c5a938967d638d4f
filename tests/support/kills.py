"""A sync over HTTP that is killed at a random instant, again and again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from lukhas_notion.emulator import Emulator, default_database, serve
from lukhas_notion.ledger.file import verify_chain
from support.faults import FEATURES, RELATION, manifest
from support.threads import wait_until

MODULES = 30
_COMMAND = [sys.executable, "-m", "lukhas_notion"]


def kill_once(root: Path, seed: int) -> list[str]:
    """Kill a running sync, run it again, and return what is not as it must be.

    With an odd seed each module names the next one, and the last one the first.
    """
    chance = random.Random(seed)
    (root / "vocab").mkdir(parents=True)
    (root / "vocab/features.json").write_text(json.dumps(list(FEATURES)))
    (root / "vocab/tags.json").write_text(json.dumps(["tier:1"]))
    versions = {f"m{n:02}": chance.randrange(10) for n in range(MODULES)}
    names = list(versions)
    needs = dict(zip(names, [*names[1:], names[0]], strict=True)) if seed % 2 else {}
    if needs:
        (root / "lukhas-notion.toml").write_text(RELATION)
    for name, version in versions.items():
        (root / name).mkdir()
        text = json.dumps({**manifest(name, version), "needs": needs.get(name)})
        (root / name / "module.manifest.json").write_text(text)
    notion = Emulator(latency=0.01, requests_per_minute=None)
    ids = default_database(notion)
    if needs:
        settings = {"data_source_id": ids.data_source_id, "dual_property": {}}
        notion.add_property("Depends on", "relation", ids.data_source_id, settings)
    environ = {
        **os.environ,
        "NOTION_TOKEN": notion.token,
        "NOTION_DATABASE_ID": ids.database_id,
        "NOTION_RATE_LIMIT": "100",
    }
    command = [*_COMMAND, "sync", "--all", "--backfill", "--root", str(root)]
    with serve(notion) as url:
        environ["NOTION_API_URL"] = url
        running = subprocess.Popen(
            command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: bool(notion.requests))
        time.sleep(chance.uniform(0, 0.35))
        running.send_signal(signal.SIGKILL)
        running.wait()
        finished = _finished(root)
    # A server that has ended has done what was under way, and nothing of it comes later.
    with serve(notion) as url:
        environ["NOTION_API_URL"] = url
        second = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        third = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    broken = []
    if second.returncode != 0:
        broken.append(f"the run after the kill: {second.returncode} {second.stdout[-500:]}")
    if f"{MODULES} unchanged" not in third.stdout:
        broken.append(f"the run after that: {third.stdout[-500:]}")
    titles = [page["Module"] for page in notion.pages()]
    if sorted(titles) != sorted(versions):
        broken.append(f"pages: {sorted(titles)}")
    for page in notion.pages():
        expected = manifest(page["Module"], versions[page["Module"]])
        if page["Description"] != expected["description"]:
            broken.append(f"{page['Module']} has another description")
        if needs and page["Depends on"] != [needs[page["Module"]]]:
            broken.append(f"{page['Module']} names {page['Depends on']}")
    ledger = root / "manifests/.ledger/notion_sync.ndjson"
    lines = ledger.read_bytes().splitlines(keepends=True)
    if (chain := verify_chain(lines)[1]) is not None:
        broken.append(f"ledger: {chain}")
    if lines[: len(finished)] != finished:
        broken.append("a record of a finished attempt was lost")
    notion.close()
    return broken


def _finished(root: Path) -> list[bytes]:
    """Return the ledger's whole lines at this moment."""
    ledger = root / "manifests/.ledger/notion_sync.ndjson"
    if not ledger.exists():
        return []
    lines = ledger.read_bytes().splitlines(keepends=True)
    return [line for line in lines if line.endswith(b"\n")]
