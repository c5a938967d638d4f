"""The Action's inputs: read as a runner passes them, checked, and converted."""

from __future__ import annotations

from dataclasses import fields

import pytest

from lukhas_notion.github.inputs import INPUTS, Inputs, expected
from lukhas_notion.util.errors import ConfigError


def read(**given: str) -> Inputs:
    """Read inputs that are right; names are spelt with underscores here."""
    found, wrong = Inputs.from_environ({f"INPUT_{k.upper()}": v for k, v in given.items()})
    assert wrong is None
    return found


def test_every_field_is_an_input_by_the_same_name() -> None:
    """A field has its input's name with underscores instead of hyphens."""
    assert [spec.name.replace("-", "_") for spec in INPUTS] == [f.name for f in fields(Inputs)]
    assert all(spec.description.endswith(".") for spec in INPUTS)


def test_each_kind_has_its_type() -> None:
    """Booleans, numbers and digests are converted, and numbers that are not set are None."""
    found = read(backfill="False", force="3", require_reviewed_plan="A" * 64, concurrency="12")
    assert (found.backfill, found.force, found.concurrency) == (False, 3, 12)
    assert found.require_reviewed_plan == "a" * 64
    assert (read().force, read().concurrency, read().rate_limit) == (None, None, None)
    assert read(comment="TRUE").comment == "true"


@pytest.mark.parametrize("name", ["INPUT_NOTION-TOKEN", "INPUT_NOTION_TOKEN", "NOTION_TOKEN"])
def test_a_runner_a_composite_and_the_environment_spell_it_differently(name: str) -> None:
    """The first variable that is not blank counts."""
    environ = {"INPUT_NOTION-TOKEN": "  ", name: "ntn_token"}
    found, _ = Inputs.from_environ(environ)
    assert found.notion_token == "ntn_token"
    assert "ntn_token" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "aply"),
        ("backfill", "yes"),
        ("force", "0"),
        ("force", "-1"),
        ("rate-limit", "fast"),
        ("concurrency", "1.5"),
        ("root", "../elsewhere"),
        ("root", "/etc"),
        ("config", "a/.git/config"),
        ("require-reviewed-plan", "abc"),
        ("ledger-branch", "refs/heads/x"),
        ("ledger-branch", "HEAD"),
        ("source", "not a repository"),
    ],
)
def test_a_wrong_input_is_named_and_has_its_default(name: str, value: str) -> None:
    """A wrong input is reported by its name, and has its default."""
    found, wrong = Inputs.from_environ({f"INPUT_{name.upper()}": value})
    assert wrong is not None
    assert f"The input {name} is {value!r}." in wrong.message
    field = name.replace("-", "_")
    assert getattr(found, field) == getattr(read(), field)


@pytest.mark.parametrize(("name", "value"), [("comment", "maybe"), ("comment-id", "a b")])
def test_which_comment_it_is_about_is_never_guessed(name: str, value: str) -> None:
    """A wrong input that chooses the comment raises at once."""
    with pytest.raises(ConfigError, match=name):
        Inputs.from_environ({f"INPUT_{name.upper()}": value})


def test_every_default_is_what_its_input_may_be() -> None:
    """Every default is an allowed value of its input."""
    for spec in INPUTS:
        default = "" if spec.default.startswith("${{") else spec.default
        assert expected(spec, default) == "", spec.name
