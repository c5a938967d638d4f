"""What a page knows of its body."""

from __future__ import annotations

import pytest

from lukhas_notion.plan.body_record import BodyRecord, given_hash, is_edited, source_hash


def test_a_record_says_whether_a_write_is_pending() -> None:
    """The hash of what Notion gave back is there once the body was written."""
    pending = BodyRecord(source_hash("a/README.md", "text"))

    assert pending.is_pending
    assert not pending.written("text").is_pending
    assert BodyRecord.unpack(pending.written("text").pack()) == pending.written("text")


@pytest.mark.parametrize("data", [b"", b"1", b"1234567", b"123456789", b"1" * 17])
def test_what_is_no_record_is_none(data: bytes) -> None:
    """Bytes of another length say nothing of a body."""
    assert BodyRecord.unpack(data) is None


def test_a_file_that_moved_is_another_source() -> None:
    """Its relative links lead elsewhere."""
    assert source_hash("a/README.md", "text") != source_hash("b/README.md", "text")


@pytest.mark.parametrize(
    ("record", "held", "edited"),
    [
        (None, "", False),
        (None, " \n", False),
        (None, "text", True),
        (BodyRecord(b"1" * 8), "text", False),
        (BodyRecord(b"1" * 8, given_hash("text")), "text\n", False),
        (BodyRecord(b"1" * 8, given_hash("text")), "texts", True),
        (BodyRecord(b"1" * 8, given_hash("text")), "", True),
    ],
)
def test_an_edit_is_what_differs_from_what_was_given_back(
    record: BodyRecord | None, held: str, edited: bool
) -> None:
    """Only a body that this tool has not written, or not like this, was edited."""
    assert is_edited(record, held) is edited
