"""What holds for every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from lukhas_notion.util import redaction

# A busy machine is no failure: no example has a deadline, and slow generation is not complained of.
settings.register_profile("no-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no-clock")

#: What Windows has not: a test that calls it is skipped there.
for _name in ("fork", "mkfifo"):
    if not hasattr(os, _name):
        setattr(os, _name, lambda *_: pytest.skip("this system has no such function"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget the secrets of the test before: a process knows all that it was ever given."""
    redaction._known.clear()
