"""Editing in the browser: by a person's hand, out of our own pages only, and all of it escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from lukhas_notion.emulator import Emulator, default_database, serve

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'single'"


class Browser:
    """Somebody before a page: sees its form, types, and sends it as a browser would."""

    def __init__(self, emulator: Emulator, url: str) -> None:
        self.emulator = emulator
        self.client = httpx.Client(base_url=url)
        self.headers = {
            "origin": url,
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        }
        self.ids = default_database(emulator)

    def add(self, **values: object) -> str:
        """Make a page and return its id."""
        named = {name.replace("_", " "): value for name, value in values.items()}
        return self.emulator.create_page(self.ids.data_source_id, {"Module": "a", **named})

    def fields(self, page_id: str) -> dict[str, str]:
        """Return what the page's form sends when nobody has typed anything."""
        html = self.client.get(f"/p/{page_id}").text
        typed = re.findall(r'<input type="text" name="([^"]*)" value="([^"]*)"', html)
        # A browser takes the line breaks out of a field of one line.
        found = {name: text.replace("\n", "") for name, text in typed}
        found |= dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', html))
        found |= dict(
            re.findall(r'<input type="checkbox" name="([^"]*)" value="(yes)" checked', html)
        )
        found |= dict(re.findall(r'<textarea name="([^"]*)" rows="[0-9]+"[^>]*>\n([^<]*)<', html))
        # A browser sends each line break as two characters.
        return {unescape(k): unescape(v).replace("\n", "\r\n") for k, v in found.items()}

    def column(self, name: str) -> str:
        """Return the name of a property's field."""
        source = self.emulator.workspace.store.data_sources[self.ids.data_source_id]
        found = source.find(name)
        assert found is not None
        return f"v:{found.id}"

    def type(self, page_id: str, **texts: str) -> httpx.Response:
        """Type into fields and press Save."""
        typed = {self.column(name.replace("_", " ")): text for name, text in texts.items()}
        return self.send(f"/p/{page_id}", {**self.fields(page_id), **typed})

    def send(self, path: str, fields: dict[str, str]) -> httpx.Response:
        """Send a form."""
        return self.client.post(path, data=fields, headers=self.headers)

    def page(self, page_id: str) -> dict[str, object]:
        """Return what the page holds."""
        return next(each for each in self.emulator.pages() if each["id"] == page_id)


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Return a browser before an emulator that is served over HTTP."""
    with Emulator() as emulator, serve(emulator) as url:
        browser = Browser(emulator, url)
        with browser.client:
            yield browser


def test_every_property_can_be_edited(browser: Browser) -> None:
    """Text, numbers, names with commas between and dates are written, and the page is shown."""
    page_id = browser.add()

    answer = browser.type(
        page_id,
        Module="memory",
        Description="one\r\ntwo",
        Coverage="88.5",
        Tags="core, tier:1",
        Updated_At="2026-01-31/2026-02-02",
    )

    assert (answer.status_code, answer.headers["location"]) == (303, f"/p/{page_id}")
    assert browser.page(page_id) == {
        "id": page_id,
        "Module": "memory",
        "Description": "one\ntwo",
        "Features": [],
        "APIs": "",
        "SLA p95": None,
        "Coverage": 88.5,
        "Provenance SHA": "",
        "Updated At": "2026-01-31/2026-02-02",
        "Tags": ["core", "tier:1"],
    }
    assert browser.emulator.options("Tags") == {"core": "default", "tier:1": "default"}


def test_an_edit_is_the_persons(browser: Browser) -> None:
    """The page was last edited by the person, not by the integration, and no request is counted."""
    page_id = browser.add()
    workspace = browser.emulator.workspace
    before = workspace.store.pages[page_id]

    browser.type(page_id, Coverage="50")

    assert workspace.store.pages[page_id].editor == workspace.person_id != workspace.bot_id
    assert workspace.store.pages[page_id] is not before
    assert browser.client.get("/requests").json() == {"requests": []}


def test_an_empty_field_clears(browser: Browser) -> None:
    """A field that was emptied leaves nothing in the property."""
    page_id = browser.add(Coverage=50, Tags=["core"], Description="text", Updated_At="2026-01-31")

    browser.type(page_id, Coverage="", Tags=" , ", Description="", Updated_At="")

    page = browser.page(page_id)
    assert [page[name] for name in ("Coverage", "Tags", "Description", "Updated At")] == [
        None,
        [],
        "",
        None,
    ]


def test_only_what_was_typed_is_written(browser: Browser) -> None:
    """A form that was open for long writes over nothing that it did not change."""
    page_id = browser.add(Module="two\nlines", Coverage=50, Description="old", APIs="a\nb")
    fields = browser.fields(page_id)
    browser.emulator.edit_page(page_id, {"Description": "new"})
    version = browser.emulator.workspace.store.pages[page_id]

    browser.send(f"/p/{page_id}", fields)
    assert browser.emulator.workspace.store.pages[page_id] is version, "nothing was typed"
    browser.send(f"/p/{page_id}", {**fields, browser.column("Coverage"): "60"})

    page = browser.page(page_id)
    assert (page["Coverage"], page["Description"], page["APIs"]) == (60, "new", "a\nb")


def test_boxes_selects_and_addresses(browser: Browser) -> None:
    """A box that is not ticked sends nothing, and is unticked; a select takes one name."""
    columns = {"Name": "title", "Done": "checkbox", "State": "select", "Web": "url"}
    browser.ids = browser.emulator.create_database("Other", columns)
    source = browser.ids.data_source_id
    page_id = browser.emulator.create_page(source, {"Name": "a", "Done": True, "Web": "http://a"})
    done = browser.column("Done")

    html = browser.client.get(f"/p/{page_id}").text
    assert f'name="{done}" value="yes" checked>' in html
    unticked = {key: text for key, text in browser.fields(page_id).items() if key != done}
    browser.send(
        f"/p/{page_id}", {**unticked, browser.column("State"): "new", browser.column("Web"): ""}
    )

    [page] = browser.emulator.pages(source)
    assert page == {"id": page_id, "Name": "a", "Done": False, "State": "new", "Web": None}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("Coverage", "many", "Coverage: 'many' is not a number"),
        ("Coverage", "1e999", "is not a number"),
        ("Coverage", "nan", "is not a number"),
        ("Coverage", HOSTILE, "is not a number"),
        ("Updated At", "tomorrow", "Updated At: 'tomorrow' is not a date"),
        ("Updated At", "2026-02-02/2026-01-31", "is not a date"),
        ("Tags", "x" * 101, "100 characters at most"),
        ("Tags", "core, Core", "Duplicate multi_select option"),
        ("Module", "a\0", "U+0000"),
    ],
)
def test_what_a_property_cannot_hold(browser: Browser, name: str, text: str, said: str) -> None:
    """The page comes again with the reason as text and what was typed; nothing is written."""
    page_id = browser.add(Coverage=50)
    before = browser.page(page_id)

    answer = browser.type(page_id, Description="typed", **{name: text})

    assert answer.status_code == 400
    assert said in unescape(answer.text)
    assert "<script" not in answer.text
    assert ">\ntyped</textarea>" in answer.text or "\0" in text
    assert browser.page(page_id) == before
    assert browser.emulator.options("Tags") == {}


def test_the_form_is_escaped(browser: Browser) -> None:
    """Neither a name nor a value of a property is read as HTML, and both come back as they were."""
    columns = {HOSTILE: "title", f"note{HOSTILE}": "rich_text", f"tags{HOSTILE}": "multi_select"}
    browser.ids = browser.emulator.create_database("Other", columns)
    text = f"\n</textarea>{HOSTILE}"
    values = {HOSTILE: HOSTILE, f"note{HOSTILE}": text, f"tags{HOSTILE}": [HOSTILE]}
    page_id = browser.emulator.create_page(browser.ids.data_source_id, values)

    html = browser.client.get(f"/p/{page_id}").text
    answer = browser.send(f"/p/{page_id}", browser.fields(page_id))

    assert "<script" not in html
    assert html.count("</textarea>") == 2  # the text's, and the body's
    assert answer.status_code == 303
    [page] = browser.emulator.pages(browser.ids.data_source_id)
    assert page == {"id": page_id, **values}


def test_to_the_trash_and_back(browser: Browser) -> None:
    """A page goes to the trash by its button, and from there it can only be restored."""
    page_id = browser.add()

    assert browser.send(f"/p/{page_id}/trash", {}).status_code == 303
    assert browser.emulator.pages() == []
    html = browser.client.get(f"/p/{page_id}").text
    assert "/restore" in html
    assert "Save" not in html
    assert browser.send(f"/p/{page_id}/restore", {}).status_code == 303
    assert browser.page(page_id)["Module"] == "a"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 421),
        ({"host": "[", "origin": "http://["}, 421),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
    ],
)
def test_a_form_from_elsewhere_is_refused(
    browser: Browser, headers: dict[str, str], status: int
) -> None:
    """What another site makes a browser send changes nothing, whatever it looks like."""
    page_id = browser.add(Coverage=50)
    browser.headers |= headers

    for path in (f"/p/{page_id}", f"/p/{page_id}/trash", f"/p/{page_id}/restore"):
        answer = browser.send(path, {browser.column("Coverage"): "60"})
        assert (answer.status_code, "Refused" in answer.text) == (status, True)

    assert browser.page(page_id)["Coverage"] == 50


def test_a_browser_says_where_a_form_is_from(browser: Browser) -> None:
    """The headers of a page let the browser name it, send its forms here only, and frame it not."""
    answer = browser.client.get(f"/p/{browser.add()}")

    assert answer.headers["referrer-policy"] == "same-origin"
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("body", [b"\xff", b"v%3Atitle=%ff", b"&".join([b"a=1"] * 2001)])
def test_a_form_that_cannot_be_read(browser: Browser, body: bytes) -> None:
    """Bytes that are no form are refused as such."""
    page_id = browser.add()

    answer = browser.client.post(f"/p/{page_id}", content=body, headers=browser.headers)

    assert (answer.status_code, "cannot be read" in answer.text) == (400, True)


def test_a_page_that_is_not_there(browser: Browser) -> None:
    """A form for no page, or for the one above the databases, answers 404."""
    for page_id in ("nope", browser.emulator.root_page_id):
        for act in ("", "/trash", "/restore"):
            assert browser.send(f"/p/{page_id}{act}", {}).status_code == 404
