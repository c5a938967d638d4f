"""What a use of the Action needs, beside what its workflow gives."""

from __future__ import annotations

import pytest
from support.remedies.workflows import PREVIEW

from lukhas_notion.setup.doctor.workflow_file import ParsingBudget, Permissions, parse, uses_of
from lukhas_notion.setup.doctor.workflows import Watched, use_checks
from lukhas_notion.setup.result import Check, Level
from lukhas_notion.util.git import WORKFLOWS
from lukhas_notion.util.read_files import example_workflow

APPLY = """\
on: {push: {branches: [main]}}
concurrency: notion-apply
jobs:
  apply:
    permissions: {contents: read, pull-requests: write}
    steps:
      - uses: lukhas-notion/lukhas-notion/composite@0123456789abcdef
        with:
          mode: apply
          notion-token: ${{ secrets.NOTION_TOKEN }}
"""


def checks(text: str) -> list[Check]:
    """Return all findings about a workflow."""
    return [
        check for use in uses_of(parse(text, ParsingBudget())) for check in use_checks("w.yml", use)
    ]


def said(text: str, level: Level = Level.FAILURE) -> str:
    """Return the findings of one level about a workflow, with their fixes."""
    return "\n".join(f"{c.found} {c.fix}" for c in checks(text) if c.level is level)


def without(text: str, line: str) -> str:
    """Return a text without one of its lines."""
    assert line in text
    return "\n".join(each for each in text.split("\n") if line not in each)


@pytest.mark.parametrize("text", [PREVIEW, APPLY])
def test_a_sound_workflow_is_one_ok(text: str) -> None:
    """A workflow without problems has one check that passed."""
    [check] = checks(text)
    assert check.level is Level.PASS


@pytest.mark.parametrize("name", ["preview", "apply", "verify"])
def test_the_examples_are_sound(name: str) -> None:
    """The workflows that `init` writes pass every check."""
    [check] = checks(example_workflow(f"notion-{name}.yml"))
    assert check.level is Level.PASS


@pytest.mark.parametrize(
    "uses",
    [
        "lukhas-notion/lukhas-notion@main",
        "LUKHAS-Notion/Lukhas-Notion/Composite@v1.2.3",
        "lukhas-notion/lukhas-notion@3d3c42e5aac5ba805825da76410c181273ba90b1",
    ],
)
def test_the_action_is_known_at_any_ref(uses: str) -> None:
    """The Action is found by its root and as the composite, in any case."""
    text = PREVIEW.replace("lukhas-notion/lukhas-notion@v1", uses)
    assert len(list(uses_of(parse(text, ParsingBudget())))) == 1


@pytest.mark.parametrize(
    "uses", ["lukhas-notion/lukhas-notion", "other/lukhas-notion@v1", "./", "actions/checkout@v7"]
)
def test_other_actions_are_none_of_ours(uses: str) -> None:
    """Another owner, no ref, a local action: not looked at."""
    assert checks(PREVIEW.replace("lukhas-notion/lukhas-notion@v1", uses)) == []


# --- permissions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        ("{contents: read, pull-requests: write}", ""),
        ("{contents: write, pull-requests: write}", ""),
        ("write-all", ""),
        ("read-all", "pull-requests: write"),
        ("{}", "contents: read"),
        ("{contents: read}", "pull-requests: write"),
        ("{contents: none, pull-requests: write}", "contents: read"),
        ("{pull-requests: write}", "contents: read"),
        ("{contents: read, pull-requests: read}", "pull-requests: write"),
    ],
)
def test_a_preview_reads_and_comments(permissions: str, missing: str) -> None:
    """What is not listed is not allowed, and writing allows reading."""
    text = PREVIEW.replace("{contents: read, pull-requests: write}", permissions)
    assert missing in said(text)
    assert bool(said(text)) == bool(missing)


def test_a_job_stands_before_the_workflow() -> None:
    """A job's permissions replace the workflow's."""
    top = "permissions: {contents: read, pull-requests: write}\n"
    assert "contents: read" in said(
        top + PREVIEW.replace("{contents: read, pull-requests: write}", "{}")
    )
    assert said(top + without(PREVIEW, "permissions:")) == ""


def test_without_any_permissions_the_default_is_warned_of() -> None:
    """Without permissions a warning is given, because the repository's default is not known."""
    found = said(without(PREVIEW, "permissions:"), Level.WARNING)
    assert "contents: read, pull-requests: write" in found
    assert said(without(PREVIEW, "permissions:")) == ""


def test_without_a_comment_nothing_has_to_be_written() -> None:
    """No permission for comments is needed if the input is false or no pull request gets one."""
    read = PREVIEW.replace(", pull-requests: write", "")
    assert said(read + "          comment: False\n") == ""
    assert said(read + "          comment: 'False'\n") == ""
    assert said(read.replace("on: pull_request", "on: [schedule, workflow_dispatch]")) == ""
    assert "comment" in said(read + "          comment: changes-only\n")


def test_the_ledgers_branch_is_written_by_an_apply() -> None:
    """A dry run only reads the ledger's branch."""
    assert "contents: write" in said(APPLY + "          ledger-branch: notion-ledger\n")
    assert said(PREVIEW + "          ledger-branch: notion-ledger\n") == ""
    written = APPLY.replace("contents: read", "contents: write")
    assert said(written + "          ledger-branch: notion-ledger\n") == ""


VERIFY = """\
on: schedule
concurrency: notion-apply
jobs:
  verify:
    permissions: {contents: read, issues: write}
    steps:
      - uses: lukhas-notion/lukhas-notion@v1
        with:
          mode: verify
          notion-token: ${{ secrets.NOTION_TOKEN }}
"""


def test_a_verification_writes_an_issue() -> None:
    """A verification needs the permission for issues unless the input is false."""
    assert said(VERIFY) == ""
    read = VERIFY.replace(", issues: write", "")
    assert "issues: write" in said(read)
    assert said(read + "          issue: false\n") == ""


def test_a_verification_that_repairs_is_an_apply() -> None:
    """Only a verification that repairs needs a concurrency group and the ledger's branch."""
    repairs = "          repair: true\n"
    branch = "          ledger-branch: notion-ledger\n"
    assert "Two runs at once" in said(without(VERIFY, "concurrency:") + repairs)
    assert said(without(VERIFY, "concurrency:")) == ""
    assert "contents: write" in said(VERIFY + repairs + branch)
    assert said(VERIFY + branch) == ""
    assert "needs it" in said(without(VERIFY, "notion-token:"))


def test_a_repair_that_is_an_expression_may_write() -> None:
    """An expression is checked as if its value were true."""
    repairs = "          repair: ${{ inputs.repair }}\n"
    branch = "          ledger-branch: notion-ledger\n"
    assert "Two runs at once" in said(without(VERIFY, "concurrency:") + repairs)
    assert "contents: write" in said(VERIFY + repairs + branch)
    assert said(VERIFY + repairs) == ""
    assert "as if it were true" in said(VERIFY + repairs, Level.PASS)


def test_a_reviewed_plan_is_read_from_the_comment() -> None:
    """Without a comment of its own an apply still reads the pull request's."""
    lines = "          comment: false\n          require-reviewed-plan: true\n"
    assert "pull-requests: read" in said(APPLY.replace(", pull-requests: write", "") + lines)
    assert said(APPLY.replace("pull-requests: write", "pull-requests: read") + lines) == ""


def test_a_token_of_its_own_is_not_held_to_permissions() -> None:
    """The permissions of another token are not in the file, and not checked."""
    own = "          github-token: ${{ secrets.MACHINE }}\n"
    text = PREVIEW.replace("{contents: read, pull-requests: write}", "{}")
    assert said(text + own) == ""
    assert "its own github-token" in said(text + own, Level.PASS)
    plain = "          github-token: ${{ secrets.GITHUB_TOKEN }}\n"
    assert "contents: read" in said(text + plain)


# --- token, events, concurrency, inputs ---------------------------------------------------------


def test_a_token_that_is_not_handed_over() -> None:
    """A missing Notion token fails an apply, and is a warning for a preview of a pull request."""
    assert "secrets.NOTION_TOKEN" in said(without(APPLY, "notion-token:"))
    text = without(PREVIEW, "notion-token:").replace("        with:", "")
    assert "base branch" in said(text, Level.WARNING)
    assert said(text) == ""
    assert "needs it" in said(text.replace("on: pull_request", "on: schedule"))


@pytest.mark.parametrize("place", ["workflow", "job", "step"])
def test_a_token_may_come_by_a_variable(place: str) -> None:
    """The token may be a variable of the step, the job or the workflow."""
    said_so = "env: {NOTION_TOKEN: '${{ secrets.NOTION_TOKEN }}'}\n"
    lines = {
        "workflow": lambda text: said_so + text,
        "job": lambda text: text.replace("    steps:", f"    {said_so}    steps:"),
        "step": lambda text: text.replace("        with:", f"        {said_so}        with:"),
    }
    assert said(lines[place](without(APPLY, "notion-token:"))) == ""


def test_validating_needs_no_token() -> None:
    """The mode validate needs no token."""
    text = without(PREVIEW, "notion-token:") + "          mode: validate\n"
    assert said(text) == said(text, Level.WARNING) == ""


def test_a_token_in_the_file_is_told() -> None:
    """A token in the file is a failure, because every reader of the repository sees it."""
    text = PREVIEW.replace("${{ secrets.NOTION_TOKEN }}", "ntn_0123456789")
    assert "Revoke that token" in said(text)
    assert "ntn_" not in said(text)
    by_variable = "env: {NOTION_TOKEN: ntn_0123456789}\n" + without(APPLY, "notion-token:")
    assert "variable NOTION_TOKEN" in said(by_variable)
    assert "ntn_" not in said(by_variable)


@pytest.mark.parametrize(
    "value",
    [
        "'ntn_SECRET ${{ x }}'",
        "${{ x }}ntn_SECRET",
        "${{ secrets.X || 'ntn_SECRET' }}",
        "ntn_SECRET",
    ],
)
def test_a_token_beside_or_within_an_expression_is_told(value: str) -> None:
    """Text next to an expression is not a secret."""
    text = PREVIEW.replace("${{ secrets.NOTION_TOKEN }}", value)
    assert "Revoke that token" in said(text)
    assert "SECRET" not in said(text)


def test_an_expression_of_secrets_is_no_token_in_the_file() -> None:
    """An expression of secrets is not a token in the file."""
    for value in ("${{ secrets.A || secrets.ntn_token }}", "${{ secrets['secret_one'] }}"):
        assert said(PREVIEW.replace("${{ secrets.NOTION_TOKEN }}", value)) == ""


def test_githubs_token_in_a_variable_is_told() -> None:
    """A token of GitHub in a variable is a failure, as one of Notion is."""
    text = "env: {GITHUB_TOKEN: ghp_0123456789}\n" + PREVIEW
    assert "variable GITHUB_TOKEN" in said(text)
    assert "ghp_" not in said(text)


@pytest.mark.parametrize("condition", ["", "        if: always()\n"])
def test_pull_request_target_is_refused(condition: str) -> None:
    """The event pull_request_target is a failure under any condition."""
    text = PREVIEW.replace("on: pull_request", "on: [push, pull_request_target]")
    text = text.replace("        with:", f"{condition}        with:")
    assert "does not run on the event pull_request_target" in said(text)


def test_an_apply_on_a_pull_request_is_refused() -> None:
    """An event on which a mode does not run is a failure, unless a condition may exclude it."""
    text = APPLY.replace("on: {push: {branches: [main]}}", "on: [push, pull_request]")
    assert "does not run on the event pull_request" in said(text)
    assert said(text.replace("        with:", "        if: github.ref\n        with:")) == ""
    assert said(text.replace("    steps:", "    if: github.ref\n    steps:")) == ""


def test_an_apply_takes_its_turn() -> None:
    """A run that writes needs a concurrency group of the workflow or of the job."""
    alone = without(APPLY, "concurrency:")
    assert "Two runs at once" in said(alone)
    assert said(alone.replace("    steps:", "    concurrency: {group: x}\n    steps:")) == ""
    assert said(without(PREVIEW, "notion-token:")) == ""


def test_an_apply_is_not_cut_off() -> None:
    """A group that cancels a run is a warning."""
    text = APPLY.replace(
        "concurrency: notion-apply", "concurrency: {group: x, cancel-in-progress: true}"
    )
    assert "stops a run halfway" in said(text, Level.WARNING)
    assert said(text) == ""


def test_an_input_that_is_none_is_told() -> None:
    """An unknown input is a warning, because GitHub ignores it."""
    assert "no input 'moed'" in said(PREVIEW + "          moed: apply\n", Level.WARNING)
    assert 'mode is "aply"' in said(PREVIEW + "          mode: aply\n")


@pytest.mark.parametrize(
    ("line", "may_be"),
    [
        ("prune: maybe", "true or false"),
        ("prune: tRue", "true or false"),
        ("force: abc", "a whole number greater than 0"),
        ("force: 0", "a whole number greater than 0"),
        ("rate-limit: fast", "a number greater than 0, or auto"),
        ("root: ../other", "a relative path that stays inside"),
        ("comment-id: a b", "1 to 64 letters"),
        ("require-reviewed-plan: abc", "a digest of 64 digits"),
        ("ledger-branch: a..b", "a branch's name"),
    ],
)
def test_an_input_by_which_a_run_would_end_is_told(line: str, may_be: str) -> None:
    """Inputs are checked as in a run, except for expressions."""
    assert may_be in said(APPLY + f"          {line}\n")
    name = line.partition(":")[0]
    assert "It may be" not in said(APPLY + f"          {name}: ${{{{ inputs.x }}}}\n")


@pytest.mark.parametrize(
    "line", ["prune: TRUE", "force: 12", "rate-limit: 2.5", "rate-limit: auto", "config: ''"]
)
def test_an_input_that_is_right_is_right(line: str) -> None:
    """An input that is empty has its default."""
    assert said(APPLY + f"          {line}\n") == ""


def test_inputs_are_told_apart_without_regard_to_case() -> None:
    """The names of inputs are compared without case, as the runner does."""
    text = PREVIEW.replace("notion-token:", "Notion-Token:") + "          MODE: aply\n"
    assert 'mode is "aply"' in said(text)
    assert said(text, Level.WARNING) == ""


def test_a_mode_that_is_an_expression_cannot_be_told() -> None:
    """A mode that is an expression is a warning, and its needs are not checked."""
    text = PREVIEW.replace("on: pull_request", "on: [push, pull_request]")
    text += "          mode: ${{ github.event_name == 'push' && 'apply' || 'dry-run' }}\n"
    assert "cannot be checked" in said(text, Level.WARNING)
    assert said(text) == ""


# --- whatever a stranger wrote ------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "jobs: text",
        "jobs: [a]",
        "jobs: {a: text}",
        "jobs: {a: {steps: text}}",
        "jobs: {a: {steps: {b: c}}}",
        "jobs: {a: {steps: [text, [a], {uses: [x]}]}}",
        "on: {a: [b]}\njobs: {a: {steps: [{uses: lukhas-notion/lukhas-notion@v1, with: [x]}]}}",
        "permissions: [x]\njobs: {a: {env: x, steps: [{uses: lukhas-notion/lukhas-notion@v1}]}}",
        "concurrency: [x]\njobs: {a: {steps: [{uses: lukhas-notion/lukhas-notion@v1, env: [y]}]}}",
        "on: [[x]]\njobs: {a: {steps: [{uses: lukhas-notion/lukhas-notion@v1, with: {a: [b]}}]}}",
        "jobs: {a: &a {steps: [{uses: lukhas-notion/lukhas-notion@v1, with: {mode: {}}}]}, b: *a}",
    ],
)
def test_any_shape_is_judged_without_an_accident(text: str) -> None:
    """A part that is not well formed is ignored or a finding, and never an exception."""
    for check in checks(text):
        assert check.found


def test_permissions_ask_for_no_more_than_they_say() -> None:
    """An unknown level allows nothing."""
    assert not Permissions("none", {"contents": "rw"}).allow("contents", "read")
    assert Permissions("read").allow("issues", "read")


def test_where_workflows_are() -> None:
    """GitHub's own folder."""
    assert WORKFLOWS == ".github/workflows"


# --- paths ------------------------------------------------------------------------------------

README = Watched("services/a/README.md", "the files of the pages' bodies", "**/README.md")


@pytest.mark.parametrize(
    ("paths", "left_out"),
    [
        (["**/module.manifest.json"], True),
        (["**/*.md"], False),
        (["**/README.md"], False),
        (["**"], False),
        (["services/**"], False),
        (["services/*"], True),
        (["services/*/*.md"], False),
        (["**", "!**/*.md"], True),
        (["!**/*.md", "**"], False),
        (["*.md"], True),
        (["services/[ab]/README.md"], False),
        ([], True),
    ],
)
def test_paths_that_leave_out_a_file_are_told(paths: list[str], left_out: bool) -> None:
    """A change of a body's file alone would start no preview, and the page would stay old."""
    text = PREVIEW.replace("on: pull_request\n", f"on: {{pull_request: {{paths: {paths}}}}}\n")
    assert text != PREVIEW
    [use] = uses_of(parse(text, ParsingBudget()))
    found = use_checks("w.yml", use, [README])
    assert [check.level for check in found] == [Level.WARNING if left_out else Level.PASS]
    assert not left_out or "**/README.md" in found[0].fix


def test_without_paths_nothing_is_left_out() -> None:
    """Every change starts the workflow."""
    [use] = uses_of(parse(PREVIEW, ParsingBudget()))
    assert [check.level for check in use_checks("w.yml", use, [README])] == [Level.PASS]
