"""The database's properties and options × mapping and vocabularies → findings. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from lukhas_notion.plan.finding import Finding, FindingKind
from lukhas_notion.plan.options import plan_options
from lukhas_notion.plan.snapshot import Page, Schema
from lukhas_notion.util.fold import difference, fold
from lukhas_notion.validate.require_schema import SchemaMismatch

_LISTED = 10


def property_findings(problems: Iterable[SchemaMismatch]) -> Iterator[Finding]:
    """Yield what is wrong with the database's properties."""
    for problem in problems:
        kind = FindingKind.PROPERTY_TYPE if problem.found else FindingKind.PROPERTY_MISSING
        yield Finding(kind, problem.name, problem.message)


def option_findings(
    schema: Schema,
    names: Mapping[str, Sequence[str]],
    vocabularies: Collection[str],
    pages: Sequence[Page],
) -> Iterator[Finding]:
    """Yield the options that are missing, and those that no vocabulary has.

    Args:
        schema: what the database has.
        names: property → the names that its options are to have.
        vocabularies: the properties whose names are all that there may be; a constant's property
            may have others.
        pages: where the uses of an option are counted.
    """
    for change in plan_options(schema, names):
        # Those for which no request has room come with the first page that uses them.
        if missing := [name for name, _ in change.add]:
            listed = ", ".join(missing[:_LISTED]) + (", …" if len(missing) > _LISTED else "")
            many = "1 name has" if len(missing) == 1 else f"{len(missing)} names have"
            said = f"{many} no option: {listed}."
            yield Finding(FindingKind.OPTION_MISSING, change.property_name, said)
    controlled = {name: listed for name, listed in names.items() if name in vocabularies}
    for change in plan_options(schema, controlled, pages=pages, prune=True):
        for gone in change.remove:
            used = "1 page uses" if gone.pages == 1 else f"{gone.pages:,} pages use"
            other = _one_that_looks_like(gone.name, controlled[change.property_name])
            yield Finding(
                FindingKind.OPTION_UNKNOWN,
                f"{change.property_name}: {gone.name}",
                f"The vocabulary has no such name{other}; {used} it.",
                pages=gone.pages,
            )


def _one_that_looks_like(name: str, names: Sequence[str]) -> str:
    """Return a clause on the name of a vocabulary that Notion or people take for ``name``."""
    folded = fold(name, case=True)
    near = next((each for each in names if fold(each, case=True) == folded), "")
    apart = difference(name, near)
    return f", but {near!r}{f' ({apart})' if apart else ''}" if near else ""
