"""A preview without Notion: what a pull request changes against its base branch.

A fork's pull request has no token for Notion. Its manifests can still be compared with those of
the base branch, which is what Notion holds when nobody has edited it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from lukhas_notion.action_scope import Scope
from lukhas_notion.config import Config
from lukhas_notion.errors import ConfigError
from lukhas_notion.gates.vocabulary import Vocabulary
from lukhas_notion.manifest import Manifest, parse_manifest
from lukhas_notion.mapping import Desired
from lukhas_notion.option_plan import plan_options
from lukhas_notion.plan import Plan, make_plan
from lukhas_notion.result import RunResult
from lukhas_notion.run import Run, SyncOptions
from lukhas_notion.selection import Selection, load_vocabularies
from lukhas_notion.snapshot import Option, Page, PropertySchema, Schema, Snapshot

#: Returns a file of the base branch by its path, or None where it is not there.
ReadBase = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class BaseFile:
    """A manifest of the base branch that the pull request touches."""

    path: str
    desired: Desired | None


def read_base_manifest(config: Config, path: str, read: ReadBase) -> BaseFile:
    """Read and map a manifest as it is in the base branch; one that is broken there is absent."""
    content = read(path)
    if content is None:
        return BaseFile(path, None)
    manifest = parse_manifest(path, content, volatile=config.volatile)
    if not isinstance(manifest, Manifest):
        return BaseFile(path, None)
    desired, _ = config.mapping.desired(manifest)
    return BaseFile(path, desired)


def preview_against_base(run: Run, scope: Scope, read: ReadBase, *, backfill: bool) -> RunResult:
    """Preview a pull request by its base branch.

    Args:
        run: the gates and the result.
        scope: the touched manifests. What is not among them is the same in both branches.
        read: reads the base branch.
        backfill: whether an apply would add the vocabularies' missing options.
    """
    config = run.config
    base = [read_base_manifest(config, path, read) for path in sorted(scope.touched)]
    names = _base_names(config, read)

    def plan(selection: Selection) -> Plan:
        held = [b.desired for b in base if b.desired is not None]
        held += [d for d in selection.desired if d.path not in scope.touched]
        schema = _schema(config, names)
        wanted = load_vocabularies(config) if backfill else {}
        return make_plan(
            selection.desired,
            Snapshot(schema, [Page("", "", d.values) for d in held], complete=True),
            config.mapping,
            options=plan_options(schema, {name: v.names for name, v in wanted.items()}),
            other_modules=selection.others,
        )

    return run.compare(SyncOptions(paths=scope.paths, present=scope.present), plan)


def _base_names(config: Config, read: ReadBase) -> dict[str, Sequence[str]]:
    """Return each vocabulary's names in the base branch; a broken one has none."""
    names: dict[str, Sequence[str]] = {}
    for name, file in config.vocabularies.items():
        content = read(config.display(file.path))
        # What is broken in the base is not this pull request's doing.
        with suppress(ConfigError):
            if content is not None:
                names[name] = Vocabulary.parse(name, content, file.display).names
    return names


def _schema(config: Config, names: Mapping[str, Sequence[str]]) -> Schema:
    properties = {
        p.name: PropertySchema(
            "", p.name, p.type.value, tuple(Option("", n, "default") for n in names.get(p.name, ()))
        )
        for p in config.mapping.properties
    }
    return Schema("", "", "", "", properties)
