"""Compare a plan with the reviewed one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.core import page, plan, want

from lukhas_notion.plan.plan import Plan, digest_of
from lukhas_notion.sync.options import (
    Reviewed,
    differences,
    not_reviewed,
    read_plan,
    reviewed_digest,
)
from lukhas_notion.util.errors import UsageError


def reviewed(made: Plan) -> Reviewed:
    """Return a plan as a reviewed plan."""
    return Reviewed(made.digest, list(made.operations()))


def test_the_reviewed_plan_is_not_refused() -> None:
    """The same digest is enough, whether or not the operations are known."""
    made = plan([want("core", Coverage=80)])
    assert not_reviewed(reviewed(made), made) is None
    assert not_reviewed(Reviewed(made.digest), made) is None


def test_a_digest_does_not_depend_on_the_order_of_operations() -> None:
    """Any machine and day gives the same digest for the same operations."""
    made = plan([want("a"), want("b")])
    operations = list(made.operations())
    assert digest_of(reversed(operations)) == digest_of(operations) == made.digest


def test_each_difference_is_named_by_its_operation() -> None:
    """Added, removed and changed operations are each listed with a sign."""
    old = want("changed", Coverage=75, Description="Same.")
    before = plan([want("gone"), want("changed", Coverage=80, Description="Same.")], [page(old)])
    after = plan([want("new"), want("changed", Coverage=90, Description="Same.")], [page(old)])

    lines = list(differences(list(before.operations()), list(after.operations())))

    assert [line for line in lines if "create" in line] == [
        "- create gone: reviewed, but no longer planned",
        "+ create new: planned, but not reviewed",
    ]
    (changed,) = [line for line in lines if "update" in line]
    assert changed.startswith("~ update changed: Coverage: reviewed 75.0 → 80.0, now 75.0 → 90.0")
    assert "Description" not in changed


def test_another_page_is_another_operation() -> None:
    """The same values on another page are a difference from the reviewed plan."""
    new, old = want("core", Coverage=2), want("core", Coverage=1)
    one, two = plan([new], [page(old, "p1")]), plan([new], [page(old, "p2")])
    assert list(differences(list(one.operations()), list(two.operations()))) == [
        "~ update core: page: reviewed 'p1', now 'p2'"
    ]


def test_unknown_operations_are_said_to_be_unknown() -> None:
    """With a digest alone the refusal shows what is planned now."""
    refused = not_reviewed(Reviewed("0" * 64), plan([want("core")]))
    assert refused is not None
    assert refused.reason == "plan-changed"
    assert refused.details[1:] == ("+ create core",)
    assert "0" * 64 in refused.message


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "0" * 63, "0" * 65])
def test_what_is_no_digest_is_a_usage_error(text: str) -> None:
    """A digest must have all 64 digits, because a part could match two plans."""
    with pytest.raises(UsageError, match="--expect-digest"):
        reviewed_digest(text, "--expect-digest")


def test_a_digest_may_be_in_capitals() -> None:
    """Upper case is accepted."""
    assert reviewed_digest(f" {'AB' * 32}\n", "x") == "ab" * 32


def test_a_plan_is_read_from_a_report_or_by_itself(tmp_path: Path) -> None:
    """The JSON report and its plan alone give the same reviewed plan."""
    made = plan([want("core")])
    document = {"digest": made.digest, "operations": list(made.operations())}
    for content in (document, {"plan": document}):
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(content))
        assert read_plan(file) == reviewed(made)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"plan": null}', '{"plan": {"digest": 1}}', "["]
)
def test_a_file_without_a_plan_is_a_usage_error(tmp_path: Path, content: str) -> None:
    """The error names the file, whatever its content."""
    file = tmp_path / "plan.json"
    file.write_text(content)
    with pytest.raises(UsageError, match="does not contain a plan"):
        read_plan(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "missing.json")


def test_a_plan_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    """Operations that do not match the digest are refused."""
    made = plan([want("core")])
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"digest": made.digest, "operations": []}))
    with pytest.raises(UsageError, match="was changed"):
        read_plan(file)
