"""``backfill`` as a user runs it."""

from __future__ import annotations

import json

import pytest
from support.workplace import Workplace


def options(place: Workplace, name: str) -> dict[str, str]:
    """Return a property's options in Notion: name → colour."""
    return place.notion.options(name)


def test_backfill_is_a_dry_run_unless_apply_is_given(example: Workplace) -> None:
    """Without ``--apply`` nothing is written, and what would be is said."""
    ended = example.run("backfill", "--features", "--tags")

    assert ended.code == 0
    assert "option   Features + " in ended.out
    assert example.writes == 0
    assert example.run("backfill", "--features", "--dry-run").code == 0


def test_backfill_adds_every_name_with_a_stable_colour(example: Workplace) -> None:
    """All names of the vocabulary are there afterwards, coloured by a hash of the name."""
    assert example.run("backfill", "--features", "--apply").code == 0

    vocabulary = json.loads((example.root / "vocab/features.json").read_text(encoding="utf-8"))
    first = options(example, "Features")
    assert list(first) == list(vocabulary)
    assert "default" not in first.values()
    assert options(example, "Tags") == {}


@pytest.mark.parametrize(
    "command", ["backfill --property", "vocabulary add --from-manifests --property"]
)
@pytest.mark.parametrize(
    ("name", "remedy"),
    [("Coverage", "Those are: Features or Tags."), ("Tag", 'Did you mean "Tags"?')],
)
def test_a_property_that_has_no_names_is_told_beside_those_that_have(
    small: Workplace, command: str, name: str, remedy: str
) -> None:
    """Nobody is advised to write a vocabulary for a number, or for a misspelt property."""
    ended = small.run(*command.split(), name)

    assert ended.code == 2
    said = f'"{name}" is not a mapped property that takes names from a vocabulary.'
    assert (said in ended.err, remedy in ended.err) == (True, True), ended.err


def test_second_backfill_sends_no_patch(example: Workplace) -> None:
    """When nothing is missing, nothing is sent."""
    example.run("backfill", "--features", "--tags", "--apply")
    patches = example.requests("data_sources.update")

    assert example.run("backfill", "--features", "--tags", "--apply").code == 0
    assert example.requests("data_sources.update") == patches == 2


def test_backfill_keeps_what_people_added(small: Workplace) -> None:
    """Options outside the vocabulary stay, with their colours."""
    small.notion.add_option("Features", "by hand", "pink")
    small.notion.remove_option("Features", "export")

    assert small.run("backfill", "--features", "--apply").code == 0

    found = options(small, "Features")
    assert found["by hand"] == "pink"
    assert "export" in found


@pytest.mark.parametrize("held", ["tier:\u200b2", "Tier:2"], ids=ascii)
def test_a_name_that_is_there_in_another_spelling_is_told(small: Workplace, held: str) -> None:
    """Nothing is added beside it, and the backfill does not look as if it had done everything."""
    small.notion.remove_option("Tags", "tier:2")
    small.notion.add_option("Tags", held)

    ended = small.run("backfill", "--tags", "--apply")

    assert "Not added to 'Tags': 'tier:2' (Notion has " in ended.out
    assert ("U+200B" if held == "tier:\u200b2" else "differs by case") in ended.out
    assert "tier:2" not in options(small, "Tags")


def test_prune_says_how_many_pages_use_what_it_removes(small: Workplace) -> None:
    """``--prune`` removes options outside the vocabulary and first counts their uses."""
    small.run("sync", "--all")
    small.notion.add_option("Features", "stale", "pink")
    small.notion.edit_page(small.pages()["beta"]["id"], {"Features": ["search", "stale"]})

    preview = small.run("backfill", "--features", "--prune")
    assert "Features − stale (used by 1 page)" in preview.out
    assert "stale" in options(small, "Features")

    applied = small.run("backfill", "--features", "--prune", "--apply")
    assert applied.code == 0
    assert "stale" not in options(small, "Features")
    assert "1 option removed" in applied.out


def test_backfill_is_on_the_ledger(small: Workplace) -> None:
    """Each property of an apply has its record; a dry run leaves none."""
    small.run("backfill", "--tags")

    records = [r for r in small.ledger() if r["action"].startswith("notion-backfill")]
    assert [(r["action"], r["status"]) for r in records] == [
        ("notion-backfill-apply", "success"),
        ("notion-backfill-apply", "success"),
    ]
    assert records[1]["properties"] == ["Tags"]
    assert records[1]["total_options"] == 2


def test_a_vocabulary_that_notion_cannot_hold_is_a_violation(small: Workplace) -> None:
    """Names with a comma, too long, or alike but for case stop the backfill."""
    (small.root / "vocab/tags.json").write_text(
        json.dumps({"allowed": ["a, b", "x" * 101, "Tier", "tier"]})
    )
    writes = small.writes

    ended = small.run("backfill", "--tags", "--apply")

    assert ended.code == 1
    assert ended.out.count("vocab/tags.json:") == 3
    assert small.writes == writes


def test_a_property_without_a_vocabulary_is_a_configuration_error(small: Workplace) -> None:
    """What there is no vocabulary for cannot be backfilled."""
    (small.root / "vocab/tags.json").unlink()

    ended = small.run("backfill", "--tags", "--apply")

    assert ended.code == 2
    assert 'no vocabulary for "Tags"' in ended.err


def test_a_refused_prune_names_its_flag_and_the_sums_add_up(small: Workplace) -> None:
    """The reader learns which flag is at work, and how many of how many were not done."""
    for number in range(5):
        small.notion.add_option("Features", f"old {number}")

    ended = small.run("backfill", "--features", "--tags", "--prune", "--apply")

    assert ended.code == 1
    assert "Features would lose 5 of its 8 options (--prune)" in ended.out
    assert "--force 5" in ended.out
    assert "✗ Refused: nothing is written to Notion." in ended.out
    assert "1 not applied" in ended.out
