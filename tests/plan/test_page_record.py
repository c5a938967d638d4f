"""The record in a page's link: its content, how it is read, and the parts left out for room."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.plan.page_record import (
    BodyRecord,
    PageRecord,
    name_hash,
    read_record,
    value_hash,
    write_record,
)
from lukhas_notion.plan.property_types import equal
from lukhas_notion.plan.source import ManifestPlace, Source
from lukhas_notion.plan.values import PropertyType, Value, key_hash

SOURCE = Source("https://github.com/octo/modules", "", "a" * 40)
PATH = "core/module.manifest.json"
NAMES = st.text(min_size=1, max_size=12)
HASHES = st.dictionaries(
    st.binary(min_size=3, max_size=3), st.binary(min_size=4, max_size=4), min_size=1, max_size=20
)
PATHS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=30
)


def written(path: str = PATH, source: Source = SOURCE, **values: bytes) -> str:
    """Return the link of a manifest with a record of some values."""
    applied = {name_hash(name): value for name, value in values.items()}
    return write_record(source.link(path), source.place(path), key_hash("core"), applied)


def test_a_record_has_the_form_that_the_reference_describes() -> None:
    """Version, key and values are in the fragment of the address at the commit."""
    link = written(Description=b"1234")
    form = rf"{re.escape(SOURCE.link(PATH))}#lukhas-notion=1\.[\w-]{{16}}\.[\w-]{{10}}"
    assert re.fullmatch(form, link)


@given(PATHS, st.text(max_size=20), HASHES)
def test_what_is_written_is_read(path: str, key: str, applied: dict[bytes, bytes]) -> None:
    """Repository, path, key and values come back, and the fragment is unreserved ASCII."""
    link = write_record(SOURCE.link(path), SOURCE.place(path), key_hash(key), applied)
    record = read_record(link)
    assert record == PageRecord(SOURCE.place(path), key_hash(key), link.rpartition(".")[2])
    assert record is not None
    assert record.applied == applied
    assert re.fullmatch(r"lukhas-notion=[A-Za-z0-9._~-]+", link.partition("#")[2])


@given(PATHS, st.sampled_from(["https://github.com/o/r", "https://local.invalid/f"]), st.data())
def test_the_body_of_a_record_is_read_as_it_was_written(
    path: str, base: str, data: st.DataObject
) -> None:
    """A record has the hash of the body's source, whether or not its link implies the place."""
    half = st.binary(min_size=8, max_size=8)
    body = BodyRecord(data.draw(half), data.draw(half), data.draw(st.booleans()))
    source = Source(base, form=data.draw(st.sampled_from(["", "https://x.example/{path}"])))

    link = write_record(source.link(path), source.place(path), key_hash("k"), {}, body)
    record = read_record(link)

    assert record is not None
    assert (record.place, record.body) == (source.place(path), body)


@pytest.mark.parametrize(
    "base",
    [
        "https://github.com/octo/modules",
        "https://gitlab.example/group/sub/modules",
        "https://bitbucket.org/octo/modules",
        "https://codeberg.org/octo/modules",
        "http://git.example:8080/octo/src",
        "https://local.invalid/folder",
    ],
)
def test_the_address_says_whose_a_record_is(base: str) -> None:
    """In every form that is known, the record itself names no repository."""
    source = Source(base, "sub/", "b" * 40)
    record = read_record(written("a b/ü.json", source))
    assert record is not None
    assert record.place == source.place("a b/ü.json")
    assert len(written("x.json", source).partition("#")[2].split(".")) == 3


def test_a_form_of_ones_own_sets_the_link_and_not_whose_it_is() -> None:
    """A link that looks like another repository's still has the true one."""
    mine = Source(SOURCE.base, "", "c" * 40, "https://github.com/victim/it/blob/{commit}/{path}")
    link = written(source=mine)
    assert link.startswith(f"https://github.com/victim/it/blob/{'c' * 40}/{PATH}#")
    record = read_record(link)
    assert record is not None
    assert record.place == ManifestPlace("github.com/octo/modules", PATH)


def test_a_long_record_leaves_out_values_then_the_key_then_the_link() -> None:
    """The link is never longer than Notion accepts."""
    applied = {name_hash(str(n)): b"1234" for n in range(60)}
    lengths = (1_000, 1_900, 1_920, 2_100)
    links = []
    for length in lengths:
        path = "p" * (length - len(SOURCE.link("")))
        links.append(write_record(SOURCE.link(path), SOURCE.place(path), key_hash("core"), applied))
    assert all(len(link) <= 2_000 for link in links)
    read = [read_record(link) for link in links]
    assert [bool(r and r.applied) for r in read] == [True, False, False, False]
    whole = [
        write_record(
            "https://x.example/" + "p" * n, ManifestPlace("r", "p"), key_hash("k"), applied
        )
        for n in (1_800, 1_935, 1_950, 1_990)
    ]
    kinds = [
        (bool(r and r.applied), bool(r and r.key), r is not None) for r in map(read_record, whole)
    ]
    assert kinds == sorted(kinds, reverse=True)
    assert kinds[-1] == (False, False, False)
    assert whole[-1] == ""


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://github.com/octo/modules",
        SOURCE.link(PATH),
        SOURCE.link(PATH) + "#L10",
        SOURCE.link(PATH) + "#lukhas-notion=",
        SOURCE.link(PATH) + "#lukhas-notion=x.y.z",
        SOURCE.link(PATH) + "#lukhas-notion=1",
        SOURCE.link(PATH) + "#lukhas-notion=1.a",
        SOURCE.link(PATH) + "#lukhas-notion=1.tooshort.",
        SOURCE.link(PATH) + "#lukhas-notion=1.%20.",
        SOURCE.link(PATH) + "#lukhas-notion=1...\n",
        "https://example.org/#lukhas-notion=1..",
        "https://[bad/#lukhas-notion=1..",
        "#lukhas-notion=1..",
    ],
)
def test_what_cannot_be_read_is_no_record(link: str) -> None:
    """A link of a person's, or a damaged one, is as none."""
    assert read_record(link) is None


@given(st.text(max_size=80))
def test_no_fragment_is_an_error(text: str) -> None:
    """Reading any link returns a record or None."""
    for prefix in ("", "lukhas-notion=1.", f"lukhas-notion=1.{key_hash('k')}."):
        record = read_record(f"{SOURCE.link(PATH)}#{prefix}{text}")
        assert record is None or record.applied is None or record.values


def test_an_unknown_version_tells_the_place_alone() -> None:
    """A newer tool's record counts for identity and not for values."""
    record = read_record(SOURCE.link(PATH) + "#lukhas-notion=2.some.thing.new?")
    assert record == PageRecord(SOURCE.place(PATH), version=2)
    assert record.applied is None


def test_properties_whose_names_have_one_hash_are_not_known() -> None:
    """Two values under one hash cannot be distinguished."""
    record = PageRecord(SOURCE.place(PATH), "", "AAAAAAAAAAAAAAAAAAA")  # two names of zeros
    assert record.applied == {}


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        (PropertyType.NUMBER, 85, 85.0),
        (PropertyType.NUMBER, 0, -0.0),
        (PropertyType.MULTI_SELECT, ("a", "b"), ("b", "a")),
        (PropertyType.DATE, "2026-01-31T10:00:00+02:00", "2026-01-31T08:00:59.000Z"),
        (PropertyType.RICH_TEXT, "a", "a "),
        (PropertyType.NUMBER, 1, 2),
        (PropertyType.NUMBER, None, 0),
        (PropertyType.DATE, "2026-01-31", "2026-01-31T00:00:00Z"),
        (PropertyType.SELECT, None, "None"),
        (PropertyType.RICH_TEXT, "\ud800", "?"),
    ],
)
def test_values_have_one_hash_just_where_notion_shows_the_same(
    kind: PropertyType, left: Value, right: Value
) -> None:
    """The hash follows the comparison of values."""
    assert (value_hash(kind, left) == value_hash(kind, right)) is equal(kind, left, right)


@given(st.text(max_size=10), st.text(max_size=10))
def test_different_texts_have_different_hashes(left: str, right: str) -> None:
    """The type belongs to the hash, so a text is never taken for an option of that name."""
    text, select = PropertyType.RICH_TEXT, PropertyType.SELECT
    assert (value_hash(text, left) == value_hash(text, right)) is (left == right)
    assert value_hash(text, left) != value_hash(select, left)
