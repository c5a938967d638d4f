"""Gates that are missing, from data alone."""

from __future__ import annotations

from lukhas_notion.config.gates import (
    NO_VOCABULARY,
    REMOVED,
    GateFile,
    blocks,
    headlines,
    removed,
)
from lukhas_notion.manifests.manifest import Violation

SCHEMA = GateFile("schemas/module.manifest.schema.json")
TAGS = GateFile("vocab/tags.json", "Tags")


def test_a_gate_that_an_earlier_commit_has_and_the_checkout_lacks_is_a_violation() -> None:
    """The violation is at the file, says where the file exists and how to do without it."""
    (found,) = removed([SCHEMA, TAGS], {SCHEMA.path: "the base branch"})

    assert (found.path, found.line, found.rule) == (SCHEMA.path, 1, REMOVED)
    assert found.message == "the schema is missing here, and the base branch has it"
    assert found.remedy.startswith(f"Restore {SCHEMA.path}, or write `packaged = true`")


def test_a_gate_that_never_was_is_no_violation() -> None:
    """A repository without vocabularies, or one that is new, has lost none."""
    assert removed([SCHEMA, TAGS], {}) == []


def test_only_a_gate_that_was_taken_away_stops_valid_manifests_too() -> None:
    """A manifest without a vocabulary has a violation of its own."""
    gone = removed([TAGS], {TAGS.path: "the last commit"})
    own = Violation("a.json", 1, 1, "/tags/0", NO_VOCABULARY, "Tags: there is no vocabulary")
    assert blocks(gone)
    assert not blocks([own])


def test_each_missing_gate_has_one_headline() -> None:
    """Files that are gone come first; hundreds of manifests without a vocabulary are one line."""
    said = "Tags: there is no vocabulary"
    found = [
        Violation("a.json", 1, 1, "/tags/0", NO_VOCABULARY, said),
        Violation("b.json", 1, 1, "/tags/0", NO_VOCABULARY, said),
        Violation("b.json", 1, 1, "/x", "schema.type", "other"),
        *removed([TAGS], {TAGS.path: "the last commit"}),
    ]
    assert headlines(found) == [
        "vocab/tags.json: the vocabulary of Tags is missing here, and the last commit has it",
        f"{said} (2 manifests)",
    ]
