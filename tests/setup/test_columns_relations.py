"""References from one file to another."""

from __future__ import annotations

from typing import Any

import pytest

from lukhas_notion.setup.columns import relation
from lukhas_notion.setup.observe import observe
from lukhas_notion.setup.propose import propose

ANY_FORM = "(?:[^:/]+:)?(?:[^/]+/)?(.+)"
ALL = "names of other manifests"
NAMES = ["search", "index", "billing", "maps", "mail"]


def reference(values: list[Any]) -> tuple[str, str] | None:
    """Return pattern and reason of the relation that a key's values make to :data:`NAMES`."""
    files = [{"name": name, "x": value} for name, value in zip(NAMES, values, strict=True)]
    column = relation(observe(files).inside["x"], dict(enumerate(NAMES)))
    if column is None:
        return None
    return column.spec.pattern.text if column.spec.pattern else "", column.reason


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([["index"], ["mail", "maps"], [], None, ["index"]], ("", ALL)),
        (["index", "mail", None, None, None], ("", ALL)),
        (["component:default/index", "maps", "x/mail", None, None], (ANY_FORM, ALL)),
        (
            [["index", "mail", "maps", "billing", "gone"], None, None, None, None],
            ("", f"{ALL}, 4 of 5"),
        ),
        ([["index", "gone"], ["lost"], ["mail"], None, None], None),
        (NAMES, None),
        (["index", "index", "index", None, None], None),
        ([["index", 1], ["mail"], None, None, None], None),
        ([None, None, None, None, None], None),
    ],
)
def test_values_that_lead_to_other_files_are_references(
    values: list[Any], expected: tuple[str, str] | None
) -> None:
    """Most values must refer to several other files; a file's own name does not count."""
    assert reference(values) == expected


def test_the_key_is_what_others_call_a_file_by() -> None:
    """A relation names keys, so that a name is the key where references are names."""
    ids = [{"id": f"i{n}", "name": name} for n, name in enumerate(NAMES)]
    by_name = [file | {"needs": [NAMES[n - 1], NAMES[n - 2]]} for n, file in enumerate(ids)]
    by_id = [file | {"needs": [f"i{(n + 1) % 5}"]} for n, file in enumerate(ids)]
    for files, key in ((by_name, ""), (by_id, "/id"), (ids, "/id")):
        found = propose(files)
        assert found is not None
        assert found.key == key
        kinds = {str(spec.type) for spec in found.specs}
        assert ("relation" in kinds) is (files is not ids)
