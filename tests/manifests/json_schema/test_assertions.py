"""The ``format`` keyword as an assertion."""

from __future__ import annotations

import pytest

from lukhas_notion.manifests.json_schema.assertions import LONGEST, format_checks
from lukhas_notion.manifests.json_schema.budget import compile_pattern

GOOD_AND_BAD = [
    ("date", "2026-01-31", "2026-02-30"),
    ("date-time", "2026-01-31T12:00:00Z", "2026-01-31 12:00"),
    ("time", "12:00:00Z", "25:00:00Z"),
    ("duration", "P3DT4H", "3 days"),
    ("email", "a.b+c@example.org", "a@b@c"),
    ("email", '"a b"@example.org', ".a@example.org"),
    ("email", "a@localhost", "a@"),
    ("hostname", "www.example.org", "-a-.org"),
    ("idn-hostname", "bücher.example", "a..b"),
    ("ipv4", "192.0.2.1", "192.0.2.256"),
    ("ipv6", "2001:db8::1", "2001:db8::1%eth0"),
    ("uri", "https://example.org/a?b#c", "./docs/README.md"),
    ("uri-reference", "./docs/README.md", "a b"),
    ("iri", "https://example.org/ä", "ä"),
    ("iri-reference", "ä/b", "a b"),
    ("uri-template", "https://example.org/{name}", "{"),
    ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000"),
    ("json-pointer", "/a/b", "a/b"),
    ("relative-json-pointer", "1/b", "²"),
    ("regex", r"^\p{L}+$", "("),
    ("color", "#336699", "#33669"),
    ("color", "navy", "nothing"),
]


@pytest.mark.parametrize(("name", "good", "bad"), GOOD_AND_BAD)
def test_formats(name: str, good: str, bad: str) -> None:
    """Each format accepts text of its kind and refuses other text."""
    holds = format_checks([name], compile_pattern)[name]

    assert holds(good)
    assert not holds(bad)


def test_unknown_formats_hold() -> None:
    """An unknown format is an annotation (JSON Schema 2020-12, section 7.2.3)."""
    assert format_checks(["lane"], compile_pattern) == {}


@pytest.mark.parametrize("name", sorted({name for name, _, _ in GOOD_AND_BAD}))
@pytest.mark.parametrize(
    "text", ["a" * 8_000, "1" * 8_000, "/." * 4_000, "a" * 1_000_000, "é." * 4_000]
)
def test_hostile_text_is_judged(name: str, text: str) -> None:
    """A check of a format raises nothing, and refuses text that is too long."""
    holds = format_checks([name], compile_pattern)[name]

    assert holds(text) in (True, False)
    if name != "regex" and len(text) > LONGEST:
        assert not holds(text)
