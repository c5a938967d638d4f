"""Write a configuration and a schema for the files that are already in a repository."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename, dirname, join

from lukhas_notion.config.document import FILE_NAME, shape
from lukhas_notion.config.toml_lines import toml_string
from lukhas_notion.manifests.discovery import find_manifests
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.manifests.manifest import Manifest, Violation, read_file
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.setup.columns import ADDRESSES, Column
from lukhas_notion.setup.observe import infer_schema
from lukhas_notion.setup.propose import README, Proposal, propose, repeated_name
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.paths import PatternError, parse_glob
from lukhas_notion.util.text import counted

_PATTERNS = ("**/*.json", "**/*.yaml", "**/*.yml")
#: Files of one name, or in one folder, that make a set of descriptors.
_FEWEST = 3
#: Names of descriptors; a single file is enough.
_DESCRIPTORS = frozenset(
    {
        *("catalog-info.yaml", "catalog-info.yml", "compass.yml", "compass.yaml"),
        *("opslevel.yml", "cortex.yaml", "port.yml", "service.json", "service.yaml"),
        *("service.yml", "component.json", "module.json"),
    }
)
#: Names of other tools' files, which may be descriptors.
_OTHERS = frozenset({"package.json", "Chart.yaml", "composer.json", "manifest.json"})
#: Names of files that are never descriptors.
_NEVER = frozenset(
    {
        *("package-lock.json", "pnpm-lock.yaml", "tsconfig.json", "jsconfig.json"),
        *("nx.json", "project.json", "turbo.json", "lerna.json"),
        *("values.yaml", "values.yml", "docker-compose.yml", "docker-compose.yaml"),
        *("compose.yaml", "openapi.yaml", "openapi.json", "index.json"),
        *("mkdocs.yml", "kustomization.yaml", "angular.json", "renovate.json"),
        *("features.json", "tags.json"),
    }
)


@dataclass(frozen=True, slots=True)
class Descriptors:
    """Files that look like descriptors.

    Args:
        pattern: a pattern that matches them and no other existing file.
        files: how many there are.
        example: one of them.
        are_others: whether they have the name of another tool's files.
    """

    pattern: str
    files: int
    example: str
    are_others: bool

    @property
    def found(self) -> str:
        """The sentence that reports them."""
        files = counted(self.files, "file")
        return f"{files} look like descriptors of modules, such as {self.example}."

    @property
    def command(self) -> str:
        """The command that sets up from them."""
        return f"lukhas-notion init --from '{self.pattern}'"

    def refuse(self) -> None:
        """Stop before a database for the default manifest is created.

        Raises:
            UsageError: the files are not another tool's.
        """
        if not self.are_others:
            raise UsageError(
                f"There is no module.manifest.json, and {self.found}",
                f"Set up from those: `{self.command}`. To begin with the default manifest instead, "
                "write the first module.manifest.json, and run again.",
            )


def find_descriptors(root: Path, folder: str | None = None) -> Descriptors | None:
    """Return the largest set of files that look like descriptors, None without one.

    Args:
        root: the repository.
        folder: a folder that the user named, where one file is enough: relative to the root, ""
            for the root itself; None if no folder was named.

    Raises:
        ConfigError: a folder cannot be listed.
    """
    below = f"{folder}/" if folder else ""
    patterns = [f"{below}{pattern}" for pattern in _PATTERNS]
    paths = [p for p in find_manifests(root, patterns) if basename(p) not in _NEVER]
    sets: dict[str, list[str]] = {}
    for path in paths:
        sets.setdefault(basename(path), []).append(path)
    for path in paths:
        # Files of different names in one folder: services/billing.yaml, services/search.yaml.
        if len(sets[basename(path)]) < _FEWEST and (dirname(path) or folder == ""):
            ending = path.rpartition(".")[2]
            sets.setdefault(join(dirname(path), f"*.{ending}"), []).append(path)
    fewest = _FEWEST if folder is None else 1
    found = {
        name: files for name, files in sets.items() if len(files) >= fewest or name in _DESCRIPTORS
    }
    if not found:
        return None

    def likelihood(name: str) -> tuple[bool, bool, int, bool]:
        # At the root, files of different names are often other tools' files.
        is_likely = name not in _OTHERS and not name.startswith("*")
        count = len(found[name])
        return name in _DESCRIPTORS, is_likely and count >= _FEWEST, count, is_likely

    name = max(found, key=likelihood)
    files = found[name]
    if name in _OTHERS and len(files) > 1:
        # The one at the top describes the workspace of the others.
        files = [path for path in files if dirname(path) != (folder or "")]
    pattern = name if "*" in name else _pattern(files, below)
    return Descriptors(pattern, len(files), files[0], name in _OTHERS)


def _pattern(paths: Sequence[str], below: str) -> str:
    """Return a pattern for files of one name: ``services/*/service.json``."""
    split = [path.split("/") for path in paths]
    if len(set(map(len, split))) > 1:
        has_top = any(dirname(path) == below.rstrip("/") for path in paths)
        return f"{below}{'' if has_top else '*/'}**/{split[0][-1]}"
    names = zip(*split, strict=True)
    return "/".join(each[0] if len(set(each)) == 1 else "*" for each in names)


#: Bytes of a README that becomes a page's body.
_MOST_README = 100_000
#: Characters of a pattern that the path of a folder does not have.
_NOT_IN_A_FOLDER = frozenset("*?[]{}\\")


#: What else addresses can be, a sentence without its full stop.
AS_PEOPLE = 'type = "people" shows these as users of the workspace'


@dataclass(frozen=True, slots=True)
class Adoption:
    """The configuration and the schema for files that a mapping was proposed for.

    Args:
        patterns: the patterns of the files.
        proposal: the mapping.
        configuration: the text of ``lukhas-notion.toml``; its last table is ``[notion]``.
        schema: the text of a JSON Schema that all the files pass.
    """

    patterns: tuple[str, ...]
    proposal: Proposal
    configuration: str
    schema: str


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
            f"No file matches {_listed(patterns)}.",
            "Write the pattern as from the repository's root, in quotes: "
            "--from 'services/*/service.json'. ** stands for any number of folders.",
        )
    read = [each for path in paths for each in read_file(root, path)]
    manifests = [each for each in read if isinstance(each, Manifest)]
    if violations := [each for each in read if isinstance(each, Violation)]:
        return violations
    folders = [dirname(each.path) for each in manifests]
    proposal = propose([each.value for each in manifests], _readmes(root, paths), folders)
    if proposal is None:
        raise _without_title(manifests)
    return Adoption(
        tuple(patterns),
        proposal,
        "\n".join(_configuration(patterns, proposal)) + "\n",
        _schema(patterns, proposal),
    )


def _without_title(manifests: Sequence[Manifest]) -> UsageError:
    message = (
        f"There is no title: no text is in all {counted(len(manifests), 'manifest')}, short, and "
        "different in each, and some of them share a folder."
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
    origin = f"Made by `lukhas-notion init --from` from {_these(patterns, proposal)}."
    schema = infer_schema(proposal.top)
    content = {
        "$schema": schema.pop("$schema"),
        "$comment": f"{origin} Edit it freely.",
        **schema,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


# --- the configuration -----------------------------------------------------------------------


def _configuration(patterns: Sequence[str], proposal: Proposal) -> Iterator[str]:
    yield f"#:schema {shape()['$id']}"
    yield f"# Proposed by `lukhas-notion init --from` from {_these(patterns, proposal)}."
    yield "# Every key: docs/reference/configuration.md of lukhas-notion."
    yield from ("", "[manifests]", "# Which files are manifests. `exclude` takes some out again.")
    yield f"include = {_texts(patterns)}"
    yield from ("", "[mapping]", "# Only the properties below; true adds the nine default ones.")
    yield "defaults = false"
    yield "# What identifies a module when its name changes. Without it, that is its name."
    yield f"key = {toml_string(proposal.key)}" if proposal.key else '# key = "/id"'
    yield from (
        "",
        "[provenance]",
        "# Values that change by themselves. They are not a reason to write a page.",
    )
    yield f"volatile = {_texts(proposal.volatile)}"
    if proposal.body:
        yield from ("", "[page]", "# The Markdown below the properties of a page.")
        source = "file" if proposal.body == README else "from"
        yield f"body = {{ {source} = {toml_string(proposal.body)} }}"
    yield from _properties(proposal)
    yield from _vocabularies(proposal)
    yield from ("", "[notion]", "# The database. NOTION_DATABASE_ID and --database come before it.")


def _properties(proposal: Proposal) -> Iterator[str]:
    yield ""
    yield "# The properties. The name in quotes is the column in Notion: rename it here before the"
    yield "# database is created. Remove those that no one reads."
    described = {column.spec.name: column for column in proposal.columns}
    for spec in proposal.specs:
        yield ""
        yield f"[properties.{toml_string(spec.name)}]"
        if column := described.get(spec.name):
            yield _comment(_described(column, proposal.files))
            if column.reason == ADDRESSES:
                yield _comment(f"{AS_PEOPLE}: docs/how-to/name-owners.md.")
        elif spec.is_sha:
            yield "# Links to the file at the commit that was written; this tool needs it."
        else:
            yield "# When the page was last written. You can remove it."
        yield from _property(spec)
    yield from _left_out(proposal)


def _property(spec: PropertySpec) -> Iterator[str]:
    yield f'type = "{spec.type}"'
    yield f"from = {toml_string(spec.pointers[0])}"
    if spec.each:
        yield f"each = {toml_string(spec.each.text)}"
    if spec.pattern:
        yield "# The first group of the pattern is the name in a reference."
        yield f"pattern = {toml_string(spec.pattern.text)}"
    if spec.leaves_out:
        yield "# A name that no manifest has is left out; `error` makes it a violation."
        yield 'missing = "leave-out"'


def _described(column: Column, files: int) -> str:
    many = (
        f"in {column.files} of {files} manifests" if column.files < files else "in every manifest"
    )
    samples = f": {' · '.join(column.samples)}" if column.samples else ""
    return f"{column.reason}, {many}{samples}"


def _left_out(proposal: Proposal) -> Iterator[str]:
    if proposal.left_out:
        yield from ("", "# Left out:")
        yield from (_comment(f"  {pointer}: {why}") for pointer, why in proposal.left_out)


def _vocabularies(proposal: Proposal) -> Iterator[str]:
    named = [column.spec for column in proposal.columns if column.spec.takes_names]
    if not named:
        return
    yield from ("", "[vocabularies]", "# The names that a property may take. Another one in a")
    yield "# manifest is a violation. `vocabulary = false` under the property allows any name."
    taken: set[str] = set()
    for spec in named:
        slug = re.sub(r"[^a-z0-9]+", "-", spec.name.lower()).strip("-") or "names"
        while slug in taken:
            slug += "-2"
        taken.add(slug)
        yield f"{toml_string(spec.name)} = {toml_string(f'vocab/{slug}.json')}"


def _these(patterns: Sequence[str], proposal: Proposal) -> str:
    return f"{counted(proposal.files, 'manifest')} ({_listed(patterns)})"


def _listed(patterns: Iterable[str]) -> str:
    return ", ".join(map(quote, patterns))


def _texts(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(toml_string, texts))}]"


def _comment(text: str) -> str:
    """Return a comment of TOML: one line, of visible characters."""
    return "# " + "".join(char if char.isprintable() else " " for char in text)


def refuse_a_configuration(file: Path | None) -> None:
    """Check that there is no configuration, because a new one is written.

    Raises:
        UsageError: there is one.
    """
    if file is not None:
        raise UsageError(
            f"{file.name} exists already, and --from writes a new {FILE_NAME}.",
            "Rename or delete it, and run again. Or edit it, and run init without --from.",
        )
