"""``validate --fix`` as a user runs it: the names change, and nothing else does."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.git import ENVIRON
from support.workplace import Workplace

from lukhas_notion.manifests.edits import UnprovenEdit
from lukhas_notion.validate import vocabulary_gate

ALPHA = b"""{\r
\t"module" : "alpha",\r
\t"features": [ "Find", "export",\r
\t\t"look-up"\r
\t],\r
\t"tags": ["tier:1"], "testing": {"coverage_observed": 80.00}, "note": "caf\\u00e9\\/"\r
}"""
FIXED = ALPHA.replace(b'"Find"', b'"search"').replace(b',\r\n\t\t"look-up"', b"")


@pytest.fixture
def place(small: Workplace) -> Workplace:
    """Put a manifest with two synonyms, oddly laid out, into the small repository."""
    small.write("alpha", ALPHA)
    return small


def test_names_are_mended_and_every_other_byte_stays(place: Workplace) -> None:
    """Line ends, tabs, escapes and numbers stay as they are written; then all is well."""
    before = place.run("validate", "--all")
    assert before.code == 1
    assert "Checked 3 manifests: 2 violations in 1 file." in before.out
    assert "2 can be fixed: run it again with --fix" in before.out
    assert 'Use "search". `validate --fix` does it.' in before.out

    ended = place.run("validate", "--all", "--fix")

    assert ended.code == 0
    assert place.manifest("alpha").read_bytes() == FIXED
    removed = 'alpha/module.manifest.json:4: "look-up" is removed, "search" is there already'
    removed += " (at /features/2)"
    assert ended.out.splitlines() == [
        'alpha/module.manifest.json:3: "Find" is now "search" (at /features/0)',
        removed,
        "Checked 3 manifests: no violations.",
        "Fixed 2 names in 1 file.",
    ]


def test_a_second_time_changes_nothing(place: Workplace) -> None:
    """A file without synonyms is not written at all."""
    place.run("validate", "--all", "--fix")
    before = place.manifest("alpha").stat()

    ended = place.run("validate", "--all", "--fix")

    assert ended.out.splitlines() == ["Checked 3 manifests: no violations."]
    assert place.manifest("alpha").stat() == before


def test_what_is_not_certain_stays_and_decides_the_exit_code(place: Workplace) -> None:
    """A misspelt name is left to its author, beside a synonym that is fixed."""
    place.edit("beta", features=["find", "serach"])

    ended = place.run("validate", "--all", "--fix")

    assert ended.code == 1
    assert json.loads(place.manifest("beta").read_text())["features"] == ["search", "serach"]
    assert "Checked 3 manifests: 1 violation in 1 file." in ended.out
    assert ended.out.splitlines()[-1] == "Fixed 3 names in 2 files."


@pytest.mark.parametrize("words", [("--module", "alpha"), ("alpha/module.manifest.json",)])
def test_only_what_is_selected_is_mended(place: Workplace, words: tuple[str, ...]) -> None:
    """A module or a path leaves the other manifests alone."""
    place.edit("beta", features=["find"])
    beta = place.manifest("beta").read_bytes()

    assert place.run("validate", "--fix", *words).code == 0

    assert place.manifest("alpha").read_bytes() == FIXED
    assert place.manifest("beta").read_bytes() == beta


def test_any_property_with_a_vocabulary_is_mended(place: Workplace) -> None:
    """A select from one text is fixed as well as a list."""
    (place.root / "lukhas-notion.toml").write_text(
        '[properties."Module"]\nfrom = "/module"\ntype = "title"\n'
        '[properties."Provenance SHA"]\nfrom = "@sha"\ntype = "rich_text"\n'
        '[properties."Team"]\nfrom = "/team"\ntype = "select"\n'
        '[vocabularies]\nTeam = "vocab/teams.json"\n'
    )
    (place.root / "vocab/teams.json").write_text('{"fleet": {"synonyms": ["Fleet Team"]}}')
    place.write("alpha", '{"module": "alpha", "team": "fleet-team"}\n')

    ended = place.run("validate", "--all", "--fix")

    assert ended.code == 0, ended.out + ended.err
    assert place.manifest("alpha").read_text() == '{"module": "alpha", "team": "fleet"}\n'


def test_a_machine_is_told_what_was_fixed(place: Workplace) -> None:
    """Each violation knows its fix, and what was written is listed with its old place."""
    violations = place.run("validate", "--all", "--json").document["violations"]
    assert [(v["pointer"], v["fix"]) for v in violations] == [
        ("/features/0", "search"),
        ("/features/2", "search"),
    ]

    ended = place.run("validate", "--all", "--fix", "--json")

    first = {"path": "alpha/module.manifest.json", "line": 3, "pointer": "/features/0"}
    first |= {"before": "Find", "after": "search", "removed": False}
    second = {**first, "line": 4, "pointer": "/features/2", "before": "look-up", "removed": True}
    assert ended.document == {
        "checked": 3,
        "violations": [],
        "notices": [],
        "fixed": [first, second],
        "not_fixed": [],
        "exit_code": 0,
    }


# --- looking first ------------------------------------------------------------------------


def test_diff_shows_what_would_change_and_writes_nothing(place: Workplace) -> None:
    """The exit code is that of the violations, which are all still there."""
    ended = place.run("validate", "--all", "--fix", "--diff")

    assert ended.code == 1
    assert place.manifest("alpha").read_bytes() == ALPHA
    assert ended.out.splitlines()[:11] == [
        "--- a/alpha/module.manifest.json",
        "+++ b/alpha/module.manifest.json",
        "@@ -1,7 +1,6 @@",
        " {",
        ' \t"module" : "alpha",',
        '-\t"features": [ "Find", "export",',
        '-\t\t"look-up"',
        '+\t"features": [ "search", "export"',
        " \t],",
        ' \t"tags": ["tier:1"], "testing": {"coverage_observed": 80.00}, "note": "caf\\u00e9\\/"',
        " }",
    ]
    assert ended.out.splitlines()[-1] == (
        "Nothing was written; --fix alone would fix 2 names in 1 file."
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_diff_of_the_document_can_be_applied(place: Workplace, tmp_path: Path) -> None:
    """Git makes of it, byte for byte, what --fix writes."""
    place.write("beta", '{"module": "beta",\n"features": ["find"]}')
    before = tmp_path / "before"
    shutil.copytree(place.root, before)
    document = place.run("validate", "--all", "--fix", "--diff", "--json").document
    assert document["fixed"] == []
    (tmp_path / "patch").write_bytes(document["diff"].encode())

    command = ["git", "apply", str(tmp_path / "patch")]
    subprocess.run(command, cwd=before, env=ENVIRON, check=True)

    place.run("validate", "--all", "--fix")
    for name in ("alpha", "beta"):
        path = f"{name}/module.manifest.json"
        assert (before / path).read_bytes() == (place.root / path).read_bytes()


def test_a_hostile_manifest_cannot_steer_the_terminal(place: Workplace) -> None:
    """What a diff shows around a name is data: escapes, directions and commands are spelt out."""
    place.write(
        "alpha", '{"module": "alpha",\n"x": "\u202e\x9b31m ##[error]",\n"features": ["find"]}'
    )

    out = place.run("validate", "--all", "--fix", "--diff").out

    assert "\\u{202e}\\u{9b}31m #\\u{23}[error]" in out
    assert not set(out) & set("\u202e\x9b")


def test_diff_alone_is_a_usage_error(place: Workplace) -> None:
    """It says what to write."""
    ended = place.run("validate", "--all", "--diff")
    assert ended.code == 2
    assert "Write --fix --diff." in ended.err


def test_names_that_look_the_same_are_told_apart_by_code_points(place: Workplace) -> None:
    """Who reads that a name is now itself is shown what changed."""
    (place.root / "vocab/tags.json").write_text(json.dumps({"allowed": ["caf\u00e9", "a b"]}))
    place.edit("beta", tags=["caf\u00e9", "cafe\u0301", "a\u00a0b"])

    out = place.run("validate", "--all", "--fix").out

    assert "is there already: the first has U+0065 U+0301 where the second has U+00E9" in out
    assert 'is now "a b": the first has U+00A0 where the second has U+0020' in out


# --- what is not written ------------------------------------------------------------------


def read_only(place: Workplace) -> None:
    """Take away the right to write."""
    place.manifest("alpha").chmod(0o444)


def link(place: Workplace) -> None:
    """Keep the manifest elsewhere in the repository."""
    target = place.root / "alpha.json"
    place.manifest("alpha").rename(target)
    place.manifest("alpha").symlink_to("../alpha.json")


@pytest.mark.parametrize(
    ("prepare", "why"), [(read_only, "it is read-only"), (link, "it is a symbolic link")]
)
def test_a_file_that_may_not_be_written_is_named_and_the_others_are_mended(
    place: Workplace, prepare: Callable[[Workplace], None], why: str
) -> None:
    """It stays as it is, its violations stay, and the exit code is 1."""
    prepare(place)
    place.edit("beta", features=["find"])

    ended = place.run("validate", "--all", "--fix")

    assert ended.code == 1
    assert f"alpha/module.manifest.json: not fixed: {why}" in ended.out
    assert "`validate --fix` does it" not in ended.out
    assert place.manifest("alpha").read_bytes() == ALPHA
    assert place.manifest("alpha").is_symlink() is (prepare is link)
    assert json.loads(place.manifest("beta").read_text())["features"] == ["search"]
    assert place.run("validate", "--all", "--fix", "--json").document["not_fixed"] == [
        {
            "path": "alpha/module.manifest.json",
            "message": why,
            "remedy": "Make it writable."
            if prepare is read_only
            else "Fix the file that it leads to.",
        }
    ]


def test_a_full_disk_loses_nothing(place: Workplace) -> None:
    """Writing that fails half-way is an error with exit code 1; the file is as it was."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(FIXED) - 1, hard))
    try:
        ended = place.run("validate", "--all", "--fix")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert ended.code == 1
    assert "not fixed: it cannot be written: File too large" in ended.out
    assert place.manifest("alpha").read_bytes() == ALPHA
    assert list(place.manifest("alpha").parent.iterdir()) == [place.manifest("alpha")]


def test_what_cannot_be_proven_is_not_written(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should an edit ever change more than names, the file is left alone and an error says so."""

    def unproven(*_: object) -> None:
        raise UnprovenEdit("more than the named texts would change")

    monkeypatch.setattr(vocabulary_gate, "replace_texts", unproven)

    ended = place.run("validate", "--all", "--fix", "--diff")

    assert ended.code == 1
    assert "alpha/module.manifest.json: not fixed: more than the named texts" in ended.out
    assert place.manifest("alpha").read_bytes() == ALPHA


def test_a_broken_manifest_is_no_business_of_fixing(place: Workplace) -> None:
    """What cannot be read is a violation as ever, and is left alone."""
    place.write("beta", b'{"module": "beta", "features": ["find",]}')

    ended = place.run("validate", "--all", "--fix")

    assert ended.code == 1
    assert place.manifest("beta").read_bytes() == b'{"module": "beta", "features": ["find",]}'
    assert place.manifest("alpha").read_bytes() == FIXED
