"""The vocabularies that a repository begins with: the names that its manifests use already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.manifest import Manifest, find_manifests, read_manifest
from lukhas_notion.plan.notion_limits import option_problem
from lukhas_notion.plan.property_spec import PropertySpec, sources
from lukhas_notion.util.fold import fold


@dataclass(frozen=True, slots=True)
class Starter:
    """What one vocabulary file begins with.

    Args:
        properties: the properties whose vocabulary it is.
        names: sorted, each of which Notion can hold, no two of which people see as one.
        left_out: what manifests use beside them.
    """

    properties: tuple[str, ...]
    names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The file's text."""
        origin = (
            "Made by `lukhas-notion init` from the names that the manifests used."
            if self.names
            else "Made by `lukhas-notion init`; no manifest used a name, so it is empty."
        )
        named = " and ".join(self.properties)
        said = f"The names that {named} may take. {origin} Add, remove and rename freely."
        content = {"$comment": said, "allowed": list(self.names)}
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Starters:
    """What was found in the repository.

    Args:
        by_path: path of a vocabulary → what it begins with.
        manifests: how many there are.
        unreadable: how many of them could not be read, so that their names are not known.
    """

    by_path: Mapping[str, Starter] = field(default_factory=dict)
    manifests: int = 0
    unreadable: int = 0

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names that each property may take, where its vocabulary is still to be written."""
        return {name: each.names for each in self.by_path.values() for name in each.properties}


def gather(config: Config, missing: Mapping[str, Sequence[str]]) -> Starters:
    """Look through all manifests for the names that they use.

    Args:
        config: where the manifests are, and how they are mapped.
        missing: path of a vocabulary that is to be written → the properties that it is for, which
            are to have the same names.

    Raises:
        ConfigError: a folder cannot be listed.
    """
    places = {name: path for path, names in missing.items() for name in names}
    wanted = [spec for spec in config.mapping.properties if spec.name in places]
    used: dict[str, set[str]] = {path: set() for path in missing}
    paths = find_manifests(config.root, config.include, config.exclude)
    unreadable = 0
    for path in paths if wanted else ():
        manifest = read_manifest(config.root, path, volatile=config.volatile)
        if not isinstance(manifest, Manifest):
            unreadable += 1
            continue
        for spec in wanted:
            used[places[spec.name]].update(_names(spec, manifest))
    found = {path: _starter(tuple(missing[path]), names) for path, names in used.items()}
    return Starters(found, len(paths), unreadable)


def _names(spec: PropertySpec, manifest: Manifest) -> Iterator[str]:
    """Yield what could be a name; what is something else the gates report."""
    for _, got in sources(spec, manifest.value):
        for item in got if isinstance(got, list) else [got]:
            if isinstance(item, str):
                yield item
            elif isinstance(item, int | float) and not isinstance(item, bool):
                yield json.dumps(item)


def _starter(properties: tuple[str, ...], names: set[str]) -> Starter:
    kept: dict[str, str] = {}
    for name in sorted(names):
        if not option_problem(name):
            # Notion takes names that differ only by case for one option, and people these.
            kept.setdefault(fold(name, case=True), name)
    chosen = tuple(kept.values())
    return Starter(properties, chosen, tuple(sorted(names - set(chosen))))
