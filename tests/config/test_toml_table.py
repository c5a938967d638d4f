"""Tables of a TOML file: types, unknown keys, and the line of each error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lukhas_notion.config.toml_table import Table
from lukhas_notion.util.errors import ConfigError

TEXT = """\
# a comment
[run]
concurrency = 10

[properties . "Mo dule"]
type = "title"
from = [
  "/a",
]

[properties]
Inline = { type = "select", from = "/x" }
Dotted.type = "url"
'Single' = 1
[empty]
"""


def table(text: str = TEXT) -> Table:
    """Return the table of a file."""
    return Table.of_text(text, "conf/x.toml")


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        (["run"], "concurrency", "conf/x.toml:3: run.concurrency"),
        (["run"], "absent", "conf/x.toml:2: run.absent"),
        (["run"], "", "conf/x.toml:2: run"),
        (["properties", "Mo dule"], "type", 'conf/x.toml:6: properties."Mo dule".type'),
        (["properties", "Mo dule"], "from", 'conf/x.toml:7: properties."Mo dule".from'),
        (["properties", "Mo dule"], "each", 'conf/x.toml:5: properties."Mo dule".each'),
        (["properties", "Inline"], "from", "conf/x.toml:12: properties.Inline.from"),
        (["properties", "Dotted"], "type", "conf/x.toml:13: properties.Dotted.type"),
        (["properties"], "Single", "conf/x.toml:14: properties.Single"),
        (["properties"], "", "conf/x.toml:5: properties"),
        (["nowhere"], "at all", 'conf/x.toml:1: nowhere."at all"'),
    ],
)
def test_every_key_has_a_place(path: list[str], key: str, place: str) -> None:
    """A key is named with its line, and an absent one with the line of what is around it."""
    found = table()
    for name in path:
        found = found.table(name)
    assert found.place(key) == place
    assert str(found.error(key, "is wrong", "Mend it.")) == f"{place} is wrong.\n  Mend it."


READERS: list[tuple[str, Callable[[Table], object], str]] = [
    ('k = "x"', lambda t: t.table("k"), "table"),
    ("k = 1", lambda t: t.text("k"), "text"),
    ("k = [1]", lambda t: t.texts("k"), "list of texts"),
    ('k = "x"', lambda t: t.texts("k"), "list of texts"),
    ("k = 1", lambda t: t.one_or_more("k"), "list of texts"),
    ('k = "true"', lambda t: t.flag("k", False), "true or false"),
    ('k = "1"', lambda t: t.number("k"), "number"),
    ("k = true", lambda t: t.number("k"), "number"),
    ("k = 1", lambda t: t.no_more(), "not a known key"),
]


@pytest.mark.parametrize(("text", "reads", "said"), READERS)
def test_a_value_of_another_type_is_an_error_with_its_line_and_a_remedy(
    text: str, reads: Callable[[Table], object], said: str
) -> None:
    """Each accessor refuses what it does not read, and says where and what to do."""
    with pytest.raises(ConfigError, match=rf"^conf/x.toml:2: k is .*{said}") as caught:
        reads(table(f"# first\n{text}\n"))
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\n", "Git LFS pointer"),
        ("../.git/annex/objects/Xk/0/SHA256E-s1--0\n", "git-annex pointer"),
        ("[run]\n<<<<<<< HEAD\nconcurrency = 1\n=======\n>>>>>>> x\n", "merge conflict"),
    ],
)
def test_what_git_leaves_in_the_files_place_is_named(text: str, name: str) -> None:
    """What to do about it has nothing to do with TOML."""
    with pytest.raises(ConfigError) as caught:
        Table.of_text(text, "lukhas-notion.toml")
    assert name in caught.value.message
    assert "toml.io" not in caught.value.remedy


def test_values_are_read_as_what_they_are() -> None:
    """Each accessor returns the value, or its default where there is none."""
    found = table('a = " x "\nb = ["y"]\nc = true\nd = 1.5\ne = {}\n')
    assert (found.text("a"), found.text("a", strip=False)) == ("x", " x ")
    assert found.one_or_more("a") == (" x ",)
    assert found.texts("b") == found.one_or_more("b") == ("y",)
    assert found.flag("c", False) is True
    assert found.number("d") == 1.5
    assert found.table("e").names() == []
    found.no_more()
    assert (found.text("z"), found.texts("z"), found.flag("z", True)) == ("", (), True)
    assert found.number("z") is None
    assert found.raw("z") is None
    assert found.names() == ["a", "b", "c", "d", "e"]


def test_an_unknown_key_is_named_with_the_nearest_known_one() -> None:
    """A slip is told with the right spelling; with nothing near, all known keys are listed."""
    found = table("[run]\nconcurency = 1\n").table("run")
    found.number("concurrency")
    found.has("deadline")
    with pytest.raises(ConfigError) as caught:
        found.no_more()
    assert "x.toml:2: run.concurency is not a known key" in caught.value.message
    assert caught.value.remedy == "Did you mean 'concurrency'?"

    other = table("[run]\nzzz = 1\n").table("run")
    other.has("deadline")
    with pytest.raises(ConfigError, match="is not a known key: none has it") as caught:
        other.no_more("none has it")
    assert caught.value.remedy == "Known: deadline."


def test_an_unknown_key_that_looks_like_a_known_one_is_told_apart() -> None:
    """Nobody would see what is wrong with it, so its code points are named."""
    table = Table.of_text('"t\u0131tle" = 1\n"title\u200b" = 1\n', "f.toml")
    table.raw("title")
    table.raw("t\u0131tle")
    with pytest.raises(ConfigError) as caught:
        table.no_more()
    assert "the first has U+200B where the second has nothing" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = \n", 2),
        ("a = 1\na = 2\n", 2),
        ("a = 1\n\nb = [1,\n", 4),
        ("a = " + "[" * 5_000, 1),
        ("a = " + "1" * 5_000, 1),
    ],
)
def test_what_is_not_toml_is_an_error_with_its_line(text: str, line: int) -> None:
    """A file that cannot be parsed, however it is broken, is told with a line and a remedy."""
    with pytest.raises(ConfigError, match=rf"^conf/x.toml:{line}: this ") as caught:
        table(text)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n" + ".".join("a" * 60_000) + " = 1", 2),
        ("[" + ".".join("a" * 60_000) + "]\n", 1),
        ("x = 1\ny = {" + " . ".join("a" * 60_000) + " = 1}\n", 2),
        (".".join(['"a.b"'] * 60_000) + " = 1", 1),
        ('a = """\n..."""\n' + ".".join(["'a'"] * 60_000) + " = 1", 3),
    ],
)
def test_a_key_of_very_many_names_is_refused_before_it_is_parsed(text: str, line: int) -> None:
    """Python's reader takes the square of them; ours takes none of them for a key."""
    with pytest.raises(
        ConfigError, match=rf"^conf/x.toml:{line}: this key has more than"
    ) as caught:
        table(text)
    assert caught.value.remedy


def test_dots_in_text_and_comments_are_no_names() -> None:
    """What stands in quotes or behind # may have as many as it likes."""
    dots = ".".join("a" * 1_000)
    found = table(f"# {dots}\na = \"{dots}\"\nb = '{dots}'\nc = '''\n{dots}'''\n\"{dots}\" = 1\n")

    assert found.names() == ["a", "b", "c", dots]


@pytest.mark.parametrize("number", ["0x" + "f" * 100_000, "-9223372036854775809", "0b" + "1" * 65])
def test_an_integer_of_more_than_64_bits_is_refused(number: str) -> None:
    """TOML has none, and Python could not even write some of them into a message."""
    said = r"x.toml:3: run has an integer of more than 64 bits"
    text = f"a = 1\n\n[run]\nx = [[{number}]]\n"
    if not number.startswith("0"):
        text = text.replace("[[", "").replace("]]", "")
    with pytest.raises(ConfigError, match=said):
        table(text)


def test_a_message_shows_the_beginning_of_a_long_key() -> None:
    """Whatever somebody writes, an error is read by people."""
    with pytest.raises(ConfigError) as caught:
        table('"' + "k" * 100_000 + '" = 1\n').no_more()

    assert len(str(caught.value)) < 500
