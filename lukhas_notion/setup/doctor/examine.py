"""Check a set-up: the repository, its workflows, and then Notion."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import allow_any_name, no_earlier_files, write_vocabulary
from lukhas_notion.manifests.discovery import Discovery, discover, is_skipped
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.setup.result import Check, Diagnosis, failure, passed, warning
from lukhas_notion.util.errors import ConfigError, LukhasNotionError, UsageError
from lukhas_notion.util.git import top_of
from lukhas_notion.util.runtime import EarlierFiles, Runtime
from lukhas_notion.util.text import counted, first_of
from lukhas_notion.validate.bodies import Bodies
from lukhas_notion.validate.gates import Gates, SchemaGate, load_schema, removed_gates
from lukhas_notion.validate.select import select
from lukhas_notion.validate.vocabulary import Vocabulary, VocabularyFiles

#: Requests a minute that Notion allows (developers.notion.com, "Request limits").
PER_MINUTE, PER_MINUTE_BUSINESS = 180, 600
#: Paths that are shown of those that are not searched.
_SHOWN = 5


@dataclass(slots=True)
class RepositoryExam:
    """The checks of one repository.

    Args:
        config: the configuration.
        earlier: the files of an earlier commit, to find gates that were removed.
        vocabularies: those that could be read, by property; set by :meth:`checks`.
        desired: the pages of the manifests that pass the gates; set by :meth:`checks`.
    """

    config: Config
    earlier: EarlierFiles = no_earlier_files
    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    desired: Sequence[Desired] = ()

    def checks(self) -> Iterator[Check]:
        """Yield every check; a failure does not end them."""
        yield self._configuration()
        yield self._rate()
        schema = yield from self._schema()
        yield from self._vocabularies()
        for gone in removed_gates(self.config, self.earlier):
            yield failure(f"file {gone.path}", f"{gone.message}.", gone.remedy)
        yield from self._manifests(schema)

    @property
    def names(self) -> Mapping[str, Sequence[str]]:
        """The names that the options of each property should have, where they are known."""
        listed = {name: vocabulary.names for name, vocabulary in self.vocabularies.items()}
        return {**self.config.mapping.constant_options(), **listed}

    def _configuration(self) -> Check:
        file = self.config.file
        if file is None:
            return passed(
                "configuration",
                "There is no lukhas-notion.toml. All settings have their defaults.",
            )
        return passed("configuration", f"{self.config.display(file)} is valid.")

    def _rate(self) -> Check:
        rate = self.config.rate
        window = f"The rate limit is {rate * 60:g} requests a minute"
        lower = f"Set NOTION_RATE_LIMIT to {PER_MINUTE // 60} or less."
        if self.config.most_rate > rate:
            most = f"up to {self.config.most_rate * 60:g} while Notion refuses nothing"
            return passed("rate", f"{window}, and rises {most}.")
        if rate * 60 <= PER_MINUTE:
            faster = "On the Business and Enterprise plans, NOTION_RATE_LIMIT=auto is faster."
            return passed("rate", f"{window}, which every Notion plan allows. {faster}")
        if rate * 60 <= PER_MINUTE_BUSINESS:
            return warning(
                "rate",
                f"{window}, which Notion allows on the Business and Enterprise plans only.",
                f"On another plan: {lower}",
            )
        return warning("rate", f"{window}. Notion allows at most {PER_MINUTE_BUSINESS}.", lower)

    def _schema(self) -> Generator[Check, None, SchemaGate | None]:
        config = self.config
        try:
            gate = load_schema(config)
        except ConfigError as error:
            yield failure("schema", error.message, error.remedy)
            return None
        named = config.display(config.schema) if config.schema else "The packaged schema"
        yield passed("schema", f"{named} is a valid JSON Schema.")
        return gate

    def _vocabularies(self) -> Iterator[Check]:
        files = VocabularyFiles()
        for spec in self.config.mapping.properties:
            if not spec.type.has_options or spec.constant is not None:
                continue
            file = self.config.vocabularies.get(spec.name)
            subject = f"vocabulary {spec.name}"
            if not spec.gated:
                yield passed(subject, "Any name is allowed, because of `vocabulary = false`.")
                continue
            if file is None:
                yield warning(
                    subject,
                    "There is no vocabulary file, so no name is allowed.",
                    f"{write_vocabulary(spec.name)}, or {allow_any_name(spec.name)}.",
                )
                continue
            try:
                vocabulary = files.load(spec.name, file.path, file.display)
            except ConfigError as error:
                yield failure(subject, error.message, error.remedy)
                continue
            self.vocabularies[spec.name] = vocabulary
            for each in vocabulary.violations:
                yield failure(subject, f"{each.path}:{each.line}: {each.message}", each.remedy)
            for message in vocabulary.warnings:
                yield warning(subject, message)
            if not vocabulary.violations:
                many = counted(len(vocabulary.names), "name")
                yield passed(subject, f"{file.display} has {many}.")

    def _manifests(self, schema: SchemaGate | None) -> Iterator[Check]:
        config = self.config
        try:
            found = discover(config.root, config.include, config.exclude)
        except ConfigError as error:
            yield failure("manifests", error.message, error.remedy)
            return
        yield from _discovered(config, found)
        if schema is None or not found.paths:
            return
        gates = Gates(schema, self.vocabularies, config.mapping, bodies=Bodies.gate(config))
        try:
            selection = select(config, gates, present=found)
        except UsageError as error:
            yield failure("manifests", error.message, error.remedy)
            return
        self.desired = selection.desired
        for message in selection.unused:
            yield warning("mapping", message, "Correct the setting, or remove it.")
        if selection.wrong_schema:
            yield warning("schema", selection.wrong_schema)
        told = {v.path for listed in self.vocabularies.values() for v in listed.violations}
        violations = [v for v in selection.violations if v.path not in told]
        if not violations:
            return
        first = violations[0]
        yield failure(
            "manifests",
            f"{counted(len(violations), 'violation')} in "
            f"{counted(len({path for v in violations for path in v.files}), 'file')}, the first in "
            f"{first.path}:{first.line}: {first.message}",
            "List them with `lukhas-notion validate --all`.",
        )


def _discovered(config: Config, found: Discovery) -> Iterator[Check]:
    patterns = ", ".join(config.include)
    if not found.paths:
        yield warning(
            "manifests",
            f"No manifest was found ({patterns}).",
            "Write one, or set [manifests] include in lukhas-notion.toml.",
        )
    else:
        many = counted(len(found.paths), "file")  # a YAML file can have several manifests
        yield passed("manifests", f"{many} found ({patterns}).")
    for message in found.unmatched:
        yield warning("manifests", message, "Correct the pattern, or remove it.")
    # Folders that are never searched matter only where no manifest was found.
    unsearched = [each for each in found.excluded if not _is_usual(each, bool(found.paths))]
    if unsearched:
        yield passed("manifests", f"Not searched: {first_of(unsearched, _SHOWN)}.")


def _is_usual(path: str, any_found: bool) -> bool:
    """Return whether a path is one that users expect not to be searched."""
    name = path.rstrip("/").rpartition("/")[2]
    if any_found:
        return path.endswith("/") and is_skipped(name)
    return "/." in f"/{path}"


def diagnose(
    config: Config,
    runtime: Runtime,
    *,
    online: bool = True,
    writes: bool = True,
    workflows: Path | None = None,
) -> Diagnosis:
    """Check a set-up; nothing is written anywhere.

    A problem is a check and not an exception, so that the rest is checked, too. The connection to
    Notion refuses every request that could change something
    (:func:`lukhas_notion.notion.access.is_probe`).

    Args:
        config: the configuration.
        runtime: environment, clock and network; the ledger is not read.
        online: whether Notion is checked.
        writes: whether the token must be able to insert and update; a preview's need not be.
        workflows: the top of the checkout whose workflows are checked; None finds it.
    """
    exam = RepositoryExam(config, runtime.earlier(config.root))
    checks = [*exam.checks(), *_address(config, runtime)]
    checks += _workflows(workflows or top_of(config.root), config, exam.desired)
    if not online:
        checks.append(passed("token", "Not checked: Notion was not asked."))
        return Diagnosis(tuple(checks))
    if not config.token:
        checks.append(
            failure(
                "token",
                "NOTION_TOKEN is not set, so nothing in Notion was checked.",
                "Put the token of an internal integration into the environment variable "
                "NOTION_TOKEN, or run with --offline.",
            )
        )
        return Diagnosis(tuple(checks))
    return _with_notion(config, runtime, exam, checks, writes=writes)


def without_configuration(root: Path, error: ConfigError) -> Diagnosis:
    """Return the checks that are possible with a configuration that is not valid."""
    checks = [failure("configuration", error.message, error.remedy)]
    checks += _workflows(top_of(root))
    checks.append(warning("others", "Nothing else is checked until the configuration is right."))
    return Diagnosis(tuple(checks))


def _address(config: Config, runtime: Runtime) -> Iterator[Check]:
    """Yield whether page records can name the repository."""
    from lukhas_notion.plan.source import find_source

    if not config.records:
        return
    try:
        source = find_source(
            named=config.source,
            origin="" if config.source else runtime.origin(config.root),
            environ=runtime.environ,
            folder=config.root.name,
        )
    except ConfigError as error:
        yield failure("repository", error.message, error.remedy)
        return
    if source.is_weak:
        yield warning(
            "repository",
            "The repository's address is not known, so page records cannot name it. A renamed "
            "module gets a second page, and the pages of removed modules stay.",
            "Run `git remote add origin URL`, or give `sync` and `verify` --source OWNER/REPO.",
        )
    else:
        yield passed("repository", f"Page records name {source.repository}.")


def _workflows(
    top: Path, config: Config | None = None, desired: Sequence[Desired] = ()
) -> list[Check]:
    from lukhas_notion.setup.doctor.workflows import Watched, workflow_checks

    watched = []
    if config and desired and config.root.is_relative_to(top):
        path = (config.root / desired[0].path).relative_to(top)
        patterns = " and ".join(config.include)
        watched.append(Watched(path.as_posix(), "the manifests", patterns))
        if config.mapping.body and (name := config.mapping.body.file):
            beside = path.with_name(name).as_posix()
            watched.append(Watched(beside, "the files of the pages' bodies", f"**/{name}"))
    return list(workflow_checks(top, watched))


def _with_notion(
    config: Config,
    runtime: Runtime,
    exam: RepositoryExam,
    checks: list[Check],
    *,
    writes: bool,
) -> Diagnosis:
    """Return the diagnosis with the checks so far and those of Notion."""
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.setup.doctor.database import DatabaseExam

    try:
        connection = Connection.open(config, runtime, read_only=True, probing=True)
    except LukhasNotionError as error:
        subject = "connection" if isinstance(error, ConfigError) else "token"
        return Diagnosis((*checks, failure(subject, error.message, error.remedy)))
    with connection:
        try:
            for check in DatabaseExam(
                config, connection, exam.names, exam.desired, writes
            ).checks():
                checks.append(check)  # noqa: PERF402 - it may end by an error
        except LukhasNotionError as error:
            # The deadline, or Ctrl-C: the checks until then are reported.
            checks.append(failure("Notion", error.message, error.remedy))
        return Diagnosis(tuple(checks), connection.sent)
