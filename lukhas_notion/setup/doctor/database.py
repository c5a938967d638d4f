"""Check what is in Notion: token, sharing, properties, options and capabilities."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lukhas_notion.config.config import Config
from lukhas_notion.config.toml_lines import toml_string
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.notion.access import Answered, Probed, may_insert, may_update
from lukhas_notion.notion.connection import Connection
from lukhas_notion.plan.database import (
    BUDGET_REMEDY,
    MissingOption,
    OptionChange,
    Schema,
    missing_options,
    over_budget,
    plan_options,
)
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.reference_kinds import Directory, aliased
from lukhas_notion.plan.values import MAX_OPTIONS, PropertyType
from lukhas_notion.setup.result import Check, failure, passed, warning
from lukhas_notion.sync.preconditions import how_to_name
from lukhas_notion.sync.references import CAPABILITY
from lukhas_notion.util.errors import Forbidden, LukhasNotionError
from lukhas_notion.util.text import counted, fold
from lukhas_notion.validate.database_schema import (
    BY_HAND,
    HOW_TO_ADD,
    left_out,
    not_added,
    option_remedy,
    schema_mismatches,
)

#: The scale of a number that Notion shows as percent.
_PERCENT = 0.01


@dataclass(slots=True)
class DatabaseExam:
    """The checks of one database.

    Args:
        config: the database and the mapping.
        connection: to Notion; only reads and probes are allowed.
        names: the names that the options of each property should have.
        desired: the pages of the manifests that pass the gates.
        writes: whether the token must be able to write.
    """

    config: Config
    connection: Connection
    names: Mapping[str, Sequence[str]]
    desired: Sequence[Desired]
    writes: bool

    def checks(self) -> Iterator[Check]:
        """Yield the checks; after a failure, those that do not depend on it follow."""
        try:
            name, workspace = self.connection.reader.identity()
        except Forbidden as error:
            # The token is valid, so the other checks are possible.
            yield warning(
                "token",
                f"Notion accepts the token, and does not name its integration: {error.message}",
                "Allow the integration to read user information, so that `verify` can name who "
                "edited a page. Nothing else needs it.",
            )
        except LukhasNotionError as error:
            yield failure("token", error.message, error.remedy)
            return
        else:
            yield passed(
                "token",
                f"The token belongs to the integration {name!r} of the workspace {workspace!r}.",
            )
        schema = yield from self._database()
        if schema is not None:
            yield from property_checks(self.config.mapping, schema)
            yield from format_checks(self.config.mapping, schema, self.desired)
            yield from self._people(schema)
            yield from self._options(schema)
        yield from self._capabilities(schema)

    def _database(self) -> Generator[Check, None, Schema | None]:
        config, reader = self.config, self.connection.reader
        if not config.names_database:
            yield failure("database", "NOTION_DATABASE_ID is not set.", how_to_name(config))
            return None
        try:
            schema = reader.schema(reader.data_source_id(config.database, config.data_source))
        except LukhasNotionError as error:
            subject = "capability read" if isinstance(error, Forbidden) else "database"
            yield failure(subject, error.message, error.remedy)
            return None
        named = f"The database '{schema.title}'" if schema.title else "The database"
        yield passed("database", f"{named} is shared with the integration: {schema.url}")
        yield passed("capability read", "The database could be read.")
        return schema

    def _people(self, schema: Schema) -> Iterator[Check]:
        """Yield whether users can be read, if a property needs them, and which aliases fail."""
        mapping = self.config.mapping
        specs = [p for p in mapping.properties if p.type is PropertyType.PEOPLE]
        specs = [spec for spec in specs if spec.name in schema.properties]
        if not specs:
            return
        try:
            directory = Directory.of(self.connection.reader.users())
        except LukhasNotionError as error:
            remedy = CAPABILITY if isinstance(error, Forbidden) else error.remedy
            yield failure("capability users", error.message, remedy)
            return
        if not directory.shows_addresses:
            finding = "Notion shows users without their e-mail addresses, by which they are named."
            yield failure("capability users", finding, CAPABILITY)
            return
        yield passed("capability users", f"{counted(len(directory.names), 'user')} could be read.")
        lost = [name for name in aliased(specs) if directory.canonical(name) is None]
        if lost:
            yield warning(
                "people",
                f"Aliases name {counted(len(lost), 'person')} not in the workspace, "
                f"such as {lost[0]}.",
                "Invite them, or correct the file that aliases names.",
            )

    def _options(self, schema: Schema) -> Iterator[Check]:
        """Yield the checks of options."""
        mapping = self.config.mapping
        unfit = [*schema_mismatches(mapping, schema), *left_out(mapping, schema)]
        mistyped = {each.name for each in unfit if each.found}
        listed = {name: found for name, found in self.names.items() if name not in mistyped}
        changes = plan_options(schema, listed)
        for change in changes:
            yield from _option_checks(change, schema, listed[change.property_name])
        missing = missing_options(self.desired, schema, mapping.without(mistyped), changes)
        for name in dict.fromkeys(each.property_name for each in missing):
            yield self._refused([each for each in missing if each.property_name == name], schema)
        if large := over_budget(schema, changes):
            yield warning("options", large, BUDGET_REMEDY)

    def _refused(self, missing: Sequence[MissingOption], schema: Schema) -> Check:
        """Return the failure for options of one property without which a sync refuses modules."""
        first = missing[0]
        many = counted(len({each.name for each in missing}), "name")
        return failure(
            f"options {first.property_name}",
            f"{many} that manifests use are not options in Notion, such as {quote(first.name)} in "
            f"{first.path}. A sync refuses these manifests.",
            option_remedy(self.config, schema, first),
        )

    def _capabilities(self, schema: Schema | None) -> Iterator[Check]:
        client = self.connection.client
        if schema is not None:
            probed = may_update(client, schema.data_source_id)
            yield self._capability("update", probed)
        yield self._capability("insert", may_insert(client))

    def _capability(self, name: str, probed: Probed) -> Check:
        subject = f"capability {name}"
        error = probed.error.message if probed.error else ""
        if probed.answered is Answered.REFUSED:
            if not self.writes:
                return passed(
                    subject, f"The token cannot {name} content. That is intended for previews."
                )
            remedy = probed.error.remedy if probed.error else ""
            return failure(subject, error, remedy)
        if probed.answered is Answered.UNKNOWN:
            return warning(subject, f"This could not be checked: {error}", "Run doctor again.")
        can = f"The token can {name} content."
        if self.writes:
            return passed(subject, can)
        return warning(
            subject,
            f"{can} A preview needs to read only.",
            f"Give the preview a token of an integration that cannot {name} content.",
        )


def property_checks(mapping: PropertyMapping, schema: Schema) -> Iterator[Check]:
    """Yield the checks of the database's properties."""
    problems = schema_mismatches(mapping, schema)
    for each in problems:
        by_hand = f" {HOW_TO_ADD}" if each.can_be_added else ""
        yield failure("properties", each.fact, each.remedy + by_hand)
    optional = left_out(mapping, schema)
    for each in optional:
        yield warning(
            "properties", f"{each.fact} It is optional, so it is not written.", each.remedy
        )
    if not problems:
        right = len(mapping.properties) - len(optional)
        yield passed(
            "properties", f"The database has all {right} mapped properties, with the right types."
        )


def format_checks(
    mapping: PropertyMapping, schema: Schema, desired: Sequence[Desired]
) -> Iterator[Check]:
    """Yield a warning for each number that Notion shows in another format than intended.

    A property with the format percent shows 0.85 as 85 %, and 85 as 8,500 %. Any other format shows
    a number that is scaled for percent as a hundredth.
    """
    for spec in mapping.properties:
        found = schema.properties.get(spec.name)
        if found is None or not found.number_format or found.type != spec.type.stored_as:
            continue
        if found.number_format != "percent":
            if spec.scale == _PERCENT:
                yield warning(
                    "properties",
                    f"'{spec.name}' is multiplied by 0.01, and Notion shows it as "
                    f"{found.number_format}, not as percent: 85 is shown as 0.85.",
                    "In Notion, edit the property and choose the number format Percent; or take "
                    "scale out of lukhas-notion.toml.",
                )
            elif spec.format not in ("number", found.number_format):
                yield warning(
                    "properties",
                    f"'{spec.name}' has the format {spec.format}, and Notion shows it as "
                    f"{found.number_format}.",
                    "The format counts only where this tool adds a property. Choose it in Notion.",
                )
            continue
        values = [module.values.get(spec.name) for module in desired]
        numbers = [value for value in values if isinstance(value, int | float)]
        largest = max(numbers, key=abs, default=0)
        if abs(largest) > 1:
            yield warning(
                "properties",
                f"Notion shows '{spec.name}' as percent: {largest:g} is shown as "
                f"{largest * 100:,g} %.",
                f"In lukhas-notion.toml, under [properties.{toml_string(spec.name)}], write scale "
                "= 0.01. Or, in Notion, edit the property and choose the number format Number.",
            )


def _option_checks(change: OptionChange, schema: Schema, names: Sequence[str]) -> Iterator[Check]:
    name = change.property_name
    subject = f"options {name}"
    held = schema.properties[name].options
    if change.add:
        yield warning(
            subject,
            f"Notion does not have {counted(len(change.add), 'name')} of the vocabulary yet.",
            f'Add them with `lukhas-notion backfill --property "{name}" --apply`. An apply of the '
            "Action adds them too.",
        )
    if change.waiting:
        yield passed(
            subject,
            f"Notion gets {counted(len(change.waiting), 'name')} with the first page that uses "
            f"each: one request takes {MAX_OPTIONS} options.",
        )
    canonical = {fold(each, case=True) for each in names}
    outside = [option.name for option in held if fold(option.name, case=True) not in canonical]
    if outside:
        yield warning(
            subject,
            f"Notion has {counted(len(outside), 'option')} outside the vocabulary, such as "
            f"{outside[0]!r}.",
            f'List them with `lukhas-notion backfill --property "{name}" --prune`.',
        )
    lacking = list(not_added({name: names}, [change], schema))
    yield from (warning(subject, fact, BY_HAND) for fact in lacking)
    if not (change.add or change.waiting or outside or lacking):
        yield passed(subject, f"The vocabulary and Notion agree on {counted(len(held), 'name')}.")
