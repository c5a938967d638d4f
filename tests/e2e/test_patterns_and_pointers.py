"""Globs and pointers of the configuration that mean nothing, as a user meets them."""

from __future__ import annotations

import pytest
from support.workplace import Workplace

BROKEN = '{"module": }'
PROPERTY = '\n[properties.Runbook]\ntype = "url"\nfrom = "/link/runbook"\nrequired = false\n'


def configure(place: Workplace, text: str) -> None:
    """Write the configuration; the example's own is not needed."""
    (place.root / "lukhas-notion.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "include",
    [
        '["alpha/**/module.manifest.json", "./libs/**/module.manifest.json"]',
        '["{alpha,libs}/**"]',
        '["libs//*/module.manifest.json"]',
        '["libs/."]',
    ],
)
def test_a_pattern_in_another_form_finds_the_broken_manifest(
    small: Workplace, include: str
) -> None:
    """What is meant is searched, so that no broken manifest passes."""
    small.write("libs/broken", BROKEN)
    configure(small, f"[manifests]\ninclude = {include}\n")

    ended = small.run("validate", "--all")

    assert ended.code == 1
    assert "libs/broken/module.manifest.json:1: not JSON" in ended.out


@pytest.mark.parametrize(
    ("line", "said", "better"),
    [
        (
            'include = ["!legacy/**"]',
            "'!legacy/**', which begins with !",
            'exclude = ["legacy/**"]',
        ),
        ("include = ['libs\\**']", "which has a backslash", 'include = ["**"]'),
        ('include = ["/libs/**"]', "'/libs/**', which is absolute", 'include = ["libs/**"]'),
        ('include = ["../**/*.json"]', "which has ..", 'include = ["**/*.json"]'),
        ('include = [""]', "'', which is empty", "include = ['**/module.manifest.json']"),
        ('include = ["**.json"]', "has ** next to other characters", 'include = ["**/*.json"]'),
        ('exclude = ["{legacy"]', "has a { without a }", 'exclude = ["{legacy,x}"]'),
    ],
)
def test_a_pattern_that_means_nothing_is_refused_at_its_line(
    small: Workplace, line: str, said: str, better: str
) -> None:
    """Exit 2 before anything is checked; what the remedy says to write is read."""
    small.write("libs/a", {"module": "libs.a"})
    configure(small, f"[manifests]\n{line}\n")

    ended = small.run("validate", "--all")

    assert ended.code == 2
    assert "lukhas-notion.toml:2: manifests." in ended.err
    assert said in ended.err

    configure(small, f"[manifests]\n{better}\n")
    assert "which" not in small.run("validate", "--all").err


def test_a_folder_is_excluded_by_its_name(small: Workplace) -> None:
    """As in a .gitignore."""
    small.write("legacy/broken", BROKEN)
    configure(small, '[manifests]\nexclude = ["legacy"]\n')

    ended = small.run("validate", "--all")

    assert (ended.code, "matches nothing" in ended.out) == (0, False)


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "--all"),
        ("validate", "--module", "alpha"),
        ("doctor", "--offline"),
        ("sync", "--all", "--dry-run"),
    ],
)
def test_each_pattern_that_matches_nothing_is_named(
    small: Workplace, words: tuple[str, ...]
) -> None:
    """In validate, doctor and the preview, which go on with what the others match."""
    configure(
        small,
        '[manifests]\ninclude = ["**/module.manifest.json", "lib/**"]\n'
        'exclude = ["old", "alpa/"]\n',
    )

    ended = small.run(*words)

    assert ended.code == 0, ended.err
    for said in (
        "include: 'lib/**' matches nothing: there is no 'lib'",
        "exclude: 'old' matches nothing",
        "exclude: 'alpa/' matches nothing: there is no 'alpa' (did you mean 'alpha'?)",
    ):
        assert ended.out.count(said) == 1


def test_patterns_are_named_beside_the_error_that_nothing_was_found(small: Workplace) -> None:
    """The error names the reason, too."""
    configure(small, '[manifests]\ninclude = ["alhpa/**/*.json", "zzz/**"]\n')

    ended = small.run("sync", "--all", "--dry-run")

    assert ended.code == 2
    assert "No manifest was found" in ended.err
    assert "'alhpa/**/*.json' matches nothing: there is no 'alhpa' (did you mean" in ended.err
    assert "'zzz/**' matches nothing" in ended.err


@pytest.mark.parametrize(
    "words", [("validate", "--all"), ("doctor", "--offline"), ("sync", "--all", "--dry-run")]
)
def test_a_pointer_that_no_manifest_has_is_named(small: Workplace, words: tuple[str, ...]) -> None:
    """With how many were looked at and the nearest pointer that there is."""
    small.edit("alpha", links={"runbook": "https://example.org"})
    configure(small, PROPERTY)

    ended = small.run(*words)

    said = "Runbook: /link/runbook is in 0 of 3 manifests; the nearest there is /links/runbook."
    assert ended.out.count(said) == 1

    configure(small, PROPERTY.replace("/link/", "/links/"))
    assert "is in 0 of" not in small.run(*words).out


def test_one_module_says_nothing_of_pointers(small: Workplace) -> None:
    """That the others lack it too is not known."""
    configure(small, PROPERTY)

    assert "is in 0 of" not in small.run("validate", "--module", "alpha").out


@pytest.mark.parametrize(
    ("pointer", "said", "remedy"),
    [
        ("/a~b", "not a JSON pointer", "write ~0 for ~"),
        ("owners/0", "not a JSON pointer", "Begin it with a slash"),
        ("$.owners[0]", "not a JSON pointer", "Begin it with a slash"),
    ],
)
def test_a_pointer_that_can_point_at_nothing_is_refused(
    small: Workplace, pointer: str, said: str, remedy: str
) -> None:
    """When the configuration is read, with what to write."""
    configure(small, PROPERTY.replace("/link/runbook", pointer))

    ended = small.run("validate", "--all")

    assert ended.code == 2
    assert "lukhas-notion.toml:4: properties.Runbook.from" in ended.err
    assert said in ended.err
    assert remedy in ended.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('link = "/links/*"', "properties.Runbook.link has '/links/*', and a * leads to several"),
        ('end = "/*"', "properties.Runbook.end has '/*', and a * leads to several values"),
        (
            'required_from = true\nconstant = "x"',
            "required_from is for a value from the mani",
        ),
    ],
)
def test_a_setting_that_means_one_place_takes_no_star(
    small: Workplace, line: str, said: str
) -> None:
    """When the configuration is read; a constant is there in any case."""
    source = "" if "constant" in line else 'from = "/a"\n'
    kind = "date" if line.startswith("end") else "rich_text"
    configure(small, f'[properties.Runbook]\ntype = "{kind}"\n{source}{line}\n')

    ended = small.run("validate", "--all")

    assert ended.code == 2
    assert said in ended.err


def test_a_star_feeds_a_page_with_all_that_it_leads_to(small: Workplace) -> None:
    """From the manifest to Notion; one without any is a violation where it has to have one."""
    owners = [{"name": "Ada"}, {"name": "Grace"}, {}]
    small.edit("alpha", ownership={"owners": owners})
    entry = '[properties.Runbook]\ntype = "rich_text"\nfrom = "/ownership/owners/*/name"\n'
    configure(small, entry)

    ended = small.run("sync", "--all", "--add-properties")

    assert ended.code == 0, ended.err
    assert small.pages()["alpha"]["Runbook"] == "Ada, Grace"
    configure(small, f"{entry}required_from = true\n")
    ended = small.run("validate", "--all")
    assert ended.code == 1
    assert ended.out.count("Runbook has no value: nothing is at /ownership/owners/*/name") == 2
    assert "alpha/module.manifest.json" not in ended.out


def test_a_change_that_no_property_shows_writes_no_page(small: Workplace) -> None:
    """Where the provenance SHA is over what is mapped."""
    configure(small, '[provenance]\nof = "mapped"\n')
    assert small.run("sync", "--all").code == 0
    small.edit("alpha", unmapped="another value")

    ended = small.run("sync", "--all")

    assert "3 unchanged" in ended.out
    small.edit("alpha", description="Another one.")
    assert "1 to update, 2 unchanged" in small.run("sync", "--all").out


def test_a_manifest_that_git_lfs_keeps_elsewhere_is_named_as_that(small: Workplace) -> None:
    """With how to fetch it."""
    small.write("alpha", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")

    ended = small.run("validate", "--all")

    assert ended.code == 1
    assert "this is a Git LFS pointer, not the file that it stands for" in ended.out
    assert "`lfs: true`" in ended.out
