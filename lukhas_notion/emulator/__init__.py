"""A local Notion for demonstrations, tests and users' own CI, at least as strict as the real one.

It imports nothing of the rest of the package, so that it cannot share its bugs::

    emulator = Emulator()
    ids = default_database(emulator)
    with httpx.Client(transport=emulator.transport()) as client: ...   # without a socket
    with serve(emulator) as url: ...                                   # over HTTP

Importing this package is cheap: each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lukhas_notion.emulator.app import RequestRecord
    from lukhas_notion.emulator.dates import Clock
    from lukhas_notion.emulator.emulator import (
        DEFAULT_TOKEN,
        Emulator,
        default_database,
        run,
        serve,
    )
    from lukhas_notion.emulator.faults import FaultPlan, FaultRule, Injected
    from lukhas_notion.emulator.person import DatabaseIds

__all__ = [
    "DEFAULT_TOKEN",
    "Clock",
    "DatabaseIds",
    "Emulator",
    "FaultPlan",
    "FaultRule",
    "Injected",
    "RequestRecord",
    "default_database",
    "run",
    "serve",
]

_HOME = {
    "Clock": "dates",
    "DatabaseIds": "person",
    "FaultPlan": "faults",
    "FaultRule": "faults",
    "Injected": "faults",
    "RequestRecord": "app",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f"{__name__}.{_HOME.get(name, 'emulator')}")
    return getattr(home, name)


def __dir__() -> list[str]:
    return __all__
