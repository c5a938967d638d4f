"""The bodies of pages: read from files beside manifests, or out of them, and held to the limits."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.manifests.json_values import find
from lukhas_notion.manifests.manifest import Violation, file_of, read_manifest
from lukhas_notion.plan.page_record import DesiredBody, source_hash
from lukhas_notion.plan.property_spec import BodySpec
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.read_files import RefusedFileError, read_regular

if TYPE_CHECKING:
    from lukhas_notion.config.config import Config
    from lukhas_notion.manifests.manifest import Manifest
    from lukhas_notion.plan.mapping import Desired
    from lukhas_notion.plan.source import Source

#: Bytes of a file that are read; :mod:`lukhas_notion.plan.body` has the limit of a body.
_MAX_BYTES = 200_000
#: As long as any address of a file, so that what passes here passes in every repository.
_LONG_ADDRESS = "https://long.example/" + "x" * 250
#: Links that became text and are named in one run.
_MOST_NOTICES = 10
_REMEDY = "Shorten it, or name another source under [page] in lukhas-notion.toml."
#: What marks, links, tags and code begin and end with; two for each level of nesting.
_DELIMITERS = re.compile(r"[\[\]<>*_~`]")
_MOST_DELIMITERS = 60
_BLANK = re.compile(r"\n[ \t]*\n")
#: Characters that a cell of a table takes beside its text.
_CELL = 40
#: What begins a line of a list or a quote; each level of nesting takes a character or more.
_PREFIX = re.compile(r"[ \t>*+\-0-9.)]*")


@dataclass(frozen=True, slots=True)
class _Source:
    """A text that becomes a body, with its file and, where it is in the manifest, its pointer."""

    path: str
    text: str
    pointer: str = ""


class Bodies:
    """The bodies that one configuration's manifests have.

    Args:
        config: where the files are, and which texts become bodies.
        source: for the addresses of files that a body links to; None to check alone.

    Attributes:
        notices: what a person should know of the bodies that were made.
    """

    def __init__(self, config: Config, source: Source | None = None) -> None:
        self._config = config
        self._spec = config.mapping.body or BodySpec()
        self._source = source
        self.notices: list[str] = []

    def check(self, manifest: Manifest) -> tuple[DesiredBody | None, list[Violation]]:
        """Return what a manifest's body is made from, None for none, and what is wrong with it.

        A file that is not there is no body, and neither is an empty text: the page's body stays.
        """
        found = self._read(manifest)
        if found is None or isinstance(found, Violation):
            return None, [found] if found else []
        if problem := _problem(found):
            line, column = manifest.place(found.pointer) if found.pointer else (1, 1)
            said = f"the page's body {problem}"
            return None, [
                Violation(found.path, line, column, found.pointer, "limit.body", said, _REMEDY)
            ]
        return DesiredBody(found.path, source_hash(found.path, found.text)), []

    def make(self, want: Desired) -> str:
        """Return the body that a module's page is to have.

        Raises:
            UsageError: its source is another one than it was when it was checked.
        """
        from lukhas_notion.plan.body import BodyError, write_body

        manifest = read_manifest(self._config.root, want.path, self._config.form)
        found = None if isinstance(manifest, Violation) else self._read(manifest)
        if not isinstance(found, _Source) or self._source is None:
            said = f"{want.path}: the source of the page's body changed while it was read."
            raise UsageError(said, "Run again.")
        source, prefix = self._source, self._source.prefix
        try:
            body = write_body(
                found.text, f"{prefix}{file_of(found.path)}", source.at_head, source.raw_at_head
            )
        except BodyError as error:
            raise UsageError(f"{found.path}: the page's body {error}.", _REMEDY) from None
        for target, why in body.left_out:
            self._note(f"{found.path}: the link to {target} {why}; on the page it is text.")
        return body.text

    def _note(self, said: str) -> None:
        if len(self.notices) < _MOST_NOTICES:
            self.notices.append(said)
        elif len(self.notices) == _MOST_NOTICES:
            self.notices.append("More links of bodies are text on their pages.")

    def _read(self, manifest: Manifest) -> _Source | Violation | None:
        """Return the source of a manifest's body, or why it cannot be read; None for none."""
        if self._spec.file:
            folder = posixpath.dirname(file_of(manifest.path))
            return self._file(posixpath.join(folder, self._spec.file))
        for each in self._spec.pointers:
            for pointer, got in find(manifest.value, each):
                return self._value(manifest, pointer, got)
        return None

    def _value(self, manifest: Manifest, pointer: str, got: object) -> _Source | Violation | None:
        if isinstance(got, str):
            return _Source(manifest.path, got, pointer) if got.strip() else None
        line, column = manifest.place(pointer)
        said = "the page's body is text, and this is not"
        return Violation(manifest.path, line, column, pointer, "mapping.type", said)

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
                said = "the page's body is not UTF-8"
                return Violation(path, line, 1, "", "body.utf8", said, "Save it as UTF-8.")
            text = content.decode("utf-8", "replace")
        return _Source(path, text) if text.strip() else None


def _problem(source: _Source) -> str:
    """Return why Notion cannot hold the body that a text makes, ""  where it can."""
    if _is_small(source.text):
        return ""
    from lukhas_notion.plan.body import BodyError, write_body

    try:
        write_body(source.text, source.path, lambda _: _LONG_ADDRESS, lambda _: _LONG_ADDRESS)
    except BodyError as error:
        return str(error)
    return ""


def _is_small(text: str) -> bool:
    """Whether a text meets no limit, whatever it says: most do, and need not be parsed for it.

    Each block takes a line or an image, each level of nesting a character before the text; a link
    can become as long as an address, and a cell's tags are written out, also of the cells that a
    row lacks. Marks nest within one paragraph.
    """
    if "]:" in text or len(text) > 15_000:
        return False  # an address that many links share would be written for each
    if any(len(_DELIMITERS.findall(each)) > _MOST_DELIMITERS for each in _BLANK.split(text)):
        return False
    lines = text.splitlines()
    prefixes = [found[0] if (found := _PREFIX.match(line)) else "" for line in lines]
    widest = max(line.count("|") for line in lines)
    links = text.count("](") + text.count("<") + text.count("://")
    size = 4 * len(text.encode("utf-8", "surrogatepass")) + widest * len(lines) * _CELL
    return (
        sum(1 + len(prefix.replace(" ", "")) for prefix in prefixes) + text.count("![") <= 900
        and all(len(prefix.expandtabs(4)) <= 28 for prefix in prefixes)
        and size + links * 2 * len(_LONG_ADDRESS) <= _MAX_BYTES
    )
