"""The text of the configuration for a proposed mapping, with a comment on every property."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lukhas_notion.config.document import shape
from lukhas_notion.config.toml_lines import toml_string
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.manifests.manifest import ManifestForm
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.setup.columns import ADDRESSES, Column
from lukhas_notion.setup.propose import README, Proposal
from lukhas_notion.util.text import counted

#: What else addresses can be, a sentence without its full stop.
AS_PEOPLE = 'type = "people" shows these as users of the workspace'


def configuration_lines(
    patterns: Sequence[str], proposal: Proposal, form: ManifestForm
) -> Iterator[str]:
    """Yield the lines of the configuration for a proposal; its last table is ``[notion]``."""
    yield f"#:schema {shape()['$id']}"
    yield f"# Proposed by `lukhas-notion init --from` from {origin_of(patterns, proposal)}."
    yield "# Every key: docs/reference/configuration.md of lukhas-notion."
    yield from ("", "[manifests]", "# Which files are manifests. `exclude` takes some out again.")
    yield f"include = {_texts(patterns)}"
    if form.items:
        yield "# Every entry of this list is a manifest."
        yield f"items = {toml_string(form.items)}"
    if form.where:
        yield "# Only these are manifests, because those of different kinds share names."
        pairs = (f"{toml_string(at)} = {_texts(texts)}" for at, texts in form.where.items())
        yield f"where = {{ {', '.join(pairs)} }}"
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
    if spec.names_modules:
        yield "# The property that shows it from the other side; without the line, Notion names it."
        yield '# synced = "Used by"'
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


def origin_of(patterns: Sequence[str], proposal: Proposal) -> str:
    """Return the number of manifests that a proposal is for, with their patterns."""
    return f"{counted(proposal.files, 'manifest')} ({listed(patterns)})"


def listed(patterns: Iterable[str]) -> str:
    """Return patterns in quotes, with commas between them."""
    return ", ".join(map(quote, patterns))


def _texts(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(toml_string, texts))}]"


def _comment(text: str) -> str:
    """Return a comment of TOML: one line, of visible characters."""
    return "# " + "".join(char if char.isprintable() else " " for char in text)
