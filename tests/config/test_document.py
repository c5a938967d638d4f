"""The configuration as a document: its schema, the line of each error, all errors at once."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from lukhas_notion.config import config, settings
from lukhas_notion.config.document import Document, key_schema, kind_of, shape
from lukhas_notion.config.gates import DEFAULT_SCHEMA
from lukhas_notion.config.toml_lines import MOST_NAMES, lines_of, long_key, toml_string
from lukhas_notion.plan.finding import FindingKind
from lukhas_notion.plan.property_types import PROPERTY_TYPES
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
'Single'.type = "number"
[vocabularies]
"""


def document(text: str = TEXT) -> Document:
    """Return the document of a file."""
    return Document.parse(text, "conf/x.toml")


def refused(text: str) -> ConfigError:
    """Return the error of a file that has another shape than the schema."""
    with pytest.raises(ConfigError) as caught:
        document(text).finish()
    return caught.value


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("run", "concurrency"), "conf/x.toml:3: run.concurrency"),
        (("run", "absent"), "conf/x.toml:2: run.absent"),
        (("run",), "conf/x.toml:2: run"),
        (("properties", "Mo dule", "type"), 'conf/x.toml:6: properties."Mo dule".type'),
        (("properties", "Mo dule", "from"), 'conf/x.toml:7: properties."Mo dule".from'),
        (("properties", "Mo dule", "each"), 'conf/x.toml:5: properties."Mo dule".each'),
        (("properties", "Inline", "from"), "conf/x.toml:12: properties.Inline.from"),
        (("properties", "Dotted", "type"), "conf/x.toml:13: properties.Dotted.type"),
        (("properties", "Single"), "conf/x.toml:14: properties.Single"),
        (("properties",), "conf/x.toml:5: properties"),
        (("nowhere", "at all"), 'conf/x.toml:1: nowhere."at all"'),
    ],
)
def test_every_key_has_a_place(path: tuple[str, ...], place: str) -> None:
    """A key has its line, and a missing key has the line of its table."""
    found = document()
    assert found.place(*path) == place
    assert str(found.error(path, "is wrong", "Fix it.")) == f"{place} is wrong.\n  Fix it."


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        (
            "[run]\nconcurrency = 0",
            "conf/x.toml:2: run.concurrency: 0 must be at least 1.",
            "Expected: whole number, 1 to 100. Requests at once. The default is 10.",
        ),
        (
            '[manifests]\ninclude = ["a", 1]',
            "conf/x.toml:2: manifests.include: 1 is a number; it must be text.",
            "Expected: list of globs. Which files are manifests.",
        ),
        ("run = 1", "conf/x.toml:1: run: 1 is a number; it must be a table.", "Expected: table."),
        (
            '[mapping]\nkey = "id"',
            'conf/x.toml:2: mapping.key has "id", which is not a JSON pointer.',
            "Begin it with a slash, such as /id, and write ~0 for ~",
        ),
        (
            '[provenance]\nrecord = "of"',
            'conf/x.toml:2: provenance.record: "of" is not one of "on" or "off".',
            'Did you mean "off"?',
        ),
        (
            "[run]\ndeadline = -inf",
            "conf/x.toml:2: run.deadline is -inf, which is not a finite number.",
            "Write a number.",
        ),
        (
            "[run]\nconcurency = 1",
            "conf/x.toml:2: run.concurency is not a known key.",
            'Did you mean "concurrency"?',
        ),
        (
            "[source]\nzzz = 1",
            "conf/x.toml:2: source.zzz is not a known key.",
            "Known keys: url.",
        ),
        (
            '[verify]\n"ignore\\u200b" = []',
            'conf/x.toml:2: verify."ignore\u200b" is not a known key.',
            "The two look the same: the first has U+200B where the second has nothing",
        ),
    ],
)
def test_another_shape_is_an_error_with_its_line_and_a_remedy(
    text: str, message: str, remedy: str
) -> None:
    """The error has the problem, the place and the description in the schema."""
    error = refused(text)
    assert error.message == message
    assert remedy in error.remedy


def test_all_errors_come_at_once_in_the_order_of_the_lines() -> None:
    """All errors are reported together."""
    text = "[run]\nconcurency = 1\nledger = 7\n[nope]\n[notion]\nrate_limit = 1000\n"
    lines = refused(text).message.split("\n")
    assert lines[0] == "The configuration has 4 errors."
    assert [line.partition(" ")[0] for line in lines[1:]] == [
        f"conf/x.toml:{line}:" for line in (2, 3, 4, 6)
    ]
    assert lines[1].endswith('Did you mean "concurrency"?')


def test_of_very_many_errors_the_first_are_told() -> None:
    """A message has a limited number of errors."""
    text = "".join(f"[t{n}]\n" for n in range(200))
    lines = refused(text).message.split("\n")
    assert lines[0] == "The configuration has 200 errors."
    assert len(lines) == 52
    assert lines[-1] == "150 more are not shown."


def test_a_wrong_value_is_as_good_as_absent_until_the_end() -> None:
    """After the errors, the document has only values of the types in the schema."""
    found = document('[run]\nledger = 7\nreport = "r"\n[properties.X]\ntype = 1\n')
    assert found.get("run", "ledger") is None
    assert found.text("run", "report") == "r"
    assert found.table("properties") == {}
    assert not found.is_whole("properties")
    assert found.is_whole("mapping")
    with pytest.raises(ConfigError):
        found.finish()


def test_values_are_read_as_what_they_are() -> None:
    """Each accessor returns the value, or its default where there is none."""
    found = document(
        '[run]\nledger = " x "\ndeadline = 1.5\n[mapping]\nkey = "/a"\ndefaults = false\n'
        '[provenance]\nvolatile = ["/b"]\n[properties.D]\ntype = "date"\nconstant = 2026-01-31\n'
    )
    found.finish()
    assert (found.text("run", "ledger"), found.get("run", "ledger")) == ("x", " x ")
    assert found.texts("mapping", "key") == ("/a",)
    assert found.texts("provenance", "volatile") == ("/b",)
    assert found.get("mapping", "defaults", default=True) is False
    assert found.get("run", "deadline") == 1.5
    assert found.get("properties", "D", "constant") == "2026-01-31"
    assert (found.text("a"), found.texts("b"), found.table("c")) == ("", (), {})
    assert found.get("run", "z", default=3) == 3


def keys_of(part: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the path of every key that the schema names."""
    found = []
    for name in key_schema(path).get("properties", {}) if path else part["properties"]:
        found += [(*path, name), *keys_of(part, (*path, name))]
    if path == ("properties",):
        found += keys_of(part, (*path, "NAME"))
    return found


def test_the_schema_is_a_json_schema_that_describes_every_key() -> None:
    """Editors show the description, and the documentation and the messages are made from it."""
    schema = shape()
    Draft202012Validator.check_schema(schema)
    keys = keys_of(schema)
    assert len(keys) > 30
    for path in keys:
        part = key_schema(path)
        assert part["description"].endswith("."), path
        assert "not" in part or kind_of(part), path


@pytest.mark.parametrize(
    ("path", "default"),
    [
        (("manifests", "include"), list(config.DEFAULT_INCLUDE)),
        (("provenance", "volatile"), list(config.DEFAULT_VOLATILE)),
        (("schema", "path"), DEFAULT_SCHEMA),
        (("notion", "rate_limit"), settings.DEFAULT_RATE),
        (("run", "concurrency"), settings.DEFAULT_CONCURRENCY),
        (("run", "max_retries"), settings.DEFAULT_RETRIES),
        (("run", "ledger"), config.DEFAULT_LEDGER),
        (("run", "report"), config.DEFAULT_REPORT),
    ],
)
def test_the_schema_has_the_defaults_of_the_code(path: tuple[str, ...], default: object) -> None:
    """What an editor shows is what holds."""
    assert key_schema(path)["default"] == default


def test_the_schema_has_every_type_and_every_kind_of_finding() -> None:
    """Every property type and kind of finding of the code is allowed in the file."""
    assert key_schema(("properties", "X", "type"))["enum"] == [str(t) for t in PROPERTY_TYPES]
    kinds = key_schema(("verify", "ignore"))["items"]["enum"]
    assert kinds == [str(kind) for kind in FindingKind]
    assert json.dumps(kinds) == json.dumps(sorted(set(kinds), key=kinds.index))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\n", "Git LFS pointer"),
        ("../.git/annex/objects/Xk/0/SHA256E-s1--0\n", "git-annex pointer"),
        ("[run]\n<<<<<<< HEAD\nconcurrency = 1\n=======\n>>>>>>> x\n", "merge conflict"),
    ],
)
def test_what_git_leaves_in_the_files_place_is_named(text: str, name: str) -> None:
    """A Git LFS pointer or a merge conflict has an error with its own remedy."""
    with pytest.raises(ConfigError) as caught:
        Document.parse(text, "lukhas-notion.toml")
    assert name in caught.value.message
    assert "toml.io" not in caught.value.remedy


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
    """A file that cannot be parsed has an error with a line and a remedy."""
    with pytest.raises(ConfigError, match=rf"^conf/x.toml:{line}: this ") as caught:
        document(text)
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
    """The key is refused before Python's reader, whose time grows with the square of the names."""
    with pytest.raises(
        ConfigError, match=rf"^conf/x.toml:{line}: this key has more than"
    ) as caught:
        document(text)
    assert caught.value.remedy


def test_dots_in_text_and_comments_are_no_names() -> None:
    """Dots in quotes and comments do not separate names."""
    dots = ".".join("a" * 1_000)
    found = document(
        f"# {dots}\n[vocabularies]\na = \"{dots}\"\nb = '{dots}'\nc = '''\n{dots}'''\n"
        f'"{dots}" = "x"\n'
    )

    assert list(found.table("vocabularies")) == ["a", "b", "c", dots]


@pytest.mark.parametrize("number", ["0x" + "f" * 100_000, "-9223372036854775809", "0b" + "1" * 65])
def test_an_integer_of_more_than_64_bits_is_refused(number: str) -> None:
    """An integer of more than 64 bits is an error, also one that Python cannot print."""
    error = refused(f"[manifests]\n\n[run]\nconcurrency = {number}\n")
    assert error.message == "conf/x.toml:4: run.concurrency has an integer of more than 64 bits."


def test_a_message_shows_the_beginning_of_a_long_key() -> None:
    """A message shows at most 60 characters of a key."""
    assert len(str(refused('"' + "k" * 100_000 + '" = 1\n'))) < 500


def test_lines_of_headings_and_keys() -> None:
    """Each is found by its names, however they are quoted, at its first line."""
    text = '[a . "b c"]\nx = 1\n"y\\u00A0" = [\n  2,\n]\n[a."b c".\'d\']\n[a]\nz.w = 1\n'
    assert lines_of(text) == {
        ("a", "b c"): 1,
        ("a", "b c", "x"): 2,
        ("a", "b c", "y\u00a0"): 3,
        ("a", "b c", "d"): 6,
        ("a",): 7,
        ("a", "z", "w"): 8,
    }


def test_a_key_of_too_many_names_is_found_at_its_line() -> None:
    """Dots in quotes and comments are not between names."""
    assert long_key("x = 1\n" + ".".join("a" * (MOST_NAMES + 1)) + " = 1") == 2
    assert long_key(".".join("a" * MOST_NAMES) + " = 1") is None
    assert long_key('x = "' + "." * 100 + '"  # ' + "a." * 100) is None


@pytest.mark.parametrize(
    "name", ["plain", 'a "b" \\', "no\u00a0break", "e\u0301", "\u200bx", "\U000e0041"]
)
def test_a_name_is_copied_from_a_message_into_the_file(name: str) -> None:
    """Hidden characters are escaped, and TOML reads the same name again."""
    quoted = toml_string(name)
    assert quoted.isprintable()
    assert tomllib.loads(f"{quoted} = 1") == {name: 1}
