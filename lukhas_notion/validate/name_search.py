"""Which manifests have a name, without parsing all of a large repository."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.manifest import MAX_BYTES, Manifest, read_file
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.nearest import nearest
from lukhas_notion.util.read_files import peek
from lukhas_notion.util.text import counted, fold, normalized

#: Modules that one message lists at most.
_SHOWN = 10


def manifests_named(config: Config, paths: Sequence[str], modules: Sequence[str]) -> list[str]:
    """Return the manifests of the named modules."""
    by_name: dict[str, list[str]] = {}
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(fold(PurePosixPath(path).parent.name), []).append(path)
    for manifest in possible_manifests(config, paths, modules):
        name = config.mapping.module_name(manifest.value, manifest.path)
        if name is not None:
            by_name.setdefault(fold(name), []).append(manifest.path)
    chosen: list[str] = []
    for module in modules:
        found = by_name.get(fold(module)) or by_folder.get(fold(module))
        if not found:
            raise _unknown(module, config, paths, by_folder)
        chosen.extend(found)
    return sorted(set(chosen))


def _unknown(
    module: str, config: Config, paths: Sequence[str], folders: Iterable[str]
) -> UsageError:
    """Return the error for a module that no manifest and no folder is called by."""
    read = [each for path in paths for each in read_file(config.root, path, config.form)]
    mapping = config.mapping
    names = {mapping.module_name(m.value, m.path) for m in read if isinstance(m, Manifest)}
    near = nearest(module, [*sorted(filter(None, names)), *folders])
    hint = f"Did you mean {near[0]!r}?" if near else _listed(sorted(filter(None, names)))
    if unread := [each.path for each in read if isinstance(each, Violation)]:
        hint = (
            f"{counted(len(unread), 'manifest')} could not be read, of which it may be "
            f"{_likeliest(module, config, unread)}; see `lukhas-notion validate --all`."
        )
        hint += f" Or did you mean {near[0]!r}?" if near else ""
    return UsageError(f"No module or folder is named {module!r}.", hint)


def _listed(names: Sequence[str]) -> str:
    """Return a sentence that lists the modules, :data:`_SHOWN` at most."""
    if not names:
        return "No manifest names a module: `lukhas-notion validate --all` says what they lack."
    shown = ", ".join(map(repr, names[:_SHOWN]))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"The modules are {shown}{more}."


def _likeliest(module: str, config: Config, paths: Sequence[str]) -> str:
    """Return which of several files is most likely the module's: by its text, then by its path."""

    def spells(path: str) -> bool:
        return module.encode() in (peek(f"{config.root}/{path}", MAX_BYTES) or b"")

    likely = list(filter(spells, paths)) or list(paths)
    folders = {str(PurePosixPath(path).parent).replace("/", "."): path for path in likely}
    near = nearest(module, folders)
    return folders[near[0]] if near else likely[0]


def possible_manifests(
    config: Config, paths: Sequence[str], names: Iterable[str]
) -> Iterator[Manifest]:
    """Yield every manifest that may have a name that looks like one of ``names``, and some more.

    A file that does not even spell one of them is not parsed: most of them, in a large repository.
    One that cannot be read is passed over; it is for a run that selects it to say so.
    """
    may_be = may_have(names, config.mapping.title)
    for path in paths:
        content = peek(f"{config.root}/{path}", MAX_BYTES)
        if content is not None and not may_be(content):
            continue
        found = read_file(config.root, path, config.form)
        yield from (each for each in found if isinstance(each, Manifest))


def may_have(names: Iterable[str], title: PropertySpec) -> Callable[[bytes], bool]:
    """Return whether a file may be a manifest with a name that looks like one of ``names``."""
    listed = {fold(name) for name in names}
    spelled = [
        [word.encode() for word in name.split()] for name in listed if _is_plain(name, title)
    ]
    if len(spelled) < len(listed):
        return lambda _: True

    def spells(content: bytes) -> bool:
        # With an escape or a DEL in it, a file may spell a name otherwise.
        if b"\\" in content or b"\x7f" in content:
            return True
        if not content.isascii():
            content = _ascii(content)
        return any(all(word in content for word in words) for words in spelled)

    return spells


def _ascii(content: bytes) -> bytes:
    """Return what is left of a text without the characters that no folded ASCII name has."""
    text = normalized("NFC", content.decode("utf-8", "replace"))
    return text.encode("ascii", "ignore")


def _is_plain(name: str, title: PropertySpec) -> bool:
    """Whether a manifest has to spell each word of the name as it is.

    A number may be written in several ways, and what is joined stands apart.
    """
    if any(pointer.startswith("@") for pointer in title.pointers):
        # It may be taken from the file's path.
        return False
    joined = title.each is not None or title.join in name
    return name.isascii() and not joined and not _NUMBER.fullmatch(name)


_NUMBER = re.compile(r"[-+.0-9eE]+")
