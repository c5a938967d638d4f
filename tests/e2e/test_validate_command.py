"""``validate`` as a user runs it: every kind of bad file, each with its place."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from support.workplace import Workplace

BAD = {
    "empty": b"",
    "BOM": b'\xef\xbb\xbf{"module": "m"}',
    "UTF-16": '{"module": "m"}'.encode("utf-16"),
    "not UTF-8": b'{"module": "\xff\xfe"}',
    "duplicate key": b'{\n "module": "m",\n "module": "n"\n}',
    "NaN": b'{"module": "m", "testing": {"coverage_observed": NaN}}',
    "deep": b"[" * 100_000,
    "syntax": b'{\n "module": "m",\n}',
    "a list": b"[1, 2]",
    "huge integer": b'{"module": "m", "n": 1' + b"0" * 400 + b"}",
    "surrogate": b'{"module": "\\ud800"}',
}


def test_a_sound_repository_has_no_violations(small: Workplace) -> None:
    """A repository without violations exits 0 and needs no token."""
    small.environ.clear()

    ended = small.run("validate", "--all")

    assert ended.code == 0
    assert "Checked 3 manifests: no violations." in ended.out


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_manifest_is_one_violation(small: Workplace, name: str) -> None:
    """A broken file is one violation with its place, and the others go on being checked."""
    small.write("broken", BAD[name])
    small.edit("beta", features=["serach"])

    ended = small.run("validate", "--all", "--json")

    assert ended.code == 1
    found = ended.document["violations"]
    assert [v["path"] for v in found] == [
        "beta/module.manifest.json",
        "broken/module.manifest.json",
    ]
    assert found[1]["line"] >= 1
    assert found[1]["message"]


def test_a_huge_file_is_refused_without_reading_it(small: Workplace) -> None:
    """A file of 100 MB is one violation, at once."""
    file = small.write("broken", b"")
    with file.open("wb") as handle:
        handle.truncate(100 * 1024 * 1024)

    ended = small.run("validate", "--all")

    assert ended.code == 1
    assert "broken/module.manifest.json:1:" in ended.out


def test_a_folder_and_an_escaping_link_are_violations(small: Workplace, tmp_path: Path) -> None:
    """A folder in a manifest's place, and a link out of the repository, are violations."""
    small.manifest("folder").mkdir(parents=True)
    runtime = tmp_path / "outside.json"
    runtime.write_text('{"module": "stolen"}')
    link = small.manifest("link")
    link.parent.mkdir()
    link.symlink_to(runtime)

    ended = small.run("validate", "folder/module.manifest.json", "link/module.manifest.json")

    assert ended.code == 1
    assert ended.out.count("module.manifest.json:1:") == 2
    assert "stolen" not in ended.out


def test_every_violation_is_reported_with_pointer_and_remedy(small: Workplace) -> None:
    """All violations of a manifest come at once: line, message, pointer, and what to do."""
    text = json.dumps(
        {
            "module": "beta",
            "features": ["find", "serach", "nonsense"],
            "tags": ["tier:9"],
            "testing": {"coverage_observed": 180},
        },
        indent=1,
    )
    small.write("beta", text)

    ended = small.run("validate", "--all", "--json")

    found = {v["pointer"]: v for v in ended.document["violations"]}
    assert set(found) == {
        "/features/0",
        "/features/1",
        "/features/2",
        "/tags/0",
        "/testing/coverage_observed",
    }
    assert "search" in found["/features/0"]["remedy"]
    assert "search" in found["/features/1"]["remedy"]
    assert found["/features/1"]["line"] == 1 + text[: text.index("serach")].count("\n")


def test_two_manifests_with_one_name_name_each_other(small: Workplace) -> None:
    """A module name that two manifests have is one violation that names both files."""
    small.write("other/alpha", {"module": "alpha"})

    ended = small.run("validate", "--all")

    assert ended.code == 1
    assert "also in other/alpha/module.manifest.json" in ended.out
    assert "1 violation in 2 files" in ended.out


@pytest.mark.parametrize(
    ("paths", "source"),
    [
        (["a/module.manifest.json", "b/module.manifest.json", "c/module.manifest.json"], "@folder"),
        (["a/0.module.json", "a/1.module.json", "b/module.manifest.json"], "@path"),
    ],
)
def test_manifests_of_one_name_are_one_violation_and_the_advice_works(
    small: Workplace, paths: list[str], source: str
) -> None:
    """However many they are; named by where they are, each gets its page."""
    for path in paths:
        (small.root / path).parent.mkdir(exist_ok=True)
        (small.root / path).write_text('{"module": "same"}')
    patterns = '[manifests]\ninclude = ["**/module.manifest.json", "**/*.module.json"]\n'
    (small.root / "lukhas-notion.toml").write_text(patterns)
    ended = small.run("validate", "--all")
    assert ended.code == 1
    assert ended.out.count("is also in 2 other manifests: ") == 1
    assert f'from = "{source}" under [properties."Module"]' in ended.out
    title = f'[properties.Module]\ntype = "title"\nfrom = "{source}"\n'
    (small.root / "lukhas-notion.toml").write_text(patterns + title)
    assert small.run("validate", "--all").code == 0
    assert small.run("sync", "--all").code == 0
    names = [path if source == "@path" else path.partition("/")[0] for path in paths]
    assert set(names) <= set(small.pages())
    again = small.run("sync", "--module", names[0])
    assert again.code == 0, again.err
    assert len(small.pages()) == 6


@pytest.mark.parametrize("second", ["id-1", "id-1\u00ad", "id-1 "])
def test_two_modules_with_one_key_are_a_violation(small: Workplace, second: str) -> None:
    """It names both, whatever is run, and neither is written."""
    (small.root / "lukhas-notion.toml").write_text('[mapping]\nkey = ["/id", "/module"]\n')
    small.edit("alpha", id="id-1")
    small.edit("beta", id=second)

    validated = small.run("validate", "--all", "--json")
    synced = small.run("sync", "--all", "--skip-invalid")

    [violation] = validated.document["violations"]
    assert validated.code == synced.code == 1
    assert (violation["path"], violation["pointer"]) == ("alpha/module.manifest.json", "/id")
    assert "beta/module.manifest.json" in violation["message"]
    assert 'key = "@folder" under [mapping]' in violation["remedy"]
    assert set(small.pages()) == {"gamma"}


def test_skipping_the_invalid_leaves_out_all_that_clash(small: Workplace) -> None:
    """Each of them has its violation and its record, and the others are written."""
    small.write("one", {"module": "x"})
    small.write("two", {"module": "x"})
    small.write("three", {"module": "x\u00ad"})
    small.write("four", {"module": "y z"})
    small.write("five", {"module": "y\u00a0z"})

    ended = small.run("sync", "--all", "--skip-invalid")

    assert ended.code == 1, ended.err
    assert set(small.pages()) == {"alpha", "beta", "gamma"}
    left_out = {
        r["path"].split("/")[0]: r["error"]
        for r in small.ledger()
        if r.get("path") and r.get("error")
    }
    assert {"one", "two", "three", "four", "five"} <= set(left_out)
    assert all("three/module.manifest.json" in left_out[n] for n in ("one", "two", "three"))
    assert "four/module.manifest.json" in left_out["five"]


@pytest.mark.parametrize(
    ("first", "second"), [("módulo.búsqueda", "mo\u0301dulo.búsqueda"), ("core a", "core\u00a0a")]
)
def test_two_modules_that_look_the_same_are_a_violation(
    small: Workplace, first: str, second: str
) -> None:
    """All ways to select them find both, and the message shows the code points."""
    small.write("one", {"module": first})
    small.write("two", {"module": second})

    everything = small.run("validate", "--all")
    by_path = small.run("validate", str(small.manifest("two")))
    by_module = small.run("validate", "--module", unicodedata.normalize("NFC", second))

    for ended in (everything, by_path, by_module):
        assert ended.code == 1
        assert "U+00" in ended.out
        assert "looks like" in ended.out


def test_a_name_in_another_unicode_form_is_fixed(small: Workplace) -> None:
    """The vocabulary's form is written in its place, and then nothing is wrong."""
    names = {"allowed": ["café.zone", "tier:1"]}
    (small.root / "vocab/tags.json").write_text(json.dumps(names, ensure_ascii=False))
    small.edit("alpha", tags=["cafe\u0301.zone"])
    small.edit("beta", tags=["café.zone\u200b"])

    before = small.run("validate", "--all")
    fixed = small.run("validate", "--all", "--fix")

    assert before.code == 1
    assert "the first has U+0065 U+0301 where the second has U+00E9" in before.out
    assert "`validate --fix` does it" in before.out
    assert fixed.code == 0
    assert json.loads(small.manifest("alpha").read_text("utf-8"))["tags"] == ["café.zone"]
    assert json.loads(small.manifest("beta").read_text("utf-8"))["tags"] == ["café.zone"]


def test_what_notion_cannot_hold_is_a_violation(small: Workplace) -> None:
    """Text beyond 100 chunks, more than 100 options and an option with a comma are violations."""
    (small.root / "lukhas-notion.toml").write_text("[properties.Features]\nvocabulary = false\n")
    small.write("alpha", {"module": "alpha", "description": "x" * 200_001})
    small.write("beta", {"module": "beta", "features": [f"f{n}" for n in range(101)]})
    small.write("gamma", {"module": "gamma", "features": ["a, b"]})

    ended = small.run("validate", "--all", "--json")

    rules = {v["path"].split("/")[0]: v["rule"] for v in ended.document["violations"]}
    assert rules == {"alpha": "limit.text", "beta": "limit.options", "gamma": "option.name"}


def test_paths_and_modules_can_be_chosen(small: Workplace) -> None:
    """Only what is chosen is checked."""
    small.edit("beta", features=["serach"])

    assert small.run("validate", "--module", "alpha").code == 0
    assert small.run("validate", "alpha/module.manifest.json").code == 0
    assert small.run("validate", "--module", "beta").code == 1
    assert small.run("validate", "/etc/hostname").code == 2


def test_a_path_that_is_not_there_is_a_usage_error(small: Workplace) -> None:
    """A mistyped path exits 2; a link that leads nowhere is in the repository, and a violation."""
    ended = small.run("validate", "nowhere/module.manifest.json")
    assert (ended.code, "nowhere/module.manifest.json: there is no such file" in ended.err) == (
        2,
        True,
    )
    (small.root / "link.json").symlink_to("nowhere.json")
    assert small.run("validate", "link.json").code == 1


def test_an_unknown_module_may_be_in_a_file_that_cannot_be_read(small: Workplace) -> None:
    """The error says how many files could not be read, and which one it is most likely to be."""
    small.write("zebra", b"{")
    small.write("shop/billing", '{"module": "shop.billing",}')

    ended = small.run("validate", "--module", "shop.billing")

    assert ended.code == 2
    assert "2 manifests could not be read" in ended.err
    assert "it may be shop/billing/module.manifest.json" in ended.err
    small.manifest("shop/billing").unlink()
    ended = small.run("validate", "--module", "alhpa")
    assert "1 manifest could not be read, of which it may be zebra/" in ended.err
    assert "Or did you mean 'alpha'?" in ended.err


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("lukhas-notion.toml", "[manifests]\ninclud = []\n"),
        ("lukhas-notion.toml", "not toml"),
        ("schemas/module.manifest.schema.json", "{"),
        ("schemas/module.manifest.schema.json", '{"type": "nonsense"}'),
        ("vocab/features.json", "{"),
        ("vocab/features.json", '"text"'),
    ],
)
def test_a_bad_configuration_exits_2_with_its_file(
    small: Workplace, file: str, content: str
) -> None:
    """A configuration, schema or vocabulary that cannot be read exits 2 and names the file."""
    path = small.root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)

    ended = small.run("validate", "--all")

    assert ended.code == 2
    assert Path(file).name in ended.err
    assert "Traceback" not in ended.err


def test_hidden_and_generated_folders_are_passed_over(small: Workplace) -> None:
    """Hidden folders, node_modules, dist, build, virtual environments and schemas/ hold none."""
    for folder in (".hidden", "node_modules/x", "dist", "build", "venv/lib", "schemas"):
        small.write(folder, b"not json")

    assert small.run("validate", "--all").code == 0


def test_enriched_manifests_pass_a_schema_that_lists_less(small: Workplace) -> None:
    """What the mapping reads is known, at the top; other keys that are not listed are not."""
    closed = {
        "type": "object",
        "properties": {"module": {"type": "string"}, "description": {"type": "string"}},
        "additionalProperties": False,
    }
    (small.root / "schemas").mkdir()
    (small.root / "schemas/module.manifest.schema.json").write_text(json.dumps(closed))
    small.edit("alpha", _provenance={"git": {"extracted_at": "2026-01-31"}}, apis={})
    assert small.run("validate", "--all").code == 0
    assert small.run("sync", "--all").code == 0

    small.edit("beta", feature=["search"])
    (found,) = small.run("validate", "--all", "--json").document["violations"]

    assert (found["pointer"], found["rule"]) == ("/feature", "schema.additionalProperties")


def test_a_schema_that_refuses_most_of_its_own_files_is_doubted(small: Workplace) -> None:
    """The message names the schema, the numbers and the setting; one that refuses few is not."""
    (small.root / "schemas").mkdir()
    schema = small.root / "schemas/module.manifest.schema.json"
    for number in range(7):
        small.write(f"m{number}", {"module": f"m{number}", "owner": "me"})
    for required, doubted in (("owner", False), ("team", True)):
        schema.write_text(json.dumps({"type": "object", "required": [required]}))
        said = "note: The schema schemas/module.manifest.schema.json refuses 10 of 10 manifests"
        for command in (("validate", "--all"), ("sync", "--all", "--dry-run"), ("verify",)):
            out = small.run(*command).out
            assert (said in out) is doubted
            assert ("`[schema] path`" in out) is doubted
