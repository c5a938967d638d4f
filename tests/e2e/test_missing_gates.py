"""A gate whose file is missing is closed, as a user meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.git import ENVIRON, Checkout
from support.workplace import Workplace

from lukhas_notion.util.git import Git
from lukhas_notion.util.read_files import packaged_schema

TOML = "lukhas-notion.toml"
FEATURES = "vocab/features.json"
SCHEMA = "schemas/module.manifest.schema.json"


def append(place: Workplace, text: str) -> None:
    """Write lines to the end of the configuration."""
    with (place.root / TOML).open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize(
    "remedy",
    [
        lambda place: (place.root / FEATURES).write_text('{"allowed": ["free text", "search"]}'),
        lambda place: append(place, '[properties."Features"]\nvocabulary = false\n'),
    ],
    ids=["a vocabulary", "vocabulary = false"],
)
def test_names_without_a_vocabulary_are_refused(
    small: Workplace, remedy: Callable[[Workplace], object]
) -> None:
    """Text that Notion happens to have as an option does not pass, and either remedy works."""
    (small.root / FEATURES).unlink()
    small.notion.add_option("Features", "free text")
    small.edit("alpha", features=["free text"])

    validated = small.run("validate", "--all")
    synced = small.run("sync", "--all", "--report-md")

    assert validated.code == synced.code == 1
    report = (small.root / "reports/notion_sync_report.md").read_text(encoding="utf-8")
    assert "A gate is missing. Features: there is no vocabulary" in report.split("## ")[0]
    assert validated.out.startswith(
        "GATE MISSING: Features: there is no vocabulary, so no name is allowed (3 manifests)\n"
    )
    assert "vocabulary = false" in validated.out
    assert FEATURES in validated.out
    assert small.pages() == {}
    remedy(small)
    assert small.run("validate", "--all").code == 0
    assert small.run("sync", "--all").code == 0
    assert small.pages()["alpha"]["Features"] == ["free text"]


def test_skipping_the_invalid_writes_no_name_without_a_vocabulary(small: Workplace) -> None:
    """A manifest that names nothing is written, and the others are left out by name."""
    (small.root / FEATURES).unlink()
    small.edit("beta", features=None)

    ended = small.run("sync", "--all", "--skip-invalid")

    assert ended.code == 1
    assert set(small.pages()) == {"beta"}
    assert "alpha/module.manifest.json" in ended.out


def test_a_select_of_ones_own_needs_a_vocabulary_too(small: Workplace) -> None:
    """A constant needs none, because no manifest names it; the remedy is for that property."""
    append(small, '[properties.Team]\ntype = "select"\nfrom = "/team"\nrequired = false\n')
    append(small, '[properties.Kind]\ntype = "select"\nconstant = "m"\nrequired = false\n')
    assert small.run("validate", "--all").code == 0
    small.edit("alpha", team="riders")

    refused = small.run("validate", "--all", "--json").document["violations"]
    append(small, '[vocabularies]\nTeam = "vocab/teams.json"\n')
    (small.root / "vocab/teams.json").write_text('["riders"]')

    assert [(v["rule"], v["pointer"]) for v in refused] == [("gate.vocabulary", "/team")]
    assert '[vocabularies]: "Team" = "vocab/….json"' in refused[0]["remedy"]
    assert small.run("validate", "--all").code == 0


@pytest.fixture
def committed(small: Workplace) -> Workplace:
    """Commit the small repository with a schema of its own."""
    (small.root / SCHEMA).parent.mkdir()
    (small.root / SCHEMA).write_bytes(packaged_schema())
    (small.root / TOML).touch()
    Checkout.init(small.root).commit()
    small.committed = lambda root, paths: Git(root, ENVIRON).committed(root, paths)
    return small


@pytest.mark.parametrize(
    ("gate", "purpose", "without"),
    [
        (FEATURES, "the vocabulary of Features", "[properties.Features]\nvocabulary = false\n"),
        ("vocab/tags.json", "the vocabulary of Tags", "[properties.Tags]\nvocabulary = false\n"),
        (SCHEMA, "the schema", "[schema]\npackaged = true\n"),
    ],
)
def test_a_gate_that_the_last_commit_has_is_missed(
    committed: Workplace, gate: str, purpose: str, without: str
) -> None:
    """Nothing is planned, with ``--skip-invalid`` neither; both remedies work."""
    content = (committed.root / gate).read_bytes()
    (committed.root / gate).unlink()
    for name in ("alpha", "beta", "gamma"):
        committed.edit(name, features=None, tags=None)

    validated = committed.run("validate", "--all")
    synced = committed.run("sync", "--all", "--skip-invalid")

    assert validated.code == synced.code == 1
    said = f"GATE MISSING: {gate}: {purpose} is missing here, and the last commit has it"
    assert validated.out.split("\n")[0] == said
    assert committed.pages() == {}
    assert any(
        check["subject"] == f"file {gate}"
        for check in committed.run("doctor", "--offline", "--json").document["checks"]
    )
    (committed.root / gate).write_bytes(content)
    assert committed.run("validate", "--all").code == 0
    (committed.root / gate).unlink()
    append(committed, without)
    assert committed.run("validate", "--all").code == 0
    assert committed.run("sync", "--all").code == 0


@pytest.mark.parametrize(
    ("gate", "empty"),
    [
        (SCHEMA, "[schema]\npackaged = false\n"),
        (SCHEMA, '[schema]\npath = ""\n'),
        ("vocab/tags.json", '[vocabularies]\nTags = ""\n'),
        ("vocab/tags.json", "[properties.Tags]\nvocabulary = true\n"),
    ],
)
def test_a_setting_that_says_nothing_opens_no_gate(
    committed: Workplace, gate: str, empty: str
) -> None:
    """Only naming another file, or giving the gate up, does without the default one."""
    (committed.root / gate).unlink()
    append(committed, empty)

    ended = committed.run("validate", "--all")

    assert ended.code == 1
    assert f"GATE MISSING: {gate}" in ended.out


def test_a_root_below_the_top_of_the_checkout_is_asked_about(tmp_path: Path) -> None:
    """Paths are relative to the root, wherever the checkout begins; a path is no pattern."""
    checkout = Checkout.init(tmp_path)
    (tmp_path / "part/vocab").mkdir(parents=True)
    (tmp_path / "part/vocab/tags.json").write_text("[]")
    checkout.commit()
    git = Git(tmp_path, ENVIRON)

    asked = ["vocab/tags.json", "vocab/features.json", "vocab/*"]

    assert git.committed(tmp_path / "part", asked) == ["vocab/tags.json"]
    assert git.committed(tmp_path, asked) == []


@pytest.mark.parametrize(
    ("link", "gate"), [(FEATURES, FEATURES), ("schemas", SCHEMA), (SCHEMA, SCHEMA)]
)
def test_a_link_to_nothing_is_no_missing_gate(small: Workplace, link: str, gate: str) -> None:
    """A default file that cannot be followed stops the run instead of opening the gate."""
    (small.root / link).unlink(missing_ok=True)
    (small.root / link).parent.mkdir(exist_ok=True)
    (small.root / link).symlink_to("nowhere")

    ended = small.run("validate", "--all")

    assert ended.code == 2
    assert f"{gate}: the link leads nowhere" in ended.err


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[schema]\npackaged = true\npath = "x.json"\n', "exclude each other"),
        ("[properties.Coverage]\nvocabulary = false\n", "is for multi_select or select"),
        (
            '[properties.Tags]\nvocabulary = false\n[vocabularies]\nTags = "vocab/tags.json"\n',
            "Keep one of the two lines",
        ),
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(
    small: Workplace, lines: str, said: str
) -> None:
    """Nobody has to guess which of two lines counts."""
    append(small, lines)

    ended = small.run("validate", "--all")

    assert ended.code == 2
    assert said in ended.err
