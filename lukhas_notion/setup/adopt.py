"""Write a configuration and a schema for the files that are already in a repository."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import dirname

from lukhas_notion.config.document import FILE_NAME
from lukhas_notion.manifests.discovery import find_manifests
from lukhas_notion.manifests.globs import PatternError, parse_glob
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.manifests.manifest import (
    Manifest,
    ManifestForm,
    Violation,
    file_of,
    read_file,
)
from lukhas_notion.setup.configuration_text import configuration_lines, listed, origin_of
from lukhas_notion.setup.descriptors import find_descriptors
from lukhas_notion.setup.observe import infer_schema
from lukhas_notion.setup.propose import README, Proposal, form_of, propose, repeated_name
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.text import counted

#: Bytes of a README that becomes a page's body.
_MOST_README = 100_000
#: Characters of a pattern that the path of a folder does not have.
_NOT_IN_A_FOLDER = frozenset("*?[]{}\\")


@dataclass(frozen=True, slots=True)
class Adoption:
    """The configuration and the schema for files that a mapping was proposed for.

    Args:
        patterns: the patterns of the files.
        proposal: the mapping.
        configuration: the text of ``lukhas-notion.toml``; its last table is ``[notion]``.
        schema: the text of a JSON Schema that all the files pass.
        form: which values of the files are manifests.
    """

    patterns: tuple[str, ...]
    proposal: Proposal
    configuration: str
    schema: str
    form: ManifestForm = field(default_factory=ManifestForm)


def adopt(root: Path, patterns: Sequence[str]) -> Adoption | list[Violation]:
    """Return the configuration and the schema for the files, or why some cannot be read.

    Raises:
        UsageError: no file matches, or no value identifies each file.
        ConfigError: a folder cannot be listed.
    """
    patterns = [_meant(root, pattern) for pattern in patterns]
    for pattern in patterns:
        try:
            parse_glob(pattern)
        except PatternError as error:
            raise UsageError(f"--from: {quote(pattern)} {error}.", error.remedy) from None
    paths = find_manifests(root, patterns)
    if not paths:
        raise UsageError(
            f"No file matches {listed(patterns)}.",
            "Write the pattern as from the repository's root, in quotes: "
            "--from 'services/*/service.json'. ** stands for any number of folders.",
        )
    form = ManifestForm()
    for _ in range(2):  # what the values are decides which of them are manifests
        read = [each for path in paths for each in read_file(root, path, form)]
        manifests = [each for each in read if isinstance(each, Manifest)]
        if violations := [each for each in read if isinstance(each, Violation)]:
            return violations
        form = form if form.items or form.where else form_of([each.value for each in manifests])
    folders = [dirname(file_of(each.path)) for each in manifests]
    proposal = propose([each.value for each in manifests], _readmes(root, paths), folders)
    if proposal is None:
        raise _without_title(manifests)
    return Adoption(
        tuple(patterns),
        proposal,
        "\n".join(configuration_lines(patterns, proposal, form)) + "\n",
        _schema(patterns, proposal),
        form,
    )


def _without_title(manifests: Sequence[Manifest]) -> UsageError:
    message = (
        f"There is no title in {counted(len(manifests), 'manifest')}: no text is in all of them, "
        "short, and different in each, and some of them share a folder."
    )
    if nearest := repeated_name([each.value for each in manifests]):
        pointer, *pair = nearest
        first, second = (manifests[number].path for number in pair)
        message += f" The nearest is {pointer}, which is the same in {first} and {second}."
    return UsageError(
        message, "Give every manifest a name of its own, such as /name, or a folder of its own."
    )


def _meant(root: Path, pattern: str) -> str:
    """Return a pattern unchanged; for a folder, the pattern of the descriptors in it.

    Raises:
        UsageError: the folder has none.
    """
    folder = "" if pattern in (".", "./") else pattern.removeprefix("./").rstrip("/")
    if not (pattern and _is_folder(root, folder)):
        return pattern
    found = find_descriptors(root, folder)
    if found is None:
        raise UsageError(
            f"--from: {quote(pattern)} is a folder without any JSON or YAML file that describes a "
            "module.",
            "Name the folder of your files, or write their pattern, in quotes: "
            "--from 'services/*/service.json'.",
        )
    return found.pattern


def _is_folder(root: Path, given: str) -> bool:
    if _NOT_IN_A_FOLDER & set(given) or given.startswith(("/", "!")) or ".." in given.split("/"):
        return False
    try:
        return (root / given).is_dir()
    except OSError:
        return False


def _readmes(root: Path, paths: Iterable[str]) -> int:
    """Return how many folders of the files have a README; 0 where one of those is too large."""
    wanted = {root / dirname(path) / README for path in paths}
    readmes = [file for file in wanted if file.is_file() and not file.is_symlink()]
    return len(readmes) if all(file.stat().st_size <= _MOST_README for file in readmes) else 0


def _schema(patterns: Sequence[str], proposal: Proposal) -> str:
    origin = f"Made by `lukhas-notion init --from` from {origin_of(patterns, proposal)}."
    schema = infer_schema(proposal.top)
    content = {
        "$schema": schema.pop("$schema"),
        "$comment": f"{origin} Edit it freely.",
        **schema,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def refuse_a_configuration(file: Path | None) -> None:
    """Check that there is no configuration, because a new one is written.

    Raises:
        UsageError: there is one.
    """
    if file is not None:
        raise UsageError(
            f"{file.name} exists already, and --from writes a new {FILE_NAME}.",
            "Rename or delete it, and run again. Or edit it, and run init without --from. For "
            "another database, give its files a root of their own: --root FOLDER.",
        )
