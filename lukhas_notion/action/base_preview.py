"""A preview without Notion: what a pull request changes against its base branch.

A fork's pull request has no token for Notion. Its manifests can still be compared with those of
the base branch, which is what Notion holds unless somebody has edited it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from lukhas_notion.action.scope import Scope
from lukhas_notion.config.config import Config
from lukhas_notion.manifests.document import file_of
from lukhas_notion.manifests.manifest import Manifest, parse_file
from lukhas_notion.plan.differences import all_applied
from lukhas_notion.plan.identity import Lookups
from lukhas_notion.plan.make_plan import make_plan
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.options import plan_options
from lukhas_notion.plan.page_record import Owner, write_record
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.relations import Targets
from lukhas_notion.plan.snapshot import Option, Page, PropertySchema, Schema, Snapshot
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import key_hash
from lukhas_notion.sync.options import Base, SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.validate.gates import load_vocabularies
from lukhas_notion.validate.select import Selection
from lukhas_notion.validate.vocabulary import Vocabulary

#: Returns a file of the base branch by its path, or None where it is not there.
ReadBase = Callable[[str], bytes | None]
#: So many files of the base branch are read, one request each; beyond, all pages are.
_MOST_READ = 20
#: Stands in for the repository: what the base branch has is this one's in any case.
_SOURCE = Source("https://base.invalid/base")


def read_base_manifests(
    config: Config, file: str, read: ReadBase, mapping: PropertyMapping | None = None
) -> list[Desired]:
    """Read and map the manifests of a file of the base branch; broken ones are left out.

    ``mapping`` is that of a run, which knows the addresses of manifests.
    """
    content = read(file)
    if content is None:
        return []
    mapping = mapping or config.mapping
    there = (m for m in parse_file(file, content, config.form) if isinstance(m, Manifest))
    wanted = (mapping.desired(manifest)[0] for manifest in there)
    return [desired for desired in wanted if desired is not None]


def _touched(
    config: Config, scope: Scope, read: ReadBase, mapping: PropertyMapping | None = None
) -> list[Desired]:
    files = sorted(scope.touched)
    return [each for file in files for each in read_base_manifests(config, file, read, mapping)]


def base_of(config: Config, scope: Scope, read: ReadBase) -> Base | None:
    """Return the touched manifests as they are on the base branch; None where all are looked at."""
    if scope.paths is None:
        return None
    if len(scope.touched) > _MOST_READ:
        return Base(complete=False)
    there = _touched(config, scope, read)
    moved = {new for old, new in scope.renamed if old in scope.touched}
    return Base(
        frozenset(desired.module for desired in there),
        frozenset(desired.sha for desired in there),
        frozenset(desired.path for desired in there) | moved,
    )


def preview_against_base(run: Run, scope: Scope, read: ReadBase, *, backfill: bool) -> RunResult:
    """Preview a pull request by its base branch.

    Args:
        run: the gates and the result.
        scope: the touched manifests. What is not among them is the same in both branches.
        read: reads the base branch.
        backfill: whether an apply would add the vocabularies' missing options.
    """
    config = run.config
    base = _touched(config, scope, read, run.mapping)
    names = _base_names(config, read)

    def plan(selection: Selection) -> Plan:
        held = [*base, *(d for d in selection.desired if file_of(d.path) not in scope.touched)]
        schema = _schema(config, names)
        wanted = load_vocabularies(config) if backfill else {}
        made = make_plan(
            selection.desired,
            Snapshot(schema, [_page(d, config.mapping) for d in held], complete=True),
            config.mapping,
            owner=Owner(_SOURCE),
            lookups=Lookups(
                missing=selection.gone,
                other_paths=lambda: selection.others_than(d.path for d in selection.desired),
            ),
            options=plan_options(schema, {name: v.names for name, v in wanted.items()}),
            other_modules=selection.others,
            targets=Targets(by_name=True),
        )
        # Nothing of this is in Notion.
        return replace(made, changes=tuple(replace(c, page_id="") for c in made.changes))

    return run.compare(SyncOptions(paths=scope.paths, present=scope.present), plan)


def _page(desired: Desired, mapping: PropertyMapping) -> Page:
    """Return the page that the base branch's manifest has, as if it had just been written."""
    link = write_record(
        _SOURCE.link(desired.path),
        _SOURCE.place(desired.path),
        key_hash(desired.key),
        all_applied(desired, mapping),
    )
    return Page(desired.path, "", desired.values, link=link)


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
            "",
            p.name,
            p.type.stored_as.value,
            tuple(Option("", n, "default") for n in names.get(p.name, ())),
        )
        for p in config.mapping.properties
    }
    return Schema("", "", "", "", properties)
