"""A mapping for files of an unknown shape."""

from __future__ import annotations

from typing import Any

from lukhas_notion.manifests.manifest import ManifestForm
from lukhas_notion.plan.property_types import convert
from lukhas_notion.setup.propose import MOST_PROPERTIES, Proposal, form_of, propose


def proposal(*files: dict[str, Any]) -> Proposal:
    """Return what is proposed for the files."""
    found = propose(files)
    assert found is not None
    return found


def service(number: int, **more: Any) -> dict[str, Any]:
    """Return one file."""
    return {"id": f"svc-{number}", "name": f"Service {number}", **more}


def test_the_title_is_unique_and_named_like_one() -> None:
    """A name comes before an id, which then identifies a module through renames."""
    found = proposal(*(service(n, note=f"note {n}") for n in range(3)))
    assert found.specs[0].pointers == ("/name",)
    assert found.specs[0].type == "title"
    assert found.key == "/id"


def test_the_key_is_what_the_other_files_refer_to() -> None:
    """A relation names keys, so a value that other files name comes before an id that none does."""
    files = [
        {"id": f"ds-{n}", "title": f"Data {n}", "dataset": f"d{n}", "upstream": [f"d{n - 1}"] * n}
        for n in range(4)
    ]
    found = proposal(*files)
    assert (found.specs[0].pointers, found.key) == (("/title",), "/dataset")
    assert {spec.name: spec.type for spec in found.specs}["Upstream"] == "relation"


def entity(kind: str, name: str) -> dict[str, Any]:
    """Return a descriptor with its kind."""
    return {"kind": kind, "metadata": {"name": name}, "owner": "x"}


def test_where_kinds_share_names_one_kind_is_proposed() -> None:
    """The most frequent kind, but only if that makes the names unique."""
    parts = [entity("Component", "a"), entity("Component", "b"), entity("API", "c")]
    assert form_of(parts) == ManifestForm()
    assert form_of([*parts, entity("API", "a")]) == ManifestForm(where={"/kind": ("Component",)})
    assert form_of([*parts, entity("Component", "a")]) == ManifestForm()
    assert form_of([*parts, {"metadata": {"name": "a"}}]) == ManifestForm()


def test_the_entries_of_a_files_only_list_are_manifests() -> None:
    """A file that has a name is a manifest; so is one with two lists, or with a list of texts."""
    entries = [{"name": "a"}, {"name": "b"}]
    assert form_of([{"version": 2, "models": entries}]) == ManifestForm(items="/models/*")
    for file in (
        {"name": "x", "models": entries},
        {"models": entries, "tags": ["a"]},
        {"models": ["a"]},
        {"models": []},
    ):
        assert form_of([file]) == ManifestForm()
    assert form_of([{"models": entries}, {"models": entries}]) == ManifestForm()


def test_names_that_are_not_unique_do_not_title() -> None:
    """Names that differ only by case, or that one file lacks, are not titles."""
    found = proposal({"id": "a", "name": "X"}, {"id": "b", "name": "x"})
    assert (found.specs[0].pointers, found.key) == (("/id",), "")
    assert proposal({"id": "a", "name": "x"}, {"id": "b"}).specs[0].pointers == ("/id",)
    assert propose([{"name": "x"}, {"name": "x"}]) is None
    assert propose([{"url": "https://a.example"}, {"url": "https://b.example"}]) is None


def test_files_without_a_name_of_their_own_are_called_by_their_folders() -> None:
    """A folder is the title only where no two files share one."""
    files = [{"name": "same", "tier": n} for n in range(3)]
    found = propose(files, folders=["a/x", "a/y", "b"])
    assert found is not None
    assert [(spec.name, spec.pointers) for spec in found.specs[:2]] == [
        ("Folder", ("@folder",)),
        ("Tier", ("/tier",)),
    ]
    assert found.columns[0].samples == ("a/x", "a/y", "b")
    assert propose(files, folders=["a", "a", "b"]) is None
    assert propose(files, folders=["", "a", "b"]) is None


def test_columns_have_names_that_differ() -> None:
    """Two places with one key are named with the keys above them, or else with a number."""
    files = [service(n, a={"size": n}, b={"size": n * 2}, Size=n * 3) for n in range(3)]
    names = [spec.name for spec in proposal(*files).specs]
    assert names[:5] == ["Name", "ID", "Size", "B size", "Size 2"]


def test_this_tools_own_columns_give_way() -> None:
    """A file's own "updated at" keeps its name."""
    files = [service(n, updatedAt=f"2026-01-0{n + 1}", provenance_sha=n) for n in range(3)]
    names = [spec.name for spec in proposal(*files).specs]
    assert names[-2:] == ["Provenance SHA 2", "Updated At 2"]
    assert "Updated at" in names


def test_what_changes_by_itself_is_volatile() -> None:
    """Times of a tool's runs are volatile, with one pointer for places that are alike."""
    files = [
        service(
            n,
            generatedAt=f"2026-01-0{n + 1}",
            _meta={"a": {"extracted_at": f"2026-01-0{n + 1}"}, "b": {"extracted_at": "2026-01-01"}},
            reviewed_at=f"2026-01-0{n + 1}",
        )
        for n in range(3)
    ]
    found = proposal(*files)
    assert found.volatile == ("/generatedAt", "/_meta/*/extracted_at")
    assert [pointer for pointer, _ in found.left_out] == ["/_meta", "/generatedAt"]
    assert "Reviewed at" in {spec.name for spec in found.specs}


def test_of_very_many_places_those_of_most_files_are_proposed() -> None:
    """A proposal has a limited number of properties, and lists the others."""
    files = [service(n, **{f"k{i}": f"{n}-{i}" for i in range(40 - n)}) for n in range(3)]
    found = proposal(*files)
    assert len(found.columns) == MOST_PROPERTIES
    assert any("come first" in why for _, why in found.left_out)


def test_a_long_text_of_several_lines_is_the_body() -> None:
    """The text that becomes the body is not a column; a README next to most files has priority."""
    files = [service(n, guide=f"# Guide {n}\n\n" + "Read this. " * 60) for n in range(3)]
    found = proposal(*files)
    assert found.body == "/guide"
    assert "Guide" not in {spec.name for spec in found.specs}
    beside = propose(files, readmes=2)
    assert beside is not None
    assert beside.body == "README.md"
    assert "Guide" in {spec.name for spec in beside.specs}
    assert proposal(*(service(n, guide="short\ntext " * n) for n in range(3))).body == ""


def test_everything_that_is_proposed_converts() -> None:
    """Every property can hold the values of all files."""
    files = [
        service(0, a="https://a.example", b=[1, "x"], c={"d": None}, e="x" * 3_000),
        service(1, a="not an address", b=["y"], c={"d": [True]}, e=""),
    ]
    for spec in proposal(*files).specs[:-2]:
        for value in files:
            convert(spec, value)
