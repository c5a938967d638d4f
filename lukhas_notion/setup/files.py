"""The files that a repository needs for its first sync, and the steps that are left to the user."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lukhas_notion import LAST_RELEASE
from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.config.document import FILE_NAME, shape
from lukhas_notion.config.gates import DEFAULT_SCHEMA, default_vocabulary
from lukhas_notion.config.paths import MAX_BYTES
from lukhas_notion.config.toml_lines import lines_of
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.plan.database import Schema
from lukhas_notion.setup.adopt import Adoption
from lukhas_notion.setup.vocabularies import Starter, Starters
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.git import WORKFLOWS, top_of
from lukhas_notion.util.read_files import (
    RefusedFileError,
    example_workflow,
    packaged_schema,
    read_regular,
    same_path,
)
from lukhas_notion.util.text import counted
from lukhas_notion.util.write_files import is_vacant

WORKFLOW_FILES = ("notion-preview.yml", "notion-apply.yml")
_USES = re.compile(r"(uses: lukhas-notion/lukhas-notion(?:/composite)?)@v\d+$", re.MULTILINE)
#: The place of the id of a database that does not exist yet.
_NO_ID = "00000000-0000-0000-0000-000000000000"
#: Names that are shown of those that a vocabulary does not get.
_SHOWN = 5

_CONFIGURATION = f"""\
#:schema {shape()["$id"]}
# The configuration of lukhas-notion. What is left out has its default.

[notion]
# The database that `lukhas-notion init` set up. NOTION_DATABASE_ID and --database come before it.
"""


@dataclass(frozen=True, slots=True)
class SetupFile:
    """One file.

    Args:
        path: relative to the root, with forward slashes.
        text: the content of a new file.
        purpose: readable, such as "the schema".
        is_configuration: whether it is the configuration, which gets the database's id.
        is_kept: whether the file exists already; except for the database's id, it is not changed.
        gets_database: whether that id is added to an existing file.
    """

    path: str
    text: str
    purpose: str
    is_configuration: bool = False
    is_kept: bool = False
    gets_database: bool = False

    @property
    def is_written(self) -> bool:
        """Whether the set-up writes to it."""
        return self.gets_database or not self.is_kept


def missing_vocabularies(config: Config) -> dict[str, list[str]]:
    """Return the path of each vocabulary that must be written, with its properties."""
    places = _vocabularies(config)
    return {path: names for path, names in places.items() if not (config.root / path).is_file()}


def _vocabularies(config: Config) -> dict[str, list[str]]:
    """Return each vocabulary's path within the root, with its properties."""
    places: dict[str, list[str]] = {}
    shown: dict[Path, str] = {}
    for spec in config.mapping.properties:
        if not spec.takes_names:
            continue
        named = config.vocabularies.get(spec.name)
        path = config.display(named.path) if named else default_vocabulary(spec)
        if path and (named is None or named.path.is_relative_to(config.root)):
            # Two paths may be one file, by a link.
            first = shown.setdefault(same_path(config.root / path, config.root), path)
            places.setdefault(first, []).append(spec.name)
    return places


def plan_files(
    config: Config, starters: Mapping[str, Starter], adoption: Adoption | None = None
) -> list[SetupFile]:
    """Return every file of a set-up, compared with the disk; nothing is written.

    The configuration comes first, because it names the database to the next run. Its text does not
    have the database yet: :func:`database_lines` are appended.

    Args:
        config: what is configured already.
        starters: the vocabularies to write, by path.
        adoption: the configuration and the schema for files that a mapping was proposed for.

    Raises:
        ConfigError: one path is wanted for two files, or an untrusted link, a pipe or a folder is
            at the path of a file.
    """
    files = list(_wanted(config, starters, adoption))
    _require_apart(config, files)
    return [_compared(config, file) for file in files]


def _wanted(
    config: Config, starters: Mapping[str, Starter], adoption: Adoption | None
) -> Iterator[SetupFile]:
    if config.file is None or config.file.is_relative_to(config.root):
        path = config.display(config.file) if config.file else FILE_NAME
        text = adoption.configuration if adoption else _CONFIGURATION
        yield SetupFile(path, text, "the configuration", is_configuration=True)
    path = config.display(config.schema) if config.schema else DEFAULT_SCHEMA
    inside = config.schema is not None and config.schema.is_relative_to(config.root)
    # At its default path too, unless the packaged schema was chosen.
    if inside or (config.schema is None and path in {g.path for g in config.default_gates}):
        text = adoption.schema if adoption else packaged_schema().decode("utf-8")
        yield SetupFile(path, text, "the schema")
    for path, properties in _vocabularies(config).items():
        text = starters.get(path, Starter(tuple(properties))).text
        yield SetupFile(path, text, f"the vocabulary of {' and '.join(properties)}")
    if not _is_part(config):
        for name in WORKFLOW_FILES:
            text = pinned(example_workflow(name), *LAST_RELEASE)
            yield SetupFile(f"{WORKFLOWS}/{name}", text, "a workflow")


def pinned(workflow: str, version: str, commit: str) -> str:
    """Return a workflow that uses the Action by a release's commit, as organisations require.

    The version follows as a comment, where Dependabot and Renovate update both. Before the first
    release there is no commit, and the workflow is returned unchanged.
    """
    return _USES.sub(rf"\1@{commit} # v{version}", workflow) if commit else workflow


def _require_apart(config: Config, files: Iterable[SetupFile]) -> None:
    """Check that no path is wanted for two files, or for a file and for a folder of another."""
    wanted = [(config.root / file.path, file.purpose) for file in files]
    wanted += [(config.ledger, "the ledger"), (config.report, "the report")]
    purposes: dict[Path, str] = {}
    for path, purpose in wanted:
        real = same_path(path, config.root)
        if other := purposes.get(real):
            raise _taken(config, real, f"{other} and as {purpose}")
        purposes[real] = purpose
    for path, purpose in purposes.items():
        for folder in path.parents:
            if other := purposes.get(folder):
                raise _taken(config, folder, f"{other} and as a folder, of {purpose}")


def _taken(config: Config, path: Path, purposes: str) -> ConfigError:
    return ConfigError(
        f"{config.display(path)} is used as {purposes}.",
        "Give each its own path in lukhas-notion.toml.",
    )


def _compared(config: Config, file: SetupFile) -> SetupFile:
    """Return the file with whether it exists, and whether it gets the database's id."""
    try:
        vacant = is_vacant(config.root / file.path, config.root)
    except RefusedFileError as error:
        message = f"{file.path} cannot be created: {error.message}."
        raise ConfigError(message, error.remedy) from None
    except OSError as error:
        raise ConfigError(
            f"{file.path} cannot be created: {error.strerror or error}.",
            "Correct the permissions of the folders above it.",
        ) from None
    lacks = file.is_configuration and not (vacant or config.names_database)
    return replace(
        file, is_kept=not vacant, gets_database=lacks and _is_extensible(config, file.path)
    )


def _is_extensible(config: Config, path: str) -> bool:
    """Return whether lines that name a database can be added to an existing configuration."""
    try:
        content = read_regular(config.root / path, MAX_BYTES, root=config.boundary)
        return bool(with_database(content.decode(), f"database = {json.dumps(_NO_ID)}\n"))
    except (RefusedFileError, UnicodeDecodeError):
        return False


def with_database(text: str, lines: str) -> str:
    """Return a configuration's text with the lines that name the database; the rest stays.

    They are added below the heading ``[notion]`` and its comments; without that heading, at the
    end.

    Returns:
        "" where the text names a database already, or has no place for a line: ``notion = {}``.
    """
    given = text.split("\n")
    at = lines_of(text).get(("notion",))
    if at is None:
        before = given if given[-1] == "" else [*given, ""]
        extended = [*before[:-1], *([""] if text.strip() else []), "[notion]", lines]
    else:
        while at < len(given) and given[at].lstrip().startswith("#"):
            at += 1
        extended = [*given[:at], lines.removesuffix("\n"), *given[at:]]
    after = "\n".join(extended)
    if "\r\n" in text:
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    try:
        was, added = tomllib.loads(text), tomllib.loads(lines)
        named = was.get("notion", {})
        wanted = {**was, "notion": {**named, **added}}
        is_right = tomllib.loads(after) == wanted and not added.keys() & named.keys()
    except (tomllib.TOMLDecodeError, TypeError):
        return ""
    return after if is_right else ""


def database_lines(schema: Schema, *, named: bool) -> str:
    """Return the lines that name the database in a configuration.

    Args:
        schema: the database.
        named: whether the data source was named, as it must be where there are several.
    """
    lines = f"database = {json.dumps(schema.database_id)}\n"
    return lines + (f"data_source = {json.dumps(schema.data_source_id)}\n" if named else "")


# --- what the user should know and do --------------------------------------------------------


def kept_notices(files: Iterable[SetupFile]) -> Iterator[str]:
    """Yield what the user should know about files that were there before a proposal."""
    gates = (f.path for f in files if f.is_kept and not f.path.startswith(WORKFLOWS))
    for path in gates:
        yield (
            f"{path} was there before, and is kept: the manifests have to pass it. For one that "
            f"they pass, delete it and {FILE_NAME}, and run again."
        )


def starter_notices(config: Config, starters: Starters) -> Iterator[str]:
    """Yield what the user should know about the files, a sentence each."""
    for path, starter in starters.by_path.items():
        if starter.left_out:
            shown = ", ".join(quote(each) for each in starter.left_out[:_SHOWN])
            yield (
                f"Left out of {path}: {counted(len(starter.left_out), 'name')} that manifests use, "
                f"such as {shown}. Notion cannot hold them together with the others."
            )
    if starters.unreadable:
        many = counted(starters.unreadable, "manifest")
        yield f"{many} could not be read, so the names in them are not known."
    if _is_part(config):
        yield (
            f"No workflow is written, because {config.root.name} is a part of a repository, and "
            f"GitHub reads {WORKFLOWS} only at its top. Copy the workflows there and set the input "
            "root."
        )


def left_to_do(
    config: Config,
    files: Sequence[SetupFile],
    starters: Starters,
    schema: Schema | None,
    *,
    views: str = "",
) -> Iterator[str]:
    """Yield the steps that are left to the user after a set-up, a sentence each.

    ``views`` is how to create the views by hand, "" where that is not necessary.
    """
    written = [file.path for file in files if file.is_written]
    starts = any(file.is_configuration and not file.is_kept for file in files)
    if schema is None:
        yield (
            "Review lukhas-notion.toml, then create the database: "
            "`lukhas-notion init --parent PAGE`."
        )
    elif (config.database or schema.database_id) != schema.database_id:
        yield (
            f'Name the new database instead of the old one: write database = "'
            f'{schema.database_id}" under [notion] in {FILE_NAME}, and in the secret or variable '
            "NOTION_DATABASE_ID if you have set it. The old one is not changed."
        )
    elif not (starts or _file_names_database(config)):
        yield (
            f'Name the database: write database = "{schema.database_id}" under [notion] in the '
            "configuration, or set the secret NOTION_DATABASE_ID."
        )
    if any(path.startswith(WORKFLOWS) for path in written) or (starts and _is_part(config)):
        yield "Set the secret NOTION_TOKEN in the repository's settings on GitHub."
    if f"{WORKFLOWS}/notion-apply.yml" in written:
        yield "If the default branch is not main, name it in notion-apply.yml."
    begun = [path for path in written if path in starters.by_path]
    if begun:
        counts = (f"{path} ({_in_use(starters.by_path[path])})" for path in begun)
        yield f"Review the vocabularies: {', '.join(counts)}."
    if not starters.manifests:
        yield "Write the first manifest: a module.manifest.json in a module's folder."
    if views:
        yield views
    if written:
        yield f"Commit {', '.join(written)}."
    yield "Check it all: `lukhas-notion doctor`."


def _in_use(starter: Starter) -> str:
    return f"{counted(len(starter.names), 'name')} in use" if starter.names else "empty"


def _is_part(config: Config) -> bool:
    """Return whether the root is a part of a checkout, where GitHub does not read workflows."""
    return top_of(config.root) != config.root


def _file_names_database(config: Config) -> bool:
    """Return whether the configuration's file names a database, without any flag or variable."""
    # Another run may have written a file that did not exist before.
    file = str(config.file) if config.file else None
    return load(Flags(root=str(config.root), config=file), {}).names_database
