"""The paths of a configuration: the root, the file, what is read, and what is written.

What is named in the file or in an input of the Action may be a stranger's choice, and what a path
leads to may be a stranger's link in any case. So names are checked first, and links are followed
only as far as the boundary: the workspace in the Action, else git's top level, else the root.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lukhas_notion.config.document import FILE_NAME, Document
from lukhas_notion.util.errors import ConfigError, UsageError
from lukhas_notion.util.git import is_checkout, top_of
from lukhas_notion.util.paths import path_hazard, path_problem, shown
from lukhas_notion.util.read_files import RefusedFileError, read_regular, resolve

MAX_BYTES = 1024 * 1024
"""Bytes in a configuration file."""
_NAME_ANOTHER = "Name another file."


class Place(NamedTuple):
    """Where a repository is.

    Args:
        root: the folder of the manifests, without links.
        boundary: the folder that no link leads out of; it is the root or above it.
    """

    root: Path
    boundary: Path


def find_place(named: str | None, workspace: str | None = None) -> Place:
    """Return where the repository is, by ``--root`` or by the inputs of the Action.

    Args:
        named: the root; without it, it is the folder that the process is in.
        workspace: in the Action, the folder that ``named`` is relative to.

    Raises:
        ConfigError: it is no folder, or a link leads out of the checkout.
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
            f"{label}: {shown(given)} is not taken: {error.message}.",
            "Name the folder itself, by its own path.",
        ) from None
    if not root.is_dir():
        said = f"{label}: {given} is not a folder."
        raise ConfigError(said, "Name the repository's folder.")
    return Place(root, boundary)


def _followed(start: Path, given: str) -> Path:
    """Return where a path leads; a link in a checkout may not lead out of that checkout.

    A relative path's links stay below the folder that it begins in, if that is no checkout.

    Raises:
        RefusedFileError: one does.
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
    named: str | None, place: Place, label: str, *, from_root: bool = False
) -> Path | None:
    """Return the configuration file, without links; None where none is named and none is there.

    An absolute path outside the boundary is the user's own. A relative path is looked for from the
    folder that the process is in, then from the root; in the Action from the root alone.

    Raises:
        ConfigError: what is named is no file, or leads out of the boundary.
    """
    if named is None:
        default = place.root / FILE_NAME
        # A link that leads nowhere is there; reading it is the error.
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
            said = "the file is outside the repository"
            raise RefusedFileError("file.outside", said, "Name it by its absolute path.")
        else:
            real = Path(os.path.realpath(normal))
    except RefusedFileError as error:
        raise ConfigError(
            f"{label}: {shown(named)} is not read: {error.message}.", error.remedy
        ) from None
    if not real.is_file():
        raise ConfigError(f"{label}: {named} is not a file.", "Name a TOML file.")
    return real


def read_config(file: Path | None, place: Place) -> Document:
    """Return the configuration's document; without a file, an empty one.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
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
    """Return a file that is read, without links; neither ``..`` nor a link leads out of ``homes``.

    Raises:
        ConfigError: it does, or its name is not taken.
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
        said = f"leads out of the repository: {named}"
        raise document.error(key, said, "Put the file into the repository.")
    raise document.error(key, f"is {shown(named)}: {refusal.message}", refusal.remedy)


class OutputSetting(NamedTuple):
    """A setting for a file that is written.

    Args:
        key: its name in the table ``[run]``.
        flag: what the flag or the input says.
        label: how an error calls that flag or input.
        default: what holds where nobody says anything; relative to the root.
        absolute: whether the flag may be an absolute path, which is the user's own.
    """

    key: str
    flag: str | None
    label: str
    default: str
    absolute: bool = True


def output_file(setting: OutputSetting, document: Document, root: Path) -> tuple[Path, str]:
    """Return a file that is written, and where that was said, for an error.

    Raises:
        ConfigError: its name is not taken, or it lies outside the root.
    """
    filed = document.text("run", setting.key)
    said = setting.flag or filed or setting.default
    source = f"{setting.label}:" if setting.flag else document.place("run", setting.key)
    if problem := path_problem(said, output=True):
        raise ConfigError(f"{source} {shown(said)} {problem}.", _NAME_ANOTHER)
    path = Path(os.path.normpath(root / said))
    own = bool(setting.flag) and setting.absolute and Path(said).is_absolute()
    try:
        if path.is_relative_to(root) or not own:
            resolve(path, root)
    except RefusedFileError as error:
        if error.rule != "file.outside":
            raise ConfigError(f"{source} {shown(said)}: {error.message}.", error.remedy) from None
        remedy = "Write it inside the repository."
        if setting.absolute:
            remedy = f"Write it inside, or pass an absolute path with --{setting.key}."
        raise ConfigError(f"{source} leads out of the repository: {said}.", remedy) from None
    return path, source


class Target(NamedTuple):
    """A file that a run is to write.

    Args:
        path: the file.
        label: where it was named, for an error; it ends in a colon, or names a key.
        within: no link is followed below this folder; None where the path is the user's own.
        purpose: what the file is to be.
    """

    path: Path
    label: str
    within: Path | None
    purpose: str


def flag_target(named: str, flag: str, place: Place) -> Target:
    """Return the file that a flag names for a report: from the folder that the process is in.

    Raises:
        ConfigError: its name is not taken; or it is relative and lies outside the repository.
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
    """Check that a folder which nobody named is not just a part of a configured one.

    Without the configuration above it, its vocabularies and its mapping would be passed over. In a
    checkout nothing above its top is looked at; outside any, every folder above is.

    Raises:
        UsageError: it is.
    """
    if os.path.lexists(root / FILE_NAME):
        return
    top = top_of(root)
    end = top if is_checkout(top) else Path(root.anchor)
    for folder in root.parents:
        if folder.is_relative_to(end) and os.path.lexists(folder / FILE_NAME):
            there = os.path.relpath(folder, root)
            raise UsageError(
                f"There is no {FILE_NAME} here, and one in '{there}': {folder / FILE_NAME}.",
                f"Run there, or pass --root '{there}'. If this folder is a root of its own, pass "
                "--root '.'",
            )
