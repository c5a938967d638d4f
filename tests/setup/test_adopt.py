"""The configuration and the schema that are written for proposed mappings."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from lukhas_notion.config.config import Flags, load
from lukhas_notion.report.commands import proposal_lines
from lukhas_notion.setup.adopt import Adoption, adopt, refuse_a_configuration
from lukhas_notion.util.errors import UsageError


def adopted(root: Path, *files: dict[str, Any], readme: str = "") -> Adoption:
    """Write files, and return what is written for them."""
    for number, value in enumerate(files):
        folder = root / f"s{number}"
        folder.mkdir()
        (folder / "s.json").write_text(json.dumps(value))
        if readme:
            (folder / "README.md").write_text(readme)
    found = adopt(root, ["*/s.json"])
    assert isinstance(found, Adoption)
    return found


def test_the_configuration_says_the_proposal(tmp_path: Path) -> None:
    """The configuration loads, with every property, the key, the vocabularies and the schema."""
    files = [
        {
            "id": f"i{n}",
            "name": f"N {n}",
            "team": "ab"[n % 2],
            "at": {"k": n},
            "generatedAt": "2026-01-01",
        }
        for n in range(4)
    ]
    made = adopted(tmp_path, *files, readme="# Read me")
    written = tomllib.loads(made.configuration)
    assert written["manifests"] == {"include": ["*/s.json"]}
    assert written["mapping"] == {"defaults": False, "key": "/id"}
    assert written["provenance"] == {"volatile": ["/generatedAt"]}
    assert written["page"] == {"body": {"file": "README.md"}}
    assert written["vocabularies"] == {"Team": "vocab/team.json"}
    assert list(written)[-1] == "notion"
    config = load(Flags(root=str(tmp_path)), {}, made.configuration)
    assert config.mapping.properties == made.proposal.specs
    assert config.file == tmp_path / "lukhas-notion.toml"
    assert json.loads(made.schema)["required"] == list(files[0])


def test_every_property_has_a_comment(tmp_path: Path) -> None:
    """The comment of each property has the reason for its type, and sample values."""
    made = adopted(tmp_path, *({"name": f"n{n}", "size": n} for n in range(3)))
    lines = made.configuration.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("[properties."):
            assert lines[number + 1].startswith("# "), line
    assert "# numbers, in every manifest: 0 · 1 · 2" in lines


def test_addresses_may_be_people(tmp_path: Path) -> None:
    """A property of e-mail addresses says how Notion can show its users instead."""
    owners = ["ada@example.org", "grace@example.org"]
    made = adopted(
        tmp_path, *({"name": f"n{n}", "by": owners[n % 2], "all": owners} for n in range(3))
    )
    hint = '# type = "people" shows these as users of the workspace: '
    assert made.configuration.count(hint) == 1
    shown = [str(line) for line in proposal_lines(made)]
    assert shown[-1] == 'note: By: type = "people" shows these as users of the workspace.'


def test_the_other_side_of_a_relation_can_be_named(tmp_path: Path) -> None:
    """The line is there to be uncommented before the database is created, and is valid then."""
    made = adopted(tmp_path, *({"name": f"n{n}", "needs": [f"n{(n + 1) % 3}"]} for n in range(3)))
    assert '# synced = "Used by"' in made.configuration.splitlines()
    text = made.configuration.replace('# synced = "', 'synced = "')
    config = load(Flags(root=str(tmp_path)), {}, text)
    assert [spec.synced for spec in config.mapping.properties if spec.synced] == ["Used by"]


def test_a_readme_that_is_too_large_is_no_body(tmp_path: Path) -> None:
    """A README that is too large would be a violation in the next run."""
    assert adopted(tmp_path, {"name": "a"}, {"name": "b"}, readme="x" * 200_000).proposal.body == ""


def test_names_of_vocabularies_differ(tmp_path: Path) -> None:
    """Two properties whose names give the same file name get two files."""
    files = [{"name": f"n{n}", "x": {"a-b": "uv"[n % 2], "a b": "st"[n % 2]}} for n in range(6)]
    written = tomllib.loads(adopted(tmp_path, *files).configuration)
    assert len(set(written["vocabularies"].values())) == len(written["vocabularies"]) == 2


@pytest.mark.parametrize(
    ("pattern", "said"), [("none/*.json", "No file matches"), ("a\\b", "has a backslash")]
)
def test_a_pattern_that_finds_nothing_is_refused(tmp_path: Path, pattern: str, said: str) -> None:
    """The error shows the form of a pattern."""
    with pytest.raises(UsageError, match=said) as caught:
        adopt(tmp_path, [pattern])
    assert caught.value.remedy


def test_files_that_cannot_be_read_are_violations(tmp_path: Path) -> None:
    """All files that cannot be read are reported together."""
    for name in "ab":
        (tmp_path / f"{name}.json").write_text("{")
    found = adopt(tmp_path, ["*.json"])
    assert isinstance(found, list)
    assert [each.path for each in found] == ["a.json", "b.json"]


def test_a_configuration_that_is_there_stays(tmp_path: Path) -> None:
    """The error says what to do."""
    refuse_a_configuration(None)
    with pytest.raises(UsageError, match="exists already") as caught:
        refuse_a_configuration(tmp_path / "lukhas-notion.toml")
    assert "without --from" in caught.value.remedy
