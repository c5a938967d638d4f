"""``init --from`` as a user runs it: files of a shape that nobody designed for this tool."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.setup import Newcomer, newcomer

PATTERN = "services/*/service.json"
EXPECTED = {
    "Name": "title",
    "Slug": "rich_text",
    "Summary": "rich_text",
    "Team": "select",
    "Tags": "multi_select",
    "Tier": "number",
    "Public": "checkbox",
    "Runbook": "url",
    "Since": "date",
    "Provenance SHA": "rich_text",
    "Updated At": "date",
}


def service(number: int, **changed: Any) -> dict[str, Any]:
    """Return one descriptor."""
    return {
        "$schema": "https://example.org/service.json",
        "slug": f"svc-{number}",
        "name": f"Service {number}",
        "summary": f"Does the thing that number {number} asks for, and tells about it.",
        "team": ("riders", "pay", "maps")[number % 3],
        "tags": ["internal", ("go", "python")[number % 2]],
        "tier": number % 4,
        "public": number % 2 == 0,
        "runbook": f"https://runbooks.example.org/{number}",
        "since": f"20{10 + number}-05-01",
        "generatedAt": f"2026-01-01T00:00:0{number % 10}Z",
        **changed,
    }


def put(place: Newcomer, number: int, value: Any) -> None:
    """Write one descriptor's file."""
    file = place.root / f"services/s{number}/service.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=2) if isinstance(value, dict) else value)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Newcomer]:
    """Make a repository with twelve services, and no set-up of any kind."""
    made = newcomer(tmp_path / "repository")
    for number in range(12):
        put(made, number, service(number))
    yield made
    made.notion.close()


def test_one_command_makes_a_database_that_a_sync_fills(place: Newcomer) -> None:
    """The types are those of the values, and the pages say what the files say, without an edit."""
    ended = place.init("--from", PATTERN)
    assert ended.code == 0, ended.err
    assert place.properties == EXPECTED
    assert set(place.notion.options("Team")) == {"riders", "pay", "maps"}
    assert place.run("validate", "--all").code == 0
    assert place.run("sync", "--all").code == 0
    pages = {page["Name"]: page for page in place.notion.pages()}
    assert len(pages) == 12
    assert pages["Service 3"]["Team"] == "riders"
    assert pages["Service 3"]["Tags"] == ["internal", "python"]
    assert pages["Service 3"]["Runbook"] == "https://runbooks.example.org/3"
    assert place.run("doctor").code == 0


def test_what_changes_by_itself_writes_no_page(place: Newcomer) -> None:
    """A new ``generatedAt`` in every file is no change."""
    place.init("--from", PATTERN)
    assert place.run("sync", "--all").code == 0
    writes = place.writes
    for number in range(12):
        put(place, number, service(number, generatedAt="2027-01-01T00:00:00Z"))
    assert place.run("sync", "--all").code == 0
    assert place.writes == writes


def test_a_dry_run_shows_all_and_writes_nothing(place: Newcomer) -> None:
    """The table has the types and values, and what was left out has its reason."""
    before = place.files()
    ended = place.init("--from", PATTERN, "--dry-run")
    assert ended.code == 0, ended.err
    assert place.files() == before
    assert place.databases == []
    rows = {line.split("  ")[0]: line for line in ended.out.splitlines()}
    for word in ("Team", "select", "/team", "12", "riders · pay · maps"):
        assert word in rows["Team"]
    assert "key       /slug" in ended.out
    assert "volatile  /generatedAt" in ended.out
    assert "left out  /$schema: its key is one that tools write for themselves" in ended.out
    assert "file      + lukhas-notion.toml" in ended.out


def test_without_a_page_the_files_are_written_and_notion_is_not_asked(place: Newcomer) -> None:
    """The database comes with a second command, which completes it by the same mapping."""
    ended = place.run("init", "--from", PATTERN, "--json")
    assert ended.code == 0, ended.err
    assert place.asked == []
    assert ended.document["database_id"] is None
    assert ended.document["proposal"]["key"] == "/slug"
    types = {each["name"]: each["type"] for each in ended.document["proposal"]["properties"]}
    assert types.items() <= EXPECTED.items()
    written = tomllib.loads((place.root / "lukhas-notion.toml").read_text())
    assert written["manifests"] == {"include": [PATTERN]}
    assert written["provenance"] == {"volatile": ["/generatedAt"]}
    assert set(written["vocabularies"]) == {"Team", "Tags"}
    assert place.run("validate", "--all").code == 0
    assert place.init().code == 0
    assert place.properties == EXPECTED


def test_a_value_that_no_vocabulary_has_is_a_violation_afterwards(place: Newcomer) -> None:
    """What is written holds new files to what the old ones have in common."""
    place.run("init", "--from", PATTERN)
    put(place, 1, service(1, team="ryders", public="yes"))
    ended = place.run("validate", "--all")
    assert ended.code == 1
    assert '"ryders"' in ended.out
    assert '"yes" is text; it must be true or false' in ended.out


def test_a_configuration_that_is_there_is_not_written_over(place: Newcomer) -> None:
    """Somebody may have spent an afternoon on it."""
    place.run("init", "--from", PATTERN)
    before = place.files()
    ended = place.run("init", "--from", PATTERN)
    assert ended.code == 2
    assert "lukhas-notion.toml exists already" in ended.err
    assert place.files() == before


def test_gates_from_before_are_named(place: Newcomer) -> None:
    """A schema and a vocabulary of other files stay, and the output says how to get new ones."""
    place.run("init", "--from", PATTERN)
    (place.root / "lukhas-notion.toml").unlink()
    ended = place.run("init", "--from", PATTERN)
    assert ended.code == 0, ended.err
    for path in ("schemas/module.manifest.schema.json", "vocab/team.json", "vocab/tags.json"):
        assert f"note: {path} was there before, and is kept: the manifests have" in ended.out
    assert ".yml was there before" not in ended.out


@pytest.mark.parametrize("folder", ["services/", "services", "./services"])
def test_a_folder_means_the_descriptors_below_it(place: Newcomer, folder: str) -> None:
    """What else is in it, such as a README, is no descriptor, and the pattern is shown and kept."""
    (place.root / "services/README.md").write_text("# Services\n")
    (place.root / "services/s1/README.md").write_text("# One\n")
    ended = place.run("init", "--from", folder)
    assert ended.code == 0, ended.err
    assert f"12 manifests: {PATTERN}" in ended.out
    written = tomllib.loads((place.root / "lukhas-notion.toml").read_text())
    assert written["manifests"]["include"] == [PATTERN]


def test_the_root_itself_and_a_folder_with_one_file_mean_their_descriptors(place: Newcomer) -> None:
    """The only file of a named folder is a descriptor."""
    (place.root / "libs").mkdir()
    (place.root / "libs/parser.yaml").write_text("name: parser\nteam: core\n")
    assert f"12 manifests: {PATTERN}" in place.run("init", "--from", ".", "--dry-run").out
    assert "1 manifest: libs/parser.yaml" in place.run("init", "--from", "libs", "--dry-run").out


def test_the_database_that_is_made_later_is_named_in_the_configuration(place: Newcomer) -> None:
    """The id is the only line that is added, and nothing about it is left to do."""
    place.run("init", "--from", PATTERN)
    file = place.root / "lukhas-notion.toml"
    before = file.read_text()
    shown = place.init("--dry-run")
    assert "lukhas-notion.toml gets the database's id" in shown.out
    assert file.read_text() == before
    ended = place.init("--json")
    assert ended.code == 0, ended.err
    assert file.read_text() == f'{before}database = "{place.databases[0]}"\n'
    said = " ".join(ended.document["left"])
    assert "Name the database" not in said
    assert "Commit lukhas-notion.toml." in said
    assert place.run("sync", "--all").code == 0


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        (["nowhere/*.json"], "No file matches"),
        (["docs"], '"docs" is a folder without any JSON or YAML file'),
        (["services/s1/service.json", "services/s2/service.json"], "Put the pattern in quotes"),
        (["services/[s*/service.json"], "services/[s*/service.json"),
    ],
)
def test_a_pattern_that_is_none(place: Newcomer, patterns: list[str], said: str) -> None:
    """A usage error says what is wrong with it, and nothing is written."""
    (place.root / "docs").mkdir()
    before = place.files()
    ended = place.run("init", "--from", *patterns)
    assert ended.code == 2, ended.out
    assert said in ended.err
    assert place.files() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "services/s1/service.json:1"),
        ("[1]", "a manifest is an object"),
        ("x" * 1_100_000, "larger than 1,048,576 bytes"),
        ('{"name": "a", "name": "b"}', "twice"),
    ],
)
def test_a_file_that_cannot_be_read_stops_it(place: Newcomer, text: str, said: str) -> None:
    """It would be a violation afterwards, so it is one before anything is written."""
    put(place, 1, text)
    before = place.files()
    ended = place.init("--from", PATTERN)
    assert ended.code == 1
    assert said in ended.out
    assert place.files() == before
    assert place.databases == []


def test_files_of_one_name_are_called_by_their_folders(place: Newcomer) -> None:
    """The pages are distinguished by the folders of their files."""
    for number in range(12):
        put(place, number, {"name": "same", "tier": number})
    ended = place.init("--from", PATTERN)
    assert ended.code == 0, ended.err
    assert place.run("sync", "--all").code == 0
    folders = {page["Folder"] for page in place.notion.pages()}
    assert folders == {f"services/s{number}" for number in range(12)}


def test_files_that_nothing_tells_apart_have_no_title(place: Newcomer) -> None:
    """It is said what a title would be, and which two have the nearest one in common."""
    for number in range(12):
        file = place.root / f"flat/{number}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"name": "same", "tier": number}))
    ended = place.run("init", "--from", "flat/*.json")
    assert ended.code == 2
    assert "There is no title in 12 manifests: no text is in all of them, short" in ended.err
    assert "The nearest is /name, which is the same in flat/0.json and flat/1.json." in ended.err


def test_manifests_of_one_file_are_counted_one_by_one(place: Newcomer) -> None:
    """Several documents of a YAML file are several manifests, in the proposal and its errors."""
    (place.root / "services.yaml").write_text("---\n".join(f"name: s{n}\n" for n in range(3)))
    ended = place.run("init", "--from", "services.yaml", "--dry-run")
    assert "3 manifests: services.yaml" in ended.out
    (place.root / "services.yaml").write_text("---\n".join(["name: same\n"] * 3))
    ended = place.run("init", "--from", "services.yaml", "--dry-run")
    assert "which is the same in services.yaml#0 and services.yaml#1." in ended.err


def test_plain_init_names_the_files_of_another_shape(place: Newcomer) -> None:
    """The database of the default shape would be the wrong one, so that none is made."""
    ended = place.init()
    assert ended.code == 2
    found = "12 files look like descriptors of modules, such as services/s0/service.json"
    assert found in ended.err
    assert f"lukhas-notion init --from '{PATTERN}'" in ended.err
    assert place.databases == []


def test_plain_init_without_a_page_names_the_files_of_another_tool(tmp_path: Path) -> None:
    """Another tool's files may be what the user wants to show, so the error names the command."""
    place = newcomer(tmp_path / "repository")
    for name in ("package.json", "a/package.json", "b/package.json", "c/package.json"):
        (place.root / name).parent.mkdir(exist_ok=True)
        (place.root / name).write_text('{"name": "x"}')
    ended = place.run("init")
    assert ended.code == 2
    assert "Name the page with --parent" in ended.err
    assert "To set up from those: `lukhas-notion init --from '*/package.json'`." in ended.err


def test_hostile_values_stay_in_their_comment(place: Newcomer) -> None:
    """A value can end neither a line nor a text of the configuration, and no terminal obeys it."""
    for number in range(12):
        text = f"a\n[run]\nledger = '{number}'\x1b[31m"
        put(place, number, service(number, **{"x\n[notion]\ndatabase": text}))
    ended = place.run("init", "--from", PATTERN)
    assert ended.code == 0, ended.err
    assert "\x1b" not in ended.out
    written = tomllib.loads((place.root / "lukhas-notion.toml").read_text())
    assert "run" not in written
    assert written["notion"] == {}


def test_references_readmes_and_long_texts(place: Newcomer) -> None:
    """What leads to another file is a relation, and a README becomes the body of a page."""
    for number in range(12):
        needs = [f"service:svc-{(number + step) % 12}" for step in (1, 2)]
        put(place, number, service(number, needs=needs))
        readme = place.root / f"services/s{number}/README.md"
        readme.write_text(f"# Service {number}\n\nHow to run it.\n")
    ended = place.init("--from", PATTERN)
    assert ended.code == 0, ended.err
    assert "body      README.md" in ended.out
    assert place.properties["Needs"] == "relation"
    assert place.run("validate", "--all").code == 0
    assert place.run("sync", "--all").code == 0
    pages = {page["Name"]: page for page in place.notion.pages()}
    assert sorted(pages["Service 3"]["Needs"]) == ["Service 4", "Service 5"]
    assert "How to run it." in place.notion.body(pages["Service 3"]["id"])


CATALOG = """\
kind: Component
metadata: {name: search, tags: [go, http]}
spec: {owner: "group:default/find", dependsOn: ["component:default/index"]}
---
kind: Component
metadata: {name: index, tags: [go]}
spec: {owner: "group:default/find", dependsOn: ["component:default/mail"]}
---
kind: Component
metadata: {name: mail, tags: [http]}
spec: {owner: "group:default/pay"}
"""


def test_yaml_with_several_documents_in_a_file(place: Newcomer) -> None:
    """Each document is a module, and references within the file are relations."""
    file = place.root / "catalog/all.yaml"
    file.parent.mkdir()
    file.write_text(CATALOG, encoding="utf-8")
    ended = place.init("--from", "catalog/*.yaml")
    assert ended.code == 0, ended.err
    assert place.properties["Depends on"] == "relation"
    assert place.run("validate", "--all").code == 0
    assert place.run("sync", "--all").code == 0
    pages = {page["Name"]: page for page in place.notion.pages()}
    assert set(pages) == {"search", "index", "mail"}
    assert pages["search"]["Depends on"] == ["index"]
    assert pages["search"]["Tags"] == ["go", "http"]


@pytest.mark.parametrize(
    ("text", "line", "pages"),
    [
        (
            CATALOG.replace("name: index", "name: search").replace("Component", "API", 1),
            "where     /kind = Component",
            {"search", "mail"},
        ),
        (
            "services:\n- {name: search}\n- {name: index}\n",
            "items     /services/*",
            {"search", "index"},
        ),
    ],
)
def test_a_part_of_the_values_is_proposed(
    place: Newcomer, text: str, line: str, pages: set[str]
) -> None:
    """One kind of the documents, or the entries of the only list, and what is written fits."""
    (place.root / "all.yaml").write_text(text, encoding="utf-8")
    ended = place.init("--from", "all.yaml")
    assert ended.code == 0, ended.err
    assert line in ended.out.splitlines()
    assert place.run("sync", "--all").code == 0
    assert {page["Name"] for page in place.notion.pages()} == pages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "services/s1/service.yaml"),
        ("a: &x [*x]", "services/s1/service.yaml"),
        ("a: 1\na: 2", "twice"),
        ("- 1\n- 2", "this is a list"),
        ("a:\n\t- b", "tab"),
        ("name: {{ .Values.name }}", "services/s1/service.yaml"),
    ],
)
def test_yaml_that_cannot_be_read_stops_it(place: Newcomer, text: str, said: str) -> None:
    """With the file and what is wrong; nothing is written."""
    (place.root / "services/s1/service.yaml").write_text(text, encoding="utf-8")
    before = place.files()
    ended = place.init("--from", "services/*/service.yaml")
    assert ended.code == 1, ended.out + ended.err
    assert said in ended.out
    assert place.files() == before
    assert place.databases == []


# --- another database --------------------------------------------------------------------------


def test_another_database_where_one_is_named(place: Newcomer) -> None:
    """``--again`` makes it, leaves the old one, and says where its id goes."""
    assert place.init("--from", PATTERN).code == 0
    ended = place.run("init", "--parent", place.page, "--again")
    assert ended.code == 0, ended.err
    old, new = place.databases
    assert f'write database = "{new}" under [notion]' in ended.out
    text = (place.root / "lukhas-notion.toml").read_text()
    assert old in text
    (place.root / "lukhas-notion.toml").write_text(text.replace(old, new))
    assert place.run("sync", "--all").code == 0
    assert "--parent" in place.run("init", "--again").err


def test_a_database_made_by_hand_is_adopted(place: Newcomer) -> None:
    """Names and types that differ are corrected in the proposal, which is written for that."""
    made = place.notion.create_database("Ours", {"Service": "title", "Tier": "rich_text"})
    page = place.notion.create_page(made.data_source_id, {"Service": "Service 3"})
    words = ("init", "--from", PATTERN, "--database", made.database_id)
    before = place.files()
    assert place.run(*words, "--dry-run").code == 2
    assert place.files() == before

    ended = place.run(*words)

    assert ended.code == 2
    assert "correct lukhas-notion.toml, and run `lukhas-notion init`." in ended.err
    assert 'rename [properties."Name"] to [properties."Service"] in lukhas-notion.toml' in ended.err
    assert 'under [properties."Tier"], write type = "rich_text"' in ended.err
    file = place.root / "lukhas-notion.toml"
    text = file.read_text().replace('[properties."Name"]', '[properties."Service"]')
    file.write_text(text.replace('type = "number"', 'type = "rich_text"'))
    ended = place.run("init")
    assert ended.code == 0, ended.err
    assert place.run("sync", "--all").code == 0
    pages = place.notion.pages()
    assert len(pages) == 12
    assert {each["Tier"] for each in pages if each["id"] == page} == {"3"}


def test_a_mapping_that_changed_is_completed(place: Newcomer) -> None:
    """``init`` adds the column of a property that is mapped newly, and nothing else."""
    assert place.init("--from", PATTERN).code == 0
    file = place.root / "lukhas-notion.toml"
    mapped = '[properties."Text"]\ntype = "rich_text"\nfrom = "/summary"\n\n[notion]'
    file.write_text(file.read_text().replace("[notion]", mapped))
    ended = place.run("init")
    assert ended.code == 0, ended.err
    assert "property  + Text (rich_text)" in ended.out
    assert place.properties["Text"] == "rich_text"
