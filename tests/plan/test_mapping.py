"""The mapping: from a manifest's pointers to values of every type, or the reason why not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from support.core import MAPPING, SOURCE, manifest

from lukhas_notion.config.config import DEFAULT_PROPERTIES
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import (
    NOW,
    SHA,
    ConversionError,
    LineTemplate,
    PropertySpec,
)
from lukhas_notion.plan.property_types import convert, decode, equal, options
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import MAX_PAYLOAD_BYTES, PropertyType, Value
from lukhas_notion.util.errors import ConfigError

T = PropertyType


def spec(kind: PropertyType, *pointers: str, **more: Any) -> PropertySpec:
    """Return a property called P."""
    return PropertySpec("P", kind, pointers or ("/p",), **more)


CONVERTED = [
    (spec(T.TITLE), "core", "core"),
    (spec(T.TITLE), 5, "5"),
    (spec(T.RICH_TEXT), "a\nb", "a\nb"),
    (spec(T.RICH_TEXT), ["a", "b"], "a, b"),
    (spec(T.RICH_TEXT), ["a", None, 1, True, ["x"]], "a, 1, true, x"),
    (spec(T.RICH_TEXT, join="\n"), ["a", "b"], "a\nb"),
    (spec(T.RICH_TEXT), 1.5, "1.5"),
    (spec(T.RICH_TEXT), [], ""),
    (spec(T.RICH_TEXT, each=LineTemplate("{@key}: {x}")), {"b": {"x": 1}, "a": {}}, "a: \nb: 1"),
    (spec(T.RICH_TEXT, each=LineTemplate("- {@value}")), ["b", "a"], "- a\n- b"),
    (spec(T.RICH_TEXT, each=LineTemplate("- {@value}")), "text", "text"),
    (spec(T.NUMBER), 85, 85),
    (spec(T.NUMBER), 0, 0),
    (spec(T.NUMBER), -0.5, -0.5),
    (spec(T.MULTI_SELECT), ["b", "a", "b"], ("b", "a")),
    (spec(T.MULTI_SELECT), "one", ("one",)),
    (spec(T.MULTI_SELECT), [1, 2.5], ("1", "2.5")),
    (spec(T.MULTI_SELECT), [], ()),
    (spec(T.SELECT), "a", "a"),
    (spec(T.SELECT), ["a"], "a"),
    (spec(T.SELECT), ["a", "a"], "a"),
    (spec(T.SELECT), [], None),
    (spec(T.DATE), "2026-01-31", "2026-01-31"),
    (spec(T.DATE), "2026-01-31T10:00:00+01:00", "2026-01-31T10:00:00+01:00"),
    (spec(T.CHECKBOX), True, True),
    (spec(T.CHECKBOX), False, False),
    (spec(T.URL), "https://example.org", "https://example.org"),
    (spec(T.STATUS), "Live", "Live"),
    (spec(T.NUMBER, scale=0.01), 88.5, 0.885),
    (spec(T.NUMBER, scale=0.01), 7, 0.07),
    (spec(T.NUMBER, scale=1000), 0.1, 100.0),
    (spec(T.EMAIL), "team@example.org", "team@example.org"),
    (spec(T.EMAIL), "", None),
    (spec(T.PHONE_NUMBER), "+44 (0)20 7946-0000 ext. 12", "+44 (0)20 7946-0000 ext. 12"),
    (spec(T.PHONE_NUMBER), "", None),
    (
        spec(T.FILES),
        "https://e.example/a/b%20c.pdf?x=1",
        ("b c.pdf <https://e.example/a/b%20c.pdf?x=1>",),
    ),
    (spec(T.FILES), ["https://e.example/"], ("e.example <https://e.example/>",)),
    (
        spec(T.FILES),
        {"url": "https://e.example/a", "name": "Plan"},
        ("Plan <https://e.example/a>",),
    ),
    (spec(T.FILES, file_name="Runbook"), "https://e.example/a", ("Runbook <https://e.example/a>",)),
    (spec(T.FILES), [], ()),
    (spec(T.URL), "", None),
]


@pytest.mark.parametrize(("how", "given", "value"), CONVERTED)
def test_a_value_of_every_type(how: PropertySpec, given: object, value: Value) -> None:
    """Text, lists, numbers, dates and flags become what Notion accepts."""
    made = convert(how, {"p": given})
    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.TITLE, ""),
        (T.RICH_TEXT, ""),
        (T.NUMBER, None),
        (T.MULTI_SELECT, ()),
        (T.SELECT, None),
        (T.DATE, None),
        (T.CHECKBOX, False),
        (T.URL, None),
    ],
)
def test_what_is_absent_or_null_is_empty(kind: PropertyType, value: Value) -> None:
    """A manifest without a value clears the property, whatever its type."""
    assert convert(spec(kind), {}) == value
    assert convert(spec(kind), {"p": None}) == value
    assert convert(spec(kind, "/a/b", "/c"), {"a": 1}) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [(T.NUMBER, 0), (T.MULTI_SELECT, ("a",)), (T.CHECKBOX, False), (T.RICH_TEXT, "x")],
)
def test_a_constant_is_the_same_for_every_manifest(kind: PropertyType, value: Value) -> None:
    """A constant does not look at the manifest."""
    assert convert(PropertySpec("P", kind, constant=value), {"p": "other"}) == value


def test_the_first_pointer_that_is_there_wins() -> None:
    """A list of pointers is a list of places to look."""
    how = spec(T.RICH_TEXT, "/a", "/b", "/c")
    assert convert(how, {"b": "second", "c": "third"}) == "second"
    assert convert(how, {"a": "", "b": "second"}) == ""


def test_collected_pointers_all_count() -> None:
    """With collect every pointer with a value gives an option, or a piece of text."""
    many = spec(T.MULTI_SELECT, "/a", "/b", "/c", collect=True)
    assert convert(many, {"c": ["x", "y"], "a": "z"}) == ("z", "x", "y")
    assert options(many, {"c": ["x"], "a": "z"}) == [("/a", "z"), ("/c/0", "x")]
    text = spec(T.RICH_TEXT, "/a", "/b", "/c", collect=True, join=" / ")
    assert convert(text, {"a": "one", "b": "", "c": "three"}) == "one / three"


REFUSED = [
    (spec(T.RICH_TEXT), {"x": 1}, "/p", "mapping.type", "`each`"),
    (spec(T.RICH_TEXT), ["a", {"x": 1}], "/p/1", "mapping.type", "`each`"),
    (spec(T.RICH_TEXT), "a\0b", "/p", "limit.character", "U+0000"),
    (spec(T.RICH_TEXT), "x" * 200_001, "/p", "limit.text", "200,001 characters"),
    (spec(T.NUMBER), "85", "/p", "mapping.type", "not text"),
    (spec(T.NUMBER), True, "/p", "mapping.type", "not true or false"),
    (spec(T.NUMBER), {}, "/p", "mapping.type", "not an object"),
    (spec(T.NUMBER), float("inf"), "/p", "limit.number", "finite"),
    (spec(T.NUMBER), 10**400, "/p", "limit.number", "finite"),
    (spec(T.MULTI_SELECT), ["a", {}], "/p/1", "mapping.type", "not an object"),
    (spec(T.MULTI_SELECT), ["a", None], "/p/1", "mapping.type", "not null"),
    (spec(T.MULTI_SELECT), [["a"]], "/p/0", "mapping.type", "not a list"),
    (spec(T.MULTI_SELECT), [True], "/p/0", "mapping.type", "not true or false"),
    (spec(T.MULTI_SELECT), ["a", " "], "/p/1", "option.name", "is empty"),
    (spec(T.MULTI_SELECT), ["a,b"], "/p/0", "option.name", "comma"),
    (spec(T.MULTI_SELECT), ["x" * 101], "/p/0", "option.name", "longer than the 100"),
    (spec(T.MULTI_SELECT), ["😀" * 51], "/p/0", "option.name", "longer than the 100"),
    (spec(T.MULTI_SELECT), ["a", "b", "A"], "/p/2", "option.case", '"a" and "A"'),
    (spec(T.MULTI_SELECT), ["é", "e\u0301"], "/p/1", "option.alike", "U+0065 U+0301"),
    (spec(T.MULTI_SELECT), ["a", "b\u200b"], "/p/1", "option.name", "cannot be seen: U+200B"),
    (spec(T.SELECT), "\u3164", "/p", "option.name", "cannot be seen"),
    (spec(T.RICH_TEXT), "👨\u200d👩\u200d👧\u200d👦" * 18_150, "/p", "limit.text", "pieces"),
    (spec(T.MULTI_SELECT), [str(n) for n in range(101)], "/p/0", "limit.options", "101 options"),
    (spec(T.SELECT), ["a", "b"], "/p/0", "mapping.select", "one name only"),
    (spec(T.SELECT), "a,b", "/p", "option.name", "comma"),
    (spec(T.DATE), "31.1.2026", "/p", "mapping.date", "2026-01-31"),
    (spec(T.DATE), "0001-01-01T00:00+10:00", "/p", "mapping.date", "2026-01-31"),
    (spec(T.DATE), 20260131, "/p", "mapping.date", "2026-01-31"),
    (spec(T.CHECKBOX), "true", "/p", "mapping.type", "not text"),
    (spec(T.CHECKBOX), 1, "/p", "mapping.type", "not a number"),
    (spec(T.URL), ["https://a"], "/p", "mapping.type", "not a list"),
    (spec(T.URL), "https://a/" + "x" * 2_000, "/p", "limit.url", "2000"),
]


@pytest.mark.parametrize(("how", "given", "pointer", "rule", "said"), REFUSED)
def test_what_notion_cannot_hold_is_refused_with_its_place(
    how: PropertySpec, given: object, pointer: str, rule: str, said: str
) -> None:
    """Nothing is bent or cut to fit: the pointer, the rule and the reason are named."""
    with pytest.raises(ConversionError) as caught:
        convert(how, {"p": given})
    assert (caught.value.pointer, caught.value.rule) == (pointer, rule)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("how", "given"),
    [
        (spec(T.RICH_TEXT), "x" * 200_000),
        (spec(T.MULTI_SELECT), ["x" * 100]),
        (spec(T.MULTI_SELECT), [str(n) for n in range(100)]),
        (spec(T.URL), "https://a/" + "x" * 1_990),
    ],
)
def test_what_is_just_within_a_limit_is_held(how: PropertySpec, given: object) -> None:
    """The limits are Notion's own, and not one less."""
    assert convert(how, {"p": given})


def test_a_manifest_becomes_what_it_wants() -> None:
    """Every mapped property but the moment of the write has a value, the hash among them."""
    found = manifest(
        {"module": "core", "features": ["b", "a"], "testing": {"coverage_observed": 9}}
    )
    desired, problems = MAPPING.desired(found)
    assert problems == []
    assert desired is not None
    assert (desired.module, desired.path, desired.sha) == ("core", found.path, found.sha)
    assert desired.values == {
        "Module": "core",
        "Description": "",
        "Features": ("b", "a"),
        "APIs": "",
        "SLA p95": None,
        "Coverage": 9,
        "Provenance SHA": found.sha,
        "Tags": (),
    }
    assert set(MAPPING.types) == set(desired.values)


def test_every_reason_is_told_with_its_line() -> None:
    """All that does not fit is reported at once, each at its own line."""
    found = manifest({"module": "core", "description": {}, "features": ["a", "b,c"]})
    desired, problems = MAPPING.desired(found)
    assert desired is None
    assert [(p.rule, p.pointer, p.line) for p in problems] == [
        ("mapping.type", "/description", 3),
        ("option.name", "/features/1", 6),
    ]
    assert {p.path for p in problems} == {found.path}


@pytest.mark.parametrize("value", [{}, {"module": ""}, {"module": " "}, {"module": None}])
def test_a_module_without_a_name_is_a_violation(value: dict[str, object]) -> None:
    """A page needs a title; the pointers that were looked at are named."""
    desired, (problem,) = MAPPING.desired(manifest(value))
    assert desired is None
    assert problem.rule == "mapping.title"
    assert "/module" in problem.message
    assert problem.remedy
    assert MAPPING.module_name(value) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("core.a ", "ends with white space (U+0020)"),
        ("core.a\u200b", "cannot be seen: U+200B"),
        ("\u200b", "cannot be seen: it is U+200B"),
        ("\u3164", "cannot be seen: it is U+3164"),
    ],
)
def test_a_module_whose_name_misleads_is_a_violation(name: str, said: str) -> None:
    """Its page could not be distinguished from others, and Notion may trim the title."""
    desired, (problem,) = MAPPING.desired(manifest({"module": name}))
    assert desired is None
    assert (problem.rule, problem.pointer) == ("module.name", "/module")
    assert said in problem.message
    assert problem.remedy


@pytest.mark.parametrize("name", ["core", 5, ["a", "b"], "a  b", "é"])
def test_a_modules_name_is_its_pages_title(name: object) -> None:
    """The name that is compared among manifests is the one that is written to Notion."""
    desired, _ = MAPPING.desired(manifest({"module": name}))
    assert desired is not None
    assert MAPPING.module_name({"module": name}) == desired.module == desired.values["Module"]


def test_a_module_that_cannot_be_named_has_no_name() -> None:
    """An object is not a title, and does not raise."""
    assert MAPPING.module_name({"module": {"name": "x"}}) is None


@pytest.mark.parametrize(
    ("pointers", "value", "name"),
    [
        (("/module/name", "/module", "/name"), {"module": "a"}, "a"),
        (("/module/name", "/module", "/name"), {"module": {"name": "b"}}, "b"),
        (("/module/name", "/module", "/name"), {"name": "c"}, "c"),
    ],
)
def test_the_three_shapes_of_lukhas_manifests(
    pointers: tuple[str, ...], value: dict[str, object], name: str
) -> None:
    """A text, an object and a top-level name are reached by one list of pointers."""
    title = replace(MAPPING.title, pointers=pointers)
    mapping = PropertyMapping((title, *DEFAULT_PROPERTIES[1:]))
    assert mapping.module_name(value) == name


def test_a_home_assistant_manifest_by_mapping_alone() -> None:
    """Two single values become the options of one property."""
    mapping = PropertyMapping(
        (
            PropertySpec("Module", T.TITLE, ("/domain",)),
            PropertySpec("Features", T.MULTI_SELECT, ("/iot_class", "/integration_type"), True),
            PropertySpec("Source", T.SELECT, constant="Home Assistant"),
            PropertySpec("Provenance SHA", T.RICH_TEXT, (SHA,)),
        )
    )
    value = {"domain": "hue", "iot_class": "local_push", "integration_type": "hub"}
    desired, _ = mapping.desired(manifest(value))
    assert desired is not None
    assert desired.values["Features"] == ("local_push", "hub")
    assert desired.values["Source"] == "Home Assistant"
    assert mapping.now is None


LONG = "😀" * 40_000


def test_a_page_beyond_what_one_request_takes_is_a_violation() -> None:
    """Texts that fit one by one, and together do not, are refused with the page's weight."""
    texts = tuple(PropertySpec(f"T{n}", T.RICH_TEXT, ("/text",)) for n in range(4))
    mapping = PropertyMapping((*DEFAULT_PROPERTIES, *texts))
    desired, (problem,) = mapping.desired(manifest({"module": "core", "text": LONG}))
    assert desired is None
    assert problem.rule == "limit.payload"
    assert f"Notion accepts {MAX_PAYLOAD_BYTES:,}" in problem.message
    assert problem.remedy
    few = PropertyMapping((*DEFAULT_PROPERTIES, *texts[:3]))
    assert few.desired(manifest({"module": "core", "text": LONG}))[1] == []


def test_a_small_manifest_can_make_a_large_page() -> None:
    """What a template or a separator adds is weighed as well."""
    each = LineTemplate("é" * 1_900 + "{@value}")
    texts = tuple(PropertySpec(f"T{n}", T.RICH_TEXT, ("/list",), each=each) for n in range(3))
    mapping = PropertyMapping((*DEFAULT_PROPERTIES, *texts))
    _, (problem,) = mapping.desired(manifest({"module": "core", "list": [*range(50)]}))
    assert problem.rule == "limit.payload"


def test_the_options_that_the_mapping_itself_gives() -> None:
    """Constants of selects and multi-selects are names to be backfilled, each once."""
    mapping = PropertyMapping(
        (
            *DEFAULT_PROPERTIES,
            PropertySpec("Source", T.SELECT, constant="Home"),
            PropertySpec("Kinds", T.MULTI_SELECT, constant=("a", "b", "a")),
            PropertySpec("Note", T.RICH_TEXT, constant="text"),
            PropertySpec("Owner", T.SELECT, ("/owner",)),
        )
    )
    assert mapping.constant_options() == {"Source": ("Home",), "Kinds": ("a", "b")}
    assert MAPPING.constant_options() == {}


def test_a_mapping_without_some_properties() -> None:
    """Optional properties that the database lacks are left out, in the same order."""
    less = MAPPING.without({"Tags", "Coverage"})
    assert [p.name for p in less.properties] == [
        p.name for p in MAPPING.properties if p.name not in ("Tags", "Coverage")
    ]
    assert MAPPING.now is not None
    assert MAPPING.now.pointers == (NOW,)


@pytest.mark.parametrize(
    ("manifest_", "expected"),
    [
        ({"p": "2026-01-31", "q": "2026-02-02"}, "2026-01-31/2026-02-02"),
        ({"p": "2026-01-31"}, "2026-01-31"),
        (
            {"p": "2026-01-31T10:00Z", "q": "2026-01-31T12:00+01:00"},
            "2026-01-31T10:00Z/2026-01-31T12:00+01:00",
        ),
        ({}, None),
    ],
)
def test_a_date_with_an_end_is_a_range(manifest_: dict[str, str], expected: str | None) -> None:
    """The end comes from a pointer of its own, and may be missing."""
    assert convert(spec(T.DATE, end="/q"), manifest_) == expected


@pytest.mark.parametrize(
    ("manifest_", "place", "said"),
    [
        ({"p": "2026-01-31", "q": "2026-01-30"}, "/q", "ends before it begins"),
        ({"p": "2026-01-31T10:00:59Z", "q": "2026-01-31T10:00"}, "/q", "ends before it begins"),
        ({"p": "2026-01-31", "q": "2026-01-31T10:00"}, "/q", "with a time exactly where"),
        ({"p": "2026-01-31", "q": "soon"}, "/q", "write it as"),
        ({"q": "2026-01-31"}, "/q", "an end and no beginning"),
    ],
)
def test_a_range_that_is_none_is_refused(manifest_: dict[str, str], place: str, said: str) -> None:
    """A range that Notion cannot hold is reported at the place of its end."""
    with pytest.raises(ConversionError, match=said) as caught:
        convert(spec(T.DATE, end="/q"), manifest_)
    assert (caught.value.pointer, caught.value.rule) == (place, "mapping.date")


def test_files_take_their_names_from_a_list() -> None:
    """Each address has the name of its place, the last part of its path where that is empty."""
    files = spec(T.FILES, file_name="/names")
    value = {"p": ["https://e.example/a", "https://e.example/b"], "names": ["A", ""]}
    assert convert(files, value) == ("A <https://e.example/a>", "b <https://e.example/b>")
    with pytest.raises(ConversionError, match="2 files and 3 names"):
        convert(files, {**value, "names": ["A", "B", "C"]})


@pytest.mark.parametrize(
    ("kind", "bad", "rule"),
    [
        (T.EMAIL, "nobody", "mapping.email"),
        (T.EMAIL, "a b@example.org", "mapping.email"),
        (T.EMAIL, 5, "mapping.type"),
        (T.EMAIL, "a" * 200 + "@example.org", "limit.email"),
        (T.PHONE_NUMBER, "call me", "mapping.phone"),
        (T.PHONE_NUMBER, "1", "mapping.phone"),
        (T.PHONE_NUMBER, 441234, "mapping.type"),
        (T.PHONE_NUMBER, "0" * 201, "limit.phone"),
        (T.FILES, "docs/plan.pdf", "mapping.files"),
        (T.FILES, "javascript:alert(1)", "mapping.files"),
        (T.FILES, ["https://e.example/a b"], "mapping.files"),
        (T.FILES, {"name": "x"}, "mapping.type"),
        (T.FILES, "https://e.example/" + "x" * 101, "limit.files"),
        (T.FILES, "https://e.example/x?" + "y" * 2_000, "limit.url"),
        (T.FILES, [f"https://e.example/{n}" for n in range(101)], "limit.files"),
        (T.STATUS, ["a", "b"], "mapping.select"),
        (T.NUMBER, 10**400, "limit.number"),
    ],
)
def test_what_a_type_cannot_hold(kind: PropertyType, bad: object, rule: str) -> None:
    """Each type refuses what Notion would refuse, or show as something else."""
    with pytest.raises(ConversionError) as caught:
        convert(spec(kind), {"p": bad})
    assert caught.value.rule == rule


LINKED = spec(T.LINKED_TEXT, link="/q")
EACH = spec(T.LINKED_TEXT, link="/at", each=LineTemplate("- {@key}"))


@pytest.mark.parametrize(
    ("linked", "manifest_", "expected"),
    [
        (LINKED, {"p": "Docs", "q": "https://e.example/d"}, "Docs <https://e.example/d>"),
        (LINKED, {"p": "Docs"}, "Docs"),
        (LINKED, {"p": "Docs", "q": ""}, "Docs"),
        (LINKED, {"q": "https://e.example/d"}, ""),
        (
            LINKED,
            {"p": "one\n\ntwo", "q": "https://e.example/"},
            "one <https://e.example/>\n\ntwo <https://e.example/>",
        ),
        (
            EACH,
            {"p": {"b": {"at": "https://e.example/b"}, "a": {}, "c": 5}},
            "- a\n- b <https://e.example/b>\n- c",
        ),
    ],
)
def test_text_that_links(linked: PropertySpec, manifest_: object, expected: str) -> None:
    """The whole text has one link, or each line the one of its entry."""
    assert convert(linked, manifest_) == expected


@pytest.mark.parametrize(
    ("got", "rule"),
    [
        ("docs/x.md", "mapping.link"),
        ("javascript:alert(1)", "mapping.link"),
        (5, "mapping.link"),
        ("https://e.example/" + "x" * 2_000, "limit.url"),
    ],
)
def test_a_link_that_is_no_web_address_is_refused(got: object, rule: str) -> None:
    """Notion would refuse it, or a reader would click on a broken link."""
    with pytest.raises(ConversionError) as caught:
        convert(LINKED, {"p": "Docs", "q": got})
    assert caught.value.rule == rule


def test_many_lines_with_links_are_refused() -> None:
    """Each line with a link takes a piece of its own, and so does the break after it."""
    lines = "\n".join("x" * 60)
    assert convert(LINKED, {"p": lines}) == lines
    with pytest.raises(ConversionError, match="60 lines with links"):
        convert(LINKED, {"p": lines, "q": "https://e.example/"})


def test_a_link_is_read_back_whatever_the_pieces() -> None:
    """Pieces of one link are one, and a link over a part of a line is not that of the line."""
    parts = [("a", "https://e.example/1"), ("b", "https://e.example/1"), ("\nc ", None), ("d", "x")]
    answer = [{"plain_text": text, "href": href} for text, href in parts]
    held = decode(T.LINKED_TEXT, {"type": "rich_text", "rich_text": answer}, "page p")
    assert held == "ab <https://e.example/1>\nc d <x>"
    assert equal(T.LINKED_TEXT, "a <https://e.example>", "a <https://e.example/>")


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        (T.RICH_TEXT, "@path", "a/b/module.manifest.json"),
        (T.RICH_TEXT, "@folder", "a/b"),
        (T.URL, "@source", "https://github.com/octo/modules/blob/HEAD/a/b/module.manifest.json"),
    ],
)
def test_what_is_known_of_the_file_is_a_source(
    kind: PropertyType, source: str, expected: str
) -> None:
    """Path, folder and the address on the default branch, which no commit changes."""
    own = (*DEFAULT_PROPERTIES, PropertySpec("P", kind, (source,)))
    desired, _ = (
        PropertyMapping(own)
        .of(SOURCE)
        .desired(manifest({"module": "m"}, "a/b/module.manifest.json"))
    )
    assert desired is not None
    assert desired.values["P"] == expected


def test_the_address_of_a_manifest_needs_a_repository() -> None:
    """Without one a run would clear on one machine what another one writes."""
    own = PropertyMapping((*DEFAULT_PROPERTIES, PropertySpec("P", T.URL, ("/url", "@source"))))
    with pytest.raises(ConfigError, match="not known"):
        own.of(Source("https://local.invalid/x"))
    assert MAPPING.of(Source("https://local.invalid/x")) is MAPPING


BASE = (PropertySpec("Module", T.TITLE, ("/module",)), PropertySpec("SHA", T.RICH_TEXT, (SHA,)))
OWNERS = {"owners": [{"email": "a@x.org", "n": 1}, {"email": "b@x.org", "n": 2}, {"n": None}]}


@pytest.mark.parametrize(
    ("how", "value"),
    [
        (spec(T.RICH_TEXT, "/owners/*/email"), "a@x.org, b@x.org"),
        (spec(T.MULTI_SELECT, "/owners/*/email"), ("a@x.org", "b@x.org")),
        (spec(T.EMAIL, "/owners/1/email"), "b@x.org"),
        (spec(T.NUMBER, "/none/*/n"), None),
        (spec(T.RICH_TEXT, "/none/*", "/owners/*/n"), "1, 2"),
        (spec(T.RICH_TEXT, "/owners/*/n", "/owners/0/email", collect=True), "1, 2, a@x.org"),
    ],
)
def test_a_pointer_with_a_star_feeds_all_that_it_leads_to(how: PropertySpec, value: Value) -> None:
    """As if they were a list; without any, the next pointer counts."""
    assert convert(how, OWNERS) == value


@pytest.mark.parametrize("kind", [T.NUMBER, T.DATE, T.URL, T.CHECKBOX, T.EMAIL])
def test_a_type_of_one_value_takes_no_second_one(kind: PropertyType) -> None:
    """Which of several was meant is not guessed; the second one's place is named."""
    with pytest.raises(ConversionError, match="2 values are here: it holds one") as raised:
        convert(spec(kind, "/owners/*/n"), OWNERS)
    assert (raised.value.pointer, raised.value.rule) == ("/owners/1/n", "mapping.several")


@pytest.mark.parametrize(
    ("kind", "value", "is_there"),
    [
        (T.RICH_TEXT, "text", True),
        (T.RICH_TEXT, "", False),
        (T.RICH_TEXT, None, False),
        (T.MULTI_SELECT, [], False),
        (T.MULTI_SELECT, ["a"], True),
        (T.CHECKBOX, False, True),
        (T.NUMBER, 0, True),
        (T.URL, "", False),
    ],
)
def test_a_value_that_is_asked_for_has_to_be_there(
    kind: PropertyType, value: object, is_there: bool
) -> None:
    """An empty one shows nothing, so it is as good as none; false and 0 are values."""
    asked = spec(kind, "/x", "/p", needed=True)
    mapping = PropertyMapping((*BASE, asked))

    found = mapping.desired(manifest({"module": "m", "p": value}))[1]

    assert [v.rule for v in found] == ([] if is_there else ["mapping.required"])
    for violation in found:
        assert violation.message == "P has no value: nothing is at /x or /p"


def test_the_sha_can_be_over_the_mapped_values() -> None:
    """What no property shows does not change it; what one shows does, and so does its name."""
    mapping = PropertyMapping((*BASE, spec(T.MULTI_SELECT)), hashes_values=True)

    def sha(value: dict[str, object], mapping: PropertyMapping = mapping) -> str:
        desired, _ = mapping.desired(manifest(value))
        assert desired is not None
        assert desired.values["SHA"] == desired.sha
        return desired.sha

    first = sha({"module": "m", "p": ["a"], "other": 1})
    assert first == sha({"other": [2], "p": ["a"], "module": "m"})
    assert first != sha({"module": "m", "p": ["b"], "other": 1})
    renamed = PropertyMapping((*BASE, replace(spec(T.MULTI_SELECT), name="Q")), hashes_values=True)
    assert first != sha({"module": "m", "p": ["a"]}, renamed)
    assert first == hashlib.sha256(b'{"Module":"m","P":["a"]}').hexdigest()
