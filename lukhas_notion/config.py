"""``lukhas-notion.toml`` + environment + flags → one frozen :class:`Config`.

A flag beats the environment, the environment beats the file, the file beats the default. The
token comes from the environment alone: a file is committed, and flags show in process lists.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lukhas_notion.config_table import Table
from lukhas_notion.errors import ConfigError, SetupError
from lukhas_notion.mapping import NOW, SHA, PropertyMapping, PropertySpec
from lukhas_notion.template import LineTemplate
from lukhas_notion.values import PropertyType

FILE_NAME = "lukhas-notion.toml"
DEFAULT_API_URL = "https://api.notion.com"
DEFAULT_RATE = 3.0
DEFAULT_CONCURRENCY = 10
DEFAULT_INCLUDE = ("**/module.manifest.json",)
DEFAULT_VOLATILE = ("/_provenance/*/extracted_at",)
DEFAULT_SCHEMA = "schemas/module.manifest.schema.json"
DEFAULT_VOCABULARIES = {"Features": "vocab/features.json", "Tags": "vocab/tags.json"}
DEFAULT_LEDGER = "manifests/.ledger/notion_sync.ndjson"
DEFAULT_REPORT = "reports/notion_sync_report.md"

#: The line of the seed's report for one API.
API_LINE = "- {@key} ({module})  import:{import_verified:check}  docs:{doc_ok:check}"

DEFAULT_PROPERTIES = (
    PropertySpec("Module", PropertyType.TITLE, ("/module",)),
    PropertySpec("Description", PropertyType.RICH_TEXT, ("/description",)),
    PropertySpec("Features", PropertyType.MULTI_SELECT, ("/features",)),
    PropertySpec("APIs", PropertyType.RICH_TEXT, ("/apis",), each=LineTemplate(API_LINE)),
    PropertySpec("SLA p95", PropertyType.NUMBER, ("/performance/sla_targets/latency_p95_ms",)),
    PropertySpec("Coverage", PropertyType.NUMBER, ("/testing/coverage_observed",)),
    PropertySpec("Provenance SHA", PropertyType.RICH_TEXT, (SHA,)),
    PropertySpec("Updated At", PropertyType.DATE, (NOW,)),
    PropertySpec("Tags", PropertyType.MULTI_SELECT, ("/tags",), required=False),
)


@dataclass(frozen=True, slots=True)
class VocabularyFile:
    """Where a property's vocabulary lives; ``required`` when the configuration names it."""

    path: Path
    display: str
    required: bool


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run needs to know that is not a manifest.

    Paths are absolute. ``rate`` is in operations per second, as the average over a minute.
    """

    root: Path
    file: Path | None
    token: str = field(repr=False)
    database: str
    data_source: str
    api_url: str
    rate: float
    concurrency: int
    max_retries: int
    deadline: float | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    schema: Path | None
    vocabularies: Mapping[str, VocabularyFile]
    volatile: tuple[str, ...]
    mapping: PropertyMapping
    ledger: Path
    report: Path

    def display(self, path: Path) -> str:
        """Return ``path`` relative to the root where it lies inside, with forward slashes."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    @property
    def backfilled(self) -> tuple[str, ...]:
        """Every property whose options are known: by a vocabulary, or as a constant."""
        return (*self.vocabularies, *self.mapping.constant_options())

    def require_notion(self) -> None:
        """Check that there is a token and a database.

        Raises:
            SetupError: one of them is missing, with the setting's name.
        """
        if not self.token:
            raise SetupError(
                "NOTION_TOKEN is not set.",
                "Create an internal integration in Notion, share the database with it, and put "
                "its token into the environment variable NOTION_TOKEN.",
            )
        if not self.database and not self.data_source:
            raise SetupError(
                "NOTION_DATABASE_ID is not set.",
                "Put the database's id or URL into NOTION_DATABASE_ID, or pass --database.",
            )


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line said; None where it said nothing."""

    root: str = "."
    config: str | None = None
    database: str | None = None
    data_source: str | None = None
    api_url: str | None = None
    rate_limit: float | None = None
    concurrency: int | None = None
    max_retries: int | None = None
    deadline: float | None = None
    ledger: str | None = None
    report: str | None = None


def load(flags: Flags, environ: Mapping[str, str]) -> Config:
    """Read the file, lay the environment and the flags over it, and check it all.

    Raises:
        ConfigError: the root, the file or one of its values is wrong, with its place.
    """
    root = Path(flags.root).resolve()
    if not root.is_dir():
        raise ConfigError(f"{flags.root} is not a folder.", "Name the repository with --root.")
    file = _config_file(flags.config, root)
    top = Table.of_file(_parse(file), file)
    base = file.parent if file else root
    manifests, schema, provenance = (top.table(n) for n in ("manifests", "schema", "provenance"))
    notion, run = top.table("notion"), top.table("run")
    mapping = _mapping(top)
    vocabularies = _vocabularies(top, mapping, base, root)
    config = Config(
        root=root,
        file=file,
        token=environ.get("NOTION_TOKEN", "").strip(),
        database=notion_id(
            _first(flags.database, environ.get("NOTION_DATABASE_ID"), notion.text("database")),
            "NOTION_DATABASE_ID",
        ),
        data_source=notion_id(
            _first(
                flags.data_source, environ.get("NOTION_DATA_SOURCE_ID"), notion.text("data_source")
            ),
            "NOTION_DATA_SOURCE_ID",
        ),
        api_url=_first(flags.api_url, environ.get("NOTION_API_URL"), notion.text("api_url"))
        or DEFAULT_API_URL,
        rate=_rate(flags, environ, notion.number("rate_limit")),
        concurrency=_positive("concurrency", flags.concurrency, run, DEFAULT_CONCURRENCY),
        max_retries=_positive("max_retries", flags.max_retries, run, 6),
        deadline=_deadline(flags.deadline, run.number("deadline")),
        include=manifests.texts("include") or DEFAULT_INCLUDE,
        exclude=manifests.texts("exclude"),
        schema=_schema(schema, base, root),
        vocabularies=vocabularies,
        volatile=_pointers(provenance),
        mapping=mapping,
        ledger=_output(flags.ledger, run, "ledger", DEFAULT_LEDGER, root),
        report=_output(flags.report, run, "report", DEFAULT_REPORT, root),
    )
    for table in (manifests, schema, provenance, notion, run, top):
        table.no_more()
    return config


def _config_file(named: str | None, root: Path) -> Path | None:
    if named is None:
        default = root / FILE_NAME
        return default if default.exists() else None
    path = Path(named)
    if not path.is_absolute() and not path.exists():
        path = root / path
    if not path.is_file():
        raise ConfigError(f"The configuration {named} is not a file.", "Check --config.")
    return path.resolve()


def _parse(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file.name} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file.name} is not TOML: {error}.") from None


def _first(*candidates: str | None) -> str:
    return next((c.strip() for c in candidates if c and c.strip()), "")


_HEX = re.compile(r"[0-9a-f]{32}")


def notion_id(given: str, setting: str) -> str:
    """Return the id in ``given``, with hyphens: an id with or without them, or any Notion URL.

    In a URL the id is the last one of the path; what stands after ``?`` is the view's.

    Raises:
        ConfigError: there is none.
    """
    if not given:
        return ""
    path = given.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    found: list[str] = []
    for part in path.split("/"):
        # In a URL a title stands before the id, joined by a hyphen.
        bare = part.replace("-", "").lower()
        tail = bare[-32:] if "-" in part or len(bare) == 32 else ""
        if _HEX.fullmatch(tail):
            found.append(tail)
    if not found:
        raise ConfigError(
            f"{setting} holds no Notion id.",
            "Give the 32-digit id, with or without hyphens, or the database's URL.",
        )
    h = found[-1]
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def _rate(flags: Flags, environ: Mapping[str, str], filed: float | None) -> float:
    said = environ.get("NOTION_RATE_LIMIT", "").strip()
    rate: float | None = flags.rate_limit
    if rate is None and said:
        try:
            rate = float(said)
        except ValueError:
            raise ConfigError(
                f"NOTION_RATE_LIMIT is {said!r}, which is no number.",
                "It is in operations per second; the default is 3.",
            ) from None
    rate = rate if rate is not None else filed if filed is not None else DEFAULT_RATE
    if not 0.02 <= rate <= 100:
        raise ConfigError(
            f"A rate limit of {rate:g} operations per second is out of range.",
            "It is between 0.02 and 100; Notion allows 3 on most plans.",
        )
    return rate


def _positive(name: str, flag: int | None, table: Table, default: int) -> int:
    filed = table.number(name)
    value = flag if flag is not None else int(filed) if filed is not None else default
    least = 0 if name == "max_retries" else 1
    if not least <= value <= 100:
        raise ConfigError(f"{name} is {value}; it is between {least} and 100.")
    return value


def _deadline(flag: float | None, filed: float | None) -> float | None:
    value = flag if flag is not None else filed
    if value is not None and value <= 0:
        raise ConfigError(f"The deadline is {value:g} seconds; it must be more than none.")
    return value


def _inside(name: str, base: Path, root: Path, table: Table, key: str) -> Path:
    path = (base / name).resolve()
    if not (path.is_relative_to(root) or path.is_relative_to(base.resolve())):
        raise table.error(key, f"{name} is outside the repository")
    return path


def _schema(table: Table, base: Path, root: Path) -> Path | None:
    named = table.text("path")
    if named:
        path = _inside(named, base, root, table, "path")
        if not path.is_file():
            raise table.error("path", f"the schema {named} is not a file")
        return path
    default = root / DEFAULT_SCHEMA
    return default if default.is_file() else None


def _vocabularies(
    top: Table, mapping: PropertyMapping, base: Path, root: Path
) -> dict[str, VocabularyFile]:
    table = top.table("vocabularies")
    with_options = [p.name for p in mapping.properties if p.type.has_options]
    files: dict[str, VocabularyFile] = {}
    for name in with_options:
        named = table.text(name)
        if named:
            files[name] = VocabularyFile(_inside(named, base, root, table, name), named, True)
        elif name in DEFAULT_VOCABULARIES:
            default = DEFAULT_VOCABULARIES[name]
            if (root / default).exists():
                files[name] = VocabularyFile(root / default, default, False)
    table.no_more("no multi-select or select property of the mapping has this name")
    return files


def _pointers(provenance: Table) -> tuple[str, ...]:
    if not provenance.has("volatile"):
        return DEFAULT_VOLATILE
    pointers = provenance.texts("volatile")
    for pointer in pointers:
        if not pointer.startswith("/"):
            raise provenance.error("volatile", f"{pointer!r} is no JSON pointer: it starts with /")
    return pointers


def _output(flag: str | None, table: Table, key: str, default: str, root: Path) -> Path:
    filed = table.text(key)
    path = Path(os.path.normpath(root / (flag or filed or default)))
    # A flag is the user's own word; the file may be a stranger's, and is held to the repository.
    if not flag and not path.resolve().is_relative_to(root):
        raise table.error(key, f"{filed or default} is outside the repository")
    return path


def _mapping(top: Table) -> PropertyMapping:
    settings = top.table("mapping")
    specs = {p.name: p for p in DEFAULT_PROPERTIES} if settings.flag("defaults", True) else {}
    settings.no_more()
    properties = top.table("properties")
    for name in properties.names():
        table = properties.table(name)
        specs[name] = _property(name, table, specs.get(name))
        table.no_more()
    titles = [p.name for p in specs.values() if p.type is PropertyType.TITLE]
    if len(titles) > 1 and "Module" in titles and not properties.has("Module"):
        # A title of the user's own stands in for the default one: a database has one title.
        del specs["Module"]
        titles.remove("Module")
    _exactly_one(properties, titles, 'property of type "title"')
    _exactly_one(properties, [p.name for p in specs.values() if p.is_sha], 'with from = "@sha"')
    if sum(p.is_now for p in specs.values()) > 1:
        raise properties.error("", 'there is more than one property with from = "@now"')
    return PropertyMapping(tuple(specs.values()))


def _exactly_one(table: Table, names: Sequence[str], what: str) -> None:
    if len(names) != 1:
        said = " and ".join(names) if names else "none"
        raise table.error("", f"there must be exactly one {what}; there is {said}")


def _property(name: str, table: Table, default: PropertySpec | None) -> PropertySpec:
    kind = _type(table, default)
    given = [key for key in ("from", "from_all", "constant") if table.has(key)]
    if len(given) > 1:
        raise table.error(given[1], f"{given[0]} and {given[1]} exclude each other")
    if not given and default is None:
        raise table.error("", "has no from, from_all or constant")
    spec = replace(default, type=kind) if default is not None else PropertySpec(name, kind)
    if given:
        constant = _constant(table, kind) if table.has("constant") else None
        pointers = table.one_or_more("from_all" if table.has("from_all") else "from")
        spec = replace(
            spec, pointers=pointers, collect=table.has("from_all"), constant=constant, each=None
        )
    _check_pointers(table, spec)
    if table.has("each"):
        try:
            spec = replace(spec, each=LineTemplate(table.text("each")))
        except ValueError as error:
            raise table.error("each", str(error)) from None
    if table.has("join"):
        spec = replace(spec, join=table.text("join", strip=False))
    required = table.flag("required", spec.required)
    if not required and kind is PropertyType.TITLE:
        raise table.error("required", "the title is always required")
    return replace(spec, required=required)


def _type(table: Table, default: PropertySpec | None) -> PropertyType:
    named = table.text("type")
    if not named and default is not None:
        return default.type
    try:
        return PropertyType(named)
    except ValueError:
        known = ", ".join(PropertyType)
        raise table.error("type", f"{named!r} is no type that can be written: {known}") from None


def _check_pointers(table: Table, spec: PropertySpec) -> None:
    for pointer in spec.pointers:
        if pointer in (SHA, NOW):
            fits = PropertyType.RICH_TEXT if pointer == SHA else PropertyType.DATE
            if spec.type is not fits or len(spec.pointers) > 1:
                raise table.error("from", f"{pointer} stands alone, in a property of type {fits}")
        elif not pointer.startswith("/"):
            raise table.error("from", f"{pointer!r} is no JSON pointer: it starts with /")


def _constant(table: Table, kind: PropertyType) -> Any:
    value = table.raw("constant")
    fits: dict[PropertyType, type | tuple[type, ...]] = {
        PropertyType.NUMBER: (int, float),
        PropertyType.CHECKBOX: bool,
        PropertyType.MULTI_SELECT: list,
    }
    if not isinstance(value, fits.get(kind, str)) or (
        kind is PropertyType.NUMBER and isinstance(value, bool)
    ):
        raise table.error("constant", f"{value!r} does not fit a property of type {kind}")
    return tuple(str(item) for item in value) if isinstance(value, list) else value
