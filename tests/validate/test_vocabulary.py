"""Vocabulary files: their shapes, and the names that they suggest and fix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lukhas_notion.manifests.manifest import Manifest, Violation, parse_file
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.validate import vocabulary
from lukhas_notion.validate.vocabulary import Vocabulary, VocabularyFiles

FEATURES = {
    "$schema": "x",
    "cascade-prevention": {"title": "T", "synonyms": ["Stop the cascade", "99.7% cascade"]},
    "drift_detection": {"description": "no synonyms"},
    "memory": None,
}


def _load(folder: Path, content: object) -> Vocabulary:
    path = folder / "features.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return Vocabulary.load("Features", path, "vocab/features.json")


def _violation(of: Vocabulary, name: str) -> Violation:
    manifest = parse_file("m.json", json.dumps({"features": [name]}, indent=1).encode())[0]
    assert isinstance(manifest, Manifest)
    return of.violation(manifest, "/features/0", name)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (FEATURES, ("cascade-prevention", "drift_detection", "memory")),
        ({"allowed": ["b", "a"], "version": 1}, ("b", "a")),
        ({"allowed": {"b": {}, "a": {"synonyms": ["x"]}}, "$comment": ""}, ("b", "a")),
        ({"allowed": {"title": "a feature of this name"}, "b": {}}, ("allowed", "b")),
        (["a", {"name": "b", "synonyms": ["x"]}, "a"], ("a", "b")),
        ([], ()),
    ],
)
def test_shapes(tmp_path: Path, content: object, names: tuple[str, ...]) -> None:
    """Each documented shape gives its names in the order of the file."""
    vocabulary = _load(tmp_path, content)

    assert vocabulary.names == names
    assert all(name in vocabulary for name in names)
    assert "$schema" not in vocabulary
    assert vocabulary.violations == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "vocab/features.json:1:1: the file is empty"),
        ('["a",\n]', "vocab/features.json:1:5: not JSON"),
        ('"text"', "vocab/features.json:1: this is neither"),
        ('["a",\n 7]', "vocab/features.json:2: an entry is a name"),
        ('{"a": {},\n "b": {"synonyms": "x"}}', 'vocab/features.json:2: "synonyms" is a list'),
        ('{"a": {"synonyms": [1]}}', 'vocab/features.json:1: "synonyms" is a list'),
    ],
)
def test_unusable_files_are_configuration_errors(tmp_path: Path, content: str, said: str) -> None:
    """A file of another shape is refused with its place."""
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, content)

    assert caught.value.message.startswith(said)
    assert caught.value.remedy


def test_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    """A vocabulary that is configured and cannot be read is refused by its shown path."""
    with pytest.raises(ConfigError, match=r"^vocab/tags\.json: the file cannot be read"):
        Vocabulary.load("Tags", tmp_path / "absent", "vocab/tags.json")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cascade prevention", "cascade-prevention"),
        (" STOP_the-cascade ", "cascade-prevention"),
        ("99.7% Cascade", "cascade-prevention"),
        ("Drift Detection", "drift_detection"),
        ("drift-detektion", "drift_detection"),
        ("memroy", "memory"),
        ("stop the cascades", "cascade-prevention"),
        ("quantum", None),
        ("memory" * 50_000, None),
        ("", None),
    ],
)
def test_suggestions(tmp_path: Path, name: str, meant: str | None) -> None:
    """The name that is meant is found by synonym, else by spelling, else not at all."""
    assert _load(tmp_path, FEATURES).suggestions(name) == ((meant,) if meant else ())


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("stop the cascade", 'Use "cascade-prevention".'),
        ("memroy", 'Use "memory", or add "memroy" to vocab/features.json.'),
        ("quantum", 'Use a name of vocab/features.json, or add "quantum" to that file.'),
    ],
)
def test_unknown_names_are_violations(tmp_path: Path, name: str, remedy: str) -> None:
    """An unknown name is a violation of the manifest, with the vocabulary's path and a remedy."""
    found = _violation(_load(tmp_path, FEATURES), name)

    assert (found.path, found.line, found.column) == ("m.json", 3, 3)
    assert found.pointer == "/features/0"
    assert found.rule == "vocabulary.unknown"
    assert found.message == f'Features: "{name}" is not in the vocabulary (vocab/features.json)'
    assert found.remedy == remedy


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("Stop_the cascade", "cascade-prevention"),
        ("DRIFT-detection ", "drift_detection"),
        ("memroy", ""),
        ("quantum", ""),
        ("", ""),
    ],
)
def test_a_violation_knows_what_is_certain(tmp_path: Path, name: str, fix: str) -> None:
    """A synonym or another spelling can be fixed; what is only spelled alike cannot."""
    found = _violation(_load(tmp_path, FEATURES), name)

    assert found.fix == fix
    assert ("`validate --fix`" in found.advice) is bool(fix)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"a": {"synonyms": ["x"]}, "b": {"synonyms": ["X"]}}, "x"),
        ({"a": {"synonyms": ["b"]}, "b": {}}, "B"),
        (["a-b", "a_b"], "a b"),
        ({"a,b": {"synonyms": ["x"]}}, "x"),
        (["-"], "_"),
    ],
)
def test_what_may_mean_two_names_is_not_certain(tmp_path: Path, content: object, name: str) -> None:
    """A spelling of two names, of an invalid name or of separators alone is not certain."""
    assert _load(tmp_path, content).certain(name) == ""


def test_known_names_pass(tmp_path: Path) -> None:
    """The vocabulary has a canonical name, and not the same name in another case."""
    vocabulary = _load(tmp_path, FEATURES)

    assert "memory" in vocabulary
    assert "Memory" not in vocabulary


@pytest.mark.parametrize(
    ("content", "pointer", "line", "rule", "said"),
    [
        (["a", "b,c"], "/1", 3, "vocabulary.name", "comma"),
        (["a", " "], "/1", 3, "vocabulary.name", "empty"),
        (["a", "b\tc"], "/1", 3, "vocabulary.name", "control character"),
        (["a", "😀" * 51], "/1", 3, "vocabulary.name", "longer than the 100"),
        ({"Aé": {}, "aÉ": {}}, "/aÉ", 3, "vocabulary.case", '"Aé" and "aÉ" differ only by case'),
        (
            ["café", "x", "cafe\u0301"],
            "/2",
            4,
            "vocabulary.alike",
            "look the same: the first has U+00E9 where the second has U+0065 U+0301",
        ),
        (["a b", "a\u00a0b"], "/1", 3, "vocabulary.alike", "U+0020 where the second has U+00A0"),
        (["a", "a\u200b"], "/1", 3, "vocabulary.name", "cannot be seen: U+200B"),
        (["a", "\u3164"], "/1", 3, "vocabulary.name", "cannot be seen: it is U+3164"),
        (["a", " b"], "/1", 3, "vocabulary.name", "begins with white space (U+0020)"),
    ],
)
def test_a_vocabulary_has_violations_of_its_own(
    tmp_path: Path, content: object, pointer: str, line: int, rule: str, said: str
) -> None:
    """Names that Notion cannot hold, or that mean two things, are violations of the file."""
    (found,) = _load(tmp_path, content).violations

    assert (found.path, found.pointer, found.line, found.rule) == (
        "vocab/features.json",
        pointer,
        line,
        rule,
    )
    assert said in found.message
    assert found.remedy


@pytest.mark.parametrize(
    ("content", "warning", "spelled", "meant"),
    [
        (
            {"a": {"synonyms": ["s"]}, "b": {"synonyms": ["S "]}, "c": {"synonyms": ["s"]}},
            'vocab/features.json:9: the synonym "S " is ignored',
            "s",
            None,
        ),
        (
            {"a": {}, "b": {"synonyms": ["A"]}},
            'vocab/features.json:5: the synonym "A" is ignored',
            "A",
            "a",
        ),
    ],
)
def test_a_synonym_that_two_names_claim_means_nothing(
    tmp_path: Path, content: object, warning: str, spelled: str, meant: str | None
) -> None:
    """It is a warning with its place, and no violation; a canonical name keeps its spelling."""
    vocabulary = _load(tmp_path, content)

    assert vocabulary.violations == ()
    reason = ', because both "a" and "b" claim it. Keep it with one of the two.'
    assert vocabulary.warnings == (warning + reason,)
    assert vocabulary.suggestions(spelled) == ((meant,) if meant else ())
    assert vocabulary.certain(spelled) == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"allowed": ["a"], "synonyms": {"a": ["s"]}}, '"synonyms" next to the list of names'),
        ({"a": ["s"], "b": {}}, 'the list of "a" is not read'),
        ({"alowed": ["a"]}, 'If it has the names, rename it to "allowed".'),
    ],
)
def test_synonyms_that_are_not_read_are_a_warning(
    tmp_path: Path, content: object, said: str
) -> None:
    """Synonyms in another place than the documented one do not vanish in silence."""
    vocabulary = _load(tmp_path, content)

    [warning] = vocabulary.warnings
    assert said in warning
    assert '"synonyms": […]}' in warning


def test_many_warnings_are_few_lines(tmp_path: Path) -> None:
    """Warnings about contested synonyms are limited to a few."""
    doubled = {f"name{n}": {"synonyms": [f"s{n // 2}"]} for n in range(200)}

    warnings = _load(tmp_path, doubled).warnings

    assert len(warnings) == 6
    assert warnings[-1].startswith("vocab/features.json: 95 more synonyms are ignored")


def test_names_with_a_violation_are_left_out(tmp_path: Path) -> None:
    """An invalid name is not among the names that are added to Notion."""
    vocabulary = _load(tmp_path, ["Alpha", "alpha", "b", "c,d", "e\u200b"])

    assert vocabulary.names == ("Alpha", "b")
    assert "alpha" not in vocabulary


@pytest.mark.parametrize("name", ["cafe\u0301.zone", "café.zone ", "CAFÉ\u200b.zone"])
def test_a_name_that_looks_like_a_canonical_one_is_fixed(tmp_path: Path, name: str) -> None:
    """A name that looks canonical is fixed, and the message shows invisible differences."""
    found = _violation(_load(tmp_path, ["café.zone"]), name)

    assert found.fix == "café.zone"
    assert ("where the second has" in found.message) is (name.lower() == name)


def test_names_of_a_hundred_units_fit(tmp_path: Path) -> None:
    """A name of the maximum length is valid, and so is a synonym equal to its name."""
    assert _load(tmp_path, {"😀" * 50: {"synonyms": ["😀" * 50, "x", "X"]}}).violations == ()


def test_names_of_all_vocabularies_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file that is too long is refused, and so are several that are so together."""
    monkeypatch.setattr(vocabulary, "MAX_NAMES", 5)
    path = tmp_path / "v.json"
    path.write_text('["a", {"name": "b", "synonyms": ["c"]}]')
    files = VocabularyFiles()

    assert files.load("F", path, "v.json").names == ("a", "b")
    with pytest.raises(ConfigError, match=r"^v\.json: with G, the vocabularies have more than"):
        files.load("G", path, "v.json")
    path.write_text('["a", "b", {"name": "c", "synonyms": ["d", "e", "f"]}]')
    with pytest.raises(ConfigError, match=r"^v\.json: 6 names and synonyms are more than the 5"):
        VocabularyFiles().load("F", path, "v.json")


def test_a_vocabulary_of_several_properties_is_read_once(tmp_path: Path) -> None:
    """Properties that share a file share one vocabulary, each with its name in messages."""
    path = tmp_path / "v.json"
    path.write_text('["memory"]')
    files = VocabularyFiles()
    first = files.load("F", path, "v.json")
    path.unlink()
    second = files.load("G", path, "v.json")

    for vocabulary_of in (first, second):
        found = _violation(vocabulary_of, "memori")
        assert found.message.startswith(f"{vocabulary_of.property_name}: ")
    assert (first.property_name, second.property_name) == ("F", "G")
