"""Which fixed lines can be suggested: those of the diff that read as in the checkout."""

from __future__ import annotations

import json
from pathlib import Path

from lukhas_notion.action.suggestions import suggestions
from lukhas_notion.config.config import Flags, load
from lukhas_notion.github.line_comments import Hunk
from lukhas_notion.validate.gates import Gates
from lukhas_notion.validate.select import select
from lukhas_notion.validate.vocabulary_gate import FixedFile, plan_fixes

TEXT = '{\n  "module": "alpha",\n  "features": [\n    "find",\n    "export"\n  ]\n}\n'
LINES = tuple(TEXT.splitlines())


def fixed(root: Path) -> list[FixedFile]:
    """Return the fixes of a manifest with one synonym, in its fourth line."""
    (root / "vocab").mkdir()
    vocabulary = {"search": {"synonyms": ["find"]}, "export": {}}
    (root / "vocab/features.json").write_text(json.dumps(vocabulary))
    (root / "vocab/tags.json").write_text("[]")
    (root / "alpha").mkdir()
    (root / "alpha/module.manifest.json").write_text(TEXT)
    config = load(Flags(root=str(root)), {})
    found = select(config, Gates.load(config))
    return list(plan_fixes(config, found.violations).fixed)


def test_a_line_of_the_diff_is_suggested(tmp_path: Path) -> None:
    """By its path in the repository, with how many names it fixes."""
    hunk = Hunk(2, LINES[1:6])
    changed = {"services/alpha/module.manifest.json": (hunk,)}
    [found] = suggestions(fixed(tmp_path), changed, "services/")
    comment = found.comment
    assert (comment.path, comment.first, comment.last) == (*changed, 4, 4)
    assert '    "search",' in comment.body
    assert found.names == 1


def test_what_is_not_in_the_diff_is_left_to_the_command(tmp_path: Path) -> None:
    """Another file, another line, and a line that reads otherwise in the diff."""
    files = fixed(tmp_path)
    path = "alpha/module.manifest.json"
    other = Hunk(4, ('    "found",',))
    assert suggestions(files, {}, "") == []
    assert suggestions(files, {path: (Hunk(1, LINES[:3]),)}, "") == []
    assert suggestions(files, {path: (other,)}, "") == []
    assert suggestions(files, {path: (Hunk(4, LINES[3:4]),)}, "elsewhere/") == []
