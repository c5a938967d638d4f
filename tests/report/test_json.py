"""The JSON report: the same content as the Markdown one, for a machine."""

from __future__ import annotations

import json
from typing import Any

from support.core import outcomes, page, plan, result, want

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import OptionChange, OptionRemoval
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.json import document, plan_document
from lukhas_notion.sync.result import OptionOutcome, Result, Status
from lukhas_notion.util.errors import RunStopped

OPTIONS = OptionChange(
    "Tags", PropertyType.MULTI_SELECT, (("new", "red"),), (OptionRemoval("old", 2),), 3
)


def made() -> Plan:
    """Return a plan with an update, a create, a conflict and options."""
    both = [page(want("c"), each, record=False) for each in "12"]
    pages = [page(want("b", Tags=("x",))), *both]
    wants = [want("a", Coverage=85), want("b", Tags=("y",)), want("c")]
    return plan(wants, pages, options=[OPTIONS])


def written(**fields: Any) -> dict[str, Any]:
    """Return a report as a reader of its JSON has it."""
    text = json.dumps(document(result(**fields)))
    document_read: dict[str, Any] = json.loads(text)
    return document_read


def test_a_dry_run_tells_what_would_be_done() -> None:
    """The head, the counts and the plan are there; there are no outcomes."""
    told = written(made=made(), checked=3, requests=4, seconds=1.23456, notices=["look"])
    assert told["format"] == 1
    assert told["generated"] == "2026-01-31T12:00:00.123456+00:00"
    assert (told["run"], told["tool_version"], told["commit"]) == ("run-1", "0.1.0", "")
    assert (told["dry_run"], told["exit_code"], told["stopped"]) == (True, 1, None)
    assert (told["checked"], told["requests"], told["seconds"]) == (3, 4, 1.235)
    assert told["notices"] == ["look"]
    assert told["summary"] == {
        "created": 1,
        "updated": 1,
        "adopted": 0,
        "restored": 0,
        "archived": 0,
        "held": 0,
        "skipped": 0,
        "drifted": 0,
        "orphans": 0,
        "unmanaged": 0,
        "others": 0,
        "conflicts": 1,
        "violations": 0,
        "properties_added": 0,
        "options_added": 1,
        "options_removed": 1,
        "unapplied": 1,
    }
    assert told["outcomes"] == told["option_outcomes"] == []
    assert [u["module"] for u in told["unapplied"]] == ["c"]


def test_a_plan_is_told_whole() -> None:
    """Digest, operations, options with colours and counts, and every value before and after."""
    plan_made = made()
    told = json.loads(json.dumps(plan_document(plan_made)))
    assert told["digest"] == plan_made.digest
    assert (told["database_id"], told["data_source_id"]) == ("database", "source")
    assert told["orphans_known"] is True
    assert told["operations"] == list(plan_made.operations())
    assert told["options"] == [
        {
            "property": "Tags",
            "add": [{"name": "new", "color": "red"}],
            "by_pages": [],
            "waiting": [],
            "remove": [{"name": "old", "pages": 2}],
            "total": 4,
        }
    ]
    create, update, conflict = told["changes"]
    coverage = {"name": "Coverage", "type": "number", "before": None, "after": 85}
    assert coverage in create["properties"]
    assert update["kind"] == "update"
    assert update["page_id"] == "page-b"
    assert {
        "name": "Tags",
        "type": "multi_select",
        "before": ["x"],
        "after": ["y"],
        "cause": "manifest",
    } in update["properties"]
    assert conflict["kind"] == "conflict"
    assert conflict["reason"]


def test_everything_that_was_not_applied_is_listed() -> None:
    """Pages, options and conflicts: as many as the summary says."""
    plan_made = made()
    failed = Result(
        (OptionOutcome(OPTIONS, Status.ERROR, "refused", "Run again."),),
        outcomes(plan_made, a=(Status.UNKNOWN, "lost")),
        RunStopped("Ctrl-C", exit_code=130),
    )
    told = written(made=plan_made, dry_run=False, result=failed, info=RunInfo("r", "1", "c0ffee"))
    assert told["stopped"] == "Ctrl-C"
    assert told["exit_code"] == 130
    assert told["commit"] == "c0ffee"
    assert len(told["unapplied"]) == told["summary"]["unapplied"] == 3
    assert told["unapplied"][0]["module"] == "a"
    assert told["unapplied"][0]["status"] == "unknown"
    assert told["unapplied"][1] == {
        "property": "Tags",
        "status": "error",
        "error": "refused",
        "remedy": "Run again.",
    }
    assert told["option_outcomes"] == [told["unapplied"][1]]
    assert [o["status"] for o in told["outcomes"]] == ["unknown", "success"]
    assert told["summary"]["options_added"] == 0


def test_violations_are_told_with_their_places() -> None:
    """Without a plan there are the violations, each with all it has."""
    told = written(made=None, violations=[Violation("a.json", 2, 3, "/x", "rule", "no", "do")])
    assert told["plan"] is None
    assert told["exit_code"] == 1
    assert told["violations"] == [
        {
            "path": "a.json",
            "line": 2,
            "column": 3,
            "pointer": "/x",
            "rule": "rule",
            "message": "no",
            "remedy": "do",
            "fix": "",
            "also": [],
            "entry": "",
        }
    ]
