"""Everything outside the package that the Action uses, built in one place and handed in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from lukhas_notion.github.stored_files import Download, download
from lukhas_notion.util.runtime import Runtime

if TYPE_CHECKING:
    from github.Repository import Repository

OpenRepository = Callable[[str, str, str], "Repository"]


@dataclass(slots=True)
class ActionRuntime:
    """What the Action uses of the world.

    Args:
        environ: the step's environment.
        stdout: where workflow commands and the log go.
        runtime: clock, randomness and network for the run itself.
        open_repository: (token, api_url, ``owner/name``) → PyGithub's repository.
        random_hex: makes a delimiter that a stranger's text cannot foresee.
        download: (address, token, most bytes) → an artifact.
    """

    environ: Mapping[str, str]
    stdout: IO[str]
    runtime: Runtime
    open_repository: OpenRepository
    random_hex: Callable[[], str] = field(default=lambda: secrets.token_hex(16))
    download: Download = download
