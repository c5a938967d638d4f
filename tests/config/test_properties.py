"""The mapping that the entries of a file make of the default one."""

from __future__ import annotations

import pytest

from lukhas_notion.config.document import Document
from lukhas_notion.config.properties import DEFAULT_PROPERTIES, entry_for, read_mapping
from lukhas_notion.config.property_entry import EntryReader
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import ConfigError


def mapping(text: str) -> PropertyMapping:
    """Return the mapping of a file without errors."""
    document = Document.parse(text, "c.toml")
    found = read_mapping(document)
    document.finish()
    assert found is not None
    return found


def test_without_entries_it_is_the_default_one() -> None:
    """The default properties have their order."""
    assert mapping("").properties == DEFAULT_PROPERTIES


def test_all_errors_of_all_entries_are_collected() -> None:
    """One wrong entry hides no other, and no mapping is made of a part."""
    text = """
[properties.A]
type = "url"
[properties.B]
from = "/b"
[properties.C]
type = "number"
from = "/c"
join = "x"
"""
    document = Document.parse(text, "c.toml")
    assert read_mapping(document) is None
    with pytest.raises(ConfigError) as caught:
        document.finish()
    said = caught.value.message.splitlines()
    assert said[0] == "The configuration has 3 errors."
    assert [line.partition(": ")[0] for line in said[1:]] == ["c.toml:2", "c.toml:4", "c.toml:9"]


def test_what_is_counted_waits_for_entries_that_are_wrong() -> None:
    """A missing title is not reported while an entry is wrong, since that may be the title."""
    text = '[mapping]\ndefaults = false\n[properties.N]\ntype = "titel"\nfrom = "/n"\n'
    with pytest.raises(ConfigError) as caught:
        mapping(text)
    assert "has none with" not in caught.value.message
    assert 'Did you mean "title"?' in caught.value.remedy


def test_how_a_property_is_mapped_under_another_name() -> None:
    """A default one by its source, another one by renaming its entry."""
    [tags] = [spec for spec in DEFAULT_PROPERTIES if spec.name == "Tags"]
    assert entry_for(tags, "Labels") == (
        'map \'Labels\' in lukhas-notion.toml: under [properties."Labels"], write from = "/tags"'
    )
    own = mapping('[properties.X]\ntype = "url"\nfrom = "/x"\n').properties[-1]
    assert entry_for(own, "Y") == (
        'rename [properties."X"] to [properties."Y"] in lukhas-notion.toml'
    )
    named = mapping('[properties.X]\ntype = "select"\nfrom = "/x"\n').properties[-1]
    assert entry_for(named, "Y").endswith(", its line under [vocabularies] as well")


def read(text: str, default: PropertySpec | None = None) -> PropertySpec:
    """Return the property A that an entry makes."""
    document = Document.parse(f"[properties.A]\n{text}\n", "lukhas-notion.toml")
    return EntryReader(document, "A", document.table("properties", "A")).property(default)


def test_an_entry_names_type_and_source() -> None:
    """Each key of the entry is a field of the property."""
    spec = read('type = "number"\nfrom = ["/a", "/b"]\nscale = 0.01\nrequired = false')

    assert (spec.name, spec.type, spec.pointers) == ("A", PropertyType.NUMBER, ("/a", "/b"))
    assert (spec.scale, spec.required, spec.collect) == (0.01, False, False)


def test_a_blank_name_of_the_other_side_is_none() -> None:
    """Notion chooses the name then; it would refuse a blank one after the relation is made."""
    entry = '[properties.X]\ntype = "relation"\nfrom = "/x"\nsynced = "  "\n'
    assert mapping(entry).properties[-1].synced == ""


def test_a_default_keeps_what_an_entry_does_not_say() -> None:
    """Only what is written in the file changes a default property."""
    default = PropertySpec("A", PropertyType.RICH_TEXT, ("/a",), join=" / ")

    assert read("required = false", default) == PropertySpec(
        "A", PropertyType.RICH_TEXT, ("/a",), join=" / ", required=False
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('from = "/a"', "has no type"),
        ('type = "url"', "has no source"),
        ('type = "url"\nfrom = "/a"\nconstant = "b"', "exclude each other"),
        ('type = "url"\nfrom = "/a"\nscale = 2', "is for number"),
        ('type = "number"\nconstant = "b"', "does not fit"),
    ],
)
def test_an_entry_that_cannot_be_is_an_error_with_its_line(text: str, said: str) -> None:
    """The error names the file, the line and the key."""
    with pytest.raises(ConfigError, match=said) as error:
        read(text)

    assert error.value.message.startswith("lukhas-notion.toml:")
