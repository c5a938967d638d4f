"""The body of a page: written from a file, kept up to date, and left alone where people edit it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from support.workplace import Workplace

from lukhas_notion.emulator import FaultPlan, FaultRule

CONFIG = '[page]\nbody = { file = "README.md" }\n'


@pytest.fixture
def place(small: Workplace) -> Workplace:
    """Give each of three modules a file beside its manifest."""
    (small.root / "lukhas-notion.toml").write_text(CONFIG)
    for name in ("alpha", "beta", "gamma"):
        readme(small, name, f"# {name}\n\nSee [the guide](../docs/guide.md).\n")
    return small


def readme(place: Workplace, module: str, text: str) -> None:
    """Write the file beside a manifest."""
    (place.root / module / "README.md").write_text(text, encoding="utf-8")


def body(place: Workplace, module: str) -> str:
    """Return the body of a module's page, as Notion gives it."""
    return place.notion.body(place.pages()[module]["id"])


def since(place: Workplace, act: Callable[[], Any]) -> list[str]:
    """Return the kinds of the requests that something makes, without those that begin a run."""
    before = len(place.notion.requests)
    act()
    kinds = [record.kind for record in place.notion.requests[before:]]
    begin = ("databases.retrieve", "data_sources.retrieve", "data_sources.query", "users.me")
    return [kind for kind in kinds if kind not in begin]


def names(properties: list[dict[str, Any]]) -> list[str]:
    """Return the names of a change's properties, without the moment of the write."""
    return [each["name"] for each in properties]


def synced(place: Workplace, *words: str) -> Any:
    """Sync everything, see that it succeeds, and return what it says."""
    ended = place.run("sync", "--all", "--json", *words)
    assert ended.code == 0, ended.out + ended.err
    return ended.document


def test_a_page_is_made_with_its_body_in_three_requests(place: Workplace) -> None:
    """A new page takes a create, a read of its body and its record; relative links lead to git."""
    made = since(place, lambda: synced(place))

    assert sorted(made) == sorted(["pages.create", "pages.retrieve_markdown", "pages.update"] * 3)
    assert body(place, "alpha") == (
        "# alpha\nSee [the guide](https://github.com/octo/modules/blob/HEAD/docs/guide.md)."
    )


def test_nothing_is_asked_where_nothing_changed(place: Workplace) -> None:
    """A page whose source is the same costs no request."""
    synced(place)

    assert since(place, lambda: synced(place)) == []


def test_a_changed_file_takes_four_requests(place: Workplace) -> None:
    """A changed body is read, announced, replaced and recorded; the manifest need not change."""
    synced(place)
    readme(place, "beta", "New *text*.\n")

    preview = place.run("sync", "--all", "--dry-run", "--json").document
    made = since(place, lambda: synced(place))

    [change] = [each for each in preview["plan"]["changes"] if each["kind"] == "update"]
    assert (change["module"], names(change["properties"])) == ("beta", ["Page body"])
    assert made == [
        *("pages.retrieve_markdown", "pages.update"),
        *("pages.update_markdown", "pages.update"),
    ]
    assert body(place, "beta") == "New *text*."
    assert since(place, lambda: synced(place)) == []


def test_a_body_that_people_edited_is_left_alone_and_reported(place: Workplace) -> None:
    """An edit of the body is drift, also through other updates; --repair-drift overwrites it."""
    synced(place)
    page = place.pages()["beta"]["id"]
    place.notion.edit_body(page, "Mine.")
    readme(place, "beta", "New.\n")
    place.edit("beta", description="Another description.")

    document = synced(place)

    [change] = [each for each in document["plan"]["changes"] if each["module"] == "beta"]
    assert names(change["drift"]) == ["Page body"]
    assert body(place, "beta") == "Mine."
    assert place.pages()["beta"]["Description"] == "Another description."
    [later] = [each for each in synced(place)["plan"]["changes"] if each["module"] == "beta"]
    assert later["kind"] == "drift"
    synced(place, "--repair-drift")
    assert body(place, "beta") == "New."


def test_an_edit_that_the_file_takes_over_is_an_edit_no_more(place: Workplace) -> None:
    """The file is written in its own form, which the plan announces; the next run is quiet."""
    synced(place)
    place.notion.edit_body(place.pages()["beta"]["id"], "# beta\nMine, *really*.")
    readme(place, "beta", "beta\n====\n\nMine, _really_.\n")

    preview = place.run("sync", "--all", "--dry-run")
    synced(place)

    assert "may write over an edit made in Notion: Page body" in preview.out
    assert since(place, lambda: synced(place)) == []
    assert place.run("verify", "--bodies").code == 0


def test_a_file_that_no_manifest_has_is_named(place: Workplace) -> None:
    """A name in other letters is another file, and no page would have a body."""
    said = "[page] body: 0 of 3 manifests have a Readme.md with text beside them."
    (place.root / "lukhas-notion.toml").write_text(CONFIG.replace("README", "Readme"))

    assert said in place.run("validate", "--all").out
    assert said in place.run("doctor").out
    (place.root / "lukhas-notion.toml").write_text(CONFIG)
    assert "[page] body" not in place.run("validate", "--all").out


def test_verify_reads_bodies_when_it_is_asked_to(place: Workplace) -> None:
    """An edited body is a finding of `verify --bodies`, and --repair brings it back."""
    synced(place)
    place.notion.edit_body(place.pages()["beta"]["id"], "Mine.")

    plain = place.run("verify", "--json")
    asked = place.run("verify", "--bodies", "--json")

    assert plain.code == 0
    [found] = asked.document["findings"]
    assert (asked.code, found["kind"], found["subject"]) == (1, "page-edited", "beta")
    assert place.run("verify", "--bodies", "--repair").code == 0
    assert body(place, "beta").startswith("# beta")


def test_verify_reports_a_file_that_changed(place: Workplace) -> None:
    """A body whose source is another one than on the page is a change of the module."""
    synced(place)
    readme(place, "beta", "New.\n")

    ended = place.run("verify", "--json")

    [found] = ended.document["findings"]
    assert (ended.code, found["kind"]) == (1, "manifest-changed")
    assert "file of its body" in found["message"]


def test_a_page_with_a_body_of_its_own_keeps_it(small: Workplace) -> None:
    """Where bodies are mapped later, what people wrote before is not written over."""
    synced(small)
    small.notion.edit_body(small.pages()["alpha"]["id"], "Notes of the team.")
    (small.root / "lukhas-notion.toml").write_text(CONFIG)
    readme(small, "alpha", "The file.\n")
    readme(small, "beta", "The file.\n")

    synced(small)

    assert body(small, "alpha") == "Notes of the team."
    assert body(small, "beta") == "The file."


def test_a_text_of_the_manifest_can_be_the_body(small: Workplace) -> None:
    """The body comes from the first pointer that is there."""
    (small.root / "lukhas-notion.toml").write_text('[page]\nbody = { from = ["/long", "/text"] }\n')
    small.edit("alpha", text="One.\n\n- two")

    synced(small)

    assert body(small, "alpha") == "One.\n- two"
    assert body(small, "beta") == ""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("kind", ["pages.update_markdown", "pages.update"])
def test_a_write_that_is_cut_off_is_finished_by_the_next_run(
    place: Workplace, kind: str, nth: int, when: Literal["before", "after"]
) -> None:
    """Whatever request the run ends at, the next one brings the body and does not call it drift."""
    (place.root / "lukhas-notion.toml").write_text(
        f"{CONFIG}[run]\nmax_retries = 0\nconcurrency = 1\n"
    )
    synced(place)
    readme(place, "alpha", "New.\n")
    readme(place, "beta", "New.\n")
    cut = FaultRule(kind, "drop", nth=(nth,), when=when)
    place.notion.break_by(FaultPlan((cut,)))

    ended = place.run("sync", "--all")
    place.notion.break_by(FaultPlan())
    synced(place)

    # A page that has what was sent to it is found so by reading it again.
    assert ended.code == (0 if (kind, nth, when) == ("pages.update", 1, "after") else 1)
    assert (body(place, "alpha"), body(place, "beta")) == ("New.", "New.")
    assert since(place, lambda: synced(place)) == []


@pytest.mark.parametrize("kind", ["pages.create", "pages.retrieve_markdown", "pages.update"])
def test_a_page_whose_creation_is_cut_off_is_finished_by_the_next_run(
    place: Workplace, kind: str
) -> None:
    """A new page has its body and its record after the next run, and there is one of it."""
    (place.root / "lukhas-notion.toml").write_text(f"{CONFIG}[run]\nmax_retries = 0\n")
    place.notion.break_by(FaultPlan((FaultRule(kind, "drop", nth=(1, 2), when="after"),)))

    place.run("sync", "--all")
    place.notion.break_by(FaultPlan())
    synced(place)

    assert sorted(page["Module"] for page in place.notion.pages()) == ["alpha", "beta", "gamma"]
    assert body(place, "alpha").startswith("# alpha")
    assert since(place, lambda: synced(place)) == []


def test_a_body_with_pages_below_it_is_not_replaced(place: Workplace) -> None:
    """Child pages are never deleted: the page counts as edited."""
    synced(place)
    page = place.pages()["beta"]["id"]
    child = place.notion.add_subpage(page, "Minutes")
    readme(place, "beta", "New.\n")

    synced(place)

    assert not place.notion.workspace.page(child).in_trash
    assert "New." not in body(place, "beta")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"x" * 200_001, "limit.body"),
        (b"a\n\n" * 1_001, "limit.body"),
        (b"> " * 40 + b"a", "limit.body"),
        (b"\xff\xfe", "body.utf8"),
    ],
)
def test_a_file_that_no_page_can_have_is_a_violation(
    place: Workplace, content: bytes, rule: str
) -> None:
    """What Notion cannot hold, or nobody can read, is named before anything is sent."""
    (place.root / "alpha/README.md").write_bytes(content)

    ended = place.run("validate", "--all", "--json")

    [found] = ended.document["violations"]
    assert (ended.code, found["path"], found["rule"]) == (1, "alpha/README.md", rule)
    assert place.run("sync", "--all").code == 1
    assert place.writes == 2


def test_a_file_that_is_a_link_out_of_the_repository_is_refused(
    place: Workplace, tmp_path: Path
) -> None:
    """A body cannot carry a file of the machine into Notion."""
    (tmp_path / "secret").write_text("secret")
    (place.root / "alpha/README.md").unlink()
    (place.root / "alpha/README.md").symlink_to(tmp_path / "secret")

    [found] = place.run("validate", "--all", "--json").document["violations"]

    assert (found["path"], found["rule"]) == ("alpha/README.md", "file.outside")


def test_a_link_out_of_the_repository_is_text_and_reported(place: Workplace) -> None:
    """What leads out of the repository is named, and the page has its text."""
    readme(place, "alpha", "[a](../../../x)\n")

    document = synced(place)

    assert any("../../../x leaves the repository" in each for each in document["notices"])
    assert body(place, "alpha") == "a"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[page]\nbody = { file = "../README.md" }\n', "body.file"),
        ('[page]\nbody = { file = "nul.md" }\n', "device on Windows"),
        ('[page]\nbody = { file = "a\\u200b.md" }\n', "invisible"),
        ('[page]\nbody = { file = "A.md", from = "/x" }\n', "body"),
        ("[page]\nbody = {}\n", "body"),
        (CONFIG + '[provenance]\nrecord = "off"\n', "needs the record"),
        (CONFIG + '[properties."Page body"]\ntype = "rich_text"\nfrom = "/x"\n', "has that name"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error(small: Workplace, text: str, said: str) -> None:
    """What the file says of bodies is checked when it is read."""
    (small.root / "lukhas-notion.toml").write_text(text)

    ended = small.run("validate", "--all")

    assert ended.code == 2
    assert said in ended.err


def test_a_page_gets_its_body_when_records_are_lost(place: Workplace) -> None:
    """Where Notion drops links a new page has its body, and no later run asks for it."""

    def drop(_: httpx.Request, answer: Any) -> Any:
        return json.loads(json.dumps(answer).replace("#lukhas-notion=", "#x="))

    place.alter = drop
    synced(place)

    assert body(place, "alpha").startswith("# alpha")


def test_a_body_without_its_record_is_written_anew_and_announced(place: Workplace) -> None:
    """It has the text of the file, so it is none of a person's; its form may be."""
    synced(place)
    page = place.pages()["beta"]["id"]
    place.notion.edit_page(page, {"Provenance SHA": place.pages()["beta"]["Provenance SHA"]})

    [change] = [c for c in synced(place)["plan"]["changes"] if c["module"] == "beta"]

    assert change["kind"] == "update"
    assert "may write over an edit made in Notion: Page body" in change["reason"]
    assert not synced(place)["summary"]["updated"]


def test_an_edit_made_after_a_refusal_is_not_written_over(place: Workplace) -> None:
    """A body that Notion refused is not pending any more, so a later edit counts as one."""
    synced(place)
    page = place.pages()["beta"]["id"]
    readme(place, "beta", "New.\n")

    def refuse(request: httpx.Request, answer: Any) -> Any:
        if request.method == "PATCH" and request.url.path.endswith("/markdown"):
            said = {"object": "error", "status": 400, "code": "validation_error", "message": "no"}
            return httpx.Response(400, json=said)
        return answer

    place.alter = refuse
    assert place.run("sync", "--all").code == 1
    place.alter = None
    place.notion.edit_body(page, "Precious.")
    synced(place)

    assert body(place, "beta") == "Precious."


def test_an_edit_made_while_a_write_is_pending_is_announced(place: Workplace) -> None:
    """A run that was cut off is finished; where a person wrote meanwhile, the plan says so."""
    (place.root / "lukhas-notion.toml").write_text(f"{CONFIG}[run]\nmax_retries = 0\n")
    synced(place)
    readme(place, "beta", "New.\n")
    place.notion.break_by(FaultPlan((FaultRule("pages.update_markdown", "drop", nth=(1,)),)))
    assert place.run("sync", "--all").code == 1
    place.notion.break_by(FaultPlan())
    place.notion.edit_body(place.pages()["beta"]["id"], "Precious.")

    document = synced(place)

    [change] = [each for each in document["plan"]["changes"] if each["module"] == "beta"]
    assert "may write over an edit made in Notion: Page body" in change["reason"]
    assert body(place, "beta") == "New."


@pytest.mark.parametrize("text", ["<!-- to do -->\n", "[a]: https://x.example\n"])
def test_a_file_that_says_nothing_changes_no_body(place: Workplace, text: str) -> None:
    """What makes no body is as good as no file: nothing is planned, and nothing called applied."""
    synced(place)
    readme(place, "beta", text)

    document = synced(place)

    assert document["summary"]["updated"] == 0
    assert body(place, "beta").startswith("# beta")
    assert place.run("verify").code == 0
