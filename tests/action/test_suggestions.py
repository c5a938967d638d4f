"""Synonyms in a pull request: a suggestion on the line where there can be one, else the command."""

from __future__ import annotations

import json

import pytest
from github import GithubException
from support.actions import ActionPlace
from support.fake_github import HEAD
from support.github_diffs import patch

ALPHA = "alpha/module.manifest.json"
MANIFEST = '{\n  "module": "alpha",\n  "features": [\n    "Find",\n    "export"\n  ]\n}\n'


def propose(action: ActionPlace, text: str = MANIFEST, name: str = "alpha") -> None:
    """Change a manifest in the pull request, with the hunks that GitHub would show."""
    path = f"{name}/module.manifest.json"
    before = action.repository.base.get(path, b"")
    action.place.write(name, text)
    action.pull.files[:] = [f for f in action.pull.files if f.filename != path]
    action.pull.change(path, patch=patch(before, text.encode()))


@pytest.mark.parametrize("mode", ["dry-run", "validate"])
def test_a_synonym_gets_a_suggestion_on_its_line(action: ActionPlace, mode: str) -> None:
    """One review has the whole fixed line; comment and annotation mention it, too."""
    propose(action)

    ran = action.pull_request(mode=mode)

    assert ran.code == 1
    [review] = action.pull.reviews
    assert (review["event"], review["commit"].sha) == ("COMMENT", HEAD)
    [comment] = review["comments"]
    assert (comment["path"], comment["line"], comment["side"]) == (ALPHA, 4, "RIGHT")
    assert comment["body"].endswith(
        '- `Find` is `search` in the vocabulary.\n\n```suggestion\n    "search",\n```'
    )
    assert "🔧 1 can be fixed: 1 by the suggestions in the changed files." in action.comment
    assert "suggestions: 1 made, 0 there already, 0 removed" in ran.log
    assert "`validate --fix` does it." in ran.log
    assert "🔧 1 can be fixed: 1 by `lukhas-notion validate --all --fix`." in ran.summary


def test_it_is_not_made_again_and_goes_when_the_name_is_mended(action: ActionPlace) -> None:
    """A later push keeps it while it applies; after the fix it is gone."""
    propose(action)
    action.pull_request()
    action.pull.head.sha = "d" * 40

    again = action.pull_request(head="d" * 40)

    assert len(action.pull.reviews) == 1
    assert "suggestions: 0 made, 1 there already, 0 removed" in again.log
    propose(action, MANIFEST.replace("Find", "search"))
    ran = action.pull_request(head="d" * 40)
    assert ran.code == 0
    assert action.pull.lines == []
    assert "suggestions: 0 made, 0 there already, 1 removed" in ran.log


def test_what_is_not_in_the_diff_is_left_to_the_command(action: ActionPlace) -> None:
    """GitHub shows no hunks of a large file, and lines that read otherwise there are others."""
    propose(action)
    for hunks in (None, "@@ -1 +1 @@\n+{}", action.pull.files[0].patch.replace("Find", "find")):
        action.pull.files[0].patch = hunks

        ran = action.pull_request()

        assert ran.code == 1
        assert action.pull.reviews == []
        assert "can be fixed: 1 by `lukhas-notion validate --all --fix`" in action.comment


def test_there_are_thirty_at_most(action: ActionPlace) -> None:
    """The rest is counted, in the comment and in the log."""
    names = ",\n".join(['"find"'] + [f'"out{n}"' for n in range(40)])
    features = {"search": {"synonyms": ["find"]}}
    features |= {f"export{n}": {"synonyms": [f"out{n}"]} for n in range(40)}
    (action.place.root / "vocab/features.json").write_text(json.dumps(features))
    propose(action, f'{{"module": "alpha", "features": [\n{names}\n]}}')

    ran = action.pull_request(scope="changed")

    assert len(action.pull.lines) == 30
    assert "suggestions: 11 more are not made" in ran.log
    assert (
        "🔧 41 can be fixed: 30 by the suggestions in the changed files, "
        "11 by `lukhas-notion validate --all --fix`." in action.comment
    )


def test_a_token_that_may_not_is_a_warning(action: ActionPlace) -> None:
    """A fork's run goes on, and its summary names the command."""
    propose(action)
    action.pull.forbidden = True

    ran = action.pull_request(fork=True)

    assert ran.outputs["failure-reason"] == "violations"
    assert "::warning title=suggestions::The suggestions could not" in ran.log
    assert "can be fixed: 1 by `lukhas-notion validate --all --fix`" in ran.summary


@pytest.mark.parametrize("inputs", [{"suggestions": "false"}, {"comment": "false"}])
def test_they_can_be_switched_off(action: ActionPlace, inputs: dict[str, str]) -> None:
    """By their own input, and with the comment."""
    propose(action)

    ran = action.pull_request(**inputs)

    assert ran.code == 1
    assert action.pull.reviews == []


def test_a_run_that_a_push_has_overtaken_suggests_nothing(action: ActionPlace) -> None:
    """Its lines are those of another diff."""
    propose(action)
    action.pull.head.sha = "d" * 40

    ran = action.pull_request()

    assert action.pull.reviews == []
    assert "left to the run of a later push" in ran.log


def test_a_push_while_a_review_is_made_is_no_failure(action: ActionPlace) -> None:
    """GitHub refuses lines of an outdated diff; the later push's own run suggests them."""
    propose(action)

    def overtake() -> None:
        action.pull.head.sha = "d" * 40
        raise GithubException(422, {"message": "Line could not be resolved"}, {})

    action.pull.on["review"] = [overtake]

    ran = action.pull_request()

    assert ran.outputs["failure-reason"] == "violations"
    assert "left to the run of a later push" in ran.log
    assert "title=suggestions" not in ran.log


def test_two_databases_have_a_suggestion_each(action: ActionPlace) -> None:
    """What one run suggests, the other leaves alone."""
    propose(action)
    for name in ("catalogue", "internal", "catalogue"):
        action.pull_request(comment_id=name)
    assert len(action.pull.lines) == 2


def test_an_apply_suggests_nothing(action: ActionPlace) -> None:
    """After a merge there is no diff to suggest anything on."""
    propose(action)

    ran = action.run("push", mode="apply")

    assert ran.code == 1
    assert action.pull.reviews == []


def test_a_folder_of_the_repository_is_part_of_the_path(action: ActionPlace) -> None:
    """With the input ``root``, GitHub gets the whole path, and the command names the folder."""
    folder = action.place.root / "docs of ours"
    (folder / "vocab").mkdir(parents=True)
    (folder / "alpha").mkdir()
    names = (action.place.root / "vocab/features.json").read_bytes()
    (folder / "vocab/features.json").write_bytes(names)
    (folder / ALPHA).write_text(MANIFEST)
    action.pull.change(f"docs of ours/{ALPHA}", patch=patch(b"", MANIFEST.encode()))
    (folder / "beta").mkdir()
    (folder / "beta/module.manifest.json").write_text('{"module": "b", "features": ["find"]}')
    action.pull.change("docs of ours/beta/module.manifest.json")

    action.pull_request(root="docs of ours")

    assert [comment.path for comment in action.pull.lines] == [f"docs of ours/{ALPHA}"]
    assert "1 by `lukhas-notion validate --all --fix --root 'docs of ours'`" in action.comment


def test_hostile_text_on_the_line_stays_inside_the_block(action: ActionPlace) -> None:
    """Backticks lengthen the fence; what cannot be seen is not offered at all."""
    evil = '{"module": "alpha", "description": "``` @octo <b>",\n"features": ["find", "````"]}'
    propose(action, evil)
    propose(
        action,
        evil.replace("@octo", "\u202e")
        .replace("alpha", "beta")
        .replace('"features": [', '"features": ["\u202e", '),
        "beta",
    )

    ran = action.pull_request()

    [comment] = action.pull.lines
    assert comment.path == ALPHA
    assert comment.body.endswith('\n\n`````suggestion\n"features": ["search", "````"]}\n`````')
    assert "2 can be fixed" not in ran.log
    assert "🔧 2 can be fixed: 1 by the suggestions" in action.comment
