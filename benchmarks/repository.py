"""Repositories of manifests, the same at every run: about 2 KB each, two vocabularies."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "modules"
NAME = "module.manifest.json"

#: The nine default properties and their vocabularies, so that figures stay comparable.
_CONFIGURATION = """\
[manifests]
include = ["*/*/module.manifest.json"]

[vocabularies]
Features = "vocab/features.json"
Tags = "vocab/tags.json"

[provenance]
volatile = ["/_provenance/*/extracted_at"]
"""

_RELATION = """
[properties."Depends on"]
type = "relation"
from = "/dependencies"
synced = "Used by"
"""
#: Levels of modules where each names one of the level below.
_LEVELS = 10

_TEAMS = ("accounts", "city-data", "fleet", "payments", "platform", "riding", "stations")
_VERBS = ("collects", "checks", "counts", "explains", "forwards", "keeps", "plans", "weighs")
_THINGS = ("bikes", "docks", "fares", "invoices", "maps", "passes", "rides", "signs", "trips")
_WHEN = ("at night", "before a ride", "every hour", "on a holiday", "when it rains", "with care")


def write_repository(folder: Path, count: int, *, related: bool = False) -> Path:
    """Write a repository of ``count`` manifests and return its folder.

    With ``related``, each module depends on one of the level below it, and this is a relation.
    """
    folder.mkdir(parents=True)
    configuration = _CONFIGURATION + _RELATION * related
    (folder / "lukhas-notion.toml").write_text(configuration, encoding="utf-8", newline="\n")
    (folder / "vocab").mkdir()
    for name in ("features.json", "tags.json"):
        shutil.copy(EXAMPLE / "vocab" / name, folder / "vocab")
    features = list(json.loads((folder / "vocab/features.json").read_text(encoding="utf-8")))
    for number in range(count):
        manifest = _manifest(number, features)
        if related:
            below = number - count // _LEVELS
            manifest["dependencies"] = [module(below)] if below >= 0 else []
        _write(folder, number, manifest)
    return folder


def module(number: int) -> str:
    """Return the name of a module."""
    return f"{_TEAMS[number % len(_TEAMS)]}.module-{number:05}"


def path(number: int) -> str:
    """Return where the manifest of a module is, relative to the repository."""
    team, _, name = module(number).partition(".")
    return f"{team}/{name}/{NAME}"


def change(folder: Path, *numbers: int) -> None:
    """Give some modules another coverage and a longer description."""
    for number in numbers:
        manifest = json.loads((folder / path(number)).read_text(encoding="utf-8"))
        manifest["testing"]["coverage_observed"] += 1
        manifest["description"] += " It now answers in half the time."
        _write(folder, number, manifest)


def _write(folder: Path, number: int, manifest: dict[str, Any]) -> None:
    file = folder / path(number)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8", newline="\n")


def _manifest(number: int, features: list[str]) -> dict[str, Any]:
    chance = random.Random(number)
    team, _, name = module(number).partition(".")
    home = f"https://example.com/otterbike/{team}/{name}"
    extracted = "2026-03-09T05:45:00+00:00"

    def sentence() -> str:
        words = (chance.choice(_VERBS), chance.choice(_THINGS), chance.choice(_WHEN))
        return "It {} {} {}.".format(*words)

    return {
        "schema_version": "1.0.0",
        "module": module(number),
        "description": f"Module {number} of {team}. " + " ".join(sentence() for _ in range(4)),
        "features": chance.sample(features, 1 + number % 3),
        "tags": [f"team:{team}", "lane:production", f"tier:{1 + number % 3}"],
        "apis": {
            f"{verb}_{thing}": {
                "module": f"otterbike.{team}.{name.replace('-', '_')}",
                "import_verified": True,
                "doc_ok": bool(chance.getrandbits(1)),
            }
            for verb, thing in zip(chance.sample(_VERBS, 3), chance.sample(_THINGS, 3), strict=True)
        },
        "performance": {
            "sla_targets": {"latency_p95_ms": 50 * (1 + number % 40), "availability_percent": 99.9},
            "observed": {"latency_p95_ms": 45.5, "observed_at": "2026-03-09T04:00:00Z"},
        },
        "testing": {
            "coverage_target": 80,
            "coverage_observed": 60 + chance.randrange(380) / 10,
            "observed_at": "2026-03-09T05:45:00Z",
        },
        "ownership": {"team": team, "codeowners": [f"@otterbike/{team}"]},
        "links": {"repo": home, "docs": f"{home}/docs"},
        "dependencies": [module(each) for each in {max(0, number - 1), number // 2} - {number}],
        "metadata": {"stage": "production", "since": f"20{10 + number % 16}-04"},
        "_provenance": {
            where: {
                "source": source,
                "sha": f"{chance.getrandbits(160):040x}",
                "extracted_at": extracted,
            }
            for where, source in (
                ("description", "README.md"),
                ("apis", f"src/{name}"),
                ("testing.coverage_observed", "coverage.json"),
            )
        },
    }
