"""The snapshot: what Notion holds, as data."""

from __future__ import annotations

from support.core import schema

from lukhas_notion.plan.snapshot import Option, PropertySchema, Schema


def test_a_schema_weighs_about_what_its_json_does() -> None:
    """More options weigh more, about as much as each takes in Notion's answer."""
    small, large = schema(), schema(options={"Tags": [f"option {n}" for n in range(100)]})
    assert 0 < small.size_bytes < 2_000
    assert 9_000 < large.size_bytes - small.size_bytes < 12_000


def test_a_name_weighs_what_its_bytes_do() -> None:
    """Names outside ASCII weigh more than they have characters."""

    def weight(name: str) -> int:
        options = (Option("1", name, "red"),)
        described = PropertySchema("t", "Tags", "multi_select", options)
        return Schema("d", "s", "T", "", {"Tags": described}).size_bytes

    assert weight("é" * 10) == weight("e" * 20)
