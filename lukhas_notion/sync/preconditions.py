"""What has to be so before anything is sent: a database is named, and the files can be written.

What is there is replaced only when it is what this tool writes. So no file that it reads may be
one that it writes, no two things go into one file, and a report that the configuration names, or
nobody, takes the place of an earlier report only.
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
    """Check that there is a token and a database.

    Raises:
        SetupError: one of them is missing, with the setting's name.
    """
    if config.token and not (config.database or config.data_source):
        raise SetupError("NOTION_DATABASE_ID is not set.", how_to_name(config))
    config.require_notion()


def how_to_name(config: Config) -> str:
    """Return what to do where no database is named.

    Where `init` has made one, to make one is no advice: `init` completes that one again, and does
    not write over the configuration.
    """
    made = read_state(config.ledger, config.ledger_within).newest_database
    if not made:
        return HOW_TO_NAME
    return (
        f"`lukhas-notion init` has made the database {made}. Name it: in NOTION_DATABASE_ID, with "
        f'--database, or in lukhas-notion.toml under [notion] as database = "{made}".'
    )


_NAME_ANOTHER = "Name another file."
#: How the reports of this tool begin, whatever it was that they report.
_REPORT_HEADS = tuple(f"# {icon} Notion ".encode() for icon in ("🔄", "🔎"))


def ledger_target(config: Config) -> Target:
    """Return the ledger as a file that is written."""
    path = config.ledger
    return Target(path, config.sources["ledger"], config.within(path), "the ledger")


def report_target(config: Config) -> Target:
    """Return the report of the configuration as a file that is written."""
    path = config.report
    return Target(path, config.sources["report"], config.within(path), "the report")


def require_targets(config: Config, targets: Iterable[Target]) -> None:
    """Check that files can be written, and that each is nothing else.

    Raises:
        ConfigError: one cannot, or is something else as well; where it was named is named.
    """
    there = dict(_inputs(config))
    for target in targets:
        key = _key(target.path)
        other = there.get(key) or _manifest(config, target.path)
        if other or (other := _same_file(target.path, config)):
            said = f"is wanted as {other} and as {target.purpose}"
            raise _refused(config, target, said, "Give each its own path.")
        if nested := _nested(key, there):
            said = f"is wanted as {target.purpose}, and {nested} is above or below it"
            raise _refused(config, target, said, "Give each its own path.")
        there[key] = target.purpose
        try:
            check_target(target.path, within=target.within)
        except RefusedFileError as error:
            said = f"cannot be written: {error.message}"
            raise _refused(config, target, said, error.remedy) from None


def require_ledger(config: Config) -> None:
    """Check that the ledger can be written, and that what is there is a ledger.

    Raises:
        ConfigError: it cannot, or is something else.
    """
    target = ledger_target(config)
    require_targets(config, [target])
    if not is_ledger(_head(target)):
        said = "is not a ledger: its first line is not a record"
        raise _refused(config, target, said)


def require_report(config: Config) -> None:
    """Check that the report of the configuration can be written over an earlier one, or anew.

    Raises:
        ConfigError: it cannot, or is something else.
    """
    target = report_target(config)
    require_targets(config, [ledger_target(config), target])
    head = _head(target)
    if head and not head.startswith(_REPORT_HEADS):
        remedy = "Name another file, or delete that one."
        raise _refused(config, target, "is there already, and is no report of this tool", remedy)


def _head(target: Target) -> bytes:
    try:
        with open_to_read(target.path, within=target.within) as file:
            return file.read(_HEAD)
    except FileNotFoundError:
        return b""
    except OSError as error:
        reason = error.strerror or error
        said = f"{target.label} {target.path} cannot be read: {reason}."
        raise ConfigError(said, how_to_read(error)) from None


def _inputs(config: Config) -> Iterator[tuple[str, str]]:
    """Yield every file that a run reads, or would if it were there, and what it is."""
    for path, what in _read(config):
        yield _key(path), what


def _read(config: Config) -> Iterator[tuple[Path, str]]:
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
    """Return that a path is a manifest's, whether or not one is there; "" where it is not."""
    if not path.is_relative_to(config.root):
        return ""
    name = path.relative_to(config.root).as_posix()
    folded = [pattern.casefold() for pattern in config.include]
    wanted = is_wanted(name, config.include) or is_wanted(name.casefold(), folded)
    return "a manifest" if wanted else ""


def _nested(key: str, there: Mapping[str, str]) -> str:
    """Return which other file is to be a folder of this one, or the other way round; "" if none."""
    for other, what in there.items():
        if key.startswith(f"{other}/") or other.startswith(f"{key}/"):
            return what
    return ""


def _same_file(path: Path, config: Config) -> str:
    """Return what file that is read a path leads to by another name, "" where to none."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return ""
    for other, what in _read(config):
        try:
            if os.path.samestat(found, other.stat()):
                return what
        except OSError:
            continue
    return ""


def _key(path: Path) -> str:
    """Return what two paths share that some file system takes for one."""
    return normalized("NFC", path.as_posix()).casefold()


def _refused(config: Config, target: Target, said: str, remedy: str = _NAME_ANOTHER) -> ConfigError:
    return ConfigError(f"{target.label} {config.display(target.path)} {said}.", remedy)


#: Enough for a ledger's first record, whose longest part is an error's text.
_HEAD = 64 * 1024
