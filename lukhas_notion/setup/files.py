"""The files that a repository needs for its first sync: which are missing, and what goes in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lukhas_notion import packaged
from lukhas_notion.checkout import WORKFLOWS, top_of
from lukhas_notion.config import DEFAULT_SCHEMA, DEFAULT_VOCABULARIES, FILE_NAME, Config
from lukhas_notion.errors import ConfigError
from lukhas_notion.safefile import UnreadableError, is_vacant
from lukhas_notion.setup.starters import Starter
from lukhas_notion.snapshot import Schema

WORKFLOW_FILES = ("notion-preview.yml", "notion-apply.yml")

_CONFIGURATION = """\
# The configuration of lukhas-notion. What is left out has its default.

[notion]
# The database that `lukhas-notion init` set up. NOTION_DATABASE_ID and --database come before it.
"""


@dataclass(frozen=True, slots=True)
class SetupFile:
    """One file.

    Args:
        path: relative to the root, with forward slashes.
        text: what goes in.
        names_database: whether it is the configuration, which gets the database's id.
        vocabulary_of: the property whose vocabulary it is, or "".
        is_kept: whether a file is there already, which stays as it is.
    """

    path: str
    text: str
    names_database: bool = False
    vocabulary_of: str = ""
    is_kept: bool = False


def missing_vocabularies(config: Config) -> dict[str, str]:
    """Return the path of each vocabulary whose file has to be written, by property."""
    missing = {}
    for spec in config.mapping.properties:
        if not spec.type.has_options or spec.constant is not None:
            continue
        named = config.vocabularies.get(spec.name)
        path = config.display(named.path) if named else DEFAULT_VOCABULARIES.get(spec.name)
        inside = named is None or named.path.is_relative_to(config.root)
        if path and inside and not (config.root / path).is_file():
            missing[spec.name] = path
    return missing


def plan_files(config: Config, starters: Mapping[str, Starter]) -> list[SetupFile]:
    """Return every file of a set-up, looked up on the disk; nothing is written.

    The configuration comes first, because it is what names the database to the next run. Its text
    is still without the database: :func:`database_lines` come to its end.

    Args:
        config: what is configured already.
        starters: the vocabularies to write, by property.

    Raises:
        ConfigError: a stranger's link, a pipe or a folder is where one of them belongs.
    """
    return [_looked_up(config, file) for file in _wanted(config, starters)]


def _wanted(config: Config, starters: Mapping[str, Starter]) -> Iterator[SetupFile]:
    if config.file is None or config.file.is_relative_to(config.root):
        named = config.display(config.file) if config.file else FILE_NAME
        yield SetupFile(named, _CONFIGURATION, names_database=True)
    if config.schema is None or config.schema.is_relative_to(config.root):
        named = config.display(config.schema) if config.schema else DEFAULT_SCHEMA
        yield SetupFile(named, packaged.schema().decode("utf-8"))
    missing = missing_vocabularies(config)
    for spec in config.mapping.properties:
        there = config.vocabularies.get(spec.name)
        if spec.name in missing:
            text = starters.get(spec.name, Starter()).text(spec.name)
            yield SetupFile(missing[spec.name], text, vocabulary_of=spec.name)
        elif there is not None and there.path.is_relative_to(config.root):
            yield SetupFile(config.display(there.path), "", vocabulary_of=spec.name)
    if top_of(config.root) == config.root:
        # GitHub looks for workflows at the top of a repository and nowhere else.
        for name in WORKFLOW_FILES:
            yield SetupFile(f"{WORKFLOWS}/{name}", packaged.workflow(name))


def _looked_up(config: Config, file: SetupFile) -> SetupFile:
    try:
        vacant = is_vacant(config.root / file.path, config.root)
    except UnreadableError as error:
        raise ConfigError(f"{file.path} cannot be made: {error.message}.", error.remedy) from None
    except OSError as error:
        said = error.strerror or error
        raise ConfigError(
            f"{file.path} cannot be made: {said}.", "Mend the rights of the folders above it."
        ) from None
    return replace(file, is_kept=not vacant)


def database_lines(schema: Schema, *, named: bool) -> str:
    """Return the lines that name the database at the end of a new configuration.

    Args:
        schema: the database.
        named: whether the data source was named, as it has to be where there are several.
    """
    lines = f"database = {json.dumps(schema.database_id)}\n"
    return lines + (f"data_source = {json.dumps(schema.data_source_id)}\n" if named else "")
