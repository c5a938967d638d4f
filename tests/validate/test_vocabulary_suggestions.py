"""How good the suggestions for unknown names are, measured on real names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lukhas_notion.manifests.manifest import Manifest, parse_file
from lukhas_notion.validate.vocabulary import Vocabulary

PROJECT = Path(__file__).resolve().parents[2]
CORPORA = PROJECT.parent / "shared" / "corpora"
FOLDERS = [PROJECT / "docs/examples/home-assistant/vocab", PROJECT / "examples/modules/vocab"]
VOCABULARIES = [path for folder in FOLDERS for path in sorted(folder.glob("*.json"))]

#: Of the slips of the pen, at least so many lead to the name that was meant, as the first.
FOUND = 0.95
#: Of the names of other things, at most so many get a suggestion.
GUESSED = 0.01


def load(path: Path) -> Vocabulary:
    """Read a vocabulary of the examples."""
    return Vocabulary.load("Tags", path, path.name)


def slips(name: str) -> Iterator[str]:
    """Yield a name with a letter left out, doubled, wrong, two exchanged, and one more."""
    middle = len(name) // 2
    yield name[:middle] + name[middle + 1 :]
    yield name[:middle] + name[middle - 1 :]
    yield name[:middle] + "x" + name[middle + 1 :]
    yield name[:1] + name[2:3] + name[1:2] + name[3:]
    yield name + "s"


@pytest.mark.parametrize("path", VOCABULARIES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_slip_of_the_pen_leads_to_the_name(path: Path) -> None:
    """A mistyped name of the example vocabularies gets the right suggestion."""
    vocabulary = load(path)
    # In three letters, one that is wrong may as well be another word.
    tried = [(slip, name) for name in vocabulary.names if len(name) > 3 for slip in slips(name)]

    found = [name for slip, name in tried if vocabulary.suggestions(slip)[:1] == (name,)]

    assert len(tried) > 10
    assert len(found) >= FOUND * len(tried)


@pytest.mark.parametrize("path", VOCABULARIES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_the_name_of_another_thing_gets_no_suggestion(path: Path) -> None:
    """Names of other things, such as 1,221 Home Assistant integrations, get no suggestion."""
    if not CORPORA.is_dir():
        pytest.skip(f"the corpora are not there: {CORPORA}")
    vocabulary = load(path)
    manifests = CORPORA.glob("home-assistant-*/components/*/manifest.json")
    domains = [json.loads(file.read_text("utf-8"))["domain"] for file in manifests]
    others = [domain for domain in domains if domain not in vocabulary]

    guessed = [domain for domain in others if vocabulary.suggestions(domain)]

    assert len(others) > 1_000
    assert len(guessed) <= GUESSED * len(others), guessed


def test_a_slip_leads_to_one_of_a_thousand_names() -> None:
    """A mistyped name is found nearly as often among many similar names."""
    if not CORPORA.is_dir():
        pytest.skip(f"the corpora are not there: {CORPORA}")
    manifests = sorted(CORPORA.glob("home-assistant-*/components/*/manifest.json"))
    domains = [json.loads(file.read_text("utf-8"))["domain"] for file in manifests]
    vocabulary = Vocabulary.parse("Domain", json.dumps(domains).encode(), "domains.json")
    tried = [
        (slip, name) for name in domains[::10] if len(name) > 5 for slip in slips(name)
        if slip not in vocabulary
    ]  # fmt: skip

    found = [name for slip, name in tried if name in vocabulary.suggestions(slip)]

    assert len(tried) > 400
    assert len(found) >= FOUND * len(tried)


NUMBERED = [f"area:tag-{number:02}" for number in range(1, 41)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("area:tag-7", ("area:tag-07",)),
        ("area:tag-007", ("area:tag-07",)),
        ("aera:tag-31", ("area:tag-31",)),
        ("area:tag-41", ()),
        ("area:tag", ()),
    ],
)
def test_a_number_is_not_mistaken_for_another(name: str, meant: tuple[str, ...]) -> None:
    """A suggestion has the same number, apart from leading zeros."""
    vocabulary = Vocabulary.parse("Tags", json.dumps(NUMBERED).encode(), "tags.json")
    assert vocabulary.suggestions(name) == meant


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        (
            "performance",
            'Use "performance:sub-1s" or "performance:sub-500ms", or add "performance" to v.json.',
        ),
        ("api", 'Use "category:api", or add "api" to v.json.'),
        (
            "fold-architecture",
            'Use "architecture:fold-based", or add "fold-architecture" to v.json.',
        ),
        ("quantum", 'Use a name of v.json, or add "quantum" to that file.'),
    ],
)
def test_all_that_are_close_are_suggested_and_nothing_else(
    tmp_path: Path, name: str, remedy: str
) -> None:
    """A name that is similar by chance is not one of them, and no message removes a tag."""
    names = ["performance:sub-500ms", "performance:sub-1s", "category:api"]
    names += ["architecture:fold-based", "architecture:pipeline", "cascade-prevention"]
    (tmp_path / "v.json").write_text(json.dumps(names))
    vocabulary = Vocabulary.load("Tags", tmp_path / "v.json", "v.json")

    manifest = parse_file("m.json", json.dumps({"tags": [name]}).encode())[0]
    assert isinstance(manifest, Manifest)
    assert vocabulary.violation(manifest, "/tags/0", name).remedy == remedy
