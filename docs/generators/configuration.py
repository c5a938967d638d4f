"""The reference of the configuration: every key and variable, with the code's own defaults."""

from __future__ import annotations

from generators.tables import code, table
from lukhas_notion.config import config
from lukhas_notion.config.gates import DEFAULT_SCHEMA, DEFAULT_VOCABULARIES
from lukhas_notion.config.settings import DEFAULT_API_URL, DEFAULT_RATE, DEFAULT_RETRIES
from lukhas_notion.plan.property_types import kind_of
from lukhas_notion.plan.values import PropertyType

_VOCABULARIES = ", ".join(f"{name}: {path}" for name, path in DEFAULT_VOCABULARIES.items())

#: (table, key, type, default, meaning)
KEYS = (
    (
        "manifests",
        "include",
        "list of globs",
        f'["{config.DEFAULT_INCLUDE[0]}"]',
        "which files are manifests; `**` is any number of folders, `{a,b}` is either",
    ),
    ("manifests", "exclude", "list of globs", "[]", "which are not; `legacy/` is all below"),
    (
        "schema",
        "path",
        "path",
        DEFAULT_SCHEMA,
        "the JSON Schema; the packaged one where the default file is not there",
    ),
    (
        "schema",
        "packaged",
        "true or false",
        "false",
        "whether the packaged schema counts, also where the default file is there",
    ),
    (
        "vocabularies",
        "PROPERTY",
        "path",
        _VOCABULARIES,
        "the vocabulary of a `multi_select` or `select` property; without one no name is allowed",
    ),
    (
        "provenance",
        "volatile",
        "list of pointers",
        f'["{config.DEFAULT_VOLATILE[0]}"]',
        "what the provenance SHA leaves out; `*` is any one key or index",
    ),
    (
        "provenance",
        "record",
        '`"on"` or `"off"`',
        '"on"',
        "whether pages get a [record](page-record.md) of their manifest",
    ),
    ("notion", "database", "id or URL", "", "the database, where no flag or variable names it"),
    ("notion", "data_source", "id", "", "which of the named database's data sources"),
    (
        "notion",
        "rate_limit",
        "number, 0.02 to 100",
        f"{DEFAULT_RATE:g}",
        "operations per second, as an average over any minute; below 3 they are also spread evenly",
    ),
    ("mapping", "defaults", "true or false", "true", "whether the nine default properties count"),
    (
        "mapping",
        "key",
        "pointer, or list of pointers",
        "",
        "what identifies a module when its name changes; the title's source where it is not set",
    ),
    (
        "source",
        "url",
        "URL with `{commit}` and `{path}`",
        "",
        "the address that a provenance SHA links to; it never says whose pages are managed",
    ),
    (
        "run",
        "concurrency",
        "whole number, 1 to 100",
        str(config.DEFAULT_CONCURRENCY),
        "requests that travel at once",
    ),
    (
        "run",
        "max_retries",
        "whole number, 0 to 100",
        str(DEFAULT_RETRIES),
        "how often one request is repeated; once it is set, answers of 429 count as well",
    ),
    ("run", "deadline", "seconds", "", "when a run ends in order, with a report"),
    ("run", "ledger", "path", config.DEFAULT_LEDGER, "the ledger"),
    ("run", "report", "path", config.DEFAULT_REPORT, "the Markdown report of `--report-md`"),
    (
        "verify",
        "ignore",
        "list of kinds",
        "[]",
        "the [findings](findings.md) that do not count in `verify`",
    ),
)

#: (key, type, default, meaning)
PROPERTY_KEYS = (
    ("type", ", ".join(PropertyType), "", "the property's type in Notion"),
    (
        "from",
        "pointer, or list of pointers",
        "",
        "where the value is, of several the first that is there; or `@sha`, or `@now`",
    ),
    ("from_all", "pointer, or list of pointers", "", "all that are there, in order"),
    ("constant", "a value of the type", "", "the same on every page"),
    ("each", "template", "", "text: a line for each entry of an object or a list, sorted"),
    ("join", "text", '", "', "text: what stands between the items of a list"),
    ("required", "true or false", "true", "whether the database must have the property"),
    (
        "vocabulary",
        "true or false",
        "true",
        "whether the names of a `select` or `multi_select` must be in a vocabulary",
    ),
)

#: (variable, default, meaning)
VARIABLES = (
    ("NOTION_TOKEN", "", "the integration's token; it is read from nowhere else"),
    ("NOTION_DATABASE_ID", "", "the database: its id, with or without hyphens, or any Notion URL"),
    ("NOTION_DATA_SOURCE_ID", "", "the data source, where the database has several"),
    (
        "NOTION_RATE_LIMIT",
        f"{DEFAULT_RATE:g}",
        "operations per second, as an average over a minute",
    ),
    ("NOTION_API_URL", DEFAULT_API_URL, "where Notion is; never taken from the file"),
    ("GITHUB_TOKEN", "", "never used by the commands; taken out of everything they print"),
)


def keys() -> str:
    """Return the table of all keys but those of a property."""
    rows = [[code(f"[{t}]"), code(k), kind, code(d), said] for t, k, kind, d, said in KEYS]
    return table(["Table", "Key", "Type", "Default", "Meaning"], rows)


def property_keys() -> str:
    """Return the table of a property's keys."""
    rows = [[code(k), kind, code(d), said] for k, kind, d, said in PROPERTY_KEYS]
    return table(["Key", "Type", "Default", "Meaning"], rows)


def property_types() -> str:
    """Return the table of the types of property."""
    rows = [
        [code(kind.type), kind.label, kind.takes, ", ".join(map(code, kind.settings))]
        for kind in map(kind_of, PropertyType)
    ]
    return table(["Type", "In Notion", "From the manifest", "Keys of its own"], rows)


def default_mapping() -> str:
    """Return the table of the default properties."""
    rows = [
        [
            p.name,
            code(p.type),
            code(", ".join(p.pointers)),
            code(p.each.text if p.each else ""),
            "yes" if p.required else "no",
        ]
        for p in config.DEFAULT_PROPERTIES
    ]
    return table(["Property", "Type", "From", "Each", "Required"], rows)


def variables() -> str:
    """Return the table of environment variables."""
    rows = [[code(name), code(default), said] for name, default, said in VARIABLES]
    return table(["Variable", "Default", "Meaning"], rows)
