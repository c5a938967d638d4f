"""The manifests of a pull request's base branch, and the comparison with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from lukhas_notion.action.scope import Scope
from lukhas_notion.config.config import Config
from lukhas_notion.manifests.manifest import (
    Manifest,
    Violation,
    file_of,
    parse_file,
    read_file,
)
from lukhas_notion.plan.database import Option, Page, PropertySchema, Schema, Snapshot, plan_options
from lukhas_notion.plan.differences import all_applied
from lukhas_notion.plan.identity import Lookups
from lukhas_notion.plan.make_plan import make_plan
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import Owner, write_record
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.relations import Targets
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import key_hash
from lukhas_notion.sync.options import Base, SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.runtime import DaemonPool
from lukhas_notion.validate.module_names import RelationGate
from lukhas_notion.validate.select import Selection
from lukhas_notion.validate.vocabulary import Vocabulary, load_vocabularies

if TYPE_CHECKING:
    pass

#: Returns the content of a file of the base branch by its path, None where it does not exist; it is
#: called by several threads.
ReadBase = Callable[[str], bytes | None]
#: The maximum number of files read from the base branch; for more, all pages are read instead.
_MOST_READ = 20
#: The maximum number where Notion is not read: a fork must not use up the requests that GitHub
#: allows all workflows of the repository together.
MOST_COMPARED = 200
#: A stand-in for the repository, because the base branch has no other owner.
_SOURCE = Source("https://base.invalid/base")


def base_manifests(
    config: Config, file: str, content: bytes | None, mapping: PropertyMapping | None = None
) -> list[Desired]:
    """Return the mapped manifests of a file of the base branch, without invalid ones.

    ``mapping`` is the mapping of a run, which knows the addresses of manifests.
    """
    if content is None:
        return []
    mapping = mapping or config.mapping
    valid = (m for m in parse_file(file, content, config.form) if isinstance(m, Manifest))
    mapped = (mapping.desired(manifest)[0] for manifest in valid)
    return [desired for desired in mapped if desired is not None]


def _touched(
    config: Config, scope: Scope, read: ReadBase, mapping: PropertyMapping | None = None
) -> list[Desired]:
    files = sorted(scope.touched)
    base = zip(files, _read_all(read, files), strict=True)
    return [want for each in base for want in base_manifests(config, *each, mapping)]


def _read_all(read: ReadBase, files: Sequence[str]) -> list[bytes | None]:
    return DaemonPool(len(files), "base").map(read, files)


def base_of(config: Config, scope: Scope, read: ReadBase) -> Base | None:
    """Return the touched manifests in the base branch; None where all manifests are checked."""
    if scope.paths is None:
        return None
    if len(scope.touched) > _MOST_READ:
        return Base(complete=False)
    base = _touched(config, scope, read)
    moved = {new for old, new in scope.renamed if old in scope.touched}
    return Base(
        frozenset(desired.module for desired in base),
        frozenset(desired.sha for desired in base),
        frozenset(desired.path for desired in base) | moved,
    )


def preview_against_base(run: Run, scope: Scope, read: ReadBase, *, backfill: bool) -> RunResult:
    """Return the preview of a pull request against its base branch.

    Args:
        run: the gates and the result.
        scope: the touched manifests. All others are the same in both branches.
        read: reads the base branch.
        backfill: whether an apply would add the vocabularies' missing options.
    """
    config = run.config
    base = _touched(config, scope, read, run.mapping)
    names = _base_names(config, read)

    def plan(selection: Selection) -> Plan:
        held = [*base, *(d for d in selection.desired if file_of(d.path) not in scope.touched)]
        schema = _schema(config, names)
        vocabularies = load_vocabularies(config) if backfill else {}
        planned = make_plan(
            selection.desired,
            Snapshot(schema, [_page(d, config.mapping) for d in held], complete=True),
            config.mapping,
            owner=Owner(_SOURCE),
            lookups=Lookups(
                missing=selection.gone,
                other_paths=lambda: selection.others_than(d.path for d in selection.desired),
            ),
            options=plan_options(schema, {name: v.names for name, v in vocabularies.items()}),
            other_modules=selection.others,
            targets=Targets(by_name=True),
        )
        # Nothing of this is in Notion.
        return replace(planned, changes=tuple(replace(c, page_id="") for c in planned.changes))

    return run.compare(SyncOptions(paths=scope.paths, present=scope.present), plan)


def _page(desired: Desired, mapping: PropertyMapping) -> Page:
    """Return the page of a manifest in the base branch, as if it had just been written."""
    link = write_record(
        _SOURCE.link(desired.path),
        _SOURCE.place(desired.path),
        key_hash(desired.key),
        all_applied(desired, mapping),
    )
    return Page(desired.path, "", desired.values, link=link)


def _base_names(config: Config, read: ReadBase) -> dict[str, Sequence[str]]:
    """Return each vocabulary's names in the base branch; an invalid vocabulary has none."""
    names: dict[str, Sequence[str]] = {}
    for name, file in config.vocabularies.items():
        content = read(config.display(file.path))
        # This pull request is not responsible for an invalid vocabulary of its base branch.
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


def with_dependents(config: Config, scope: Scope, read: ReadBase) -> Scope:
    """Add the manifests that name a module which the pull request removes, or gives another key.

    Raises:
        GitHubError: the base branch cannot be read.
    """
    if scope.paths is None or not any(spec.names_modules for spec in config.mapping.properties):
        return scope
    if len(scope.touched) > _MOST_READ:
        return replace(scope, paths=None, why="many manifests change that others may name")
    files, form = sorted(scope.touched), config.form
    base = zip(files, _read_all(read, files), strict=True)
    was = (each for file, content in base if content for each in parse_file(file, content, form))
    now = (each for file in scope.paths for each in read_file(config.root, file, form))
    lost = _keys(config, was) - _keys(config, now)
    others = set(scope.present.paths if scope.present else ()) - set(scope.paths)
    naming = RelationGate(config).naming(lost, sorted(others)) if lost else set()
    return replace(scope, paths=tuple(sorted({*scope.paths, *naming})))


def _keys(config: Config, manifests: Iterable[Manifest | Violation]) -> set[str]:
    """Return the keys of valid manifests."""
    valid = (each for each in manifests if isinstance(each, Manifest))
    keys = (config.mapping.module_key(each.value, each.path) for each in valid)
    return set(filter(None, keys))
