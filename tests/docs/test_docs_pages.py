"""What can be held of a page without running it: blocks, markers, workflows, links."""

from __future__ import annotations

import json
import re
import tomllib
from urllib.parse import unquote, urlsplit

import pytest
from support import workflow_rules as support_workflow_rules
from support.docs import (
    PAGES,
    PROJECT,
    SHELL,
    anchors,
    blocks,
    links,
    parsed,
    spoken_commands,
    unknown_markers,
)

from lukhas_notion.cli.commands import parser
from lukhas_notion.manifests.source_text import TextError
from lukhas_notion.manifests.yaml_reader import parse_documents

LANGUAGES = (*SHELL, "yaml", "json", "toml", "python", "text", "diff", "markdown")
WORKFLOWS = {
    path.read_text(encoding="utf-8") for path in (PROJECT / "examples/workflows").glob("*.yml")
}


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page: str) -> None:
    """A block names its language, and one that is not run has a reason of some words."""
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{page}:{block.line}: {block.language!r}"
        reason = block.markers.get("not run")
        assert reason is None or len(reason.split()) > 2, f"{page}:{block.line}: {reason!r}"
    assert unknown_markers(parsed(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_workflow_is_an_example_or_keeps_the_rules(page: str) -> None:
    """A workflow that a reader may copy is one that runs in a test, or holds what those hold."""
    for block in blocks(page):
        is_workflow = block.language == "yaml" and "file" not in block.markers
        if is_workflow and block.text not in WORKFLOWS:
            found = support_workflow_rules.problems(block.text)
            assert found == [], f"{page}:{block.line}: {found}"


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_data_can_be_read(page: str) -> None:
    """JSON, a document or one a line, TOML, Python and a file in YAML are what they say."""
    for block in blocks(page):
        try:
            if block.language == "json":
                _read_json(block.text)
            elif block.language == "toml":
                tomllib.loads(block.text)
            elif block.language == "yaml" and "file" in block.markers:
                parse_documents(block.text)
            elif block.language == "python":
                compile(block.text, page, "exec")
        except (ValueError, SyntaxError, TextError) as error:
            pytest.fail(f"{page}:{block.line}: {error}")


def _read_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        for line in text.splitlines():
            json.loads(line)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_project_leads_somewhere(page: str) -> None:
    """The file is there, and so is the heading."""
    for line, target in links(page):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        folder = (PROJECT / page).parent
        file = (folder / unquote(parts.path)).resolve() if parts.path else PROJECT / page
        assert file.exists(), f"{page}:{line}: {target}"
        if parts.fragment:
            name = file.relative_to(PROJECT).as_posix()
            assert parts.fragment in anchors(name), f"{page}:{line}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_a_sentence_is_one(page: str) -> None:
    """Command and flags that are named between the blocks exist as well."""
    for line, words in spoken_commands(page):
        if not {"--help", "--version"} & set(words):
            try:
                parser().parse_args(words)
            except SystemExit:
                pytest.fail(f"{page}:{line}: lukhas-notion {' '.join(words)}")


def test_every_page_is_linked_from_the_index() -> None:
    """Every page can be found from the index."""
    linked = {
        (PROJECT / "docs" / urlsplit(target).path).resolve()
        for _, target in links("docs/README.md")
        if not urlsplit(target).scheme
    }
    pages = {PROJECT / page for page in PAGES if page.startswith("docs/")}
    assert pages - linked == {PROJECT / "docs/README.md"}


def test_every_test_that_is_named_is_there() -> None:
    """A sentence that names the test which holds it names one that exists."""
    text = (PROJECT / "docs/security.md").read_text(encoding="utf-8")
    named = re.findall(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)", text)
    assert len(named) > 20
    for test, path in named:
        assert f"def {test}(" in (PROJECT / path).read_text(encoding="utf-8"), (test, path)
