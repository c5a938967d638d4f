"""Which paths a glob matches, which globs are refused, and in how many steps."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.manifests.globs import (
    MOST_ALTERNATIVES,
    Effort,
    ExhaustedError,
    PatternError,
    parse_glob,
)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("**/module.manifest.json", "module.manifest.json", True),
        ("**/module.manifest.json", "a/b/module.manifest.json", True),
        ("**/module.manifest.json", "a/other.json", False),
        ("*/x.json", "a/x.json", True),
        ("*/x.json", "a/b/x.json", False),
        ("*/x.json", "x.json", False),
        ("a/**", "a/b/c.json", True),
        ("a/**", "b/c.json", False),
        ("a/", "a/b/c.json", True),
        ("a/", "ab/c.json", False),
        ("a/**/b/**/c.json", "a/x/b/y/b/z/c.json", True),
        ("a/**/b/**/c.json", "a/x/y/c.json", False),
        ("**", "a/b", True),
        ("**/b/*.json", "b/a/b/c.json", True),
        ("m[ab]?.json", "ma1.json", True),
        ("m[!ab]?.json", "ma1.json", False),
        ("m[^ab]?.json", "ma1.json", False),
        ("m[^ab]?.json", "mc1.json", True),
        ("a.json", "abjson", False),
        ("A.json", "a.json", False),
        ("a", "a/b", False),
        ("./a/*.json", "a/x.json", True),
        ("a/./b//c.json", "a/b/c.json", True),
        ("a/.", "a/b/c.json", True),
        ("{a,b}/**", "b/c/x.json", True),
        ("{a,b}/**", "c/x.json", False),
        ("{a,b/{c,d}}/x.json", "b/d/x.json", True),
        ("{a,b/{c,d}}/x.json", "b/x.json", False),
        ("{,old/}x.json", "x.json", True),
        ("{,old/}x.json", "old/x.json", True),
        ("lib{,s}/", "libs/x", True),
        ("{a,./b}/x", "b/x", True),
    ],
)
def test_globs(pattern: str, path: str, matches: bool) -> None:
    """Two stars cross folders, braces are either, and the rest stays within a name."""
    assert parse_glob(pattern).matches(path) is matches


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("!legacy/**", "begins with !"),
        ("libs\\**", "has a backslash"),
        ("/libs/**", "is absolute"),
        ("//libs", "is absolute"),
        ("//", "is absolute"),
        ("~/libs", "is absolute"),
        ("C:/libs/**", "is absolute"),
        ("../libs/**", "has .."),
        ("libs/../x", "has .."),
        (".", "names no folder and no file"),
        ("./", "names no folder and no file"),
        ("src/**.json", "has ** next to other characters, in '**.json'"),
        ("a**/x", "has ** next to other characters"),
        ("***/x", "has ** next to other characters"),
        ("{a,b/x", "has a { without a }"),
        ("a,b}/x", "has a } without a {"),
        ("{a}/x", "has braces without a comma"),
        ("{}/x", "has braces without a comma"),
        ("{a,../b}/x", "has .."),
        ("{a,/b}/x", "is absolute"),
        ("a\nb", "has a control character"),
        ("a\0b", "has a control character"),
        ("a" * 1_001, "is longer than"),
        ("{a,b}" * 8, f"stands for more than {MOST_ALTERNATIVES} patterns"),
        ("{" * 900, "has a { without a }"),
        ("{a," * 240 + "b" + "}" * 240, f"stands for more than {MOST_ALTERNATIVES} patterns"),
    ],
)
def test_a_pattern_that_means_nothing_is_refused(pattern: str, said: str) -> None:
    """A glob that can never match, or is misleading, is refused with a remedy."""
    with pytest.raises(PatternError) as caught:
        parse_glob(pattern)

    assert said in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("/legacy/x", "legacy/x"), ("~/a/*", "a/b"), ("C:/a/b", "a/b"), ("//", "a")],
)
def test_what_to_write_for_an_absolute_pattern_can_be_written(pattern: str, path: str) -> None:
    """The remedy has the pattern itself, relative to the root."""
    with pytest.raises(PatternError) as caught:
        parse_glob(pattern)
    assert parse_glob(caught.value.remedy.split("'")[1]).matches(path)


def test_a_folder_is_covered_by_its_name_and_by_what_is_below() -> None:
    """The globs `legacy`, `legacy/` and `legacy/**` exclude the same files."""
    for pattern in ("legacy", "legacy/", "legacy/**", "**/legacy"):
        assert parse_glob(pattern).covers("legacy/")
        assert not parse_glob(pattern).covers("legacy2/")
    assert not parse_glob("legacy/*.json").covers("legacy/")


SEGMENTS = st.lists(
    st.sampled_from(["**", "*", "a", "b", "a*", "?", "[ab]"]), min_size=1, max_size=5
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "c"]), min_size=1, max_size=5)


@given(SEGMENTS, PATHS)
def test_globs_agree_with_the_plain_meaning(segments: list[str], names: list[str]) -> None:
    """``**`` is any number of names, and everything else is one."""

    def means(parts: list[str], rest: list[str]) -> bool:
        if not parts:
            return not rest
        if parts[0] == "**":
            return any(means(parts[1:], rest[count:]) for count in range(len(rest) + 1))
        return bool(rest) and fnmatch.fnmatchcase(rest[0], parts[0]) and means(parts[1:], rest[1:])

    assert parse_glob("/".join(segments)).matches("/".join(names)) is means(segments, names)


def test_many_matches_end_at_a_number_of_steps() -> None:
    """The steps granted to one match are used first, and do not accumulate."""
    glob, effort = parse_glob("**/" + "a/" * 20 + "z/*"), Effort(1_000)
    for _ in range(100):
        effort.grant(100)
        assert glob.matches("a/" * 20 + "z/c", effort)

    def hostile() -> None:
        for _ in range(100):
            effort.grant(100)
            glob.matches("a/" * 30 + "c", effort)

    with pytest.raises(ExhaustedError):
        hostile()


def test_matching_does_not_go_back_over_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile pattern compares each of its parts with each name at most once for every **."""
    glob, compared = parse_glob("**/a/" * 30 + "b*"), 0

    def counting(match: re.Match[str] | None) -> object:
        nonlocal compared
        compared += 1
        return match

    for parts in glob._parts:
        parts[:] = [p and (lambda name, p=p: counting(p(name))) for p in parts]  # type: ignore[misc]

    assert not glob.matches("a/" * 300 + "c")
    assert compared <= 61 * 301
