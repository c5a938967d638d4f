"""One entry of the mapping, read by itself."""

from __future__ import annotations

import pytest

from lukhas_notion.config.document import Document
from lukhas_notion.config.property_entry import EntryReader
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import ConfigError


def read(text: str, default: PropertySpec | None = None) -> PropertySpec:
    """Return the property A that an entry makes."""
    document = Document.parse(f"[properties.A]\n{text}\n", "lukhas-notion.toml")
    return EntryReader(document, "A", document.table("properties", "A")).property(default)


def test_an_entry_names_type_and_source() -> None:
    """Each key of the entry is a field of the property."""
    spec = read('type = "number"\nfrom = ["/a", "/b"]\nscale = 0.01\nrequired = false')

    assert (spec.name, spec.type, spec.pointers) == ("A", PropertyType.NUMBER, ("/a", "/b"))
    assert (spec.scale, spec.required, spec.collect) == (0.01, False, False)


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
