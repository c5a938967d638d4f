"""``validate --fix`` and ``--fix --diff``: fix names, and report what was fixed and what not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lukhas_notion.cli.context import Context
from lukhas_notion.config.config import Config
from lukhas_notion.manifests.violation import Violation, fixable
from lukhas_notion.report import json
from lukhas_notion.util.text import counted

if TYPE_CHECKING:
    from lukhas_notion.validate.fix import FixResult


@dataclass(frozen=True, slots=True)
class Fixes:
    """What became of the fixes; without arguments, that none was asked for.

    Args:
        names: how many names were written, or would be.
        files: in how many files.
        written: whether any file was.
        left: the files that could not be fixed.
        document: its part of the JSON document.
    """

    names: int = 0
    files: int = 0
    written: bool = False
    left: frozenset[str] = frozenset()
    document: dict[str, Any] = field(default_factory=lambda: {"fixed": [], "not_fixed": []})

    @property
    def failed(self) -> bool:
        """Whether a file could not be fixed."""
        return bool(self.left)

    def without_dead_advice(self, violations: Iterable[Violation]) -> list[Violation]:
        """Return violations, of which none advises to fix a file that could not be fixed."""
        return [replace(v, fix="") if v.path in self.left else v for v in violations]

    def closing(self, left: Iterable[Violation], *, asked: bool) -> str:
        """Return the last line: what was written, or what could be; "" where there is nothing."""
        if self.names:
            done = "Fixed" if self.written else "Nothing was written; --fix alone would fix"
            return f"{done} {counted(self.names, 'name')} in {counted(self.files, 'file')}."
        count = fixable(left)
        if count and not asked:
            return f"{count} can be fixed: run it again with --fix, or --fix --diff to look first."
        return ""


def fix(
    config: Config, violations: Iterable[Violation], context: Context, *, show_only: bool
) -> Fixes:
    """Write canonical names in the place of what certainly means them, or show the difference.

    Raises:
        ConfigError: a vocabulary cannot be read.
    """
    from lukhas_notion.report.fixes import fixed_lines, not_fixed_lines
    from lukhas_notion.validate.fix import plan_fixes, write

    fixes = plan_fixes(config, violations)
    if show_only:
        return _shown(fixes, context)
    done = write(config, fixes)
    for line in (*fixed_lines(done), *not_fixed_lines(done)):
        context.say(line)
    return Fixes(done.names, len(done.fixed), bool(done.fixed), _left(done), json.fixes(done))


def _shown(fixes: FixResult, context: Context) -> Fixes:
    from lukhas_notion.report.fixes import not_fixed_lines, terminal_diff, unified_diff

    for fixed in fixes.fixed:
        for line in terminal_diff(fixed):
            context.say(line)
    for line in not_fixed_lines(fixes):
        context.say(line)
    diff = "".join(f"{line}\n" for fixed in fixes.fixed for line in unified_diff(fixed))
    document = {**json.fixes(replace(fixes, fixed=[])), "diff": diff}
    return Fixes(fixes.names, len(fixes.fixed), left=_left(fixes), document=document)


def _left(fixes: FixResult) -> frozenset[str]:
    return frozenset(each.path for each in fixes.not_fixed)
