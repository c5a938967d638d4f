"""Files of a repository that look like descriptors of its parts, whoever they were written for.

Where there is no ``module.manifest.json``, a set-up for that shape would make the wrong database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename, dirname

from lukhas_notion.manifests.discovery import find_manifests
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.text import counted

_PATTERNS = ("**/*.json", "**/*.yaml", "**/*.yml")
#: Files of one name, or in one folder, that are a set of descriptors.
_FEWEST = 3
#: Names that say it, however few there are.
_DESCRIPTORS = frozenset(
    {
        *("catalog-info.yaml", "catalog-info.yml", "compass.yml", "compass.yaml"),
        *("opslevel.yml", "cortex.yaml", "port.yml", "service.json", "service.yaml"),
        *("service.yml", "component.json", "module.json"),
    }
)
#: Names that other tools give their own files. They can be read, and are there for those tools.
_OTHERS = frozenset({"package.json", "Chart.yaml", "composer.json", "manifest.json"})
#: Names that describe nothing.
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
        pattern: what finds them, and no other file that is there now.
        files: how many there are.
        example: one of them.
        are_others: whether they are rather another tool's files.
    """

    pattern: str
    files: int
    example: str
    are_others: bool

    @property
    def found(self) -> str:
        """The sentence that tells of them."""
        files = counted(self.files, "file")
        return f"{files} look like descriptors of modules, such as {self.example}."

    @property
    def command(self) -> str:
        """The command that sets up from them."""
        return f"lukhas-notion init --from '{self.pattern}'"

    def refuse(self) -> None:
        """Stop before a database of another shape is made, unless they are another tool's.

        Raises:
            UsageError: they are not.
        """
        if not self.are_others:
            raise UsageError(
                f"There is no module.manifest.json, and {self.found}",
                f"Set up from those: `{self.command}`. To begin with the default manifest instead, "
                "write the first module.manifest.json, and run again.",
            )


def find_descriptors(root: Path, folder: str = "") -> Descriptors | None:
    """Return the largest set of files that look like descriptors, None without one.

    Args:
        root: the repository.
        folder: the one that they are in, relative to the root; of one that somebody named, a
            single file is enough.

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
        if len(sets[basename(path)]) < _FEWEST and dirname(path):
            ending = path.rpartition(".")[2]
            sets.setdefault(f"{dirname(path)}/*.{ending}", []).append(path)
    fewest = 1 if folder else _FEWEST
    found = {
        name: files for name, files in sets.items() if len(files) >= fewest or name in _DESCRIPTORS
    }
    if not found:
        return None
    name = max(found, key=lambda n: (n in _DESCRIPTORS, n not in _OTHERS, len(found[n])))
    files = found[name]
    pattern = name if "*" in name else _pattern(files, below)
    return Descriptors(pattern, len(files), files[0], name in _OTHERS)


def _pattern(paths: Sequence[str], below: str) -> str:
    """Return a pattern for files of one name in a folder: ``services/*/service.json``."""
    split = [path.split("/") for path in paths]
    if len(set(map(len, split))) > 1:
        return f"{below}**/{split[0][-1]}"
    names = zip(*split, strict=True)
    return "/".join(each[0] if len(set(each)) == 1 else "*" for each in names)
