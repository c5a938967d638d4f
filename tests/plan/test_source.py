"""The repository of manifests: named by the user, by git, or by GitHub."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.plan.source import (
    ManifestPlace,
    Source,
    check_form,
    find_source,
    former_repository,
    place_of,
    repository_url,
)
from lukhas_notion.util.errors import ConfigError

CI = {"GITHUB_SERVER_URL": "https://git.corp.example", "GITHUB_REPOSITORY": "Team/Mods"}


def found(**said: Any) -> Source:
    """Return the source for what is known."""
    known: dict[str, Any] = {"named": "", "origin": "", "environ": {}, "folder": "modules"}
    return find_source(**(known | said))


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("https://github.com/octo/mods.git", "https://github.com/octo/mods"),
        ("https://x-access-token:ghs_secret@github.com/octo/mods", "https://github.com/octo/mods"),
        ("git@github.com:octo/mods.git", "https://github.com/octo/mods"),
        ("git@github.com:/octo/mods.git", "https://github.com/octo/mods"),
        ("ssh://git@ssh.github.com:443/octo/mods.git", "https://github.com/octo/mods"),
        ("ssh://git@altssh.gitlab.com:443/octo/mods.git", "https://gitlab.com/octo/mods"),
        ("ssh://git@GitHub.com:22/octo/mods/", "https://github.com/octo/mods"),
        ("https://git.example:8443/octo/mods", "https://git.example:8443/octo/mods"),
        ("http://git.example/octo/mods?token=s#x", "http://git.example/octo/mods"),
        ("gitlab.example:group/sub/mods.git", "https://gitlab.example/group/sub/mods"),
        ("/srv/git/mods.git", ""),
        ("../mods", ""),
        ("file:///srv/mods", ""),
        ("C:\\mods", ""),
        ("https://local.invalid/octo/mods", ""),
        ("https://github.com/", ""),
        ("https://github.com/../mods", ""),
        ("https://[::1/mods", ""),
        ("ext::sh -c id", ""),
        ("", ""),
    ],
)
def test_an_origin_becomes_an_address_without_user_information(origin: str, url: str) -> None:
    """Host and path are all that is taken from it."""
    assert repository_url(origin) == url


@given(st.text(max_size=30))
def test_no_secret_of_an_origin_reaches_the_address(secret: str) -> None:
    """Whatever the user information of a remote is, no address has it."""
    assert "s3cret" not in repository_url(f"https://u:s3cret{secret}@github.com/octo/mods")


def test_what_is_said_comes_before_git_and_git_before_github() -> None:
    """The first that is known counts."""
    origin = "git@github.com:octo/mods.git"
    assert found(named="a/b", origin=origin, environ=CI).base == "https://git.corp.example/a/b"
    assert found(origin=origin, environ=CI).repository == "github.com/octo/mods"
    assert found(environ=CI).repository == "git.corp.example/team/mods"
    assert found(origin="/srv/x", environ=CI).repository == "git.corp.example/team/mods"


def test_what_nobody_knows_is_weak() -> None:
    """A folder that belongs to no repository has an address that proves nothing."""
    weak = found(form="https://example.org/{path}")
    assert weak.is_weak
    assert weak.link("a/b.json") == "https://local.invalid/modules/a/b.json"
    assert place_of(weak.link("a/b.json")) == ManifestPlace("local.invalid/modules", "a/b.json")
    assert not found(origin="git@github.com:o/r").is_weak


@pytest.mark.parametrize("said", ["x", "a/b/c d", "https://", "../x", "/srv/mods", "a b"])
def test_a_source_that_names_no_repository_is_an_error(said: str) -> None:
    """A typing error must not give pages to another repository."""
    with pytest.raises(ConfigError, match="does not name a repository"):
        found(named=said)


def test_a_former_repository_is_named_as_records_name_it() -> None:
    """By its short name or its URL, in any case of letters."""
    for said in ("Octo/Old", "https://github.com/octo/old.git", "git@github.com:octo/old"):
        assert former_repository(said) == "github.com/octo/old"


@pytest.mark.parametrize(
    ("base", "link"),
    [
        ("https://github.com/o/r", "https://github.com/o/r/blob/HEAD/s/a%20b.json"),
        ("https://gitlab.com/g/s/r", "https://gitlab.com/g/s/r/-/blob/HEAD/s/a%20b.json"),
        ("https://bitbucket.org/o/r", "https://bitbucket.org/o/r/src/HEAD/s/a%20b.json"),
        ("https://codeberg.org/o/r", "https://codeberg.org/o/r/src/commit/HEAD/s/a%20b.json"),
        ("https://git.example/o/r", "https://git.example/o/r/blob/HEAD/s/a%20b.json"),
    ],
)
def test_a_link_has_the_form_of_its_host(base: str, link: str) -> None:
    """The same form gives the place back."""
    source = Source(base, "s/")
    assert source.link("a b.json") == link
    assert place_of(link) == source.place("a b.json")


@given(
    st.lists(
        st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="/\0"),
            min_size=1,
            max_size=8,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_path_comes_back_from_its_link(names: list[str]) -> None:
    """Whatever a file is called, its address names just that file."""
    path = "/".join(names)
    source = Source("https://gitlab.com/group/sub/repo", "", "d" * 40)
    assert place_of(source.link(path)) == source.place(path)


def test_a_name_that_is_no_text_has_an_address() -> None:
    """A file system keeps bytes, which need not be UTF-8."""
    source = Source("https://github.com/o/r")
    assert source.link("a\udcff.json").endswith("a%FF.json")
    assert place_of(source.link("a\udcff.json")) == source.place("a\udcff.json")


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ("https://code.example/{commit}/{path}", False),
        ("https://code.example/view?file={path}", False),
        ("javascript:{path}", True),
        ("https://code.example/", True),
        ("https://code.example/{path}#L1", True),
        ("https://code.example/{path} x", True),
        ("https://code.example/)<{path}", True),
        ("https://code.example/'{path}", True),
        ("https://code.example/%00{path}", True),
        ("https://{path}", True),
        ("https://code.example/{path}{x}", True),
    ],
)
def test_a_form_names_the_path_and_has_no_fragment(form: str, wrong: bool) -> None:
    """What cannot carry a record is refused where it is configured."""
    assert bool(check_form(form)) is wrong


@pytest.mark.parametrize(
    ("base", "page", "raw"),
    [
        ("https://github.com/o/r", "blob/HEAD/a%20b", "raw/HEAD/a%20b"),
        ("https://gitlab.com/o/r", "-/blob/HEAD/a%20b", "-/raw/HEAD/a%20b"),
    ],
)
def test_a_file_of_a_body_is_on_the_default_branch(base: str, page: str, raw: str) -> None:
    """The repository's top is its own address: no host has a file without a name."""
    source = Source(base)
    assert source.at_head("a b") == f"{base}/{page}"
    assert source.raw_at_head("a b") == f"{base}/{raw}"
    assert source.at_head("") == base


def test_a_repository_without_an_address_has_no_files() -> None:
    """A link that leads nowhere is text on the page."""
    source = found()
    assert source.is_weak
    assert source.at_head("a") == source.raw_at_head("a") == source.at_head("") == ""
