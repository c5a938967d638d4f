"""What `init` plans and did, and what `doctor` found: the data that every report is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lukhas_notion.manifests.json_values import quote
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import (
    OptionChange,
    PropertyAddition,
    PropertySchema,
    Schema,
    budget_notice,
    plan_options,
)
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.values import MAX_OPTIONS, MAX_TEXT_UNITS, PropertyType
from lukhas_notion.setup.files import SetupFile
from lukhas_notion.sync.result import Verdict
from lukhas_notion.util.errors import SetupError
from lukhas_notion.util.text import counted, fold
from lukhas_notion.validate.database_schema import left_out, missing_property, schema_mismatches

# --- the plan of a set-up --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ViewAddition:
    """A view to create.

    Args:
        name: its name.
        type: Notion's word for its type: ``table`` or ``board``.
        property: the property that a table is sorted by, or a board is grouped by.
    """

    name: str
    type: str
    property: str


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """What is added to an existing database, or what a new one gets.

    Args:
        schema: the existing database; None when one must be created.
        additions: the properties that it lacks, in the mapping's order; for a new one all.
        options: for each existing property with a vocabulary, the options that it lacks.
        problems: a sentence for each property that prevents the set-up.
        doubts: a sentence for each property that is added and may exist under another name, and for
            each optional one that has another type.
        views: the views to create; where one fails, the rest is done.
    """

    schema: Schema | None
    additions: tuple[PropertyAddition, ...]
    options: tuple[OptionChange, ...] = ()
    problems: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    views: tuple[ViewAddition, ...] = ()

    @property
    def creates(self) -> bool:
        """Whether a database must be created."""
        return self.schema is None

    @property
    def is_empty(self) -> bool:
        """Whether the database exists and has every property and option."""
        return not (self.creates or self.additions or any(o.sends for o in self.options))

    @property
    def waiting(self) -> dict[str, tuple[str, ...]]:
        """The names that are added with the pages that use them, by property."""
        names = [(a.name, a.waiting) for a in self.additions]
        names += [(o.property_name, o.waiting) for o in self.options]
        return {name: waiting for name, waiting in names if waiting}

    def require_possible(self, remedy: str = "") -> None:
        """Check that no property prevents the set-up; ``remedy`` is what else to do.

        Raises:
            SetupError: some do; all of them are named.
        """
        if self.problems:
            raise SetupError(
                "\n".join(self.problems),
                remedy
                or "Nothing was changed: existing properties are neither renamed nor converted.",
            )

    def lacking(self, schema: Schema) -> list[str]:
        """Return a sentence for each thing that the plan adds and that ``schema`` does not have."""
        return [
            *(problem for each in self.additions for problem in _lacking(each, schema)),
            *(problem for each in self.options for problem in _lacking_options(each, schema)),
        ]


def wanted_views(mapping: PropertyMapping) -> Iterator[ViewAddition]:
    """Yield the views that a database should have: a sorted table, and a board if possible."""
    yield ViewAddition(f"By {mapping.title.name}", "table", mapping.title.name)
    kinds = (PropertyType.STATUS, PropertyType.SELECT)
    groups = (p.name for kind in kinds for p in mapping.properties if p.type is kind)
    if group := next(groups, ""):
        yield ViewAddition(f"By {group}", "board", group)


def views_by_hand(mapping: PropertyMapping) -> str:
    """Return how to create the wanted views in Notion, as a sentence."""
    table, *boards = wanted_views(mapping)
    sentence = f"In Notion, sort the table by {table.property} (the ↑↓ above it)"
    for board in boards:
        sentence += f", and add a board: the + next to the view, Board, grouped by {board.property}"
    return f"{sentence}."


def plan_setup(
    mapping: PropertyMapping,
    vocabularies: Mapping[str, Sequence[str]],
    schema: Schema | None = None,
) -> SetupPlan:
    """Return what a database lacks of the mapping and the vocabularies.

    Args:
        mapping: every property that is written; the optional ones are added too.
        vocabularies: property name → the names that its options should have, in order.
        schema: the existing database; None to create one.
    """
    existing = schema.properties if schema else {}
    missing = [spec for spec in mapping.properties if spec.name not in existing]
    blank = {p.name: PropertySchema("", p.name, p.type.stored_as.value) for p in missing}
    changes = {
        change.property_name: change
        for change in plan_options(Schema("", "", "", "", blank), vocabularies)
    }
    additions = tuple(
        PropertyAddition(spec, change.add, change.waiting)
        if (change := changes.get(spec.name))
        else PropertyAddition(spec)
        for spec in missing
    )
    if schema is None:
        return SetupPlan(None, additions, views=tuple(wanted_views(mapping)))
    mistyped = [each for each in schema_mismatches(mapping, schema) if each.found]
    optional = [each for each in left_out(mapping, schema) if each.found]
    unfit = {each.name for each in (*mistyped, *optional)}
    absent = [missing_property(spec, mapping, schema) for spec in missing]
    doubts = [
        f"'{each.name}' is added next to '{each.stand_in}', which has the same type and a similar "
        f"name. If they are the same, {each.instead}, and nothing is added."
        for each in absent
        if each.can_be_added and each.stand_in
    ]
    doubts += [f"{each.fact} It is optional, and not written." for each in optional]
    return SetupPlan(
        schema,
        additions,
        plan_options(schema, {n: names for n, names in vocabularies.items() if n not in unfit}),
        problems=tuple(
            each.message for each in (*mistyped, *absent) if each.found or not each.can_be_added
        ),
        doubts=tuple(doubts),
    )


def plan_notices(plan: SetupPlan) -> Iterator[str]:
    """Yield what the user should know about options that are not added now, or are many."""
    for name, waiting in plan.waiting.items():
        yield (
            f"{name}: {counted(len(waiting), 'more name')} will be added with the pages that use "
            f"them, because a request takes {MAX_OPTIONS} options of a property."
        )
    if plan.schema is not None and (large := budget_notice(plan.schema, plan.options)):
        yield large


def _lacking(addition: PropertyAddition, schema: Schema) -> Iterator[str]:
    existing = schema.properties.get(addition.name)
    if existing is None:
        yield f"Property '{addition.name}' is not in the database."
        return
    if existing.type != addition.type:
        yield f"Property '{addition.name}' has the type {existing.type}, not {addition.type}."
    colors = {option.name: option.color for option in existing.options}
    for name, color in addition.options:
        if colors.get(name) != color:
            yield f"Option '{name}' ({color}) is not in '{addition.name}'."


def _lacking_options(change: OptionChange, schema: Schema) -> Iterator[str]:
    existing = schema.properties.get(change.property_name)
    # An option that differs only by case counts as the same, as it does in a sync.
    names = {fold(option.name, case=True) for option in existing.options} if existing else set()
    for name, _ in change.add:
        if fold(name, case=True) not in names:
            yield f"Option '{name}' is not in '{change.property_name}'."


# --- a set-up --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetupOptions:
    """What the user asks a set-up to do.

    Args:
        parent: the id of the page below which a database is created; "" for none.
        title: the title of a new database; "" for the usual one.
        dry_run: read only, and write neither to Notion nor to any file.
        again: create a database although an earlier run created one here, or may have.
    """

    parent: str = ""
    title: str = ""
    dry_run: bool = False
    again: bool = False

    @property
    def new_title(self) -> str:
        """The title that a new database gets."""
        return self.title or "Modules"


def how_to_settle(title: str) -> str:
    """Return what to do about a create whose outcome is not known."""
    named = quote(title, MAX_TEXT_UNITS)
    return (
        f"Open the page in Notion and look for a database called {named}. If it is there, go on "
        "with `lukhas-notion init --database ID`, its id or its link in the place of ID. If it is "
        "not, run this again with --again."
    )


@dataclass(frozen=True, slots=True)
class SetupResult:
    """The result of a set-up.

    Args:
        dry_run: whether nothing was written, on request.
        violations: what is wrong in the vocabularies; then nothing was written.
        plan: what the database lacked; None with violations.
        schema: the database as it is now; None without one.
        files: every file, written or kept; in a dry run those that would be.
        unapplied: a sentence for each thing that was planned and is not in Notion, and what to do.
        notices: what the user should know and nothing else says.
        left: the steps that are left to the user, a sentence each.
        requests: how many HTTP requests were made to Notion.
    """

    dry_run: bool
    violations: Sequence[Violation] = ()
    plan: SetupPlan | None = None
    schema: Schema | None = None
    files: Sequence[SetupFile] = ()
    unapplied: Sequence[str] = ()
    notices: Sequence[str] = ()
    left: Sequence[str] = ()
    requests: int = 0

    @property
    def verdict(self) -> Verdict:
        """Whether everything that was planned is done."""
        if self.violations:
            found = counted(len(self.violations), "violation")
            return Verdict.failed("violations", f"{found}: nothing was written")
        if self.unapplied:
            lacking = f"{counted(len(self.unapplied), 'thing')} not in Notion"
            return Verdict.failed("unapplied", f"{lacking}. Run again: what exists is not changed")
        return Verdict("Dry run, nothing written" if self.dry_run else "Set up")


# --- a diagnosis -----------------------------------------------------------------------------


class Level(StrEnum):
    """The result of a check; only a failure makes the exit code 1."""

    PASS = "pass"  # noqa: S105 - a result
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of `doctor`.

    Args:
        subject: what was checked, in a word or two; for a workflow its file and the job.
        level: the result.
        found: a sentence about the finding. It may quote untrusted text: every renderer escapes it.
        fix: what to do about it; "" where nothing must be done.
    """

    subject: str
    level: Level
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of `doctor`.

    Args:
        checks: one for each finding, and one for each subject without any, in order.
        requests: how many HTTP requests were made to Notion.
    """

    checks: tuple[Check, ...]
    requests: int = 0

    def of(self, level: Level) -> tuple[Check, ...]:
        """Return the checks with this result."""
        return tuple(check for check in self.checks if check.level is level)

    @property
    def verdict(self) -> Verdict:
        """Whether something is wrong, and how many failures and warnings there are."""
        counts = ", ".join(
            counted(len(checks), level)
            for level in (Level.FAILURE, Level.WARNING)
            if (checks := self.of(level))
        )
        if self.of(Level.FAILURE):
            return Verdict.failed("set-up", counts)
        return Verdict(f"Nothing is wrong. {counts}" if counts else "Nothing is wrong")


def passed(subject: str, found: str) -> Check:
    """Return a check that found nothing to do."""
    return Check(subject, Level.PASS, found)


def warning(subject: str, found: str, fix: str = "") -> Check:
    """Return a check of something that works and may not be intended."""
    return Check(subject, Level.WARNING, found, fix)


def failure(subject: str, found: str, fix: str) -> Check:
    """Return a check of something that is wrong."""
    return Check(subject, Level.FAILURE, found, fix)
