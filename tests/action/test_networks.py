"""Certificates that cannot be used are reported before anything is done."""

from __future__ import annotations

import pytest
from support.actions import ActionPlace


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_certificates_that_cannot_be_used_are_a_usage_error(
    action: ActionPlace, variable: str
) -> None:
    """A usage error names the variable, and neither Notion nor GitHub is asked."""
    action.place.edit("alpha", description="It finds.")
    action.pull.change("alpha/module.manifest.json")
    before = len(action.place.notion.requests)

    action.environ[variable] = "/nowhere/authorities.pem"
    ran = action.pull_request()

    assert ran.code == 2
    assert f"{variable} names '/nowhere/authorities.pem', which does not exist" in ran.log
    assert "bug" not in ran.log
    assert ran.outputs["failure-reason"] == "configuration"
    assert len(action.place.notion.requests) == before
    assert action.pull.writes == []
