"""``doctor`` as a user runs it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.setup import Newcomer, alpha, newcomer

from lukhas_notion.emulator import FaultRule


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Newcomer]:
    """Make a repository that has been set up, with one module."""
    made = newcomer(tmp_path / "repository", alpha())
    made.environ["NOTION_RATE_LIMIT"] = "3"
    assert made.init().code == 0
    yield made
    made.notion.close()


def found(place: Newcomer, *words: str, code: int) -> dict[str, list[dict[str, Any]]]:
    """Run the doctor and return the checks by their subject."""
    ended = place.run("doctor", "--json", *words)
    assert ended.code == code, ended.err
    assert ended.document["exit_code"] == code
    checks: dict[str, list[dict[str, Any]]] = {}
    for check in ended.document["checks"]:
        checks.setdefault(check["subject"], []).append(check)
    return checks


def levels(checks: dict[str, list[dict[str, Any]]], subject: str) -> list[str]:
    """Return how the checks of one subject came out."""
    return [check["level"] for check in checks.get(subject, [])]


def test_nothing_is_wrong_after_init(place: Newcomer) -> None:
    """Every subject is looked at, every one is well, and the exit code is 0."""
    checks = found(place, code=0)
    assert {
        "configuration",
        "rate",
        "schema",
        "vocabulary Features",
        "vocabulary Tags",
        "manifests",
        "repository",
        "notion-apply.yml (job apply)",
        "notion-preview.yml (job preview)",
        "token",
        "database",
        "properties",
        "options Features",
        "options Tags",
        "capability read",
        "capability update",
        "capability insert",
    } == set(checks)
    said = {check["level"] for listed in checks.values() for check in listed}
    assert said == {"pass"}
    assert place.run("doctor").out.splitlines()[-1] == "✓ Nothing is wrong."


def test_it_changes_nothing_anywhere(place: Newcomer) -> None:
    """No file is touched, the ledger neither; Notion's objects are the very same versions."""
    store = place.notion.workspace.store
    before = sorted((p, p.stat().st_mtime_ns) for p in place.root.rglob("*"))
    objects = [dict(store.databases), dict(store.data_sources), dict(store.pages)]
    found(place, code=0)
    assert sorted((p, p.stat().st_mtime_ns) for p in place.root.rglob("*")) == before
    after = [store.databases, store.data_sources, store.pages]
    assert all(
        old.keys() == new.keys() and all(old[key] is new[key] for key in old)  # type: ignore[attr-defined,index]
        for old, new in zip(objects, after, strict=True)
    )


def test_without_a_token_the_rest_is_looked_at(place: Newcomer) -> None:
    """It is a problem, and all offline checks are still reported."""
    del place.environ["NOTION_TOKEN"]
    asked = len(place.asked)
    checks = found(place, code=1)
    assert levels(checks, "token") == ["failure"]
    assert levels(checks, "schema") == levels(checks, "vocabulary Tags") == ["pass"]
    assert "NOTION_TOKEN" in checks["token"][0]["fix"]
    assert levels(found(place, "--offline", code=0), "token") == ["pass"]
    assert len(place.asked) == asked


@pytest.mark.parametrize("token", ["ntn_another", "with a space", "nön-ascii"])
def test_a_token_that_is_no_good(place: Newcomer, token: str) -> None:
    """One that Notion does not know, or that cannot be sent, is a problem and never shown."""
    place.environ["NOTION_TOKEN"] = token
    ended = place.run("doctor")
    assert ended.code == 1
    assert "failure  token" in ended.out
    assert token not in ended.out + ended.err
    assert "pass     schema" in ended.out


def test_a_database_that_is_not_there_or_not_shared(place: Newcomer) -> None:
    """It is a problem with what to do, and inserting is asked about all the same."""
    checks = found(place, "--database", "0f0e0d0c-0b0a-4908-8706-050403020100", code=1)
    assert levels(checks, "database") == ["failure"]
    assert "Connections" in checks["database"][0]["fix"]
    assert levels(checks, "capability insert") == ["pass"]
    place.notion.trash_database(place.databases[0])
    assert "in the trash" in found(place, code=1)["database"][0]["found"]


def test_a_repository_without_an_address_is_a_note(place: Newcomer) -> None:
    """Its consequence is reported; with the remote that the remedy names, a page is kept."""
    place.origin = ""
    [check] = found(place, code=0)["repository"]
    assert check["level"] == "warning"
    assert "git remote add origin" in check["fix"]
    place.origin = "git@github.com:octo/mods.git"
    [check] = found(place, code=0)["repository"]
    assert (check["level"], "github.com/octo/mods" in check["found"]) == ("pass", True)
    assert place.run("sync", "--all").code == 0
    [manifest] = place.root.glob("**/module.manifest.json")
    manifest.write_text(manifest.read_text().replace('"alpha"', '"omega"'))
    assert place.run("sync", "--all").code == 0
    assert [page["Module"] for page in place.notion.pages()] == ["omega"]


def test_no_database_at_all(tmp_path: Path) -> None:
    """Before a set-up it is said how to make one; missing workflows and vocabularies are notes."""
    place = newcomer(tmp_path / "r", {"module": "alpha"})
    checks = found(place, code=1)
    assert "init --parent" in checks["database"][0]["fix"]
    assert levels(checks, "workflows") == levels(checks, "vocabulary Tags") == ["warning"]
    assert [c["subject"] for c in _problems(checks)] == ["database"]
    place.notion.close()


def _problems(checks: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [c for listed in checks.values() for c in listed if c["level"] == "failure"]


@pytest.mark.parametrize(("name", "new"), [("Module", "Name"), ("SLA p95", "SLA 95")])
def test_a_renamed_property_is_to_be_named_as_before(place: Newcomer, name: str, new: str) -> None:
    """The title cannot be added, and a new column would leave all values in the old one."""
    place.notion.rename_property(name, new)
    checks = found(place, code=1)
    [check] = [c for c in checks["properties"] if c["level"] == "failure"]
    assert f"'{new}'" in check["found"]
    first, _, rest = check["fix"].partition("in Notion")
    assert "ename it" in first
    assert f"to '{name}'" in first
    assert ("init" in rest) is (name != "Module")


def test_properties(place: Newcomer) -> None:
    """A missing one and one of another type are problems, a missing optional one is a note."""
    place.notion.remove_property("Tags")
    place.notion.remove_property("Coverage")
    place.notion.remove_property("Features")
    place.notion.add_property("Features", "rich_text")
    checks = found(place, code=1)
    assert sorted(levels(checks, "properties")) == ["failure", "failure", "warning"]
    said = " ".join(check["found"] for check in checks["properties"])
    for name in ("'Tags'", "'Coverage' not found", "'Features' has the type rich_text"):
        assert name in said
    assert "options Features" not in checks


def test_options(place: Newcomer) -> None:
    """What is missing, what waits, and what is outside the vocabulary, each with a fix."""
    place.notion.add_option("Tags", "by hand")
    names = ["search", "export", *(f"f{n}" for n in range(120))]
    (place.root / "vocab/features.json").write_text(json.dumps(names))
    checks = found(place, code=0)
    said = [check["found"] for check in checks["options Features"]]
    assert said[0] == "Notion does not have 98 names of the vocabulary yet."
    assert "Notion gets 22 names with the first page" in said[1]
    [runtime] = checks["options Tags"]
    assert "'by hand'" in runtime["found"]
    assert "--prune" in runtime["fix"]


def test_a_schema_beyond_notions_recommendation(place: Newcomer) -> None:
    """Several hundred names are warned of."""
    names = ["tier:1", *(f"{n:03}" + "x" * 90 for n in range(400))]
    (place.root / "vocab/tags.json").write_text(json.dumps(names))
    assert levels(found(place, code=0), "options") == ["warning"]


@pytest.mark.parametrize(
    ("capabilities", "lacking"),
    [
        (("read",), ["capability update", "capability insert"]),
        (("read", "insert"), ["capability update"]),
        (("read", "update"), ["capability insert"]),
        (("insert", "update"), ["capability read", "capability insert"]),
    ],
)
def test_a_capability_that_is_missing(
    place: Newcomer, capabilities: tuple[str, ...], lacking: list[str]
) -> None:
    """Each is a problem of its own, with where to allow it."""
    limited = newcomer(place.root, capabilities=capabilities)
    ids = limited.notion.create_database("Modules", {"Module": "title"})
    problems = _problems(found(limited, "--database", ids.database_id, code=1))
    assert [c["subject"] for c in problems if c["subject"] != "properties"] == lacking
    assert all("integration" in c["fix"] for c in problems if "capability" in c["subject"])
    limited.notion.close()


def test_a_preview_token_need_not_write(place: Newcomer) -> None:
    """With ``--read-only`` a token that may only read is right, and one that may more is noted."""
    assert set(levels(found(place, "--read-only", code=0), "capability insert")) == {"warning"}
    store = place.notion.workspace
    object.__setattr__(store, "capabilities", frozenset({"read"}))
    assert levels(found(place, "--read-only", code=0), "capability update") == ["pass"]
    assert levels(found(place, code=1), "capability update") == ["failure"]


@pytest.mark.parametrize(
    ("rate", "level"), [("3", "pass"), ("10", "warning"), ("11", "warning"), ("0.5", "pass")]
)
def test_the_rate_beside_what_notion_allows(place: Newcomer, rate: str, level: str) -> None:
    """180 a minute on every plan, 600 on the largest, and nowhere more."""
    place.environ["NOTION_RATE_LIMIT"] = rate
    assert levels(found(place, "--offline", code=0), "rate") == [level]


def test_the_largest_plans_are_told_how_to_be_faster(place: Newcomer) -> None:
    """With the default, doctor names the setting; with it set, how far the rate may rise."""
    for rate, said in (("3", "NOTION_RATE_LIMIT=auto"), ("auto", "rises up to 600")):
        place.environ["NOTION_RATE_LIMIT"] = rate
        [check] = found(place, "--offline", code=0)["rate"]
        assert check["level"] == "pass"
        assert said in str(check)


def test_what_is_wrong_in_files_is_told_with_its_place(place: Newcomer) -> None:
    """Schema, vocabulary and manifest: each a problem, none hides another."""
    (place.root / "schemas/module.manifest.schema.json").write_text('{"type": "objekt"}')
    (place.root / "vocab/tags.json").write_text('["a, b"]')
    (place.root / "vocab/features.json").write_text("{")
    checks = found(place, code=1)
    subjects = [check["subject"] for check in _problems(checks)]
    assert subjects == ["schema", "vocabulary Features", "vocabulary Tags"]
    assert all(check["fix"] for check in _problems(checks))
    assert levels(checks, "database") == ["pass"]


def test_violations_of_manifests_are_one_problem(place: Newcomer) -> None:
    """With how many there are, the first one's place, and the command that shows all."""
    place.edit("alpha", features=["serch"], tags=["tier:9"])
    [said] = _problems(found(place, code=1))
    assert "2 violations in 1 file," in said["found"]
    assert "alpha/module.manifest.json:1" in said["found"]
    assert "validate --all" in said["fix"]


def test_names_that_are_left_out_on_purpose_are_no_problem(place: Newcomer) -> None:
    """The configuration asks for it, and a sync says which names they are."""
    (place.root / "lukhas-notion.toml").write_text(
        '[properties."Uses"]\ntype = "relation"\nfrom = "/uses"\nmissing = "leave-out"\n'
        'required = false\n[properties."Gone"]\ntype = "url"\nfrom = "/gone"\nrequired = false\n'
    )
    place.edit("alpha", uses=["nothing"])
    checks = found(place, "--offline", code=0)
    said = [each["found"] for each in checks["mapping"]]
    assert [text.partition(":")[0] for text in said] == ["[properties] Gone"]


def test_a_schema_that_refuses_most_manifests_is_doubted(place: Newcomer) -> None:
    """The warning says how to name another one."""
    file = place.root / "schemas/module.manifest.schema.json"
    file.write_text('{"required": ["nothing"]}')
    for name in ("b", "c", "d", "e", "f"):
        place.write(name, {"module": name})
    [doubt] = [each for each in found(place, code=1)["schema"] if each["level"] == "warning"]
    assert "it may be the wrong one" in doubt["found"]


def test_folders_that_are_passed_over(place: Newcomer) -> None:
    """Those of the configuration are named; the usual ones only where no manifest was found."""
    for name in ("build", ".hidden", "node_modules", "old"):
        place.write(f"{name}/x", {"module": name})
    with (place.root / "lukhas-notion.toml").open("a") as file:
        file.write('[manifests]\nexclude = ["old/"]\n')
    listed = found(place, code=0)["manifests"]
    assert [c["found"] for c in listed][1:] == ["Not searched: old/."]
    place.manifest("alpha").unlink()
    listed = found(place, code=0)["manifests"]
    assert [c["level"] for c in listed] == ["warning", "pass"]
    assert listed[1]["found"] == "Not searched: build/, node_modules/, old/, schemas/."


TEAM = """
[properties."Team"]
type = "select"
from = "/team"
"""


def with_team(place: Newcomer) -> None:
    """Map a select property that has no vocabulary, and use it."""
    with (place.root / "lukhas-notion.toml").open("a") as file:
        file.write(TEAM)
    place.edit("alpha", team="riders")


def test_a_vocabulary_that_init_does_not_write(place: Newcomer) -> None:
    """How to write one is said, and init is not proposed."""
    with_team(place)
    [check] = found(place, "--offline", code=1)["vocabulary Team"]
    assert "init" not in check["fix"]
    assert '[vocabularies]: "Team" = "vocab/….json"' in check["fix"]


def test_an_option_for_which_a_sync_would_refuse(place: Newcomer) -> None:
    """Nothing is not wrong where a sync would end red: it is a problem, with its remedy."""
    with_team(place)
    with (place.root / "lukhas-notion.toml").open("a") as file:
        file.write("vocabulary = false\n")
    assert place.run("init").code == 0
    assert place.run("sync", "--all").code == 1
    [check] = _problems(found(place, code=1))
    assert check["subject"] == "options Team"
    assert '"riders" in alpha/module.manifest.json' in check["found"]
    assert "Add the option in Notion. Or: List the allowed names in a file" in check["fix"]


def test_an_option_that_differs_by_case(place: Newcomer) -> None:
    """It cannot be added beside the other, so backfill is not proposed."""
    place.notion.remove_option("Features", "search")
    place.notion.add_option("Features", "SEARCH")
    [check] = _problems(found(place, code=1))
    assert "Rename the option 'SEARCH' to 'search'" in check["fix"]


def test_a_broken_configuration_is_a_finding(place: Newcomer) -> None:
    """It is reported with its line, and the workflows are still checked."""
    (place.root / "lukhas-notion.toml").write_text("[notion]\ndatabse = 1\n")
    checks = found(place, code=1)
    assert "lukhas-notion.toml:2" in checks["configuration"][0]["found"]
    assert levels(checks, "notion-apply.yml (job apply)") == ["pass"]
    assert place.run("doctor", "--root", str(place.root / "nowhere")).code == 2


def test_a_notion_that_cannot_be_reached(place: Newcomer) -> None:
    """It is a problem and no traceback, wherever the connection fails."""
    kinds = ("users.me", "databases.retrieve", "data_sources.retrieve", "data_sources.update")
    for kind in kinds:
        place.breaks(FaultRule(kind, "drop", probability=1.0))
        ended = place.run("doctor", "--max-retries", "0")
        assert "Traceback" not in ended.err
        # Of the last one it is said that it could not be told, which is no fault of the set-up.
        assert ended.code == (0 if kind == kinds[-1] else 1), kind
    place.breaks(FaultRule("users.me", "429", (1, 2), retry_after=1))
    assert place.run("doctor").code == 0


def test_a_deadline_ends_it_with_what_was_found(place: Newcomer) -> None:
    """The checks made until then are reported."""
    place.breaks(FaultRule("data_sources.retrieve", "429", probability=1.0, retry_after=30))
    ended = place.run("doctor", "--deadline", "10")
    assert ended.code == 1
    assert "pass     token" in ended.out
    assert "deadline" in ended.out


def test_workflows_are_found_at_the_top_of_the_checkout(place: Newcomer) -> None:
    """From a part of a repository the whole one's are looked at."""
    (place.root / ".git").mkdir()
    part = place.root / "services"
    part.mkdir()
    checks = found(place, "--offline", "--root", str(part), code=0)
    assert levels(checks, "notion-apply.yml (job apply)") == ["pass"]


def test_hostile_workflows_are_refused_and_told(place: Newcomer) -> None:
    """Neither a link out nor a pipe is read; each is reported, escaped, and the rest is checked."""
    folder = place.root / ".github/workflows"
    (folder / "a\x1b[31m.yml").write_text("lukhas-notion/lukhas-notion: [")
    (folder / "b.yaml").symlink_to("/etc/hostname")
    os.mkfifo(folder / "c.yml")
    (folder / "d.yml").write_text(
        "on: push\njobs: {'::error::x': {steps: [{uses: lukhas-notion/lukhas-notion@v1}]}}\n"
    )
    ended = place.run("doctor", "--offline")
    assert ended.code == 1
    assert "\x1b" not in ended.out
    assert "outside the repository" in ended.out
    assert "a pipe" in ended.out
    assert "notion-apply.yml (job apply)" in ended.out
    assert not any(line.startswith("::") for line in ended.out.splitlines())


def without_users(place: Newcomer) -> None:
    """Take the capability to read user information away."""
    said = {"object": "error", "status": 403, "code": "restricted_resource", "message": "No."}

    def alter(request: httpx.Request, answer: Any) -> Any:
        if request.url.path.endswith("/users/me"):
            return httpx.Response(403, json=said)
        return answer

    place.alter = alter


def test_a_token_that_may_not_read_users_is_examined_all_the_same(place: Newcomer) -> None:
    """Notion knows it, so everything else is asked, and the capability is named."""
    without_users(place)
    checks = found(place, code=0)
    (check,) = checks["token"]
    assert check["level"] == "warning"
    assert "read user information" in check["fix"]
    assert levels(checks, "capability update") == ["pass"]


def test_a_verification_does_without_names(place: Newcomer) -> None:
    """Who edited a page cannot be said; that it was edited is."""
    assert place.run("sync", "--all").code == 0
    place.notion.edit_page(place.notion.pages()[0]["id"], {"Description": "edited"})
    without_users(place)
    ended = place.run("verify")
    assert ended.code == 1
    assert "edited" in ended.out


@pytest.mark.parametrize(
    ("value", "expected"), [(85, ["warning", "pass"]), (0.85, ["pass"]), (None, ["pass"])]
)
def test_numbers_that_notion_shows_a_hundred_times_as_large(
    place: Newcomer, value: float | None, expected: list[str]
) -> None:
    """A percent column is reported only if a manifest has a value above 1."""
    place.write("alpha", {**alpha(), "testing": {"coverage_observed": value}} if value else alpha())
    source = place.notion.workspace.store.data_sources[place.source]
    column = source.find("Coverage")
    assert column is not None
    percent = replace(column, number_format="percent")
    shown = replace(source, properties=source.with_property(percent))
    place.notion.workspace.store.commit(shown)
    checks = found(place, code=0)
    assert sorted(levels(checks, "properties"), reverse=True) == expected
    if value == 85:
        assert "85 is shown as 8,500 %" in checks["properties"][-1]["found"]
