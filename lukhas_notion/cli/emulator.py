"""``emulator``: a local Notion."""

from __future__ import annotations

import argparse
import gc
import os
import re
from dataclasses import replace
from pathlib import Path

from lukhas_notion import emulator
from lukhas_notion.cli.commands import CAPABILITIES
from lukhas_notion.cli.context import Context
from lukhas_notion.config.config import Config, load
from lukhas_notion.config.paths import flag_target
from lukhas_notion.config.settings import Flags
from lukhas_notion.emulator import Emulator, FaultPlan
from lukhas_notion.plan.database import color_of
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.property_types import configuration
from lukhas_notion.plan.reference_kinds import aliased
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.sync.preconditions import require_targets
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.folder import RefusedFileError
from lukhas_notion.util.paths import path_hazard, shown
from lukhas_notion.util.read_files import read_named
from lukhas_notion.util.sanitize import json_document
from lukhas_notion.validate.vocabulary import load_vocabularies

#: The title of the new database.
TITLE = "Modules"
_MAX_LATENCY = 3_600_000
_LAST_PORT = 65_535
#: Bytes of a fault plan.
_MAX_PLAN_BYTES = 1_000_000


def serve(args: argparse.Namespace, context: Context) -> int:
    """Serve until Ctrl-C; return 0."""
    _check(args)
    config = load(Flags(root=args.root, config=args.config), {})
    state = _state(args.state, config)
    faults, capabilities = _faults(args.faults, config), _capabilities(args.capabilities)
    try:
        local = Emulator(
            requests_per_minute=args.requests_per_minute or None,
            latency=args.latency / 1000,
            state_path=state,
            faults=faults,
            capabilities=capabilities,
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--state {args.state} cannot be used: {error}.",
            "Name a file that an emulator made, or one that does not exist yet.",
        ) from None
    with local:
        return _serve(local, config, args, context)


def _serve(local: Emulator, config: Config, args: argparse.Namespace, context: Context) -> int:
    settings = {"NOTION_TOKEN": local.token}
    if not args.empty:
        settings["NOTION_DATABASE_ID"] = create_database(local, config)
    # The state stays in memory: one garbage collection among 20,000 pages takes 0.2 seconds.
    gc.freeze()

    def ready(url: str) -> None:
        variables = {"NOTION_API_URL": url, **settings}
        context.say(f"A local Notion is at {url} (open it in a browser). Ctrl-C stops it.")
        # Not redacted: this token works only for the emulator, and the user needs it.
        if context.machine:
            page = {"parent_page_id": local.root_page_id} if args.empty else {}
            context.stdout.write(json_document({**variables, **page}) + "\n")
        else:
            context.stdout.writelines(f"export {k}={v}\n" for k, v in variables.items())
            if args.empty:
                context.say(f"Create databases under the page {local.root_page_id}.")
        context.stdout.flush()

    try:
        emulator.run(local, args.port, ready)
    except OSError as error:
        raise UsageError(
            f"Port {args.port} cannot be used: {error.strerror or error}.",
            "Choose another one with --port, or 0 for any.",
        ) from None
    return 0


def _check(args: argparse.Namespace) -> None:
    """Check the ranges of the numbers."""
    if not (0 <= args.latency < _MAX_LATENCY and args.requests_per_minute >= 0):
        raise UsageError(
            "--latency and --requests-per-minute are not negative, and a latency is less than an "
            "hour."
        )
    if not 0 <= args.port <= _LAST_PORT:
        raise UsageError(f"--port {args.port} is not a port.", f"Choose one up to {_LAST_PORT}.")


def _state(named: str | None, config: Config) -> Path | None:
    """Return the state file; it must not be used for something else or be behind a link."""
    if not named:
        return None
    target = flag_target(named, "--state", config.place)._replace(purpose="the emulator's state")
    require_targets(config, [target])
    return target.path


def _capabilities(named: str) -> list[str]:
    capabilities = [name.strip() for name in named.split(",") if name.strip()]
    if unknown := [name for name in capabilities if name not in CAPABILITIES]:
        raise UsageError(
            f"--capabilities: {unknown[0]!r} is not a capability in Notion.",
            f"Choose from {', '.join(CAPABILITIES)}, with commas between them.",
        )
    return capabilities


def _faults(named: str | None, config: Config) -> FaultPlan | None:
    if named is None:
        return None
    if problem := path_hazard(named):
        raise UsageError(f"--faults: {shown(named)} {problem}.", "Name another file.")
    path = Path(os.path.normpath(Path(named).absolute()))
    own = Path.cwd() if not Path(named).is_absolute() else None
    try:
        content = read_named(path, _MAX_PLAN_BYTES, config.within(path) or own)
        return FaultPlan.from_text(content.decode("utf-8"))
    except RefusedFileError as error:
        message = f"The fault plan {named} cannot be used: {error.message}."
        raise UsageError(message, error.remedy) from None
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The fault plan {named} cannot be used: {error}.",
            "docs/how-to/rate-limits-and-faults.md describes one.",
        ) from None


def create_database(local: Emulator, config: Config) -> str:
    """Return the id of the database; create it with the mapped properties if there is none.

    A status gets the names of its vocabulary: Notion does not create one without options.

    Raises:
        ConfigError: the vocabulary of a status cannot be read.
    """
    mapping = config.mapping
    existing = next(iter(local.workspace.store.databases), None)
    if existing is not None:
        return existing
    plain = [p for p in mapping.properties if p.type is not PropertyType.RELATION]
    options = _statuses(config)
    database = local.create_database(
        TITLE, {p.name: configuration(p, options.get(p.name, ())) for p in plain}
    )
    for spec in mapping.properties:
        if spec.names_modules:
            _add_relation(local, spec, database.data_source_id)
    _add_people(local, mapping)
    return database.database_id


def _statuses(config: Config) -> dict[str, list[tuple[str, str]]]:
    """Return status → (name, colour) of each name in its vocabulary."""
    statuses = [p.name for p in config.mapping.properties if p.type is PropertyType.STATUS]
    gated = [name for name in statuses if name in config.vocabularies]
    return {
        name: [(option, color_of(option)) for option in vocabulary.names]
        for name, vocabulary in load_vocabularies(config, gated).items()
    }


def _add_people(local: Emulator, mapping: PropertyMapping) -> None:
    """Add a user for each address in the alias files."""
    known = {user.email for user in local.workspace.store.users.values()}
    for name in aliased(mapping.properties):
        if "@" in name and name not in known:
            words = re.split(r"[^\w]+", name.partition("@")[0])
            local.add_user(" ".join(words).title(), name)


def _add_relation(local: Emulator, spec: PropertySpec, source: str) -> None:
    """Add a relation of the database to itself; relations to others are added in Notion."""
    settings = configuration(replace(spec, target=source))[spec.type.value]
    local.add_property(spec.name, spec.type.value, source, settings)
    if spec.synced:
        other = f"Related to {TITLE} ({spec.name})"
        local.rename_property(other, spec.synced, source)
