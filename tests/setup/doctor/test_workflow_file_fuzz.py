"""Workflows of any shape: parsed or refused, judged or passed over, and never an accident."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_notion.github.inputs import INPUTS
from lukhas_notion.report.commands import doctor_lines, doctor_markdown
from lukhas_notion.setup.doctor.workflow_file import ParsingBudget, WorkflowError, parse, uses_of
from lukhas_notion.setup.doctor.workflows import use_checks
from lukhas_notion.setup.result import Diagnosis
from lukhas_notion.util.read_files import example_workflow

WORDS = st.sampled_from(
    [
        "",
        "true",
        "apply",
        "verify",
        "${{ x }}",
        "write",
        "read-all",
        "pull_request",
        "pull_request_target",
        "push",
        "lukhas-notion/lukhas-notion@v1",
        "\x1b[31m|::error::",
    ]
)
KEYS = st.one_of(
    st.sampled_from(["on", "jobs", "steps", "uses", "with", "env", "permissions", "concurrency"]),
    st.sampled_from(["group", "cancel-in-progress", "if", "contents", "pull-requests", "a", "b"]),
    st.sampled_from([spec.name for spec in INPUTS]),
)
VALUES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
STEPS = st.dictionaries(KEYS, VALUES, max_size=4).map(
    lambda step: {**step, "uses": "lukhas-notion/lukhas-notion@v1"}
)
JOBS = st.dictionaries(KEYS, VALUES, max_size=3).flatmap(
    lambda job: st.lists(STEPS, max_size=2).map(lambda steps: {**job, "steps": steps})
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4).flatmap(
    lambda top: st.dictionaries(KEYS, JOBS, max_size=2).map(lambda jobs: {**top, "jobs": jobs})
)


def judged(document: dict[str, Any]) -> None:
    """Judge a parsed workflow and tell it; whatever it is, both have to end."""
    found = tuple(check for use in uses_of(document) for check in use_checks("w", use))
    assert all(check.found for check in found)
    told = "\n".join(map(str, doctor_lines(Diagnosis(found))))
    assert "\x1b" not in told + doctor_markdown(Diagnosis(found))


@given(DOCUMENTS)
@settings(max_examples=150)
def test_any_document_is_judged(document: dict[str, Any]) -> None:
    """Lists for objects, objects for text: each is passed over, or is a finding."""
    judged(document)
    judged(parse(yaml.safe_dump(document), ParsingBudget()))


@given(st.data())
@settings(max_examples=150)
def test_a_workflow_with_a_change_anywhere_is_refused_or_judged(data: st.DataObject) -> None:
    """One of the examples, cut or with something put in at any place."""
    text = example_workflow(data.draw(st.sampled_from(["notion-apply.yml", "notion-preview.yml"])))
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.text(alphabet="&*!|>%@`[]{}:,-?#'\"\n\t x", max_size=6))
    cut = data.draw(st.integers(0, 40))
    with suppress(WorkflowError):
        judged(parse(text[:at] + put + text[at + cut :], ParsingBudget()))
