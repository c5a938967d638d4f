"""The output of the commands that set up, check and fix."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.core import schema
from support.git import ENVIRON
from support.json import edit

from lukhas_notion.config.config import Flags, load
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import PropertyAddition
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.commands import (
    closing_lines,
    plan_lines,
    proposal_lines,
    terminal_diff,
    unified_diff,
)
from lukhas_notion.setup.adopt import Adoption
from lukhas_notion.setup.columns import Column
from lukhas_notion.setup.observe import ObservedPlace
from lukhas_notion.setup.propose import Proposal
from lukhas_notion.setup.result import SetupPlan, SetupResult
from lukhas_notion.validate.vocabulary_gate import (
    FixedFile,
    FixResult,
    plan_fixes,
    write_fixes,
)

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


def test_the_columns_of_a_proposal_never_touch() -> None:
    """A long pointer moves the rest of its row to the right; the other rows stay in line."""
    pointers = ("/a", "/b", "/metadata/annotations/github.com~1project-slug")
    columns = [
        Column(PropertySpec(p[-1], PropertyType.TITLE, (p,)), "", 3, ("x",)) for p in pointers
    ]
    proposal = Proposal(3, tuple(columns), "", (), (), ObservedPlace(()))
    head, short, _, long = list(map(str, proposal_lines(Adoption(("*.yaml",), proposal, "", ""))))[
        1:
    ]
    assert head.index("manifests") == short.index("3")
    assert long.split()[2:] == [pointers[2], "3", "x"]


def test_the_address_is_at_the_end() -> None:
    """The remaining steps are numbered, and the address of the database is below them."""
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
        "✗ 1 thing not in Notion. Run again: what exists is not changed.",
    ]


NAMES = {"x": "a", "y": "a", "z": "c"}


def fixed(text: str) -> FixedFile:
    """Return a list of texts with its names fixed."""
    value = json.loads(text)
    texts = {f"/{n}": NAMES[item] for n, item in enumerate(value) if item in NAMES}
    return FixedFile("m.json", text, *edit(text, value, texts))


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["x", "y", "z", "a", "c", *map(str, range(9))]), max_size=60),
    st.sampled_from([",\n", ", ", "\n, ", ",\r\n"]),
    st.sampled_from(["", "\n", "\n\n"]),
)
def test_git_applies_the_diff_to_the_byte(items: list[str], comma: str, end: str) -> None:
    """Git accepts the hunks, the line numbers and the missing end of a last line."""
    made = fixed(f"[\n{comma.join(map(json.dumps, items))}]{end}")
    diff = "".join(f"{line}\n" for line in unified_diff(made))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "m.json")
        file.write_bytes(made.before.encode())
        command = ["git", "apply", "--allow-empty", "--whitespace=nowarn", "-"]
        subprocess.run(command, cwd=folder, env=ENVIRON, input=diff.encode(), check=True)
        assert file.read_bytes() == made.after.encode()
    if not made.edits:
        assert made.before == made.after


def test_changes_far_apart_are_hunks_of_their_own() -> None:
    """Each has three lines of context, and the second counts the lines that the first removes."""
    items = ["a", "x", *map(str, range(7)), "z", "7"]
    made = fixed("[\n" + ",\n".join(map(json.dumps, items)) + "\n]\n")
    assert [line for line in unified_diff(made) if line.startswith("@@")] == [
        "@@ -1,6 +1,5 @@",
        "@@ -8,6 +7,6 @@",
    ]


@pytest.mark.parametrize(("between", "hunks"), [(5, 1), (6, 1), (7, 2)])
def test_changes_whose_lines_around_them_meet_are_one_hunk(between: int, hunks: int) -> None:
    """No line is shown twice."""
    items = ["x", *map(str, range(between)), "z"]
    made = fixed("[\n" + ",\n".join(map(json.dumps, items)) + "\n]\n")
    assert sum(line.startswith("@@") for line in unified_diff(made)) == hunks


def test_a_file_name_cannot_steer_the_terminal() -> None:
    """A line end, an escape and a command in a name are spelled out on one line."""
    made = fixed('["x"]')
    hostile = FixedFile("a\n::error::\x1b[31m.json", made.before, made.after, made.edits)
    first, *_ = terminal_diff(hostile)
    assert first == "--- a/a\\u{a}\\u{3a}:error::\\u{1b}[31m.json"


def test_what_changed_since_it_was_checked_is_read_anew(tmp_path: Path) -> None:
    """A name fixed by hand stays, a file that is now broken is reported, and others are fixed."""
    (tmp_path / "vocab").mkdir()
    (tmp_path / "vocab/features.json").write_text('{"search": {"synonyms": ["find"]}}')
    texts = {
        "fixed.json": '{"module": "m", "features": ["search"]}',
        "broken.json": '{"module": "b", "features": ["find"',
        "moved.json": '{"module": "n", "features": ["search", "other", "find"]}',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    config = load(Flags(root=str(tmp_path)), {})
    found = [Violation(name, 1, 1, "/features/0", "r", "m", "", "search") for name in texts]

    worked_out = plan_fixes(config, found)

    assert [each.path for each in worked_out.fixed] == ["moved.json"]
    assert [each.path for each in worked_out.not_fixed] == ["broken.json"]
    assert worked_out.names == 1
    assert write_fixes(config, worked_out).names == 1
    assert json.loads((tmp_path / "moved.json").read_text())["features"] == ["search", "other"]
    assert plan_fixes(config, []) == FixResult()


def test_a_file_that_is_saved_while_it_is_mended_stays_as_it_is(tmp_path: Path) -> None:
    """What was worked out for the old text is not written over the new one."""
    (tmp_path / "m.json").write_text('["x"] ')
    config = load(Flags(root=str(tmp_path)), {})

    done = write_fixes(config, FixResult([fixed('["x"]')]))

    assert (done.fixed, [each.message for each in done.not_fixed]) == (
        [],
        ["it was changed meanwhile"],
    )
    assert (tmp_path / "m.json").read_text() == '["x"] '
