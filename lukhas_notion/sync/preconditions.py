"""Check, before anything is sent, that a database is named and that the files can be written.

An existing file is replaced only if this tool wrote it. So no file is both read and written, no two
outputs have the same file, and the report at the configured or default path replaces only an
earlier report.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lukhas_notion.config.config import FILE_NAME, HOW_TO_NAME, Config
from lukhas_notion.config.gates import DEFAULT_SCHEMA, DEFAULT_VOCABULARIES
from lukhas_notion.config.paths import Target
from lukhas_notion.ledger.file import is_ledger, read_state
from lukhas_notion.manifests.discovery import is_wanted
from lukhas_notion.util.errors import ConfigError, SetupError
from lukhas_notion.util.folder import how_to_read
from lukhas_notion.util.read_files import RefusedFileError
from lukhas_notion.util.text import normalized
from lukhas_notion.util.write_files import check_target, open_to_read


def require_database(config: Config) -> None:
    """Check that a token and a database are named.

    Raises:
        SetupError: one of them is missing; the message has the setting's name.
    """
    if config.token and not config.names_database:
        raise SetupError("NOTION_DATABASE_ID is not set.", how_to_name(config))
    config.require_notion()


def how_to_name(config: Config) -> str:
    """Return what to do if no database is named.

    If `init` has made one, the advice is to name it: another `init` would complete the same
    database, and not overwrite the configuration.
    """
    database = read_state(config.ledger, config.ledger_within).newest_database
    if not database:
        return HOW_TO_NAME
    return (
        f"`lukhas-notion init` has made the database {database}. Name it: in NOTION_DATABASE_ID, "
        f'with --database, or in lukhas-notion.toml under [notion] as database = "{database}".'
    )


_NAME_ANOTHER = "Name another file."
#: Bytes that contain at least a ledger's first record, whose longest part is an error's text.
_HEAD = 64 * 1024
#: How all reports of this tool begin.
_REPORT_HEADS = tuple(f"# {icon} Notion ".encode() for icon in ("🔄", "🔎"))


def ledger_target(config: Config) -> Target:
    """Return the ledger as a target of writing."""
    path = config.ledger
    return Target(path, config.sources["ledger"], config.within(path), "the ledger")


def report_target(config: Config) -> Target:
    """Return the configured report as a target of writing."""
    path = config.report
    return Target(path, config.sources["report"], config.within(path), "the report")


def require_targets(config: Config, targets: Iterable[Target]) -> None:
    """Check that files can be written, and that none has a second purpose.

    Raises:
        ConfigError: a file cannot be written or has two purposes; the message says where it was
            named.
    """
    taken = {_key(path): purpose for path, purpose in _inputs(config)}
    for target in targets:
        key = _key(target.path)
        other = taken.get(key) or _manifest(config, target.path)
        if other or (other := _same_file(target.path, config)):
            fact = f"is used as {other} and as {target.purpose}"
            raise _refused(config, target, fact, "Give each its own path.")
        if nested := _nested(key, taken):
            fact = f"is used as {target.purpose}, but {nested} is above or below it"
            raise _refused(config, target, fact, "Give each its own path.")
        taken[key] = target.purpose
        try:
            check_target(target.path, within=target.within)
        except RefusedFileError as error:
            fact = f"cannot be written: {error.message}"
            raise _refused(config, target, fact, error.remedy) from None


def require_ledger(config: Config) -> None:
    """Check that the ledger can be written, and that an existing file is a ledger.

    Raises:
        ConfigError: it cannot be written, or is not a ledger.
    """
    target = ledger_target(config)
    require_targets(config, [target])
    if not is_ledger(_head(target)):
        raise _refused(config, target, "is not a ledger: its first line is not a record")


def require_report(config: Config) -> None:
    """Check that the configured report can be written, and that an existing file is a report.

    Raises:
        ConfigError: it cannot be written, or is not a report.
    """
    target = report_target(config)
    require_targets(config, [ledger_target(config), target])
    head = _head(target)
    if head and not head.startswith(_REPORT_HEADS):
        remedy = "Name another file, or delete that one."
        raise _refused(config, target, "exists, but is not a report of this tool", remedy)


def _head(target: Target) -> bytes:
    try:
        with open_to_read(target.path, within=target.within) as file:
            return file.read(_HEAD)
    except FileNotFoundError:
        return b""
    except OSError as error:
        message = f"{target.label} {target.path} cannot be read: {error.strerror or error}."
        raise ConfigError(message, how_to_read(error)) from None


def _inputs(config: Config) -> Iterator[tuple[Path, str]]:
    """Yield all files that a run reads, also missing ones, and the purpose of each."""
    yield config.root / FILE_NAME, "the configuration"
    if config.file is not None:
        yield config.file, "the configuration"
    yield config.root / DEFAULT_SCHEMA, "the schema"
    if config.schema is not None:
        yield config.schema, "the schema"
    for name, default in DEFAULT_VOCABULARIES.items():
        yield config.root / default, f"the vocabulary of {name}"
    for name, file in config.vocabularies.items():
        yield file.path, f"the vocabulary of {name}"


def _manifest(config: Config, path: Path) -> str:
    """Return "a manifest" if the path is that of a manifest, which need not exist; else ""."""
    if not path.is_relative_to(config.root):
        return ""
    name = path.relative_to(config.root).as_posix()
    folded = [pattern.casefold() for pattern in config.include]
    wanted = is_wanted(name, config.include) or is_wanted(name.casefold(), folded)
    return "a manifest" if wanted else ""


def _nested(key: str, taken: Mapping[str, str]) -> str:
    """Return the purpose of a file whose path is above or below this one; "" if there is none."""
    for other, purpose in taken.items():
        if key.startswith(f"{other}/") or other.startswith(f"{key}/"):
            return purpose
    return ""


def _same_file(path: Path, config: Config) -> str:
    """Return the purpose of a file that is read under another name; "" if there is none."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return ""
    for other, purpose in _inputs(config):
        try:
            if os.path.samestat(status, other.stat()):
                return purpose
        except OSError:
            continue
    return ""


def _key(path: Path) -> str:
    """Return a key that is equal for paths which some file systems treat as the same."""
    return normalized("NFC", path.as_posix()).casefold()


def _refused(config: Config, target: Target, fact: str, remedy: str = _NAME_ANOTHER) -> ConfigError:
    return ConfigError(f"{target.label} {config.display(target.path)} {fact}.", remedy)
