"""People: what a manifest names, and whom Notion knows by it."""

from __future__ import annotations

from typing import Any

import pytest

from lukhas_notion.plan.property_spec import ConversionError, PropertySpec
from lukhas_notion.plan.property_types import convert, kind_of
from lukhas_notion.plan.reference_kinds import Directory, User, aliased, person_name
from lukhas_notion.plan.values import PropertyType

ID = "0d1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b"
ALIASES = {"@org/team": ("a@example.org", "b@example.org"), "lead": (ID,)}
PEOPLE = PropertySpec("Owners", PropertyType.PEOPLE, ("/o",), aliases=ALIASES)
LENIENT = PropertySpec("Owners", PropertyType.PEOPLE, ("/o",), leaves_out=True)


@pytest.mark.parametrize(
    ("got", "named"),
    [
        ("A@Example.org", ("a@example.org",)),
        (ID.replace("-", "").upper(), (ID,)),
        ("@ORG/Team ", ("a@example.org", "b@example.org")),
        (["lead", "c@example.org", "@org/team", "A@EXAMPLE.ORG"], None),
        ([None, ""], ()),
        ([], ()),
    ],
)
def test_people_are_named_by_address_id_or_alias(got: Any, named: tuple[str, ...] | None) -> None:
    """Case does not count, an alias may mean several people, and each person counts once."""
    if named is None:
        named = (ID, "c@example.org", "a@example.org", "b@example.org")
    assert convert(PEOPLE, {"o": got}) == named


@pytest.mark.parametrize(
    ("got", "rule", "said"),
    [
        ("@org/teem", "mapping.people", "the nearest alias is"),
        (["a@example.org", "somebody"], "mapping.people", "somebody"),
        (5, "mapping.type", "people"),
        ({"mail": "a@example.org"}, "mapping.type", "an object"),
        ([f"p{n}@example.org" for n in range(26)], "limit.people", "26 people"),
    ],
)
def test_what_names_nobody_is_refused(got: Any, rule: str, said: str) -> None:
    """An unknown name is reported with its place and the nearest alias."""
    with pytest.raises(ConversionError, match=said) as caught:
        convert(PEOPLE, {"o": got})
    assert caught.value.rule == rule


def test_what_is_left_out_is_kept_until_it_is_told() -> None:
    """If unknown names are left out, the run reports them, so they must be among the names."""
    assert convert(LENIENT, {"o": ["somebody", "a@example.org"]}) == ("somebody", "a@example.org")


def test_values_are_ids_in_notion() -> None:
    """A value is written by id, and an answer gives whole users or ids alone."""
    kind = kind_of(PropertyType.PEOPLE)
    assert kind.encode((ID,)) == [{"object": "user", "id": ID}]
    assert kind.decode([{"object": "user", "id": ID, "person": {"email": "x"}}], "p") == (ID,)


def test_the_directory_knows_a_user_by_address_and_id() -> None:
    """Both names are one person; one without an address, such as a bot, is known by the id."""
    bot = "0d1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5c"
    known = Directory.of([User(ID, "Ada", "Ada@Example.org"), User(bot, "Bot")])
    assert known.canonical("ada@example.org") == known.canonical(ID) == "ada@example.org"
    assert known.canonical(bot) == bot
    assert known.canonical("nobody@example.org") is None
    assert known.shows_addresses
    assert not Directory.of([User(bot, "Bot")]).shows_addresses


def test_what_aliases_mean() -> None:
    """Everybody whom an alias means is listed once."""
    assert aliased([PEOPLE, PEOPLE]) == ["a@example.org", "b@example.org", ID]
    assert person_name("no address") == ""
