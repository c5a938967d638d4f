"""Files that look like descriptors."""

from __future__ import annotations

from pathlib import Path

import pytest

from lukhas_notion.setup.descriptors import find_descriptors
from lukhas_notion.util.errors import UsageError


def put(root: Path, *paths: str) -> None:
    """Write empty objects."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("{}")


@pytest.mark.parametrize(
    ("paths", "pattern", "count"),
    [
        ([f"services/s{n}/service.json" for n in range(3)], "services/*/service.json", 3),
        (["a/service.json", "b/c/service.json", "service.json"], "**/service.json", 3),
        (["x/catalog-info.yaml"], "x/catalog-info.yaml", 1),
        ([f"catalog/{n}.yaml" for n in "abc"], "catalog/*.yaml", 3),
        ([f"p/{n}/package.json" for n in "abc"], "p/*/package.json", 3),
        (["a/b/c/Chart.yaml", "a/b/Chart.yaml", "d/Chart.yaml"], "*/**/Chart.yaml", 3),
    ],
)
def test_a_set_of_files_is_found_with_a_pattern(
    tmp_path: Path, paths: list[str], pattern: str, count: int
) -> None:
    """Files of one name, or in one folder, are found with a pattern that matches all of them."""
    put(tmp_path, *paths, "tsconfig.json", "other/one.json", "node_modules/a/service.json")
    found = find_descriptors(tmp_path)
    assert found is not None
    assert (found.pattern, found.files, found.example) == (pattern, count, sorted(paths)[0])


def test_the_root_of_a_workspace_is_not_one_of_its_packages(tmp_path: Path) -> None:
    """Another tool's file at the top describes the others, and no pattern matches it."""
    put(tmp_path, "package.json", "p/a/package.json", "p/b/package.json", "p/c/d/package.json")
    for folder in (None, ""):
        found = find_descriptors(tmp_path, folder)
        assert found is not None
        assert (found.pattern, found.files) == ("*/**/package.json", 3)


def test_the_root_is_a_folder_as_any_other(tmp_path: Path) -> None:
    """A user who names the root means the files in it; without a name, they are not descriptors."""
    put(tmp_path, "churn.yaml", "sales.yaml", "ltv.yaml", "tsconfig.json")
    found = find_descriptors(tmp_path, "")
    assert found is not None
    assert (found.pattern, found.files) == ("*.yaml", 3)
    assert find_descriptors(tmp_path) is None
    put(tmp_path, "a/x.yaml")
    found = find_descriptors(tmp_path, "a")
    assert found is not None
    assert found.pattern == "a/x.yaml"


def test_what_describes_nothing_is_no_set(tmp_path: Path) -> None:
    """A few files of other tools are not descriptors."""
    put(tmp_path, "package.json", "tsconfig.json", "a/tsconfig.json", "b/tsconfig.json", "x/y.json")
    assert find_descriptors(tmp_path) is None


def test_another_tools_files_do_not_stop_a_set_up(tmp_path: Path) -> None:
    """Another tool's files do not stop a set-up; the repository's own descriptors do."""
    put(tmp_path, *(f"p/{n}/package.json" for n in "abcd"))
    found = find_descriptors(tmp_path)
    assert found is not None
    found.refuse()
    put(tmp_path, *(f"p/{n}/about.json" for n in "abc"))
    found = find_descriptors(tmp_path)
    assert found is not None
    with pytest.raises(UsageError, match="3 files look like descriptors") as caught:
        found.refuse()
    assert "lukhas-notion init --from 'p/*/about.json'" in caught.value.remedy
    assert "module.manifest.json" in caught.value.remedy
