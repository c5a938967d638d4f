"""The Action on a pull request: what is validated, previewed and said."""

from __future__ import annotations

import json

import pytest
from support.actions import ActionPlace
from support.fake_github import HEAD, FakeComment

from lukhas_notion.action.untrusted_preview import parse

ALPHA = "alpha/module.manifest.json"


def edit(action: ActionPlace, path: str = "alpha", **values: object) -> None:
    """Change a manifest in the pull request."""
    action.place.edit(path, **values)
    action.pull.change(f"{path}/module.manifest.json")


def test_a_changed_manifest_is_previewed_in_one_comment(action: ActionPlace) -> None:
    """The comment says in its headline what merging changes, and below it before → after."""
    edit(action, description="It finds.")

    ran = action.pull_request()

    assert ran.code == 0, ran.log
    assert action.pull.writes == ["create"]
    first, *rest = action.comment.split("\n")
    assert first.startswith("<!-- lukhas-notion ")
    assert HEAD in first
    assert rest[0] == "## 📝 Merging changes 1 page in Notion"
    assert "What alpha does" in action.comment
    assert "It finds" in action.comment
    assert ran.outputs["changes"] == "true"
    assert ran.outputs["updated"] == "1"
    assert ran.outputs["comment-posted"] == "true"
    assert ran.outputs["failure-reason"] == ""
    assert ran.outputs["plan-digest"] in action.comment
    assert "Merging changes 1 page" in ran.summary


def test_a_preview_never_writes_to_notion(action: ActionPlace) -> None:
    """Notion receives only reads, whatever a pull request contains."""
    edit(action, description="It finds.")
    writes = action.place.writes

    action.pull_request()

    assert action.place.writes == writes


def test_only_changed_manifests_are_read_from_notion(action: ActionPlace) -> None:
    """The preview of one changed manifest costs four requests."""
    edit(action, description="It finds.")
    before = len(action.place.notion.requests)

    action.pull_request()

    assert len(action.place.notion.requests) - before == 4


def test_a_page_that_was_retitled_in_notion_is_found(action: ActionPlace) -> None:
    """By the base branch's SHA, in the query of the titles; one more request names the editor."""
    page = action.place.pages()["alpha"]["id"]
    action.place.notion.edit_page(page, {"Module": "Alpha, the first"})
    edit(action, description="It finds.")
    before = len(action.place.notion.requests)

    ran = action.pull_request()

    assert (ran.outputs["created"], ran.outputs["updated"]) == ("0", "1")
    assert len(action.place.notion.requests) - before == 4 + 1
    assert "Alpha, the first" in action.comment


def test_a_page_that_nothing_finds_is_looked_for_among_all(action: ActionPlace) -> None:
    """The base branch has the module, so it has a page, whatever was done to title and SHA."""
    page = action.place.pages()["alpha"]
    link = action.place.notion.link(page["id"], "Provenance SHA")
    edits = {"Module": "Alpha, the first", "Provenance SHA": ("f" * 64, link)}
    action.place.notion.edit_page(page["id"], edits)
    edit(action, description="It finds.")
    ran = action.pull_request()
    assert (ran.outputs["created"], ran.outputs["updated"]) == ("0", "1")


def test_a_module_that_is_new_is_not_looked_for_among_all(action: ActionPlace) -> None:
    """Neither branch nor ledger knows of a page that it could have."""
    action.place.write("delta", {"module": "delta", "features": ["search"]})
    action.pull.change("delta/module.manifest.json", "added")
    before = len(action.place.notion.requests)
    ran = action.pull_request()
    assert ran.outputs["created"] == "1"
    assert len(action.place.notion.requests) - before == 4


def test_a_rename_and_a_restore_are_shown_before_the_merge(action: ActionPlace) -> None:
    """Links and comments stay with the module that is called otherwise now."""
    edit(action, module="alpha-two")
    ran = action.pull_request()
    assert (ran.outputs["created"], ran.outputs["updated"]) == ("0", "1")
    assert "- **Module**: alpha → alpha-two" in action.comment
    action.place.notion.trash_page(action.place.pages()["alpha"]["id"])
    ran = action.pull_request(head="d" * 40)
    assert (ran.outputs["created"], ran.outputs["restored"]) == ("0", "1")
    assert "its page is in the trash" in action.comment


def test_a_second_run_edits_the_comment_in_place(action: ActionPlace) -> None:
    """A push to the pull request changes the comment that is there."""
    edit(action, description="It finds.")
    action.pull_request()
    action.place.edit("alpha", description="It finds more.")

    action.pull_request(head="d" * 40)

    assert action.pull.writes == ["create", "edit"]
    assert "It finds more" in action.comment


def test_an_unchanged_comment_is_not_written(action: ActionPlace) -> None:
    """Running again on the same commit leaves the comment alone."""
    edit(action, description="It finds.")
    action.pull_request()

    action.pull_request()

    assert action.pull.writes == ["create"]


def test_a_foreign_comment_with_our_marker_is_left_alone(action: ActionPlace) -> None:
    """Another user's copy of the marker is not used."""
    edit(action, description="It finds.")
    action.pull_request()
    action.pull.comments.insert(0, FakeComment(action.pull, 1, "mallory", action.comment))
    action.place.edit("alpha", description="It finds more.")

    action.pull_request(head="d" * 40)

    assert "more" not in action.pull.comments[0].body
    assert "It finds more" in action.comment


def test_violations_are_annotated_on_their_lines_and_stop_the_preview(
    action: ActionPlace,
) -> None:
    """A violation fails the run, is an annotation on its line, and heads the comment."""
    edit(action, features=["serach"])

    ran = action.pull_request()

    assert ran.code == 1
    assert ran.outputs["failure-reason"] == "violations"
    assert ran.outputs["violations"] == "1"
    assert f"::error file={ALPHA},line=1," in ran.log
    assert "❌ 1 violation: nothing is written to Notion" in action.comment
    assert f"https://github.example/octo/manifests/blob/{HEAD}/{ALPHA}#L1" in action.comment


def test_nine_annotations_and_how_many_more(action: ActionPlace) -> None:
    """The runner shows ten annotations of a kind: nine, and one that counts the rest."""
    edit(action, features=[f"wrong-{n}" for n in range(30)])

    ran = action.pull_request()

    assert ran.log.count("::error ") == 10
    assert "21 more violations" in ran.log
    assert ran.summary.count("wrong-") >= 30


def test_a_changed_vocabulary_concerns_all_manifests(action: ActionPlace) -> None:
    """With ``scope: auto`` a changed schema, vocabulary or configuration selects everything."""
    names = action.place.root / "vocab/features.json"
    names.write_text(json.dumps({"export": {}}))
    action.pull.change("vocab/features.json")

    ran = action.pull_request()

    assert ran.outputs["violations"] == "3"
    assert action.pull_request(scope="changed").outputs["violations"] == "0"


@pytest.mark.parametrize("mode", ["dry-run", "validate"])
@pytest.mark.parametrize("token", ["ntn", ""])
def test_a_vocabulary_that_a_pull_request_deletes_is_missed(
    action: ActionPlace, mode: str, token: str
) -> None:
    """The base branch has it, so the comment and the summary say so at the top, in every mode."""
    (action.place.root / "vocab/features.json").unlink()
    action.pull.change("vocab/features.json", status="removed")
    inputs = {} if token else {"notion_token": ""}

    ran = action.pull_request(mode=mode, **inputs)

    assert ran.code == 1
    assert ran.outputs["failure-reason"] == "violations"
    said = "the vocabulary of Features is missing here, and the base branch has it"
    for text in (action.comment, ran.summary):
        head = text[: text.index("### ❌ Violations")]
        assert "A gate is missing" in head
        assert said in head
        assert "(3 manifests)" in head


def test_an_incomplete_file_list_selects_all_manifests(action: ActionPlace) -> None:
    """When GitHub lists fewer files than the pull request changes, nothing is passed over."""
    action.place.edit("beta", description="Changed, and not on the list.")
    action.pull.counted = 3_001

    ran = action.pull_request()

    assert ran.outputs["updated"] == "1"


def test_a_new_name_that_another_manifest_bears_is_a_violation(action: ActionPlace) -> None:
    """A changed manifest must not have the name of an unchanged one."""
    edit(action, module="beta")

    ran = action.pull_request()

    assert ran.code == 1
    assert "also in" in ran.log


def test_deleted_and_renamed_manifests_are_shown_as_such(action: ActionPlace) -> None:
    """A deletion and a renaming are named, and their pages stay."""
    action.place.manifest("gamma").unlink()
    action.pull.change("gamma/module.manifest.json", "removed")
    target = action.place.manifest("moved")
    target.parent.mkdir()
    action.place.manifest("beta").rename(target)
    action.pull.change("moved/module.manifest.json", "renamed", "beta/module.manifest.json")

    ran = action.pull_request()

    assert ran.code == 0
    assert "gamma/module.manifest.json` is deleted" in action.comment
    assert "beta/module.manifest.json` is renamed to `moved/module.manifest.json" in action.comment


def test_apply_is_refused_on_a_pull_request(action: ActionPlace) -> None:
    """``mode: apply`` on a pull request is refused, with why."""
    edit(action, description="It finds.")
    writes = action.place.writes

    ran = action.pull_request(mode="apply")

    assert ran.code == 2
    assert "not merged yet" in ran.log
    assert ran.outputs["failure-reason"] == "configuration"
    assert action.place.writes == writes


def test_a_fork_is_compared_with_the_base_branch(action: ActionPlace) -> None:
    """Without a token for Notion the preview is against the base branch, and says so."""
    edit(action, description="It finds.")
    action.place.write("delta", {"module": "delta", "features": ["export"]})
    action.pull.change("delta/module.manifest.json", "added")
    before = len(action.place.notion.requests)

    ran = action.pull_request(fork=True)

    assert ran.code == 0, ran.log
    assert len(action.place.notion.requests) == before
    assert ran.outputs["created"] == "1"
    assert ran.outputs["updated"] == "1"
    assert "Compared with the base branch; Notion was not read" in action.comment
    assert "What alpha does" in action.comment


def test_a_fork_that_may_not_comment_leaves_its_data_in_a_file(action: ActionPlace) -> None:
    """A 403 on the comment is not a failure: its data is in a file, and an output says so."""
    edit(action, description="It finds.")
    action.pull.forbidden = True

    ran = action.pull_request(fork=True)

    assert ran.code == 0
    assert ran.outputs["comment-posted"] == "false"
    assert "::warning" in ran.log
    data = parse((action.place.root / "reports/notion_sync_comment.json").read_bytes())
    [page] = data["pages"]
    assert (page["kind"], page["module"], page["properties"]) == (
        "update",
        "alpha",
        ["Description"],
    )


def test_a_fork_is_still_validated(action: ActionPlace) -> None:
    """A fork's violations fail its run."""
    edit(action, features=["serach"])

    ran = action.pull_request(fork=True)

    assert ran.code == 1
    assert f"file={ALPHA}" in ran.log


def test_changes_only_makes_no_comment_for_nothing(action: ActionPlace) -> None:
    """With ``changes-only`` an empty plan makes no comment, but updates one that is there."""
    action.pull.change("README.md")
    assert action.pull_request(comment="changes-only").outputs["comment-posted"] == "false"
    assert action.pull.comments == []

    edit(action, description="It finds.")
    action.pull_request(comment="changes-only")
    action.place.edit("alpha", description="What alpha does.")
    action.pull_request(comment="changes-only", head="d" * 40)

    assert "Merging changes nothing in Notion" in action.comment


def test_comment_false_makes_none(action: ActionPlace) -> None:
    """``comment: false`` leaves the pull request alone."""
    edit(action, description="It finds.")

    ran = action.pull_request(comment="false")

    assert ran.code == 0
    assert action.pull.comments == []


def test_comments_of_two_databases_are_told_apart(action: ActionPlace) -> None:
    """Each ``comment-id`` has a comment of its own."""
    edit(action, description="It finds.")

    action.pull_request(comment_id="catalogue")
    action.pull_request(comment_id="internal")

    assert len(action.pull.comments) == 2


def test_fail_on_drift(action: ActionPlace) -> None:
    """Drift is a failure only with ``fail-on-drift``."""
    page = action.place.pages()["alpha"]
    action.place.notion.edit_page(page["id"], {"Description": "By hand."})
    action.pull.change(ALPHA)

    assert action.pull_request().code == 0
    ran = action.pull_request(fail_on_drift="true")

    assert ran.code == 1
    assert ran.outputs["failure-reason"] == "drift"
    assert ran.outputs["drifted"] == "1"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"mode": "aply"}, "The input mode is 'aply'."),
        ({"backfill": "yes"}, "The input backfill is 'yes'."),
        ({"comment_id": "<!--"}, "The input comment-id"),
        ({"rate_limit": "-1"}, "The input rate-limit"),
        ({"concurrency": "2.5"}, "The input concurrency"),
        ({"concurrency": "101"}, "concurrency is 101"),
        ({"root": "../elsewhere"}, "The input root"),
        ({"ledger_branch": "a..b"}, "The input ledger-branch"),
        ({"ledger_branch": "refs/heads/x"}, "a branch's name, without refs/heads/"),
        ({"ledger_branch": "HEAD"}, "The input ledger-branch"),
        ({"ledger_branch": "a/.b"}, "The input ledger-branch"),
        ({"ledger_branch": "a.lock"}, "The input ledger-branch"),
        ({"comment": "yes"}, "true, changes-only, false"),
        ({"scope": "some"}, "auto, changed, all"),
        ({"notion_database_id": "modules"}, "The input notion-database-id"),
    ],
)
def test_a_wrong_input_is_named_with_what_it_may_be(
    action: ActionPlace, inputs: dict[str, str], words: str
) -> None:
    """An invalid input exits 2, names the input and says what it may be."""
    ran = action.pull_request(**inputs)

    assert ran.code == 2
    assert words in ran.log
    assert ran.outputs["failure-reason"] == "configuration"


@pytest.mark.parametrize(
    ("value", "made"), [("True", 1), ("TRUE", 1), ("False", 0), ("FALSE", 0), ("true", 1)]
)
def test_booleans_are_spelt_as_in_yaml(action: ActionPlace, value: str, made: int) -> None:
    """Also where an input may be more than true and false."""
    edit(action, description="It finds.")

    assert action.pull_request(comment=value).code == 0
    assert len(action.pull.comments) == made


@pytest.mark.parametrize("inputs", [{}, {"notion_token": ""}])
def test_an_lfs_pointer_is_named(action: ActionPlace, inputs: dict[str, str]) -> None:
    """The remedy for a checkout without LFS is on the manifest's line."""
    action.place.write(
        "alpha",
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12\n",
    )
    action.pull.change(ALPHA)

    ran = action.pull_request(**inputs)

    assert ran.outputs["failure-reason"] == "violations"
    assert f"file={ALPHA}" in ran.log
    assert "lfs: true" in ran.log


def test_tokens_are_masked_before_anything_else(action: ActionPlace) -> None:
    """The first lines of the log hide both tokens, however they came."""
    action.environ["NOTION_TOKEN"] = "ntn_another_secret"
    edit(action, description="It finds.")

    ran = action.pull_request()

    lines = ran.log.splitlines()
    masked = {line.removeprefix("::add-mask::") for line in lines if "::add-mask::" in line}
    assert masked == {"ntn_local_emulator", "ghs_token_of_the_test", "ntn_another_secret"}
    assert all(line.startswith("::add-mask::") for line in lines[: len(masked)])
    rest = "\n".join(line for line in lines if not line.startswith("::add-mask::"))
    assert not any(secret in rest + ran.summary + action.comment for secret in masked)


def test_hostile_text_is_data_everywhere(action: ActionPlace) -> None:
    """Untrusted names and texts run no command, mention no one and close no markup."""
    evil = "x</details>\n::set-output name=a::b ##[error]y @octo #1 <script>|`` \u202e"
    action.place.write("evil", {"module": evil, "description": evil, "features": [evil]})
    action.pull.change("evil/module.manifest.json", "added")

    ran = action.pull_request()

    assert ran.code == 1
    for line in ran.log.splitlines():
        assert "##[" not in line
        assert not line.lstrip().startswith("::set-output")
    for text in (action.comment, ran.summary):
        assert "<script>" not in text
        assert "\u202e" not in text


def test_a_name_that_only_a_backfill_is_missing_for_is_previewed(action: ActionPlace) -> None:
    """A pull request that adds a word and uses it is green, and its comment names the command."""
    vocabulary = action.place.root / "vocab/features.json"
    vocabulary.write_text(json.dumps({"search": {}, "export": {}, "brand.new": {}}))
    action.pull.change("vocab/features.json")
    edit(action, features=["brand.new"])

    ran = action.pull_request(backfill="false")

    assert ran.code == 0, ran.log
    needed = "needs a backfill first: `lukhas-notion backfill --features --apply`"
    assert needed in action.comment
    assert "After a backfill, merging changes 1 page" in action.comment
    assert ran.outputs["violations"] == "0"


def test_a_pattern_that_matches_nothing_is_named_in_the_comment(action: ActionPlace) -> None:
    """Otherwise a broken manifest that it was to find would pass unseen."""
    config = action.place.root / "lukhas-notion.toml"
    config.write_text('[manifests]\ninclude = ["**/module.manifest.json", "libz/**"]\n')
    edit(action, description="It finds.")

    ran = action.pull_request()

    assert ran.code == 0, ran.log
    assert "matches nothing" in action.comment
    assert "libz" in action.comment
    assert "matches nothing" in ran.summary


def test_every_pattern_of_a_pull_request_that_finds_nothing_is_named(action: ActionPlace) -> None:
    """The patterns are named in addition to the error that there is no manifest."""
    config = action.place.root / "lukhas-notion.toml"
    config.write_text('[manifests]\ninclude = ["libz/**"]\n')
    action.pull.change("lukhas-notion.toml")

    ran = action.pull_request()

    assert ran.code == 2
    assert "No manifest was found" in ran.log
    assert "'libz/**' matches nothing" in ran.log


def test_a_preview_shows_icon_link_and_status(action: ActionPlace) -> None:
    """Properties in addition to the default ones are in the comment with both values."""
    root = action.place.root
    toml = '[page]\nicon = { from = "/icon" }\n[properties.State]\ntype = "status"\n'
    toml += 'from = "/state"\nvocabulary = false\n[properties.Docs]\ntype = "rich_text"\n'
    toml += 'from = "/docs"\nlink = "@source"\n'
    (root / "lukhas-notion.toml").write_text(toml, encoding="utf-8")
    notion = action.place.notion
    notion.add_property("State", "status", settings={"options": [{"name": "Draft"}]})
    notion.add_option("State", "Live")
    notion.add_property("Docs", "rich_text")
    edit(action, icon="📦", state="Live", docs="Read *me*")

    ran = action.pull_request()

    assert ran.code == 0, ran.log
    assert "Page icon" in action.comment
    assert "📦" in action.comment
    assert "Draft" in action.comment
    assert "Live" in action.comment
    assert "/blob/HEAD/alpha/module.manifest.json" in action.comment.replace("\u200b", "")
    assert "Read *me* <" not in action.comment  # which Markdown would not show as it is


def test_a_fork_shows_people_and_relations_by_their_names(action: ActionPlace) -> None:
    """Equal values in both branches are not a change, and names do not need Notion."""
    root = action.place.root
    (root / "vocab/people.json").write_text(json.dumps({"@org/team": "team@example.org"}))
    toml = '[properties.Owners]\ntype = "people"\nfrom = "/owners"\naliases = "vocab/people.json"\n'
    toml += '[properties.Uses]\ntype = "relation"\nfrom = "/uses"\n'
    (root / "lukhas-notion.toml").write_text(toml, encoding="utf-8")
    action.place.edit("beta", owners=["@org/team"], uses=["gamma"])
    action.keep_base()
    edit(action, owners=["@org/team"], uses=["beta"])
    edit(action, "beta", description="Another.")

    ran = action.pull_request(fork=True)

    assert ran.code == 0, ran.log
    shown = action.comment.replace("&#8203;", "")
    assert "**Owners**: _empty_ → team@example.org" in shown
    assert "**Uses**: _empty_ → beta" in shown
    assert "gamma" not in shown
    assert "leaves out" not in shown
