"""Templates: a line of text for each entry."""

from __future__ import annotations

from typing import Any

import pytest

from lukhas_notion.config.config import DEFAULT_PROPERTIES
from lukhas_notion.plan.property_spec import LineTemplate


def written(template: LineTemplate, entries: Any) -> str:
    """Return the lines of all entries as one text."""
    return "\n".join(line for line, _ in template.lines(entries))


def test_the_default_line_of_an_api() -> None:
    """APIs are shown one a line, sorted, with a tick or a cross for each check."""
    template = next(p.each for p in DEFAULT_PROPERTIES if p.name == "APIs")
    assert template is not None
    apis = {
        "search": {"module": "core.search", "import_verified": True, "doc_ok": False},
        "Index": {"module": "core.index", "import_verified": "yes", "doc_ok": True},
    }
    assert written(template, apis) == (
        "- Index (core.index)  import:✗  docs:✓\n- search (core.search)  import:✓  docs:✗"
    )


def test_the_order_of_entries_is_no_change() -> None:
    """The same entries in another order make the same lines."""
    template = LineTemplate("{@key}={@value}")
    a_first, b_first = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    assert written(template, a_first) == written(template, b_first) == "a=1\nb=2"


@pytest.mark.parametrize(
    ("text", "entries", "lines"),
    [
        ("{@key}. {@value}", ["x", "y"], "1. x\n2. y"),
        ("{name}", [{"name": "é"}], "é"),
        ("{name}", [{"name": ["é", 1]}], '["é", 1]'),
        ("{name}|", [{"name": None}, {}, "text"], "|\n|\n|"),
        ("{@value:check}", [True, False], "✓\n✗"),
        ("{@value:}", ["x"], "x"),
        ("plain", {"a": 1}, "plain"),
        ("{a}", {}, ""),
    ],
)
def test_fields(text: str, entries: list[object] | dict[str, object], lines: str) -> None:
    """Keys, values, fields and ticks are filled in; what is absent is empty."""
    assert written(LineTemplate(text), entries) == lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{a", "brace"),
        ("a}", "brace"),
        ("{}", "brace"),
        ("{a:bold}", "`check`"),
        ("{@name}", "@key and @value"),
    ],
)
def test_a_template_that_cannot_be_meant_is_refused(text: str, said: str) -> None:
    """An error in a template is found when it is read, with a message that lists the choices."""
    with pytest.raises(ValueError, match=said):
        LineTemplate(text)
