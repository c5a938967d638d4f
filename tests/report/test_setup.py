"""A set-up told to a terminal: what is added, what is left to do, and where the database is."""

from __future__ import annotations

from support.core import schema

from lukhas_notion.plan.database import PropertyAddition
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.setup import closing_lines, plan_lines
from lukhas_notion.setup.result import SetupPlan, SetupResult

TAGS = PropertySpec("Tags", PropertyType.MULTI_SELECT, ("/tags",))


def test_each_thing_that_is_added_is_a_line() -> None:
    """The database, its properties and their options, ten of a property at most."""
    options = tuple((f"o{n}", "red") for n in range(12))
    plan = SetupPlan(None, (PropertyAddition(TAGS, options),))
    shown = list(map(str, plan_lines(plan, (), "Modules")))
    assert shown[:3] == [
        "database  + Modules",
        "property  + Tags (multi_select)",
        "option    Tags + o0 (red)",
    ]
    assert shown[-1] == "option    Tags + 2 more"


def test_the_address_is_at_the_end() -> None:
    """What is left to do is numbered, and below it stands where the database is."""
    result = SetupResult(dry_run=False, schema=schema(), left=("Set the secret.", "Run doctor."))
    assert list(map(str, closing_lines(result))) == [
        "1. Set the secret.",
        "2. Run doctor.",
        "The database: database  https://notion.example/db",
    ]


def test_what_is_not_in_notion_is_said_first() -> None:
    """Each thing that was planned and is not there, and what to do."""
    result = SetupResult(dry_run=False, unapplied=("the option x",))
    assert list(map(str, closing_lines(result)))[:2] == [
        "NOT IN NOTION: the option x",
        "✗ 1 thing not in Notion. Run again: what is there is left alone.",
    ]
