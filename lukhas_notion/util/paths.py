"""The text of paths: which names are allowed.

Names must be allowed on every platform, so that a configuration that one platform accepts is
accepted on all. :mod:`lukhas_notion.util.folder` checks the files themselves.
"""

from __future__ import annotations

import re
import unicodedata

from lukhas_notion.util.text import is_hidden, normalized, spell_hidden

#: NTFS gives every long name a short one: ``.git`` is ``git~1``.
_SHORT_GIT = re.compile(r"git~[0-9]+")
#: Names that are devices on Windows, whatever their extension and in every folder
#: (learn.microsoft.com, "Naming Files, Paths, and Namespaces").
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])")
#: Characters of globs, which the next step of a workflow may expand, and those that Windows refuses
#: in names.
_PATTERN = re.compile(r'[*?\[\]"<>|]')
_ABSOLUTE = re.compile(r"[\\/]|[A-Za-z]:")
_SHOWN = 120


def path_problem(text: str, *, output: bool = False) -> str:
    """Return why a path is refused, the end of a sentence about it, or "".

    Args:
        text: the path as it was given.
        output: whether a file is written there; then it must not look like a glob either.
    """
    if hazard := path_hazard(text):
        return hazard
    if spell_hidden(text) != text:
        return "has a line break, or a control or invisible character, in it"
    *folders, last = re.split(r"[\\/]", text)
    if any(is_git_name(name) for name in (*folders, last)):
        return "leads into a .git folder"
    # The folders of an absolute path are the user's own.
    names = [last] if _ABSOLUTE.match(text) else [*folders, last]
    return next(filter(None, (_name_problem(name, output=output) for name in names)), "")


def path_hazard(text: str) -> str:
    """Return why even a path of the user's own is refused, as :func:`path_problem` does."""
    if is_network_path(text):
        return "names another computer or a device"
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text):
        return "has a line break, or a control or invisible character, in it"
    return ""


def _name_problem(name: str, *, output: bool) -> str:
    if _DEVICE.fullmatch(_compared(name).partition(".")[0].strip()):
        return f"has {name!r} in it, which is a device on Windows"
    if not output or name in ("", ".", ".."):
        return ""
    if "::" in name:
        return "has '::' in it: it names a stream of another file on Windows"
    if match := _PATTERN.search(name):
        return f"has {match[0]!r} in it, which a later step takes for a pattern"
    if name[0] in "!#~-" or name[-1] in ". ":
        return f"has {name!r} in it, which other tools do not take as a plain name"
    return ""


def is_git_name(name: str) -> bool:
    """Return whether a platform takes one name of a path for ``.git``.

    Case, characters that a file system ignores, trailing dots and spaces, short names and the
    streams of NTFS (``.git::$INDEX_ALLOCATION``) make no difference.
    """
    if name.isascii() and "git" not in name.lower():
        return False  # a quick answer for most names
    plain = _compared(name)
    return plain == ".git" or _SHORT_GIT.fullmatch(plain) is not None


def is_network_path(text: str) -> bool:
    r"""Return whether a path begins like that of another computer or device: ``\\server``, ``//``.

    Windows connects, and sends the user's credentials, as soon as such a path is accessed.
    """
    return re.match(r"[\\/]{2}", text) is not None


def shown(text: str) -> str:
    """Return a path as an error quotes it: printable and shortened."""
    return ascii(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!a}…"


def _compared(name: str) -> str:
    """Return a name as the most lenient file system compares it: HFS+ ignores characters."""
    folded = normalized("NFKD", name).casefold()
    kept = "".join(c for c in folded if not (is_hidden(c) or unicodedata.combining(c)))
    return kept.partition(":")[0].rstrip(". ")
