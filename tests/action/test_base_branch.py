"""The base branch's manifests: read by the pull request's files, and compared with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lukhas_notion.action.base_branch import base_manifests, base_of, preview_against_base
from lukhas_notion.action.scope import Scope
from lukhas_notion.config.config import Config, Flags, load
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.sync.run import Run
from lukhas_notion.util.runtime import Runtime

NAME = "module.manifest.json"


def content(module: str, **more: object) -> bytes:
    """Return a manifest's file."""
    return json.dumps({"module": module, **more}).encode()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Make a checkout with two manifests."""
    for name in ("alpha", "beta"):
        (tmp_path / name).mkdir()
        (tmp_path / name / NAME).write_bytes(content(name, description="New."))
    return load(Flags(root=str(tmp_path)), {})


@pytest.mark.parametrize("found", [None, b"", b"{", b"[]"])
def test_a_manifest_that_is_broken_in_the_base_is_not_there(
    config: Config, found: bytes | None
) -> None:
    """That is not this pull request's doing."""
    assert base_manifests(config, f"alpha/{NAME}", found) == []


def test_a_manifest_of_the_base_is_mapped_as_any_other(config: Config) -> None:
    """By its path, with the module that it names there."""
    [read] = base_manifests(config, f"alpha/{NAME}", content("was"))
    assert (read.module, read.path) == ("was", f"alpha/{NAME}")


def test_the_touched_manifests_are_looked_up_by_what_they_were(config: Config) -> None:
    """Names, SHAs and paths of the base; a renamed one also by its new path."""
    base = {f"old/{NAME}": content("was"), f"beta/{NAME}": content("beta")}
    scope = Scope(
        paths=(f"alpha/{NAME}", f"beta/{NAME}"),
        touched=frozenset({f"old/{NAME}", f"alpha/{NAME}", f"beta/{NAME}"}),
        renamed=((f"old/{NAME}", f"alpha/{NAME}"),),
    )
    found = base_of(config, scope, base.get)
    assert found is not None
    assert found.titles == {"was", "beta"}
    assert found.paths == {f"old/{NAME}", f"beta/{NAME}", f"alpha/{NAME}"}
    assert len(found.shas) == 2
    assert found.complete


def test_many_files_are_not_read_one_by_one(config: Config) -> None:
    """Beyond twenty every page is read instead; nothing is asked where all are looked at."""

    def read(path: str) -> bytes | None:
        pytest.fail(f"{path} was asked for")

    many = frozenset(f"m{number}/{NAME}" for number in range(21))
    found = base_of(config, Scope(paths=(), touched=many), read)
    assert found is not None
    assert not found.complete
    assert base_of(config, Scope(), read) is None


def test_what_the_base_has_is_what_would_be_written_over(config: Config) -> None:
    """One is new, one changes, and neither has a page in Notion."""
    scope = Scope(paths=None, touched=frozenset({f"alpha/{NAME}", f"beta/{NAME}"}))
    base = {f"beta/{NAME}": content("beta", description="Old.")}
    run = Run(config, Runtime({}))

    result = preview_against_base(run, scope, base.get, backfill=False)

    assert result.dry_run
    assert result.plan is not None
    kinds = {change.module: change.kind for change in result.plan.changes}
    assert kinds == {"alpha": ChangeKind.CREATE, "beta": ChangeKind.UPDATE}
    assert {change.page_id for change in result.plan.changes} == {""}
