"""What can be checked in the repository alone: schema, vocabularies, manifests, the rate."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import allow_any_name, no_earlier_files, write_vocabulary
from lukhas_notion.manifests.discovery import Discovery, discover, is_skipped
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.setup.doctor.diagnosis import (
    Check,
    note,
    ok,
    problem,
    warning,
)
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.plural import counted
from lukhas_notion.util.runtime import EarlierFiles
from lukhas_notion.validate.schema import SchemaGate
from lukhas_notion.validate.select import (
    Gates,
    load_schema,
    removed_gates,
    select,
)
from lukhas_notion.validate.vocabulary import Vocabulary, VocabularyFiles

#: Requests a minute that Notion answers (developers.notion.com, "Request limits").
PER_MINUTE, PER_MINUTE_BUSINESS = 180, 600
_SHOWN = 5


@dataclass(slots=True)
class RepositoryExam:
    """The checks of one repository; the gates that could be loaded are kept.

    Args:
        config: the configuration.
        earlier: what an earlier commit has; asked for the gates' files that are not there.
        vocabularies: those that could be read, by property; filled by :meth:`checks`.
        desired: what the manifests want that pass the gates; filled by :meth:`checks`.
    """

    config: Config
    earlier: EarlierFiles = no_earlier_files
    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    desired: Sequence[Desired] = ()

    def checks(self) -> Iterator[Check]:
        """Look at everything, and go on after what is wrong."""
        yield self._configuration()
        yield self._rate()
        schema = yield from self._schema()
        yield from self._vocabularies()
        for gone in removed_gates(self.config, self.earlier):
            yield problem(f"file {gone.path}", f"{gone.message}.", gone.remedy)
        yield from self._manifests(schema)

    @property
    def names(self) -> Mapping[str, Sequence[str]]:
        """The names that each property's options are to have, as far as they are known."""
        found: dict[str, Sequence[str]] = dict(self.config.mapping.constant_options())
        for name, vocabulary in self.vocabularies.items():
            found.setdefault(name, vocabulary.names)
        return found

    def _configuration(self) -> Check:
        file = self.config.file
        if file is None:
            return ok(
                "configuration",
                "There is no lukhas-notion.toml, so all settings have their defaults.",
            )
        return ok("configuration", f"{self.config.display(file)} is read.")

    def _rate(self) -> Check:
        rate = self.config.rate
        window = f"{rate:g} a second is {rate * 60:g} requests a minute"
        lower = f"Set NOTION_RATE_LIMIT to {PER_MINUTE // 60} or less."
        if rate * 60 <= PER_MINUTE:
            return ok("rate", f"{window}; every plan of Notion's allows {PER_MINUTE}.")
        if rate * 60 <= PER_MINUTE_BUSINESS:
            return note(
                "rate",
                f"{window}; Notion allows that on its Business and Enterprise plans alone, and "
                f"{PER_MINUTE} on the others.",
                f"On another plan: {lower}",
            )
        return warning(
            "rate", f"{window}; Notion allows {PER_MINUTE_BUSINESS} on its largest plans.", lower
        )

    def _schema(self) -> Generator[Check, None, SchemaGate | None]:
        config = self.config
        try:
            gate = load_schema(config)
        except ConfigError as error:
            yield problem("schema", error.message, error.remedy)
            return None
        named = config.display(config.schema) if config.schema else "The packaged schema"
        yield ok("schema", f"{named} is a JSON Schema, and what it refers to is there.")
        return gate

    def _vocabularies(self) -> Iterator[Check]:
        files = VocabularyFiles()
        for spec in self.config.mapping.properties:
            if not spec.type.has_options or spec.constant is not None:
                continue
            file = self.config.vocabularies.get(spec.name)
            subject = f"vocabulary {spec.name}"
            if not spec.gated:
                yield note(subject, "`vocabulary = false`: a manifest may use any name.")
                continue
            if file is None:
                yield note(
                    subject,
                    "There is none, so a manifest may use no name.",
                    f"{write_vocabulary(spec.name)}, or {allow_any_name(spec.name)}.",
                )
                continue
            try:
                vocabulary = files.load(spec.name, file.path, file.display)
            except ConfigError as error:
                yield problem(subject, error.message, error.remedy)
                continue
            self.vocabularies[spec.name] = vocabulary
            for each in vocabulary.violations:
                yield problem(subject, f"{each.path}:{each.line}: {each.message}", each.remedy)
            for said in vocabulary.warnings:
                yield warning(subject, said)
            if not vocabulary.violations:
                many = counted(len(vocabulary.names), "name")
                yield ok(subject, f"{file.display} has {many}.")

    def _manifests(self, schema: SchemaGate | None) -> Iterator[Check]:
        config = self.config
        try:
            found = discover(config.root, config.include, config.exclude)
        except ConfigError as error:
            yield problem("manifests", error.message, error.remedy)
            return
        yield from _discovered(config, found)
        if schema is None or not found.paths:
            return
        gates = Gates(schema, self.vocabularies, config.mapping)
        selection = select(config, gates, present=found)
        self.desired = selection.desired
        known = {*found.unmatched, *(w for v in self.vocabularies.values() for w in v.warnings)}
        for said in selection.warnings:
            if said not in known:
                yield warning("mapping", said, "Correct the pointer, or take the property out.")
        own = set(found.paths)
        violations = [v for v in selection.violations if v.path in own]
        if not violations:
            return
        first = violations[0]
        yield problem(
            "manifests",
            f"{counted(len(violations), 'violation')} in "
            f"{counted(len({v.path for v in violations}), 'file')}, the first in "
            f"{first.path}:{first.line}: {first.message}",
            "See all of them: lukhas-notion validate --all",
        )


def _discovered(config: Config, found: Discovery) -> Iterator[Check]:
    patterns = ", ".join(config.include)
    if not found.paths:
        yield warning(
            "manifests",
            f"None was found ({patterns}).",
            "Write one, or set [manifests] include in lukhas-notion.toml.",
        )
    else:
        many = counted(len(found.paths), "manifest")
        yield ok("manifests", f"{many} found ({patterns}).")
    for said in found.unmatched:
        yield warning("manifests", said, "Correct the pattern, or take it out.")
    # What is never searched need not be said each time, but where it may be why none was found.
    passed = [each for each in found.excluded if not _is_usual(each, bool(found.paths))]
    if passed:
        shown = ", ".join(passed[:_SHOWN])
        more = len(passed) - _SHOWN
        rest = f" and {more} more" if more > 0 else ""
        yield note("manifests", f"Not looked into: {shown}{rest}.")


def _is_usual(path: str, any_found: bool) -> bool:
    """Whether nobody wonders that a path was passed over."""
    name = path.rstrip("/").rpartition("/")[2]
    if any_found:
        return path.endswith("/") and is_skipped(name)
    return "/." in f"/{path}"
