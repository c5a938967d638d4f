"""``validate --fix`` and ``--fix --diff``: mend, tell, and know what there is to say at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lukhas_notion.cli.context import Context
from lukhas_notion.config.config import Config
from lukhas_notion.manifests.violation import Violation, fixable
from lukhas_notion.util.plural import counted

if TYPE_CHECKING:
    from lukhas_notion.validate.fix import FixResult


@dataclass(frozen=True, slots=True)
class Fixes:
    """What became of mending; without arguments, that none was asked for.

    Args:
        names: how many names were written, or would be.
        files: in how many files.
        written: whether any file was.
        left: the files that could not be mended.
        document: its part of the JSON document.
    """

    names: int = 0
    files: int = 0
    written: bool = False
    left: frozenset[str] = frozenset()
    document: dict[str, Any] = field(default_factory=lambda: {"fixed": [], "not_fixed": []})

    @property
    def failed(self) -> bool:
        """Whether a file could not be mended."""
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
    from lukhas_notion.report.mending import mended_lines, mending_data, not_mended_lines
    from lukhas_notion.validate.fix import mend, write

    mending = mend(config, violations)
    if show_only:
        return _shown(mending, context)
    done = write(config, mending)
    for line in (*mended_lines(done), *not_mended_lines(done)):
        context.say(line)
    return Fixes(done.names, len(done.mended), bool(done.mended), _left(done), mending_data(done))


def _shown(mending: FixResult, context: Context) -> Fixes:
    from lukhas_notion.report.mending import (
        mending_data,
        not_mended_lines,
        terminal_diff,
        unified_diff,
    )

    for mended in mending.mended:
        for line in terminal_diff(mended):
            context.say(line)
    for line in not_mended_lines(mending):
        context.say(line)
    diff = "".join(f"{line}\n" for mended in mending.mended for line in unified_diff(mended))
    document = {**mending_data(replace(mending, mended=[])), "diff": diff}
    return Fixes(mending.names, len(mending.mended), left=_left(mending), document=document)


def _left(mending: FixResult) -> frozenset[str]:
    return frozenset(each.path for each in mending.not_mended)
