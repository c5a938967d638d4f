"""Page bodies: read from a file next to the manifest, or from the manifest, and checked."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from lukhas_notion.manifests.json_values import find
from lukhas_notion.manifests.manifest import Violation, file_of, read_manifest
from lukhas_notion.plan.page_record import DesiredBody, source_hash
from lukhas_notion.plan.property_spec import BodySpec
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.folder import RefusedFileError
from lukhas_notion.util.read_files import read_regular

if TYPE_CHECKING:
    from lukhas_notion.config.config import Config
    from lukhas_notion.manifests.manifest import Manifest
    from lukhas_notion.plan.mapping import Desired
    from lukhas_notion.plan.source import Source

#: Bytes of a file that are read; :mod:`lukhas_notion.plan.body` has the limit of a body.
_MAX_BYTES = 200_000
#: Longer than any link to a file, so that a body that passes here passes in every repository.
_LONG_ADDRESS = "https://long.example/" + "x" * 250
#: Links that became text, listed in one run.
_MAX_NOTICES = 10
_REMEDY = "Shorten it, or name another source under [page] in lukhas-notion.toml."
#: Delimiters of marks, links, tags and code; each level of nesting has two.
_DELIMITERS = re.compile(r"[\[\]<>*_~`]")
_MAX_DELIMITERS = 60
_BLANK = re.compile(r"\n[ \t]*\n")
#: Characters that a table cell takes in addition to its text.
_CELL = 40
#: The prefix of a line in a list or a quote: one character or more for each level of nesting.
_PREFIX = re.compile(r"[ \t>*+\-0-9.)]*")


@dataclass(frozen=True, slots=True)
class _Source:
    """The text of a body, its file, and its pointer if it is in the manifest."""

    path: str
    text: str
    pointer: str = ""


class Bodies:
    """Checks and makes the bodies of one configuration's pages.

    Args:
        config: names the source of a body.
        source: makes the links to files in a body; None if bodies are only checked.

    Attributes:
        notices: links that became text in the bodies that were made.
    """

    def __init__(self, config: Config, source: Source | None = None) -> None:
        self._config = config
        self._spec = config.mapping.body or BodySpec()
        self._source = source
        self.notices: list[str] = []

    @classmethod
    def gate(cls, config: Config) -> Self | None:
        """Return what checks the bodies; None if pages have none."""
        return cls(config) if config.mapping.body else None

    def check(self, manifest: Manifest) -> tuple[DesiredBody | None, list[Violation]]:
        """Return the body that a manifest wants, None for none, and its violations.

        A missing file or an empty text is not a body: the page's body stays as it is.
        """
        source = self._read(manifest)
        if source is None or isinstance(source, Violation):
            return None, [source] if source else []
        if problem := _problem(source):
            line, column = manifest.place(source.pointer) if source.pointer else (1, 1)
            message = f"the page's body {problem}"
            return None, [
                Violation(source.path, line, column, source.pointer, "limit.body", message, _REMEDY)
            ]
        return DesiredBody(source.path, source_hash(source.path, source.text)), []

    def make(self, desired: Desired) -> str:
        """Return the body of a module's page.

        Raises:
            UsageError: its source cannot be read any more, or is too large now.
        """
        from lukhas_notion.plan.body import BodyError, write_body

        manifest = read_manifest(self._config.root, desired.path, self._config.form)
        source = None if isinstance(manifest, Violation) else self._read(manifest)
        if not isinstance(source, _Source) or self._source is None:
            message = f"{desired.path}: the source of the page's body changed while it was read."
            raise UsageError(message, "Run again.")
        path = f"{self._source.prefix}{file_of(source.path)}"
        try:
            body = write_body(source.text, path, self._source.at_head, self._source.raw_at_head)
        except BodyError as error:
            raise UsageError(f"{source.path}: the page's body {error}.", _REMEDY) from None
        for target, why in body.left_out:
            self._note(f"{source.path}: the link to {target} {why}; on the page it is text.")
        return body.text

    def _note(self, notice: str) -> None:
        if len(self.notices) < _MAX_NOTICES:
            self.notices.append(notice)
        elif len(self.notices) == _MAX_NOTICES:
            self.notices.append("More links of bodies are text on their pages.")

    def _read(self, manifest: Manifest) -> _Source | Violation | None:
        """Return the source of a manifest's body, a violation if it cannot be read, or None."""
        if self._spec.file:
            folder = posixpath.dirname(file_of(manifest.path))
            return self._file(posixpath.join(folder, self._spec.file))
        for pattern in self._spec.pointers:
            for pointer, value in find(manifest.value, pattern):
                if not isinstance(value, str):
                    message = "the page's body is text, and this is not"
                    return manifest.violation(pointer, "mapping.type", message)
                return _Source(manifest.path, value, pointer) if value.strip() else None
        return None

    def _file(self, path: str) -> _Source | Violation | None:
        root = self._config.root
        if not os.path.lexists(root / path):
            return None
        try:
            content = read_regular(root / path, _MAX_BYTES, root=root)
        except RefusedFileError as error:
            return Violation(path, 1, 1, "", error.rule, error.message, error.remedy)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if len(content) <= _MAX_BYTES:
                line = content.count(b"\n", 0, error.start) + 1
                message = "the page's body is not UTF-8"
                return Violation(path, line, 1, "", "body.utf8", message, "Save it as UTF-8.")
            text = content.decode("utf-8", "replace")
        return _Source(path, text) if text.strip() else None


def _problem(source: _Source) -> str:
    """Return why Notion cannot store the body that a text makes, or ""."""
    if _is_small(source.text):
        return ""
    from lukhas_notion.plan.body import BodyError, write_body

    try:
        write_body(source.text, source.path, lambda _: _LONG_ADDRESS, lambda _: _LONG_ADDRESS)
    except BodyError as error:
        return str(error)
    return ""


def _is_small(text: str) -> bool:
    """Return whether a text is below every limit, whatever it says, so that it is not parsed.

    An upper bound is enough. Each block takes a line or an image, and each level of nesting a
    character before the text. A link becomes as long as an address. The tags of a table cell are
    written out, also of cells that a row does not have. Marks nest within one paragraph.
    """
    if "]:" in text or len(text) > 15_000:
        return False  # an address that many links share is written for each
    if any(len(_DELIMITERS.findall(part)) > _MAX_DELIMITERS for part in _BLANK.split(text)):
        return False
    lines = text.splitlines()
    prefixes = [match[0] if (match := _PREFIX.match(line)) else "" for line in lines]
    widest = max(line.count("|") for line in lines)
    links = text.count("](") + text.count("<") + text.count("://")
    size = 5 * len(text.encode("utf-8", "surrogatepass")) + widest * len(lines) * _CELL
    return (
        sum(1 + len(prefix.replace(" ", "")) for prefix in prefixes) + text.count("![") <= 900
        and all(len(prefix.expandtabs(4)) <= 28 for prefix in prefixes)
        and size + links * 2 * len(_LONG_ADDRESS) <= _MAX_BYTES
    )
