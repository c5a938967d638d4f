"""The configuration: file, environment and flags, and every error with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lukhas_notion.config import Flags, load, notion_id
from lukhas_notion.errors import ConfigError, SetupError
from lukhas_notion.values import PropertyType

ID = "0123456789abcdef0123456789abcdef"
WITH_HYPHENS = "01234567-89ab-cdef-0123-456789abcdef"


def write(root: Path, text: str) -> Path:
    """Write the configuration."""
    file = root / "lukhas-notion.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "given",
    [
        ID,
        ID.upper(),
        WITH_HYPHENS,
        f"https://www.notion.so/{ID}",
        f"https://www.notion.so/team/{ID}?v=ffffffffffffffffffffffffffffffff",
        f"https://www.notion.so/team/Module-Catalogue-{ID}?v=1#x",
        f"https://app.notion.com/p/{ID}",
        f"https://app.notion.com/p/Module-{ID}?pvs=4",
        f"  {WITH_HYPHENS} ".strip(),
    ],
)
def test_an_id_is_found_in_whatever_people_copy(given: str) -> None:
    """Ids with and without hyphens and all of Notion's URLs name the same database."""
    assert notion_id(given, "X") == WITH_HYPHENS


@pytest.mark.parametrize("given", ["modules", "https://www.notion.so/team", ID[:-1], f"{ID}a"])
def test_what_holds_no_id_is_refused_with_the_setting(given: str) -> None:
    """A value without an id names the setting it came from."""
    with pytest.raises(ConfigError, match="NOTION_DATABASE_ID"):
        notion_id(given, "NOTION_DATABASE_ID")


def test_nothing_is_needed(tmp_path: Path) -> None:
    """Without a file the default mapping, places and limits hold."""
    config = load(Flags(root=str(tmp_path)), {})

    assert [p.name for p in config.mapping.properties] == [
        "Module",
        "Description",
        "Features",
        "APIs",
        "SLA p95",
        "Coverage",
        "Provenance SHA",
        "Updated At",
        "Tags",
    ]
    assert [p.name for p in config.mapping.properties if not p.required] == ["Tags"]
    assert config.rate == 3
    assert config.ledger == tmp_path / "manifests/.ledger/notion_sync.ndjson"
    assert config.report == tmp_path / "reports/notion_sync_report.md"
    assert config.schema is None
    assert config.vocabularies == {}


def test_a_flag_beats_the_environment_beats_the_file(tmp_path: Path) -> None:
    """Each setting is taken from the first that has it."""
    write(
        tmp_path,
        f'[notion]\ndatabase = "{"1" * 32}"\nrate_limit = 1\n'
        f'data_source = "{"4" * 32}"\n[run]\nconcurrency = 2\nmax_retries = 3\ndeadline = 4.5\n',
    )
    environ = {
        "NOTION_DATABASE_ID": "2" * 32,
        "NOTION_RATE_LIMIT": "2",
        "NOTION_API_URL": "http://environ",
    }
    flags = Flags(
        root=str(tmp_path),
        database="3" * 32,
        rate_limit=5,
        api_url="http://flag",
        concurrency=7,
        max_retries=8,
        deadline=9.0,
    )

    filed = load(Flags(root=str(tmp_path)), {})
    from_environ = load(Flags(root=str(tmp_path)), environ)
    flagged = load(flags, environ)

    assert [c.database[0] for c in (filed, from_environ, flagged)] == ["1", "2", "3"]
    assert [c.rate for c in (filed, from_environ, flagged)] == [1, 2, 5]
    assert [c.api_url for c in (from_environ, flagged)] == ["http://environ", "http://flag"]
    assert filed.data_source.startswith("44444444-")
    assert (filed.concurrency, filed.max_retries, filed.deadline) == (2, 3, 4.5)
    assert (flagged.concurrency, flagged.max_retries, flagged.deadline) == (7, 8, 9.0)


def test_the_token_comes_from_the_environment_and_shows_in_no_repr(tmp_path: Path) -> None:
    """The token is not in the configuration's repr, and a file cannot hold it."""
    config = load(Flags(root=str(tmp_path)), {"NOTION_TOKEN": " ntn_secret_value "})

    assert config.token == "ntn_secret_value"
    assert "ntn_secret" not in repr(config)
    write(tmp_path, '[notion]\ntoken = "ntn_secret_value"\n')
    with pytest.raises(ConfigError, match=r"lukhas-notion\.toml:2: notion\.token"):
        load(Flags(root=str(tmp_path)), {})


@pytest.mark.parametrize(
    "text",
    [
        "[manifests]\ninclud = []\n",
        "[manifest]\n",
        "[manifests]\ninclude = 3\n",
        "[manifests]\ninclude = [3]\n",
        "manifests = 3\n",
        "[schema]\npath = 3\n",
        '[schema]\npath = "nowhere.json"\n',
        '[schema]\npath = "../outside.json"\n',
        '[vocabularies]\nOther = "x.json"\n',
        '[vocabularies]\nTags = "../../x.json"\n',
        '[run]\nledger = "../ledger"\n',
        "[run]\nconcurrency = 0\n",
        "[run]\ndeadline = -1\n",
        '[run]\nconcurrency = "many"\n',
        "[notion]\nrate_limit = 1000\n",
        '[provenance]\nvolatile = ["x"]\n',
        "[mapping]\ndefaults = 3\n",
        "[mapping]\ndefaults = false\n",
        '[properties."A"]\ntype = "select"\n',
        '[properties."A"]\ntype = "people"\nfrom = "/a"\n',
        '[properties."A"]\ntype = "select"\nfrom = "a"\n',
        '[properties."A"]\ntype = "select"\nfrom = "/a"\nconstant = "x"\n',
        '[properties."A"]\ntype = "number"\nconstant = "x"\n',
        '[properties."A"]\ntype = "number"\nconstant = true\n',
        '[properties."A"]\ntype = "number"\nfrom = "@sha"\n',
        '[properties."A"]\ntype = "date"\nfrom = "@now"\n',
        '[properties."A"]\ntype = "rich_text"\nfrom = "@sha"\n',
        '[properties."A"]\ntype = "rich_text"\nfrom = "/a"\neach = "{x"\n',
        '[properties."Module"]\nrequired = false\n',
        '[properties."A"]\ntype = "url"\nfrom = "/a"\nform = 1\n',
    ],
)
def test_every_mistake_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    """A wrong key or value is an error that names the file, the line and what to do."""
    write(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        load(Flags(root=str(tmp_path)), {})

    assert re.match(r"lukhas-notion\.toml:\d+: |concurrency|The deadline|A rate", str(caught.value))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"root": "/nowhere/at/all"}, "is not a folder"),
        ({"config": "nowhere.toml"}, "is not a file"),
        ({"rate_limit": 0.0}, "rate.limit"),
    ],
)
def test_wrong_flags_are_named(tmp_path: Path, flags: dict[str, object], words: str) -> None:
    """A flag that cannot be is an error of its own."""
    with pytest.raises(ConfigError, match=words):
        load(Flags(**{"root": str(tmp_path), **flags}), {})  # type: ignore[arg-type]


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    """What is not UTF-8 is named."""
    (tmp_path / "lukhas-notion.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match=r"UTF-8|cannot be read"):
        load(Flags(root=str(tmp_path)), {})


def test_a_mapping_of_ones_own(tmp_path: Path) -> None:
    """A property of one's own joins the defaults; another title takes the default's place."""
    write(
        tmp_path,
        '[properties."Name"]\ntype = "title"\nfrom = ["/a", "/b"]\n'
        '[properties."Owner"]\ntype = "select"\nconstant = "us"\nrequired = false\n'
        '[properties."Labels"]\ntype = "multi_select"\nconstant = ["x", "y"]\n'
        '[properties."Notes"]\ntype = "rich_text"\nfrom_all = ["/n", "/m"]\njoin = " / "\n'
        '[properties."Tags"]\ntype = "rich_text"\n',
    )

    config = load(Flags(root=str(tmp_path)), {})

    specs = {p.name: p for p in config.mapping.properties}
    assert config.mapping.title.pointers == ("/a", "/b")
    assert "Module" not in specs
    assert config.mapping.constant_options() == {"Owner": ("us",), "Labels": ("x", "y")}
    assert specs["Notes"].collect
    assert specs["Notes"].join == " / "
    assert specs["Tags"].type is PropertyType.RICH_TEXT
    assert specs["Tags"].pointers == ("/tags",)
    assert config.backfilled == ("Owner", "Labels")


def test_paths_are_relative_to_the_configuration(tmp_path: Path) -> None:
    """A configuration outside the root brings its own schema and vocabularies."""
    (tmp_path / "root").mkdir()
    other = tmp_path / "other"
    (other / "vocab").mkdir(parents=True)
    (other / "schema.json").write_text("{}")
    (other / "vocab/f.json").write_text("[]")
    write(other, '[schema]\npath = "schema.json"\n[vocabularies]\nFeatures = "vocab/f.json"\n')

    config = load(Flags(root=str(tmp_path / "root"), config=str(other / "lukhas-notion.toml")), {})

    assert config.schema == other / "schema.json"
    assert config.vocabularies["Features"].path == other / "vocab/f.json"
    assert config.display(config.schema) == str(other / "schema.json")


def test_notion_is_required_only_when_it_is_asked(tmp_path: Path) -> None:
    """A missing token and a missing database are each named."""
    with pytest.raises(SetupError, match="NOTION_TOKEN"):
        load(Flags(root=str(tmp_path)), {}).require_notion()
    with pytest.raises(SetupError, match="NOTION_DATABASE_ID"):
        load(Flags(root=str(tmp_path)), {"NOTION_TOKEN": "x"}).require_notion()
