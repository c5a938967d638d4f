"""Find the files of a repository that look like descriptors of modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename, dirname, join

from lukhas_notion.manifests.discovery import find_manifests
from lukhas_notion.util.errors import UsageError
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
