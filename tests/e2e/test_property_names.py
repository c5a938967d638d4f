"""Properties in Notion whose names look like those of the mapping."""

from __future__ import annotations

import pytest
from support.workplace import Workplace


@pytest.mark.parametrize(
    "named", ["SLA\u00a0p95", "SLA  p95", "sla p95", "SLA p95\u200b"], ids=ascii
)
def test_a_property_that_looks_the_same_is_recognised(small: Workplace, named: str) -> None:
    """No second one is planned, the message shows what differs, and to map it works."""
    small.notion.rename_property("SLA p95", named)

    synced = small.run("sync", "--all")
    planned = small.run("init", "--dry-run")

    assert synced.code == planned.code == 2
    for said in (synced.err, planned.err):
        assert "Property 'SLA p95' not found in database: there is 'SLA" in said.replace(
            "sla", "SLA"
        )
        assert "U+" in said or named == "sla p95"
        assert "in lukhas-notion.toml" in said
    (small.root / "lukhas-notion.toml").write_text(f'[properties."{named}"]\n', encoding="utf-8")
    small.edit("alpha", performance={"sla_targets": {"latency_p95_ms": 250}})
    ended = small.run("sync", "--all")
    assert ended.code == 0, ended.out + ended.err
    assert small.pages()["alpha"][named] == 250


def test_two_entries_that_look_the_same_are_refused(small: Workplace) -> None:
    """Nobody can tell which of the two is meant."""
    lines = '[properties."SLA p95"]\nrequired = true\n[properties."SLA\u00a0p95"]\n'
    (small.root / "lukhas-notion.toml").write_text(lines, encoding="utf-8")

    ended = small.run("validate", "--all")

    assert ended.code == 2
    assert "lukhas-notion.toml:3" in ended.err
    assert "look the same: the first has U+00A0 where the second has U+0020" in ended.err


def test_an_optional_property_that_looks_the_same_is_told(small: Workplace) -> None:
    """It is not written, nothing is created beside it, and a note says what it may be."""
    small.notion.rename_property("Tags", "Tags\u00a0")

    ended = small.run("sync", "--all", "--backfill")

    assert ended.code == 0
    assert "the first has nothing where the second has U+00A0" in ended.out
