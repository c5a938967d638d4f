"""The paths of a configuration: the root, the configuration file, files to read and to write.

A path in the file or in an input of the Action may be untrusted, and so may be a link on its way.
So names are checked first, and links are followed only within the boundary: the workspace in the
Action, else the top level of the checkout, else the root.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lukhas_notion.config.document import FILE_NAME, Document
from lukhas_notion.config.settings import Flags
from lukhas_notion.util.errors import ConfigError, UsageError
from lukhas_notion.util.git import is_checkout, top_of
from lukhas_notion.util.paths import path_hazard, path_problem, shown
from lukhas_notion.util.read_files import RefusedFileError, read_regular, resolve

MAX_BYTES = 1024 * 1024
"""Bytes of a configuration file, and of a file that it names."""
_NAME_ANOTHER = "Name another file."


class RepositoryPlace(NamedTuple):
    """Where a repository is.

    Args:
        root: the folder of the manifests, without links.
        boundary: the folder that no link may lead out of; the root, or a folder above it.
    """

    root: Path
    boundary: Path


def find_place(named: str | None, workspace: str | None = None) -> RepositoryPlace:
    """Return where the repository is, by ``--root`` or by the inputs of the Action.

    Args:
        named: the root; the current folder without it.
        workspace: in the Action, the folder to which ``named`` is relative.

    Raises:
        ConfigError: it is not a folder, or a link leads out of the checkout.
    """
    given, label = named or ".", "The input root" if workspace else "--root"
    if problem := path_problem(given) if workspace else path_hazard(given):
        raise ConfigError(f"{label}: {shown(given)} {problem}.", "Name the repository's folder.")
    try:
        if workspace is not None:
            boundary = Path(os.path.realpath(workspace))
            root = resolve(boundary / given, boundary)
        else:
            root = _followed(Path.cwd(), given)
            boundary = top_of(root)
    except RefusedFileError as error:
        raise ConfigError(
            f"{label}: {shown(given)} cannot be used: {error.message}.",
            "Name the folder itself, by its own path.",
        ) from None
    if not root.is_dir():
        raise ConfigError(f"{label}: {given} is not a folder.", "Name the repository's folder.")
    return RepositoryPlace(root, boundary)


def _followed(start: Path, given: str) -> Path:
    """Return a path with all links resolved; a link in a checkout must not lead out of it.

    Outside of checkouts, the links of a relative path must stay below ``start``.

    Raises:
        RefusedFileError: a link leads out.
    """
    path = Path(given)
    here = Path(path.anchor) if path.is_absolute() else start
    for name in path.parts[1:] if path.is_absolute() else path.parts:
        if name == "..":
            here = here.parent
            continue
        top = top_of(here)
        if is_checkout(top):
            here = resolve(here / name, top)
        elif not path.is_absolute() and here.is_relative_to(start):
            here = resolve(here / name, start)
        else:
            here = Path(os.path.realpath(here / name))
    return here


def config_file(
    named: str | None, place: RepositoryPlace, label: str, *, from_root: bool = False
) -> Path | None:
    """Return the configuration file with links resolved; None where none is named and none exists.

    An absolute path outside the boundary is the user's own. A relative path is searched for from
    the current folder, then from the root; in the Action only from the root.

    Raises:
        ConfigError: the named path is not a file, or leads out of the boundary.
    """
    if named is None:
        default = place.root / FILE_NAME
        # A broken link counts as a file, and reading it is the error.
        return default if os.path.lexists(default) else None
    if problem := path_hazard(named):
        raise ConfigError(f"{label}: {shown(named)} {problem}.", "Name a TOML file.")
    path = Path(named)
    if not path.is_absolute():
        beside = Path.cwd() / path
        path = beside if os.path.lexists(beside) and not from_root else place.root / path
    normal = Path(os.path.normpath(path))
    try:
        if normal.is_relative_to(place.boundary):
            real = resolve(normal, place.boundary)
        elif from_root or (
            not Path(named).is_absolute() and Path.cwd().is_relative_to(place.boundary)
        ):
            reason = "the file is outside the repository"
            raise RefusedFileError("file.outside", reason, "Name it by its absolute path.")
        else:
            real = Path(os.path.realpath(normal))
    except RefusedFileError as error:
        raise ConfigError(
            f"{label}: {shown(named)} is not read: {error.message}.", error.remedy
        ) from None
    if not real.is_file():
        raise ConfigError(f"{label}: {named} is not a file.", "Name a TOML file.")
    return real


def read_config(file: Path | None, place: RepositoryPlace) -> Document:
    """Return the document of the configuration file, an empty one without a file.

    Raises:
        ConfigError: it cannot be read, or is not TOML.
    """
    if file is None:
        return Document({}, FILE_NAME, {})
    inside = file.is_relative_to(place.boundary)
    shown_as = (
        file.relative_to(place.root) if file.is_relative_to(place.root) else file
    ).as_posix()
    try:
        content = read_regular(file, MAX_BYTES, root=place.boundary if inside else None)
        text = content.decode("utf-8-sig")
    except RefusedFileError as error:
        raise ConfigError(f"{shown_as}:1: {error.message}.", error.remedy) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown_as}:{line}: this is not UTF-8.", "Save it as UTF-8.") from None
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{shown_as}:1: this is over {MAX_BYTES:,} bytes.", "Shorten it.")
    return Document.parse(text, shown_as)


def input_file(
    named: str, base: Path, homes: Sequence[Path], document: Document, key: tuple[str, ...]
) -> Path:
    """Return a file to read, with links resolved.

    Raises:
        ConfigError: ``..`` or a link leads out of all ``homes``, or the path is refused.
    """
    if problem := path_problem(named):
        raise document.error(key, f"is {shown(named)}: it {problem}", _NAME_ANOTHER)
    refusal = RefusedFileError("file.outside", "", "")
    for home in homes:
        try:
            return resolve(base / named, home)
        except RefusedFileError as error:
            refusal = error
    if refusal.rule == "file.outside":
        message = f"leads out of the repository: {named}"
        raise document.error(key, message, "Put the file into the repository.")
    raise document.error(key, f"is {shown(named)}: {refusal.message}", refusal.remedy)


def output_file(
    key: str, default: str, flags: Flags, document: Document, root: Path
) -> tuple[Path, str]:
    """Return a file to write, and the name of its setting in errors.

    Outside the Action, a flag may have an absolute path, which is the user's own.

    Args:
        key: the name of the setting in the table ``[run]``.
        default: the default path, relative to the root.
        flags: the flags, or the inputs of the Action.
        document: the configuration.
        root: the root.

    Raises:
        ConfigError: the path is refused, or it is outside the root.
    """
    flag: str | None = getattr(flags, key)
    named = flag or document.text("run", key) or default
    source = f"{flags.label(key, f'{key}-path')}:" if flag else document.place("run", key)
    if problem := path_problem(named, output=True):
        raise ConfigError(f"{source} {shown(named)} {problem}.", _NAME_ANOTHER)
    path = Path(os.path.normpath(root / named))
    is_own = bool(flag) and not flags.workspace and Path(named).is_absolute()
    try:
        if path.is_relative_to(root) or not is_own:
            resolve(path, root)
    except RefusedFileError as error:
        if error.rule != "file.outside":
            raise ConfigError(f"{source} {shown(named)}: {error.message}.", error.remedy) from None
        remedy = "Write it inside the repository."
        if not flags.workspace:
            remedy = f"Write it inside, or pass an absolute path with --{key}."
        raise ConfigError(f"{source} leads out of the repository: {named}.", remedy) from None
    return path, source


class Target(NamedTuple):
    """A file that a run will write.

    Args:
        path: the file.
        label: the name of its setting in errors; it ends in a colon, or names a key.
        within: no link is followed below this folder; None where the path is the user's own.
        purpose: what the file is, for errors.
    """

    path: Path
    label: str
    within: Path | None
    purpose: str


def flag_target(named: str, flag: str, place: RepositoryPlace) -> Target:
    """Return the file that a flag names for a report, relative to the current folder.

    Raises:
        ConfigError: the path is refused, or it is relative and outside the repository.
    """
    label = f"{flag}:"
    if problem := path_problem(named, output=True):
        raise ConfigError(f"{label} {shown(named)} {problem}.", _NAME_ANOTHER)
    here = Path.cwd()
    path = Path(os.path.normpath(here / named))
    homes = [place.root, place.boundary]
    if not Path(named).is_absolute():
        home = place.root if here.is_relative_to(place.root) else here
        if not path.is_relative_to(home):
            raise ConfigError(
                f"{label} {shown(named)} leads out of the repository.",
                "Write it inside, or name it by its absolute path.",
            )
        homes.append(home)
    within = next((home for home in homes if path.is_relative_to(home)), None)
    return Target(path, label, within, "the report")


def require_own(root: Path) -> None:
    """Check that no folder above a root that was not named has a configuration.

    A run in a part of a configured repository would miss its vocabularies and its mapping. In a
    checkout, the folders up to its top are searched; outside of one, all folders above.

    Raises:
        UsageError: one of them has a configuration.
    """
    if os.path.lexists(root / FILE_NAME):
        return
    top = top_of(root)
    end = top if is_checkout(top) else Path(root.anchor)
    for folder in root.parents:
        if folder.is_relative_to(end) and os.path.lexists(folder / FILE_NAME):
            there = os.path.relpath(folder, root)
            raise UsageError(
                f"There is no {FILE_NAME} here, but there is one in '{there}': "
                f"{folder / FILE_NAME}.",
                f"Run there, or pass --root '{there}'. If this folder is a root of its own, pass "
                "--root '.'",
            )
