"""``lukhas-notion.toml`` + environment + flags → one frozen :class:`Config`.

A flag beats the environment, the environment beats the file, the file beats the default. The
token comes from the environment alone: a file is committed, and flags show in process lists. The
address that the token is sent to never comes from the file, which a stranger may have written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lukhas_notion.checkout import top_of
from lukhas_notion.config_gates import VocabularyFile, default_gates, read_schema, read_vocabularies
from lukhas_notion.config_mapping import DEFAULT_PROPERTIES, POINTER_REMEDY, read_mapping
from lukhas_notion.config_settings import (
    notion_id,
    read_api_url,
    read_deadline,
    read_id,
    read_rate,
    read_retries,
    read_whole,
)
from lukhas_notion.config_table import FILE_NAME, Table
from lukhas_notion.errors import ConfigError, SetupError, UsageError
from lukhas_notion.finding import FindingKind
from lukhas_notion.gates.presence import GateFile
from lukhas_notion.mapping import PropertyMapping
from lukhas_notion.util.nearest import nearest
from lukhas_notion.util.read_files import RefusedFileError, read_regular

__all__ = ["DEFAULT_PROPERTIES", "Config", "Flags", "VocabularyFile", "load", "notion_id"]

#: What to do where no database is named.
HOW_TO_NAME = (
    "Make one with `lukhas-notion init --parent PAGE`, or name the one that is there, by its id or "
    "its URL: in NOTION_DATABASE_ID, with --database, or in lukhas-notion.toml under [notion] as "
    "database."
)
DEFAULT_CONCURRENCY = 10
DEFAULT_INCLUDE = ("**/module.manifest.json",)
DEFAULT_VOLATILE = ("/_provenance/*/extracted_at",)
DEFAULT_LEDGER = "manifests/.ledger/notion_sync.ndjson"
DEFAULT_REPORT = "reports/notion_sync_report.md"
MAX_BYTES = 1024 * 1024
"""Bytes in a configuration file."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run needs to know that is not a manifest.

    ``default_gates`` are the schema and the vocabularies for which no file is named. Paths are
    absolute. ``rate`` is in operations per second, as the average over a minute.
    ``max_retries`` is None where nobody has set it.
    """

    root: Path
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
    ignore: frozenset[FindingKind] = frozenset()
    default_gates: tuple[GateFile, ...] = ()

    def display(self, path: Path) -> str:
        """Return ``path`` relative to the root where it lies inside, with forward slashes."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

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

    Without a root it is the folder that the command runs in.
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


def load(flags: Flags, environ: Mapping[str, str]) -> Config:
    """Read the file, lay the environment and the flags over it, and check it all.

    Raises:
        UsageError: no root is named, and the folder is a part of one that is configured.
        ConfigError: the root, the file or one of its values is wrong, with its place.
    """
    root = Path(flags.root or ".").resolve()
    if not root.is_dir():
        raise ConfigError(f"--root: {flags.root} is not a folder.", "Name the repository's folder.")
    if flags.root is None and flags.config is None:
        _require_own(root)
    file = _config_file(flags.config, root)
    top = _read(file, root, named=flags.config is not None)
    base = file.parent if file else root
    manifests, schema, provenance = (top.table(n) for n in ("manifests", "schema", "provenance"))
    notion, run, verify = (top.table(n) for n in ("notion", "run", "verify"))
    mapping = read_mapping(top)
    config = Config(
        root=root,
        file=file,
        token=environ.get("NOTION_TOKEN", "").strip(),
        database=read_id("database", flags.database, environ, notion),
        data_source=read_id("data_source", flags.data_source, environ, notion),
        api_url=read_api_url(flags.api_url, environ, notion),
        rate=read_rate(flags.rate_limit, environ, notion),
        concurrency=read_whole("concurrency", flags.concurrency, run, DEFAULT_CONCURRENCY, least=1),
        max_retries=read_retries(flags.max_retries, run),
        deadline=read_deadline(flags.deadline, run),
        include=manifests.texts("include") if manifests.has("include") else DEFAULT_INCLUDE,
        exclude=manifests.texts("exclude"),
        schema=read_schema(schema, base, root),
        default_gates=tuple(default_gates(top, mapping)),
        vocabularies=read_vocabularies(top, mapping, base, root),
        volatile=_pointers(provenance),
        mapping=mapping,
        ledger=_output(flags.ledger, run, "ledger", DEFAULT_LEDGER, root),
        report=_output(flags.report, run, "report", DEFAULT_REPORT, root),
        ignore=_ignored(verify),
    )
    for table in (manifests, schema, provenance, notion, run, verify, top):
        table.no_more()
    return config


def _require_own(root: Path) -> None:
    """Check that a folder which nobody named is not just a part of a configured one.

    Without the configuration above it, its vocabularies and its mapping would be passed over.
    """
    if os.path.lexists(root / FILE_NAME):
        return
    top = top_of(root)
    for folder in root.parents:
        if folder.is_relative_to(top) and os.path.lexists(folder / FILE_NAME):
            there = os.path.relpath(folder, root)
            raise UsageError(
                f"There is no {FILE_NAME} here, and one in '{there}'.",
                f"Run there, or pass --root '{there}'. If this folder is a root of its own, pass "
                "--root '.'",
            )


def _config_file(named: str | None, root: Path) -> Path | None:
    if named is None:
        default = root / FILE_NAME
        # A link that leads nowhere is there, and is told when it is read.
        return default if os.path.lexists(default) else None
    path = Path(named)
    if not path.is_absolute() and not path.exists():
        path = root / path
    if not path.is_file():
        raise ConfigError(f"--config: {named} is not a file.", "Name a TOML file.")
    return path.resolve()


def _read(file: Path | None, root: Path, *, named: bool) -> Table:
    if file is None:
        return Table.of_text("", FILE_NAME)
    shown = (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()
    try:
        content = read_regular(file, MAX_BYTES, root=None if named else root)
        text = content.decode("utf-8")
    except RefusedFileError as error:
        raise ConfigError(f"{shown}:1: {error.message}.", error.remedy) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown}:{line}: this is not UTF-8.", "Save it as UTF-8.") from None
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{shown}:1: this is over {MAX_BYTES:,} bytes.", "Shorten it.")
    return Table.of_text(text, shown)


def _pointers(provenance: Table) -> tuple[str, ...]:
    if not provenance.has("volatile"):
        return DEFAULT_VOLATILE
    pointers = provenance.texts("volatile")
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


def _output(flag: str | None, table: Table, key: str, default: str, root: Path) -> Path:
    filed = table.text(key)
    path = Path(os.path.normpath(root / (flag or filed or default)))
    # A flag is the user's own word; the file may be a stranger's, and is held to the repository.
    if not flag and not path.resolve().is_relative_to(root):
        said = f"leads out of the repository: {filed or default}"
        raise table.error(key, said, f"Write it inside, or pass --{key}.")
    return path
