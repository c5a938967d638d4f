"""``sync`` as a user runs it, against the embedded Notion."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.workplace import Workplace


def test_first_sync_creates_every_page_with_every_value(small: Workplace) -> None:
    """Every module gets one page that holds what its manifest says."""
    ended = small.run("sync", "--all")

    assert ended.code == 0, ended.out + ended.err
    pages = small.pages()
    assert sorted(pages) == ["alpha", "beta", "gamma"]
    alpha = pages["alpha"]
    assert alpha["Description"] == "What alpha does."
    assert alpha["Features"] == ["search"]
    assert alpha["Tags"] == ["tier:1"]
    assert alpha["Coverage"] == 80
    assert re.fullmatch(r"[0-9a-f]{64}", alpha["Provenance SHA"])
    assert alpha["Updated At"]


def test_second_sync_sends_nothing_that_writes(small: Workplace) -> None:
    """A page whose SHA matches is left alone, and the run costs three requests."""
    small.run("sync", "--all")
    writes, all_requests = small.writes, len(small.notion.requests)

    ended = small.run("sync", "--all")

    assert ended.code == 0
    assert "3 unchanged" in ended.out
    assert small.writes == writes
    assert len(small.notion.requests) - all_requests == 3


def test_dry_run_writes_nothing_and_shows_before_and_after(small: Workplace) -> None:
    """A dry run sends reads alone, and says for each property what was and what would be."""
    small.run("sync", "--all")
    small.edit("alpha", testing={"coverage_observed": 91.5}, description="It finds.")
    writes = small.writes

    ended = small.run("sync", "--all", "--dry-run")

    assert ended.code == 0
    assert small.writes == writes
    assert "Coverage: 80 → 91.5" in ended.out
    assert "Description: What alpha does. → It finds." in ended.out
    assert "nothing written" in ended.out


def test_one_edit_is_one_patch_with_what_changed(small: Workplace) -> None:
    """Only the changed property, the SHA and the moment of the write are sent."""
    small.run("sync", "--all")
    small.edit("alpha", testing={"coverage_observed": 81})

    small.run("sync", "--all")

    patches = [r for r in small.notion.requests if r.kind == "pages.update"]
    assert len(patches) == 1
    sent = patches[0].body
    assert isinstance(sent, dict)
    assert sorted(sent["properties"]) == ["Coverage", "Provenance SHA", "Updated At"]


def test_a_value_that_leaves_the_manifest_is_cleared(small: Workplace) -> None:
    """A property without a value in the manifest is empty in Notion."""
    small.run("sync", "--all")
    small.edit("alpha", description=None, features=None, tags=None, testing=None)

    small.run("sync", "--all")

    alpha = small.pages()["alpha"]
    assert not alpha["Description"]
    assert alpha["Features"] == []
    assert alpha["Tags"] == []
    assert alpha["Coverage"] is None


def test_an_edit_in_notion_is_drift_and_is_left_alone(small: Workplace) -> None:
    """Drift is reported with both values and its remedy, not written, and is no failure."""
    small.run("sync", "--all")
    page = small.pages()["beta"]
    small.notion.edit_page(page["id"], {"Description": "By hand.", "Coverage": None})
    writes = small.writes

    ended = small.run("sync", "--all")

    assert ended.code == 0
    assert "1 edited in Notion" in ended.out
    assert "What beta does. → By hand." in ended.out
    assert " → (empty)" in ended.out
    assert "Left as they are; `--repair-drift` writes the manifest's values over" in ended.out
    assert small.writes == writes


def test_repair_drift_writes_the_manifest_over_the_edit(small: Workplace) -> None:
    """``--repair-drift`` brings the page back."""
    small.run("sync", "--all")
    small.notion.edit_page(small.pages()["beta"]["id"], {"Description": "By hand."})

    ended = small.run("sync", "--all", "--repair-drift")

    assert ended.code == 0
    assert "--repair-drift" not in ended.out
    assert small.pages()["beta"]["Description"] == "What beta does."


def test_properties_outside_the_mapping_are_never_touched(small: Workplace) -> None:
    """A property that people added themselves keeps its value through an update."""
    small.run("sync", "--all")
    small.notion.add_property("Notes", "rich_text")
    page = small.pages()["alpha"]["id"]
    small.notion.edit_page(page, {"Notes": "Ask Kim"})
    small.edit("alpha", description="New words.")

    small.run("sync", "--all")

    assert small.pages()["alpha"]["Notes"] == "Ask Kim"


def test_a_page_without_a_manifest_is_an_orphan_and_stays(small: Workplace) -> None:
    """Pages whose manifest is gone are listed and left alone, with the flag that removes them."""
    small.run("sync", "--all")
    small.manifest("gamma").unlink()

    ended = small.run("sync", "--all")

    assert ended.code == 0
    assert "1 without a manifest" in ended.out
    assert "To plan their move to the trash: `--archive-removed`." in ended.out
    assert "gamma" in small.pages()


def test_two_pages_with_one_title_are_a_conflict(small: Workplace) -> None:
    """A module with two pages is not written, is named first in the report, and exits 1."""
    for _ in range(2):
        small.notion.create_page(small.source, {"Module": "alpha"})
    small.edit("alpha", description="Changed.")
    small.edit("beta", description="Changed too.")

    ended = small.run("sync", "--all", "--report-md")

    assert ended.code == 1
    assert small.pages()["beta"]["Description"] == "Changed too."
    descriptions = [p["Description"] for p in small.notion.pages() if p["Module"] == "alpha"]
    assert "Changed." not in descriptions
    report = (small.root / "reports/notion_sync_report.md").read_text()
    assert report.index("Not applied") < report.index("## Summary")
    assert "`alpha` → conflict" in report


def test_module_selects_by_name_and_by_folder(small: Workplace) -> None:
    """``--module`` takes the module's name, or its folder's if no module has that name."""
    small.write("folder-name", {"module": "module.name", "description": "d"})

    assert small.run("sync", "--module", "module.name").code == 0
    assert list(small.pages()) == ["module.name"]
    assert small.run("sync", "--module", "folder-name", "--module", "beta").code == 0
    assert sorted(small.pages()) == ["beta", "module.name"]


def test_an_unknown_module_is_a_usage_error(small: Workplace) -> None:
    """An unknown module exits 2 and names the nearest one."""
    ended = small.run("sync", "--module", "alpah")

    assert ended.code == 2
    assert "'alpah'" in ended.err
    assert "'alpha'" in ended.err


def test_an_unknown_module_that_is_like_none_lists_the_modules(small: Workplace) -> None:
    """Where no name is near, the remedy names the modules that there are."""
    ended = small.run("sync", "--module", "0123456789")

    assert ended.code == 2
    assert "The modules are 'alpha', 'beta'" in ended.err


def test_few_modules_are_read_by_key(small: Workplace) -> None:
    """Selecting modules reads their pages alone, by one filtered query beside the archived ones."""
    small.run("sync", "--all")
    before = small.requests("data_sources.query")

    small.run("sync", "--module", "alpha", "--module", "beta")

    assert small.requests("data_sources.query") == before + 2
    record = [r for r in small.notion.requests if r.kind == "data_sources.query"][-2:]
    assert "filter" in json.dumps([each.body for each in record])


def test_any_violation_stops_everything(small: Workplace) -> None:
    """With a violation among the selected manifests nothing is read from Notion or written."""
    small.edit("beta", features=["serach"])
    before = len(small.notion.requests)

    ended = small.run("sync", "--all")

    assert ended.code == 1
    assert len(small.notion.requests) == before
    assert "beta/module.manifest.json:1:" in ended.out
    assert "search" in ended.out


def test_skip_invalid_syncs_the_rest_and_still_exits_1(small: Workplace) -> None:
    """``--skip-invalid`` writes the valid modules, and the page of an invalid one is no orphan."""
    small.run("sync", "--all")
    small.edit("beta", features=["serach"])
    small.edit("alpha", description="Changed.")

    ended = small.run("sync", "--all", "--skip-invalid", "--dry-run")
    said = "applying would change 1 page in Notion, and leave out 1 manifest."
    assert f"Dry run, nothing written. 1 violation: {said}" in ended.out

    ended = small.run("sync", "--all", "--skip-invalid")
    assert "1 violation: 1 page written to Notion; 1 manifest left out." in ended.out

    assert ended.code == 1
    assert small.pages()["alpha"]["Description"] == "Changed."
    assert "Orphans" not in ended.out


def test_a_missing_option_is_refused_with_the_command_that_adds_it(small: Workplace) -> None:
    """Sync never lets Notion make an option up."""
    small.edit("alpha", features=["export"])
    small.notion.remove_option("Features", "export")
    writes = small.writes

    ended = small.run("sync", "--all")

    assert ended.code == 1
    assert "Option 'export' does not exist" in ended.out
    assert "lukhas-notion backfill --features --apply" in ended.out
    assert small.writes == writes


def test_backfill_flag_adds_the_option_in_the_same_run(small: Workplace) -> None:
    """``sync --backfill`` adds missing options before pages need them."""
    small.edit("alpha", features=["export"])
    small.notion.remove_option("Features", "export")

    assert small.run("sync", "--all", "--backfill").code == 0
    assert small.pages()["alpha"]["Features"] == ["export"]


def test_missing_and_mistyped_properties_are_all_named(small: Workplace) -> None:
    """A missing property and one of the wrong type exit 2, with what to do."""
    small.notion.remove_property("Features")
    small.notion.remove_property("Coverage")
    small.notion.add_property("Coverage", "rich_text")

    ended = small.run("sync", "--all")

    assert ended.code == 2
    assert "Property 'Features' not found in database" in ended.err
    assert "Multi-select" in ended.err
    assert "Property 'Coverage' has the type rich_text" in ended.err


def test_tags_are_optional(small: Workplace) -> None:
    """A database without Tags is synced all the same."""
    small.notion.remove_property("Tags")

    assert small.run("sync", "--all").code == 0
    assert "Tags" not in small.pages()["alpha"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"NOTION_TOKEN": ""}, "NOTION_TOKEN"),
        ({"NOTION_TOKEN": "ntn_wrong_token"}, "NOTION_TOKEN"),
        ({"NOTION_DATABASE_ID": ""}, "NOTION_DATABASE_ID"),
        ({"NOTION_DATABASE_ID": "not an id"}, "NOTION_DATABASE_ID"),
        ({"NOTION_DATABASE_ID": "00000000-0000-4000-8000-00000000dead"}, "not found"),
        ({"NOTION_RATE_LIMIT": "fast"}, "NOTION_RATE_LIMIT"),
    ],
)
def test_what_is_not_set_up_exits_2_with_the_setting(
    small: Workplace, changed: dict[str, str], words: str
) -> None:
    """A missing or refused token, an unknown database and a bad number exit 2 and say which."""
    small.environ.update(changed)

    ended = small.run("sync", "--all")

    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_several_data_sources_are_listed_and_one_can_be_named(small: Workplace) -> None:
    """Several data sources and none named exit 2; NOTION_DATA_SOURCE_ID settles it."""
    database = small.environ["NOTION_DATABASE_ID"]
    first = small.source
    second = small.notion.add_data_source(database, "Other", {"Name": "title"})

    ended = small.run("sync", "--all")

    assert ended.code == 2
    assert second in ended.err
    assert "NOTION_DATA_SOURCE_ID" in ended.err
    small.environ["NOTION_DATA_SOURCE_ID"] = first
    assert small.run("sync", "--all").code == 0


def test_ledger_has_every_attempt(small: Workplace) -> None:
    """Creates, skips, updates and errors are in the ledger with module, page, SHA and status."""
    small.commit = lambda _: "c0ffee"
    small.run("sync", "--all")
    small.run("sync", "--all")
    records = [r for r in small.ledger() if r.get("module") == "alpha"]

    assert [(r["action"], r["status"]) for r in records] == [
        ("create", "success"),
        ("skip", "sha_match"),
    ]
    page = small.pages()["alpha"]
    for record in records:
        assert record["page_id"] == page["id"]
        assert record["sha"] == page["Provenance SHA"]
        assert record["commit"] == "c0ffee"
        assert record["run_id"]
        assert record["tool_version"]
        assert re.match(r"\d{4}-\d\d-\d\dT.*\+00:00$", record["ts"])
    assert records[0]["run_id"] != records[1]["run_id"]


def test_report_has_the_promised_lines(small: Workplace) -> None:
    """The Markdown report holds the seed's lines, in order, for every module."""
    small.run("sync", "--all")
    small.edit("beta", description="New.")

    small.run("sync", "--all", "--report-md")

    report = (small.root / "reports/notion_sync_report.md").read_text(encoding="utf-8")
    assert report.startswith("# 🔄 Notion Sync Report\n_Generated 20")
    lines = report.splitlines()
    assert lines.index("## Summary") < lines.index("- **Created**: 0")
    assert lines.index("- **Created**: 0") + 1 == lines.index("- **Updated**: 1")
    assert lines.index("- **Updated**: 1") + 1 == lines.index("- **Skipped**: 2")
    sha = small.pages()["alpha"]["Provenance SHA"]
    assert f"- `alpha` → skip(sha-match) (sha:{sha[:8]})" in lines
    new = small.pages()["beta"]["Provenance SHA"]
    assert f"- `beta` → update (sha:{new[:8]})" in lines


def test_report_json_says_the_same(small: Workplace, tmp_path: Path) -> None:
    """The JSON report holds the counts, the plan and the outcomes."""
    file = tmp_path / "out" / "report.json"

    ended = small.run("sync", "--all", "--report-json", str(file), "--json")

    written = json.loads(file.read_text(encoding="utf-8"))
    assert written == ended.document
    assert written["summary"]["created"] == 3
    assert written["exit_code"] == 0
    assert {o["module"]: o["status"] for o in written["outcomes"]} == dict.fromkeys(
        ("alpha", "beta", "gamma"), "success"
    )
    assert re.fullmatch(r"[0-9a-f]{64}", written["plan"]["digest"])


def test_whole_example_goes_round(example: Workplace) -> None:
    """The example repository validates, is created whole, and is then left alone."""
    assert example.run("validate", "--all").code == 0
    assert example.run("sync", "--all", "--backfill").code == 0
    count = len(example.notion.pages())
    assert count >= 20

    ended = example.run("sync", "--all")

    assert ended.code == 0
    assert f"{count} unchanged" in ended.out
    long = max((p["Description"] or "" for p in example.notion.pages()), key=len)
    assert len(long) > 2_000


def test_no_manifest_at_all_is_an_error(small: Workplace) -> None:
    """An empty selection is never a success."""
    for name in ("alpha", "beta", "gamma"):
        small.manifest(name).unlink()

    ended = small.run("sync", "--all")

    assert ended.code == 2
    assert "No manifest" in ended.err


@pytest.mark.parametrize(
    "words", [("sync",), ("sync", "--all", "--module", "alpha"), ("validate",), ("backfill",)]
)
def test_unclear_selection_is_a_usage_error(small: Workplace, words: tuple[str, ...]) -> None:
    """A command without a selection exits 2 and names the choices."""
    ended = small.run(*words)

    assert ended.code == 2
    assert "Choose" in ended.err


def test_errors_are_json_for_a_machine(small: Workplace) -> None:
    """With ``--json`` an error is a JSON object on stdout too."""
    small.environ["NOTION_TOKEN"] = ""

    ended = small.run("sync", "--all", "--json")

    assert ended.code == 2
    assert ended.document["exit_code"] == 2
    assert "NOTION_TOKEN" in ended.document["error"]


@pytest.mark.parametrize("more", [(), ("--skip-invalid",)])
def test_a_preview_shows_what_a_backfill_makes_possible(
    small: Workplace, more: tuple[str, ...]
) -> None:
    """A name that the vocabulary has and Notion lacks is a part of the preview, with the command.

    The command that it names makes the apply of just that plan possible.
    """
    (small.root / "vocab/features.json").write_text(json.dumps(["search", "export", "brand.new"]))
    small.edit("beta", features=["brand.new"])

    preview = small.run("sync", "--all", "--dry-run", "--json", *more)

    assert preview.code == 0
    plan = preview.document["plan"]
    assert [c["module"] for c in plan["changes"]] == ["alpha", "beta", "gamma"]
    command = "lukhas-notion backfill --features --apply"
    said = "Option 'brand.new' does not exist in 'Features': the sync needs a backfill first: "
    assert preview.document["notices"] == [f"{said}`{command}`"]
    assert preview.document["headline"].startswith("After a backfill, applying changes ")
    refused = small.run("sync", "--all")
    assert refused.code == 1
    assert "Option 'brand.new' does not exist" in refused.out
    assert small.run(*command.split()[1:]).code == 0
    assert small.run("sync", "--all", "--expect-digest", plan["digest"]).code == 0
    assert small.pages()["beta"]["Features"] == ["brand.new"]


def test_a_preview_refuses_an_option_that_no_backfill_adds(small: Workplace) -> None:
    """An option that differs by case from one that is there cannot be added beside it."""
    (small.root / "vocab/features.json").write_text(json.dumps(["Search"]))
    for name in ("alpha", "beta", "gamma"):
        small.edit(name, features=["Search"])

    ended = small.run("sync", "--all", "--dry-run")

    assert ended.code == 1
    assert "needs a backfill first" not in ended.out


def test_the_reports_of_a_run_that_could_not_begin_say_why(small: Workplace) -> None:
    """A missing property is in the Markdown and in the JSON report, with its remedy."""
    small.notion.rename_property("Coverage", "Cov")
    file = small.root / "report.json"

    ended = small.run("sync", "--all", "--report-md", "--report-json", str(file))

    assert ended.code == 2
    said = "Property 'Coverage' not found in database"
    assert said in ended.err
    report = (small.root / "reports/notion_sync_report.md").read_text(encoding="utf-8")
    assert report.startswith("# 🔄 Notion Sync Report")
    assert said in report
    document = json.loads(file.read_text(encoding="utf-8"))
    assert said in document["error"]["message"]
    assert (document["error"]["reason"], document["exit_code"]) == ("configuration", 2)
