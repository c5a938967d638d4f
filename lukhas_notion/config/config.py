"""``lukhas-notion.toml``, environment and flags become one frozen :class:`Config`.

The precedence is: flag, environment variable, configuration file, default. The token comes only
from the environment, since a file is committed and process lists show flags. The address to which
the token is sent never comes from the file, which may be untrusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lukhas_notion.config.document import FILE_NAME, Document
from lukhas_notion.config.gates import (
    GateFile,
    NamedFiles,
    VocabularyFile,
    default_gates,
)
from lukhas_notion.config.paths import (
    RepositoryPlace,
    config_file,
    find_place,
    output_file,
    read_config,
    require_own,
)
from lukhas_notion.config.properties import DEFAULT_PROPERTIES, read_mapping
from lukhas_notion.config.settings import (
    DEFAULT_CONCURRENCY,
    DEFAULT_RATE,
    Flags,
    Settings,
    notion_id,
)
from lukhas_notion.manifests.discovery import DEFAULT_INCLUDE
from lukhas_notion.manifests.globs import PatternError, parse_glob
from lukhas_notion.manifests.manifest import DEFAULT_VOLATILE, ManifestForm
from lukhas_notion.plan.finding import FindingKind
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.util.errors import SetupError

__all__ = ["DEFAULT_PROPERTIES", "FILE_NAME", "Config", "Flags", "load", "notion_id"]

#: The remedy where no database is named.
HOW_TO_NAME = (
    "Create one with `lukhas-notion init --parent PAGE`, or name an existing one by its id or "
    "URL: in NOTION_DATABASE_ID, with --database, or in lukhas-notion.toml under [notion] as "
    "database."
)
#: Globs in one list, with their alternatives; every file of the repository is matched with each.
_MOST_PATTERNS = 500
DEFAULT_LEDGER = "manifests/.ledger/notion_sync.ndjson"
DEFAULT_REPORT = "reports/notion_sync_report.md"


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a run. Paths are absolute.

    - ``boundary`` is the root or a folder above it; no link leads out of it.
    - ``rate`` is in operations per second, as the average over a minute. It may rise to
      ``most_rate`` while Notion refuses no request.
    - ``max_retries`` is None where it is not set.
    - ``form`` says how manifests are read.
    - ``default_gates`` are the schema and the vocabularies that have their default path.
    - ``sources`` has the settings of ledger and report, for errors.
    - ``source`` is the repository as it was named, and ``source_form`` the form of a manifest's
      address. ``adopt_from`` has the repositories whose pages are taken over.
    - ``records`` says whether pages get records.
    """

    root: Path
    boundary: Path
    file: Path | None
    token: str = field(repr=False)
    database: str
    data_source: str
    api_url: str
    rate: float
    most_rate: float
    concurrency: int
    max_retries: int | None
    deadline: float | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    schema: Path | None
    vocabularies: Mapping[str, VocabularyFile]
    form: ManifestForm
    mapping: PropertyMapping
    ledger: Path
    report: Path
    sources: Mapping[str, str]
    ignore: frozenset[FindingKind] = frozenset()
    default_gates: tuple[GateFile, ...] = ()
    alias_files: tuple[Path, ...] = ()
    source: str = ""
    source_form: str = ""
    adopt_from: tuple[str, ...] = ()
    records: bool = True

    def display(self, path: Path) -> str:
        """Return ``path`` with forward slashes, relative to the root where it is below it."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def within(self, path: Path) -> Path | None:
        """Return the folder below which writing a file follows no link.

        None for a file outside the repository, which is the user's own.
        """
        homes = (self.root, self.boundary)
        return next((home for home in homes if path.is_relative_to(home)), None)

    @property
    def ledger_within(self) -> Path | None:
        """The folder below which writing the ledger follows no link."""
        return self.within(self.ledger)

    @property
    def place(self) -> RepositoryPlace:
        """Where the repository is."""
        return RepositoryPlace(self.root, self.boundary)

    @property
    def read_pointers(self) -> tuple[str, ...]:
        """The pointers into a manifest: for properties, body, icon, the key and the provenance."""
        mapped = (p for spec in self.mapping.properties for p in spec.reads)
        body = self.mapping.body.pointers if self.mapping.body else ()
        icon = self.mapping.icon.pointers if self.mapping.icon else ()
        # A key may also be a place of the manifest, such as @folder, which is not a pointer.
        key = (p for p in self.mapping.key if p.startswith("/"))
        return (*mapped, *key, *body, *icon, *self.form.volatile, "/_provenance")

    @property
    def backfilled(self) -> tuple[str, ...]:
        """The properties whose options are known: by a vocabulary, or as a constant."""
        return tuple(dict.fromkeys((*self.vocabularies, *self.mapping.constant_options())))

    @property
    def knows_notion(self) -> bool:
        """Whether a token and a database are set."""
        return bool(self.token) and self.names_database

    @property
    def names_database(self) -> bool:
        """Whether a database or a data source is named."""
        return bool(self.database or self.data_source)

    def require_notion(self) -> None:
        """Check that a token and a database are set.

        Raises:
            SetupError: one of them is not; the message names the setting.
        """
        if not self.token:
            raise SetupError(
                "NOTION_TOKEN is not set.",
                "Create an internal integration in Notion, share the database with it, and put "
                "its token into the environment variable NOTION_TOKEN.",
            )
        if not self.database and not self.data_source:
            raise SetupError("NOTION_DATABASE_ID is not set.", HOW_TO_NAME)


def load(flags: Flags, environ: Mapping[str, str], text: str | None = None) -> Config:
    """Read and check the configuration of a run.

    Args:
        flags: the flags of the command line.
        environ: the environment.
        text: the future content of the file, where it does not exist yet.

    Raises:
        UsageError: no root is named, and the current folder is a part of a configured repository.
        ConfigError: the root, the file or values in it are wrong, each with its place.
    """
    place = find_place(flags.root, flags.workspace)
    if flags.root is None and flags.config is None:
        require_own(place.root)
    label, in_action = flags.label("config"), flags.workspace is not None
    file = config_file(flags.config, place, label, from_root=in_action)
    if text is None:
        document = read_config(file, place)
    else:
        file, document = place.root / FILE_NAME, Document.parse(text, FILE_NAME)
    config = _Loading(flags, environ, place, file, document).config()
    document.finish()
    return config


class _Loading(NamedTuple):
    """Reads all settings of one configuration; errors are collected."""

    flags: Flags
    environ: Mapping[str, str]
    place: RepositoryPlace
    file: Path | None
    document: Document

    def config(self) -> Config:
        """Return the configuration, with the default for each wrong setting."""
        flags, document, (root, boundary) = self.flags, self.document, self.place
        settings = Settings(flags, self.environ, document)
        base = self.file.parent if self.file else root
        homes = [boundary] if base.is_relative_to(boundary) else [boundary, base]
        files = NamedFiles(document, base, homes, root)
        mapping = read_mapping(document)
        known = mapping or PropertyMapping(DEFAULT_PROPERTIES)
        known, alias_files = files.with_aliases(known)
        collect = document.collect
        (ledger, ledger_source), (report, report_source) = (
            collect(partial(output_file, key, default, flags, document, root), (root / default, ""))
            for key, default in (("ledger", DEFAULT_LEDGER), ("report", DEFAULT_REPORT))
        )
        database, data_source = collect(settings.target, ("", ""))
        rate, most_rate = collect(settings.rate, (DEFAULT_RATE, DEFAULT_RATE))
        return Config(
            root=root,
            boundary=boundary,
            file=self.file,
            token=self.environ.get("NOTION_TOKEN", "").strip(),
            database=database,
            data_source=data_source,
            api_url=collect(settings.api_url, ""),
            rate=rate,
            most_rate=most_rate,
            concurrency=collect(settings.concurrency, DEFAULT_CONCURRENCY),
            max_retries=collect(settings.max_retries, None),
            deadline=collect(settings.deadline, None),
            include=self._patterns("include", DEFAULT_INCLUDE),
            exclude=self._patterns("exclude", ()),
            schema=collect(files.schema, None),
            default_gates=tuple(default_gates(document, known)),
            vocabularies=files.vocabularies(mapping) if mapping else {},
            form=ManifestForm(
                tuple(document.get("provenance", "volatile", default=DEFAULT_VOLATILE)),
                document.get("manifests", "items", default=""),
                {
                    pointer: document.texts("manifests", "where", pointer)
                    for pointer in document.table("manifests", "where")
                },
            ),
            mapping=known,
            alias_files=alias_files,
            ledger=ledger,
            report=report,
            sources={"ledger": ledger_source, "report": report_source},
            ignore=frozenset(map(FindingKind, document.texts("verify", "ignore"))),
            source=collect(settings.source, ""),
            source_form=collect(settings.source_form, ""),
            adopt_from=flags.adopt_from,
            records=document.get("provenance", "record") != "off",
        )

    def _patterns(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list of globs; a glob that cannot match is an error."""
        path, alternatives = ("manifests", key), 0
        patterns: tuple[str, ...] = tuple(self.document.get(*path, default=default))
        for pattern in patterns:
            try:
                alternatives += len(parse_glob(pattern).alternatives)
            except PatternError as error:
                self.document.refuse(path, f"has {pattern!r}, which {error}", error.remedy)
        if alternatives > _MOST_PATTERNS:
            message = f"has more than {_MOST_PATTERNS} patterns"
            self.document.refuse(path, message, "Use * and ** instead of some of them.")
        return patterns
