"""Manifests with canonical names in the place of synonyms: worked out, then written or shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.document import Violation, documents_of
from lukhas_notion.manifests.edits import Edit, UnprovenEdit, edited
from lukhas_notion.manifests.manifest import Manifest, read_file
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.validate.gates import load_vocabularies
from lukhas_notion.validate.names import name_violations


@dataclass(frozen=True, slots=True)
class FixedFile:
    """One file of manifests, as it is and as it is to be.

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


@dataclass(frozen=True, slots=True)
class NotFixed:
    """A file that is left as it is, and why."""

    path: str
    message: str
    remedy: str = ""


@dataclass(slots=True)
class FixResult:
    """What fixing several files came to."""

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
        found = read_file(config.root, path, config.form)
        manifests = [each for each in found if isinstance(each, Manifest)]
        if not manifests:
            wrong = next(each for each in found if isinstance(each, Violation))
            fixes.not_fixed.append(NotFixed(path, wrong.message, wrong.remedy))
            continue
        text, language = manifests[0].document.text, manifests[0].document.language
        texts: dict[int | None, dict[str, str]] = defaultdict(dict)
        for manifest in manifests:
            names = name_violations(manifest, config.mapping, vocabularies)
            fixed = {manifest.base + v.pointer: v.fix for v in names if v.fix}
            texts[manifest.document.number] |= fixed
        documents = documents_of(text, language)
        try:
            after, edits = edited(documents, [texts[each.number] for each in documents])
        except UnprovenEdit as error:
            fixes.not_fixed.append(NotFixed(path, str(error), "Write the names by hand."))
            continue
        if edits:
            fixes.fixed.append(FixedFile(path, text, after, edits))
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
