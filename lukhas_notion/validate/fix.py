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
from lukhas_notion.validate.names import name_violations
from lukhas_notion.validate.select import load_vocabularies


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
        """How many names are mended."""
        return sum(edit.asked for edit in self.edits)

    def line(self, edit: Edit) -> int:
        """Return the line, from 1, of the value that an edit is about."""
        return locate(self.before, edit.pointer).line


@dataclass(frozen=True, slots=True)
class NotMended:
    """A manifest that is left as it is, and why."""

    path: str
    message: str
    remedy: str = ""


@dataclass(slots=True)
class FixResult:
    """What mending several manifests came to."""

    mended: list[FixedFile] = field(default_factory=list)
    not_mended: list[NotMended] = field(default_factory=list)

    @property
    def names(self) -> int:
        """How many names are mended."""
        return sum(each.names for each in self.mended)


def mend(config: Config, violations: Iterable[Violation]) -> FixResult:
    """Work out what the manifests with a fixable violation are to be. Nothing is written.

    Each is read anew and its names are checked once more, so that what is replaced is what is
    there now.

    Raises:
        ConfigError: a vocabulary cannot be read.
    """
    mending = FixResult()
    paths = sorted({v.path for v in violations if v.fix})
    vocabularies = load_vocabularies(config) if paths else {}
    for path in paths:
        manifest = read_manifest(config.root, path, volatile=config.volatile)
        if not isinstance(manifest, Manifest):
            mending.not_mended.append(NotMended(path, manifest.message, manifest.remedy))
            continue
        found = name_violations(manifest, config.mapping, vocabularies)
        texts = {v.pointer: v.fix for v in found if v.fix}
        try:
            after, edits = edited(manifest.text, manifest.value, texts)
        except UnprovenEdit as error:
            mending.not_mended.append(NotMended(path, str(error), "Write the names by hand."))
            continue
        if edits:
            mending.mended.append(FixedFile(path, manifest.text, after, edits))
    return mending


def write(config: Config, mending: FixResult) -> FixResult:
    """Write what was worked out; a file that cannot be written stays as it is, and is told of."""
    from lukhas_notion.util.write_files import replace_bytes

    done = FixResult(not_mended=list(mending.not_mended))
    for mended in mending.mended:
        path = config.root / mended.path
        try:
            replace_bytes(path, mended.before.encode(), mended.after.encode(), root=config.root)
        except LukhasNotionError as error:
            done.not_mended.append(NotMended(mended.path, error.message, error.remedy))
        else:
            done.mended.append(mended)
    return done
