"""The configuration: what beats what, what is refused, and how it is said."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.config.config import (
    DEFAULT_PROPERTIES,
    Config,
    Flags,
    load,
    notion_id,
)
from lukhas_notion.util.errors import ConfigError, SetupError

DOCS = Path(__file__).resolve().parents[2] / "docs" / "examples"
ID = "0123456789abcdef0123456789abcdef"
WITH_HYPHENS = "01234567-89ab-cdef-0123-456789abcdef"
OTHER = "f" * 32
THIRD = "e" * 32


def configured(
    root: Path, text: str | None = None, environ: Mapping[str, str] | None = None, **flags: Any
) -> Config:
    """Load a configuration from the text of its file, the environment and flags."""
    if text is not None:
        (root / "lukhas-notion.toml").write_text(text, encoding="utf-8")
    return load(Flags(root=str(root), **flags), environ or {})


def refused(root: Path, text: str, **flags: Any) -> ConfigError:
    """Return the error that a file makes; it has a place and a remedy."""
    with pytest.raises(ConfigError) as caught:
        configured(root, text, **flags)
    assert re.match(r"^lukhas-notion\.toml:\d+: ", caught.value.message), caught.value.message
    assert caught.value.remedy
    assert caught.value.exit_code == 2
    return caught.value


# Defaults


def test_without_a_file_everything_is_as_documented(tmp_path: Path) -> None:
    """An empty repository has the defaults."""
    config = configured(tmp_path)
    assert config.root == tmp_path
    assert config.file is None
    assert (config.token, config.database, config.data_source) == ("", "", "")
    assert config.api_url == "https://api.notion.com"
    assert (config.rate, config.concurrency, config.max_retries) == (3.0, 10, None)
    assert config.deadline is None
    assert (config.include, config.exclude) == (("**/module.manifest.json",), ())
    assert config.schema is None
    assert config.vocabularies == {}
    assert config.form.volatile == ("/_provenance/*/extracted_at",)
    assert config.ledger == tmp_path / "manifests/.ledger/notion_sync.ndjson"
    assert config.report == tmp_path / "reports/notion_sync_report.md"
    assert config.backfilled == ()


def test_the_default_mapping_is_the_documented_table(tmp_path: Path) -> None:
    """Nine properties with exact names and types; only Tags is optional."""
    mapping = configured(tmp_path).mapping
    assert [(p.name, str(p.type), *p.pointers) for p in mapping.properties] == [
        ("Module", "title", "/module"),
        ("Description", "rich_text", "/description"),
        ("Features", "multi_select", "/features"),
        ("APIs", "rich_text", "/apis"),
        ("SLA p95", "number", "/performance/sla_targets/latency_p95_ms"),
        ("Coverage", "number", "/testing/coverage_observed"),
        ("Provenance SHA", "rich_text", "@sha"),
        ("Updated At", "date", "@now"),
        ("Tags", "multi_select", "/tags"),
    ]
    assert [p.name for p in mapping.properties if not p.required] == ["Tags"]
    assert (mapping.title.name, mapping.sha.name) == ("Module", "Provenance SHA")
    assert mapping.now is not None
    assert mapping.now.name == "Updated At"


def test_the_repositorys_own_schema_and_vocabularies_are_found(tmp_path: Path) -> None:
    """Where the default files are there they are used, without being required."""
    for name in ("schemas/module.manifest.schema.json", "vocab/features.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    config = configured(tmp_path)
    assert config.schema == tmp_path / "schemas/module.manifest.schema.json"
    assert set(config.vocabularies) == {"Features"}
    found = config.vocabularies["Features"]
    assert (found.path, found.display, found.required) == (
        tmp_path / "vocab/features.json",
        "vocab/features.json",
        False,
    )
    assert config.backfilled == ("Features",)


# Precedence

SETTINGS = [
    # (attribute, flag, environment, file, what each says, what it becomes)
    ("database", "database", "NOTION_DATABASE_ID", "[notion]\ndatabase", [ID, OTHER, THIRD]),
    ("data_source", "data_source", "NOTION_DATA_SOURCE_ID", "[notion]\ndata_source",
     [ID, OTHER, THIRD]),
    ("rate", "rate_limit", "NOTION_RATE_LIMIT", "[notion]\nrate_limit", [1.0, 2.0, 2.5]),
    ("api_url", "api_url", "NOTION_API_URL", None, ["http://localhost:1", "https://b.example", ""]),
    ("concurrency", "concurrency", None, "[run]\nconcurrency", [1, 0, 3]),
    ("max_retries", "max_retries", None, "[run]\nmax_retries", [0, 0, 3]),
    ("deadline", "deadline", None, "[run]\ndeadline", [1.0, 0, 3.0]),
    ("ledger", "ledger", None, "[run]\nledger", ["a/l", "", "c/l"]),
    ("report", "report", None, "[run]\nreport", ["a/r", "", "c/r"]),
]  # fmt: skip


@pytest.mark.parametrize(("attribute", "flag", "variable", "key", "said"), SETTINGS)
def test_a_flag_beats_the_environment_and_the_environment_the_file(
    tmp_path: Path,
    attribute: str,
    flag: str,
    variable: str | None,
    key: str | None,
    said: list[Any],
) -> None:
    """The nearest source wins, for every setting that has more than one; blanks say nothing."""

    def meant(value: Any) -> Any:
        if attribute in ("database", "data_source"):
            return notion_id(value, "")
        return tmp_path / value if attribute in ("ledger", "report") else value

    written = f'"{said[2]}"' if isinstance(said[2], str) else said[2]
    text = f"{key} = {written}\n" if key else ""
    environ = {variable: f" {said[1]} "} if variable else {}
    default = getattr(configured(tmp_path, ""), attribute)
    by_file = getattr(configured(tmp_path, text), attribute)
    assert by_file == (meant(said[2]) if key else default)
    if variable:
        assert getattr(configured(tmp_path, text, environ), attribute) == meant(said[1])
        blank = getattr(configured(tmp_path, text, {variable: "  "}), attribute)
        assert blank == by_file
    assert getattr(configured(tmp_path, text, environ, **{flag: said[0]}), attribute) == meant(
        said[0]
    )


def test_the_token_comes_from_the_environment_alone_and_is_never_shown(tmp_path: Path) -> None:
    """The file cannot hold it, no flag takes it, and a printed configuration hides it."""
    config = configured(tmp_path, None, {"NOTION_TOKEN": " ntn_secret\n"})
    assert config.token == "ntn_secret"
    assert "ntn_secret" not in repr(config)
    error = refused(tmp_path, '[notion]\ntoken = "ntn_quiet"')
    assert error.message.endswith("notion.token is not read from this file.")
    assert "NOTION_TOKEN" in error.remedy
    assert "quiet" not in f"{error.message}{error.remedy}"
    assert not hasattr(Flags(), "token")


def test_the_address_that_gets_the_token_is_never_taken_from_a_file(tmp_path: Path) -> None:
    """The configuration file cannot change the address to which the token is sent."""
    error = refused(tmp_path, '[notion]\napi_url = "https://evil.example"')
    assert "not read from this file" in error.message
    assert "token" in error.remedy
    assert "NOTION_API_URL" in error.remedy


def test_what_the_file_must_not_have_is_no_known_key(tmp_path: Path) -> None:
    """The list of known keys proposes neither an address nor a token."""
    error = refused(tmp_path, "[notion]\nxyzzy = 1")
    assert error.remedy == "Known keys: data_source, database or rate_limit."


@pytest.mark.parametrize("url", ["evil", "ftp://a.example", "https://", "http://[", "file:///x"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    """Only an HTTP address with a host is accepted, and the error names its source."""
    with pytest.raises(ConfigError, match=r"^NOTION_API_URL is ") as caught:
        configured(tmp_path, None, {"NOTION_API_URL": url})
    assert caught.value.remedy


# What Notion needs


def test_a_missing_token_and_a_missing_database_are_named(tmp_path: Path) -> None:
    """The error names the missing setting and how to get its value."""
    with pytest.raises(SetupError, match=r"NOTION_TOKEN is not set") as caught:
        configured(tmp_path).require_notion()
    assert "integration" in caught.value.remedy
    token = {"NOTION_TOKEN": "t"}
    with pytest.raises(SetupError, match=r"NOTION_DATABASE_ID is not set") as caught:
        configured(tmp_path, None, token).require_notion()
    for way in ("lukhas-notion init --parent", "--database", "[notion]"):
        assert way in caught.value.remedy
    configured(tmp_path, None, token, database=ID).require_notion()
    configured(tmp_path, None, token, data_source=ID).require_notion()


@pytest.mark.parametrize(
    "given",
    [
        ID,
        ID.upper(),
        WITH_HYPHENS,
        f"https://www.notion.so/{ID}",
        f"https://notion.so/workspace/{ID}?v={OTHER}",
        f"https://www.notion.so/workspace/Module-list-{ID}?v={OTHER}&pvs=4",
        f"https://www.notion.so/workspace/{OTHER}/Cafe-{ID}",
        f"https://app.notion.com/p/{ID}",
        f"https://app.notion.com/p/workspace/Module-List-{ID}?v={OTHER}",
        f"https://app.notion.com/p/{WITH_HYPHENS}?v={OTHER}#{OTHER}",
        f"https://team.notion.site/{ID}#{OTHER}",
        f"notion.so/{ID}/",
        f"Deadbeef-{ID}",
    ],
)
def test_every_spelling_of_an_id_is_understood(given: str) -> None:
    """An id with or without hyphens, or any Notion URL with or without title and view."""
    assert notion_id(given, "NOTION_DATABASE_ID") == WITH_HYPHENS


@given(st.uuids(), st.sampled_from(["https://notion.so/", "https://app.notion.com/p/ws/", ""]))
def test_any_id_is_found_in_any_url(made: Any, before: str) -> None:
    """The id comes out as it went in, whatever its digits."""
    assert notion_id(f"{before}{made.hex}", "x") == str(made)
    assert notion_id(f"{before}A-Title-{made.hex}?v={OTHER}", "x") == str(made)


@pytest.mark.parametrize(
    "given",
    [
        "garbage",
        ID[:-1],
        f"{ID}0",
        f"{WITH_HYPHENS}0",
        f"0{WITH_HYPHENS}",
        f"Title-0{ID}",
        f"https://notion.so/?v={ID}",
        f"https://notion.so/#{ID}",
        "https://www.notion.so/workspace",
        ID[:-1] + "g",
        "/",
    ],
)
def test_what_holds_no_id_is_refused_without_repeating_it(given: str) -> None:
    """The setting is named; its value is not, because it may be a token put in the wrong place."""
    with pytest.raises(ConfigError, match=r"^--database does not contain a Notion id") as caught:
        notion_id(given, "--database")
    assert caught.value.remedy
    assert given not in str(caught.value) or given == "/"


@pytest.mark.parametrize("kind", ["database", "data source", "page"])
def test_what_an_id_is_of_is_said(kind: str) -> None:
    """The remedy names the kind of object whose URL is expected."""
    with pytest.raises(ConfigError) as caught:
        notion_id("Home", "--x", kind)
    assert f"the {kind}'s URL" in caught.value.remedy


def test_no_id_is_no_id() -> None:
    """A setting without a value is empty and not an error."""
    assert notion_id("", "x") == ""


# Single settings out of range


@pytest.mark.parametrize("said", ["0.01", "101", "nan", "inf", "fast", "-3", "1e400"])
def test_a_rate_out_of_range_is_refused(tmp_path: Path, said: str) -> None:
    """The rate is a number from 0.02 to 100, and the error names the place of the value."""
    with pytest.raises(ConfigError, match=r"^NOTION_RATE_LIMIT is ") as caught:
        configured(tmp_path, None, {"NOTION_RATE_LIMIT": said})
    assert "3" in caught.value.remedy
    with pytest.raises(ConfigError, match=r"^--rate-limit is "):
        configured(tmp_path, rate_limit=said)


@pytest.mark.parametrize(("said", "rates"), [("auto", (3.0, 10.0)), (" 2.5 ", (2.5, 2.5))])
def test_a_rate_may_rise_by_itself(tmp_path: Path, said: str, rates: tuple[float, float]) -> None:
    """With ``auto`` it begins at what every plan allows; a number stays that number."""
    toml_string = f"[notion]\nrate_limit = {said if said != 'auto' else json.dumps(said)}\n"
    for config in (
        configured(tmp_path, None, {"NOTION_RATE_LIMIT": said}),
        configured(tmp_path, rate_limit=said),
        configured(tmp_path, toml_string),
    ):
        assert (config.rate, config.most_rate) == rates


BAD = [
    ("[notion]\nrate_limit = 0", 2, "0 must be at least 0.02"),
    ('[notion]\nrate_limit = "fast"', 2, '"fast"'),
    ("[notion]\nrate_limit = nan", 2, "not a finite number"),
    ('[notion]\ndatabase = "x"', 2, "does not contain a Notion id"),
    ("[run]\nconcurrency = 0", 2, "0 must be at least 1"),
    ("[run]\nconcurrency = 1.5", 2, "whole number"),
    ("[run]\nconcurrency = nan", 2, "not a finite number"),
    ("[run]\nconcurrency = inf", 2, "not a finite number"),
    ("[run]\nmax_retries = 101", 2, "101 must be at most 100"),
    ("[run]\ndeadline = 0", 2, "0 must be more than 0"),
    ("[run]\ndeadline = nan", 2, "not a finite number"),
    ("[run]\ndeadline = inf", 2, "not a finite number"),
    ('[run]\nledger = "../l"', 2, "leads out of the repository"),
    ('[run]\nreport = "/etc/passwd"', 2, "leads out of the repository"),
    ('[schema]\npath = "../s.json"', 2, "leads out of the repository"),
    ('[schema]\npath = "/etc/passwd"', 2, "leads out of the repository"),
    ('[schema]\npath = "absent.json"', 2, "is not a file"),
    ('[vocabularies]\nFeatures = "../v.json"', 2, "leads out of the repository"),
    ('[vocabularies]\nFeatures = "a/../../v.json"', 2, "leads out of the repository"),
    (
        '[vocabularies]\nModule = "v.json"',
        2,
        "not the name of a mapped select, multi-select or status property",
    ),
    ('[provenance]\nvolatile = ["x"]', 2, "not a JSON pointer"),
    ('[provenance]\nvolatile = "/x"', 2, "must be a list"),
    ('[manifests]\ninclude = "x"', 2, "must be a list"),
    ("[mapping]\ndefaults = 1", 2, "true or false"),
    ("[mapping]\ndefault = false", 2, "not a known key"),
    ("[mapping]\ndefaults = false", 1, 'has none with type = "title"'),
    ("[manifest]\n", 1, "not a known key"),
    ("run = 1", 1, "must be a table"),
    ("[properties]\nX = 1", 2, "must be a table"),
    ("[properties.X]\n", 1, "has no type"),
    ('[properties.X]\ntype = "persons"\nfrom = "/x"', 2, '"persons" is not one of "title"'),
    (
        '[properties.X]\ntype = "relation"\nfrom = "/x"\ntarget = "Teams"',
        4,
        "is 'Teams', which does not name a database",
    ),
    (
        '[properties.X]\ntype = "relation"\nfrom = "/x"\nmatch = "title"',
        4,
        "match is for another database",
    ),
    (
        '[properties.X]\ntype = "relation"\nfrom = "/x"\npattern = "a("',
        4,
        "pattern cannot be used: missing",
    ),
    (
        '[properties.X]\ntype = "relation"\nfrom = "/x"\npattern = "a"',
        4,
        "it has no group",
    ),
    (
        '[properties.X]\ntype = "relation"\nfrom = "/x"\nsynced = "Tags"',
        4,
        "which is mapped as well",
    ),
    (
        '[properties.X]\ntype = "relation"\nfrom = "/x"\nsynced = "tags"',
        4,
        "which is mapped as well",
    ),
    (
        '[properties.X]\ntype = "relation"\nfrom = "/x"\nsynced = "x"',
        4,
        "which the relation itself has as well",
    ),
    (
        "\n".join(
            f'[properties.{name}]\ntype = "relation"\nfrom = "/x"\nsynced = "Y"' for name in "XZ"
        ),
        8,
        "which 'X' has as well",
    ),
    ('[properties.X]\ntype = "select"\nfrom = "/x"\ntarget = "self"', 4, "is for relation"),
    ('[properties.X]\ntype = "url"', 1, "has no source"),
    ('[properties.X]\ntype = "url"\nfrom = "x"', 3, 'has "x", which is not a JSON pointer'),
    ('[properties.X]\ntype = "url"\nfrom = ""', 3, "not a JSON pointer"),
    ('[properties.X]\ntype = "url"\nfrom = []', 3, "a list that is empty"),
    ('[properties.X]\ntype = "url"\nfrom = 1', 3, "must be text or a list"),
    ('[properties.X]\ntype = "url"\nfrom_all = ["x"]', 3, "not a JSON pointer"),
    ('[properties.X]\ntype = "url"\nfrom = "/x"\nconstant = "y"', 4, "exclude each other"),
    ('[properties.X]\ntype = "url"\nfrom = "/x"\nform = "y"', 4, "not a known key"),
    ('[properties.X]\ntype = "url"\nfrom = "/x"\njoin = "y"', 4, "is for title or rich_text"),
    ('[properties.X]\ntype = "number"\nfrom = "/x"\neach = "y"', 4, "is for title or rich_text"),
    ('[properties.X]\ntype = "rich_text"\nfrom = "/x"\neach = "{"', 4, "is not a template"),
    ('[properties."Provenance SHA"]\n[properties.X]\ntype = "rich_text"\nfrom = "@sha"', 1,
     "has Provenance SHA and X with"),
    ('[properties."Updated At"]\n[properties.X]\ntype = "date"\nfrom = "@now"', 1,
     "has Updated At and X with"),
    ('[properties.X]\ntype = "number"\nfrom = "@sha"', 3, "must be alone"),
    ('[properties.X]\ntype = "date"\nfrom = ["@now", "/x"]', 3, "must be alone"),
    ('[properties."Updated At"]\ntype = "rich_text"', 2, "must be alone"),
    ('[properties.Module]\nrequired = false', 2, "always true"),
    ('[properties."Provenance SHA"]\nrequired = false', 2, "always true"),
    ('[properties.Module]\nfrom_all = ["/a", "/b"]', 2, "cannot be the source of the title"),
    ('[properties.Module]\nconstant = "x"', 2, "cannot be the source of the title"),
    ('[properties.Module]\n[properties.X]\ntype = "title"\nfrom = "/x"', 1, "Module and X with"),
    ('[properties.X]\ntype = "url"\nconstant = 1', 3, "does not fit"),
    ('[properties.X]\ntype = "url"\nconstant = ""', 3, "is empty"),
    ('[properties.X]\ntype = "select"\nconstant = "a,b"', 3, "comma"),
    ('[properties.X]\ntype = "select"\nconstant = ["a", "b"]', 3, "one name only"),
    ('[properties.X]\ntype = "multi_select"\nconstant = []', 3, "is empty"),
    ('[properties.X]\ntype = "multi_select"\nconstant = [1]', 3, "1 is a number; it must be text"),
    ('[properties.X]\ntype = "multi_select"\nconstant = ["a", "A"]', 3, "only by case"),
    ('[properties.X]\ntype = "number"\nconstant = true', 3, "does not fit"),
    ('[properties.X]\ntype = "number"\nconstant = nan', 3, "not a finite number"),
    ('[properties.X]\ntype = "checkbox"\nconstant = 1', 3, "does not fit"),
    ('[properties.X]\ntype = "date"\nconstant = "soon"', 3, "does not fit"),
    ('[properties.X]\ntype = "date"\nconstant = 10:00:00', 3, "does not fit"),
    ('[properties.X]\ntype = "rich_text"\nconstant = {a = 1}', 3, "this is a table; it must be"),
    ("[properties.X]\ntype = ", 2, "not TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "said"), BAD)
def test_what_is_wrong_in_the_file_has_its_line_and_a_remedy(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    """Every error has the file, the line, the problem and a remedy."""
    error = refused(tmp_path, text)
    assert error.message.startswith(f"lukhas-notion.toml:{line}: "), error.message
    assert said in error.message


# Files and folders


def test_links_lead_out_of_the_repository_no_more_than_dots(tmp_path: Path) -> None:
    """A symbolic link to a file outside is refused wherever a file is read or written."""
    root, runtime = tmp_path / "root", tmp_path / "outside"
    (root / "vocab").mkdir(parents=True)
    (root / "schemas").mkdir()
    runtime.mkdir()
    (runtime / "x.json").write_text("{}")
    (root / "vocab/tags.json").symlink_to(runtime / "x.json")
    assert "vocabularies.Tags leads out" in refused(root, "").message
    (root / "vocab/tags.json").unlink()
    (root / "schemas/module.manifest.schema.json").symlink_to(runtime / "x.json")
    assert "schema.path leads out" in refused(root, "").message
    (root / "schemas/module.manifest.schema.json").unlink()
    (root / "manifests").symlink_to(runtime)
    assert "run.ledger leads out" in refused(root, "").message
    (root / "lukhas-notion.toml").unlink()
    (root / "lukhas-notion.toml").symlink_to(runtime / "x.json")
    with pytest.raises(ConfigError, match=r"lukhas-notion.toml:1: .*outside the repository"):
        configured(root)


def test_an_absolute_path_of_a_flag_may_be_outside_and_a_relative_one_may_not(
    tmp_path: Path,
) -> None:
    """An absolute path is the user's own; links of a branch may redirect a relative one."""
    root = tmp_path / "root"
    root.mkdir()
    config = configured(root, ledger=str(tmp_path / "l"), report=str(tmp_path / "r"))
    assert (config.ledger, config.report) == (tmp_path / "l", tmp_path / "r")
    assert config.within(config.ledger) is None
    for flag in ("../l", "a/../../l"):
        with pytest.raises(ConfigError, match=r"^--ledger: leads out of the repo") as caught:
            configured(root, ledger=flag)
        assert "absolute path with --ledger" in caught.value.remedy
    (root / "out").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match=r"^--ledger: leads out of the repo"):
        configured(root, ledger=str(root / "out/l"))


HOSTILE_PATHS = [
    (".git/hooks/post-checkout", ".git folder"),
    (".GIT/config", ".git folder"),
    ("git~1/config", ".git folder"),
    ("nested/.git/config", ".git folder"),
    (".git::$INDEX_ALLOCATION/x", ".git folder"),
    ("x\n/home/**", "line break"),
    ("x\u0000", "control"),
    ("\u202ex", "invisible"),
    ("//server/share/x", "another computer"),
    ("\\\\server\\share", "another computer"),
    ("nul", "device"),
]


@pytest.mark.parametrize(("path", "why"), HOSTILE_PATHS)
def test_a_hostile_path_is_refused_wherever_it_is_named(
    tmp_path: Path, path: str, why: str
) -> None:
    """In the file, by its key and line; in a flag and in an input of the Action, by its name."""
    text = json.dumps(path)
    for table, key in (
        ("run", "ledger"),
        ("run", "report"),
        ("schema", "path"),
        ("vocabularies", "Tags"),
    ):
        error = refused(tmp_path, f"[{table}]\n{key} = {text}")
        assert error.message.startswith(f"lukhas-notion.toml:2: {table}.{key} "), error.message
        assert why in error.message
        assert error.message.isprintable()
    (tmp_path / "lukhas-notion.toml").unlink()
    with pytest.raises(ConfigError, match=r"^--ledger: ") as caught:
        configured(tmp_path, ledger=path)
    assert why in caught.value.message
    with pytest.raises(ConfigError, match=r"^The input ledger-path: "):
        configured(Path(), ledger=path, workspace=str(tmp_path))


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"a = 1\n# \xff\n", 2, "not UTF-8"),
        (b"#" * (1024 * 1024 + 1), 1, "over 1,048,576 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, content: bytes, line: int, said: str
) -> None:
    """Other encodings and enormous files are errors with their place."""
    (tmp_path / "lukhas-notion.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=rf"^lukhas-notion.toml:{line}: .*{said}") as caught:
        configured(tmp_path)
    assert caught.value.remedy


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    """A byte-order mark at the beginning of the file is ignored."""
    (tmp_path / "lukhas-notion.toml").write_bytes(b"\xef\xbb\xbf[run]\nconcurrency = 7\n")
    assert configured(tmp_path).concurrency == 7


def test_a_pipe_in_the_place_of_the_file_does_not_make_it_wait(tmp_path: Path) -> None:
    """A pipe or a folder where the file should be is an error at once."""
    os.mkfifo(tmp_path / "lukhas-notion.toml")
    with pytest.raises(ConfigError, match=r"pipe"):
        configured(tmp_path)
    (tmp_path / "lukhas-notion.toml").unlink()
    (tmp_path / "lukhas-notion.toml").mkdir()
    with pytest.raises(ConfigError, match=r"folder"):
        configured(tmp_path)


def test_a_root_or_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error names the flag and its value."""
    with pytest.raises(ConfigError, match=r"^--root: .*absent is not a folder") as caught:
        configured(tmp_path / "absent")
    assert caught.value.remedy
    with pytest.raises(ConfigError, match=r"^--config: absent.toml is not a file") as caught:
        configured(tmp_path, config="absent.toml")
    assert caught.value.remedy


def test_a_named_file_is_found_from_the_root_and_its_paths_from_itself(tmp_path: Path) -> None:
    """--config is searched for in the current folder, then in the root; it may be elsewhere."""
    root, home = tmp_path / "root", tmp_path / "home"
    (root / "conf").mkdir(parents=True)
    home.mkdir()
    for folder in (root / "conf", home):
        (folder / "v.json").write_text("{}")
        (folder / "s.json").write_text("{}")
        text = '[vocabularies]\nTags = "v.json"\n[schema]\npath = "s.json"\n'
        (folder / "c.toml").write_text(text)
    inside = configured(root, config="conf/c.toml")
    assert inside.file == root / "conf/c.toml"
    assert inside.schema == root / "conf/s.json"
    runtime = configured(root, config=str(home / "c.toml"))
    assert runtime.vocabularies["Tags"].path == home / "v.json"
    assert runtime.vocabularies["Tags"].required
    assert inside.display(root / "conf/s.json") == "conf/s.json"
    assert runtime.display(home / "v.json") == (home / "v.json").as_posix()
    (home / "c.toml").write_text("[nope]\n")
    with pytest.raises(ConfigError, match=re.escape(f"{home.as_posix()}/c.toml:1: nope")):
        configured(root, config=str(home / "c.toml"))
    (root / "conf/c.toml").write_text("\n[nope]\n")
    with pytest.raises(ConfigError, match=r"^conf/c.toml:2: nope"):
        configured(root, config="conf/c.toml")


def test_what_is_searched_and_left_out_of_the_hash(tmp_path: Path) -> None:
    """Lists replace the defaults, an empty one too."""
    text = '[manifests]\ninclude = ["a.json"]\nexclude = ["b/**"]\n[provenance]\nvolatile = []\n'
    config = configured(tmp_path, text)
    assert (config.include, config.exclude, config.form.volatile) == (("a.json",), ("b/**",), ())
    assert configured(tmp_path, "[manifests]\ninclude = []").include == ()
    assert configured(tmp_path, '[provenance]\nvolatile = ["/a"]').form.volatile == ("/a",)


# The mapping


def test_a_default_property_is_changed_key_by_key(tmp_path: Path) -> None:
    """A setting that an entry does not have keeps its default."""
    text = '[properties.Tags]\nrequired = true\n[properties.APIs]\neach = "{@key} "\n'
    mapping = configured(tmp_path, text).mapping
    tags, apis = (next(p for p in mapping.properties if p.name == n) for n in ("Tags", "APIs"))
    assert (tags.required, tags.pointers, tags.type) == (True, ("/tags",), "multi_select")
    assert apis.each is not None
    assert apis.each.text == "{@key} "
    assert len(mapping.properties) == 9


def test_a_title_of_ones_own_takes_the_place_of_the_default_one(tmp_path: Path) -> None:
    """A database has one title, so naming another is enough."""
    mapping = configured(tmp_path, '[properties.Name]\ntype = "title"\nfrom = "/n"\n').mapping
    assert mapping.title.name == "Name"
    assert "Module" not in mapping.types


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("rich_text", '"x"', "x"),
        ("number", "1.5", 1.5),
        ("multi_select", '["a", "b", "a"]', ("a", "b")),
        ("select", '"a"', "a"),
        ("date", '"2026-01-31"', "2026-01-31"),
        ("date", "2026-01-31", "2026-01-31"),
        ("date", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00+00:00"),
        ("checkbox", "true", True),
        ("checkbox", "false", False),
        ("url", '"https://a.example"', "https://a.example"),
    ],
)
def test_a_constant_of_every_type(tmp_path: Path, kind: str, written: str, value: object) -> None:
    """A constant is a value of its property's type; TOML's own dates are dates."""
    text = f'[properties.X]\ntype = "{kind}"\nconstant = {written}\n'
    spec = configured(tmp_path, text).mapping.properties[-1]
    assert (spec.constant, spec.pointers, str(spec.type)) == (value, (), kind)


def test_the_options_of_constants_can_be_backfilled(tmp_path: Path) -> None:
    """A constant's options are known without a vocabulary, and each property is named once."""
    (tmp_path / "vocab").mkdir()
    (tmp_path / "vocab/features.json").write_text("{}")
    text = (
        '[properties.Source]\ntype = "select"\nconstant = "Home"\n'
        '[properties.Features]\nconstant = ["a", "b"]\n'
        '[properties.Note]\ntype = "rich_text"\nconstant = "x"\n'
    )
    config = configured(tmp_path, text)
    assert config.mapping.constant_options() == {"Features": ("a", "b"), "Source": ("Home",)}
    assert config.backfilled == ("Features", "Source")


def test_the_home_assistant_example_is_understood(tmp_path: Path) -> None:
    """The example in docs maps manifests of another shape by configuration alone."""
    config = configured(tmp_path, config=str(DOCS / "home-assistant/lukhas-notion.toml"))
    by_name = {p.name: p for p in config.mapping.properties}
    assert by_name["Module"].pointers == ("/domain",)
    assert by_name["Features"].pointers == ("/iot_class", "/integration_type")
    assert by_name["Features"].collect
    assert by_name["Source"].constant == "Home Assistant"
    assert {str(p.type) for p in by_name.values()} >= {"title", "select", "url", "checkbox"}
    assert set(config.vocabularies) == {"Features", "Tags"}


def test_the_lukhas_shapes_example_is_understood(tmp_path: Path) -> None:
    """The example in docs takes a module's name from its folder, or else from three places."""
    config = configured(tmp_path, config=str(DOCS / "lukhas-shapes/lukhas-notion.toml"))
    assert config.mapping.title.pointers == ("@folder", "/module/name", "/module", "/name")
    assert len(config.form.volatile) == 2


RENAMED = [
    ("Module", "Name", "/module"),
    ("Description", "About", "/description"),
    ("Features", "Feature", "/features"),
    ("APIs", "Interfaces", "/apis"),
    ("SLA p95", "SLA 95", "/performance/sla_targets/latency_p95_ms"),
    ("Coverage", "Cov", "/testing/coverage_observed"),
    ("Provenance SHA", "SHA", "@sha"),
    ("Updated At", "Written", "@now"),
    ("Tags", "Labels", "/tags"),
]


@pytest.mark.parametrize(("old", "new", "source"), RENAMED)
@pytest.mark.parametrize("typed", [True, False])
def test_an_entry_from_the_source_of_a_default_takes_its_place(
    tmp_path: Path, old: str, new: str, source: str, typed: bool
) -> None:
    """It takes the place of the default, with its source, type and vocabulary."""
    (tmp_path / "vocab").mkdir()
    for name in ("features", "tags"):
        (tmp_path / f"vocab/{name}.json").write_text('["a"]')
    [before] = [p for p in DEFAULT_PROPERTIES if p.name == old]
    line = f'type = "{before.type}"\n' if typed else ""
    config = configured(tmp_path, f'[properties."{new}"]\n{line}from = "{source}"\n')
    mapping = config.mapping
    names = [p.name for p in mapping.properties]
    assert names == [new if p.name == old else p.name for p in DEFAULT_PROPERTIES]
    after = mapping.properties[names.index(new)]
    assert after == replace(before, name=new, replaces=old)
    vocabulary = {"Features": "vocab/features.json", "Tags": "vocab/tags.json"}.get(old)
    found = config.vocabularies.get(new)
    assert (found.display if found else None) == vocabulary


def test_a_default_that_has_an_entry_stays_beside_one_of_its_source(tmp_path: Path) -> None:
    """A default property with an entry of its own is kept next to the new one."""
    text = '[properties.Coverage]\n[properties."As text"]\ntype = "rich_text"\nfrom = "{0}"\n'
    mapping = configured(tmp_path, text.format("/testing/coverage_observed")).mapping
    assert {"Coverage", "As text"} <= set(mapping.types)
    twice = '[properties.A]\nfrom = "/tags"\n[properties.B]\ntype = "rich_text"\nfrom = "/tags"\n'
    mapping = configured(tmp_path, twice).mapping
    assert [p.name for p in mapping.properties][-2:] == ["A", "B"]
    assert "Tags" not in mapping.types


def test_more_properties_than_a_database_can_have_are_refused(tmp_path: Path) -> None:
    """They are refused by their number, before they are compared."""
    entry = '[properties.P{}]\ntype = "rich_text"\nfrom = "/p"\n'

    configured(tmp_path, "".join(entry.format(n) for n in range(500)))
    with pytest.raises(ConfigError, match=r"toml:1: properties: 501 keys here; at most 500"):
        configured(tmp_path, "".join(entry.format(n) for n in range(501)))


@pytest.mark.parametrize("key", ["include", "exclude"])
def test_very_many_patterns_are_refused(tmp_path: Path, key: str) -> None:
    """The number of globs is limited, since every file is matched with each of them."""
    patterns = ", ".join(f'"a{n}/{{b,c}}"' for n in range(300))

    with pytest.raises(ConfigError, match=rf"manifests\.{key} has more than 500 patterns"):
        configured(tmp_path, f"[manifests]\n{key} = [{patterns}]\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"from = {json.dumps(['/a'] * 21)}\n", "from: 21 items here; at most 20"),
        (f"from_all = {json.dumps(['/a'] * 21)}\n", "from_all: 21 items here; at most 20"),
        (f'from = "/a"\njoin = "{"-" * 501}"\n', "join: 501 characters here; at most 500"),
        (f'from = "/a"\neach = "{"{a}" * 167}"\n', "each: 501 characters here; at most 500"),
    ],
)
def test_what_every_item_of_every_manifest_repeats_is_bounded(
    tmp_path: Path, text: str, said: str
) -> None:
    """A few KB of configuration do not make gigabytes of text."""
    with pytest.raises(ConfigError, match=rf"properties\.X\.{said}"):
        configured(tmp_path, f'[properties.X]\ntype = "rich_text"\n{text}')


def test_pointers_that_the_hash_leaves_out_are_bounded(tmp_path: Path) -> None:
    """The number of pointers is limited, since every value is compared with each of them."""
    pointers = json.dumps(["/*/*/a"] * 51)

    with pytest.raises(ConfigError, match=r"provenance\.volatile: 51 items here; at most 50"):
        configured(tmp_path, f"[provenance]\nvolatile = {pointers}\n")
