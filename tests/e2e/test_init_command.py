"""``init`` as a user runs it."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.setup import FILES, Newcomer, alpha, newcomer

from lukhas_notion.config.config import DEFAULT_PROPERTIES
from lukhas_notion.emulator import DatabaseIds
from lukhas_notion.plan.database import color_of

EVERY = {p.name: p.type.value for p in DEFAULT_PROPERTIES}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Newcomer]:
    """Make a repository with one module, and no set-up of any kind."""
    made = newcomer(tmp_path / "repository", alpha())
    yield made
    made.notion.close()


def existing(place: Newcomer, properties: dict[str, object]) -> DatabaseIds:
    """Make a database by hand and configure it."""
    ids = place.notion.create_database("By hand", properties)
    place.environ["NOTION_DATABASE_ID"] = ids.database_id
    return ids


# --- a new database -----------------------------------------------------------------------------


def test_init_makes_the_database_and_the_files(place: Newcomer) -> None:
    """One command: every property, every option with its colour, every file; then sync works."""
    ended = place.init()

    assert ended.code == 0, ended.err
    assert place.properties == EVERY
    assert place.notion.options("Features") == {n: color_of(n) for n in ("export", "search")}
    assert place.notion.options("Tags") == {"tier:1": color_of("tier:1")}
    assert set(FILES) <= set(place.files())
    assert place.run("validate", "--all").code == 0
    assert place.run("sync", "--all").code == 0
    assert set(place.pages()) == {"alpha"}
    doctor = place.run("doctor")
    assert doctor.code == 0, doctor.out


def test_the_files_are_the_packaged_ones(place: Newcomer) -> None:
    """Schema and workflows word for word, the configuration with the database, names in use."""
    place.init()
    project = Path(__file__).resolve().parents[2]
    files = place.files()
    for name in ("notion-preview.yml", "notion-apply.yml"):
        example = project / "examples/workflows" / name
        assert files[f".github/workflows/{name}"] == example.read_bytes()
    schema = project / "lukhas_notion/validate/module.manifest.schema.json"
    assert files["schemas/module.manifest.schema.json"] == schema.read_bytes()
    assert tomllib.loads(files["lukhas-notion.toml"].decode()) == {
        "notion": {"database": place.databases[0]}
    }
    assert json.loads(files["vocab/features.json"])["allowed"] == ["export", "search"]


def test_a_second_init_completes_the_same_database(place: Newcomer) -> None:
    """The configuration names it, so nothing is made, sent or written again."""
    place.init()
    before, writes = place.files(), place.writes
    again = place.init("--json")

    assert again.code == 0
    assert len(place.databases) == 1
    assert (place.files(), place.writes) == (before, writes)
    assert again.document["creates"] is False
    assert all(file["kept"] for file in again.document["files"])
    assert again.document["left"] == ["Check it all: `lukhas-notion doctor`."]


def test_a_dry_run_shows_it_all_and_writes_nothing(place: Newcomer) -> None:
    """Neither to Notion nor to any file, the ledger and its folder among them."""
    before = sorted(place.root.rglob("*"))
    ended = place.init("--dry-run")

    assert ended.code == 0
    assert "database  + Modules" in ended.out
    assert f"option    Features + search ({color_of('search')})" in ended.out
    assert "file      + .github/workflows/notion-apply.yml" in ended.out
    assert "nothing written" in ended.out
    assert place.asked == ["pages.retrieve"]
    assert place.databases == []
    assert sorted(place.root.rglob("*")) == before


def test_what_is_left_to_do_is_only_what_is_left(place: Newcomer) -> None:
    """Secrets, the branch, the vocabularies and the commit; a kept file is not in it."""
    (place.root / "vocab").mkdir()
    (place.root / "vocab/features.json").write_text('["search", "export"]')
    left = place.init("--json").document["left"]

    said = " ".join(left)
    assert "NOTION_TOKEN" in said
    assert "NOTION_DATABASE_ID" not in said
    assert "vocab/tags.json (1 name in use)" in said
    assert "vocab/features.json" not in said
    assert "Commit lukhas-notion.toml, schemas/" in said
    assert left[-1] == "Check it all: `lukhas-notion doctor`."


def test_without_manifests_the_vocabularies_are_empty_and_valid(tmp_path: Path) -> None:
    """Nothing is made up, the gate takes them, and the first manifest is what is left to do."""
    place = newcomer(tmp_path / "r")
    ended = place.init()

    assert ended.code == 0
    assert "Write the first manifest" in ended.out
    assert "vocab/features.json (empty)" in ended.out
    assert place.notion.options("Features") == {}
    assert place.run("backfill", "--features", "--tags").code == 0
    place.notion.close()


def test_the_title_and_every_spelling_of_the_parent(tmp_path: Path) -> None:
    """An id with or without hyphens, or a page's URL."""
    spell: list[Callable[[str], str]] = [
        lambda page: page,
        lambda page: page.replace("-", ""),
        lambda page: f"https://www.notion.so/work/Home-{page.replace('-', '')}?pvs=4",
    ]
    for number, spelled in enumerate(spell):
        place = newcomer(tmp_path / str(number))
        ended = place.run(
            "init", "--parent", spelled(place.page), "--title", "Our modules", "--json"
        )
        assert ended.code == 0, ended.err
        [database] = place.notion.workspace.store.databases.values()
        assert database.parent_page_id == place.page
        assert database.title[0]["plain_text"] == "Our modules"
        place.notion.close()


def test_more_than_a_hundred_names_come_later(tmp_path: Path) -> None:
    """A hundred options at once, the others with their pages; both are said."""
    names = [f"feature.{number:03}" for number in range(130)]
    half = {"module": "b", "features": names[90:]}
    place = newcomer(tmp_path / "r", {"module": "a", "features": names[:90]}, half)
    ended = place.init()

    assert ended.code == 0
    assert list(place.notion.options("Features")) == names[:100]
    assert "Features: 30 more names will be added with the pages that use them" in ended.out
    assert place.run("sync", "--all", "--backfill").code == 0
    assert set(place.notion.options("Features")) == set(names)
    place.notion.close()


def test_a_mapping_of_ones_own_is_followed(place: Newcomer) -> None:
    """Its properties, types, vocabularies and constants, and its file gets the database."""
    (place.root / "lukhas-notion.toml").write_text(
        "[mapping]\ndefaults = false\n"
        '[vocabularies]\nTeam = "vocab/teams.json"\n'
        '[properties.Name]\ntype = "title"\nfrom = "/module"\n'
        '[properties.Team]\ntype = "select"\nfrom = "/team"\n'
        '[properties.Kind]\ntype = "select"\nconstant = "module"\n'
        '[properties.Live]\ntype = "checkbox"\nfrom = "/live"\n'
        '[properties.Home]\ntype = "url"\nfrom = "/home"\nrequired = false\n'
        '[properties.Hash]\ntype = "rich_text"\nfrom = "@sha"\n'
    )
    place.edit("alpha", team="riders")
    ended = place.init()

    assert ended.code == 0, ended.err
    assert place.properties == {
        "Name": "title",
        "Team": "select",
        "Kind": "select",
        "Live": "checkbox",
        "Home": "url",
        "Hash": "rich_text",
    }
    assert list(place.notion.options("Team")) == ["riders"]
    assert list(place.notion.options("Kind")) == ["module"]
    assert json.loads(place.files()["vocab/teams.json"])["allowed"] == ["riders"]
    assert "vocab/features.json" not in place.files()
    assert (
        f'[notion]\ndatabase = "{place.databases[0]}"\n'
        in place.files()["lukhas-notion.toml"].decode()
    )
    assert place.init().code == 0
    assert len(place.databases) == 1


def test_the_ledger_is_alone_in_its_folder(place: Newcomer) -> None:
    """Nothing beside it could be committed by mistake."""
    assert place.init().code == 0
    ledger = place.root / "manifests/.ledger"
    assert [each.name for each in ledger.iterdir()] == ["notion_sync.ndjson"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("database_id", "../users/me"),
        ("database_id", "x\0y"),
        ("database_id", "\ud800"),
        ("database_id", "a" * 70_000),
        ("database_id", {"a": 1}),
        ("ts", "\ud800" * 70_000),
        ("title", "\x1b[31m" * 9_000),
        ("title", ["\ud800"]),
    ],
    ids=lambda value: str(value)[:8].encode("unicode_escape").decode(),
)
def test_a_ledger_that_somebody_wrote_is_no_accident(
    place: Newcomer, field: str, value: object
) -> None:
    """An invalid id does not count; what stays in doubt is reported in a few printable lines."""
    ledger = place.root / "manifests/.ledger/notion_sync.ndjson"
    ledger.parent.mkdir(parents=True)
    record = {"ts": "t", "action": "database-create", "status": "begun", "parent_id": place.page}
    ledger.write_text(json.dumps({**record, field: value}) + "\n")
    ended = place.init()

    assert ended.code == (0 if field == "database_id" else 1)
    assert len(ended.err.encode()) < 20_000
    assert "\x1b" not in ended.err


# --- several things at one path ------------------------------------------------------------------


def test_two_properties_may_share_a_vocabulary(place: Newcomer) -> None:
    """Its file has the names of both, as the options of both have."""
    config = '[vocabularies]\nFeatures = "vocab/all.json"\nTags = "vocab/x/../all.json"\n'
    (place.root / "lukhas-notion.toml").write_text(config)
    ended = place.init()

    assert ended.code == 0, ended.err
    allowed = json.loads(place.files()["vocab/all.json"])["allowed"]
    assert allowed == ["export", "search", "tier:1"]
    assert list(place.notion.options("Features")) == list(place.notion.options("Tags")) == allowed
    assert ended.out.count("+ vocab/all.json") == 1
    assert ended.out.count("vocab/all.json (3 names in use)") == 1


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            '[schema]\npath = "s.json"\n[vocabularies]\nTags = "s.json"',
            "s.json is used as the schema and as the vocabulary of Tags.",
        ),
        (
            '[vocabularies]\nTags = "lukhas-notion.toml"',
            "lukhas-notion.toml is used as the configuration and as the vocabulary of Tags.",
        ),
        (
            '[vocabularies]\nFeatures = "new/vocab"\nTags = "new/vocab/tags.json"',
            "new/vocab is used as the vocabulary of Features and as a folder, of",
        ),
        (
            '[run]\nledger = "vocab/tags.json"',
            "vocab/tags.json is used as the vocabulary of Tags and as the ledger.",
        ),
    ],
)
def test_one_path_for_two_things_is_refused(place: Newcomer, config: str, said: str) -> None:
    """Before anything is sent, with both named: the second would not be written."""
    (place.root / "s.json").write_text("{}")
    (place.root / "lukhas-notion.toml").write_text(config)
    before = place.files()
    ended = place.init()

    assert ended.code == 2
    assert said in ended.err
    assert (place.asked, place.files()) == ([], before)


# --- a database that is there -------------------------------------------------------------------


def test_an_existing_database_is_only_added_to(place: Newcomer) -> None:
    """What is missing comes; names, colours, options and pages of people stay as they are."""
    ids = existing(
        place,
        {
            "Module": "title",
            "Features": {"multi_select": {"options": [{"name": "search", "color": "pink"}]}},
            "Reviewer": "email",
        },
    )
    place.notion.add_option("Features", "by hand", "brown")
    page = place.notion.create_page(
        ids.data_source_id, {"Module": "x", "Features": ["by hand"], "Reviewer": "a@b.c"}
    )
    before = place.notion.options("Features")
    ended = place.run("init")

    assert ended.code == 0, ended.err
    assert place.properties == {**EVERY, "Reviewer": "email"}
    assert place.notion.options("Features") == {**before, "export": color_of("export")}
    assert place.notion.options("Tags") == {"tier:1": color_of("tier:1")}
    [kept] = place.notion.pages()
    assert (kept["id"], kept["Features"], kept["Reviewer"]) == (page, ["by hand"], "a@b.c")
    assert place.asked.count("databases.create") == 0
    assert place.told() == [
        ("database-extend", "success"),
        ("notion-backfill-apply", "success"),
    ]
    [patch] = [
        r.body["properties"]
        for r in place.notion.requests
        if r.kind == "data_sources.update" and "Features" in r.body["properties"]
    ]
    sent = patch["Features"]["multi_select"]["options"]
    assert [set(option) for option in sent] == [{"id"}, {"id"}, {"name", "color"}]


def test_a_database_is_named_in_every_usual_way(place: Newcomer) -> None:
    """By flag, by variable, or by the file; a parent beside the last two makes none."""
    ids = existing(place, {"Module": "title"})
    del place.environ["NOTION_DATABASE_ID"]
    assert place.run("init", "--database", ids.database_id).code == 0
    assert place.properties == EVERY
    place.environ["NOTION_DATABASE_ID"] = ids.database_id
    beside = place.init()
    assert beside.code == 0
    assert "no other one is created" in beside.out
    assert place.databases == [ids.database_id]


def test_a_data_source_that_is_named_is_written_down(place: Newcomer) -> None:
    """Where a database has several, the new configuration says which."""
    ids = existing(place, {"Module": "title"})
    other = place.notion.add_data_source(ids.database_id, "Others", {"Module": "title"})
    several = place.run("init")
    assert several.code == 2
    assert "2 data sources" in several.err
    assert place.run("init", "--data-source", other).code == 0
    notion = tomllib.loads(place.files()["lukhas-notion.toml"].decode())["notion"]
    assert notion == {"database": ids.database_id, "data_source": other}


def test_a_property_of_another_type_is_never_converted(place: Newcomer) -> None:
    """It is named with what to do; nothing is written, neither to Notion nor to a file."""
    existing(place, {"Module": "title", "Features": "rich_text", "Coverage": "checkbox"})
    before, files = place.properties, place.files()
    ended = place.run("init")

    assert ended.code == 2
    assert "'Features' has the type rich_text" in ended.err
    assert "'Coverage' has the type checkbox" in ended.err
    assert "Change its type to Number in Notion" in ended.err
    assert (place.properties, place.writes, place.files()) == (before, 0, files)


@pytest.mark.parametrize("words", [[], ["--dry-run"]])
def test_a_second_column_is_not_added_unsaid(place: Newcomer, words: list[str]) -> None:
    """A property that was renamed in Notion is named before anything is added beside it."""
    place.init()
    place.notion.rename_property("SLA p95", "SLA 95")
    ended = place.run("init", *words)

    assert ended.code == 0
    said = ended.out.index("note: 'SLA p95' is added next to 'SLA 95'")
    assert said < ended.out.index("property  + SLA p95 (number)")
    assert ("SLA p95" in place.properties) is (not words)


def test_a_title_by_another_name_is_never_renamed(place: Newcomer) -> None:
    """What Notion calls a new database's title has to be renamed by a person."""
    existing(place, {"Name": "title"})
    ended = place.run("init")
    assert ended.code == 2
    assert "title property is called 'Name'" in ended.err
    assert place.writes == 0


def test_a_dry_run_over_an_existing_database_sends_reads_alone(place: Newcomer) -> None:
    """Even with the token of an integration that may do nothing else."""
    made = newcomer(place.root, capabilities=("read",))
    existing(made, {"Module": "title"})
    ended = made.run("init", "--dry-run")
    assert ended.code == 0
    assert "property  + Features (multi_select)" in ended.out
    assert set(made.asked) == {"databases.retrieve", "data_sources.retrieve", "views.list"}
    made.notion.close()


# --- what goes wrong ----------------------------------------------------------------------------


def test_nothing_to_go_by_is_a_usage_error(place: Newcomer) -> None:
    """Without a database and a parent, and with both by flags, it is said what to choose."""
    neither = place.run("init")
    assert (neither.code, "--parent" in neither.err) == (2, True)
    both = place.init("--database", place.page)
    assert (both.code, "Leave out one" in both.err) == (2, True)
    no_id = place.run("init", "--parent", "Home")
    assert (no_id.code, "--parent does not contain a Notion id" in no_id.err) == (2, True)
    assert "the page's URL" in no_id.err
    long = place.init("--title", "x" * 2001)
    assert (long.code, "2,000" in long.err) == (2, True)
    assert place.asked == []


def test_no_token_and_a_wrong_token(place: Newcomer) -> None:
    """Both exit 2 with what to do, and nothing is written."""
    files = place.files()
    place.environ["NOTION_TOKEN"] = "ntn_another"
    wrong = place.init()
    assert (wrong.code, "API token is invalid" in wrong.err) == (2, True)
    del place.environ["NOTION_TOKEN"]
    none = place.init()
    assert (none.code, "NOTION_TOKEN is not set" in none.err) == (2, True)
    assert place.files() == files


def test_a_parent_that_cannot_be_used(place: Newcomer) -> None:
    """One that is not there, not shared, a database, in the trash or archived: each exits 2."""
    nowhere = place.run("init", "--parent", "0f0e0d0c-0b0a-4908-8706-050403020100")
    assert (nowhere.code, "not shared with the integration" in nowhere.err) == (2, True)
    no_uuid = place.run("init", "--parent", "1" * 32)
    assert (no_uuid.code, "is not a page" in no_uuid.err) == (2, True)
    ids = place.notion.create_database("By hand", {"Module": "title"})
    database = place.run("init", "--parent", ids.database_id)
    assert (database.code, "name it with --database" in database.err) == (2, True)
    place.notion.trash_page(place.page)
    trash = place.init()
    assert (trash.code, "is in the trash" in trash.err) == (2, True)
    place.notion.restore_page(place.page)
    place.notion.archive_page(place.page)
    archived = place.init()
    assert (archived.code, "is archived" in archived.err) == (2, True)
    assert place.writes == place.requests("databases.create") == 0
    assert place.files().keys() == {"alpha/module.manifest.json"}


@pytest.mark.parametrize("capabilities", [("read",), ("read", "update")])
def test_a_token_that_may_not_insert(tmp_path: Path, capabilities: tuple[str, ...]) -> None:
    """The refusal of the create exits 2, is in the ledger, and leaves no file behind."""
    place = newcomer(tmp_path / "r", alpha(), capabilities=capabilities)
    ended = place.init()

    assert ended.code == 2
    assert "restricted_resource" in ended.err
    assert "allow it to read, insert and update" in ended.err
    assert place.told() == [("database-create", "begun"), ("database-create", "error")]
    assert place.files().keys() == {"alpha/module.manifest.json"}
    place.notion.close()


def test_a_token_that_may_not_update(tmp_path: Path) -> None:
    """An existing database cannot be completed with it: exit 2, nothing written."""
    place = newcomer(tmp_path / "r", alpha(), capabilities=("read", "insert"))
    existing(place, {"Module": "title"})
    ended = place.run("init")
    assert (ended.code, "restricted_resource" in ended.err) == (2, True)
    assert place.told() == [("database-extend", "error")]
    assert place.properties == {"Module": "title"}
    place.notion.close()


def test_a_vocabulary_with_violations_stops_it(place: Newcomer) -> None:
    """What Notion cannot store is fixed first: exit 1, no request, nothing written."""
    (place.root / "vocab").mkdir()
    (place.root / "vocab/tags.json").write_text('["a, b"]')
    ended = place.init()
    assert ended.code == 1
    assert "vocab/tags.json:1" in ended.out
    assert place.asked == []
    assert place.init("--json").document["violations"][0]["rule"] == "vocabulary.name"


def test_names_that_notion_cannot_hold_are_left_out_and_said(tmp_path: Path) -> None:
    """The valid ones make the vocabulary; the others stay violations of their manifests."""
    place = newcomer(tmp_path / "r", {"module": "a", "features": ["a, b", "good", "Good"]})
    ended = place.init()
    assert ended.code == 0
    assert "Left out of vocab/features.json" in ended.out
    assert list(place.notion.options("Features")) == ["Good"]
    assert place.run("validate", "--all").code == 1
    place.notion.close()


def test_a_stranger_s_text_reaches_the_terminal_escaped(tmp_path: Path) -> None:
    """Names of manifests and titles come out as the same characters and as nothing else."""
    place = newcomer(tmp_path / "r", {"module": "a", "features": ["::error::x", "##[error]y"]})
    ended = place.init("--title", "\x1b[31m::warning::")
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert "##[error]" not in ended.out
    assert not any(line.startswith("::") for line in ended.out.splitlines())
    place.notion.close()


# --- files that are in the way ------------------------------------------------------------------


def test_no_file_is_ever_overwritten(place: Newcomer) -> None:
    """Whatever is there stays, byte for byte; the configuration gets the database at its end."""
    for number, name in enumerate(FILES):
        path = place.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "lukhas-notion.toml": "# mine\n",
            "schemas/module.manifest.schema.json": '{"type": "object"}\n',
            "vocab/features.json": '["search", "export"]\n',
            "vocab/tags.json": '["tier:1"]\n',
        }.get(name, f"# mine {number}\n")
        path.write_text(content)
    before = place.files()
    ended = place.init()

    assert ended.code == 0
    before[FILES[0]] += f'\n[notion]\ndatabase = "{place.databases[0]}"\n'.encode()
    assert place.files() == before
    assert all(f"file      {name} is kept" in ended.out for name in FILES[1:])
    assert "Name the database" not in ended.out
    assert "NOTION_TOKEN" not in ended.out


HOSTILE: dict[str, Callable[[Path, Path], object]] = {
    "link out": lambda path, away: path.symlink_to(away / "caught"),
    "link to nothing": lambda path, _: path.symlink_to("nowhere-at-all"),
    "pipe": lambda path, _: os.mkfifo(path),
    "folder": lambda path, _: path.mkdir(),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes or links here")
@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", FILES)
def test_what_a_stranger_put_in_the_way_is_refused(place: Newcomer, name: str, what: str) -> None:
    """It exits 2 and names the file, before anything is sent or written, and nothing is lost."""
    away = place.root.parent / "away"
    away.mkdir()
    path = place.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    HOSTILE[what](path, away)
    before = sorted(place.root.rglob("*"))
    ended = place.init()

    assert ended.code == 2, ended.out
    assert name.rsplit("/", 1)[-1] in ended.err
    assert "Traceback" not in ended.err
    assert place.asked == []
    assert sorted(place.root.rglob("*")) == before
    assert list(away.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
@pytest.mark.parametrize("folder", [".github", ".github/workflows", "vocab", "schemas"])
def test_a_folder_that_leads_out_is_refused(place: Newcomer, folder: str) -> None:
    """No file is written through it."""
    away = place.root.parent / "away"
    away.mkdir()
    path = place.root / folder
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(away)
    ended = place.init()
    assert ended.code == 2
    assert "out of the repository" in ended.err
    assert list(away.iterdir()) == []
    assert place.asked == []


def test_a_part_of_a_repository_gets_no_workflows(place: Newcomer) -> None:
    """GitHub would not find them there; it is said where they belong."""
    (place.root.parent / ".git").mkdir()
    ended = place.init()
    assert ended.code == 0
    assert not (place.root / ".github").exists()
    assert "No workflow is written" in ended.out
    assert "Set the secret NOTION_TOKEN" in ended.out
    assert "secret NOTION_TOKEN" not in place.init().out


@pytest.mark.parametrize(
    ("text", "mode"), [("notion = {}\n", 0o644), ("# mine\n", 0o444)], ids=["inline", "read-only"]
)
def test_a_configuration_that_has_no_place_for_the_database_is_kept(
    place: Newcomer, text: str, mode: int
) -> None:
    """What is left to do has the line to add."""
    file = place.root / "lukhas-notion.toml"
    file.write_text(text)
    file.chmod(mode)
    ended = place.init()
    assert ended.code == 0, ended.err
    assert file.read_text() == text
    assert "Name the database" in ended.out
    assert f'database = "{place.databases[0]}"' in ended.out


def test_a_configuration_elsewhere_is_no_other_one(place: Newcomer) -> None:
    """With ``--config`` no other one is made, and what it names is completed."""
    (place.root / "notion.toml").write_text('[vocabularies]\nFeatures = "words.json"\n')
    ended = place.init("--config", str(place.root / "notion.toml"))
    assert ended.code == 0, ended.err
    files = place.files()
    assert "lukhas-notion.toml" not in files
    assert json.loads(files["words.json"])["allowed"] == ["export", "search"]
    assert place.databases[0].encode() in files["notion.toml"]


def test_everything_else_goes_on_from_there(place: Newcomer) -> None:
    """Sync, verification, the removal of modules and the ledger take its records as they are."""
    place.init()
    place.write("beta", {"module": "beta", "features": ["search"]})
    assert place.run("sync", "--all").code == 0
    assert place.run("verify").code == 0
    place.manifest("beta").unlink()
    assert place.run("sync", "--all", "--archive-removed", "--apply", "--force", "1").code == 0
    assert set(place.pages()) == {"alpha"}
    assert place.run("verify").code == 0
    whole = place.run("ledger", "verify")
    assert (whole.code, "the chain holds" in whole.out) == (0, True)
    assert "database-create  success  Module, Description" in place.run("ledger", "show").out
