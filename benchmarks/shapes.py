"""Repositories whose descriptors have a shape that was not made for lukhas-notion.

Each is written as its tool documents it, and comes with the type that every property ought to have.
Those tables were written by hand, from the files, before any proposal was looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
_OWN = {"Provenance SHA": "rich_text", "Updated At": "date"}
_WORDS = (
    "ledger",
    "search",
    "rides",
    "maps",
    "mail",
    "index",
    "media",
    "audit",
    "quota",
    "billing",
)
_TEAMS = ("riders", "payments", "platform", "maps-team")
_LANGUAGES = ("go", "python", "kotlin")


@dataclass(frozen=True)
class Shape:
    """One repository.

    Args:
        name: what it is called in the table.
        pattern: what ``init --from`` is given.
        expected: the type of each property, by its name.
        write: writes the files below a folder and returns what they say, a document each; none
            where the data is not there.
    """

    name: str
    pattern: str
    expected: Mapping[str, str]
    write: Callable[[Path], list[Any]]


def _put(folder: Path, files: Mapping[str, Any]) -> list[Any]:
    for path, document in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(".json"):
            text = json.dumps(document, indent=2) + "\n"
        else:
            text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        file.write_text(text, encoding="utf-8")
    return list(files.values())


def _pick(choices: Sequence[Any], number: int) -> Any:
    return choices[number % len(choices)]


# --- Home Assistant --------------------------------------------------------------------------

HOME_ASSISTANT = {
    **_OWN,
    "Domain": "title",
    "Name": "rich_text",
    "Integration type": "select",
    "Supported by": "relation",
    "Code owners": "rich_text",
    "Config flow": "checkbox",
    "Documentation": "url",
    "Models": "rich_text",
    "IoT class": "select",
    "Loggers": "rich_text",
    "Requirements": "rich_text",
    "Quality scale": "select",
    "Bluetooth": "rich_text",
    "Dependencies": "relation",
    "DHCP": "rich_text",
    "After dependencies": "relation",
    "SSDP": "rich_text",
    "Zeroconf": "rich_text",
}


def _home_assistant(folder: Path) -> list[Any]:
    found = sorted(CORPORA.glob("home-assistant-*/components/*/manifest.json"))
    paths = {f"components/{file.parent.name}/manifest.json": file for file in found}
    return _put(folder, {p: json.loads(file.read_text("utf-8")) for p, file in paths.items()})


# --- forty services of one's own --------------------------------------------------------------

SERVICES = {
    **_OWN,
    "Name": "title",
    "ID": "rich_text",
    "Summary": "rich_text",
    "Team": "select",
    "Email": "email",
    "Language": "select",
    "Tags": "multi_select",
    "Tier": "number",
    "Target percent": "number",
    "Public": "checkbox",
    "Runbook": "url",
    "Created at": "date",
    "Depends on": "relation",
    "Endpoints": "rich_text",
    "Env": "rich_text",
}


def _service(number: int) -> dict[str, Any]:
    return {
        "$schema": "https://example.org/schemas/service.json",
        "schemaVersion": 2,
        "id": f"svc-{number:03}",
        "name": f"{_pick(_WORDS, number).title()} {number}",
        "summary": f"Answers what number {number} of {_pick(_WORDS, number)} is asked.",
        "ownership": {
            "team": _pick(_TEAMS, number),
            "email": f"{_pick(_TEAMS, number)}-{number}@example.org",
        },
        "language": _pick(_LANGUAGES, number),
        "tags": ["internal", _pick(("batch", "http", "stream"), number)],
        "tier": number % 4,
        "slo": {"targetPercent": 99 + number % 10 / 10},
        "public": number % 5 == 0,
        "runbook": f"https://runbooks.example.org/{number}",
        "createdAt": f"20{10 + number % 15}-0{1 + number % 9}-15",
        "dependsOn": [f"svc-{(number + step) % 40:03}" for step in range(1, 1 + number % 3)],
        "endpoints": [
            {"name": f"get-{number}", "path": f"/v1/{number}", "public": number % 2 == 0},
            {"name": f"put-{number}", "path": f"/v1/{number}/put", "public": False},
        ],
        "env": {f"{_pick(_WORDS, number + n).upper()}_URL": f"http://{n}" for n in range(3)},
        "generatedAt": f"2026-01-01T00:{number % 60:02}:00Z",
    }


def _services(folder: Path) -> list[Any]:
    paths = (f"services/{_pick(_WORDS, number)}-{number}/service.json" for number in range(40))
    return _put(folder, {path: _service(number) for number, path in enumerate(paths)})


# --- Backstage (backstage.io, "Descriptor Format of Catalog Entities") ------------------------

BACKSTAGE = {
    **_OWN,
    "Name": "title",
    "Kind": "select",
    "Title": "rich_text",
    "Description": "rich_text",
    "Project slug": "rich_text",
    "Tags": "multi_select",
    "Links": "rich_text",
    "Type": "select",
    "Lifecycle": "select",
    "Owner": "relation",
    "System": "relation",
    "Depends on": "relation",
    "Provides APIs": "relation",
    "Email": "email",
    "Display name": "rich_text",
    "Definition": "rich_text",
}


def _entity(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "description": f"The {kind.lower()} {name}.", **metadata},
        "spec": spec,
    }


def _backstage(folder: Path) -> list[Any]:
    systems = ("riding", "paying")
    files = {}
    for team in _TEAMS:
        profile = {"displayName": team.title(), "email": f"{team}@example.org"}
        spec = {"type": "team", "profile": profile, "children": []}
        files[f"groups/{team}"] = _entity("Group", team, spec)
    for number, system in enumerate(systems):
        spec = {"owner": f"group:default/{_pick(_TEAMS, number)}"}
        files[f"systems/{system}"] = _entity("System", system, spec)
    for number, word in enumerate(_WORDS):
        definition = f"openapi: 3.1.0\ninfo: {{title: {word}, version: '1.{number}'}}\n"
        spec = _shared(number, ("openapi", "grpc"), systems) | {"definition": definition}
        files[f"apis/{word}"] = _entity("API", f"{word}-api", spec)
    for number in range(14):
        files[f"components/{number}"] = _component(number, systems)
    return _put(folder, {f"{path}/catalog-info.yaml": entity for path, entity in files.items()})


def _shared(number: int, types: Sequence[str], systems: Sequence[str]) -> dict[str, Any]:
    return {
        "type": _pick(types, number),
        "lifecycle": _pick(("production", "experimental"), number),
        "owner": f"group:default/{_pick(_TEAMS, number)}",
        "system": _pick(systems, number),
    }


def _component(number: int, systems: Sequence[str]) -> dict[str, Any]:
    word, after = _pick(_WORDS, number), (number + 1) % 14
    spec = _shared(number, ("service", "library", "website"), systems) | {
        "dependsOn": [f"component:default/{_pick(_WORDS, after)}-{after}"],
        "providesApis": [f"{word}-api"],
    }
    links = [
        {"url": f"https://{word}-{number}.example.org", "title": "Site"},
        {"url": f"https://dash.example.org/{number}", "title": "Dashboard"},
    ]
    return _entity(
        "Component",
        f"{word}-{number}",
        spec,
        title=f"{word.title()} no. {number}",
        annotations={"github.com/project-slug": f"acme/{word}-{number}"},
        tags=[_pick(_LANGUAGES, number), "tier1"],
        links=links,
    )


# --- Compass (developer.atlassian.com, "Structure and contents of a compass.yml file") --------

COMPASS = {
    **_OWN,
    "Name": "title",
    "ID": "rich_text",
    "Description": "rich_text",
    "Type ID": "select",
    "Owner ID": "select",
    "Lifecycle": "select",
    "Tier": "number",
    "Links": "rich_text",
    "Labels": "multi_select",
    "Depends on": "relation",
}


def _compass(folder: Path) -> list[Any]:
    ids = [f"ari:cloud:compass:6f1e2d3c:component/4a2f/{number:04x}" for number in range(24)]
    files = {}
    for number, ari in enumerate(ids):
        word = _pick(_WORDS, number)
        lifecycle = _pick(("Active", "Pre-release"), number)
        files[f"{word}-{number}/compass.yml"] = {
            "configVersion": 1,
            "name": f"{word}-{number}",
            "id": ari,
            "description": f"Keeps the {word} of shard {number}.",
            "typeId": _pick(("SERVICE", "LIBRARY", "APPLICATION"), number),
            "ownerId": f"ari:cloud:identity::team/{_pick(_TEAMS, number)}",
            "fields": {"lifecycle": lifecycle, "tier": number % 4},
            "links": [
                {"name": "", "type": "REPOSITORY", "url": f"https://git.example.org/{word}"},
                {"name": "Runbook", "type": "DOCUMENT", "url": f"https://example.org/{number}"},
            ],
            "relationships": {"DEPENDS_ON": [ids[(number + 1) % 24], ids[(number + 5) % 24]]},
            "labels": ["shard", _pick(_LANGUAGES, number)],
            "customFields": None,
        }
    return _put(folder, files)


# --- a workspace of npm packages (npm's documentation, "package.json") ----------------------------

NPM = {
    **_OWN,
    "Name": "title",
    "Version": "rich_text",
    "Description": "rich_text",
    "Private": "checkbox",
    "Keywords": "multi_select",
    "Home page": "url",
    "Directory": "rich_text",
    "Main": "rich_text",
    "Exports": "rich_text",
    "Scripts": "rich_text",
    "Dependencies": "rich_text",
    "Dev dependencies": "rich_text",
    "Author": "rich_text",
}


def _npm(folder: Path) -> list[Any]:
    names = [f"{_pick(_WORDS, number)}-{number}" for number in range(24)]
    return _put(
        folder,
        {
            f"packages/{name}/package.json": _package(number, name, _pick(names, number + 1))
            for number, name in enumerate(names)
        },
    )


def _package(number: int, name: str, needed: str) -> dict[str, Any]:
    tools = ("vitest", "typescript", "tsup", "eslint", "vite")
    return {
        "name": f"@acme/{name}",
        "version": f"{number % 3}.{number}.0",
        "description": f"The {name} of the web application.",
        **({"private": True} if number % 3 else {}),
        "license": "MIT",
        "type": "module",
        "keywords": [_pick(_WORDS, number), "ui", _pick(("forms", "tables", "charts"), number)],
        "homepage": f"https://packages.example.org/{name}",
        "repository": {
            "type": "git",
            "url": "https://git.example.org/acme/web.git",
            "directory": f"packages/{name}",
        },
        "main": f"./dist/{name}.js",
        "exports": {".": f"./dist/{name}.js"},
        "scripts": {"build": f"tsc -p {number}", f"test:{name}": "vitest", f"x{number}": "node ."},
        "dependencies": {
            f"@acme/{needed}": "workspace:*",
            _pick(("zod", "react", "lodash", "date-fns", "clsx"), number): f"^{number}.0.0",
        },
        "devDependencies": {_pick(tools, number + n): f"~{n}.1.0" for n in range(2)},
        "author": f"{_pick(_TEAMS, number)} {number} <{number}@example.org>",
    }


# --- Helm charts (helm.sh, "The Chart.yaml File") ----------------------------------------------

HELM = {
    **_OWN,
    "Name": "title",
    "Version": "rich_text",
    "App version": "rich_text",
    "Description": "rich_text",
    "Type": "select",
    "Keywords": "multi_select",
    "Home": "url",
    "Icon": "url",
    "Sources": "rich_text",
    "Maintainers": "rich_text",
    "Dependencies": "rich_text",
    "Deprecated": "checkbox",
}


def _helm(folder: Path) -> list[Any]:
    names = [f"{_pick(_WORDS, number)}-{number}" for number in range(20)]
    charts = {f"charts/{name}/Chart.yaml": _chart(n, name) for n, name in enumerate(names)}
    return _put(folder, charts)


def _chart(number: int, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v2",
        "name": name,
        "version": f"0.{number}.1",
        "appVersion": f"{number}.2",
        "description": f"Installs {name}, in the size {number}.",
        "type": _pick(("application", "library"), number),
        "keywords": [_pick(_WORDS, number), _pick(("queue", "cache"), number)],
        "home": f"https://charts.example.org/{name}",
        "icon": f"https://charts.example.org/{name}.png",
        "sources": [f"https://git.example.org/{name}"],
        "maintainers": [{"name": f"Person {number}", "email": f"p{number}@example.org"}],
        "dependencies": [
            {
                "name": _pick(("postgresql", "redis", "common"), number),
                "version": f"{number}.x.x",
                "repository": "https://charts.example.org/base",
            }
        ],
        **({"deprecated": True} if number % 7 == 0 else {}),
    }


SHAPES = (
    Shape("Home Assistant", "components/*/manifest.json", HOME_ASSISTANT, _home_assistant),
    Shape("Backstage", "**/catalog-info.yaml", BACKSTAGE, _backstage),
    Shape("Compass", "**/compass.yml", COMPASS, _compass),
    Shape("npm workspace", "packages/*/package.json", NPM, _npm),
    Shape("Helm", "charts/*/Chart.yaml", HELM, _helm),
    Shape("40 services", "services/*/service.json", SERVICES, _services),
)
