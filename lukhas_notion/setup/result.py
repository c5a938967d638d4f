"""What `init` plans, and what it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lukhas_notion.config.config import FILE_NAME, Config, Flags, load
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import (
    MAX_LISTED,
    OptionChange,
    PropertyAddition,
    PropertySchema,
    Schema,
    budget_notice,
    plan_options,
)
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.setup.files import SetupFile
from lukhas_notion.setup.vocabularies import Starter, Starters
from lukhas_notion.sync.result import Verdict
from lukhas_notion.util.errors import SetupError
from lukhas_notion.util.git import WORKFLOWS, top_of
from lukhas_notion.util.text import counted, fold
from lukhas_notion.validate.database_schema import left_out, missing_property, schema_mismatches

_REMEDY = "Nothing was changed: a property that is there is neither renamed nor converted."


@dataclass(frozen=True, slots=True)
class ViewAddition:
    """A view of a new database.

    Args:
        name: what it is called.
        type: Notion's word for it: ``table`` or ``board``.
        property: what a table is sorted by, and a board grouped by.
    """

    name: str
    type: str
    property: str


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """What is added to a database, or what a new one has.

    Args:
        schema: the database that is there; None when one is to be made.
        additions: the properties that it lacks, in the mapping's order; of a new one all.
        options: what the options of the properties that are there lack; of each with a vocabulary.
        problems: a sentence for each property that stands in the way.
        doubts: a sentence for each property that is added and may be there by another name, and for
            each optional one that has another type.
        views: those that a new database gets beside its own; where one fails, the rest is done.
    """

    schema: Schema | None
    additions: tuple[PropertyAddition, ...]
    options: tuple[OptionChange, ...] = ()
    problems: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    views: tuple[ViewAddition, ...] = ()

    @property
    def creates(self) -> bool:
        """Whether a database is to be made."""
        return self.schema is None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.creates or self.additions or any(o.sends for o in self.options))

    @property
    def waiting(self) -> dict[str, tuple[str, ...]]:
        """The names that come with the pages that use them, by property."""
        found = [(a.name, a.waiting) for a in self.additions]
        found += [(o.property_name, o.waiting) for o in self.options]
        return {name: names for name, names in found if names}

    def require_possible(self) -> None:
        """Check that nothing stands in the way.

        Raises:
            SetupError: something does; all of it is named at once.
        """
        if self.problems:
            raise SetupError("\n".join(self.problems), _REMEDY)

    def lacking(self, found: Schema) -> list[str]:
        """Return a sentence for each thing that the plan adds and that ``found`` does not have."""
        return [
            *(said for each in self.additions for said in _lacking(each, found)),
            *(said for each in self.options for said in _lacking_options(each, found)),
        ]


def wanted_views(mapping: PropertyMapping) -> Iterator[ViewAddition]:
    """Yield the views that most people want of a mapping's database."""
    yield ViewAddition(f"By {mapping.title.name}", "table", mapping.title.name)
    if board := board_property(mapping):
        yield ViewAddition(f"By {board}", "board", board)


def board_property(mapping: PropertyMapping) -> str:
    """Return the property that a board is grouped by: the first status or select; "" for none."""
    kinds = (PropertyType.STATUS, PropertyType.SELECT)
    return next((p.name for kind in kinds for p in mapping.properties if p.type is kind), "")


def plan_setup(
    mapping: PropertyMapping,
    vocabularies: Mapping[str, Sequence[str]],
    schema: Schema | None = None,
) -> SetupPlan:
    """Return what a database lacks of the mapping and the vocabularies.

    Args:
        mapping: every property that is written; the optional ones are added too.
        vocabularies: property name → the names that its options are to have, in order.
        schema: the database that is there; None to make one.
    """
    there = schema.properties if schema else {}
    missing = [spec for spec in mapping.properties if spec.name not in there]
    blank = {p.name: PropertySchema("", p.name, p.type.stored_as.value) for p in missing}
    fresh = {
        change.property_name: change
        for change in plan_options(Schema("", "", "", "", blank), vocabularies)
    }
    additions = tuple(_addition(spec, fresh.get(spec.name)) for spec in missing)
    if schema is None:
        return SetupPlan(None, additions, views=tuple(wanted_views(mapping)))
    problems = [each for each in schema_mismatches(mapping, schema) if each.found]
    optional = [each for each in left_out(mapping, schema) if each.found]
    mistyped = {each.name for each in (*problems, *optional)}
    gone = [missing_property(spec, mapping, schema) for spec in missing]
    return SetupPlan(
        schema,
        additions,
        plan_options(
            schema, {n: listed for n, listed in vocabularies.items() if n not in mistyped}
        ),
        problems=tuple(
            each.message for each in (*problems, *gone) if each.found or not each.can_be_added
        ),
        doubts=(
            *(
                f"'{each.name}' is added beside '{each.stand_in}', which is of the same type and "
                f"has a name like it. If it is the same, {each.instead}, and nothing is added."
                for each in gone
                if each.can_be_added and each.stand_in
            ),
            *(f"{each.fact} It is optional, and not written." for each in optional),
        ),
    )


def _addition(spec: PropertySpec, change: OptionChange | None) -> PropertyAddition:
    if change is None:
        return PropertyAddition(spec)
    return PropertyAddition(spec, change.add, change.waiting)


def _lacking(addition: PropertyAddition, schema: Schema) -> Iterator[str]:
    found = schema.properties.get(addition.name)
    if found is None:
        yield f"Property '{addition.name}' is not in the database."
        return
    if found.type != addition.type:
        yield f"Property '{addition.name}' has the type {found.type}, not {addition.type}."
    held = {option.name: option.color for option in found.options}
    for name, color in addition.options:
        if held.get(name) != color:
            yield f"Option '{name}' ({color}) is not in '{addition.name}'."


def _lacking_options(change: OptionChange, schema: Schema) -> Iterator[str]:
    found = schema.properties.get(change.property_name)
    # Somebody's other spelling of it stands for it, as it does for the writer.
    held = {fold(option.name, case=True) for option in found.options} if found else set()
    for name, _ in change.add:
        if fold(name, case=True) not in held:
            yield f"Option '{name}' is not in '{change.property_name}'."


TITLE = "Modules"


@dataclass(frozen=True, slots=True)
class SetupOptions:
    """What a set-up is asked for.

    Args:
        parent: the page below which a database is made, by its id; "" for none.
        title: what a new database is called; "" for the usual name.
        dry_run: look, and write neither to Notion nor to any file.
        again: make a database although an earlier run made one here, or may have.
    """

    parent: str = ""
    title: str = ""
    dry_run: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class SetupResult:
    """What a set-up came to.

    Args:
        dry_run: whether it was to write nothing.
        violations: what is wrong in the vocabularies; nothing was written then.
        plan: what the database lacked; None with violations.
        schema: the database as it is now; None where there is none.
        files: every file, written or kept; in a dry run those that would be.
        unapplied: a sentence for each thing that was planned and is not in Notion, and what to do.
        notices: what a person should know and nothing else says.
        left: what is left to do, a sentence each.
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
    def exit_code(self) -> int:
        """0 when everything planned is done, else 1."""
        return self.verdict.exit_code

    @property
    def verdict(self) -> Verdict:
        """Whether everything that was planned is done."""
        if self.violations:
            said = counted(len(self.violations), "violation")
            return Verdict.failed("violations", f"{said}: nothing was written")
        if self.unapplied:
            said = f"{counted(len(self.unapplied), 'thing')} not in Notion"
            return Verdict.failed("unapplied", f"{said}. Run again: what is there is left alone")
        return Verdict("Dry run, nothing written" if self.dry_run else "Set up")


_SHOWN = 5


def notices(config: Config, plan: SetupPlan | None, starters: Starters) -> Iterator[str]:
    """Yield what a person should know, a sentence each."""
    for name, waiting in plan.waiting.items() if plan else ():
        yield (
            f"{name}: with the pages that use them come {counted(len(waiting), 'name')} more; a "
            f"request takes {MAX_LISTED} options of a property."
        )
    if plan and plan.schema is not None and (large := budget_notice(plan.schema, plan.options)):
        yield large
    for path, starter in starters.by_path.items():
        if starter.left_out:
            shown = ", ".join(quote(each) for each in starter.left_out[:_SHOWN])
            yield (
                f"Left out of {path}, because Notion cannot hold it beside the others: "
                f"{counted(len(starter.left_out), 'name')} of manifests, such as {shown}."
            )
    if starters.unreadable:
        many = counted(starters.unreadable, "manifest")
        yield f"Not read, so that their names are not known: {many}."
    if _is_part(config):
        yield (
            f"No workflow is written: {config.root.name} is a part of a repository, and GitHub "
            f"looks at {WORKFLOWS} of the whole. There, copy them and set the input root."
        )


def left_to_do(
    config: Config,
    files: Sequence[SetupFile],
    starters: Starters,
    schema: Schema | None,
    *,
    lacks_views: bool = False,
) -> Iterator[str]:
    """Yield what is left to do after a set-up, a sentence each.

    ``lacks_views`` is whether Notion did not make the views of a new database.
    """
    written = [file.path for file in files if file.is_written]
    if schema is None:
        yield (
            "Look through lukhas-notion.toml, then make the database: "
            "`lukhas-notion init --parent PAGE`."
        )
    elif (config.database or schema.database_id) != schema.database_id:
        yield (
            f'Name the new database in the place of the old one: write database = "'
            f'{schema.database_id}" under [notion] in {FILE_NAME}, and in the secret or variable '
            "NOTION_DATABASE_ID if you have set it. The old one is left as it is."
        )
    elif not _is_named(config, files):
        yield (
            "Name the database: put it under [notion] into the configuration, as database = "
            f'"{schema.database_id}", or set the secret NOTION_DATABASE_ID.'
        )
    begins = any(file.names_database and not file.is_kept for file in files)
    if any(path.startswith(WORKFLOWS) for path in written) or (begins and _is_part(config)):
        yield "Set the secret NOTION_TOKEN in the repository's settings on GitHub."
    if f"{WORKFLOWS}/notion-apply.yml" in written:
        yield "If the default branch is not main, name it in notion-apply.yml."
    begun = [path for path in written if path in starters.by_path]
    if begun:
        counts = (f"{path} ({_in_use(starters.by_path[path])})" for path in begun)
        yield f"Look through the vocabularies: {', '.join(counts)}."
    if not starters.manifests:
        yield "Write the first manifest: a module.manifest.json in a module's folder."
    if lacks_views:
        yield _views(config)
    if written:
        yield f"Commit {', '.join(written)}."
    yield "Check it all: `lukhas-notion doctor`."


def _views(config: Config) -> str:
    """Return how to make by hand the views that most people want."""
    said = f"In Notion, sort the table by {config.mapping.title.name} (the ↑↓ above it)"
    board = board_property(config.mapping)
    if not board:
        return f"{said}."
    return f"{said}, and add a board: the + beside the view, Board, grouped by {board}."


def _in_use(starter: Starter) -> str:
    return f"{counted(len(starter.names), 'name')} in use" if starter.names else "empty"


def _is_part(config: Config) -> bool:
    """Whether the root is only a part of a checkout, where GitHub looks for no workflow."""
    return top_of(config.root) != config.root


def _is_named(config: Config, files: Sequence[SetupFile]) -> bool:
    """Whether the configuration's file names a database, without any flag or variable."""
    if any(file.names_database and not file.is_kept for file in files):
        return True
    # Looked for once more where there was none: another run may have written it meanwhile.
    file = str(config.file) if config.file else None
    alone = load(Flags(root=str(config.root), config=file), {})
    return bool(alone.database or alone.data_source)
