"""What a page knows of its body."""

from __future__ import annotations

import pytest

from lukhas_notion.plan.page_record import BodyRecord, BodyTexts, given_hash, is_edited, source_hash


@pytest.mark.parametrize(
    "record",
    [
        BodyRecord(b"1" * 8, b"2" * 8),
        BodyRecord(b"1" * 8, b"2" * 8, is_pending=True),
        BodyRecord(b"1" * 8, is_pending=True),
        BodyRecord(b"?" * 8, b"?" * 8),
    ],
)
def test_what_is_packed_is_read(record: BodyRecord) -> None:
    """A record has the hash of the body's source, and whether a write is pending."""
    assert BodyRecord.unpack(record.pack()) == record
    assert not record.written("text").is_pending


@pytest.mark.parametrize("data", [b"", b"1", b"1234567", b"12345678", b"123456789", b"1" * 17])
def test_what_is_no_record_is_none(data: bytes) -> None:
    """Bytes of another form are not a body's record."""
    assert BodyRecord.unpack(data) is None


def test_a_file_that_moved_is_another_source() -> None:
    """Its relative links lead elsewhere."""
    assert source_hash("a/README.md", "text") != source_hash("b/README.md", "text")


def test_other_line_ends_are_no_change() -> None:
    """Git checks one file out with the ends of the machine."""
    assert source_hash("README.md", "a\r\nb\r\n") == source_hash("README.md", "a\nb\n")


TEXT = given_hash("text")


@pytest.mark.parametrize(
    ("record", "held", "edited"),
    [
        (None, "", False),
        (None, " \n", False),
        (None, "text", True),
        (None, "*new* body", False),
        (BodyRecord(b"1" * 8, TEXT), "text\n", False),
        (BodyRecord(b"1" * 8, TEXT), "texts", True),
        (BodyRecord(b"1" * 8, TEXT), "", True),
        (BodyRecord(b"1" * 8, TEXT, is_pending=True), "text", False),
        (BodyRecord(b"1" * 8, TEXT, is_pending=True), "*new* body", False),
        (BodyRecord(b"1" * 8, TEXT, is_pending=True), "Precious", True),
        (BodyRecord(b"1" * 8, is_pending=True), "", False),
        (BodyRecord(b"1" * 8, is_pending=True), "Precious", True),
    ],
)
def test_an_edit_is_what_was_neither_written_nor_about_to_be(
    record: BodyRecord | None, held: str, edited: bool
) -> None:
    """Only a body that this tool has not written, and was not about to write, was edited."""
    assert is_edited(record, BodyTexts("new body", held)) is edited
