"""Gathers what is known of where pages without a manifest come from: the ledger and the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lukhas_notion.bearers import may_bear
from lukhas_notion.config import Config
from lukhas_notion.discovery import is_wanted
from lukhas_notion.history import History, Lineages, Version
from lukhas_notion.ledger import distrust, read
from lukhas_notion.manifest import Manifest, parse_manifest
from lukhas_notion.plan import Change
from lukhas_notion.removed import Evidence, Named, Written, written_pages


def gather(
    config: Config, history: History, orphans: Sequence[Change], creates: Sequence[Change]
) -> Evidence:
    """Return what the ledger and the history know of the orphans.

    Args:
        config: where the ledger is, and what a manifest is.
        history: the repository's past; asked only for orphans that bear a provenance SHA.
        orphans: pages without a manifest.
        creates: modules without a page, whose manifests may have had another name before.
    """
    names = {orphan.module for orphan in orphans if orphan.sha}
    if not names:
        return Evidence()
    written, unread = _written(config)
    proven = all(o.page_id in written for o in orphans if o.sha)
    if proven and not creates:
        return Evidence(written)
    versions = _included(config, history.versions())
    named = _names(config, history, versions, names)
    known: dict[Named, set[str]] = defaultdict(set)
    for version in versions:
        if version.content_id in named:
            known[named[version.content_id]].add(version.path)
    lineages = Lineages(versions)
    earlier = {
        create.path: frozenset(
            named[v.content_id] for v in lineages.of(create.path) if v.content_id in named
        )
        for create in creates
    }
    places = {name: frozenset(paths) for name, paths in known.items()}
    return Evidence(written, places, earlier, "; ".join(filter(None, (history.gap, unread))))


def known_manifests(
    config: Config, history: History, names: set[str]
) -> tuple[frozenset[Named], str]:
    """Return (name, SHA) of every manifest in the history that bears one of ``names``.

    With it why the history is not whole, "" when it is.
    """
    named = _names(config, history, _included(config, history.versions()), names)
    return frozenset(named.values()), history.gap


def _wanted(config: Config, path: str) -> bool:
    return is_wanted(path, config.include, config.exclude)


def _included(config: Config, versions: Sequence[Version]) -> list[Version]:
    """Return the versions of files that the configuration includes today."""
    wanted = {path: _wanted(config, path) for path in {v.path for v in versions}}
    return [version for version in versions if wanted[version.path]]


def _written(config: Config) -> tuple[dict[str, Written], str]:
    """Return what the ledger proves, and why it proves nothing where it cannot be read."""
    try:
        if distrust(config.ledger, config.ledger_within) is not None:
            return {}, "the ledger's chain does not hold"
        records = read(config.ledger, config.ledger_within)
        return written_pages(records, lambda path: _wanted(config, path)), ""
    except FileNotFoundError:
        return {}, ""


def _names(
    config: Config, history: History, versions: Sequence[Version], names: set[str]
) -> dict[str, Named]:
    """Return, by content, name and SHA of the earlier manifests that bear one of ``names``."""
    bears = may_bear(names, config.mapping.title)
    found: dict[str, Named] = {}
    for content_id, content in history.contents(v.content_id for v in versions):
        if not bears(content):
            continue
        manifest = parse_manifest("", content, volatile=config.volatile)
        if isinstance(manifest, Manifest):
            name = config.mapping.module_name(manifest.value)
            if name in names:
                found[content_id] = (name, manifest.sha)
    return found
