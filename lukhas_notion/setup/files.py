"""The files that a repository needs for its first sync: which are missing, and what goes in."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lukhas_notion import LAST_RELEASE
from lukhas_notion.config.config import Config
from lukhas_notion.config.document import FILE_NAME, lines_of, shape
from lukhas_notion.config.gates import DEFAULT_SCHEMA, default_vocabulary
from lukhas_notion.config.paths import MAX_BYTES
from lukhas_notion.plan.database import Schema
from lukhas_notion.setup.adopt import Adoption
from lukhas_notion.setup.vocabularies import Starter
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.git import WORKFLOWS, top_of
from lukhas_notion.util.read_files import (
    RefusedFileError,
    example_workflow,
    packaged_schema,
    read_regular,
    same_path,
)
from lukhas_notion.util.write_files import is_vacant

_USES = re.compile(r"(uses: lukhas-notion/lukhas-notion(?:/composite)?)@v\d+$", re.MULTILINE)
#: Stands for the id of a database that is not made yet.
NO_ID = "00000000-0000-0000-0000-000000000000"
WORKFLOW_FILES = ("notion-preview.yml", "notion-apply.yml")

#: Names the schema of the configuration to an editor.
_SCHEMA_LINE = f"#:schema {shape()['$id']}"

_CONFIGURATION = f"""\
{_SCHEMA_LINE}
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
        purpose: what it is, in words.
        names_database: whether it is the configuration, which gets the database's id.
        is_kept: whether a file is there already; but for the database's id, it stays as it is.
        gets_database: whether that id is added to a file that is there.
    """

    path: str
    text: str
    purpose: str
    names_database: bool = False
    is_kept: bool = False
    gets_database: bool = False

    @property
    def is_written(self) -> bool:
        """Whether the set-up writes to it."""
        return self.gets_database or not self.is_kept


def missing_vocabularies(config: Config) -> dict[str, list[str]]:
    """Return the path of each vocabulary that has to be written, with the properties it is for."""
    places = _vocabularies(config)
    return {path: names for path, names in places.items() if not (config.root / path).is_file()}


def _vocabularies(config: Config) -> dict[str, list[str]]:
    """Return each vocabulary's path within the root, with the properties that it is for."""
    found: dict[str, list[str]] = {}
    shown: dict[Path, str] = {}
    for spec in config.mapping.properties:
        if not spec.takes_names:
            continue
        named = config.vocabularies.get(spec.name)
        path = config.display(named.path) if named else default_vocabulary(spec)
        inside = named is None or named.path.is_relative_to(config.root)
        if path and inside:
            # A link may make one file of two paths.
            first = shown.setdefault(same_path(config.root / path, config.root), path)
            found.setdefault(first, []).append(spec.name)
    return found


def plan_files(
    config: Config, starters: Mapping[str, Starter], adoption: Adoption | None = None
) -> list[SetupFile]:
    """Return every file of a set-up, looked up on the disk; nothing is written.

    The configuration comes first, because it is what names the database to the next run. Its text
    is still without the database: :func:`database_lines` come to its end.

    Args:
        config: what is configured already.
        starters: the vocabularies to write, by path.
        adoption: the configuration and the schema for files that a mapping was proposed for.

    Raises:
        ConfigError: one path is to be two things, or a stranger's link, a pipe or a folder is
            where a file belongs.
    """
    files = list(_wanted(config, starters, adoption))
    _require_apart(config, files)
    return [_looked_up(config, file) for file in files]


def _wanted(
    config: Config, starters: Mapping[str, Starter], adoption: Adoption | None
) -> Iterator[SetupFile]:
    if config.file is None or config.file.is_relative_to(config.root):
        named = config.display(config.file) if config.file else FILE_NAME
        text = adoption.configuration if adoption else _CONFIGURATION
        yield SetupFile(named, text, "the configuration", names_database=True)
    named = config.display(config.schema) if config.schema else DEFAULT_SCHEMA
    inside = config.schema is not None and config.schema.is_relative_to(config.root)
    # By its default path too, unless the packaged schema was chosen.
    if inside or (config.schema is None and named in {g.path for g in config.default_gates}):
        text = adoption.schema if adoption else packaged_schema().decode("utf-8")
        yield SetupFile(named, text, "the schema")
    for path, properties in _vocabularies(config).items():
        text = starters.get(path, Starter(tuple(properties))).text
        purpose = f"the vocabulary of {' and '.join(properties)}"
        yield SetupFile(path, text, purpose)
    if top_of(config.root) == config.root:
        # GitHub looks for workflows at the top of a repository and nowhere else.
        for name in WORKFLOW_FILES:
            text = pinned(example_workflow(name), *LAST_RELEASE)
            yield SetupFile(f"{WORKFLOWS}/{name}", text, "a workflow")


def pinned(workflow: str, version: str, commit: str) -> str:
    """Return a workflow that uses the Action by a release's commit, as organisations require.

    The version is beside it, where Dependabot and Renovate raise both. Before the first release
    there is no commit, and the workflow stays as it is.
    """
    return _USES.sub(rf"\1@{commit} # v{version}", workflow) if commit else workflow


def _require_apart(config: Config, files: Iterable[SetupFile]) -> None:
    """Check that no path is to be two things, or a file and a folder of another one."""
    wanted = [(config.root / file.path, file.purpose) for file in files]
    wanted += [(config.ledger, "the ledger"), (config.report, "the report")]
    there: dict[Path, str] = {}
    for path, purpose in wanted:
        real = same_path(path, config.root)
        if other := there.get(real):
            raise _taken(config, real, f"{other} and as {purpose}")
        there[real] = purpose
    for path, purpose in there.items():
        for folder in path.parents:
            if other := there.get(folder):
                raise _taken(config, folder, f"{other} and as a folder, of {purpose}")


def _taken(config: Config, path: Path, said: str) -> ConfigError:
    return ConfigError(
        f"{config.display(path)} is wanted as {said}.",
        "Give each its own path in lukhas-notion.toml.",
    )


def _looked_up(config: Config, file: SetupFile) -> SetupFile:
    try:
        vacant = is_vacant(config.root / file.path, config.root)
    except RefusedFileError as error:
        raise ConfigError(f"{file.path} cannot be made: {error.message}.", error.remedy) from None
    except OSError as error:
        said = error.strerror or error
        raise ConfigError(
            f"{file.path} cannot be made: {said}.",
            "Correct the permissions of the folders above it.",
        ) from None
    lacks = file.names_database and not (vacant or config.database or config.data_source)
    return replace(
        file, is_kept=not vacant, gets_database=lacks and _is_extensible(config, file.path)
    )


def _is_extensible(config: Config, path: str) -> bool:
    """Whether lines that name a database have their place in a configuration that is there."""
    try:
        content = read_regular(config.root / path, MAX_BYTES, root=config.boundary)
        return bool(with_database(content.decode(), f"database = {json.dumps(NO_ID)}\n"))
    except (RefusedFileError, UnicodeDecodeError):
        return False


def with_database(text: str, lines: str) -> str:
    """Return a configuration's text with the lines that name the database; the rest stays.

    They come below the heading ``[notion]`` and its comments; without that heading, to the end.

    Returns:
        "" where the text names a database already, or has no place for a line: ``notion = {}``.
    """
    given = text.split("\n")
    at = lines_of(text).get(("notion",))
    if at is None:
        before = given if given[-1] == "" else [*given, ""]
        made = [*before[:-1], *([""] if text.strip() else []), "[notion]", lines]
    else:
        while at < len(given) and given[at].lstrip().startswith("#"):
            at += 1
        made = [*given[:at], lines.removesuffix("\n"), *given[at:]]
    after = "\n".join(made)
    if "\r\n" in text:
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    try:
        was, added = tomllib.loads(text), tomllib.loads(lines)
        wanted = {**was, "notion": {**was.get("notion", {}), **added}}
        is_right = (
            tomllib.loads(after) == wanted and not added.keys() & was.get("notion", {}).keys()
        )
    except (tomllib.TOMLDecodeError, TypeError):
        return ""
    return after if is_right else ""


def database_lines(schema: Schema, *, named: bool) -> str:
    """Return the lines that name the database at the end of a new configuration.

    Args:
        schema: the database.
        named: whether the data source was named, as it has to be where there are several.
    """
    lines = f"database = {json.dumps(schema.database_id)}\n"
    return lines + (f"data_source = {json.dumps(schema.data_source_id)}\n" if named else "")
