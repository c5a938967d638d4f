"""Where the bodies of pages come from, and what no body can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from lukhas_notion.config.config import Config, load
from lukhas_notion.config.settings import Flags
from lukhas_notion.manifests.manifest import Manifest, read_manifest
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.plan.source import Source
from lukhas_notion.util.errors import UsageError
from lukhas_notion.validate.bodies import Bodies

SOURCE = Source("https://github.com/octo/modules", "services/")


def configured(root: Path, body: str) -> tuple[Config, Manifest]:
    """Return a configuration with a body, and a manifest in its repository."""
    (root / "lukhas-notion.toml").write_text(f"[page]\nbody = {body}\n")
    (root / "a").mkdir()
    (root / "a/module.manifest.json").write_text('{"module": "a", "long": "One.", "n": 1}')
    read = read_manifest(root, "a/module.manifest.json")
    assert isinstance(read, Manifest)
    return load(Flags(root=str(root)), {}), read


def wanted(bodies: Bodies, manifest: Manifest) -> Desired:
    """Return what a manifest wants, with its body."""
    body, refused = bodies.check(manifest)
    assert refused == []
    return Desired("a", manifest.path, manifest.sha, {}, body=body)


def test_a_file_beside_the_manifest_is_the_body(tmp_path: Path) -> None:
    """Links in a body are relative to the place of its file in the repository."""
    config, manifest = configured(tmp_path, '{ file = "README.md" }')
    (tmp_path / "a/README.md").write_text("[b](../b.md)\n")
    bodies = Bodies(config, SOURCE)

    made = bodies.make(wanted(bodies, manifest))

    assert made == "[b](https://github.com/octo/modules/blob/HEAD/services/b.md)"


def test_the_first_pointer_that_is_there_is_the_body(tmp_path: Path) -> None:
    """A text of the manifest becomes the body like a file."""
    config, manifest = configured(tmp_path, '{ from = ["/longer", "/long"] }')
    bodies = Bodies(config, SOURCE)

    assert bodies.make(wanted(bodies, manifest)) == "One."


@pytest.mark.parametrize("content", [None, "", " \n\n"])
def test_nothing_is_no_body(tmp_path: Path, content: str | None) -> None:
    """A file that is not there, or has nothing in it, leaves a page's body as it is."""
    config, manifest = configured(tmp_path, '{ file = "README.md" }')
    if content is not None:
        (tmp_path / "a/README.md").write_text(content)

    assert Bodies(config).check(manifest) == (None, [])


def test_what_is_no_text_is_a_violation_at_its_place(tmp_path: Path) -> None:
    """A number cannot be a body, and the violation names its pointer."""
    config, manifest = configured(tmp_path, '{ from = "/n" }')

    body, [found] = Bodies(config).check(manifest)

    assert (body, found.pointer, found.rule) == (None, "/n", "mapping.type")


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    """A body whose source disappears after the check is not written."""
    config, manifest = configured(tmp_path, '{ file = "README.md" }')
    (tmp_path / "a/README.md").write_text("text")
    bodies = Bodies(config, SOURCE)
    want = wanted(bodies, manifest)
    (tmp_path / "a/README.md").unlink()

    with pytest.raises(UsageError, match="changed while it was read"):
        bodies.make(want)


@pytest.mark.parametrize("size", [100, 19_000, 21_000, 150_000])
def test_the_quick_check_never_lets_pass_what_the_limits_refuse(tmp_path: Path, size: int) -> None:
    """Every text that the quick check accepts is written without an error."""
    config, manifest = configured(tmp_path, '{ file = "README.md" }')
    unit = "| [a](b) | `c` | <d> |\n|-|-|-|\n"
    (tmp_path / "a/README.md").write_text((unit * (size // len(unit) + 1))[:size])
    bodies = Bodies(config, SOURCE)

    body, refused = bodies.check(manifest)

    if not refused:
        assert bodies.make(Desired("a", manifest.path, manifest.sha, {}, body=body))


HOSTILE = {
    "brackets": "[" * 15_000,
    "stars": "*a " * 40 + "b*" * 40,
    "tags": "<a " * 5_000,
    "code": "`a``" * 3_700,
    "short rows": "|" * 2_800 + "\n" + "|-" * 2_800 + "|\n" + "|x|\n" * 800,
    "marks over lines": "**a\n" * 40 + "b**\n" * 40,
    "quotes": ">" * 14_000,
    "lists": "- " * 7_000,
    "addresses": "https://a.b/\n" * 1_000,
    "images": "![](a)" * 2_000,
    "a table with long cells": "|a|\n|-|\n" + "|<|\n" * 3_000,
    "large brackets": "[" * 199_000,
    "large stars": "*_" * 99_000,
    "large quotes": (">" * 10_000 + "\n") * 19,
    "large table": "|a|b|\n|-|-|\n" + "|x|y|\n" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_a_violation_with_its_file_or_is_written(
    tmp_path: Path, name: str
) -> None:
    """What passes the check is written; anything else is reported with its place."""
    config, manifest = configured(tmp_path, '{ file = "README.md" }')
    (tmp_path / "a/README.md").write_text(HOSTILE[name])
    bodies = Bodies(config, SOURCE)

    body, refused = bodies.check(manifest)

    assert [(each.path, each.line, each.rule) for each in refused] in (
        [],
        [("a/README.md", 1, "limit.body")],
    )
    if not refused:
        assert bodies.make(Desired("a", manifest.path, manifest.sha, {}, body=body))
