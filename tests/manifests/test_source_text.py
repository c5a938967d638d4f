"""What a file is that was to be JSON or TOML."""

from __future__ import annotations

import pytest

from lukhas_notion.manifests.document import parse_text
from lukhas_notion.manifests.manifest import Violation, parse_file
from lukhas_notion.manifests.source_text import TextError, recognise

LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"


@pytest.mark.parametrize(
    ("text", "name", "remedy"),
    [
        (LFS, "a Git LFS pointer", "lfs: true"),
        ("version https://hawser.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer", "lfs"),
        ("../../.git/annex/objects/Xk/0/SHA256E-s1--0\n", "a git-annex pointer", "git annex get"),
        ("/annex/objects/SHA256E-s1--0.json\n", "a git-annex pointer", "git annex get"),
        ('{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> x\n}', "merge conflict", "Resolve"),
        ('{"module": {{ name }}}', "a template", "exclude"),
        ("{% if x %}{}{% endif %}", "a template", "exclude"),
        ("{{- toJson .Values.manifest }}", "a template", "exclude"),
        ('{"a": <%= a %>}', "a template", "exclude"),
        ("---\nmodule: x\n", "YAML", "JSON"),
        ("# a comment\n\nmodule: x\n", "YAML", "JSON"),
        ("- a\n- b\n", "YAML", "JSON"),
        ("%YAML 1.2\n---\n", "YAML", "JSON"),
        ('[module]\nname = "x"\n', "TOML", "JSON"),
        ('name = "x"\n', "TOML", "JSON"),
        ("<!doctype html><html>", "HTML or XML", "JSON"),
        ("<?xml version='1.0'?>", "HTML or XML", "JSON"),
    ],
)
def test_a_file_is_named_as_what_it_is(text: str, name: str, remedy: str) -> None:
    """The error names the kind of the file and its remedy, in manifests and other JSON files."""
    with pytest.raises(TextError) as caught:
        parse_text(text)
    found = parse_file("m.json", text.encode())[0]

    assert caught.value.rule == "json.kind"
    assert caught.value.message.startswith("this is ")
    assert name in caught.value.message
    assert remedy in caught.value.remedy
    assert isinstance(found, Violation)
    assert (found.rule, found.line, found.message) == ("json.kind", 1, caught.value.message)


@pytest.mark.parametrize(
    "text",
    ['{"a": 1,}', "{'a': 1}", '{"a": {{"b": 1}}}', "[1", "nothing", '{"a": 1} // b', '"a": 1', ""],
)
def test_json_with_a_slip_stays_json(text: str) -> None:
    """JSON with a typing error keeps the message of the JSON reader."""
    assert recognise(text) is None


def test_json_that_looks_like_something_else_is_json() -> None:
    """Only a text that cannot be parsed is classified."""
    assert parse_text('{"a": "{{ b }}", "c": "---"}') == {"a": "{{ b }}", "c": "---"}
