"""A gate that looked at nothing is not green: which manifests a pull request's run looks at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.actions import ActionPlace, Ran
from support.fake_github import refused

from lukhas_notion.util.git import top_of

BAD = {"module": 7}


def validate(action: ActionPlace, **inputs: str) -> Ran:
    """Validate the pull request."""
    return action.pull_request(**{"mode": "validate", **inputs})


def violated(ran: Ran, path: str) -> bool:
    """Return whether the run failed on a manifest, annotated by its path in the repository."""
    return ran.outputs["failure-reason"] == "violations" and f"::error file={path}" in ran.log


@pytest.mark.parametrize("status", ["added", "modified", "removed"])
def test_a_changed_file_of_a_body_selects_its_manifest(action: ActionPlace, status: str) -> None:
    """The manifest next to a changed README belongs to the pull request."""
    (action.place.root / "lukhas-notion.toml").write_text('[page]\nbody = { file = "README.md" }\n')
    action.place.write("bad", BAD)
    if status != "removed":
        (action.place.root / "bad/README.md").write_text("Text.\n")
    action.pull.change("bad/README.md", status)
    action.pull.change("README.md", "modified")
    (action.place.root / "README.md").write_text("Of no module.\n")

    assert violated(validate(action), "bad/module.manifest.json")


def test_a_linked_body_selects_its_manifest(action: ActionPlace) -> None:
    """GitHub lists the file that the link leads to, and not the link."""
    (action.place.root / "lukhas-notion.toml").write_text('[page]\nbody = { file = "README.md" }\n')
    action.place.write("bad", BAD)
    (action.place.root / "texts").mkdir()
    (action.place.root / "texts/bad.md").write_text("Text.\n")
    (action.place.root / "bad/README.md").symlink_to("../texts/bad.md")
    action.pull.change("texts/bad.md", "modified")

    assert violated(validate(action), "bad/module.manifest.json")


def test_a_file_that_the_schema_refers_to_concerns_every_manifest(action: ActionPlace) -> None:
    """Such as a part that several schemas share."""
    folder = action.place.root / "schemas"
    (folder / "parts").mkdir(parents=True)
    schema = {"properties": {"description": {"$ref": "parts/a.json"}}}
    (folder / "module.manifest.schema.json").write_text(json.dumps(schema))
    (folder / "parts/a.json").write_text('{"$ref": "b.json"}')
    (folder / "parts/b.json").write_text('{"maxLength": 3}')
    action.pull.change("schemas/parts/b.json", "modified")

    ran = validate(action)

    assert violated(ran, "alpha/module.manifest.json")
    assert "All manifests are compared, because `schemas/parts/b.json` changed" in ran.summary


def test_attributes_of_git_concern_every_manifest(action: ActionPlace) -> None:
    """They change the content of files that GitHub does not list."""
    action.place.write("bad", BAD)
    (action.place.root / ".gitattributes").write_text("*.json working-tree-encoding=UTF-16\n")
    action.pull.change(".gitattributes", "added")

    assert violated(validate(action), "bad/module.manifest.json")


@pytest.mark.parametrize("mode", ["validate", "dry-run"])
@pytest.mark.parametrize("what", ["removed", "renamed", "another key"])
def test_a_manifest_that_names_a_module_that_goes_is_checked(
    action: ActionPlace, what: str, mode: str
) -> None:
    """Its relation would stop the apply after the merge."""
    place = action.place
    configured = '[properties."Depends on"]\ntype = "relation"\nfrom = "/needs"\n'
    (place.root / "lukhas-notion.toml").write_text(configured)
    settings = {"data_source_id": place.source, "dual_property": {}}
    place.notion.add_property("Depends on", "relation", place.source, settings)
    place.edit("beta", needs=["alpha"])
    assert action.run("push", mode="apply").code == 0
    action.keep_base()
    path = "alpha/module.manifest.json"
    if what == "another key":
        place.edit("alpha", module="omega")
        action.pull.change(path)
    elif what == "removed":
        place.manifest("alpha").unlink()
        action.pull.change(path, "removed")
    else:
        (place.root / "omega").mkdir()
        place.manifest("alpha").rename(place.manifest("omega"))
        action.pull.change("omega/module.manifest.json", "renamed", path)

    ran = action.pull_request(mode=mode)

    assert violated(ran, "beta/module.manifest.json") == (what != "renamed"), ran.log


def test_a_fork_cannot_use_up_the_requests_of_a_repository(action: ActionPlace) -> None:
    """GitHub counts those of all its workflows together: many manifests are only checked."""
    for number in range(201):
        action.place.write(f"m{number}", {"module": f"m{number}"})
        action.pull.change(f"m{number}/module.manifest.json", "added")
    action.repository.base = {}
    action.repository.get_contents = (  # type: ignore[method-assign]
        lambda path, ref: refused(404)() if path.startswith("schemas/") else pytest.fail(path)
    )

    ran = action.pull_request(fork=True)

    assert ran.code == 0, ran.log
    assert "More than 200 manifests change, so they are only checked" in ran.log
    assert "201 manifests checked" in ran.summary


# --- where the root is ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "root",
    [
        "services/payments",
        "./services/payments",
        "services//payments",
        "services/payments/",
        "services/payments/.",
        "./services/./payments//",
    ],
)
def test_every_spelling_of_the_root_is_the_same_root(action: ActionPlace, root: str) -> None:
    """What GitHub lists is found below the root, however the workflow spells it."""
    action.place.write("services/payments/bad", BAD)
    path = "services/payments/bad/module.manifest.json"
    action.pull.change(path, "added")

    assert violated(validate(action, root=root), path)


def test_a_root_that_is_a_link_inside_the_checkout(action: ActionPlace) -> None:
    """GitHub's paths are those of the folder that the link leads to."""
    action.place.write("services/payments/bad", BAD)
    (action.place.root / "current").symlink_to("services/payments")
    path = "services/payments/bad/module.manifest.json"
    action.pull.change(path, "added")

    assert violated(validate(action, root="current"), path)


@pytest.mark.parametrize("root", ["repository", "./repository/", "repository/services"])
def test_a_checkout_in_a_folder_of_the_workspace(action: ActionPlace, root: str) -> None:
    """With actions/checkout's ``path`` GitHub's paths are relative to that folder."""
    action.environ["GITHUB_WORKSPACE"] = str(action.place.root.parent)
    (action.place.root / ".git").mkdir()
    action.place.write("services/bad", BAD)
    action.pull.change("services/bad/module.manifest.json", "added")

    ran = validate(action, root=root)

    assert violated(ran, "services/bad/module.manifest.json")
    assert ran.outputs["report-path"].startswith("repository/")


def test_the_top_of_a_checkout(tmp_path: Path) -> None:
    """A submodule's files belong to the checkout around it, and nothing outside is looked at."""
    inner = tmp_path / "workspace" / "repo" / "sub"
    inner.mkdir(parents=True)
    workspace = tmp_path / "workspace"
    (tmp_path / ".git").mkdir()
    assert top_of(inner, within=workspace) == workspace
    (inner / ".git").write_text("gitdir: ../.git/modules/sub\n")
    assert top_of(inner, within=workspace) == workspace
    (workspace / "repo" / ".git").mkdir()
    assert top_of(inner, within=workspace) == workspace / "repo"


# --- what the checkout lacks ---------------------------------------------------------------


@pytest.mark.parametrize("fork", [False, True])
def test_without_a_checkout_nothing_is_green(action: ActionPlace, fork: bool) -> None:
    """An empty workspace is an error and no valid repository."""
    for file in action.place.root.rglob("*.json"):
        file.unlink()
    action.pull.change("README.md")

    ran = action.pull_request(fork=fork)

    assert ran.code == 2
    assert "No manifest was found" in ran.log


@pytest.mark.parametrize("status", ["added", "modified", "renamed", "copied", "changed"])
@pytest.mark.parametrize("path", ["delta/module.manifest.json", "vocab/features.json"])
def test_a_changed_file_that_the_checkout_lacks_is_named(
    action: ActionPlace, status: str, path: str
) -> None:
    """A sparse checkout without the changed manifest or vocabulary is an error."""
    (action.place.root / path).unlink(missing_ok=True)
    action.pull.change(path, status, previous="old/module.manifest.json")

    ran = validate(action)

    assert ran.code == 2
    assert f"The pull request changes {path}, which is not in the checkout." in ran.log


def test_a_list_about_a_later_push_is_no_error(action: ActionPlace) -> None:
    """After a later push the list is not about this checkout, so all manifests are validated."""
    action.pull.change("delta/module.manifest.json", "added")
    action.pull.head.sha = "d" * 40
    action.place.edit("beta", features=["serach"])

    assert violated(validate(action), "beta/module.manifest.json")


# --- what the list does not name -----------------------------------------------------------


@pytest.mark.parametrize("scope", ["auto", "changed"])
def test_a_submodule_that_moved_widens_to_all(action: ActionPlace, scope: str) -> None:
    """GitHub lists the submodule and not the manifests in it."""
    action.place.write("libs/sub/bad", BAD)
    action.pull.change("libs/sub")

    assert violated(validate(action, scope=scope), "libs/sub/bad/module.manifest.json")


def test_a_submodule_that_was_removed_widens_to_all(action: ActionPlace) -> None:
    """It is known by its patch where the disk has it no more."""
    patch = "@@ -1 +0,0 @@\n-Subproject commit " + "a" * 40
    action.pull.change("libs/sub", "removed", patch=patch)
    action.place.edit("beta", features=["serach"])

    assert violated(validate(action), "beta/module.manifest.json")


@pytest.mark.parametrize("changed", ["shared/bad.json", "shared/middle.json"])
def test_a_link_whose_target_changes_widens_to_all(action: ActionPlace, changed: str) -> None:
    """The manifest is a link: what GitHub lists is the file, or the link, that it leads to."""
    root = action.place.root
    action.place.write("shared", BAD).rename(root / "shared/bad.json")
    (root / "shared/middle.json").symlink_to("bad.json")
    (root / "delta").mkdir()
    (root / "delta/module.manifest.json").symlink_to("../shared/middle.json")
    action.pull.change(changed)

    assert violated(validate(action), "delta/module.manifest.json")


def test_a_link_whose_target_stays_does_not_widen(action: ActionPlace) -> None:
    """A repository with links is not validated whole for that alone."""
    root = action.place.root
    action.place.write("shared", BAD).rename(root / "shared/bad.json")
    (root / "delta").mkdir()
    (root / "delta/module.manifest.json").symlink_to("../shared/bad.json")
    action.place.edit("alpha", description="It finds.")
    action.pull.change("alpha/module.manifest.json")

    assert validate(action).code == 0


def test_a_fork_with_an_incomplete_list_is_validated_and_not_compared(action: ActionPlace) -> None:
    """What changes is not known, so no comment says that merging changes nothing."""
    action.place.edit("alpha", description="It finds.")
    action.pull.counted = 5

    ran = action.pull_request(fork=True)

    assert ran.code == 0
    assert "3 manifests valid" in action.comment


@pytest.mark.parametrize("new", ["attic/x.json", "dist/alpha/module.manifest.json"])
def test_a_manifest_renamed_out_of_the_globs_is_a_removal(action: ActionPlace, new: str) -> None:
    """The file is not a manifest any more, and its page stays without one."""
    old = action.place.manifest("alpha")
    target = action.place.root / new
    target.parent.mkdir(parents=True)
    old.rename(target)
    action.pull.change(new, "renamed", previous="alpha/module.manifest.json")

    ran = action.pull_request()

    assert ran.code == 0, ran.log
    assert "`alpha/module.manifest.json` is deleted" in action.comment


# --- a token that may not list -------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("inputs", [{"mode": "validate"}, {}, {"notion_token": ""}])
def test_without_the_list_all_manifests_are_validated(
    action: ActionPlace, status: int, inputs: dict[str, str]
) -> None:
    """A token without ``pull-requests: read`` costs a warning, and no gate."""
    action.pull.unlisted = status
    action.place.edit("beta", features=["serach"])

    ran = action.pull_request(**inputs)

    assert violated(ran, "beta/module.manifest.json")
    assert "::warning title=GitHub::The pull request's files could not be listed" in ran.log
    # GitHub's words have no full stop, and the remedy is a sentence of its own.
    assert "not for this token. " in ran.log


@pytest.mark.parametrize("status", [422, 502])
def test_a_list_that_github_does_not_give_is_red(action: ActionPlace, status: int) -> None:
    """GitHub's own trouble is neither green nor an answer: the run fails, to be run again."""
    action.pull.unlisted = status

    ran = action.pull_request()

    assert (ran.code, ran.outputs["failure-reason"]) == (1, "github")


@pytest.mark.parametrize("fork", [False, True])
def test_without_a_github_token_all_manifests_are_validated(
    action: ActionPlace, fork: bool
) -> None:
    """An empty token, as in forks without the secret, is not a bug."""
    ran = action.pull_request(fork=fork, github_token="")
    assert ran.code == 0, ran.log
    assert "The input github-token is empty" in ran.log

    action.place.edit("beta", features=["serach"])
    assert violated(action.pull_request(fork=fork, github_token=""), "beta/module.manifest.json")
