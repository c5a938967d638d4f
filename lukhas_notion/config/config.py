"""``lukhas-notion.toml`` + environment + flags → one frozen :class:`Config`.

A flag beats the environment, the environment beats the file, the file beats the default. The
token comes from the environment alone: a file is committed, and flags show in process lists. The
address that the token is sent to never comes from the file, which a stranger may have written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lukhas_notion.config.gates import (
    VocabularyFile,
    default_gates,
    read_schema,
    read_vocabularies,
)
from lukhas_notion.config.paths import (
    OutputSetting,
    Place,
    config_file,
    find_place,
    output_file,
    read_config,
    require_own,
)
from lukhas_notion.config.presence import GateFile
from lukhas_notion.config.properties import DEFAULT_PROPERTIES, POINTER_REMEDY, read_mapping
from lukhas_notion.config.settings import (
    notion_id,
    read_api_url,
    read_deadline,
    read_form,
    read_rate,
    read_records,
    read_retries,
    read_source,
    read_target,
    read_whole,
)
from lukhas_notion.config.toml_table import FILE_NAME, Table
from lukhas_notion.plan.finding import FindingKind
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.util.errors import SetupError
from lukhas_notion.util.globs import PatternError
from lukhas_notion.util.globs import parse as parse_glob
from lukhas_notion.util.nearest import nearest

__all__ = [
    "DEFAULT_PROPERTIES",
    "FILE_NAME",
    "Config",
    "Flags",
    "VocabularyFile",
    "load",
    "notion_id",
]

#: What to do where no database is named.
HOW_TO_NAME = (
    "Make one with `lukhas-notion init --parent PAGE`, or name the one that is there, by its id or "
    "its URL: in NOTION_DATABASE_ID, with --database, or in lukhas-notion.toml under [notion] as "
    "database."
)
DEFAULT_CONCURRENCY = 10
#: Globs in one list; every file of the repository is held to each.
_MOST_PATTERNS = 500
#: Pointers that the provenance SHA leaves out; every value is held to each.
_MOST_VOLATILE = 50
DEFAULT_INCLUDE = ("**/module.manifest.json",)
DEFAULT_VOLATILE = ("/_provenance/*/extracted_at",)
DEFAULT_LEDGER = "manifests/.ledger/notion_sync.ndjson"
DEFAULT_REPORT = "reports/notion_sync_report.md"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run needs to know that is not a manifest.

    ``default_gates`` are the schema and the vocabularies for which no file is named. Paths are
    absolute. ``rate`` is in operations per second, as the average over a minute.
    ``max_retries`` is None where nobody has set it. No link leads out of ``boundary``, which is
    the root or above it. ``sources`` says where ledger and report were named.
    ``source`` is the repository as it was named, ``source_form`` the form of a manifest's address,
    ``adopt_from`` names repositories whose pages are taken over, and ``records`` says whether pages
    get records.
    """

    root: Path
    boundary: Path
    file: Path | None
    token: str = field(repr=False)
    database: str
    data_source: str
    api_url: str
    rate: float
    concurrency: int
    max_retries: int | None
    deadline: float | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    schema: Path | None
    vocabularies: Mapping[str, VocabularyFile]
    volatile: tuple[str, ...]
    mapping: PropertyMapping
    ledger: Path
    report: Path
    sources: Mapping[str, str]
    ignore: frozenset[FindingKind] = frozenset()
    default_gates: tuple[GateFile, ...] = ()
    source: str = ""
    source_form: str = ""
    adopt_from: tuple[str, ...] = ()
    records: bool = True

    def display(self, path: Path) -> str:
        """Return ``path`` relative to the root where it lies inside, with forward slashes."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def within(self, path: Path) -> Path | None:
        """Return the folder below which a file that is written is reached without any link.

        None for a file outside the repository, which is the user's own.
        """
        homes = (self.root, self.boundary)
        return next((home for home in homes if path.is_relative_to(home)), None)

    @property
    def ledger_within(self) -> Path | None:
        """The folder below which the ledger is reached without any link."""
        return self.within(self.ledger)

    @property
    def place(self) -> Place:
        """Where the repository is."""
        return Place(self.root, self.boundary)

    @property
    def read_pointers(self) -> tuple[str, ...]:
        """What is read of a manifest: for the properties, the key and the provenance."""
        mapped = (p for spec in self.mapping.properties for p in spec.pointers if p.startswith("/"))
        return (*mapped, *self.mapping.key, *self.volatile, "/_provenance")

    @property
    def backfilled(self) -> tuple[str, ...]:
        """Every property whose options are known: by a vocabulary, or as a constant."""
        return tuple(dict.fromkeys((*self.vocabularies, *self.mapping.constant_options())))

    @property
    def knows_notion(self) -> bool:
        """Whether there are a token and a database."""
        return bool(self.token and (self.database or self.data_source))

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
                HOW_TO_NAME,
            )


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line said; None where it said nothing.

    Without a root it is the folder that the command runs in. In the Action ``workspace`` is the
    folder that the root is relative to.
    """

    root: str | None = None
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
    source: str | None = None
    adopt_from: tuple[str, ...] = ()
    workspace: str | None = None

    def label(self, key: str, input_name: str = "") -> str:
        """Return how an error calls a setting: the flag, or the input of the Action."""
        return f"The input {input_name or key}" if self.workspace else f"--{key}"


def load(flags: Flags, environ: Mapping[str, str]) -> Config:
    """Read the file, lay the environment and the flags over it, and check it all.

    Raises:
        UsageError: no root is named, and the folder is a part of one that is configured.
        ConfigError: the root, the file or one of its values is wrong, with its place.
    """
    place = find_place(flags.root, flags.workspace)
    root, boundary = place
    if flags.root is None and flags.config is None:
        require_own(root)
    label, in_action = flags.label("config"), flags.workspace is not None
    file = config_file(flags.config, place, label, from_root=in_action)
    top = read_config(file, place)
    base = file.parent if file else root
    homes = [boundary] if base.is_relative_to(boundary) else [boundary, base]
    manifests, schema, provenance = (top.table(n) for n in ("manifests", "schema", "provenance"))
    notion, run, verify = (top.table(n) for n in ("notion", "run", "verify"))
    source = top.table("source")
    mapping = read_mapping(top)
    ledger, ledger_source = _output(flags, "ledger", flags.ledger, DEFAULT_LEDGER, run, root)
    report, report_source = _output(flags, "report", flags.report, DEFAULT_REPORT, run, root)
    database, data_source = read_target(flags.database, flags.data_source, environ, notion)
    config = Config(
        root=root,
        boundary=boundary,
        file=file,
        token=environ.get("NOTION_TOKEN", "").strip(),
        database=database,
        data_source=data_source,
        api_url=read_api_url(flags.api_url, environ, notion),
        rate=read_rate(flags.rate_limit, environ, notion),
        concurrency=read_whole("concurrency", flags.concurrency, run, DEFAULT_CONCURRENCY, least=1),
        max_retries=read_retries(flags.max_retries, run),
        deadline=read_deadline(flags.deadline, run),
        include=_patterns(manifests, "include", DEFAULT_INCLUDE),
        exclude=_patterns(manifests, "exclude", ()),
        schema=read_schema(schema, base, homes, root),
        default_gates=tuple(default_gates(top, mapping)),
        vocabularies=read_vocabularies(top, mapping, base, homes, root),
        volatile=_pointers(provenance),
        mapping=mapping,
        ledger=ledger,
        report=report,
        sources={"ledger": ledger_source, "report": report_source},
        ignore=_ignored(verify),
        source=read_source(flags.source, environ),
        source_form=read_form(source),
        adopt_from=flags.adopt_from,
        records=read_records(provenance),
    )
    for table in (manifests, schema, provenance, notion, run, verify, source, top):
        table.no_more()
    return config


def _patterns(table: Table, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return a list of globs, each of which can match something."""
    if not table.has(key):
        return default
    patterns, alternatives = table.texts(key), 0
    for pattern in patterns:
        try:
            alternatives += len(parse_glob(pattern).alternatives)
        except PatternError as error:
            raise table.error(key, f"has {pattern!r}, which {error}", error.remedy) from None
    if alternatives > _MOST_PATTERNS:
        said = f"has more than {_MOST_PATTERNS} patterns"
        raise table.error(key, said, "Use * and ** in the place of some.")
    return patterns


def _pointers(provenance: Table) -> tuple[str, ...]:
    if not provenance.has("volatile"):
        return DEFAULT_VOLATILE
    pointers = provenance.texts("volatile")
    if len(pointers) > _MOST_VOLATILE:
        said = f"names more than {_MOST_VOLATILE} pointers"
        raise provenance.error("volatile", said, "Use * for any key.")
    for pointer in pointers:
        if not pointer.startswith("/"):
            said = f"has {pointer!r}, which is no JSON pointer"
            raise provenance.error("volatile", said, POINTER_REMEDY)
    return pointers


def _ignored(table: Table) -> frozenset[FindingKind]:
    """Return the kinds of finding that do not count."""
    kinds, known = table.texts("ignore"), list(FindingKind)
    for kind in kinds:
        if kind not in known:
            near = nearest(kind, known)
            remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
            raise table.error("ignore", f"names {kind!r}, no kind of finding", remedy)
    return frozenset(FindingKind(kind) for kind in kinds)


def _output(
    flags: Flags, key: str, flag: str | None, default: str, run: Table, root: Path
) -> tuple[Path, str]:
    label = flags.label(key, f"{key}-path")
    return output_file(OutputSetting(key, flag, label, default, not flags.workspace), run, root)
