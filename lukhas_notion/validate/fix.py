"""Manifests with canonical names in the place of synonyms: worked out, then written or shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.json_edit import Edit, UnprovenEdit, edited
from lukhas_notion.manifests.json_reader import locate
from lukhas_notion.manifests.manifest import Manifest, read_manifest
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.validate.gates import load_vocabularies
from lukhas_notion.validate.names import name_violations


@dataclass(frozen=True, slots=True)
class FixedFile:
    """One manifest, as it is and as it is to be.

    Args:
        path: relative to the root, with forward slashes.
        before: the file's text, byte for byte.
        after: what it becomes.
        edits: the difference, in order.
    """

    path: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    edits: tuple[Edit, ...]

    @property
    def names(self) -> int:
        """How many names are fixed."""
        return sum(edit.asked for edit in self.edits)

    def line(self, edit: Edit) -> int:
        """Return the line, from 1, of the value that an edit is about."""
        return locate(self.before, edit.pointer).line


@dataclass(frozen=True, slots=True)
class NotFixed:
    """A manifest that is left as it is, and why."""

    path: str
    message: str
    remedy: str = ""


@dataclass(slots=True)
class FixResult:
    """What fixing several manifests came to."""

    fixed: list[FixedFile] = field(default_factory=list)
    not_fixed: list[NotFixed] = field(default_factory=list)

    @property
    def names(self) -> int:
        """How many names are fixed."""
        return sum(each.names for each in self.fixed)


def plan_fixes(config: Config, violations: Iterable[Violation]) -> FixResult:
    """Work out what the manifests with a fixable violation are to be. Nothing is written.

    Each is read anew and its names are checked once more, so that what is replaced is what is
    there now.

    Raises:
        ConfigError: a vocabulary cannot be read.
    """
    fixes = FixResult()
    paths = sorted({v.path for v in violations if v.fix})
    vocabularies = load_vocabularies(config) if paths else {}
    for path in paths:
        manifest = read_manifest(config.root, path, volatile=config.volatile)
        if not isinstance(manifest, Manifest):
            fixes.not_fixed.append(NotFixed(path, manifest.message, manifest.remedy))
            continue
        found = name_violations(manifest, config.mapping, vocabularies)
        texts = {v.pointer: v.fix for v in found if v.fix}
        try:
            after, edits = edited(manifest.text, manifest.value, texts)
        except UnprovenEdit as error:
            fixes.not_fixed.append(NotFixed(path, str(error), "Write the names by hand."))
            continue
        if edits:
            fixes.fixed.append(FixedFile(path, manifest.text, after, edits))
    return fixes


def write(config: Config, fixes: FixResult) -> FixResult:
    """Write what was worked out; a file that cannot be written stays as it is and is reported."""
    from lukhas_notion.util.write_files import replace_bytes

    done = FixResult(not_fixed=list(fixes.not_fixed))
    for fixed in fixes.fixed:
        path = config.root / fixed.path
        try:
            replace_bytes(path, fixed.before.encode(), fixed.after.encode(), root=config.root)
        except LukhasNotionError as error:
            done.not_fixed.append(NotFixed(fixed.path, error.message, error.remedy))
        else:
            done.fixed.append(fixed)
    return done
