"""What a person does behind the API's back."""

from __future__ import annotations

import pytest
from emulator.notion_client_for_tests import Talk

from lukhas_notion.emulator import Emulator


def test_editing() -> None:
    """A person's edits are there at once: long text, new options, dates, nothing."""
    with Talk() as talk:
        emulator = talk.emulator
        page_id = talk.module("a", Coverage={"number": 5})
        emulator.edit_page(
            page_id,
            {
                "Description": "x" * 5000,
                "Tags": ["new"],
                "Coverage": None,
                "Updated At": "2026-01-31/2026-02-02",
            },
        )

        (page,) = emulator.pages()
        assert page["Description"] == "x" * 5000
        assert (page["Tags"], page["Coverage"]) == (["new"], None)
        assert page["Updated At"] == "2026-01-31/2026-02-02"
        answered = talk.client.get(f"/v1/pages/{page_id}").json()
        assert answered["last_edited_by"] != answered["created_by"]


def test_the_trash() -> None:
    """A page goes into the trash and comes back."""
    with Talk() as talk:
        page_id = talk.module("a")
        talk.emulator.trash_page(page_id)
        assert talk.emulator.pages() == []
        talk.emulator.restore_page(page_id)
        assert [page["id"] for page in talk.emulator.pages()] == [page_id]


def test_schema() -> None:
    """Options come and go, properties are renamed and removed, and rows follow."""
    with Talk() as talk:
        emulator = talk.emulator
        emulator.add_option("Tags", "x", "red")
        talk.module("a", Tags={"multi_select": [{"name": "x"}]}, Coverage={"number": 1})
        emulator.remove_option("Tags", "x")
        emulator.rename_property("Coverage", "Covered")
        emulator.remove_property("APIs")

        (page,) = emulator.pages()
        assert page["Tags"] == []
        assert page["Covered"] == 1
        assert "APIs" not in page


def test_mistakes() -> None:
    """What is not there is a KeyError."""
    emulator = Emulator()
    ids = emulator.create_database("D", {"Name": "title", "Tags": "multi_select"})
    page_id = emulator.create_page(ids.data_source_id, {"Name": "a"})

    for mistake in (
        lambda: emulator.edit_page(page_id, {"Nope": 1}),
        lambda: emulator.edit_page("nope", {}),
        lambda: emulator.remove_option("Tags", "nope"),
        lambda: emulator.add_option("Tags", "x", "teal"),
        lambda: emulator.create_database("E", {"Name": "title"}, parent="nope"),
    ):
        with pytest.raises(KeyError):
            mistake()
